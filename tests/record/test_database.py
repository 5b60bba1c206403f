"""Where a record can be kept, and what is said where it cannot."""

import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from oncourse.record.database import Database, Unavailable
from oncourse.record.log import Record


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
