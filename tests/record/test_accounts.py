"""Accounts: who may come in, for how long, and that nothing readable is kept of what they come in with."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text
from tests.record.test_log import NOW

from oncourse.problem import BadInput, Problem, Refused
from oncourse.record.accounts import DAY, IDLE, PARTS, Account, Accounts
from oncourse.record.backup import back_up, restore
from oncourse.record.database import Database, Unavailable
from oncourse.record.log import Conflict, Record
from oncourse.record.tables import secret, session, token

PASSWORD = "correct horse battery"
ADAMS = Account("adams", "Dr Anna Adams", ("haematologist",))
LIS = Account("lis", "Laboratory", ("program",))
ROOT, BOSS = (Account(name, name.title(), ("administrator",)) for name in ("root", "boss"))


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The morning of 25 November 2026."""
    return Clock()


@pytest.fixture
def accounts(address: str, clock: Clock) -> Accounts:
    """A haematologist and a program."""
    made = Accounts(Record.at(address, "set-up", NOW), clock)
    made.set(ADAMS, "set-up", PASSWORD)
    made.set(LIS, "set-up")
    return made


def test_an_account_is_an_entry_of_the_log(accounts: Accounts) -> None:
    """Who made it and when; the newest entry counts, and nothing of the password is in it."""
    accounts.set(Account("adams", "Dr Anna Adams", ("haematologist", "pharmacist")), "boss")
    assert list(accounts) == [Account("adams", "Dr Anna Adams", ("haematologist", "pharmacist")), LIS]
    entries = accounts.record.entries("@accounts")
    assert [entry.by for entry in entries] == ["set-up", "set-up", "boss"]
    assert PASSWORD not in str(entries)
    assert accounts.sign_in("adams", PASSWORD) is not None


def test_only_the_right_password_opens(accounts: Accounts) -> None:
    """Not another one, not for another name, not for a program, not for a closed account."""
    assert accounts.sign_in("adams", PASSWORD) is not None
    for name, password in (("adams", "wrong"), ("adams", ""), ("nobody", PASSWORD), ("lis", PASSWORD), ("lis", "")):
        assert accounts.sign_in(name, password) is None
    accounts.set(Account("adams", "Dr Anna Adams", ("haematologist",), active=False), "boss")
    assert accounts.sign_in("adams", PASSWORD) is None


def test_a_session_ends(accounts: Accounts, clock: Clock) -> None:
    """When it is left alone too long, when its day is over, when somebody signs out."""
    left = accounts.sign_in("adams", PASSWORD)
    assert left is not None and accounts.signed_in(left) == ADAMS.actor
    clock.now += IDLE
    assert accounts.signed_in(left) == ADAMS.actor
    clock.now += IDLE + timedelta(seconds=1)
    assert accounts.signed_in(left) is None
    clock.now -= IDLE
    assert accounts.signed_in(left) is None
    busy, other = accounts.sign_in("adams", PASSWORD), accounts.sign_in("adams", PASSWORD)
    assert busy is not None and other is not None
    began = clock.now
    while clock.now - began < DAY:
        clock.now += IDLE
        assert accounts.signed_in(busy) == ADAMS.actor
    clock.now += timedelta(seconds=1)
    assert accounts.signed_in(busy) is None
    one, two = accounts.sign_in("adams", PASSWORD), accounts.sign_in("adams", PASSWORD)
    assert one is not None and two is not None
    accounts.sign_out(one)
    assert (accounts.signed_in(one), accounts.signed_in(two)) == (None, ADAMS.actor)
    accounts.sign_out_everywhere("adams")
    assert accounts.signed_in(two) is None


def test_sessions_that_are_over_are_not_kept(accounts: Accounts, clock: Clock) -> None:
    """The next person who signs in clears them away; one of the same day stays."""
    first = accounts.sign_in("adams", PASSWORD)
    clock.now += DAY
    second = accounts.sign_in("adams", PASSWORD)
    assert first and second and sessions(accounts) == 2
    clock.now += timedelta(seconds=1)
    assert accounts.sign_in("adams", PASSWORD) and sessions(accounts) == 2


