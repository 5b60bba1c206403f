"""What an exploration tries: how a course begins, what may befall it, and answers to what is asked.

Answers come from the rules themselves: the options of a field, or each limit a number is compared with and one
step past it. `exploration.yaml` beside the protocol says the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from oncourse import course as courses
from oncourse import document
from oncourse.course import Course
from oncourse.document import Node as Written
from oncourse.event import Event
from oncourse.expression import Node
from oncourse.field import Field
from oncourse.problem import BadInput, Problem
from oncourse.protocol import Fact, Protocol
from oncourse.prove.trees import every_tree, limits
from oncourse.quantity import show
from oncourse.section import Section

FILE = "exploration.yaml"
FIRST = "2026-01-05"  # the day on which every explored course begins
PAST = Fraction(1, 10)  # how far past a limit a value is tried


@dataclass(frozen=True, slots=True)
class World:
    """The bounds of an exploration: `answers` are events for a fact that is asked about, the best first.

    `later` are facts that a course may at first have at their worst, and at their best only from some day on.
    """

    starts: tuple[Course, ...]
    happenings: tuple[Event, ...]
    answers: Mapping[str, tuple[Event, ...]]
    later: tuple[str, ...] = ()


def read_world(protocol: Protocol, claimed: Iterable[Node] = ()) -> World:
    """What `exploration.yaml` says, and what follows from the rules and from claims; BadInput with every fault."""
    problems: list[Problem] = []
    top = Section(document.read((protocol.folder / FILE).read_bytes(), FILE), "the exploration", problems)
    patient = top.take("patient") or _written({})
    starts = top.take("starts")
    reader = _Reader(protocol, patient, problems)
    world = World(
        tuple(reader.course(start) for start in _items(starts)),
        reader.events(top.take("happenings")),
        {
            **_from_rules(protocol, reader, [*every_tree(protocol), *claimed]),
            **{name: reader.events(part) for name, part in _pairs(top.take("answers"))},
        },
        top.texts("later"),
    )
    top.finish()
    if problems:
        raise BadInput(problems)
    return world


def _from_rules(protocol: Protocol, reader: _Reader, trees: list[Node]) -> Mapping[str, tuple[Event, ...]]:
    """For each fact read from a field with options or limits, an event for each of its regions."""
    return {
        fact.name: reader.events(_written([_written({kind: _written({name: part})}) for part in tried]))
        for fact in protocol.facts
        for kind, name in fact.sources[:1]
        if name is not None and (tried := _tried(fact, protocol.vocabulary.fields(kind)[name], trees))
    }


def _tried(fact: Fact, field: Field, trees: list[Node]) -> list[Written]:
    if field.type == "choice":
        best = [option for option in field.options if option != fact.worse]
        return [_written(option) for option in (*best, *(set(field.options) - set(best)))]
    if field.type == "yesno":
        return [_written("yes"), _written("no")]
    found = limits(trees, fact.name) if field.type == "quantity" else []
    step = -PAST if fact.worse == "low" else PAST
    values = sorted({value for limit in found if limit > 0 for value in (limit, limit + step)}, reverse=step < 0)
    return [_written(f"{show(value)} {field.unit}") for value in values]


def event_of(kind: str, fields: Mapping[str, object], shown: Mapping[str, str] | None = None) -> Event:
    """An event of that kind with those values, to be moved to any day; `shown` is what would be typed for them."""
    said = {**{name: str(value) for name, value in fields.items()}, **(shown or {})}
    content = _written({name: _written(text) for name, text in said.items()})
    return Event(kind, date.min, None, fields, shown or {}, content=content)


def together(events: Iterable[Event]) -> tuple[Event, ...]:
    """The same answers with those of one kind said by one event, as long as no field is said twice."""
    made: dict[str, Event] = {}
    rest: list[Event] = []
    for event in events:
        known = made.get(event.kind)
        if known is None:
            made[event.kind] = event
        elif set(known.fields) & set(event.fields):
            rest.append(event)
        else:
            made[event.kind] = _joined(known, event)
    return (*made.values(), *rest)


def _joined(one: Event, two: Event) -> Event:
    fields, shown = {**one.fields, **two.fields}, {**one.shown, **two.shown}
    assert isinstance(one.content.value, dict) and isinstance(two.content.value, dict)
    content = _written({**one.content.value, **two.content.value})
    return replace(one, fields=fields, shown=shown, content=content)


class _Reader:
    """Events and courses as a course document would say them."""

    def __init__(self, protocol: Protocol, patient: Written, problems: list[Problem]) -> None:
        self.protocol, self.patient, self.problems = protocol, patient, problems

    def course(self, listed: Written | None) -> Course:
        """A course that begins with those events on the first day."""
        entries = [
            _written({"at": _written(FIRST), **item.value}, item)
            for item in _items(listed)
            if isinstance(item.value, dict)
        ]
        parts = {
            "oncourse": _written(courses.VERSION),
            "protocol": _written(self.protocol.id),
            "patient": self.patient,
            "events": _written(entries, listed),
        }
        try:
            return courses.read(_written(parts, listed), FILE, self.protocol.vocabulary, (), self.protocol.choices)
        except BadInput as bad:
            self.problems += bad.problems
            return Course("", None, None, "", {}, (), self.protocol.vocabulary)

    def events(self, listed: Written | None) -> tuple[Event, ...]:
        """Those events, to be moved to any day."""
        return self.course(listed).events


def _written(value: object, place: Written | None = None) -> Written:
    line, column = (place.line, place.column) if place is not None else (1, 1)
    return Written(value, FILE, line, column, {})  # type: ignore[arg-type]


def _items(part: Written | None) -> list[Written]:
    return part.value if part is not None and isinstance(part.value, list) else []


def _pairs(part: Written | None) -> Iterator[tuple[str, Written]]:
    if part is not None and isinstance(part.value, dict):
        yield from part.value.items()
