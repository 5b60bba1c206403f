"""No test is timed: how long an example takes says more about the machine than about the program."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.databases import KINDS, fresh, server

settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server."""
    with server() as address:
        yield address


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database: a test that asks for it runs on both kinds."""
    return fresh(
        request.param, tmp_path, request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    )
