"""The writer is killed at any moment: what was acknowledged is there, and nothing is half there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.builders import LIVER, MEASURED, READY, document, on
from tests.databases import fresh
from tests.record import writer
from tests.record.writer import APPENDS, COURSE, appended

from oncourse.clinic import Clinic, Head
from oncourse.record.backup import checked
from oncourse.record.entry import Entry
from oncourse.record.log import walk

KILLS = 20
BY = "the test"


class Nursery:
    """Where writers are born, each a process of its own, and killed."""

    def __init__(self, process: subprocess.Popen[str], chance: Random) -> None:
        self.process, self.chance = process, chance

    def killed(self, most: int, *words: str, within: float = 0.002) -> list[Head]:
        """Kill a writer with -9 a moment after one of so many acknowledgements; all heads that it acknowledged."""
        born = self._born(words)
        told = [self._said() for _ in range(self.chance.randrange(most))]
        time.sleep(self.chance.random() * within)
        os.kill(born, signal.SIGKILL)
        while "died" not in (line := self._said()):
            told.append(line)
        assert line["died"] == -signal.SIGKILL
        return [Head.read(line["head"]) for line in told]

    def _born(self, words: Sequence[str]) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        born: int = self._said()["born"]
        return born

    def _said(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def nursery(address: str, seed: int) -> Iterator[Nursery]:
    """A nursery of writers to such a database."""
    command = [sys.executable, str(Path(writer.__file__)), "nursery", address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Nursery(process, Random(seed))


def entries(clinic: Clinic) -> list[Entry]:
    """Every entry of a record."""
    with clinic.record.database.reading() as connection:
        return list(walk(connection))


def batches(kept: Sequence[Entry]) -> list[list[Entry]]:
    """The entries by what was kept together."""
    return [list(batch) for _, batch in groupby(kept, key=lambda entry: entry.batch)]


def halves(kept: Sequence[Entry]) -> list[list[Entry]]:
    """Batches of the writer that are not whole."""
    of_writer = [entry for entry in kept if entry.stream == COURSE]
    return [batch for batch in batches(of_writer) if f"{len(batch)} together" != batch[0].why]


def heads(kept: Sequence[Entry]) -> set[Head]:
    """Every head that the record had."""
    return {Head(entry.seq, entry.hash) for entry in kept}


@pytest.mark.uncounted
def test_whatever_a_killed_writer_acknowledged_is_kept(address: str) -> None:
    """Killed in the midst of 500 appends, 20 times over; each writer goes on where the one before was killed."""
    acknowledged: list[Head] = []
    clinic, before = Clinic.at(address, BY), 1
    with nursery(address, 20) as writers:
        for _ in range(KILLS):
            told = writers.killed(APPENDS, "keep", address)
            clinic, acknowledged = Clinic.at(address, BY), acknowledged + told
            assert clinic.verified(acknowledged[-1] if acknowledged else None).faults == []
            kept = entries(clinic)
            assert set(acknowledged) <= heads(kept)
            assert halves(kept) == []
            assert len(batches(kept[before:])) - len(told) in (0, 1)
            before = len(kept)
    assert len(acknowledged) > APPENDS
    clinic.open(document(*READY), BY)
    assert clinic.append("T-1", 4, f"{{at: {on(0)}, {MEASURED}}}", BY)[-1].seq > before
    assert clinic.verified(acknowledged[-1]).faults == []


def test_a_record_whose_maker_was_killed_is_whole_or_not_begun(address: str, tmp_path: Path, postgresql: str) -> None:
    """Killed while the tables are made and the first entry is kept: whoever comes next begins it, or finds it whole."""
    kind = "postgresql" if "://" in address else "sqlite"
    with nursery(address, 8) as writers:
        for _ in range(8):
            new = fresh(kind, tmp_path, postgresql)
            told = writers.killed(1, "keep", new, within=0.2)
            clinic = Clinic.at(new, BY)
            kept = entries(clinic)
            assert set(told) <= heads(kept)
            assert [entry.seq for entry in kept if entry.stream == "@record"] == [1]
            assert clinic.verified().faults == []


def test_what_is_told_again_after_a_kill_is_kept_once(address: str) -> None:
    """Who does not know whether it was kept tells all of it again under the same keys; advice is kept with its dose."""
    weeks, days = range(9), range(31)
    events = [f"[{{at: {on(7 * n)}, {LIVER}}}, {{at: {on(7 * n)}, given: {{dose: 0.9{n} mg}}}}]" for n in weeks]
    events += [f"{{at: {on(70 + n)}, {MEASURED}}}" for n in days]
    acknowledged: set[Head] = set()
    with nursery(address, 5) as writers:
        for most in (8, 16, 24, 32, 40):
            acknowledged |= set(writers.killed(most, "tell", address, document(*READY), *events))
            clinic = Clinic.at(address, BY)
            assert acknowledged <= heads(entries(clinic))
            assert clinic.verified(decisions=True).faults == []
    version = 1 + clinic.open(document(*READY), BY, "the course").events
    for place, text in enumerate(events):
        version = clinic.append("T-1", version, text, writer.BY, key=f"event {place}")[-1].version
    kept = clinic.record.entries("T-1")
    assert len(kept) == version == 1 + len(READY) + 2 * len(weeks) + len(days)
    keys = ["the course", *(f"event {place}" for place in range(len(events)))]
    assert [batch[0].key for batch in batches(kept)] == keys
    assert clinic.verified(decisions=True).faults == []


def test_a_backup_that_was_killed_is_not_taken_for_one(tmp_path: Path) -> None:
    """Whatever has the name of a backup is whole; what was left half written is in nobody's way."""
    address = str(tmp_path / "record.db")
    clinic = Clinic.at(address, BY)
    for place in range(60):
        appended(clinic, place)
    left = 0
    with nursery(address, 3) as writers:
        for number in range(100):
            folder = tmp_path / str(number)
            folder.mkdir()
            told = writers.killed(12, "save", address, str(folder), within=0.01)
            backups = list(folder.glob("*.backup"))
            assert [checked(path) for path in backups] == [clinic.record.head()] * len(backups)
            assert len(backups) - len(told) in (0, 1)
            for partial in folder.glob("*.partial"):
                left += 1
                assert clinic.back_up(partial.with_suffix("")) == clinic.record.head()
            assert list(folder.glob("*.partial")) == []
            if left == 3:
                break
    assert left
