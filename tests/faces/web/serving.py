"""The clinic behind a real socket, and the people who come to it in their browsers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp
from tests.faces.api.hospital import Keys
from tests.faces.api.running import in_a_thread
from tests.faces.web.chromium import DESK, HERE, View, Windows
from tests.faces.web.person import Person


@dataclass(frozen=True)
class Ward:
    """Where the clinic is reached: an address, everybody's keys to it, and the windows that are opened on it."""

    port: int
    keys: Keys
    windows: Windows

    @property
    def origin(self) -> str:
        """The address without a path."""
        return f"http://{HERE}:{self.port}"

    def person(self, name: str | None = None, view: View = DESK) -> Person:
        """Somebody in front of a new window, signed in already; nobody is a stranger."""
        person = Person(self.windows.open(view), self.origin)
        if name is not None:
            person.carries(self.keys.headers(name)["Cookie"])
        return person


@contextmanager
def open_ward(service: ASGIApp, keys: Keys, windows: Windows) -> Iterator[Ward]:
    """A service in this process, where its clock can be moved; windows close before it does."""
    with in_a_thread(service) as port:
        try:
            yield Ward(port, keys, windows)
        finally:
            windows.close()
