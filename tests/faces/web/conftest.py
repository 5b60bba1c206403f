"""One browser for all tests of a process; windows of its own and a clinic of its own for each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.faces.api.conftest import either as either
from tests.faces.api.conftest import furnish as furnish
from tests.faces.api.conftest import hospital as hospital
from tests.faces.api.hospital import Hospital
from tests.faces.web import chromium
from tests.faces.web.chromium import Windows
from tests.faces.web.serving import Ward, open_ward


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
