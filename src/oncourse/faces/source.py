"""What a command was given: the course document at a path, with the protocol it names."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oncourse import course, document
from oncourse.course import Course
from oncourse.problem import BadInput, Place, Problem, either
from oncourse.protocol import TEXTS, Protocol
from oncourse.protocol_file import load, named, read_folder

if TYPE_CHECKING:
    from oncourse.decide import Decision

LARGEST = document.LIMIT


def contents(path: Path) -> tuple[bytes, str]:
    """A document's bytes and the name it goes by; never more than a document may hold."""
    if str(path) == "-":
        return sys.stdin.buffer.read(LARGEST + 1), "-"
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1), str(path)
    except OSError as error:
        what = f"this file cannot be read: {error.strerror or error}"
        raise BadInput([Problem(Place(str(path), 1, 1), what, "give the path of a course document")]) from None


def documents_at(path: Path) -> list[Path]:
    """The documents at a path; every course document below it if it is a folder."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*.yaml") if file.is_file())
    return [path]


def rules(folder: Path | None) -> Protocol:
    """The protocol in a folder; the first that comes with the program if none is given."""
    if folder is None:
        return load()
    missing = [name for name in TEXTS if not (folder / name).is_file()]
    if missing:
        what = f"this folder has no {either(missing)}"
        raise BadInput([Problem(Place(str(folder), 1, 1), what, "give a folder with a whole protocol")])
    return read_folder(folder)


def read(path: Path, folder: Path | None = None) -> tuple[Protocol, Course]:
    """The course at a path, and the protocol it names, or the one in a folder; `-` is standard input."""
    source, name = contents(path)
    doubles: list[Problem] = []
    root = document.read(source, name, doubles=doubles)
    followed = named(root) if folder is None else rules(folder)
    return followed, course.read(root, name, followed.vocabulary, doubles, followed.choices)


def decided(path: Path, at: date | datetime | None, folder: Path | None = None) -> Decision:
    """The decision on the course at a path, at its last day if no moment is given."""
    from oncourse.decide import decide  # what only checks or copies courses does not pay for it

    followed, told = read(path, folder)
    if at is None and course.last_day(told) is None:
        place = Place(str(path), 1, 1)
        raise BadInput([Problem(place, "nothing happened in this course", "add an event, or say --at which date")])
    return decide(followed, told, at)


def counted(number: int, noun: str) -> str:
    """So many of something, for an English sentence."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


__all__ = ["contents", "counted", "decided", "documents_at", "load", "read", "rules"]
