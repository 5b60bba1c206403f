"""A hospital at work: a record with one course, people of every role, two programs, and two who have left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from starlette.testclient import TestClient
from tests.databases import fresh
from tests.test_clinic import NOW, begun

from oncourse.clinic import Clinic
from oncourse.faces.doors import COOKIE
from oncourse.faces.serving import service
from oncourse.record.accounts import Account
from oncourse.roles import PROGRAM

PASSWORD = "correct horse battery"
HERE = "https://testserver"
STAFF = {
    "adams": ("Dr Adams", "haematologist"),
    "clark": ("Dr Clark", "haematologist"),
    "price": ("Ph. Price", "pharmacist"),
    "quinn": ("Ph. Quinn", "pharmacist"),
    "brown": ("Nurse Brown", "nurse"),
    "young": ("Nurse Young", "nurse"),
    "ellis": ("A. Ellis", "auditor"),
    "root": ("R. Root", "administrator"),
    "lis": ("Laboratory", "program"),
}
BY_ROLE = {role: name for name, (_, role) in reversed(STAFF.items())}
TWO_ROLES = "davis"  # a haematologist who is a pharmacist too
LEFT, OLD_PROGRAM = "gone", "oldlis"


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **time: float) -> None:
        """Let time go by."""
        self.at += timedelta(**time)


@dataclass(frozen=True)
class Keys:
    """What everybody comes in with: the secret of a session, or a token; also of those who have left."""

    made: dict[str, str] = field(default_factory=dict)

    def headers(self, name: str | None) -> dict[str, str]:
        """What somebody's browser or program sends to be known by."""
        if name is None:
            return {}
        if name in ("lis", OLD_PROGRAM):
            return {"Authorization": f"Bearer {self.made[name]}"}
        return {"Cookie": f"{COOKIE}={self.made[name]}"}


def furnished(address: str) -> Keys:
    """A hospital begun at that address: course P-9 at version 5, everybody signed in."""
    keys, accounts = Keys(), begun(address).accounts
    people = {name: Account(name, shown, (role,)) for name, (shown, role) in STAFF.items()}
    people[TWO_ROLES] = Account(TWO_ROLES, "Dr Davis", ("haematologist", "pharmacist"))
    people[LEFT] = Account(LEFT, "Dr Gone", ("haematologist",))
    people[OLD_PROGRAM] = Account(OLD_PROGRAM, "Old laboratory", (PROGRAM,))
    for name, account in people.items():
        program = account.roles == (PROGRAM,)
        accounts.set(account, "set-up", None if program else PASSWORD)
        made = accounts.new_token(name) if program else accounts.sign_in(name, PASSWORD)
        assert made is not None
        keys.made[name] = made
    for name in (LEFT, OLD_PROGRAM):
        account = people[name]
        accounts.set(Account(name, account.shown, account.roles, active=False), "set-up")
    accounts.record.database.engine.dispose()
    return keys


@dataclass(frozen=True)
class Furnished:
    """A hospital that is copied for every test: whoever signs in is asked for a password only once."""

    kind: str
    address: str
    keys: Keys

    def copy(self, folder: Path, postgresql: str = "") -> str:
        """The address of a copy."""
        if self.kind == "sqlite":
            return str(shutil.copy(self.address, folder / "record.db"))
        address = fresh(self.kind, folder, postgresql)
        name, old = (one.partition("?")[0].rpartition("/")[2] for one in (address, self.address))
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name}")  # type: ignore[call-overload]
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {old}")  # type: ignore[call-overload]
        return address


class Hospital:
    """One hospital and its web service; whoever speaks to it is named."""

    def __init__(self, address: str, keys: Keys, clock: Clock | None = None) -> None:
        self.address, self.keys, self.clock = address, keys, clock or Clock()
        self.clinic = Clinic.there(address, self.clock)
        self.service = service(self.clinic)
        self.client = TestClient(self.service, base_url=HERE, raise_server_exceptions=False)

    def ask(self, who: str | None, method: str, path: str, **more: Any) -> Any:
        """What somebody is answered."""
        self.client.cookies.clear()
        headers = {**self.keys.headers(who), **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def get(self, who: str | None, path: str, **more: Any) -> Any:
        """The same, for what is only read."""
        return self.ask(who, "GET", path, **more)

    def tell(self, who: str | None, said: str | bytes, course: str = "P-9", version: int | None = None) -> Any:
        """Somebody tells events of a course, at the version that it has unless another is named."""
        version = self.version(course) if version is None else version
        headers = {"If-Match": f'"{version}"'}
        return self.ask(who, "POST", f"/api/courses/{course}/events", content=said, headers=headers)

    def told(self, who: str, said: str, course: str = "P-9") -> str:
        """The same, which must be kept; the id of the event."""
        answer = self.tell(who, said, course)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["events"][-1]["said"]["id"])

    def version(self, course: str = "P-9") -> int:
        """How often something was told of a course."""
        return len(self.clinic.entries(course))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing is kept meanwhile."""
        head = self.clinic.record.head()
        yield
        assert self.clinic.record.head() == head


def is_problem(answer: Any, status: int | None = None) -> bool:
    """Whether this is a problem document, with that status."""
    said = answer.json() if answer.headers.get("content-type") == "application/problem+json" else {}
    right = {"type", "title", "status", "detail"} <= said.keys() and said["status"] == answer.status_code
    return right and status in (None, answer.status_code)
