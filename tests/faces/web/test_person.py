"""People in front of browsers: they are known by their session, find things by name, and are counted."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Error
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.faces.api.conftest import Furnish
from tests.faces.api.hospital import COOKIE, PASSWORD, Hospital
from tests.faces.api.running import Process
from tests.faces.web.chromium import View, Windows
from tests.faces.web.pages import POLICY
from tests.faces.web.person import Person
from tests.faces.web.serving import Ward, open_ward

from oncourse.clinic import Clinic

FORM = """<!doctype html><html lang="en"><title>{title}</title><link rel="icon" href="/icon"><main><h1>{said}</h1>
<form method="post" action="{path}">
<label>User name <input name="name" autocomplete="username"></label>
<label>Password <input name="password" type="password"></label>
<label for="bilirubin">Bilirubin, × ULN</label><input id="bilirubin" name="bilirubin">
<fieldset><legend>How is the patient?</legend>
<label><input type="radio" name="how" value="well">Well</label>
<label><input type="radio" name="how" value="unwell">Unwell</label></fieldset>
<label><input type="checkbox" name="fever">Fever</label>
<label>Unit <select name="unit"><option>ULN<option>umol per L</select></label>
<button>{button}</button></form>
<details><summary>Why?</summary><p>Because.</p></details>
<a href="/told?from=link">Today</a></main>"""


def shown(request: Request, title: str, said: str) -> Response:
    """A page with the form."""
    path, button = ("/sign-in", "Sign in") if request.url.path == "/sign-in" else ("/", "Save")
    page = FORM.format(title=title, said=said, path=path, button=button)
    return HTMLResponse(page, headers={"content-security-policy": POLICY})


def small(clinic: Clinic) -> Starlette:
    """A face with a form that says who sent what at which time, as the clinic sees it."""

    async def page(request: Request) -> Response:
        session = request.cookies.get(COOKIE)
        actor = None if session is None else clinic.accounts.signed_in(session)
        who = "a stranger" if actor is None else actor.account
        title = f"{who} at {clinic.clock():%H:%M}"
        return shown(request, title, f"Told: {request.url.query or 'nothing'}")

    async def told(request: Request) -> Response:
        return RedirectResponse(f"/told?{(await request.body()).decode()}", 303)

    async def sign_in(request: Request) -> Response:
        said = parse_qs((await request.body()).decode())
        made = clinic.accounts.sign_in(said["name"][0], said["password"][0])
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, made or "", secure=True, httponly=True, samesite="strict")
        return answer

    routes: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
        ("/sign-in", page, "GET"),
        ("/sign-in", sign_in, "POST"),
        ("/told", page, "GET"),
        ("/", page, "GET"),
        ("/", told, "POST"),
        ("/icon", page, "GET"),
    ]
    return Starlette(routes=[Route(path, answer, methods=[method]) for path, answer, method in routes])


@pytest.fixture
def small_ward(hospital: Hospital, windows: Windows) -> Iterator[Ward]:
    """The hospital with the small face."""
    with open_ward(small(hospital.clinic), hospital.keys, windows) as ward:
        yield ward


def test_people_are_known_by_their_own_windows(small_ward: Ward, hospital: Hospital) -> None:
    """Two people at once, and a stranger; the clock goes on when it is told to."""
    adams, brown, nobody = (small_ward.person(name) for name in ("adams", "brown", None))
    for person, name in ((adams, "adams"), (brown, "brown"), (nobody, "a stranger")):
        person.goes("/")
        assert person.title() == f"{name} at 09:30"
    hospital.clock.on(minutes=5)
    adams.goes("/")
    assert adams.title() == "adams at 09:35"


@pytest.mark.parametrize("script", [True, False])
def test_signing_in_by_the_page_makes_a_session(small_ward: Ward, script: bool) -> None:
    """The browser keeps the cookie of the house over a plain connection to this machine, and sends it with a form."""
    person = small_ward.person(view=View(script=script))
    person.signs_in("quinn", PASSWORD)
    assert person.title() == "quinn at 09:30"
    person.presses("Save")
    assert person.title() == "quinn at 09:30" and person.path().startswith("/told")
    (cookie,) = person.page.context.cookies()
    assert cookie["name"] == COOKIE and cookie["httpOnly"] and cookie["sameSite"] == "Strict"


@pytest.mark.parametrize("script", [True, False])
def test_things_are_found_by_name_and_counted(small_ward: Ward, script: bool) -> None:
    """Fields by label, choices by words, buttons, links and folds by what stands on them."""
    person = small_ward.person("brown", View(script=script))
    person.goes("/")
    person.misses("Because.")
    person.presses("Why?")
    person.reads("Because.", "How is the patient?")
    person.types("Bilirubin", "1.7")
    person.chooses("Well", "How is the patient?")
    person.chooses("Fever")
    person.chooses("umol per L", "Unit")
    person.presses("Save")
    person.reads("bilirubin=1.7&how=well&fever=on&unit=umol+per+L")
    assert (person.clicks, person.inputs) == (5, 1)
    person.presses("Today")
    assert person.path() == "/told?from=link"
    person.scans("User name", "0004417")
    person.reads("name=0004417&password=&bilirubin=&unit=ULN")
    assert (person.clicks, person.inputs) == (6, 2)


@pytest.mark.parametrize(
    "act",
    [
        lambda person: person.presses("Sav"),
        lambda person: person.reads("Because."),
        lambda person: person.misses("Told"),
        lambda person: person.types("Platelets", "1"),
        lambda person: person.chooses("Ill"),
        lambda person: person.chooses("Well", "Why?"),
    ],
    ids=["presses", "reads", "misses", "types", "chooses", "chooses-elsewhere"],
)
def test_what_is_not_there_is_not_found(small_ward: Ward, act: Callable[[Person], None]) -> None:
    """A person who cannot see a thing fails, and so does one who sees what should not be there."""
    person = small_ward.person()
    person.goes("/")
    person.waits_at_most(100)
    with pytest.raises((Error, AssertionError)):
        act(person)


def test_the_clinic_itself_knows_them_on_both_databases(either_ward: Ward) -> None:
    """The service answers a browser that carries a session, and refuses one that does not."""
    adams, nobody = either_ward.person("adams"), either_ward.person()
    answer = adams.goes("/api/me")
    assert answer is not None and answer.json()["account"] == "adams"
    answer = nobody.goes("/api/me")
    assert answer is not None and answer.status == 401


def test_a_server_is_killed_and_comes_back(furnish: Furnish, windows: Windows, tmp_path: Path) -> None:
    """A window stays open over it, at the same address, and its person is still known."""
    kept = furnish("sqlite")
    address, written = kept.copy(tmp_path), tmp_path / "written"
    now = ("--now", "2026-11-25T09:30:00Z")
    with Process(address, written, *now) as process:
        adams = Ward(process.port, kept.keys, windows).person("adams")
        adams.goes("/api/me")
        process.kill()
        windows.expect("no answer: .*/api/me")
        with pytest.raises(Error, match="REFUSED"):
            adams.goes("/api/me")
    with Process(address, written, *now, port=process.port):
        adams.page.reload()
        adams.reads('"account":"adams"')
        windows.close()
