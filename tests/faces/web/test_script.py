"""What pages do in a browser beyond forms and links: once, honestly, and without losing what was typed."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from tests.faces.api.running import in_a_thread
from tests.faces.web.chromium import View, Windows

from oncourse.faces.web.static import FOLDER, asset, files

POLICY = "default-src 'none'; " + "; ".join(
    f"{kind} 'self'" for kind in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
)
PAGE = """<!doctype html>
<html lang="en"{theme}>
<head><title>A page</title>{config}
<link rel="icon" href="{icon}"><link rel="stylesheet" href="{sheet}">
<script src="{htmx}" defer></script><script src="{script}" defer></script></head>
<body>
<header class="bar"><a class="bar__name" href="/">Oncourse</a></header>
<section class="banner"><p class="banner__name">TESTCASE, Ada</p></section>
<p class="notice notice--unsaved" id="unsaved" role="alert" hidden>Not saved. Keep this page open.</p>
<main>{body}</main>
</body>
</html>
"""
FORM = """<form class="form" method="post" action="/send">
<div class="field"><label for="weight">Weight</label><input id="weight" name="weight" required></div>
<button class="button" name="act" value="save" data-busy="Saving ...">Save</button>
<button class="button" name="act" value="hold">Hold</button>
</form>"""
FAULTS = '<section class="faults" id="faults" tabindex="-1"><h2>There is a problem</h2></section>'
LIST = '<div id="list" hx-get="/list" hx-trigger="click" hx-swap="outerHTML">{}</div>'
ROW = '<p class="notice notice--stale" id="stale" hidden>Not updated since 09:41.</p><p id="count">Asked {} times</p>'
LONG = 30_000  # ms
DESK = View()


def config() -> str:
    """How htmx is to behave: what the script tells its readers that a page must have."""
    told = re.search(r'<meta name="htmx-config".*?>', (FOLDER / "app.js").read_text(encoding="utf-8"), re.DOTALL)
    assert told is not None
    return told[0].replace("\n//", "")


@dataclass
class Desk:
    """A small clinic: what was sent to it, and how it is doing."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    health: int = 200
    status: int = 200
    slow: float = 0
    answers: bool = True

    def page(self, request: Request) -> Response:
        """A form, or a list, or what is wrong with a form; in a theme."""
        body = {"faults": FAULTS + FORM, "list": LIST.format(ROW.format(0))}.get(
            request.query_params.get("of", ""), FORM
        )
        theme = request.query_params.get("theme", "")
        names = {"icon": "icon.svg", "sheet": "app.css", "htmx": "htmx.min.js", "script": "app.js"}
        filled = PAGE.format(
            theme=f' data-theme="{theme}"',
            config=config(),
            body=body,
            **{key: asset(name) for key, name in names.items()},
        )
        return HTMLResponse(filled, headers={"content-security-policy": POLICY, "cache-control": "no-store"})

    async def alive(self, request: Request) -> Response:
        """How it is doing."""
        await asyncio.sleep(self.slow / 2)
        return PlainTextResponse("alive\n", self.health)

    async def keep(self, request: Request) -> Response:
        """What was sent is kept; after a while somebody may go on."""
        form = dict(parse_qsl((await request.body()).decode()))
        self.sent.append((form["weight"], form["act"]))
        await asyncio.sleep(self.slow)
        return RedirectResponse("/?kept", 303) if self.answers else Response(status_code=204)

    def listed(self, request: Request) -> Response:
        """The list as it is now, unless something fails."""
        self.asked += 1
        return HTMLResponse(LIST.format(ROW.format(self.asked)), self.status)

    @property
    def service(self) -> Router:
        """What browsers come to."""
        return Router(
            [
                Route("/", self.page),
                Route("/healthz", self.alive),
                Route("/send", self.keep, methods=["POST"]),
                Route("/list", self.listed),
                Mount("/static", files),
            ]
        )


@pytest.fixture
def desk() -> Desk:
    """A clinic to which nothing was sent."""
    return Desk()


