"""Where a record can be kept, and what is said where it cannot."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import make_url, text
from tests.databases import fresh
from tests.test_clinic import begun

from oncourse.clinic import Clinic
from oncourse.record.accounts import Account
from oncourse.record.database import Database, Unavailable
from oncourse.record.log import Record

REFUSED = r"must be owner|permission denied"
RECORD = Path(__file__).resolve().parents[2] / "docs/record.md"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://localhost/x", "a record is not kept in mysql"),
        ("sqlite://", "a record in memory would be lost"),
        ("://", "this is no address of a database"),
        ("oracle+x://", "a record is not kept in oracle"),
    ],
)
def test_an_address_that_is_none_is_told(address: str, said: str) -> None:
    """With what can be given instead."""
    with pytest.raises(Unavailable, match=said):
        Database(address)


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    """And what to look at."""
    with pytest.raises(Unavailable, match="see that the database runs") as told:
        Record.open("postgresql://me:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0" + b"x" * 4096])
def test_a_file_that_is_no_record_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """An empty file, a text, a damaged database."""
    path = tmp_path / "record.db"
    path.write_bytes(content)
    with pytest.raises(Unavailable):
        Record.open(str(path))
    assert path.read_bytes() == content


def test_without_its_driver_postgresql_is_told() -> None:
    """With what to install."""
    with patch.dict(sys.modules, {"psycopg": None}), pytest.raises(Unavailable, match="oncourse\\[postgresql\\]"):
        Database("postgresql://localhost/x")


@contextmanager
def not_the_owner(address: str) -> Iterator[str]:
    """The address of the same database for an account that has only the rights that the documentation grants."""
    name = f"clinic_{make_url(address).database}"
    (granted,) = re.findall(r"```sql\n(.*?)```", RECORD.read_text(encoding="utf-8"), re.DOTALL)
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")  # type: ignore[call-overload]
        owner.execute(granted.replace("clinic", name))
        try:
            yield make_url(address).set(username=name, password="x").render_as_string(hide_password=False)
        finally:
            owner.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")  # type: ignore[call-overload]


def test_an_account_that_does_not_own_the_tables_does_all_but_tamper(tmp_path: Path, postgresql: str) -> None:
    """It tells, identifies, signs people in and verifies; the guards it can neither take away nor get around."""
    address = fresh("postgresql", tmp_path, postgresql)
    begun(address)
    with not_the_owner(address) as limited:
        here = Clinic.at(limited, "set-up")
        here.append("P-9", 5, "{at: 2026-11-09, held: {reason: liver}}", "Dr Adams")
        here.identify("P-9", 6, "{name: Testcase}", "clerk")
        here.accounts.set(Account("adams", "Dr Adams", ("haematologist",)), "set-up", "a long password")
        assert here.accounts.sign_in("adams", "a long password") is not None
        assert here.verified(decisions=True).faults == []
        for change in ("ALTER TABLE entry DISABLE TRIGGER USER", "UPDATE entry SET body = '{}'", "TRUNCATE entry"):
            with pytest.raises(Unavailable, match=REFUSED), here.record.database.writing() as it:
                it.execute(text(change))
        assert [patient.course for patient in here.search("testcase")] == ["P-9"]
