"""One furnished hospital of each kind for all tests, and a copy of it for each."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from tests.databases import KINDS, fresh
from tests.faces.api.hospital import Furnished, Hospital, furnished

Furnish = Callable[[str], Furnished]


@pytest.fixture(scope="session")
def furnish(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Furnish:
    """A furnished hospital of a kind, made when it is first asked for."""
    known: dict[str, Furnished] = {}

    def made(kind: str) -> Furnished:
        if kind not in known:
            folder = tmp_path_factory.mktemp("furnished")
            server = request.getfixturevalue("postgresql") if kind == "postgresql" else ""
            address = fresh(kind, folder, server)
            known[kind] = Furnished(kind, address, furnished(address))
        return known[kind]

    return made


@pytest.fixture
def hospital(furnish: Furnish, tmp_path: Path) -> Hospital:
    """A hospital whose record is a file."""
    kept = furnish("sqlite")
    return Hospital(kept.copy(tmp_path), kept.keys)


@pytest.fixture(params=KINDS)
def either(request: pytest.FixtureRequest, furnish: Furnish, tmp_path: Path) -> Hospital:
    """A hospital on both kinds of database."""
    kept = furnish(request.param)
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    return Hospital(kept.copy(tmp_path, server), kept.keys)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the service logs."""
    written, before = io.StringIO(), structlog.get_config()["logger_factory"]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.configure(logger_factory=before)
