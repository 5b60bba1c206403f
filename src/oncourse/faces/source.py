"""What a command was given: the course document at a path, with the protocol it names."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

from oncourse import course, document
from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.problem import BadInput, Place, Problem, either, excerpt
from oncourse.protocol import Protocol, names
from oncourse.protocol_file import load

LARGEST = document.LIMIT


def _bytes(path: Path) -> tuple[bytes, str]:
    """A document's bytes and the name it goes by; never more than a document may hold."""
    if str(path) == "-":
        return sys.stdin.buffer.read(LARGEST + 1), "-"
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1), str(path)
    except OSError as error:
        what = f"this file cannot be read: {error.strerror or error}"
        raise BadInput([Problem(Place(str(path), 1, 1), what, "give the path of a course document")]) from None


def read(path: Path) -> tuple[Protocol, Course]:
    """The course at a path, and the protocol it names; `-` is standard input."""
    source, name = _bytes(path)
    doubles: list[Problem] = []
    root = document.read(source, name, doubles=doubles)
    rules = _protocol_of(root)
    return rules, course.read(root, name, rules.vocabulary, doubles, rules.choices)


def _protocol_of(root: document.Node) -> Protocol:
    """The protocol a document names, in the version it names if it names one."""
    named = root.value.get("protocol") if isinstance(root.value, dict) else None
    if named is None or not isinstance(named.value, str):
        return load()
    name, _, version = named.value.partition("@")
    if name in names():
        rules = load(name)
        if version in ("", rules.version):
            return rules
        remedy = f"write {name}@{rules.version}, or leave the version out"
    else:
        remedy = f"use {either(names())}"
    raise BadInput([Problem(named.place, f"there is no protocol {excerpt(named.value)}", remedy)])


def decided(path: Path, at: date | datetime | None) -> Decision:
    """The decision on the course at a path, at its last day if no moment is given."""
    rules, told = read(path)
    if at is None and course.last_day(told) is None:
        place = Place(str(path), 1, 1)
        raise BadInput([Problem(place, "nothing happened in this course", "add an event, or say --at which date")])
    return decide(rules, told, at)


__all__ = ["decided", "load", "read"]