def sessions(accounts: Accounts) -> int:
    """How many sessions there are, over or not."""
    with accounts.record.database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM session")).scalar() or 0)


def test_who_is_signed_in_may_read_where_nothing_can_be_written(clock: Clock, tmp_path: Path) -> None:
    """That somebody was seen cannot be noted then, and need not be."""
    here = Accounts(Record.at(str(tmp_path / "record.db"), "set-up", NOW), clock)
    here.set(ADAMS, "root", PASSWORD)
    made = here.sign_in("adams", PASSWORD)

    @event.listens_for(here.record.database.engine, "connect")
    def bound(connection: Any, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    here.record.database.engine.dispose()
    clock.now += timedelta(minutes=2)
    with pytest.raises(Unavailable, match="this place can only be read"):
        here.sign_in("adams", PASSWORD)
    assert made is not None and here.signed_in(made) == ADAMS.actor


def test_a_new_password_and_a_closed_account_sign_out(accounts: Accounts) -> None:
    """New roles do not, and count at once; a closed program's token is gone."""
    made, key = accounts.sign_in("adams", PASSWORD), accounts.new_token("lis")
    assert made is not None
    accounts.set(Account("adams", "Dr Anna Adams", ("auditor",)), "boss")
    assert accounts.signed_in(made) == Account("adams", "Dr Anna Adams", ("auditor",)).actor
    accounts.set(ADAMS, "boss", "another long password")
    assert accounts.signed_in(made) is None
    accounts.set(Account("lis", "Laboratory", ("program",), active=False), "boss")
    assert accounts.with_token(key) is None
    accounts.set(LIS, "boss")
    assert accounts.with_token(key) is None


def test_a_program_has_one_token(accounts: Accounts) -> None:
    """A new one ends the old; a person has none."""
    old = accounts.new_token("lis")
    assert accounts.with_token(old) == LIS.actor
    new = accounts.new_token("lis")
    assert (accounts.with_token(old), accounts.with_token(new)) == (None, LIS.actor)
    for name in ("adams", "nobody"):
        with pytest.raises(Refused, match="is no program that may come in"):
            accounts.new_token(name)


def test_nothing_is_kept_that_opens(accounts: Accounts, tmp_path: Path, address: str) -> None:
    """Neither in the tables nor in a backup, which holds no secrets at all."""
    made, key = accounts.sign_in("adams", PASSWORD), accounts.new_token("lis")
    assert made is not None
    with accounts.record.database.reading() as connection:
        rows = [str(row) for table in (secret, session, token) for row in connection.execute(select(table))]
    assert len(rows) == 3
    assert not any(said in row for row in rows for said in (PASSWORD, made, key))
    back_up(accounts.record.database, tmp_path / "b.oncourse")
    other = Database(str(tmp_path / "other.db"))
    restore(tmp_path / "b.oncourse", other)
    restored = Accounts(Record(other), accounts.clock)
    assert list(restored) == list(accounts)
    assert restored.sign_in("adams", PASSWORD) is restored.with_token(key) is None


@pytest.mark.parametrize(
    ("account", "password", "faults"),
    [
        (
            Account("", " ", ()),
            None,
            ["there is no name", "there is no name that is shown", "needs a role", "needs a password"],
        ),
        (Account("x", "X", ("king",)), "short", ["king is no role", "the password has 5; use 12 to 200 characters"]),
        (Account("x", "X", ("program", "nurse")), PASSWORD, ["a program has no other role", "not with a password"]),
        (Account(" x", "a\nb", ("nurse",)), PASSWORD, ["the name ' x'", "the name that is shown"]),
        (Account("x", "X", ("nurse",)), "p" * 201, ["the password has 201; use 12 to 200 characters"]),
    ],
)
def test_a_faulty_account_is_told_whole(
    tmp_path: Path, clock: Clock, account: Account, password: str | None, faults: list[str]
) -> None:
    """Every fault at once, and nothing is kept."""
    made = Accounts(Record.at(str(tmp_path / "record.db"), "set-up", NOW), clock)
    with pytest.raises(BadInput) as bad:
        made.set(account, "boss", password)
    told = str(bad.value)
    assert len(bad.value.problems) == len(faults)
    assert all(fault in told for fault in faults)
    assert list(made) == []
    assert made.faults(account, password) == list(bad.value.problems)


def test_a_fault_says_of_which_part_it_is(accounts: Accounts) -> None:
    """By its line, so that a form can tell it beside the field."""
    problems = accounts.faults(Account(" x", "", ("king",)), "short")
    assert [PARTS[problem.place.line - 1] for problem in problems] == ["name", "shown", "roles", "password"]
    assert {problem.place.file for problem in problems} == {"account"}


# Who looks after accounts


def out(account: Account) -> Account:
    """The same, which may no longer come in."""
    return Account(account.name, account.shown, account.roles, active=False)


@pytest.mark.parametrize(
    ("after", "part"),
    [
        (out(ROOT), "active"),
        (Account("root", "Root", ("auditor",)), "roles"),
        (Account("root", "Root", ("program",)), "roles"),
    ],
)
def test_the_last_who_looks_after_accounts_stays(accounts: Accounts, after: Account, part: str) -> None:
    """Neither closed nor given another role; anybody else may be, and so may this one once there is another."""
    accounts.set(ROOT, "set-up", PASSWORD)
    accounts.set(out(ADAMS), "root")
    with pytest.raises(BadInput, match="let somebody else look after accounts first") as bad:
        accounts.set(after, "root")
    assert [PARTS[problem.place.line - 1] for problem in bad.value.problems] == [part]
    assert accounts.named("root") == ROOT
    accounts.set(BOSS, "root", PASSWORD)
    accounts.set(after, "boss")
    assert accounts.named("root") == after
    with pytest.raises(BadInput, match="nobody would be left"):
        accounts.set(out(BOSS), "boss")


def test_whoever_cannot_come_in_looks_after_nothing(accounts: Accounts, tmp_path: Path) -> None:
    """A closed administrator does not count, nor one of a restored record who has no password yet."""
    accounts.set(ROOT, "set-up", PASSWORD)
    accounts.set(BOSS, "root", PASSWORD)
    accounts.set(out(BOSS), "root")
    with pytest.raises(BadInput, match="nobody would be left"):
        accounts.set(out(ROOT), "root")
    back_up(accounts.record.database, tmp_path / "b.oncourse")
    other = Database(str(tmp_path / "other.db"))
    restore(tmp_path / "b.oncourse", other)
    restored = Accounts(Record(other), accounts.clock)
    restored.set(BOSS, "set-up", PASSWORD)
    with pytest.raises(BadInput, match="nobody would be left"):
        restored.set(out(BOSS), "root")
    restored.set(ROOT, "set-up", PASSWORD)
    restored.set(out(BOSS), "root")


class Interrupted(Accounts):
    """Accounts in which somebody else closes root after every look at what would be at fault."""

    def faults(self, account: Account, password: str | None = None) -> list[Problem]:
        """What is found, before that."""
        found = super().faults(account, password)
        Accounts(self.record, self.clock).set(out(ROOT), "boss")
        return found


def test_two_who_close_each_other_do_not_both_succeed(accounts: Accounts) -> None:
    """The second finds that it would be the last, although it was not when it looked."""
    accounts.set(ROOT, "set-up", PASSWORD)
    accounts.set(BOSS, "root", PASSWORD)
    with pytest.raises(BadInput, match="nobody would be left"):
        Interrupted(accounts.record, accounts.clock).set(out(BOSS), "root")
    assert (accounts.named("root"), accounts.named("boss")) == (out(ROOT), BOSS)


# Two at once


def test_nobody_overwrites_unseen_what_another_said_of_an_account(accounts: Accounts) -> None:
    """Whoever saw an older version is told what was said since; what was said of other accounts is no matter."""
    seen = accounts.version
    accounts.set(LIS, "root", version=seen)
    accounts.set(Account("adams", "Dr Adams-Smith", ("haematologist",)), "boss", version=seen)
    with pytest.raises(Conflict) as conflict:
        accounts.set(Account("adams", "Dr Anna Adams", ("auditor",)), "root", "a new long password", seen)
    assert [(entry.by, entry.said["shown"]) for entry in conflict.value.since] == [("boss", "Dr Adams-Smith")]
    assert conflict.value.version == accounts.version == seen + 2
    assert [entry.said["shown"] for entry in accounts.told("adams")] == ["Dr Anna Adams", "Dr Adams-Smith"]
    assert accounts.sign_in("adams", PASSWORD) is not None
    accounts.set(Account("adams", "Dr Anna Adams", ("auditor",)), "root", version=accounts.version)
    with pytest.raises(Conflict):
        accounts.set(ADAMS, "root", PASSWORD, version=0)


def test_what_is_sent_twice_is_kept_once(accounts: Accounts) -> None:
    """Under one key; it ends nobody's session again, and stands for nothing else."""
    for _ in range(2):
        accounts.set(ROOT, "boss", PASSWORD, 0, "k-1")
        made = accounts.sign_in("root", PASSWORD)
    assert len(accounts.told("root")) == 1
    accounts.set(ROOT, "boss", PASSWORD, 0, "k-1")
    assert made is not None and accounts.signed_in(made) == ROOT.actor
    others = [(ROOT, "boss", "another password"), (ROOT, "adams", PASSWORD), (BOSS, "boss", PASSWORD)]
    for account, by, password in others:
        with pytest.raises(BadInput, match="the key k-1 was used for something else"):
            accounts.set(account, by, password, key="k-1")
    with pytest.raises(BadInput, match="this key cannot be used"):
        accounts.set(ROOT, "boss", PASSWORD, key="k\0")
    assert len(accounts.told("root")) == 1 and accounts.named("boss") is None


def test_a_token_that_nobody_saw_is_not_replaced(accounts: Accounts, clock: Clock) -> None:
    """Whoever saw none, or an older one, is told; whoever saw the last may."""
    assert accounts.token_made("lis") is None
    first = accounts.new_token("lis", [None])
    seen = accounts.token_made("lis")
    assert seen == clock.now
    clock.now += timedelta(minutes=1)
    with pytest.raises(Refused, match="another token was made meanwhile"):
        accounts.new_token("lis", [None])
    assert accounts.with_token(first) == LIS.actor
    second = accounts.new_token("lis", [seen])
    assert (accounts.with_token(first), accounts.with_token(second)) == (None, LIS.actor)
    with pytest.raises(Refused, match="meanwhile"):
        accounts.new_token("lis", [seen])


def test_a_password_is_right_or_not(accounts: Accounts) -> None:
    """Only that of somebody who may come in; nobody is signed in by it."""
    assert accounts.right("adams", PASSWORD)
    assert not accounts.right("adams", PASSWORD + " ") and not accounts.right("nobody", PASSWORD)
    accounts.set(ADAMS, "root", "p" * 200)
    assert (accounts.right("adams", "p" * 200), accounts.right("adams", "p" * 201)) == (True, False)
    accounts.set(ADAMS, "root", PASSWORD)
    accounts.set(out(ADAMS), "root")
    assert not accounts.right("adams", PASSWORD)
    with accounts.record.database.reading() as connection:
        assert connection.execute(select(session)).all() == []
