"""The record on both databases: one course among few and among many, the whole of it, and many writers at once.

Usage: `python bench/record.py [COURSES]`, of 50 events each. Wall time includes waiting for the disk; CPU is that of
this process alone, so on PostgreSQL it leaves out the server's.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import text
from yardstick import aim, table
from yardstick.processes import ONCOURSE, RUNS, row, settled
from yardstick.synthetic import EVENTS, Synthetic, courses

sys.path.append(str(Path(__file__).resolve().parent.parent))
from tests.databases import KINDS, fresh, server

from oncourse.clinic import Clinic, Conflict, restore

MANY, FEW = 2000, 10
ROUNDS = 30  # each with FEW courses of the large record and a new small one
PORTION = 500  # documents taken in at once
THREADS, SECONDS = 16, 10
BY = "bench"
Address = Callable[[], str]


@dataclass(slots=True)
class Spent:
    """What each of some calls took, in milliseconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def call(self) -> Iterator[None]:
        """One more of them."""
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        yield
        self.cpu.append((time.process_time_ns() - cpu) / 1_000_000)
        self.wall.append((time.perf_counter_ns() - wall) / 1_000_000)

    def row(self, what: str, number: int) -> tuple[str, ...]:
        """One line of a table about all of them, which did something with so many entries."""
        wall, cpu = sum(self.wall) / 1000, sum(self.cpu) / 1000
        return what, f"{wall:,.1f}", f"{cpu:,.1f}", f"{number / wall:,.0f} entries a s"


