"""Nothing goes wrong in a window without being told: scripts, the policy, other hosts, failed loads."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.faces.api.running import in_a_thread
from tests.faces.web.chromium import VIEWS, ZOOMED, View, Windows
from tests.faces.web.pages import Site

ROOT = Path(__file__).resolve().parents[3]
GOOD = "<main><h1>Good</h1></main>"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Site, str]]:
    """A site, and where it is."""
    site = Site(statuses={"/broken": 500})
    site.files["/broken"] = "<!doctype html><title>Broken</title>"
    with in_a_thread(site) as port:
        yield site, f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("body", "style", "script", "told"),
    [
        (GOOD, "", None, None),
        (GOOD, "", "document.title = 'Scripted'", None),
        (GOOD, "", "throw new Error('boo')", "a script failed: boo"),
        (GOOD, "", "Promise.reject(new Error('late'))", "a script failed: late"),
        (GOOD, "", "console.error('bad')", "console error: bad"),
        (GOOD, "", "console.warn('odd')", "console warning: odd"),
        (GOOD, "", "eval('1')", "Content Security Policy"),
        ("<main><p style='color: red'>Inline</p></main>", "", None, "inline style"),
        ("<main><script>1</script></main>", "", None, "inline script"),
        ("<main><img alt='' src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></main>", "", None, "Content Security"),
        ("<main><img alt='' src='/nowhere.svg'></main>", "", None, "404 .*/nowhere.svg"),
        (GOOD, "", "location = 'http://192.0.2.1/'", "another host: http://192.0.2.1/"),
        (GOOD, "", "location = 'http://hospital.example/'", "another host: http://hospital.example/"),
        (GOOD, "", "fetch('/broken').then((answer) => answer.text())", "the server failed: 500"),
    ],
)
def test_what_goes_wrong_is_told(
    browser: Browser, served: tuple[Site, str], body: str, style: str, script: str | None, told: str | None
) -> None:
    """Each fault by itself, and nothing of a page without any."""
    site, origin = served
    site.page(body, style, script)
    windows = Windows(browser)
    page = windows.open()
    page.goto(origin + "/page", wait_until="networkidle")
    faults = windows.close()
    if told is None:
        assert faults == []
    else:
        assert any(re.search(told, fault) for fault in faults), faults


def test_without_scripts_the_policy_is_still_watched(browser: Browser, served: tuple[Site, str]) -> None:
    """A window in which nothing runs tells what the page was not allowed."""
    site, origin = served
    site.page("<main><p style='color: red'>Inline</p></main>", script="throw new Error('boo')")
    windows = Windows(browser)
    windows.open(View(script=False)).goto(origin + "/page")
    assert len(windows.close()) == 1


def test_a_refused_page_is_an_answer(browser: Browser, served: tuple[Site, str]) -> None:
    """A page with a status of 400 to 499 is looked at like any other; one of 500 is a fault."""
    site, origin = served
    windows = Windows(browser)
    page = windows.open()
    for status in (403, 422):
        site.page(GOOD)
        site.statuses["/page"] = status
        answer = page.goto(origin + "/page")
        assert answer is not None and answer.status == status
    del site.statuses["/page"]
    assert windows.close() == []
    windows.open().goto(origin + "/broken")
    assert "the server failed: 500" in windows.close()[0]


def test_what_a_test_expects_must_happen_as_often(browser: Browser, served: tuple[Site, str]) -> None:
    """One expectation passes over one fault, and is a fault itself if there is none."""
    site, origin = served
    site.page(GOOD, script="console.error('bad')")
    windows = Windows(browser)
    windows.expect("console error: bad")
    page = windows.open()
    page.goto(origin + "/page")
    assert windows.close() == []
    windows.open().goto(origin + "/page")
    assert windows.close() == ["console error: bad"]
    other = Windows(browser)
    other.expect("server failed")
    assert other.close() == ["did not happen: server failed"]


@pytest.mark.parametrize("view", [*VIEWS, ZOOMED, View(script=False)], ids=str)
def test_a_window_is_as_it_was_asked_for(windows: Windows, served: tuple[Site, str], view: View) -> None:
    """Size, colours, magnification, scripts, and no motion."""
    site, origin = served
    site.page(GOOD, script="document.title = 'Scripted'")
    page = windows.open(view)
    page.goto(origin + "/page")
    assert page.title() == ("Scripted" if view.script else "A page")
    asked = "() => [innerWidth, innerHeight, devicePixelRatio, getComputedStyle(document.documentElement).color]"
    ink = "rgb(21, 35, 46)" if view.scheme == "light" else "rgb(238, 244, 248)"
    assert page.evaluate(asked) == [view.width, view.height, view.zoom, ink]
    assert page.evaluate("() => matchMedia('(prefers-reduced-motion: reduce)').matches")


TWO_TESTS = """
from tests.faces.web.conftest import browser, windows

def test_quiet(windows):
    windows.open()

def test_loud(windows):
    windows.open().evaluate("console.error('bad')")
"""


def test_a_test_fails_for_what_goes_wrong_in_its_windows(tmp_path: Path) -> None:
    """Nobody has to ask: the fixture fails the test, and leaves others alone."""
    file = tmp_path / "test_two.py"
    file.write_text(TWO_TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "2 passed, 1 error" in done.stdout and "console error: bad" in done.stdout
