"""Many write at once: nothing is lost, nothing is kept twice, and whoever comes late is told what came before."""

import gzip
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from tests.builders import LIVER, MEASURED, READY, document, on
from tests.databases import KINDS, fresh
from tests.record import writer
from tests.record.test_crashes import BY, entries
from tests.record.together import at_once, until
from tests.record.writer import appended, competed

from oncourse.clinic import Clinic, Head, Opened, Unavailable, restore
from oncourse.problem import BadInput
from oncourse.record import database
from oncourse.record.entry import Entry
from oncourse.record.turns import Turns

MANY = 16
WEIGHED = f"{{at: {on(0)}, {MEASURED}}}"
GIVEN = f"[{{at: {on(7)}, {LIVER}}}, {{at: {on(7)}, given: {{dose: 0.91 mg}}}}]"


def opened(clinic: Clinic, names: Sequence[str]) -> None:
    """Courses ready to be told of."""
    clinic.take_in([(name, document(*READY).replace("T-1", name)) for name in names], BY)


def fair(clinic: Clinic, name: str, told: Sequence[dict[str, Any]], times: int) -> list[dict[str, Any]]:
    """All that was told is kept once, under versions without a gap; the conflicts, each with exactly what it missed."""
    kept = clinic.record.entries(name)
    assert [entry.version for entry in kept] == list(range(1, len(kept) + 1))
    links = [entry.hash for entry in kept]
    told_of = [link for line in told for link in line.get("kept", ())]
    assert sorted(told_of) == sorted(links[1 + len(READY) :])
    assert len(set(told_of)) == len(told_of) == times
    conflicts = [line for line in told if "since" in line]
    assert [line for line in conflicts if line["since"] != links[line["expected"] : line["version"]]] == []
    assert [line for line in conflicts if not line["since"]] == []
    return conflicts


@pytest.mark.uncounted
def test_sixteen_writers_on_one_course(address: str) -> None:
    """Each append is kept once, after as many conflicts as it takes, and each conflict says what was missed."""
    clinic, told = Clinic.at(address, BY), []
    opened(clinic, ["P-1"])
    at_once(*[lambda: told.extend(competed(clinic, "P-1", WEIGHED, 3))] * MANY)
    assert len(fair(clinic, "P-1", told, MANY * 3)) >= MANY
    assert clinic.verified(decisions=True).faults == []


def test_sixteen_writers_on_sixteen_courses(address: str) -> None:
    """Nobody is in anybody's way."""
    clinic, names = Clinic.at(address, BY), [f"P-{number}" for number in range(MANY)]
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    opened(clinic, names)
    at_once(*[lambda name=name: told[name].extend(competed(clinic, name, GIVEN, 4)) for name in names])
    for name in names:
        assert len(fair(clinic, name, told[name], 8)) == 1  # the first guess at the version
    assert clinic.verified(decisions=True).faults == []


