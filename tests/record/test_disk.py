"""No room on the disk, no right to write: what is refused is told clearly, and what is kept stays whole."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event
from tests.record import writer
from tests.record.test_crashes import BY, entries, halves, heads
from tests.record.writer import APPENDS, COURSE, appended

from oncourse.clinic import Clinic, Head, Unavailable
from oncourse.record.database import Database

FULL = "the disk is full; make room and try again; nothing of this was kept, all before it is safe"
ILL = "the disk does not answer; see to it, and look whether this was kept before you tell it again"
READ = "this place can only be read; give a folder and a file that may be written"
FILE = "give a file in a folder that is there and may be written"
SHUT = f"the file cannot be opened; {FILE}"
DENIED = "Permission denied; give a place that may be written"


def pages(database: Database, most: int) -> None:
    """From now on the database itself refuses to grow beyond so many pages."""

    @event.listens_for(database.engine, "connect")
    def bound(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}")

    database.engine.dispose()


def said(*words: str, before: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What a writer in a process of its own says until it is done."""
    command = [*before, sys.executable, str(Path(writer.__file__)), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_database_that_may_not_grow_keeps_what_it_has(tmp_path: Path) -> None:
    """Told that the disk is full, a writer has lost nothing that was acknowledged, and goes on when there is room."""
    clinic = Clinic.at(str(tmp_path / "record.db"), BY)
    pages(clinic.record.database, 30)
    told: set[Head] = set()

    def go_on() -> None:
        for place in range(APPENDS):
            told.add(Head.read(writer.head(appended(clinic, place))))

    with pytest.raises(Unavailable) as full:
        go_on()
    assert str(full.value) == f"{tmp_path / 'record.db'}: {FULL}"
    assert len(told) > 50
    kept = entries(clinic)
    assert set(told) <= heads(kept)
    assert halves(kept) == []
    assert clinic.verified(max(told)).faults == []
    pages(clinic.record.database, 100)
    assert appended(clinic, 3)[0].seq == max(told).seq + 1
    assert Clinic.there(str(tmp_path / "record.db")).verified().faults == []


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    """The kernel refuses to make it longer."""
    lived_through(said("fill", str(tmp_path / "record.db"), "file"), ILL)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A real, small one."""
    mount = ("unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size=1m none "{tmp_path}" && exec "$@"', "sh")
    if subprocess.run([*mount, "true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this user may not mount a disk")
    lived_through(said("fill", str(tmp_path / "record.db"), "disk", before=mount), FULL)


def lived_through(told: list[dict[str, Any]], refusal: str) -> None:
    """Refused once and clearly, sound without room and with room again, and every head there in one chain."""
    assert [line["refused"].partition(".db: ")[2] for line in told if "refused" in line] == [refusal]
    assert [line["faults"] for line in told if "faults" in line] == [[], []]
    assert [line["left"] for line in told if "left" in line] == [[]]
    acknowledged = [Head.read(line["head"]) for line in told if "head" in line]
    assert len(acknowledged) > 50
    gaps = {later.seq - sooner.seq for sooner, later in pairwise(acknowledged)}
    assert gaps == {1, 3}


@pytest.fixture
def everyones() -> Iterator[Path]:
    """A folder that everyone may look into."""
    with TemporaryDirectory(prefix="oncourse-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    ("folder", "file", "open_elsewhere", "there", "begun", "backup"),
    [
        (0o755, 0o644, False, READ, READ, DENIED),
        (0o755, 0o644, True, READ, READ, DENIED),
        (0o755, 0o666, False, READ, READ, DENIED),
        (0o777, 0o444, False, READ, READ, ""),
        (0o700, 0o666, False, f"Permission denied; {FILE}", SHUT, DENIED),
    ],
    ids=["nothing", "nothing of what is in use", "the file", "the folder", "not even to look"],
)
def test_without_the_right_to_write_nothing_is_lost(
    folder: int,
    file: int,
    open_elsewhere: bool,
    there: str,
    begun: str,
    backup: str,
    everyones: Path,
    tmp_path: Path,
) -> None:
    """Whoever may write only so much is told clearly, and the record stays as it is."""
    address = everyones / "room" / "record.db"
    address.parent.mkdir()
    clinic = Clinic.at(str(address), BY)
    before = appended(clinic, 3)
    if not open_elsewhere:
        clinic.record.database.engine.dispose()
    address.chmod(file)
    address.parent.chmod(folder)
    told = said("powerless", str(tmp_path / "own.db"), str(address))
    assert [line.get("refused", ": ").partition(": ")[2] for line in told] == [there, begun, backup]
    address.parent.chmod(0o755)
    address.chmod(0o644)
    clinic = Clinic.there(str(address))
    assert clinic.record.entries(COURSE) == before
    assert clinic.verified(Head(before[-1].seq, before[-1].hash)).faults == []
    assert appended(clinic, 0)


def test_where_nothing_may_be_written_no_record_is_begun(everyones: Path, tmp_path: Path) -> None:
    """There is none, and none can be made."""
    told = said("powerless", str(tmp_path / "own.db"), str(everyones / "record.db"))
    refused = [line["refused"].partition(": ")[2] for line in told]
    assert refused == ["there is no record; give its file, or import something first", SHUT, DENIED]
    assert list(everyones.iterdir()) == []
