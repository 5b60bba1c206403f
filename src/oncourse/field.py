"""The fields of events: what each may hold, and text to exact values with every fault collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import TypeVar

from oncourse.document import Node
from oncourse.problem import Fault, Problem, either, excerpt, nearest
from oncourse.quantity import ULN, Measure, Quantity, decimal, show, take

SPOKEN = dict.fromkeys(("yes", "true", "on", "y"), True) | dict.fromkeys(("no", "false", "off", "n"), False)
TEXT = 4000
NO_LIMIT = ("no upper limit of normal", "add uln, or give it as ULN")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK = re.compile(rf"{DATE.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?")
INSTANT = re.compile(rf"{CLOCK.pattern}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])")
WALL = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
YEARS = range(1880, 2200)
Moment = TypeVar("Moment", date, datetime)


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of plausibility: `least` and `most` admit it, `above` and `below` do not."""

    side: str
    value: Fraction
    text: str
    remedy: str

    def admits(self, value: Fraction) -> bool:
        """Is the value on the right side?"""
        if self.side == "least":
            return value >= self.value
        if self.side == "above":
            return value > self.value
        return value <= self.value if self.side == "most" else value < self.value

    def fault(self, name: str, shown: str) -> Fault:
        """What to say of a value beyond it."""
        words = {"least": "less than", "above": "not above", "most": "more than", "below": "not below"}
        return Fault(f"{name} {shown} is {words[self.side]} {self.text}", self.remedy)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field: its type by name, and what values of the type are meant; `unit` is the canonical one."""

    name: str
    type: str
    required: bool = False
    options: tuple[str, ...] = ()
    spoken: Mapping[str, bool] = field(default_factory=dict)
    numbers: Sequence[int] = ()
    measure: Measure | None = None
    multiple: Measure | None = None
    whole: bool = False
    bounds: tuple[Bound, ...] = ()
    parts: Record | None = None

    @property
    def unit(self) -> str:
        """The unit of the exact value; ULN where it is a multiple of the upper limit of normal."""
        if self.multiple is not None:
            return ULN
        return self.measure.unit if self.measure is not None else ""

    def filled(self) -> str:
        """The remedy for a field that says nothing."""
        return "give one" if self.required else "give one, or leave the key out"

    def read(self, node: Node, faults: list[Problem]) -> object:
        """The exact value of a node, None after noting a fault."""
        if node.value is None and self.type not in ("event", "anything"):
            faults.append(Problem(node.place, f"{self.name} has no value", self.filled()))
            return None
        return TYPES[self.type](self, node, faults)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A mapping of fields: which may, must, and must stand together; `others` admits more keys as text."""

    name: str
    fields: Mapping[str, Field]
    together: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    any_of: bool = False
    others: bool = False
    nullable: bool = False

    def read(self, node: Node, faults: list[Problem]) -> tuple[dict[str, object], dict[str, str]]:
        """The exact values, and as typed those with units; every fault is noted."""
        values: dict[str, object] = {}
        shown: dict[str, str] = {}
        if not isinstance(parts := self._parts(node), dict):
            faults.append(Problem(node.place, f"{self.name} is not a mapping", self._remedy()))
            return values, shown
        for key, part in parts.items():
            value = self._value(key, part, node, faults)
            if type(value) is Quantity:
                values[key], shown[key] = value.value, value.text
            elif value is not None or (self.nullable and part.value is None):
                values[key] = value
        self._missing(node, parts, faults)
        return values, shown

    def _parts(self, node: Node) -> object:
        """The parts; an event with nothing to say may be written as nothing, or as yes."""
        if isinstance(node.value, dict):
            self._rejoin(node.value)
        nothing = node.value is None or (not self.fields and SPOKEN.get(str(node.value).lower()))
        return {} if nothing else node.value

    def _rejoin(self, parts: dict[str, Node]) -> None:
        """Text with commas needs no quotes: what YAML reads as words without a value goes on with the text."""
        text: Node | None = None
        for key, part in list(parts.items()):
            if part.loose and part.value is None and key not in self.fields and text is not None:
                text.value = f"{text.value}, {key}"
                del parts[key]
            else:
                free = key in self.fields and self.fields[key].type in ("text", "answer")
                text = part if free and part.loose and part.value is not None else None

    def _value(self, key: str, part: Node, node: Node, faults: list[Problem]) -> object:
        known = self.fields.get(key)
        if known is None and not self.others:
            what = f"{self.name} has no {excerpt(key)}"
            remedy = nearest(key, self.fields, self._remedy(), len(faults))
            faults.append(Problem(node.place_of(key), what, remedy))
            return None
        if part.value is None and self.nullable:
            return None
        return (known or Field(key, "text")).read(part, faults)

    def _remedy(self) -> str:
        return f"use {either(self.fields)}" if self.fields else "leave it empty: {}"

    def _missing(self, node: Node, parts: Mapping[str, Node], faults: list[Problem]) -> None:
        def note(what: str, remedy: str) -> None:
            faults.append(Problem(node.place, f"{self.name} has {what}", remedy))

        for key, known in self.fields.items():
            if known.required and key not in parts:
                note(f"no {key}", f"add {key}")
        present = [key for key in self.together if key in parts]
        if present and len(present) < len(self.together):
            absent = next(key for key in self.together if key not in parts)
            note(f"{present[0]} without {absent}", f"add {absent}, or leave both out")
        for key, other in self.needs.items():
            if key in parts and other not in parts:
                note(f"{key} without {other}", f"add {other}")
        if self.any_of and not parts:
            note("nothing in it", f"add one of {either(self.fields)}")


