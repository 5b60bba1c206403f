"""A course on record: its entries read as one course document, and what somebody types made ready to be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from oncourse import course as courses
from oncourse import document
from oncourse.course import PARTS, VERSION, Course
from oncourse.document import Node
from oncourse.event import CORRECTED, EXPECT, Event
from oncourse.field import moment
from oncourse.problem import Fault, Problem
from oncourse.protocol import Protocol
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


def typed(root: Node) -> list[Node]:
    """The events of a text that holds one or a list of them."""
    return root.value if isinstance(root.value, list) else [root]


def listed(root: Node) -> list[Node]:
    """The events of a course document."""
    events = root.value.get("events") if isinstance(root.value, dict) else None
    return events.value if events is not None and isinstance(events.value, list) else []


def kinds(events: Iterable[Node], course: Course) -> Iterator[str]:
    """The kinds of event that are told; a correction is one of what stands there by now, and of what it puts there."""
    told = (event.fields.get("with") if event.kind == CORRECTED else event for event in course.events)
    known = {event.id: event.kind for event in told if isinstance(event, Event)}
    for event in events:
        for key, part in (event.value if isinstance(event.value, dict) else {}).items():
            if key == CORRECTED:
                said = part.value if isinstance(part.value, dict) else {}
                if "event" in said and str(said["event"].value) in known:
                    yield known[str(said["event"].value)]
                yield from kinds([said["with"]] if "with" in said else [], course)
            elif key in course.vocabulary.kinds:
                yield key


def foreign(events: Iterable[Node]) -> Iterator[Problem]:
    """What only a document may say, not somebody who types an event into a record."""
    for event in events:
        said = event.value if isinstance(event.value, dict) else {}
        if EXPECT in said:
            yield Problem(event.place_of(EXPECT), "an expectation did not happen", "leave it out")
        if "recorded" in said:
            yield Problem(event.place_of("recorded"), "the record itself notes when it was told", "leave recorded out")


def late(events: Iterable[Node], here: datetime) -> Iterator[Problem]:
    """Events that have not happened yet; `here` is now, in the site's time zone."""
    for event in events:
        for said in _moments(event):
            try:
                at = moment(str(said.value), "at")
            except Fault:
                continue  # told by whoever reads the event
            if at > (here if isinstance(at, datetime) else here.date()):
                remedy = "correct the date, or record it when it has happened"
                yield Problem(said.place, f"{said.value} is later than now ({here:%Y-%m-%d %H:%M %Z})", remedy)


def _moments(event: Node) -> Iterator[Node]:
    """When an event is said to have happened, and when the right one in its place."""
    said = event.value if isinstance(event.value, dict) else {}
    if "at" in said:
        yield said["at"]
    correction = said.get(CORRECTED)
    right = correction.value.get("with") if correction is not None and isinstance(correction.value, dict) else None
    if right is not None:
        yield from _moments(right)


def signed(events: Sequence[Node], by: str, recorded: str, version: int, known: Iterable[str]) -> list[Node]:
    """The events with whoever tells them, when, and an id of their own where they have none."""
    told = {"by": by, "recorded": recorded}
    return [_with(event, told) for event in named(events, version, known)]


def named(events: Sequence[Node], version: int, known: Iterable[str]) -> list[Node]:
    """The events, each with an id: that of the version it will have, unless another event has that."""
    used = {*known, *filter(None, map(id_of, events))}
    made = []
    for place, event in enumerate(events):
        if id_of(event) is None:
            name = f"e{version + place + 1}"
            while name in used:
                name += "x"
            used.add(name)
            event = _with(event, {"id": name})
        made.append(event)
    return made


def id_of(event: Node) -> str | None:
    """The id that an event says it has."""
    said = event.value.get("id") if isinstance(event.value, dict) else None
    return said.value if said is not None and isinstance(said.value, str) else None


def _with(event: Node, more: dict[str, str]) -> Node:
    """The event with those words in its head, as far as it does not say them itself."""
    if not isinstance(event.value, dict):
        return event
    said = {name: Node(text, event.file, event.line, event.column, {}) for name, text in more.items()}
    first = {name: event.value[name] for name in event.value if name == "at"}
    return replace(event, value={**first, **said, **event.value})


def happened(events: Iterable[Node]) -> list[Node]:
    """The events without expectations."""
    return [event for event in events if not (isinstance(event.value, dict) and EXPECT in event.value)]


def drafts(root: Node) -> list[Draft]:
    """A whole course document as it is to be kept: its head, and each event that happened."""
    assert isinstance(root.value, dict)
    said = {part: root.value[part].plain() for part in HEAD if part in root.value}
    events = happened(listed(root))
    known = [name for name in map(id_of, events) if name is not None]
    return [Draft(COURSE, said), *(Draft(EVENT, event.plain()) for event in named(events, 1, known))]


def protocol_of(root: Node) -> str:
    """The name of the protocol that a document says it follows, with the version if it says one."""
    assert isinstance(root.value, dict)
    return str(root.value["protocol"].value)
