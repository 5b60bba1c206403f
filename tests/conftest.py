"""What holds of every test.

None is timed: how long an example takes says more about the machine than about the program. What only made-up input, a
sweep through everything, or a face reaches has no example: those tests are `uncounted`, and run without coverage, which
makes them quicker.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings
from tests.databases import KINDS, fresh, server

FACES = Path(__file__).parent / "faces"

settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what counts for no coverage, before `-m` chooses."""
    for item in items:
        if FACES in item.path.parents or is_hypothesis_test(getattr(item, "function", None)):
            item.add_marker("uncounted")


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
