"""What comes in: texts with events, documents or fields, and what is said beside them; every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from oncourse import document
from oncourse.course import Course
from oncourse.document import Node
from oncourse.event import CORRECTED, EXPECT, Event
from oncourse.field import TEXT, moment
from oncourse.field import Record as Fields
from oncourse.problem import BadInput, Fault, Place, Problem, either
from oncourse.record.entry import Draft, Entry
from oncourse.roles import PROGRAM, Actor, table

OVERRODE = "overrode"
LONGEST = 200  # characters of a name, an id or a key


def read(source: str | bytes, name: str) -> tuple[Node, list[Problem]]:
    """The tree of a text, and the keys that it gives twice."""
    doubles: list[Problem] = []
    return document.read(source, name, doubles=doubles), doubles


def fields(record: Fields, source: str | bytes, by: str, why: str | None = None) -> Any:
    """The tree of a text that holds those fields."""
    root, faults = read(source, record.name)
    faults += who(by, why)
    record.read(root, faults)
    if faults:
        raise BadInput(faults)
    return root.plain()


def also(record: Fields, source: str | None, faults: list[Problem]) -> list[Any]:
    """The tree of a text that may be given beside something else; every fault of it is noted."""
    try:
        return [] if source is None else [fields(record, source, record.name)]
    except BadInput as bad:
        faults += bad.problems
        return []


def parts(root: Node, known: Sequence[str]) -> Iterator[Problem]:
    """What is not changed here, or that nothing is."""
    if not isinstance(root.value, dict) or not root.value:
        yield Problem(root.place, "this changes nothing", f"give {either(known)}")
        return
    for key in root.value:
        if key not in known:
            yield Problem(root.place_of(key), f"{key} is not changed here", f"give {either(known)}")


def events(root: Node) -> list[Node]:
    """The events of a text that holds one or a list of them."""
    return root.value if isinstance(root.value, list) else [root]


def listed(root: Node) -> list[Node]:
    """The events of a course document."""
    events = root.value.get("events") if isinstance(root.value, dict) else None
    return events.value if events is not None and isinstance(events.value, list) else []


def happened(events: Iterable[Node]) -> list[Node]:
    """The events without expectations."""
    return [event for event in events if not (isinstance(event.value, dict) and EXPECT in event.value)]


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


def require(events: Iterable[Node], course: Course, actor: Actor | None) -> None:
    """Raises NotAllowed unless every event is that person's to tell."""
    if actor is not None:
        for kind in kinds(events, course):
            table().require(kind, actor)


def foreign(events: Iterable[Node]) -> Iterator[Problem]:
    """What only a document may say, not somebody who types an event into a record."""
    for event in events:
        said = event.value if isinstance(event.value, dict) else {}
        if EXPECT in said:
            yield Problem(event.place_of(EXPECT), "an expectation did not happen", "leave it out")
        if "recorded" in said:
            yield Problem(event.place_of("recorded"), "the record itself notes when it was told", "leave recorded out")


def unnamed(events: Iterable[Node]) -> Iterator[Problem]:
    """Overrides that do not say of which kind they are, which a document of old may leave out."""
    for event in events:
        said = event.value.get(OVERRODE) if isinstance(event.value, dict) else None
        if said is not None and isinstance(said.value, dict) and "kind" not in said.value:
            yield Problem(said.place, "this override does not say of which kind it is", "add kind")


def others(events: Iterable[Node], actor: Actor) -> Iterator[Problem]:
    """Events, or right ones in their place, that a person tells as another's; a program passes on what people did."""
    if PROGRAM in actor.roles:
        return
    for event in events:
        said = event.value if isinstance(event.value, dict) else {}
        if "by" in said and said["by"].value not in (actor.account, actor.shown):
            remedy = f"leave by out: {actor.shown} tells it"
            yield Problem(said["by"].place, "this is told in the name of somebody else", remedy)
        if (right := _right(said)) is not None:
            yield from others([right], actor)


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
    if (right := _right(said)) is not None:
        yield from _moments(right)


def _right(said: Mapping[str, Node]) -> Node | None:
    """What a correction puts in the place of an event."""
    correction = said.get(CORRECTED)
    return correction.value.get("with") if correction is not None and isinstance(correction.value, dict) else None


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


def who(by: str, why: str | None = None, key: str | None = None) -> Iterator[Problem]:
    """Faults of what is said beside a text."""
    here = Place("record", 1, 1)
    if not plain(by):
        yield Problem(here, "it is not said who does this", "give the name of a person or a program")
    if why is not None and not plain(why.replace("\n", " "), TEXT):
        yield Problem(here, "the reason is empty or no plain text", "say why in a few words")
    if key is not None and not plain(key):
        yield Problem(here, "this key cannot be used", "give a short text of letters and digits")


def plain(text: str, most: int = LONGEST) -> bool:
    """Whether a text is short and can be printed on one line."""
    return bool(text.strip()) and text.isprintable() and len(text) <= most


def course_id(root: Node, name: str) -> Iterator[Problem]:
    """Why a course cannot be kept under its id."""
    if name.startswith("@") or "/" in name or not plain(name):
        yield Problem(root.place, "no course can be kept under this id", "give a short one without /, and no @ first")


def the_same(known: list[Entry], root: Node, by: str, key: str) -> list[Entry]:
    """The batch of a key, if the same person tells the same as was kept under it; what the record adds is left out."""
    told = [event.plain() for event in events(root)]
    pairs = zip((entry.said for entry in known), told, strict=False)
    same = len(known) == len(told) and all(isinstance(new, dict) and {**old, **new} == old for old, new in pairs)
    if known[0].by != by or not same:
        raise BadInput([used(root, key)])
    return known


def as_sent(known: Sequence[Entry], drafts: Sequence[Draft]) -> bool:
    """Whether what was kept is what is sent now."""
    return [entry.said for entry in known] == [draft.body for draft in drafts]


def used(root: Node, key: str | None) -> Problem:
    """A key that was used for something else."""
    return Problem(root.place, f"the key {key} was used for something else", "give a new key")


def there(root: Node, name: str) -> Problem:
    """A course that is on record already."""
    return Problem(root.place, f"{name} is on record already", "add to that course, or give another id")
