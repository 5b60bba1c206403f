"""Mistakes in what a protocol declares: a site's settings, the facts and how they are read, the state's beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from oncourse.expression import Type
from oncourse.protocol import Fact, Protocol, Setting, Variable
from oncourse.prove.sites import Mutant, with_item
from oncourse.prove.twist import nudged
from oncourse.value import NEVER

Change = tuple[str, Mapping[str, Any]]
_TAKEN = {"first-date": "last-date", "last-date": "first-date", "worst": "latest"}
_DROPPED: Mapping[str, object] = {"fresh": None, "since": None, "masked": None, "within": None, "only": ()}


def mistakes(protocol: Protocol) -> Iterator[Mutant]:
    """Every mistake in settings, facts and state."""
    for place, setting in enumerate(protocol.settings):
        for default in _others(setting.default, setting.type):
            yield _mutant(protocol, "settings", place, setting, f"default {_said(default)}", {"default": default})
    for place, fact in enumerate(protocol.facts):
        for says, change in _of_fact(fact):
            yield _mutant(protocol, "facts", place, fact, says, change)
    for place, variable in enumerate(protocol.state):
        for initial in _others(variable.initial, variable.type):
            yield _mutant(protocol, "state", place, variable, f"begins as {_said(initial)}", {"initial": initial})


def _mutant(
    protocol: Protocol, part: str, place: int, item: Setting | Fact | Variable, says: str, change: Mapping[str, Any]
) -> Mutant:
    kind = {"settings": "setting", "facts": "fact", "state": "beginning"}[part]
    changed = dict(change)
    return Mutant(
        f"{part} {item.name}: {says}", kind, lambda: with_item(protocol, part, place, replace(item, **changed))
    )


def _others(value: object, of: Type) -> Iterator[object]:
    """Values that could have been written by mistake in place of this one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, Fraction)):
        yield from nudged(value)
    elif value in of.options and len(of.options) > 1:
        yield of.options[(of.options.index(str(value)) + 1) % len(of.options)]


def _of_fact(fact: Fact) -> Iterator[Change]:
    for name, without in _DROPPED.items():
        if getattr(fact, name):
            yield f"without {name}", {name: without}
    for span in ("fresh", "within"):
        days = getattr(fact, span)
        if days is not None and days.isdigit():
            yield from ((f"{span} {other}", {span: str(other)}) for other in nudged(int(days)))
    yield from _of_side(fact)
    yield from _of_silence(fact)
    yield from _of_members(fact)
    yield from _of_taking(fact)
    for name in ("carried", "unsaid"):
        yield from _of_fields(name, getattr(fact, name) or {})


def _of_side(fact: Fact) -> Iterator[Change]:
    """The side on which an old value still forbids."""
    if fact.worse in ("low", "high"):
        yield "worse flipped", {"worse": "high" if fact.worse == "low" else "low"}
    if fact.worse is not None:
        yield "without worse", {"worse": None}


def _of_silence(fact: Fact) -> Iterator[Change]:
    """What it means when nobody says anything."""
    if fact.absent is not None:
        yield "without absent", {"absent": None}
        for other in _others(fact.absent, fact.type):
            yield f"absent {_said(other)}", {"absent": other}
    elif fact.take == "latest" and fact.type.kind == "bool":
        yield from ((f"absent {said}", {"absent": said}) for said in (True, False))
    elif fact.take == "latest" and fact.type.options:
        yield f"absent {fact.type.options[0]}", {"absent": fact.type.options[0]}


def _of_members(fact: Fact) -> Iterator[Change]:
    """The events it is read from, and the values it takes."""
    for name in ("sources", "only"):
        members = getattr(fact, name)
        for place, member in enumerate(members if len(members) > 1 else ()):
            said = ".".join(part for part in member if part) if name == "sources" else member
            yield f"{name} without {said}", {name: members[:place] + members[place + 1 :]}


def _of_taking(fact: Fact) -> Iterator[Change]:
    other = _TAKEN.get(fact.take)
    if fact.take == "latest" and fact.type.kind == "number" and fact.absent is not NEVER:
        other = "worst"
    if other is not None:
        yield f"takes {other}", {"take": other}
    if fact.skip_masked:
        yield "without skip", {"skip_masked": False}
    if fact.take == "each":
        yield "ever flipped", {"ever": not fact.ever}


def _of_fields(name: str, fields: Mapping[str, object]) -> Iterator[Change]:
    for field, value in fields.items():
        yield f"{name} without {field}", {name: {key: fields[key] for key in fields if key != field}}
        for other in _others(value, Type("")):
            yield f"{name} {field} {_said(other)}", {name: {**fields, field: other}}


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
