"""A backup: the whole record in one file, the same for both databases; restored it is the same record."""

import gzip
from pathlib import Path

import pytest
from tests.databases import KINDS, fresh
from tests.record.test_log import NOW
from tests.record.test_verify import record

from oncourse.record.backup import back_up, checked, restore
from oncourse.record.database import Database, Unavailable
from oncourse.record.entry import Draft
from oncourse.record.log import Record, walk
from oncourse.record.verify import verified


def entries(database: Database) -> list[object]:
    """Every entry of a record."""
    with database.reading() as connection:
        return list(walk(connection))


@pytest.mark.parametrize("into", KINDS)
def test_a_restored_record_is_the_same_record(address: str, into: str, tmp_path: Path, postgresql: str) -> None:
    """Entry for entry, in the other database too; it is found again by name and can be gone on with."""
    made = record(address)
    head = back_up(made.database, tmp_path / "b.oncourse")
    assert head == made.head()
    other = Database(fresh(into, tmp_path, postgresql))
    assert restore(tmp_path / "b.oncourse", other) == head
    assert entries(other) == entries(made.database)
    assert verified(other, head).faults == []
    assert [patient.course for patient in Record(other).search("green")] == ["P-2"]
    with Record(other).writing() as writer:
        assert writer.append("P-1", 4, [Draft("event", {})], "me", NOW)[0].seq == 8
    assert list(tmp_path.glob("*.partial")) == []


def test_a_restore_is_only_into_an_empty_record(address: str, tmp_path: Path) -> None:
    """What is there is never written over."""
    made = record(address)
    back_up(made.database, tmp_path / "b.oncourse")
    with pytest.raises(Unavailable, match="this record is not empty; restore into a new one"):
        restore(tmp_path / "b.oncourse", made.database)
    assert verified(made.database).faults == []


def test_a_backup_is_never_written_over(tmp_path: Path) -> None:
    """Nor is one begun where none can be."""
    made = record(str(tmp_path / "record.db"))
    back_up(made.database, tmp_path / "b.oncourse")
    with pytest.raises(Unavailable, match="this file is there already; give another name"):
        back_up(made.database, tmp_path / "b.oncourse")
    with pytest.raises(Unavailable, match="No such file or directory; give a place that may be written"):
        back_up(made.database, tmp_path / "nowhere" / "b.oncourse")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"oncourse":"backup"', b'{"oncourse":"else"'),
        (b'{"head":', b'{"tail":'),
        (b'[2,"P-1"', b'[2,"P-1",'),
        (b'[2,"P-1"', b'{2,"P-1"'),
        (b'"hash"]}\n', b'"hash"]}\n{"head":null}\n'),
        (b'{"head":"7:', b'{"head":"8:'),
    ],
)
def test_a_file_that_is_no_whole_backup_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Another format, a line that is none, an end that does not fit: nothing is restored, no database is made."""
    back_up(record(str(tmp_path / "record.db")).database, tmp_path / "b.oncourse")
    text = gzip.decompress((tmp_path / "b.oncourse").read_bytes())
    assert text.count(old) == 1
    (tmp_path / "b.oncourse").write_bytes(gzip.compress(text.replace(old, new)))
    with pytest.raises(Unavailable, match="this is not a whole backup; use another one"):
        restore(tmp_path / "b.oncourse", Database(str(tmp_path / "new.db")))
    assert not (tmp_path / "new.db").exists()


def test_a_backup_cut_short_is_refused(tmp_path: Path) -> None:
    """At whatever byte, compressed or not; also a file that is none, and one that is not there."""
    back_up(record(str(tmp_path / "record.db")).database, tmp_path / "b.oncourse")
    whole = (tmp_path / "b.oncourse").read_bytes()
    text = gzip.decompress(whole)
    lines = text.splitlines(keepends=True)
    for cut in (b"", b"x", whole[:-1], whole[:40], *(gzip.compress(b"".join(lines[:n])) for n in range(len(lines)))):
        (tmp_path / "b.oncourse").write_bytes(cut)
        with pytest.raises(Unavailable, match="this is not a whole backup"):
            checked(tmp_path / "b.oncourse")
    with pytest.raises(Unavailable, match="there is no such file"):
        checked(tmp_path / "nothing")


def test_a_changed_backup_is_refused(tmp_path: Path) -> None:
    """Its chain is gone through before anything is restored."""
    back_up(record(str(tmp_path / "record.db")).database, tmp_path / "b.oncourse")
    text = gzip.decompress((tmp_path / "b.oncourse").read_bytes())
    changed = text.replace(b'{\\"a\\":\\"2\\"}', b'{\\"a\\":\\"5\\"}')
    assert changed != text
    (tmp_path / "b.oncourse").write_bytes(gzip.compress(changed))
    with pytest.raises(Unavailable, match=r"entry 5 \(P-1, version 3\) is not what was chained here"):
        restore(tmp_path / "b.oncourse", Database(str(tmp_path / "new.db")))


def test_an_empty_record_is_backed_up_too(tmp_path: Path) -> None:
    """A record in which nothing happened yet."""
    made = Record.at(str(tmp_path / "record.db"), "me", NOW)
    assert back_up(made.database, tmp_path / "b.oncourse").seq == 1
