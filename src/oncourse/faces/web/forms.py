"""Forms made from the protocol's vocabulary: what is asked, what was typed, and each fault beside its field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Any

from oncourse.faces.web.page import text, words
from oncourse.faces.web.typed import Typed, dated, timed
from oncourse.field import Field
from oncourse.problem import Problem
from oncourse.protocol import Protocol
from oncourse.quantity import ULN

YES, NO, NONE = "yes", "no", "none"


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form: its name, label and kind, what may be chosen, its units, what stands beside it.

    Kinds: number (with units), text, note, date, clock, choice, many (several may be ticked). `limited` ones have an
    upper limit of normal; `usual` are the unit and that limit of the last time; `repeat` asks to type it once more.
    """

    name: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    limited: bool = False
    required: bool = False
    hint: str = ""
    previous: str = ""
    usual: tuple[str, str] = ("", "")
    repeat: bool = False

    @property
    def unit(self) -> str:
        """The name of the field in which the unit is chosen."""
        return f"{self.name}.unit"

    @property
    def once_more(self) -> str:
        """The name of the field in which a surprising value is typed again."""
        return f"{self.name}.again"

    @property
    def uln(self) -> str:
        """The name of the field with the laboratory's upper limit of normal."""
        return f"{self.name}.uln"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text that was typed, and the field it was typed into."""

    name: str
    said: str


@dataclass(slots=True)
class Faults:
    """What is wrong with a form: by field, and what belongs to none."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def add(self, name: str | None, said: str) -> None:
        """One more, once."""
        told = self.others if name is None else self.fields.setdefault(name, [])
        if said not in told:
            told.append(said)

    def __bool__(self) -> bool:
        return bool(self.fields or self.others)

    def of(self, name: str) -> str:
        """What is wrong with a field, or nothing."""
        return " ".join(self.fields.get(name, ()))


def inputs(protocol: Protocol, kind: str, only: Sequence[str] = ()) -> list[Input]:
    """The fields of a kind of event, or those named of it, in that order."""
    known = protocol.vocabulary.fields(kind)
    return [one for name in only or known if (one := asked(protocol, known[name], f"{kind}.{name}")) is not None]


def asked(protocol: Protocol, of: Field, name: str) -> Input | None:
    """A field of the vocabulary as a field of a form; None for what no form can ask."""
    label, made = labelled(protocol, name), None
    if of.type == "quantity" and of.measure is not None:
        known = dict.fromkeys((of.measure.unit, *of.measure.units, *([ULN] if of.multiple is not None else [])))
        units = tuple((unit, spoken(unit)) for unit in known)
        made = Input(name, label, "number", units=units, limited=of.multiple is not None)
    elif of.type in ("choice", "list"):
        options = tuple((option, optioned(protocol, option)) for option in of.options)
        many = of.type == "list"
        made = Input(
            name, label, "many" if many else "choice", (*options, (NONE, text("none_of_these"))) if many else options
        )
    elif of.type == "yesno":
        made = Input(name, label, "choice", ((YES, text("yes")), (NO, text("no"))))
    elif of.type == "integer":
        made = Input(name, label, "choice", tuple((str(one), str(one)) for one in of.numbers))
    elif of.type in ("text", "date", "clock"):
        made = Input(name, label, of.type)
    return None if made is None else replace(made, required=of.required)


def labelled(protocol: Protocol, name: str) -> str:
    """The name of a field of a kind of event, such as `labs.anc`, as people say it."""
    words: Mapping[str, Any] = protocol.words
    plain = name.rpartition(".")[2]
    known = words["labels"].get(name) or words["labels"].get(plain) or words["names"].get(plain)
    return str(known or plain.replace("_", " ").capitalize())


def optioned(protocol: Protocol, option: str) -> str:
    """A choice as people say it."""
    known: Mapping[str, Any] = protocol.words
    return str(known["options"].get(option) or option[:1].upper() + option[1:])


def spoken(unit: str) -> str:
    """A unit in words, such as mL per hour."""
    return words().get(f"units.{unit}", unit)


