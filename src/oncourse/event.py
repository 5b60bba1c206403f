"""Everything that can happen in a course, as the protocol's vocabulary declares it, and the order of a day."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from oncourse import document
from oncourse.document import Node
from oncourse.field import SPOKEN, TYPES, Bound, Field, Record, over_limit
from oncourse.problem import BadInput, Fault, Place, Problem, either, nearest
from oncourse.quantity import decimal, measure, take

__all__ = ["Event", "Field", "Kind", "Vocabulary", "order"]

EXPECT = "expect"
CORRECTED = "corrected"
SECTIONS = ("patient", "site", "body_surface", EXPECT, "events")
RULES = ("fields", "together", "needs", "any_of", "others", "nullable", "precedes", "signed")
SIDES = ("least", "above", "most", "below")
AMOUNTS = ("units", "molar_mass", "valence", "uln", "whole", "too_low", "too_high")
OPTIONS = ("type", "required", *TYPES, *AMOUNTS, *SIDES)
CHECK = "check the value and its unit"
NOWHERE = Node(None, "", 0, 0, {})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, on `day` by the site's calendar, at `instant` if a time is known.

    `fields` are exact values in canonical units; `shown` is what was typed for those with units.
    """

    kind: str
    day: date
    instant: datetime | None
    fields: Mapping[str, Any]
    shown: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None
    by: str | None = None
    recorded: datetime | None = None
    place: Place = field(default=NOWHERE.place, compare=False)
    content: Node = field(default=NOWHERE, compare=False, repr=False)

    @property
    def at(self) -> date | datetime:
        """The instant if known, else the day."""
        return self.instant or self.day

    @property
    def raw(self) -> dict[str, Any]:
        """The event as in a document; every scalar is text."""
        head = {"id": self.id, "by": self.by, "recorded": self.recorded and self.recorded.isoformat()}
        said = {key: value for key, value in head.items() if value is not None}
        return {"at": self.at.isoformat(), **said, self.kind: self.content.plain() or {}}

    def place_of(self, name: str) -> Place:
        """Where a field's value stands in the document; the event's own place if it has no such field."""
        parts = self.content.value
        return parts[name].place if isinstance(parts, dict) and name in parts else self.place


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of event: what it may say, its place within a day, the kind it goes before if timed.

    A `signed` one is an act for which somebody answers.
    """

    name: str
    rank: int
    record: Record
    precedes: str | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The kinds of events of a protocol, with what is said of the patient and the site."""

    kinds: Mapping[str, Kind]
    patient: Record
    site: Record
    body_surface: Field

    @classmethod
    def read(cls, source: str | bytes, file: str) -> Vocabulary:
        """The vocabulary that a file declares; raises BadInput with every fault of the file."""
        faults: list[Problem] = []
        vocabulary = _Reading(document.read(source, file), faults).vocabulary()
        if faults:
            raise BadInput(faults)
        return vocabulary

    def fields(self, kind: str) -> Mapping[str, Field]:
        """The fields of a kind; KeyError for an unknown kind."""
        return self.kinds[kind].record.fields

    def order(self, events: Iterable[Event]) -> list[Event]:
        """The events in the order in which they count; see `order`."""
        return order(events, self)


def order(events: Iterable[Event], vocabulary: Vocabulary) -> list[Event]:
    """The events by day, then by the vocabulary's place of their kind, then as listed, except that

    - timed events of one place change places among themselves until their instants rise (equal: as listed);
    - a timed event that precedes another kind goes before the first of that kind not known to be earlier.
    """
    kinds = vocabulary.kinds

    def place(event: Event) -> tuple[date, int]:
        return event.day, kinds[event.kind].rank

    ordered: list[Event] = []
    for _, group in groupby(sorted(events, key=place), key=place):
        ordered += _by_instant(list(group))
    for kind in {kinds[event.kind].precedes for event in ordered if event.instant} - {None}:
        days = groupby(ordered, key=lambda event: event.day)
        ordered = [event for _, day in days for event in _ahead(list(day), kinds, kind)]
    return ordered


