"""An older record is brought up to date and keeps every byte of its history; a newer one is left alone."""

import pytest
from sqlalchemy import text
from tests.record.test_log import NOW

from oncourse.record.database import Database, Unavailable
from oncourse.record.entry import NOTHING, Entry, link
from oncourse.record.log import Record, walk
from oncourse.record.upgrade import NEWEST, upgrade
from oncourse.record.verify import verified


def old(address: str) -> tuple[Database, list[Entry]]:
    """A record as the first schema had it, which knew no patients."""
    database = Database(address)
    upgrade(database, "0001")
    before, made = NOTHING, []
    for seq, stream, version, kind, body in (
        (1, "@record", 1, "record", '{"id":"x"}'),
        (2, "P-1", 1, "course", '{"protocol":"inotuzumab-ozogamicin","patient":{"id":"P-1","born":"1979-03-04"}}'),
        (3, "P-1", 2, "event", '{"at":"2026-01-05","vod":{"status":"excluded"}}'),
        (4, "P-1", 3, "patient", '{"name":"M\\u00fcller"}'),
    ):
        parts = (seq, stream, version, seq, kind, body, None, "me", None, None, NOW)
        before = link(before, *parts)
        made.append(Entry(*parts, hash=before))
    with database.writing() as connection:
        for one in made:
            values = ", ".join(f":{part}" for part in Entry._fields)
            connection.execute(text(f"INSERT INTO entry VALUES ({values})"), one._asdict())
    return database, made


def test_an_older_record_keeps_every_byte(address: str) -> None:
    """Its entries are the same, its chain is sound, and what is new is found in it."""
    database, made = old(address)
    opened = Record.open(address)
    with database.reading() as connection:
        assert list(walk(connection)) == made
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST
    assert verified(database).faults == []
    (found,) = opened.search("muller 1979")
    assert found.shown == {"id": "P-1", "born": "1979-03-04", "name": "Müller"}


def test_an_upgrade_is_whole_or_not_at_all(address: str) -> None:
    """What stands in its way leaves the older record as it was."""
    database, made = old(address)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE patient (something TEXT)"))
    with pytest.raises(Unavailable):
        Record.open(address)
    with database.reading() as connection:
        assert list(walk(connection)) == made
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"


def test_a_newer_record_is_left_alone(address: str) -> None:
    """A program that does not know its tables says so and touches nothing."""
    made = Record.at(address, "me", NOW)
    with made.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for opening in (Record.open, lambda at: Record.at(at, "me", NOW)):
        with pytest.raises(Unavailable, match=r"written by a newer oncourse \(schema 9999, known here"):
            opening(address)


def test_a_database_of_something_else_is_left_alone(address: str) -> None:
    """No table of ours is put among others."""
    database = Database(address)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE other (a TEXT)"))
    for opening in (Record.open, lambda at: Record.at(at, "me", NOW)):
        with pytest.raises(Unavailable, match="this database holds something else"):
            opening(address)
