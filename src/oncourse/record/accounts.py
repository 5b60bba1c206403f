"""Who may come in: accounts are entries of the log; what they sign in with is kept beside it, as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from oncourse import document
from oncourse.problem import BadInput, Fault, Place, Problem, Refused, either, excerpt
from oncourse.record import typed
from oncourse.record.database import Unavailable
from oncourse.record.entry import Draft, Entry
from oncourse.record.log import Conflict, Record, Writer, entries_of, version_of
from oncourse.record.tables import secret, session, token
from oncourse.roles import PROGRAM, Actor, table

ACCOUNTS, ACCOUNT = "@accounts", "account"  # the stream, and the kind of its entries
PARTS = ("name", "shown", "roles", "active", "password")  # what is said of an account: the line of a fault counts them
LOOKS_AFTER = "accounts"  # the act of those who look after accounts
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

    @property
    def version(self) -> int:
        """How often something was said of an account."""
        with self.record.database.reading() as connection:
            return version_of(connection, ACCOUNTS)

    def told(self, name: str) -> list[Entry]:
        """Everything that was said of an account."""
        return [entry for entry in self.record.entries(ACCOUNTS) if entry.said["name"] == name]

    def faults(self, account: Account, password: str | None = None) -> list[Problem]:
        """Everything that speaks against such an account; the line of each is the place in `PARTS` of what is wrong."""
        with self.record.database.reading() as connection:
            known, last = self._now(connection), list(self._last(connection, account))
        before = known.get(account.name)
        new = before is None or PROGRAM in before.roles
        return sorted(_placed([*_faults(account, password, new), *last]))

    def set(
        self,
        account: Account,
        by: str,
        password: str | None = None,
        version: int | None = None,
        key: str | None = None,
    ) -> None:
        """Add an account, or change it; raises BadInput with every fault. A new password signs out everywhere.

        What a program came in with is of no use to a person, nor the other way about. `version` is the one of all
        accounts that was seen: raises Conflict if something was said of this account since. What is sent again under
        the same key is kept once.
        """
        faults = [*self.faults(account, password), *typed.who(by, key=key)]
        if faults:
            raise BadInput(faults)
        hashed = None if password is None else _hashed(password)
        said = asdict(account) | {"roles": list(account.roles), "active": "yes" if account.active else "no"}
        with self.record.writing() as writer:
            told = entries_of(writer.connection, ACCOUNTS)
            if (sent := next((entry for entry in told if key is not None and entry.key == key), None)) is not None:
                self._the_same(writer.connection, sent, said, by, password)
                return
            since = [entry for entry in told[version:] if entry.said["name"] == account.name]
            if version is not None and since:
                raise Conflict(ACCOUNTS, len(told), since)
            if last := list(self._last(writer.connection, account)):  # somebody else was closed meanwhile
                raise BadInput(_placed(last))
            writer.append(ACCOUNTS, len(told), [Draft(ACCOUNT, said)], by, _text(self.clock()), key=key)
            _let_in(writer, account, hashed)

    def _last(self, connection: Connection, account: Account) -> Iterator[tuple[str, Fault]]:
        """Whether nobody would be left who looks after accounts: who may, and has a password to come in with."""
        known = self._now(connection)
        entering = set(connection.execute(select(secret.c.account)).scalars())
        keepers = {name for name in entering if name in known and _looks_after(known[name])}
        if keepers == {account.name} and not _looks_after(account):
            remedy = "let somebody else look after accounts first"
            yield "roles" if account.active else "active", Fault("nobody would be left who does", remedy)

    def _the_same(
        self, connection: Connection, sent: Entry, said: Mapping[str, Any], by: str, password: str | None
    ) -> None:
        """Raises BadInput unless just this was sent before."""
        known = _secret(connection, said["name"])
        same = password is None or (known is not None and _verified(known, password))
        if (sent.said, sent.by) != (said, by) or not same:
            raise BadInput([typed.used(document.built(sent.said, "record"), sent.key)])

    # People

    def sign_in(self, name: str, password: str) -> str | None:
        """The secret of a new session, if this is the right password of somebody who may come in.

        It takes as long for a name that is not there.
        """
        if (known := self._proven(name, password)) is None:
            return None
        made, now = secrets.token_urlsafe(32), _text(self.clock())
        with self.record.database.writing() as connection:
            if _secret(connection, name) != known:  # a new password came in between
                return None
            connection.execute(delete(session).where(session.c.began < _text(self.clock() - DAY)))
            connection.execute(insert(session).values(hash=_hash(made), account=name, began=now, seen=now))
        return made

    def right(self, name: str, password: str) -> bool:
        """Whether this is the password of somebody who may come in; it takes as long for a name that is not there."""
        return self._proven(name, password) is not None

    def _proven(self, name: str, password: str) -> str | None:
        """What was made of the password, if it is the right one."""
        known = None
        if name.isprintable():  # no other is kept, and not every database can even be asked for one
            with self.record.database.reading() as connection:
                known = _secret(connection, name)
        right = _verified(known or _nobody(), password[:LONGEST]) and len(password) <= LONGEST
        account = self.named(name)
        return known if right and account is not None and account.active else None

    def signed_in(self, made: str, there: bool = True) -> Actor | None:
        """Whoever has that session, unless it was left alone too long or is over.

        It goes on being left alone if nobody is `there`, as when a page asks something by itself.
        """
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
        if there and now - seen > min(NOTED, self.idle() / 10):
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

    def token_made(self, name: str) -> datetime | None:
        """When the token was made with which a program comes in; None if it has none."""
        with self.record.database.reading() as connection:
            return _token_made(connection, name)

    def new_token(self, name: str, seen: Sequence[datetime | None] = ()) -> str:
        """A new token for a program, shown this once; those before it no longer count. Raises Refused.

        `seen` says when the one before was made, as far as somebody saw it: any other is left as it is.
        """
        account = self.named(name)
        if account is None or not account.active or account.roles != (PROGRAM,):
            raise Refused(f"{excerpt(name)} is no program that may come in", f"add it with the role {PROGRAM}")
        made = secrets.token_urlsafe(32)
        with self.record.database.writing() as connection:
            if seen and _token_made(connection, name) not in seen:
                raise Refused("another token was made meanwhile", "make one more only if that one is lost")
            connection.execute(delete(token).where(token.c.account == name))
            connection.execute(insert(token).values(hash=_hash(made), account=name, made=_text(self.clock())))
        return made

    def with_token(self, made: str) -> Actor | None:
        """The program that has that token."""
        with self.record.database.reading() as connection:
            name = connection.execute(select(token.c.account).where(token.c.hash == _hash(made))).scalar()
            known = self._now(connection)
        return None if name is None else _actor(known, name)


def _let_in(writer: Writer, account: Account, hashed: str | None) -> None:
    """Keep what an account comes in with from now on, and end what it came in with before."""
    program = PROGRAM in account.roles
    if hashed is not None or program:
        writer.connection.execute(delete(secret).where(secret.c.account == account.name))
    if hashed is not None:
        writer.connection.execute(insert(secret).values(account=account.name, hash=hashed))
    if hashed is not None or program or not account.active:
        writer.connection.execute(delete(session).where(session.c.account == account.name))
    if not program or not account.active:
        writer.connection.execute(delete(token).where(token.c.account == account.name))


def _looks_after(account: Account) -> bool:
    return account.active and table().allows(LOOKS_AFTER, account.roles)


def _placed(faults: Iterable[tuple[str, Fault]]) -> Iterator[Problem]:
    """Each fault at the place of the part that is at fault."""
    return (fault.at(Place(ACCOUNT, PARTS.index(part) + 1, 1)) for part, fault in faults)


def _account(said: Mapping[str, Any]) -> Account:
    return Account(said["name"], said["shown"], tuple(said["roles"]), said["active"] == "yes")


def _actor(known: Mapping[str, Account], name: str) -> Actor | None:
    account = known.get(name)
    return account.actor if account is not None and account.active else None


def _secret(connection: Connection, name: str) -> str | None:
    """What was made of the password of an account."""
    known: str | None = connection.execute(select(secret.c.hash).where(secret.c.account == name)).scalar()
    return known


def _token_made(connection: Connection, name: str) -> datetime | None:
    known = connection.execute(select(token.c.made).where(token.c.account == name)).scalar()
    return None if known is None else datetime.fromisoformat(known)


def _faults(account: Account, password: str | None, new: bool) -> Iterator[tuple[str, Fault]]:
    for part, said, what in (("name", account.name, "name"), ("shown", account.shown, "name that is shown")):
        if not said.strip():
            yield part, Fault(f"there is no {what}", "give one")
        elif not said.isprintable() or len(said) > LONGEST or said != said.strip():
            yield part, Fault(f"the {what} {excerpt(said)!r} cannot be used", "give a short one")
    yield from (("roles", fault) for fault in _role_faults(account.roles))
    if PROGRAM in account.roles:
        if password is not None:
            yield "password", Fault("a program signs in with a token, not with a password", "leave the password out")
    elif password is None and new:
        yield "password", Fault("a person needs a password", "give one")
    elif password is not None and not SHORTEST <= len(password) <= LONGEST:
        yield "password", Fault(f"the password has {len(password)}", f"use {SHORTEST} to {LONGEST} characters")


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