@pytest.fixture
def origin(desk: Desk) -> Iterator[str]:
    """Where it is."""
    with in_a_thread(desk.service) as port:
        yield f"http://127.0.0.1:{port}"


def filled_in(windows: Windows, origin: str, view: View = DESK) -> Page:
    """A form in which a weight was typed."""
    page = windows.open(view)
    page.goto(origin)
    page.get_by_label("Weight").fill("68.4")
    return page


def kept(page: Page) -> None:
    """Wait until the answer to the form is there."""
    page.wait_for_url("**/?kept")


def press(page: Page, name: str = "Save") -> None:
    """Press a button and wait for nothing, not even for a page that is on its way."""
    page.evaluate("name => [...document.querySelectorAll('button')].find(b => b.innerText === name).click()", name)


def says(page: Page) -> str:
    """What the first button says, while a page is on its way."""
    said: str = page.evaluate("document.querySelector('button').innerText")
    return said


def test_a_double_tap_sends_once(windows: Windows, desk: Desk, origin: str) -> None:
    """A glove taps twice, or another button after the first."""
    desk.slow = 0.4
    page = filled_in(windows, origin)
    page.get_by_role("button", name="Save").dblclick(no_wait_after=True)
    press(page, "Hold")
    kept(page)
    assert desk.sent == [("68.4", "save")]


def test_the_button_that_was_pressed_is_told(windows: Windows, desk: Desk, origin: str) -> None:
    """The second of two, or by Enter the first, as without a script."""
    page = filled_in(windows, origin)
    press(page, "Hold")
    kept(page)
    page.get_by_label("Weight").fill("70")
    with page.expect_navigation():
        page.get_by_label("Weight").press("Enter")
    assert desk.sent == [("68.4", "hold"), ("70", "save")]


def test_a_button_says_after_a_second_that_it_is_busy(windows: Windows, desk: Desk, origin: str) -> None:
    """Not before: what is quick shows nothing."""
    desk.slow = 3
    page = filled_in(windows, origin)
    press(page)
    page.wait_for_timeout(300)
    assert says(page) == "Save"
    page.wait_for_timeout(1_000)
    assert says(page) == "Saving ..."
    kept(page)
    assert says(page) == "Save"


@pytest.mark.parametrize("how", ["failing", "unreachable"])
def test_nothing_typed_is_lost_while_the_server_is_away(windows: Windows, desk: Desk, origin: str, how: str) -> None:
    """The page stays and says so; when the server is back, the same button saves."""
    page = filled_in(windows, origin)
    if how == "failing":
        desk.health = 503
        windows.expect("the server failed: 503")
        windows.expect("503 .*healthz")
    else:
        page.route("**/healthz", lambda route: route.abort("connectionrefused"))
        windows.expect("no answer: .*healthz")
        windows.expect("Failed to load resource.*healthz")
    bar = page.get_by_text("Not saved.")
    expect(bar).to_be_hidden()
    press(page)
    expect(bar).to_be_visible()
    expect(bar).to_be_in_viewport()
    assert page.get_by_label("Weight").input_value() == "68.4"
    expect(page.get_by_label("Weight")).to_be_focused()
    assert desk.sent == []
    desk.health = 200
    page.unroute("**/healthz")
    press(page)
    kept(page)
    assert desk.sent == [("68.4", "save")]


def test_what_a_scanner_types_while_a_form_goes_out_is_in_no_form(windows: Windows, desk: Desk, origin: str) -> None:
    """A second code right after the first would make one wrong code of the two."""
    desk.slow = 0.6
    page = filled_in(windows, origin)
    page.get_by_label("Weight").press("Enter")
    page.keyboard.type("70")
    assert page.get_by_label("Weight").input_value() == "68.4"
    kept(page)
    assert desk.sent == [("68.4", "save")]


