"""Courses that say what they expect: run them, and say where the answer differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.event import EXPECT, Event
from oncourse.problem import Place
from oncourse.protocol import Protocol
from oncourse.quantity import show


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that the answer does not meet."""

    place: Place
    key: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.place}: {self.key} was expected to be {_said(self.expected)} and is {_said(self.found)}"


def run(protocol: Protocol, course: Course) -> tuple[int, list[Difference]]:
    """The number of expectations of a course, and those that differ."""
    expectations = [(place, event) for place, event in enumerate(course.events) if event.kind == EXPECT]
    differences: list[Difference] = []
    for listed, event in expectations:
        differences += compare(event, decide(protocol, course, event.at, listed))
    return len(expectations), differences


def compare(expected: Event, decision: Decision) -> Iterator[Difference]:
    """Each key the expectation names and the answer does not meet."""
    found = answered(decision)
    for key, value in expected.fields.items():
        if _comparable(key, value) != _comparable(key, found[key], value):
            yield Difference(expected.place_of(key), key, value, found[key])


def answered(decision: Decision) -> Mapping[str, Any]:
    """What an expectation may name, from a decision."""
    dose = decision.dose
    return {
        **decision.slot,
        "verdict": decision.verdict,
        "mg": dose and dose.mg,
        "volume_mL": dose and dose.volume_ml,
        "vials": dose and dose.vials,
        "needs": decision.needs,
        "clauses": tuple(found.clause for found in decision.findings),
        "default": decision.choices and decision.choices.default,
        "omitted": [
            {"cycle": found.slot.cycle, "day": found.slot.day, "clause": found.clause}
            for found in decision.findings
            if found.slot is not None
        ],
    }


def _comparable(key: str, value: Any, like: Any = None) -> Any:
    """Sets where order has no meaning; of an omitted slot, the keys that are expected."""
    if key in ("needs", "clauses"):
        return set(value)
    if key == "omitted" and like:
        named = set().union(*(slot.keys() for slot in like))
        return [{name: slot[name] for name in slot if name in named} for slot in value]
    return list(value) if isinstance(value, tuple) else value


def _said(value: object) -> str:
    if isinstance(value, (list, tuple, set)):
        return "[" + ", ".join(sorted(map(_said, value))) + "]"
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_said(part)}" for key, part in value.items())
    if isinstance(value, Fraction):
        return show(value)
    return "nothing" if value is None else str(value)
