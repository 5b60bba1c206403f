"""Writers in a process of their own, which a test can kill, hold short of room or deprive of rights.

Each says on a line of its own what is kept, as soon as it is kept, and what was refused.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from oncourse.clinic import Clinic, Conflict, Head, Unavailable
from oncourse.record.database import Database
from oncourse.record.entry import Draft, Entry

BY = "the writer"
RECORDED = "2026-01-05T08:00:00.000000+00:00"
COURSE = "C-1"
APPENDS = 500
ROOM = 1 << 20
NOBODY = 65534


def say(**told: object) -> None:
    """One line, out of the process before anything else is done."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def head(entries: list[Entry]) -> str:
    """The head of the record when those entries were its last."""
    return str(Head(entries[-1].seq, entries[-1].hash))


def together(place: int) -> int:
    """How many events are kept by the append at that place: mostly one, now and then three."""
    return 3 if place % 4 == 3 else 1


def appended(clinic: Clinic, place: int, key: str | None = None) -> list[Entry]:
    """One append to the end of a course; every entry says how many belong together."""
    drafts = [Draft("event", {"at": "2026-01-05", "append": str(place)}) for _ in range(together(place))]
    with clinic.record.writing() as writer:
        return writer.append(COURSE, writer.version(COURSE), drafts, BY, RECORDED, f"{len(drafts)} together", key)


def nursery(address: str) -> None:
    """A process with all modules ready, from which writers are born: one for each line, which names its way."""
    Database(address)
    import_module("alembic.command")
    for line in sys.stdin:
        way, *words = json.loads(line)
        born = os.fork()
        if not born:
            say(born=os.getpid())
            WAYS[way](*words)
            os._exit(0)
        say(died=os.waitstatus_to_exitcode(os.waitpid(born, 0)[1]))


def keep(address: str) -> None:
    """500 appends to one course, then nothing more until killed."""
    clinic = Clinic.at(address, BY)
    for place in range(APPENDS):
        say(head=head(appended(clinic, place)))
    signal.pause()


def tell(address: str, document: str, *events: str) -> None:
    """A course and its events, each under a key of its own; then nothing more until killed."""
    clinic = Clinic.at(address, BY)
    opened = clinic.open(document, BY, "the course")
    version = 1 + opened.events
    for place, text in enumerate(events):
        kept = clinic.append(opened.course, version, text, BY, key=f"event {place}")
        version = kept[-1].version
        say(head=head(kept))
    signal.pause()


def save(address: str, folder: str) -> None:
    """One backup after another, then nothing more until killed."""
    clinic = Clinic.there(address)
    for number in range(APPENDS):
        say(head=str(clinic.back_up(Path(folder) / f"{number}.backup")))
    signal.pause()


def compete(address: str, name: str, event: str, times: str) -> None:
    """One event so many times on one course when told to go, and all that every conflict carried."""
    clinic = Clinic.there(address)
    say(begins=True)
    sys.stdin.readline()
    for told in competed(clinic, name, event, int(times)):
        say(**told)


def competed(clinic: Clinic, name: str, event: str, times: int) -> Iterator[dict[str, object]]:
    """Append; on a conflict take the newer version and try again."""
    version = 0
    for _ in range(times):
        kept = None
        while kept is None:
            try:
                kept = clinic.append(name, version, event, BY)
            except Conflict as conflict:
                since = [entry.hash for entry in conflict.since]
                yield {"expected": version, "version": conflict.version, "since": since}
                version = conflict.version
        version = kept[-1].version
        yield {"kept": [entry.hash for entry in kept]}


def fill(address: str, bounds: str) -> None:
    """Appends until there is no room; then what can be done without, and with room again."""
    clinic, bound = Clinic.at(address, BY), {"file": _file, "disk": _disk}[bounds]
    folder = Path(address).parent
    bound(folder, ROOM)
    with suppress(Unavailable):
        for place in range(APPENDS * 100):
            say(head=head(appended(clinic, place)))
    _refused(clinic)
    say(faults=clinic.verified().faults)
    with suppress(Unavailable):
        clinic.back_up(folder / "backup")
    say(left=[path.name for path in folder.glob("*.partial")])
    bound(folder, ROOM * 8)
    for place in range(20):
        say(head=head(appended(clinic, place)))
    say(faults=Clinic.there(address).verified(clinic.record.head()).faults)


def _refused(clinic: Clinic) -> None:
    try:
        appended(clinic, 3)
    except Unavailable as refused:
        say(refused=str(refused))


def _file(_: Path, room: int) -> None:
    """No file may be longer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


def _disk(folder: Path, room: int) -> None:
    """The disk holds no more."""
    subprocess.run(["mount", "-o", f"remount,size={room}", str(folder)], check=True)


def powerless(own: str, address: str) -> None:
    """What needs a right to write or to look, without that right."""
    clinic = Clinic.at(own, BY)
    clinic.back_up(Path(f"{own}.backup"))  # every module is loaded now: this user may not read those either
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    for way in (Clinic.there, lambda address: Clinic.at(address, BY)):
        try:
            say(head=head(appended(way(address), 0)))
        except Unavailable as refused:
            say(refused=str(refused))
    try:
        say(head=clinic.back_up(Path(f"{address}.backup")))
    except Unavailable as refused:
        say(refused=str(refused))


WAYS = {way.__name__: way for way in (nursery, keep, tell, save, compete, fill, powerless)}

if __name__ == "__main__":
    WAYS[sys.argv[1]](*sys.argv[2:])
