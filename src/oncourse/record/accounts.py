"""Who may come in: accounts are entries of the log; what they sign in with is kept beside it, as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from oncourse.problem import BadInput, Fault, Place, Refused, either, excerpt
from oncourse.record.database import Unavailable
from oncourse.record.entry import Draft
from oncourse.record.log import Record, entries_of, version_of
from oncourse.record.tables import secret, session, token
from oncourse.roles import PROGRAM, Actor, table

ACCOUNTS, ACCOUNT = "@accounts", "account"  # the stream, and the kind of its entries
SHORTEST = 12  # characters of a password
LONGEST = 200
IDLE = timedelta(minutes=15)  # unless the site says otherwise
DAY = timedelta(hours=12)  # after which anybody signs in again
NOTED = timedelta(minutes=1)  # how exactly it is noted when somebody was last seen, of a short time a tenth
HASHING = BoundedSemaphore(4)  # passwords looked at at once: each takes 64 MB


@dataclass(frozen=True, slots=True)
class Account:
    """One person or program: the name to sign in with, the one that is shown, its roles, and whether it may come in."""

    name: str
    shown: str
    roles: tuple[str, ...]
    active: bool = True

    @property
    def actor(self) -> Actor:
        """Whoever acts under this account."""
        return Actor(self.name, self.shown, self.roles)


class Accounts:
    """The accounts of a record, and who is signed in."""

    def __init__(
        self, record: Record, clock: Callable[[], datetime], idle: Callable[[], timedelta] = lambda: IDLE
    ) -> None:
        """`idle` says how long a session may be left alone, when that matters."""
        self.record, self.clock, self.idle = record, clock, idle
        self._known: tuple[int, Mapping[str, Account]] = (0, {})

    def __iter__(self) -> Iterator[Account]:
        """Every account as it is now, by name."""
        with self.record.database.reading() as connection:
            known = self._now(connection)
        return iter(known[name] for name in sorted(known))

    def named(self, name: str) -> Account | None:
        """The account of that name, also one that may no longer come in."""
        return next((account for account in self if account.name == name), None)

    def _now(self, connection: Connection) -> Mapping[str, Account]:
        """The accounts by name; read anew only if something was said of one since."""
        version, known = self._known
        if (newest := version_of(connection, ACCOUNTS)) != version:
            told = (entry.said for entry in entries_of(connection, ACCOUNTS))
            known = {said["name"]: _account(said) for said in told}
            self._known = newest, known
        return known

    def set(self, account: Account, by: str, password: str | None = None) -> None:
        """Add an account, or change it; raises BadInput with every fault. A new password signs out everywhere.

        What a program came in with is of no use to a person, nor the other way about.
        """
        before, program = self.named(account.name), PROGRAM in account.roles
        faults = list(_faults(account, password, before is None or PROGRAM in before.roles))
        if faults:
            here = Place("account", 1, 1)
            raise BadInput(fault.at(here) for fault in faults)
        hashed = None if password is None else _hashed(password)
        said = asdict(account) | {"roles": list(account.roles), "active": "yes" if account.active else "no"}
        with self.record.writing() as writer:
            writer.append(ACCOUNTS, writer.version(ACCOUNTS), [Draft(ACCOUNT, said)], by, _text(self.clock()))
            if hashed is not None or program:
                writer.connection.execute(delete(secret).where(secret.c.account == account.name))
            if hashed is not None:
                writer.connection.execute(insert(secret).values(account=account.name, hash=hashed))
            if hashed is not None or program or not account.active:
                writer.connection.execute(delete(session).where(session.c.account == account.name))
            if not program or not account.active:
                writer.connection.execute(delete(token).where(token.c.account == account.name))

    # People

    def sign_in(self, name: str, password: str) -> str | None:
        """The secret of a new session, if this is the right password of somebody who may come in.

        It takes as long for a name that is not there.
        """
        known = None
        if name.isprintable():  # no other is kept, and not every database can even be asked for one
            with self.record.database.reading() as connection:
                known = _secret(connection, name)
        right = _verified(known or _nobody(), password[:LONGEST])
        account = self.named(name)
        if not right or account is None or not account.active:
            return None
        made, now = secrets.token_urlsafe(32), _text(self.clock())
        with self.record.database.writing() as connection:
            if _secret(connection, name) != known:  # a new password came in between
                return None
            connection.execute(delete(session).where(session.c.began < _text(self.clock() - DAY)))
            connection.execute(insert(session).values(hash=_hash(made), account=name, began=now, seen=now))
        return made

    def signed_in(self, made: str) -> Actor | None:
        """Whoever has that session, unless it was left alone too long or is over."""
        now = self.clock()
        with self.record.database.reading() as connection:
            row = connection.execute(select(session).where(session.c.hash == _hash(made))).first()
            known = self._now(connection)
        if row is None:
            return None
        seen = datetime.fromisoformat(row.seen)
        if now - seen > self.idle() or now - datetime.fromisoformat(row.began) > DAY:
            self.sign_out(made)
            return None
        if now - seen > min(NOTED, self.idle() / 10):
            with suppress(Unavailable), self.record.database.writing() as connection:  # a full disk can be read
                connection.execute(update(session).where(session.c.hash == row.hash).values(seen=_text(now)))
        return _actor(known, row.account)

    def sign_out(self, made: str) -> None:
        """End a session."""
        with self.record.database.writing() as connection:
            connection.execute(delete(session).where(session.c.hash == _hash(made)))

    def sign_out_everywhere(self, name: str) -> None:
        """End every session of an account."""
        with self.record.database.writing() as connection:
            connection.execute(delete(session).where(session.c.account == name))

    # Programs

    def new_token(self, name: str) -> str:
        """A new token for a program, shown this once; those before it no longer count. Raises Refused."""
        account = self.named(name)
        if account is None or not account.active or account.roles != (PROGRAM,):
            raise Refused(f"{excerpt(name)} is no program that may come in", f"add it with the role {PROGRAM}")
        made = secrets.token_urlsafe(32)
        with self.record.database.writing() as connection:
            connection.execute(delete(token).where(token.c.account == name))
            connection.execute(insert(token).values(hash=_hash(made), account=name, made=_text(self.clock())))
        return made

    def with_token(self, made: str) -> Actor | None:
        """The program that has that token."""
        with self.record.database.reading() as connection:
            name = connection.execute(select(token.c.account).where(token.c.hash == _hash(made))).scalar()
            known = self._now(connection)
        return None if name is None else _actor(known, name)


def _account(said: Mapping[str, Any]) -> Account:
    return Account(said["name"], said["shown"], tuple(said["roles"]), said["active"] == "yes")


def _actor(known: Mapping[str, Account], name: str) -> Actor | None:
    account = known.get(name)
    return account.actor if account is not None and account.active else None


def _secret(connection: Connection, name: str) -> str | None:
    """What was made of the password of an account."""
    known: str | None = connection.execute(select(secret.c.hash).where(secret.c.account == name)).scalar()
    return known


def _faults(account: Account, password: str | None, new: bool) -> Iterator[Fault]:
    for said, what in ((account.name, "name"), (account.shown, "name that is shown")):
        if not said.strip() or not said.isprintable() or len(said) > LONGEST or said != said.strip():
            yield Fault(f"the {what} {excerpt(said)!r} cannot be used", "give a short one")
    yield from _role_faults(account.roles)
    if PROGRAM in account.roles:
        if password is not None:
            yield Fault("a program signs in with a token, not with a password", "leave the password out")
    elif password is None and new:
        yield Fault("a person needs a password", "give one")
    elif password is not None and not SHORTEST <= len(password) <= LONGEST:
        yield Fault(f"the password has {len(password)} characters", f"use {SHORTEST} to {LONGEST}")


def _role_faults(roles: Sequence[str]) -> Iterator[Fault]:
    known = table().roles
    if not roles:
        yield Fault("an account needs a role", f"use {either(known)}")
    for role in roles:
        if role not in known:
            yield Fault(f"{excerpt(role)} is no role", f"use {either(known)}")
    if PROGRAM in roles and len(roles) > 1:
        yield Fault("a program has no other role", "make an account for the person")


def _hashed(password: str) -> str:
    with HASHING:
        return PasswordHasher().hash(password)


def _verified(known: str, password: str) -> bool:
    try:
        with HASHING:
            return PasswordHasher().verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """What was made of a password that nobody knows."""
    return _hashed(secrets.token_urlsafe(16))


def _hash(made: str) -> str:
    return hashlib.sha256(made.encode("utf-8", "replace")).hexdigest()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
