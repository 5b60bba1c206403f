"""Accounts: who may come in, for how long, and that nothing readable is kept of what they come in with."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.record.test_log import NOW

from oncourse.problem import BadInput, Refused
from oncourse.record.accounts import DAY, IDLE, Account, Accounts
from oncourse.record.backup import back_up, restore
from oncourse.record.database import Database
from oncourse.record.log import Record
from oncourse.record.tables import secret, session, token

PASSWORD = "correct horse battery"
ADAMS = Account("adams", "Dr Anna Adams", ("haematologist",))
LIS = Account("lis", "Laboratory", ("program",))


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
        (Account("", " ", ()), None, ["the name ''", "the name that is shown", "needs a role", "needs a password"]),
        (Account("x", "X", ("king",)), "short", ["king is no role", "the password has 5 characters; use 12 to 200"]),
        (Account("x", "X", ("program", "nurse")), PASSWORD, ["a program has no other role", "not with a password"]),
        (Account(" x", "a\nb", ("nurse",)), PASSWORD, ["the name ' x'", "the name that is shown"]),
        (Account("x", "X", ("nurse",)), "p" * 201, ["the password has 201 characters"]),
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
