"""A course on record: its entries read as one course document, and a document taken apart into entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oncourse import course as courses
from oncourse import document
from oncourse.course import PARTS, VERSION, Course
from oncourse.document import Node
from oncourse.problem import Problem
from oncourse.protocol import Protocol
from oncourse.record import typed
from oncourse.record.entry import Draft, Entry
from oncourse.record.patients import COURSE

EVENT = "event"  # the kind of entry that holds one event of the course
HEAD = PARTS[1:-1]  # of a course document: protocol, patient, site


@dataclass(frozen=True, slots=True)
class Kept:
    """One course as it stands on record at that version, and the protocol it follows."""

    course: Course
    protocol: Protocol
    version: int


def head(entries: Iterable[Entry]) -> dict[str, Any]:
    """Protocol, patient and site as the latest entry says of each."""
    said: dict[str, Any] = {}
    for entry in entries:
        if entry.kind == COURSE:
            said |= entry.said
    return said


def parts(entries: Sequence[Entry]) -> dict[str, Any]:
    """The course document as trees of text, each event as it was kept."""
    events = [entry.said for entry in entries if entry.kind == EVENT]
    return {"oncourse": VERSION, **head(entries), "events": events}


def tree(entries: Sequence[Entry], more: Sequence[Node] = ()) -> Node:
    """The course document, in which the line of a kept event is its version; `more` are events typed after them."""
    file = entries[0].stream
    root = document.built({"oncourse": VERSION, **head(entries)}, file)
    assert isinstance(root.value, dict)
    kept = [document.built(entry.said, file, entry.version) for entry in entries if entry.kind == EVENT]
    root.value["events"] = Node([*kept, *more], file, 1, 1, {})
    return root


def read(root: Node, protocol: Protocol, faults: Iterable[Problem] = ()) -> Course:
    """The course of a document; raises BadInput with those faults and every fault of the document."""
    return courses.read(root, root.file, protocol.vocabulary, faults, protocol.choices)


def drafts(root: Node) -> list[Draft]:
    """A whole course document as it is to be kept: its head, and each event that happened."""
    assert isinstance(root.value, dict)
    said = {part: root.value[part].plain() for part in HEAD if part in root.value}
    events = typed.happened(typed.listed(root))
    known = [name for name in map(typed.id_of, events) if name is not None]
    return [Draft(COURSE, said), *(Draft(EVENT, event.plain()) for event in typed.named(events, 1, known))]


def protocol_of(root: Node) -> str:
    """The name of the protocol that a document says it follows, with the version if it says one."""
    assert isinstance(root.value, dict)
    return str(root.value["protocol"].value)