@contextmanager
def competing(address: str, name: str, times: int) -> Iterator[subprocess.Popen[str]]:
    """A process that is ready to tell of a course so many times."""
    command = [sys.executable, str(Path(writer.__file__)), "compete", address, name, WEIGHED, str(times)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process


def test_writers_in_four_processes(address: str) -> None:
    """On one course, from the moment they begin; no process knows of the others but by the record."""
    clinic = Clinic.at(address, BY)
    opened(clinic, ["P-1"])
    with ExitStack() as stack:
        processes = [stack.enter_context(competing(address, "P-1", 12)) for _ in range(4)]
        for process in processes:
            assert json.loads(process.stdout.readline()) == {"begins": True}
        told = [json.loads(line) for process in processes for line in process.communicate("go\n")[0].splitlines()]
    assert len(fair(clinic, "P-1", told, 4 * 12)) >= 4
    assert clinic.verified(decisions=True).faults == []


def test_one_record_is_begun_by_many_at_once(address: str) -> None:
    """It is begun once."""
    clinics: list[Clinic] = []
    at_once(*[lambda: clinics.append(Clinic.at(address, BY))] * MANY)
    assert [entry.stream for entry in entries(clinics[0])] == ["@record"]
    assert clinics[0].verified().faults == []


def test_a_new_file_that_others_make_ready_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself would say at once that it is locked."""
    address, clinics = str(tmp_path / "record.db"), []
    with closing(sqlite3.connect(address, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        worker = Thread(target=lambda: clinics.append(Clinic.at(address, BY)))
        worker.start()
        worker.join(0.3)
        assert worker.is_alive()
        other.execute("ROLLBACK")
        worker.join()
    assert [entry.stream for entry in entries(clinics[0])] == ["@record"]


def send(clinic: Clinic, version: int, events: str, key: str, made: list[list[Entry]], name: str = "P-1") -> None:
    """Tell of a course under a key."""
    made.append(clinic.append(name, version, events, BY, key=key))


def test_one_key_sent_by_two_at_once_is_kept_once(address: str) -> None:
    """Both are given the same entries."""
    clinic, version = Clinic.at(address, BY), 1 + len(READY)
    opened(clinic, ["P-1"])
    for number in range(12):
        made: list[list[Entry]] = []
        at_once(*[partial(send, clinic, version, GIVEN, f"k{number}", made)] * 2)
        assert made[0] == made[1] and len(made[0]) == 2
        version += 2
    assert len(clinic.record.entries("P-1")) == version
    assert clinic.verified(decisions=True).faults == []


def test_one_key_sent_by_two_at_once_for_two_things_is_refused_to_one(address: str) -> None:
    """Nobody believes that something was kept that was not."""
    clinic, version = Clinic.at(address, BY), 1 + len(READY)
    opened(clinic, ["P-1"])
    for number in range(12):
        made: list[list[Entry]] = []
        events = [f"{{at: {on(day)}, {MEASURED}}}" for day in (0, 1)]
        with pytest.raises(BadInput, match=f"the key k{number} was used for something else; give a new key"):
            at_once(*[partial(send, clinic, version, event, f"k{number}", made) for event in events])
        assert len(made) == 1
        version += 1
    assert len(clinic.record.entries("P-1")) == version


def test_one_course_opened_by_two_at_once_is_opened_once(address: str) -> None:
    """Under one key both are told so; under none, or for another patient's document, one of the two is refused."""
    clinic = Clinic.at(address, BY)
    for number in range(10):
        for other, key, refusal in (
            ("male", "k", None),
            ("female", "k", "the key k was used for something else; give a new key"),
            ("male", None, "is on record already; add to that course, or give another id"),
        ):
            made: list[Opened] = []
            name = f"{number}-{other}-{key}"
            documents = [document(*READY, sex=sex).replace("T-1", name) for sex in ("male", other)]
            expected = nullcontext() if refusal is None else pytest.raises(BadInput, match=refusal)
            with expected:
                at_once(*[partial(begin, clinic, text, key, made) for text in documents])
            assert len(set(made)) == 1 and len(made) == (2 if refusal is None else 1)
    assert len(clinic.search()) == 10 * 3
    assert clinic.verified().faults == []


def begin(clinic: Clinic, text: str, key: str | None, made: list[Opened]) -> None:
    """Open a course."""
    made.append(clinic.open(text, BY, key))


@pytest.mark.parametrize("again", ["[]", "text", GIVEN, f"[{WEIGHED}]", f"[{WEIGHED}, {WEIGHED}, {WEIGHED}]"])
def test_a_key_is_for_one_thing(again: str, tmp_path: Path) -> None:
    """Less, more or something else told under it is refused."""
    clinic = Clinic.at(str(tmp_path / "record.db"), BY)
    opened(clinic, ["P-1"])
    kept = clinic.append("P-1", 1 + len(READY), f"[{WEIGHED}, {WEIGHED}]", BY, key="k")
    with pytest.raises(BadInput, match="the key k was used for something else; give a new key"):
        clinic.append("P-1", kept[-1].version, again, BY, key="k")
    assert clinic.append("P-1", 0, f"[{WEIGHED}, {WEIGHED}]", BY, key="k") == kept


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    """Nobody who waits is passed over, and who gives up is not waited for."""
    turns, served, workers = Turns(), [], []

    def ask(number: int) -> None:
        with turns.turn(0 if number % 4 == 3 else 60) as came:
            if came:
                served.append(number)

    with turns.turn(0) as came:
        assert came
        for number in range(MANY):
            workers.append(Thread(target=ask, args=(number,)))
            workers[-1].start()
            waiting = 1 + len([other for other in range(number + 1) if other % 4 != 3])
            until(lambda waiting=waiting: len(turns) == waiting)
    for worker in workers:
        worker.join()
    assert served == [number for number in range(MANY) if number % 4 != 3]
    assert len(turns) == 0


def test_writers_are_served_in_the_order_in_which_they_came(address: str) -> None:
    """Whichever the database, and however soon the one who was served asks again."""
    clinic, names, workers = Clinic.at(address, BY), [f"P-{number}" for number in range(6)], []
    turns = clinic.record.database.turns
    opened(clinic, names)
    with clinic.record.writing():
        for waiting, name in enumerate(names, 2):
            workers.append(Thread(target=partial(send, clinic, 1 + len(READY), WEIGHED, "k", [], name)))
            workers[-1].start()
            until(lambda waiting=waiting: len(turns) == waiting)
    for worker in workers:
        worker.join()
    assert [entry.stream for entry in entries(clinic)[-len(names) :]] == names


def test_who_waits_too_long_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For another writer, of this program or another, or for a connection."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    clinic, other = Clinic.at(address, BY), Clinic.at(address, BY)
    with clinic.record.writing():
        for one in (clinic, other):
            with pytest.raises(Unavailable, match="another program holds the record; wait until it is done, and try"):
                appended(one, 0)
    with ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(clinic.record.database.reading())
        with pytest.raises(Unavailable, match="too many ask for it at once; try again in a moment"):
            clinic.record.head()
    assert [entry.seq for entry in appended(other, 0)] == [2]


def lines(backup: Path) -> bytes:
    """What a backup says."""
    return gzip.decompress(backup.read_bytes())


@pytest.mark.uncounted
def test_a_backup_that_is_taken_while_others_write_is_the_record_at_one_moment(
    address: str, tmp_path: Path, postgresql: str
) -> None:
    """Restored into either database, it exports the same bytes as the record did then, and is backed up the same."""
    clinic, names, over = Clinic.at(address, BY), ["P-1", "p-2", "P-10", "Ä-1"], Event()
    opened(clinic, names)
    heads: list[Head] = []

    def write(name: str) -> None:
        while not over.is_set():
            list(competed(clinic, name, GIVEN, 1))

    def take() -> None:
        try:
            for number in range(3):
                until(lambda: clinic.record.head().seq > 60 * len(heads) + 40)
                heads.append(clinic.back_up(tmp_path / f"backup-{number}"))
        finally:
            over.set()

    at_once(take, *[lambda name=name: write(name) for name in names])
    assert heads == sorted(set(heads))
    assert clinic.record.head() > heads[-1]
    for number, head in enumerate(heads):
        exported = list(clinic.documents(upto=head.seq))
        assert [name for name, _ in exported] == sorted(names)
        for kind in KINDS:
            other = fresh(kind, tmp_path, postgresql)
            assert restore(tmp_path / f"backup-{number}", other) == head
            again = Clinic.there(other)
            assert list(again.documents()) == exported
            assert again.verified(head, decisions=True).faults == []
            assert again.back_up(tmp_path / f"{kind}-{number}") == head
            assert lines(tmp_path / f"{kind}-{number}") == lines(tmp_path / f"backup-{number}")
