"""The record on the command line: documents in and out, backups, and whether it is what was kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from oncourse import clinic
from oncourse.clinic import Clinic, Head
from oncourse.faces.source import contents, counted, documents_at
from oncourse.problem import BadInput, Fault, Problem, Refused

Say = Callable[[str], None]
SHOWN = 20  # courses told one by one


def take_in(paths: Sequence[Path], address: str, by: str, say: Say) -> None:
    """Keep the course documents at those paths; every one or none."""
    faults: list[Problem] = []
    documents = []
    for file in (file for path in paths for file in documents_at(path)):
        try:
            text, name = contents(file)
            documents.append((name, text))
        except BadInput as bad:
            faults += bad.problems
    if faults:
        raise BadInput(faults)
    opened = Clinic.at(address, by).take_in(documents, by)
    for one in opened[:SHOWN]:
        left = f", {counted(one.left_out, 'expectation')} left out" if one.left_out else ""
        say(f"{one.course}: {counted(one.events, 'event')} kept{left}")
    events = sum(one.events for one in opened)
    say(f"{counted(len(opened), 'course')} and {counted(events, 'event')} kept")


def export(courses: Sequence[str], address: str, into: Path | None, upto: int | None, say: Say) -> None:
    """Courses as documents: one to be read, or a file for each."""
    told = Clinic.there(address).documents(courses, upto)
    if into is None:
        say(next(iter(told))[1].rstrip("\n"))
        return
    written = 0
    for name, text in told:
        _write(into / f"{quote(name, safe='')}.yaml", text)
        written += 1
    say(f"{counted(written, 'course')} written to {into}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused(f"{path}: this file is there already", "give an empty folder") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}", "give a folder that may be written") from None


def back_up(file: Path, address: str, say: Say) -> None:
    """A backup, read back, and its head."""
    head = Clinic.there(address).back_up(file)
    say(f"{file}: {head.seq} entries, written and read back")
    say(f"head {head}")


def restore(file: Path, address: str, say: Say) -> None:
    """A new record from a backup, verified."""
    head = clinic.restore(file, address)
    say(f"{head.seq} entries restored")
    verify(address, str(head), False, say)


def verify(address: str, noted: str | None, decisions: bool, say: Say) -> bool:
    """Every fault of the record, or its head if it is sound."""
    try:
        head = None if noted is None else Head.read(noted)
    except Fault as fault:
        raise Refused(fault.what, fault.remedy) from None
    chain = Clinic.there(address).verified(head, decisions)
    for fault_found in chain.faults:
        say(fault_found)
    courses = sum(not stream.startswith("@") for stream in chain.versions)
    verdict = counted(len(chain.faults), "fault") if chain.faults else "sound"
    say(f"{chain.head.seq} entries, {counted(courses, 'course')}: {verdict}")
    say(f"head {chain.head}")
    return not chain.faults