def over_limit(plain: Field, multiple: Measure) -> Field:
    """The field as a multiple of the upper limit of normal, or beside that limit."""
    above = Bound("above", Fraction(0), "0", "give the laboratory's upper limit of normal")
    value = Field(plain.name, "measured", required=True, measure=plain.measure, multiple=multiple)
    limit = Field("uln", "measured", measure=plain.measure, bounds=(above,))
    return replace(plain, multiple=multiple, parts=Record(plain.name, {"value": value, "uln": limit}))


def moment(text: str, name: str) -> date | datetime:
    """A date, or an instant with its offset; raises Fault for anything else."""
    return instant(text, name) if len(text) > 10 else day(text, name)


def day(text: str, name: str) -> date:
    """A date of the calendar; raises Fault."""
    if not DATE.fullmatch(text):
        raise Fault(f"{name} is not a date: {excerpt(text)}", "write year-month-day, such as 2026-01-05")
    return _calendar(text, name, date.fromisoformat)


def instant(text: str, name: str) -> datetime:
    """An instant with its offset from UTC; raises Fault."""
    if INSTANT.fullmatch(text):
        return _calendar(text, name, datetime.fromisoformat)
    if CLOCK.fullmatch(text):
        raise Fault(f"{name} has no offset: {excerpt(text)}", "add the offset, such as +01:00, or Z for UTC")
    remedy = "write date, time and offset, such as 2026-01-05T10:40:00+01:00"
    raise Fault(f"{name} is not an instant: {excerpt(text)}", remedy)


def _calendar(text: str, name: str, made: Callable[[str], Moment]) -> Moment:
    try:
        value = made(text)
    except ValueError:
        raise Fault(f"{name} does not exist: {text}", "give a day and time that the calendar has") from None
    if value.year not in YEARS:
        raise Fault(f"{name} is out of range: {text}", f"give a year from {YEARS[0]} to {YEARS[-1]}")
    return value


def _choice(known: Field, text: str) -> str:
    if text in known.options:
        return text
    if (said := SPOKEN.get(text.lower())) is not None and (word := "yes" if said else "no") in known.options:
        return word
    raise Fault(f"{known.name} is none of its choices: {excerpt(text)}", f"use {either(known.options)}")


def _yesno(known: Field, text: str) -> bool:
    said = known.spoken.get(text, SPOKEN.get(text.lower()))
    if said is None:
        words = either(["yes", "no", *known.spoken])
        raise Fault(f"{known.name} is neither yes nor no: {excerpt(text)}", f"use {words}")
    return said


def _integer(known: Field, text: str) -> int:
    if re.fullmatch("-?[0-9]{1,9}", text) and int(text) in known.numbers:
        return int(text)
    fitting = either(map(str, known.numbers))
    if isinstance(known.numbers, range):
        fitting = f"a whole number from {known.numbers[0]} to {known.numbers[-1]}"
    raise Fault(f"{known.name} cannot be {excerpt(text)}", f"use {fitting}")


def _days(known: Field, text: str) -> int:
    return _integer(known, text.removesuffix(" d"))


def _clock(known: Field, text: str) -> str | datetime:
    return text if WALL.fullmatch(text) else instant(text, known.name)


def _number(known: Field, text: str) -> Fraction:
    return decimal(text, known.name)


def _text(known: Field, text: str) -> str:
    if not text.strip():
        raise Fault(f"{known.name} is empty", known.filled())
    if len(text) > TEXT:
        raise Fault(f"{known.name} is longer than {TEXT} characters", "shorten it")
    return text


def _answer(known: Field, text: str) -> str:
    # What asks yes or no may be answered by a boolean.
    return {"true": "yes", "false": "no"}.get(text.lower()) or _text(known, text)


def _zone(known: Field, text: str) -> str:
    from zoneinfo import ZoneInfo  # only courses that name a zone pay for it

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        what = f"{known.name} is no time zone: {excerpt(text)}"
        raise Fault(what, "name one of the IANA list, such as Europe/Vienna") from None
    return text