@pytest.mark.parametrize("how", ["shown again", "half a minute later"])
def test_a_page_that_is_still_there_can_be_used_again(windows: Windows, desk: Desk, origin: str, how: str) -> None:
    """The button says what it said before, and is pressed again; until then it does nothing."""
    desk.answers = False
    page = windows.open()
    page.clock.install()
    page.goto(origin)
    page.get_by_label("Weight").fill("68.4")
    with page.expect_response("**/send"):
        press(page)
    page.clock.run_for(2_000)
    assert says(page) == "Saving ..."
    press(page, "Hold")
    if how == "shown again":
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    else:
        page.clock.run_for(LONG)
    assert says(page) == "Save"
    desk.answers = True
    press(page)
    kept(page)
    assert desk.sent == [("68.4", "save")] * 2


def test_without_a_script_the_form_is_sent(windows: Windows, desk: Desk, origin: str) -> None:
    """Nothing that is kept needs one."""
    page = filled_in(windows, origin, View(script=False))
    page.get_by_role("button", name="Hold").click()
    kept(page)
    assert desk.sent == [("68.4", "hold")]


def test_what_is_wrong_is_read_first(windows: Windows, origin: str) -> None:
    """A page with faults begins at them."""
    page = windows.open()
    page.goto(origin + "/?of=faults")
    expect(page.locator("#faults")).to_be_focused()


@pytest.mark.parametrize("how", ["failing", "unreachable"])
def test_a_list_that_is_old_says_so_until_it_is_new(windows: Windows, desk: Desk, origin: str, how: str) -> None:
    """The bar comes when a refresh fails, and goes with the next that does not."""
    page = windows.open()
    page.goto(origin + "/?of=list")
    bar = page.get_by_text("Not updated since 09:41.")
    refresh(page, 1)
    expect(bar).to_be_hidden()
    if how == "failing":
        desk.status = 503
        for fault in ("the server failed: 503", "Response Status Error Code 503", "503 .*list"):
            windows.expect(fault)
    else:
        page.route("**/list", lambda route: route.abort("connectionrefused"))
        for fault in ("no answer: .*list", "htmx:sendError", "htmx:afterRequest", "Failed to load resource.*list"):
            windows.expect(fault)
    refresh(page, 1)
    expect(bar).to_be_visible()
    desk.status = 200
    page.unroute("**/list")
    refresh(page, desk.asked + 1)
    expect(bar).to_be_hidden()


def refresh(page: Page, times: int) -> None:
    """Have the list fetched again; it was then answered so many times."""
    page.locator("#list").click()
    expect(page.get_by_text(f"Asked {times} times")).to_be_visible()


def test_nothing_about_a_patient_stays_in_the_browser(windows: Windows, origin: str) -> None:
    """Whoever uses a shared tablet next finds nothing."""
    page = windows.open()
    page.goto(origin + "/?of=list")
    refresh(page, 1)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


LIGHT, DARK = "rgb(238, 242, 245)", "rgb(14, 22, 29)"


@pytest.mark.parametrize(
    ("scheme", "chosen", "ground"),
    [
        ("light", "", LIGHT),
        ("dark", "", DARK),
        ("light", "dark", DARK),
        ("dark", "light", LIGHT),
    ],
)
def test_a_person_s_choice_goes_before_the_machine_s(
    windows: Windows, origin: str, scheme: Literal["light", "dark"], chosen: str, ground: str
) -> None:
    """Light or dark as somebody chose, else as the machine is set; paper is always light."""
    page = windows.open(View(scheme=scheme))
    page.goto(f"{origin}/?theme={chosen}")
    asked = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(asked) == ground
    page.emulate_media(media="print")
    ink = "getComputedStyle(document.body).color"
    assert page.evaluate(ink) == "rgb(21, 35, 46)"


def test_paper_has_nothing_to_press_and_the_patient_on_each_sheet(windows: Windows, origin: str) -> None:
    """The bar and the buttons stay on the screen; whose page it is heads each sheet."""
    page = windows.open()
    page.goto(origin)
    page.emulate_media(media="print")
    for gone in (".bar", ".form"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.get_by_text("TESTCASE, Ada")).to_be_visible()
    assert page.locator(".banner").evaluate("banner => getComputedStyle(banner).display") == "table-header-group"
