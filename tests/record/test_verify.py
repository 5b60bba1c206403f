"""Tampering: whatever is done to a record behind the program's back is found, and its place is named."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.record.test_log import NOW

from oncourse.record.database import Database
from oncourse.record.entry import NOTHING, Draft, Head, linked
from oncourse.record.log import Record, walk
from oncourse.record.verify import Chain, verified

GUARDED = {
    "sqlite": [f"DROP TRIGGER {name}" for name in ("entry_stays", "entry_stays_as_it_is", "entry_goes_on")],
    "postgresql": ["ALTER TABLE entry DISABLE TRIGGER USER"],
}
UNGUARDED = [f"the guard {name} is gone" for name in ("entry_goes_on", "entry_stays", "entry_stays_as_it_is")]


def record(address: str) -> Record:
    """A record of two courses with patients: P-1 has entries 2, 3, 5 and 7, P-2 has 4 and 6."""
    made = Record.at(address, "set-up", NOW)
    for stream, kind, body in (
        ("P-1", "course", {"patient": {"id": "P-1", "born": "1979-03-04"}}),
        ("P-1", "event", {"a": "1"}),
        ("P-2", "course", {"patient": {"id": "P-2"}}),
        ("P-1", "event", {"a": "2"}),
        ("P-2", "patient", {"name": "Green"}),
        ("P-1", "event", {"a": "3"}),
    ):
        with made.writing() as writer:
            writer.append(stream, writer.version(stream), [Draft(kind, body)], "me", NOW)
    return made


def head_at(made: Record, seq: int) -> Head:
    """The head that was printed when the record had so many entries."""
    with made.database.reading() as connection:
        return next(Head(one.seq, one.hash) for one in walk(connection) if one.seq == seq)


def tampered(made: Record, *changes: str, guards: bool = False) -> list[str]:
    """What is found after somebody with all rights has changed the database."""
    head = made.head()
    with made.database.writing() as connection:
        for change in (*([] if guards else GUARDED[made.database.kind]), *changes):
            connection.execute(text(change))
    return verified(made.database, head).faults


def test_a_sound_record_has_no_faults(address: str) -> None:
    """With the head of now, with an earlier one, and without one."""
    made = record(address)
    early, now = head_at(made, 4), made.head()
    assert verified(made.database).faults == verified(made.database, now).faults == []
    chain = verified(made.database, early)
    assert (chain.faults, chain.head, chain.versions) == ([], now, {"@record": 1, "P-1": 4, "P-2": 2})


def test_without_its_guards_a_record_is_not_sound(address: str) -> None:
    """Each that is gone is named."""
    assert [fault.partition(":")[0] for fault in tampered(record(address))] == UNGUARDED


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (["UPDATE entry SET body = '{}' WHERE seq = 5"], ["entry 5 (P-1, version 3) is not what was chained here"]),
        (["UPDATE entry SET by = 'you' WHERE seq = 2"], ["entry 2 (P-1, version 1) is not what was chained here"]),
        (["UPDATE entry SET why = '' WHERE seq = 2"], ["entry 2 (P-1, version 1) is not what was chained here"]),
        (
            ["UPDATE entry SET recorded = '2020' WHERE seq = 7"],
            ["entry 7 (P-1, version 4) is not what was chained here"],
        ),
        (
            [f"UPDATE entry SET hash = '{NOTHING}' WHERE seq = 4"],
            ["entry 4 (P-2, version 1) is not what was", "entry 5 (P-1, version 3) is not what was"],
        ),
        (
            ["DELETE FROM entry WHERE seq = 3"],
            ["entry 3 is missing before entry 4", "entry 5 (P-1, version 3) follows version 1 of its stream"],
        ),
        (["DELETE FROM entry WHERE seq = 7"], ["entry 7 is missing at the end: the record was cut short"]),
        (
            ["DELETE FROM entry WHERE seq > 5"],
            ["entries 6 to 7 are missing at the end: the record was cut short", "P-2 is another among the patients"],
        ),
        (
            ["DELETE FROM entry WHERE stream = 'P-2'"],
            [
                "entry 4 is missing before entry 5",
                "entry 6 is missing before entry 7",
                "P-2 is among the patients and nothing of its course is kept",
            ],
        ),
        (
            ["DELETE FROM entry WHERE stream = 'P-1'", "DELETE FROM patient WHERE course = 'P-1'"],
            [
                "entries 2 to 3 are missing before entry 4",
                "entry 5 is missing before entry 6",
                "entry 7 is missing at the end",
            ],
        ),
        (["DELETE FROM entry"], ["entries 1 to 7 are missing at the end", "P-1 is among", "P-2 is among"]),
        (["UPDATE patient SET shown = '{}' WHERE course = 'P-2'"], ["P-2 is another among the patients than in the"]),
        (["UPDATE patient SET sought = 'x' WHERE course = 'P-2'"], ["P-2 is another among the patients than in the"]),
        (["DELETE FROM patient WHERE course = 'P-1'"], ["P-1 is missing among the patients"]),
        (
            ["UPDATE entry SET stream = 'P-3', version = 1 WHERE seq = 6"],
            ["entry 6 (P-3, version 1) is not what was chained here", "P-2 is another", "P-3 is missing"],
        ),
        (
            ["UPDATE entry SET version = 9 WHERE seq = 7"],
            ["entry 7 (P-1, version 9) is not what was", "entry 7 (P-1, version 9) follows version 3 of its"],
        ),
    ],
)
def test_what_is_tampered_with_is_found_at_its_place(address: str, changes: Sequence[str], found: list[str]) -> None:
    """A changed, a deleted, the newest, a whole course; and nothing else is accused."""
    faults = tampered(record(address), *changes)
    assert [fault[: len(start)] for fault, start in zip(faults, [*found, *UNGUARDED], strict=True)] == [
        *found,
        *UNGUARDED,
    ]


def test_an_older_file_is_found_by_a_head_noted_later(tmp_path: Path) -> None:
    """Put back, it is sound by itself; gone on with, it is found at the entry of the head."""
    made = record(str(tmp_path / "now.db"))
    with made.database.writing():
        shutil.copy(tmp_path / "now.db", tmp_path / "old.db")
        for ending in ("-wal", "-shm"):
            shutil.copy(tmp_path / f"now.db{ending}", tmp_path / f"old.db{ending}")
    with made.writing() as writer:
        writer.append("P-1", 4, [Draft("event", {"a": "4"})], "me", NOW)
    noted = made.head()
    old = Record.open(str(tmp_path / "old.db"))
    assert verified(old.database).faults == []
    assert verified(old.database, noted).faults == [
        "entry 8 is missing at the end: the record was cut short, or is an older one"
    ]
    with old.writing() as writer:
        writer.append("P-1", 4, [Draft("event", {"a": "other"})], "me", NOW)
    (fault,) = verified(old.database, noted).faults
    assert fault.startswith("entry 8 (P-1, version 5) is not the one with the head that was given")


def test_another_record_is_found_by_a_head(address: str, tmp_path: Path) -> None:
    """Two records with the same entries differ from the first entry on, which names the record."""
    other = record(str(tmp_path / "other.db"))
    (fault,) = verified(record(address).database, other.head()).faults
    assert fault.startswith("entry 7 (P-1, version 4) is not the one with the head that was given: another record")


def test_who_computes_everything_anew_is_found_only_by_a_head(address: str) -> None:
    """That is what a chain cannot do by itself, and the documentation says so."""
    made = record(address)
    noted = made.head()
    with made.database.writing() as connection:
        for change in GUARDED[made.database.kind]:
            connection.execute(text(change))
        connection.execute(text('UPDATE entry SET body = \'{"a":"9"}\' WHERE seq = 5'))
        before = NOTHING
        for one in list(walk(connection)):
            before = linked(before, one)
            connection.execute(text("UPDATE entry SET hash = :hash WHERE seq = :seq"), {"hash": before, "seq": one.seq})
    assert [fault.partition(":")[0] for fault in verified(made.database).faults] == UNGUARDED
    assert verified(made.database, noted).faults[0].startswith("entry 7 (P-1, version 4) is not the one with the head")
    assert verified(made.database, head_at(made, 4)).faults == verified(made.database).faults


def test_a_chain_is_followed_in_parts() -> None:
    """What was followed before counts."""
    chain = Chain()
    chain.follow([])
    assert chain.head == Head(0, NOTHING)


def test_the_database_knows_its_own_file(tmp_path: Path) -> None:
    """PostgreSQL has none, and its password is in no message."""
    assert Database(str(tmp_path / "x.db")).file == tmp_path / "x.db"
    other = Database("postgresql://me:secret@nowhere.invalid/x")
    assert other.file is None
    assert "secret" not in other.name