def _by_instant(group: list[Event]) -> list[Event]:
    timed = [(event.instant, i, event) for i, event in enumerate(group) if event.instant is not None]
    if len(timed) < 2:
        return group
    rising = iter(sorted(timed, key=lambda one: one[:2]))
    return [event if event.instant is None else next(rising)[2] for event in group]


def _ahead(day: list[Event], kinds: Mapping[str, Kind], kind: str | None) -> Iterator[Event]:
    """A day in which the timed events that precede `kind` stand before those of it not known to be earlier."""
    last = max((i for i, event in enumerate(day) if event.kind == kind), default=-1)
    moving = [event for event in day if event.instant and kinds[event.kind].precedes == kind] if last >= 0 else []
    waiting = deque(moving)
    for i, event in enumerate(day):
        if event.kind == kind:
            while waiting and not _is_earlier(event, waiting[0]):
                yield waiting.popleft()
        if not (moving and event.instant and kinds[event.kind].precedes == kind):
            yield event
        if i == last:
            yield from waiting
            waiting.clear()


def _is_earlier(one: Event, other: Event) -> bool:
    return one.instant is not None and other.instant is not None and one.instant < other.instant


class _Reading:
    """One pass over the vocabulary file; what is wrong is noted and replaced by something harmless."""

    def __init__(self, root: Node, faults: list[Problem]) -> None:
        self.faults = faults
        self.root = self.parts(root, "the vocabulary", SECTIONS)
        for name in SECTIONS:
            if name not in self.root:
                self.fault(root, f"the vocabulary has no {name}", f"add {name}")

    def fault(self, node: Node, what: str, remedy: str) -> None:
        """Notes a fault at a node."""
        self.faults.append(Problem(node.place, what, remedy))

    def vocabulary(self) -> Vocabulary:
        """The whole file."""
        return Vocabulary(
            kinds=dict(self.kinds()),
            patient=self.record("patient", self.root.get("patient", NOWHERE)),
            site=self.record("site", self.root.get("site", NOWHERE)),
            body_surface=self.field("body surface", self.root.get("body_surface", NOWHERE)),
        )

    def kinds(self) -> Iterator[tuple[str, Kind]]:
        """Every kind with its place in the day; what a case expects comes last."""
        listed = self.root.get("events", NOWHERE).value
        groups = listed if isinstance(listed, list) else []
        last = Node({EXPECT: self.root.get(EXPECT, NOWHERE)}, "", 0, 0, {})
        for rank, group in enumerate([*groups, last]):
            for name, node in self.parts(group, "an entry of events").items():
                said = node.value if isinstance(node.value, dict) else {}
                precedes = self.text(said["precedes"]) if "precedes" in said else None
                yield name, Kind(name, rank, self.record(name, node), precedes, "signed" in said)

    def record(self, name: str, node: Node) -> Record:
        """The fields of an event, the patient or the site, with the rules among them."""
        parts = self.parts(node, name, RULES)
        needs = self.parts(parts.get("needs", NOWHERE), f"needs of {name}")
        return Record(
            name,
            self.fields(parts.get("fields", NOWHERE), f"fields of {name}"),
            together=self.texts(parts.get("together", NOWHERE)),
            needs={key: self.text(part) for key, part in needs.items()},
            any_of="any_of" in parts,
            others="others" in parts,
            nullable="nullable" in parts,
        )

    def fields(self, node: Node, what: str) -> dict[str, Field]:
        """The fields of a record by name."""
        return {key: self.field(key, part) for key, part in self.parts(node, what).items()}

    def field(self, name: str, node: Node) -> Field:
        """One field, from its type alone or with options."""
        if isinstance(node.value, str):
            return Field(name, self.type(node))
        if node is NOWHERE:
            return Field(name, "text")
        parts = self.parts(node, name, OPTIONS)
        types = [key for key in parts if key in TYPES or key == "type"]
        if len(types) != 1:
            self.fault(node, f"{name} has {len(types)} types", f"give it one of {either(TYPES)}")
            return Field(name, "text")
        type_ = self.type(parts["type"]) if types == ["type"] else types[0]
        try:
            return self.typed(Field(name, type_, required="required" in parts), parts)
        except (Fault, ValueError) as fault:
            self.fault(node, f"{name} is not understood: {fault}", "see the head of the file")
            return Field(name, "text")

    def typed(self, plain: Field, parts: Mapping[str, Node]) -> Field:
        """The field with the options of its type; raises Fault or ValueError."""
        name, node = plain.name, parts.get(plain.type, NOWHERE)
        if plain.type == "quantity":
            return self.quantity(plain, parts)
        if plain.type in ("integer", "days"):
            return replace(plain, numbers=self.numbers(node))
        if plain.type == "yesno":
            words = self.parts(node, name).items()
            return replace(plain, spoken={word: SPOKEN[self.text(part)] for word, part in words})
        if plain.type == "records":
            return replace(plain, parts=Record(name, self.fields(node, name)))
        return replace(plain, options=self.texts(node))

    def quantity(self, plain: Field, parts: Mapping[str, Node]) -> Field:
        """A quantity's units, upper limit of normal and bounds; raises Fault."""
        known = (
            self.text(parts["quantity"]),
            self.texts(parts.get("units", NOWHERE)),
            self.exact(parts.get("molar_mass")),
            self.exact(parts.get("valence")),
        )
        exact = replace(plain, measure=measure(*known), whole="whole" in parts)
        if "uln" in parts:
            exact = over_limit(exact, measure(*known, multiples=True))
        bounds = (self.bound(exact, side, parts) for side in SIDES if side in parts)
        return replace(exact, bounds=tuple(bounds))

    def bound(self, of: Field, side: str, parts: Mapping[str, Node]) -> Bound:
        """One limit of plausibility, with its remedy; raises Fault."""
        text = self.text(parts[side])
        fits = of.multiple or of.measure
        assert fits is not None
        remedy = parts.get("too_low" if side in ("least", "above") else "too_high")
        return Bound(side, take(text, fits, side).value, text, self.text(remedy) if remedy else CHECK)

    def exact(self, node: Node | None) -> Fraction | None:
        """A number of the file; raises Fault."""
        return decimal(self.text(node), "a number") if node is not None else None

    def numbers(self, node: Node) -> Sequence[int]:
        """Whole numbers as a list or as first..last; raises ValueError."""
        if isinstance(node.value, list):
            return tuple(int(text) for text in self.texts(node))
        first, last = self.text(node).split("..")
        return range(int(first), int(last) + 1)

    def type(self, node: Node) -> str:
        """The name of a type that needs nothing more."""
        name = self.text(node)
        if name in TYPES and name not in ("quantity", "integer", "days", "records", "choice"):
            return name
        self.fault(node, f"{name} is not a type by itself", nearest(name, TYPES, f"use {either(TYPES)}"))
        return "text"

    def parts(self, node: Node, what: str, known: Sequence[str] = ()) -> dict[str, Node]:
        """The parts of a mapping, of which only the known are kept."""
        if node is NOWHERE:
            return {}
        if not isinstance(node.value, dict):
            self.fault(node, f"{what} is not a mapping", "write key: value")
            return {}
        for key in node.value:
            if known and key not in known:
                remedy = nearest(key, known, f"use {either(known)}")
                self.faults.append(Problem(node.place_of(key), f"{what} has no {key}", remedy))
        return {key: part for key, part in node.value.items() if not known or key in known}

    def text(self, node: Node) -> str:
        """One text."""
        if isinstance(node.value, str):
            return node.value
        self.fault(node, "this is not a text", "write one value")
        return ""

    def texts(self, node: Node) -> tuple[str, ...]:
        """A list of texts; empty if it is missing."""
        if isinstance(node.value, list):
            return tuple(self.text(part) for part in node.value)
        if node is not NOWHERE:
            self.fault(node, "this is not a list", "put it in brackets: [ ]")
        return ()
