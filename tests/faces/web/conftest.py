"""One browser for all tests of a process; windows of its own and a clinic of its own for each."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from tests.faces.api.conftest import either as either
from tests.faces.api.conftest import furnish as furnish
from tests.faces.api.conftest import hospital as hospital
from tests.faces.api.hospital import Hospital
from tests.faces.api.running import in_a_thread
from tests.faces.web import chromium
from tests.faces.web.chromium import DESK, HERE, View, Windows
from tests.faces.web.looks import seen_as
from tests.faces.web.nursing import INFUSION
from tests.faces.web.pages import Site
from tests.faces.web.person import Person
from tests.faces.web.serving import Ward, open_ward

from oncourse.faces.doors import COOKIE

Opens = Callable[..., Person]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium."""
    with chromium.browser() as started:
        yield started


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """The windows of a test, which fails for whatever goes wrong in them unless it expects it."""
    opened = Windows(browser)
    yield opened
    if faults := opened.close():
        pytest.fail("\n".join(faults), pytrace=False)


@pytest.fixture
def ward(hospital: Hospital, windows: Windows) -> Iterator[Ward]:
    """The clinic of `hospital`, open to browsers."""
    with open_ward(hospital.service, hospital.keys, windows) as ward:
        yield ward


@pytest.fixture
def either_ward(either: Hospital, windows: Windows) -> Iterator[Ward]:
    """The clinic of `either`, open to browsers."""
    with open_ward(either.service, either.keys, windows) as ward:
        yield ward


@pytest.fixture
def opens(hospital: Hospital, ward: Ward) -> Opens:
    """Open a page on a tablet whose clock is so far off and stands still until it is told to go on."""

    def opened(path: str = INFUSION, off: timedelta = timedelta(), who: str = "brown", key: str = "") -> Person:
        person = ward.person(None if key else who)
        if key:
            person.carries(f"{COOKIE}={key}")
        person.page.clock.install(time=hospital.clock.at + off - timedelta(seconds=1))
        person.page.clock.pause_at(hospital.clock.at + off)
        with person.page.expect_response(re.compile("/now$")):
            person.goes(path)
        return person

    return opened


Try = Callable[..., Page]


@pytest.fixture(scope="session")
def site() -> Iterator[tuple[Site, str]]:
    """A place for small pages, and its address."""
    made = Site()
    with in_a_thread(made) as port:
        yield made, f"http://{HERE}:{port}"


@pytest.fixture(scope="session")
def try_out(site: tuple[Site, str], browser: Browser) -> Iterator[Try]:
    """Put up a page with that body and style, and open it in the one window of that view."""
    (made, origin), windows, pages = site, Windows(browser), dict[View, Page]()

    def opened(body: str, style: str = "", view: View = DESK) -> Page:
        made.page(body, style)
        page = pages[view] if view in pages else pages.setdefault(view, windows.open(view))
        page.emulate_media(media="screen")
        seen_as(page, view)
        page.goto(origin + "/page")
        return page

    yield opened
    assert windows.close() == []
