"""A course of treatment: reading and writing its document, and its history with corrections applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from oncourse import document
from oncourse.body import Formula, body_surface
from oncourse.document import Node
from oncourse.event import CORRECTED, EXPECT, Event, Vocabulary, order
from oncourse.field import Field, Record, moment
from oncourse.problem import BadInput, Fault, Place, Problem, either, excerpt, nearest
from oncourse.quantity import show

VERSION = "1"
PARTS = ("oncourse", "protocol", "patient", "site", "events")
NEEDED = ("oncourse", "protocol", "patient", "events")
ENVELOPE = ("at", "id", "by", "recorded")
YEARS = range(2000, 2101)
HEAD = Record("event", {"id": Field("id", "text"), "by": Field("by", "text"), "recorded": Field("recorded", "time")})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(@[A-Za-z0-9._+-]{1,80})?")
EVENTS = "see the schema for the events there are"
IDS = "give the id of an event of this course"
JUDGED = "judged"
MEASURED, HEIGHT, WEIGHT = "measured", "height", "weight"
BARE = re.compile(r"[A-Za-z0-9](?:[\w .+*/()%-]|:(?=[0-9]))*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Course:
    """One patient's course as listed, with what cases expect and what was corrected still in it."""

    id: str
    born: date | None
    sex: str | None
    protocol: str
    site: Mapping[str, Any]
    events: tuple[Event, ...]
    vocabulary: Vocabulary = field(compare=False, repr=False)
    site_as_written: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


