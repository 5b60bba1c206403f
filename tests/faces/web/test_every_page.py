"""Every page of the clinic as it is drawn: in each theme and width, for eyes, keyboards and screen readers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from tests.faces.api.hospital import Clock
from tests.faces.api.running import in_a_thread
from tests.faces.web.chromium import HERE, Windows
from tests.faces.web.keyboard import walk
from tests.faces.web.looks import at_once, everywhere
from tests.faces.web.person import Person
from tools.gallery import PICTURES, Picture, do

from oncourse.clinic import Clinic
from oncourse.faces.demo.clinic import ACCOUNTS, PASSWORD, furnish
from oncourse.faces.doors import COOKIE
from oncourse.faces.serving import service

DAYS = [picture for picture in PICTURES if picture.name.startswith("Day")]
FIRST_VIEW = (
    ".verdict__title",
    ".verdict__reason",
    ".verdict__source",
    ".verdict .actions",
    ".figures",
    ".timeline",
    "#chart-bilirubin",
)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of the demo clinic on one morning, and what everybody's browser carries there."""
    clinic = Clinic.at(str(tmp_path_factory.mktemp("demo") / "record.db"), "demo", Clock())
    furnish(clinic)
    made = {account.name: clinic.accounts.sign_in(account.name, PASSWORD) or "" for account in ACCOUNTS}
    with in_a_thread(service(clinic)) as port:
        yield f"http://{HERE}:{port}", made


def opened(demo: tuple[str, dict[str, str]], windows: Windows, picture: Picture) -> Page:
    """A page of the demo in a new window."""
    origin, keys = demo
    page = windows.open()
    if picture.who is not None:
        Person(page, origin).carries(f"{COOKIE}={keys[picture.who]}")
    page.goto(origin + picture.path)
    for act in picture.acts:
        do(page, act)
    return page


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_nothing_is_wrong_with_a_page_in_any_theme_and_width(
    demo: tuple[str, dict[str, str]], windows: Windows, picture: Picture
) -> None:
    """Axe and what axe cannot see: size of text, targets, words, nothing beside the window, also at 400 percent."""
    page = opened(demo, windows, picture)
    if not picture.path.startswith("/protocol"):  # too long for a walk
        assert walk(page).faults == []
    found = everywhere(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("picture", DAYS, ids=lambda picture: picture.name)
def test_what_to_do_why_and_where_it_is_written_needs_no_scrolling(
    demo: tuple[str, dict[str, str]], windows: Windows, picture: Picture
) -> None:
    """At 1280 x 800: verdict, reason, source, button, dose, course and the first chart are all in the first view."""
    page = opened(demo, windows, picture)
    wanted = [one for one in FIRST_VIEW if page.locator(one).count()]
    assert {".verdict__title", ".verdict__reason", ".verdict__source", ".timeline"} <= set(wanted)
    assert at_once(page, wanted) == []
