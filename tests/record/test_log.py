"""The log: entries are added at its end, and the database itself refuses anything else."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from oncourse.problem import Fault
from oncourse.record import log
from oncourse.record.database import Database, Unavailable
from oncourse.record.entry import BEGINNING, NOTHING, Draft, Head, dumps, linked
from oncourse.record.log import Conflict, Record, walk

NOW = "2026-11-25T09:30:00.000000+00:00"
REWRITES = [
    "UPDATE entry SET body = '{}' WHERE seq = 2",
    "UPDATE entry SET hash = hash",
    "DELETE FROM entry WHERE seq = 3",
    "DELETE FROM entry",
    "INSERT INTO entry SELECT seq + 5, stream, version + 5, batch, kind, body, advice, by, why, 'n', recorded, hash "
    "FROM entry WHERE seq = 3",
    "INSERT INTO entry SELECT seq + 1, stream, version, batch, kind, body, advice, by, why, 'n', recorded, hash "
    "FROM entry WHERE seq = 3",
]
ONLY = {
    "sqlite": [
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 2",
        "INSERT OR REPLACE INTO entry SELECT 4, stream, version, batch, kind, body, advice, by, why, key, recorded, "
        "hash FROM entry WHERE seq = 2",
    ],
    "postgresql": [
        "TRUNCATE entry",
        "INSERT INTO entry SELECT * FROM entry WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET body = '{}'",
    ],
}


def record(address: str) -> Record:
    """A record with two entries of one stream after its own first one."""
    made = Record.at(address, "set-up", NOW)
    with made.writing() as writer:
        writer.append("P-1", 0, [Draft("x", {"a": "1"}), Draft("x", {"a": "2"}, {"said": "so"})], "me", NOW, "why", "k")
    return made


def test_entries_are_numbered_and_chained(address: str) -> None:
    """Through the whole record, within their stream and within their batch, each linked to the one before."""
    made = record(address)
    with made.database.reading() as connection:
        entries = list(walk(connection))
    assert [(one.seq, one.stream, one.version, one.batch) for one in entries] == [
        (1, "@record", 1, 1),
        (2, "P-1", 1, 2),
        (3, "P-1", 2, 2),
    ]
    before = NOTHING
    for one in entries:
        assert one.hash == linked(before, one)
        before = one.hash
    assert made.head() == Head(3, before)
    assert [one.key for one in entries[1:]] == ["k", None]
    assert (entries[1].said, entries[1].advised, entries[2].advised) == ({"a": "1"}, None, {"said": "so"})


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_whoever_goes_through_all_entries_reads_them_page_by_page(
    address: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is lost or doubled where a page ends, and whoever stops on the way leaves nothing open behind them."""
    made = record(address)
    monkeypatch.setattr(log, "PAGE", page)
    with made.database.reading() as connection:
        assert [one.seq for one in walk(connection)] == [1, 2, 3]
        assert next(walk(connection)).seq == 1
        assert connection.execute(text("SELECT count(*) FROM entry")).scalar() == 3


def test_no_entry_is_changed_or_deleted(address: str) -> None:
    """Neither by an update nor a deletion, nor by putting another in its place."""
    made = record(address)
    entries, kind = made.entries("P-1"), made.database.kind
    for rewrite in [*REWRITES, *ONLY[kind]]:
        with pytest.raises(Unavailable), made.database.writing() as connection:
            connection.execute(text(rewrite))
        assert made.entries("P-1") == entries, rewrite


def test_a_record_is_opened_again_as_it_was_left(address: str) -> None:
    """Nothing is added by opening it, and its first entry names it for ever."""
    head = record(address).head()
    assert Record.at(address, "again", NOW).head() == head == Record.open(address).head()
    (first,) = Record.open(address).entries("@record")
    assert set(first.said) == {"id"}


def test_whoever_reads_opens_a_record_while_another_writes(address: str) -> None:
    """What is committed is there at once; nobody is waited for."""
    made = record(address)
    with made.writing() as writer:
        writer.append("P-1", 2, [Draft("x", {})], "me", NOW)
        assert [entry.version for entry in Record.open(address).entries("P-1")] == [1, 2]


def test_a_batch_is_kept_whole_or_not_at_all(address: str) -> None:
    """What went wrong after an append takes it back."""
    made = record(address)
    head = made.head()

    def broken_off() -> None:
        with made.writing() as writer:
            writer.append("P-1", 2, [Draft("x", {}), Draft("x", {})], "me", NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert made.head() == head


def test_several_streams_are_added_to_together(address: str) -> None:
    """One writer sees what it has added itself."""
    made = record(address)
    with made.writing() as writer:
        writer.append("P-2", 0, [Draft("x", {})], "me", NOW)
        assert (writer.version("P-2"), writer.version("P-3")) == (1, 0)
        with pytest.raises(Conflict) as late:
            writer.append("P-1", 1, [Draft("x", {})], "me", NOW)
        writer.append("P-2", 1, [Draft("x", {})], "me", NOW)
    assert (late.value.stream, late.value.version, [one.version for one in late.value.since]) == ("P-1", 2, [2])
    assert [one.version for one in made.entries("P-2")] == [1, 2]


def test_a_key_belongs_to_one_stream(address: str) -> None:
    """The same key elsewhere is another one; used again, it gives the batch that was kept."""
    made = record(address)
    with made.writing() as writer:
        assert writer.append("P-1", 0, [Draft("y", {})], "you", NOW, key="k") == made.entries("P-1")
        assert writer.append("P-2", 0, [Draft("y", {})], "you", NOW, key="k")[0].stream == "P-2"
    assert made.keyed("P-1", "k") == made.entries("P-1")
    assert made.keyed("P-1", "other") == []


def test_the_newest_of_a_kind_is_found(address: str) -> None:
    """Or nothing if there is none."""
    made = record(address)
    newest = made.newest("P-1", "x")
    assert newest is not None and newest.said == {"a": "2"}
    assert made.newest("P-1", "y") is made.newest("P-2", "x") is None


JSON = some.recursive(some.text(), lambda part: some.lists(part) | some.dictionaries(some.text(), part), max_leaves=9)


@given(body=JSON, reason=some.none() | some.text(some.characters(codec="utf-8", exclude_characters="\0")))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_body_comes_back_as_it_was(address: str, body: object, reason: str | None) -> None:
    """Any tree of text, lone surrogates and control characters too, in the same bytes on both databases."""
    made = record(address)
    with made.writing() as writer:
        (kept,) = writer.append("T", writer.version("T"), [Draft("x", body)], "me", NOW, reason)
    found = made.newest("T", "x")
    assert found == kept
    assert found is not None and found.said == json.loads(json.dumps(body)) and found.body == dumps(body)
    assert found.body.isascii()


def test_a_head_is_read_as_it_is_printed() -> None:
    """Anything else is told."""
    head = Head(12, "ab" * 32)
    assert Head.read(f" {head}\n") == head
    assert Head.read(str(BEGINNING)) == BEGINNING
    for wrong in ("", "12", f"12:{'AB' * 32}", f"-1:{'ab' * 32}", f"x:{'ab' * 32}", "12:ab", f"١:{'ab' * 32}"):
        with pytest.raises(Fault, match="is no head of a record"):
            Head.read(wrong)


def test_where_there_is_no_record_that_is_said(address: str) -> None:
    """Reading never makes one."""
    for _ in range(2):
        with pytest.raises(Unavailable, match="there is no record"):
            Record.open(address)
    assert Database(address).file is None or not Database(address).file.exists()  # type: ignore[union-attr]