def read(
    source: str | bytes | Node,
    file: str,
    vocabulary: Vocabulary,
    doubles: Iterable[Problem] = (),
    choices: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Course:
    """The course that a YAML or JSON document tells; raises BadInput with every fault of the document.

    `doubles` are faults that were found when the document became a tree; `choices` are the options of
    each judgement, where they are known.
    """
    faults: list[Problem] = list(doubles)
    root = source if isinstance(source, Node) else document.read(source, file, doubles=faults)
    course = _Reading(root, vocabulary, faults).course()
    faults += _choices(course, choices)
    if faults:
        raise BadInput(faults)
    return course


def history(course: Course, at: date | datetime | None = None, listed: int | None = None) -> list[Event]:
    """What happened, in the order in which it counts, with every correction applied whatever its date.

    `at` ends it with that day, or with that instant: of its day, events without a time are seen.
    `listed` knows only so many entries of the document.
    """
    happened = _happened(course.events[:listed])
    if at is not None:
        day = day_of(course, at)
        happened = (event for event in happened if _seen(event, at, day))
    return order(happened, course.vocabulary)


def told(course: Course) -> list[Event]:
    """What happened, in the order in which it was listed, with every correction applied; the events of `history`."""
    return list(_happened(course.events))


def day_of(course: Course, at: date | datetime) -> date:
    """The calendar date of a moment: the site's, or as written where the site names no time zone."""
    return _day(at, _zone(course.site))


def zone_of(course: Course) -> tzinfo | None:
    """The site's time zone; None where the site names none."""
    return _zone(course.site)


def last_day(course: Course) -> date | None:
    """The day of the last event, corrections included and expectations not; None if nothing happened."""
    corrections = (event for event in course.events if event.kind == CORRECTED)
    return max((event.day for event in (*_happened(course.events), *corrections)), default=None)


def write(course: Course) -> str:
    """The course as a YAML document, which reads as the same course."""
    patient = {"id": course.id, "born": course.born and course.born.isoformat(), "sex": course.sex}
    return written(
        {
            "oncourse": VERSION,
            "protocol": course.protocol,
            "patient": {key: value for key, value in patient.items() if value is not None},
            "site": course.site_as_written,
            "events": [event.raw for event in course.events],
        }
    )


def written(parts: Mapping[str, Any]) -> str:
    """The parts of a course document, as trees of text, as a YAML document with an event a line."""
    heads = (f"{name}: {flow(parts[name])}" for name in PARTS[:-1] if parts.get(name))
    events = [f"- {flow(event)}" for event in parts["events"]]
    return "\n".join([*heads, "events:" if events else "events: []", *events, ""])


def _choices(course: Course, choices: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Answers that their question does not offer."""
    for event in course.events:
        options = choices.get(event.fields.get("clause", ""), ()) if event.kind == JUDGED else ()
        if options and event.fields.get("choice", options[0]) not in options:
            what = f"{event.fields['choice']} is no choice of {event.fields['clause']}"
            yield Problem(event.place_of("choice"), what, f"use {either(options)}")


def _happened(events: Iterable[Event]) -> Iterator[Event]:
    """The events with corrections applied: the last one of an event counts, one with nothing strikes it."""
    known = tuple(events)
    right = {event.fields.get("event"): event.fields.get("with") for event in known if event.kind == CORRECTED}
    for event in known:
        if event.kind not in (CORRECTED, EXPECT):
            counts = right.get(event.id, event) if event.id is not None else event
            if counts is not None:
                yield counts


def _seen(event: Event, at: date | datetime, day: date) -> bool:
    if event.instant is not None and isinstance(at, datetime):
        return event.instant <= at
    return event.day <= day


def _day(at: date | datetime, zone: tzinfo | None) -> date:
    """The calendar date of a moment: the site's, or as written where the site names no zone."""
    if not isinstance(at, datetime):
        return at
    return (at.astimezone(zone) if zone is not None else at).date()


def _zone(site: Mapping[str, Any]) -> tzinfo | None:
    if "timezone" not in site:
        return None
    from zoneinfo import ZoneInfo  # only courses that name a zone pay for it

    return ZoneInfo(site["timezone"])


def flow(value: Any) -> str:
    """A plain value in YAML's flow form, every text so that it reads as itself."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None:
        return "null"
    if BARE.fullmatch(value) and not value.endswith(" ") and value not in document.NULLS:
        return str(value)
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


class _Reading:
    """One pass over a document; every fault is noted with its place, and the pass goes on."""

    def __init__(self, root: Node, vocabulary: Vocabulary, faults: list[Problem]) -> None:
        self.root, self.vocabulary, self.faults = root, vocabulary, faults
        self.born: date | None = None
        self.zone: tzinfo | None = None
        self.ids: dict[str, Event | None] = {}

    def fault(self, place: Place, what: str, remedy: str) -> None:
        """Notes a fault."""
        self.faults.append(Problem(place, what, remedy))

    def course(self) -> Course:
        """The whole document."""
        parts = self.parts()
        patient, _ = self.record(self.vocabulary.patient, parts.get("patient"))
        site, _ = self.record(self.vocabulary.site, parts.get("site"))
        self.born, self.zone = patient.get("born"), _zone(site)
        course = Course(
            id=patient.get("id", ""),
            born=self.born,
            sex=patient.get("sex"),
            protocol=self.protocol(parts.get("protocol")),
            site=site,
            events=tuple(self.corrections(list(self.events(parts.get("events"))))),
            vocabulary=self.vocabulary,
            site_as_written=parts["site"].plain() if "site" in parts else {},
        )
        self.bodies(course)
        return course

    def parts(self) -> dict[str, Node]:
        """The parts of the document by name."""
        if not isinstance(self.root.value, dict):
            self.fault(self.root.place, "this is not a course", "begin with oncourse: 1 and see the schema")
            raise BadInput(self.faults)
        for key in self.root.value:
            if key not in PARTS:
                remedy = nearest(key, PARTS, f"use {either(PARTS)}", len(self.faults))
                self.fault(self.root.place_of(key), f"a course has no {excerpt(key)}", remedy)
        for key in NEEDED:
            if key not in self.root.value:
                self.fault(self.root.place, f"the course has no {key}", f"add {key}")
        version = self.root.value.get("oncourse")
        if version is not None and version.value != VERSION:
            self.fault(version.place, "this version of the document is not read", f"write oncourse: {VERSION}")
        return self.root.value

    def record(self, record: Record, node: Node | None) -> tuple[dict[str, Any], dict[str, str]]:
        """The fields of a record; none if it is missing."""
        return record.read(node, self.faults) if node is not None else ({}, {})

    def protocol(self, node: Node | None) -> str:
        """The name of the protocol, with its version if that is given."""
        if node is None or (isinstance(node.value, str) and NAME.fullmatch(node.value)):
            return str(node.value) if node is not None else ""
        self.fault(node.place, "this names no protocol", "write its name, or name@version")
        return ""

    def events(self, node: Node | None) -> Iterator[Event]:
        """The events that could be read."""
        if node is not None and not isinstance(node.value, list):
            self.fault(node.place, "events is not a list", "write one event a line, each after a dash")
        for entry in node.value if node is not None and isinstance(node.value, list) else ():
            event = self.event(entry)
            self.identify(entry, event)
            if event is not None:
                yield event

    def identify(self, entry: Node, event: Event | None) -> None:
        """Keeps the id of an event, which no other may have."""
        node = entry.value.get("id") if isinstance(entry.value, dict) else None
        if node is None or not isinstance(node.value, str):
            return
        if node.value in self.ids:
            self.fault(node.place, f"another event has the id {excerpt(node.value)}", "give each its own")
        else:
            self.ids[node.value] = event

    def event(self, entry: Node, right_for: Event | None = None) -> Event | None:
        """One event, by itself or as the right one for another, whose moment and id it keeps."""
        parts = entry.value
        if not isinstance(parts, dict):
            self.fault(entry.place, "an event is not a mapping", "write {at: date, event: {…}}")
            return None
        kind = self.kind(entry, parts)
        at = self.moment(entry, parts.get("at"), right_for)
        head: dict[str, Any] = {}
        if len(parts) > 2 or "at" not in parts:
            head, _ = HEAD.read(_envelope(entry, parts), self.faults)
        if kind is None:
            return None
        content = parts[kind]
        fields, shown = self.vocabulary.kinds[kind].record.read(content, self.faults)
        if at is None:
            return None
        instant = at if isinstance(at, datetime) else None
        day = _day(at, self.zone)
        return Event(kind, day, instant, fields, shown, **head, place=entry.place, content=content)

    def kind(self, entry: Node, parts: Mapping[str, Node]) -> str | None:
        """The one kind of an entry."""
        kinds = [key for key in parts if key in self.vocabulary.kinds]
        unknown = [key for key in parts if key not in self.vocabulary.kinds and key not in ENVELOPE]
        for key in unknown:
            remedy = nearest(key, [*self.vocabulary.kinds, *ENVELOPE], EVENTS, len(self.faults))
            self.fault(entry.place_of(key), f"there is no event {excerpt(key)}", remedy)
        if len(kinds) > 1:
            what = f"this entry holds {len(kinds)} events: {', '.join(kinds)}"
            self.fault(entry.place_of(kinds[1]), what, "write one entry for each")
        if not kinds and not unknown:
            self.fault(entry.place, "this entry has no event", "say what happened, such as labs or given")
        return kinds[0] if kinds else None

    def moment(self, entry: Node, node: Node | None, right_for: Event | None) -> date | datetime | None:
        """When it happened."""
        if node is None and right_for is not None:
            return right_for.at
        if node is None or not isinstance(node.value, str):
            place = entry.place if node is None else node.place
            self.fault(place, "this event has no date", "add at: with a date, or an instant with its offset")
            return None
        try:
            at = moment(node.value, "at")
        except Fault as fault:
            self.faults.append(fault.at(node.place))
            return None
        self.plausible(node, _day(at, self.zone))
        return at

    def plausible(self, node: Node, day: date) -> None:
        """Is the day one on which something can have happened to the patient?"""
        if day.year not in YEARS:
            self.fault(node.place, f"{day} is out of range", f"give a year from {YEARS[0]} to {YEARS[-1]}")
        elif self.born is not None and day < self.born:
            self.fault(node.place, f"{day} is before the birth on {self.born}", "correct one of the two dates")

    def corrections(self, events: list[Event]) -> Iterator[Event]:
        """The events, each correction with the event that it puts right."""
        for event in events:
            yield self.correction(event) if event.kind == CORRECTED else event

    def correction(self, event: Event) -> Event:
        """A correction whose `with` is the right event, which keeps the other's id, and its moment if it has none."""
        wrong = self.corrected(event)
        right = event.fields.get("with")
        fields = {key: value for key, value in event.fields.items() if key != "with"}
        if isinstance(right, Node) and (read := self.event(right, wrong or event)) is not None:
            self.fitting(read, event)
            was = wrong or read
            fields["with"] = replace(
                read, id=fields.get("event"), by=read.by or was.by, recorded=read.recorded or was.recorded
            )
        return replace(event, fields=fields)

    def corrected(self, event: Event) -> Event | None:
        """The event that a correction is about."""
        name, place = event.fields.get("event"), event.place_of("event")
        if name is not None and name not in self.ids:
            remedy = nearest(name, self.ids, IDS, len(self.faults))
            self.fault(place, f"this corrects nothing: no event has the id {excerpt(name)}", remedy)
        wrong = self.ids.get(name) if name is not None else None
        if wrong is not None and wrong.kind == CORRECTED:
            self.fault(place, f"{excerpt(str(name))} is itself a correction", "correct the first event once more")
        if wrong is not None and wrong.kind == EXPECT:
            self.fault(place, f"{excerpt(str(name))} is an expectation and did not happen", "change it in place")
        return wrong

    def fitting(self, right: Event, correction: Event) -> None:
        """Can this stand in place of an event?"""
        if right.kind in (CORRECTED, EXPECT):
            self.fault(right.place, f"{right.kind} cannot stand in place of an event", "write the right event")
        if right.id not in (None, correction.fields.get("event")):
            self.fault(right.place, "a corrected event keeps its id", "leave id out")

    def bodies(self, course: Course) -> None:
        """Height beside weight, the latest of each whenever one is measured."""
        height: Fraction | None = None
        weight: Fraction | None = None
        formula = course.site.get("bsa_formula", "mosteller")
        measured = (event for event in _happened(course.events) if event.kind == MEASURED)
        for event in order(measured, self.vocabulary):
            height, weight = event.fields.get(HEIGHT, height), event.fields.get(WEIGHT, weight)
            if event.fields and height is not None and weight is not None:
                self.body(event, height, weight, formula)

    def body(self, event: Event, height: Fraction, weight: Fraction, formula: Formula) -> None:
        """Are height in cm and weight in kg those of one body?"""
        place = event.place_of(HEIGHT if HEIGHT in event.fields else WEIGHT)
        if height < weight:
            what = f"height {show(height)} cm is less than weight {show(weight)} kg"
            return self.fault(place, what, "were they swapped?")
        surface = body_surface(height, weight, formula)
        for bound in self.vocabulary.body_surface.bounds:
            if not bound.admits(surface):
                self.faults.append(bound.fault("body surface", f"{show(surface)} m2").at(place))
        return None


def _envelope(entry: Node, parts: Mapping[str, Node]) -> Node:
    kept = {key: parts[key] for key in HEAD.fields if key in parts}
    return Node(kept, entry.file, entry.line, entry.column, entry.keys)