def _scalar(made: Callable[[Field, str], object]) -> Callable[[Field, Node, list[Problem]], object]:
    def read(known: Field, node: Node, faults: list[Problem]) -> object:
        if not isinstance(node.value, str):
            faults.append(Problem(node.place, f"{known.name} is a list or a mapping", "give one value"))
            return None
        try:
            return made(known, node.value)
        except Fault as fault:
            faults.append(fault.at(node.place))
            return None

    return read


def _measured(known: Field, text: str) -> Quantity:
    measure = known.multiple or known.measure
    assert measure is not None
    return _plausible(known, take(text, measure, known.name))


def _amount(known: Field, text: str) -> Quantity:
    quantity = _measured(known, text)
    if known.multiple is not None and quantity.unit != ULN:
        raise Fault(f"{known.name} has {NO_LIMIT[0]}", NO_LIMIT[1])
    return quantity


def _plausible(known: Field, quantity: Quantity) -> Quantity:
    for bound in known.bounds:
        if not bound.admits(quantity.value):
            raise bound.fault(known.name, quantity.text)
    if known.whole and quantity.value.denominator != 1:
        what = f"{known.name} is {show(quantity.value)} {quantity.unit}"
        raise Fault(what, f"give a whole number of {quantity.unit}")
    return quantity


_plain_amount = _scalar(_amount)


def _quantity(known: Field, node: Node, faults: list[Problem]) -> object:
    if isinstance(node.value, dict) and known.parts is not None:
        return _over_limit(known, known.parts, node, faults)
    return _plain_amount(known, node, faults)


def _over_limit(known: Field, parts: Record, node: Node, faults: list[Problem]) -> object:
    """A value beside its upper limit of normal, as their exact ratio."""
    before = len(faults)
    values, shown = parts.read(node, faults)
    value, limit = values.get("value"), values.get("uln")
    if len(faults) > before or not isinstance(value, Fraction):
        return None
    if shown["value"].endswith(ULN):
        return Quantity(value, ULN, shown["value"])
    if not isinstance(limit, Fraction):
        faults.append(Problem(node.place, f"{known.name} has {NO_LIMIT[0]}", NO_LIMIT[1]))
        return None
    return Quantity(value / limit, ULN, f"{shown['value']} (ULN {shown['uln']})")


def _items(known: Field, node: Node, faults: list[Problem]) -> list[Node]:
    if isinstance(node.value, list):
        return node.value
    faults.append(Problem(node.place, f"{known.name} is not a list", "put it in brackets: [ ]"))
    return []


def _list(known: Field, node: Node, faults: list[Problem]) -> object:
    one = Field(known.name, "choice" if known.options else "text", options=known.options)
    values = [one.read(item, faults) for item in _items(known, node, faults)]
    return tuple(value for value in values if value is not None)


def _records(known: Field, node: Node, faults: list[Problem]) -> object:
    assert known.parts is not None
    return tuple(known.parts.read(item, faults)[0] for item in _items(known, node, faults))


def _answers(known: Field, node: Node, faults: list[Problem]) -> object:
    """What was asked, each yes or no; a list names what was found."""
    if isinstance(node.value, list):
        found = _list(known, node, faults)
        return dict.fromkeys(found, True) if isinstance(found, tuple) else None
    return _mapping(known, "yesno", node, faults)


def _notes(known: Field, node: Node, faults: list[Problem]) -> object:
    return _mapping(known, "text", node, faults)


def _mapping(known: Field, type_: str, node: Node, faults: list[Problem]) -> object:
    if not isinstance(node.value, dict):
        faults.append(Problem(node.place, f"{known.name} is not a mapping", "write {name: value}"))
        return None
    values = {key: Field(key, type_).read(part, faults) for key, part in node.value.items()}
    return {key: value for key, value in values.items() if value is not None}


def _as_written(known: Field, node: Node, faults: list[Problem]) -> object:
    return node.plain()


def _event(known: Field, node: Node, faults: list[Problem]) -> object:
    """Left as it is: only the course knows the event that this one replaces."""
    return None if node.value is None else node


TYPES: Mapping[str, Callable[[Field, Node, list[Problem]], object]] = {
    "choice": _scalar(_choice),
    "yesno": _scalar(_yesno),
    "integer": _scalar(_integer),
    "days": _scalar(_days),
    "clock": _scalar(_clock),
    "number": _scalar(_number),
    "text": _scalar(_text),
    "answer": _scalar(_answer),
    "date": _scalar(lambda known, text: day(text, known.name)),
    "time": _scalar(lambda known, text: instant(text, known.name)),
    "zone": _scalar(_zone),
    "quantity": _quantity,
    "measured": _scalar(_measured),
    "list": _list,
    "records": _records,
    "answers": _answers,
    "notes": _notes,
    "anything": _as_written,
    "event": _event,
}