def measured(said: Any) -> str:
    """A quantity as it was told, such as `92 U/L` or with its upper limit of normal, in words."""
    if isinstance(said, dict):
        return text("form.with_limit", value=measured(said.get("value", "")), uln=measured(said.get("uln", "")))
    number, _, unit = str(said).partition(" ")
    return f"{number} {spoken(unit)}".strip()


def value(of: Input, typed: Typed) -> Any:
    """What was typed into a field as the value of an event, its parts as leaves; None if nothing was."""
    said = typed[of.name]
    if of.kind == "many":
        ticked = [one for one in typed.all(of.name) if one]
        return [Leaf(of.name, one) for one in ticked if one != NONE or len(ticked) > 1] if ticked else None
    if not said:
        return None
    if of.kind == "date" and (day := dated(said)) is not None:
        return Leaf(of.name, day.isoformat())
    if of.kind != "number":
        return Leaf(of.name, said)
    unit = typed[of.unit] or of.units[0][0]
    if not of.limited or unit == ULN:
        return Leaf(of.name, f"{said} {unit}")
    limit = {"uln": Leaf(of.uln, f"{typed[of.uln]} {unit}")} if typed[of.uln] else {}
    return {"value": Leaf(of.name, f"{said} {unit}"), **limit}


def said(fields: Iterable[Input], typed: Typed) -> dict[str, Any]:
    """What was typed into those fields of one kind of event, by the names the event has for them."""
    pairs = ((one.name.rpartition(".")[2], value(one, typed)) for one in fields)
    return {name: made for name, made in pairs if made is not None}


def moment(typed: Typed, today: date, zone: tzinfo | None, faults: Faults) -> Leaf:
    """When it happened, from the fields `on` and `time`: a date, or an instant if a time was typed."""
    on = dated(typed["on"]) if typed["on"] else today
    if on is None:
        faults.add("on", text("faults.date"))
        return Leaf("on", today.isoformat())
    if not typed["time"]:
        return Leaf("on", on.isoformat())
    at = timed(on, typed["time"], zone)
    if at is None:
        faults.add("time", text("faults.time"))
    return Leaf("time", (at or on).isoformat())


def blank(fields: Iterable[Input], typed: Typed, faults: Faults) -> None:
    """Note every field that must be filled in and is not."""
    for one in fields:
        if one.required and not typed[one.name]:
            faults.add(one.name, text("faults.blank", label=one.label))


def sheet(tree: Any) -> tuple[str, dict[int, str]]:
    """A tree of leaves as JSON with one leaf a line, and the field that each line came from."""
    lines: list[str] = []
    where: dict[int, str] = {}

    def put(part: Any, lead: str, tail: str) -> None:
        if isinstance(part, Leaf):
            where[len(lines) + 1] = part.name
            part = part.said
        if isinstance(part, dict):
            _inside(part.items(), lead + "{", "}" + tail)
        elif isinstance(part, list):
            _inside(((None, one) for one in part), lead + "[", "]" + tail)
        else:
            lines.append(lead + json.dumps(part, ensure_ascii=False) + tail)

    def _inside(parts: Iterable[tuple[str | None, Any]], first: str, last: str) -> None:
        lines.append(first)
        known = list(parts)
        for place, (key, part) in enumerate(known, 1):
            put(part, "" if key is None else f"{json.dumps(key)}: ", "," if place < len(known) else "")
        lines.append(last)

    put(tree, "", "")
    return "\n".join(lines), where


def tell(problems: Iterable[Problem], where: Mapping[int, str], faults: Faults) -> None:
    """Note every problem beside the field that it comes from: what to do first, then why."""
    for problem in problems:
        faults.add(where.get(problem.place.line), sentence(problem))


def sentence(problem: Problem) -> str:
    """A problem as two sentences."""
    return f"{_capital(problem.remedy)} {_capital(problem.what)}"


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:] + ("" if said.endswith(("?", ".")) else ".")


def summary(faults: Faults, fields: Sequence[Input]) -> Iterator[tuple[str | None, str]]:
    """Every fault for the box on top of the page, each with the field to go to."""
    order = {one.name: place for place, one in enumerate(fields)}
    for name, told in sorted(faults.fields.items(), key=lambda pair: order.get(pair[0], len(order))):
        yield from ((name, said) for said in told)
    yield from ((None, said) for said in faults.others)