def main() -> None:
    """Print the figures of each database."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with tempfile.TemporaryDirectory() as folder, server() as postgresql:
        for kind in KINDS:
            measured(kind, number, Path(folder), lambda kind=kind: fresh(kind, Path(folder), postgresql))  # type: ignore[misc]


def measured(kind: str, number: int, folder: Path, address: Address) -> None:
    """The tables of one kind of database."""
    where, taking = address(), Spent()
    clinic = filled(where, number, taking)
    one_course(kind, clinic, number, address)
    the_whole(kind, clinic, number, taking, folder / f"{kind}.backup", address)
    with settled() as environment:
        command = [ONCOURSE, "export", Synthetic(number).id, "--db", where]
        rows = [row("oncourse export", command, 320 if kind == "sqlite" else None, environment)]
        table(f"CPU of a fresh process, {kind}, median of {RUNS}", ("", "ms", "from", "to", "aim"), rows)
    many_writers(kind, clinic, number)
    clinic.record.database.engine.dispose()


def filled(address: str, number: int, taking: Spent) -> Clinic:
    """A new record of so many courses, taken in as whole documents."""
    clinic = Clinic.at(address, BY)
    for first in range(0, number, PORTION):
        documents = [Synthetic(one).document for one in range(first + 1, min(first + PORTION, number) + 1)]
        with taking.call():
            clinic.take_in(documents, BY)
    return clinic


def one_course(kind: str, many: Clinic, number: int, address: Address) -> None:
    """Reading and telling one course: every round in a new small record, and as often in the large one."""
    names = ("read a course", "and decide", "append a dose, signed", "append labs, unsigned")
    small, large = ({name: Spent() for name in names} for _ in range(2))
    apart = max(1, number // (ROUNDS * FEW))
    for turn in range(ROUNDS):
        few = filled(address(), FEW + 1, Spent())
        *known, practice = courses(FEW + 1)
        told(few, [practice], [Spent() for _ in names])
        gc.collect()
        gc.disable()
        told(few, known, list(small.values()))
        told(many, [Synthetic(1 + apart * (turn * FEW + one)) for one in range(FEW)], list(large.values()))
        gc.enable()
        few.record.database.engine.dispose()
    head = ("", f"{FEW}: p50", "p99", "CPU", f"{number:,}: p50", "p99", "CPU", "ratio", "aim")
    rows = []
    for name in names:
        few_and_many = [part for spent in (small[name], large[name]) for part in singles(spent)]
        ratio = median(large[name].wall) / median(small[name].wall)
        rows.append((name, *few_and_many, f"{ratio:.2f}", aim(1.2, ratio, "×")))
    table(f"One course among {FEW} and among {number:,}, ms, {kind}", head, rows)


def told(clinic: Clinic, known: Sequence[Synthetic], spent: Sequence[Spent]) -> None:
    """Each course read, decided and told of one more day."""
    reading, deciding, signed, unsigned = spent
    for one in known:
        with reading.call():
            clinic.course(one.id)
        with deciding.call():
            clinic.decision(one.id, one.day)
        with signed.call():
            clinic.append(one.id, EVENTS + 1, one.given, BY)
        with unsigned.call():
            clinic.append(one.id, EVENTS + 2, one.labs, BY)


def singles(spent: Spent) -> tuple[str, str, str]:
    """Median and 99th percentile of wall time, and the median of CPU time."""
    return f"{median(spent.wall):.2f}", f"{quantiles(spent.wall, n=100)[-1]:.2f}", f"{median(spent.cpu):.2f}"


def the_whole(kind: str, clinic: Clinic, number: int, taking: Spent, backup: Path, address: Address) -> None:
    """What is done with all of a record."""
    searching, verifying, writing, filling = (Spent() for _ in range(4))
    for one in courses(min(number, 50)):
        with searching.call():
            assert len(clinic.search(one.id)) == 1
    with verifying.call():
        assert clinic.verified().faults == []
    with writing.call():
        head = clinic.back_up(backup)
    with filling.call():
        assert restore(backup, address()) == head
    rows = [
        taking.row("take in documents", number * (EVENTS + 1)),
        verifying.row("verify", head.seq),
        writing.row("back up, and read it back", head.seq),
        filling.row("restore, checked first", head.seq),
        ("search for a patient", "", "", f"{median(searching.wall):.1f} ms"),
        ("the database", "", "", f"{size(clinic) / 1_000_000:,.0f} MB"),
        ("the backup", "", "", f"{backup.stat().st_size / 1_000_000:,.0f} MB"),
    ]
    table(f"A record of {number:,} courses, {head.seq:,} entries, {kind}", ("", "s", "CPU s", ""), rows)


def size(clinic: Clinic) -> int:
    """The bytes of a database."""
    database = clinic.record.database
    if database.file is not None:
        return database.file.stat().st_size
    with database.reading() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def many_writers(kind: str, clinic: Clinic, number: int) -> None:
    """As many threads as there are, each as fast as it can, on a course of its own and all on one."""
    rows = []
    for shared, what in ((THREADS, f"{THREADS} courses"), (1, "one course")):
        with ThreadPoolExecutor(THREADS) as pool:
            end = time.perf_counter() + SECONDS
            chosen = [Synthetic(number - place % shared) for place in range(THREADS)]
            done = list(pool.map(partial(appended, clinic, end), chosen))
        waits = [wait for waits, _ in done for wait in waits]
        late = sum(conflicts for _, conflicts in done)
        longest = max(clinic.course(one.id).version for one in chosen) - 1
        p50, p99 = median(waits), quantiles(waits, n=100)[-1]
        rows.append(
            (what, f"{len(waits) / SECONDS:,.0f}", f"{p50:.0f}", f"{p99:.0f}", f"{max(waits):.0f}", late, longest)
        )
    head = ("", "a s", "ms p50", "p99", "longest", "came second", "events then")
    table(f"{THREADS} threads append labs for {SECONDS} s, {kind}", head, rows)


def appended(clinic: Clinic, end: float, one: Synthetic) -> tuple[list[float], int]:
    """How long each event took until it was kept, and how often another came first."""
    waits, conflicts, version = [], 0, clinic.course(one.id).version
    while (begun := time.perf_counter()) < end:
        while True:
            try:
                version = clinic.append(one.id, version, one.labs, BY)[-1].version
                break
            except Conflict as newer:
                version, conflicts = newer.version, conflicts + 1
        waits.append(1000 * (time.perf_counter() - begun))
    return waits, conflicts


if __name__ == "__main__":
    main()
