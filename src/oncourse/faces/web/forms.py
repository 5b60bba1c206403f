"""Forms made from the protocol's vocabulary: what is asked, what was typed, and each fault beside its field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Any

from oncourse import document
from oncourse.course import flow
from oncourse.faces.web.page import day, text, words
from oncourse.faces.web.typed import Typed, dated, timed
from oncourse.field import Field, Record
from oncourse.problem import BadInput, Fault, Problem, Refused
from oncourse.protocol import Protocol
from oncourse.quantity import ULN

YES, NO, NONE = "yes", "no", "none"
NOTHING: Mapping[str, Any] = {}
PLAIN = {  # types that need no more
    "text": "text",
    "zone": "text",
    "date": "date",
    "clock": "clock",
    "anything": "tree",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form: its name, label and kind, what may be chosen, its units, what stands beside it.

    Kinds: number (with units), whole (a count of its one unit), text, note, date, clock, choice, many (several may be
    ticked), tree (YAML), rows (of the fields `parts`). `limited` ones have an upper limit of normal; `usual` are the
    unit and that limit of the last time; `repeat` asks to type it once more.
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
    parts: tuple[Input, ...] = ()

    def row(self, place: int) -> tuple[Input, ...]:
        """The fields of one row, counted from 1."""
        return tuple(replace(one, name=f"{self.name}.{place}.{one.name.rpartition('.')[2]}") for one in self.parts)

    def rows(self, typed: Typed, spare: int = 0) -> list[tuple[Input, ...]]:
        """The rows up to the last in which something was typed, and empty ones to type into."""
        last = place = 0
        while any(one.name in typed for one in self.row(place + 1)):
            place += 1
            last = place if any(typed[one.name] for one in self.row(place)) else last
        return [self.row(one) for one in range(1, last + spare + 1)]

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
    said: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """What was typed into one row, and the field to go to if something is missing from it."""

    name: str
    parts: Mapping[str, Any]


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
    return within(protocol, protocol.vocabulary.kinds[kind].record, kind, only)


def within(protocol: Protocol, record: Record, before: str, only: Sequence[str] = ()) -> list[Input]:
    """The fields of a record, or those named of it, in that order; `before` and a point begin the name of each."""
    known = record.fields
    return [one for name in only or known if (one := asked(protocol, known[name], f"{before}.{name}")) is not None]


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
    elif of.type == "days":
        made = Input(name, label, "whole", units=(("d", spoken("d")),))
    elif of.type == "records" and of.parts is not None:
        made = Input(name, label, "rows", parts=tuple(within(protocol, of.parts, name)))
    elif of.type in PLAIN:
        made = Input(name, label, PLAIN[of.type])
    return None if made is None else replace(made, required=of.required, hint=words().get(f"hints.{name}", ""))


def labelled(protocol: Protocol, name: str) -> str:
    """The name of a field, such as `labs.anc`, as people say it."""
    told: Mapping[str, Any] = protocol.words
    plain = name.rpartition(".")[2]
    known = told["labels"].get(name) or words().get(f"labels.{name}")
    known = known or told["labels"].get(plain) or told["names"].get(plain)
    return str(known or plain.replace("_", " ").capitalize())


def optioned(protocol: Protocol, option: str) -> str:
    """A choice as people say it."""
    told: Mapping[str, Any] = protocol.words
    known = told["options"].get(option) or words().get(f"options.{option}")
    return str(known or option[:1].upper() + option[1:])


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
    told = typed[of.name]
    if of.kind == "many":
        ticked = [one for one in typed.all(of.name) if one]
        return [Leaf(of.name, one) for one in ticked if one != NONE or len(ticked) > 1] if ticked else None
    if of.kind == "rows":
        rows = [Row(row[0].name, made) for row in of.rows(typed) if (made := said(row, typed))]
        return rows or None
    if not told:
        return None
    if of.kind == "date" and (known := dated(told)) is not None:
        return Leaf(of.name, known.isoformat())
    if of.kind == "tree":
        return _tree(of, told)
    if of.kind != "number":
        return Leaf(of.name, told)
    unit = typed[of.unit] or of.units[0][0]
    if not of.limited or unit == ULN:
        return Leaf(of.name, f"{told} {unit}")
    limit = {"uln": Leaf(of.uln, f"{typed[of.uln]} {unit}")} if typed[of.uln] else {}
    return {"value": Leaf(of.name, f"{told} {unit}"), **limit}


def _tree(of: Input, told: str) -> Any:
    try:
        return _leaves(of, document.read(told, of.name).plain())
    except BadInput:  # which `unreadable` tells
        return Leaf(of.name, told)


def _leaves(of: Input, part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _leaves(of, below) for key, below in part.items()}
    return [_leaves(of, below) for below in part] if isinstance(part, list) else Leaf(of.name, part)


def said(fields: Iterable[Input], typed: Typed) -> dict[str, Any]:
    """What was typed into those fields of one record, by the names the record has for them."""
    pairs = ((one.name.rpartition(".")[2], value(one, typed)) for one in fields)
    return {name: made for name, made in pairs if made is not None}


def filled(fields: Iterable[Input], told: Mapping[str, Any]) -> Typed:
    """What would have to be typed into those fields to say what was told."""
    known = ((one, told.get(one.name.rpartition(".")[2])) for one in fields)
    return Typed({name: texts for one, part in known if part is not None for name, texts in _filled(one, part)})


def _filled(of: Input, told: Any) -> Iterator[tuple[str, list[str]]]:
    if of.kind == "rows":
        for place, part in enumerate(told, 1):
            yield from filled(of.row(place), part).fields.items()  # type: ignore[misc]
    elif of.kind == "many":
        yield of.name, list(told)
    elif of.kind == "number":
        number, _, unit = str(told).partition(" ")
        yield from ((of.name, [number]), (of.unit, [unit]))
    else:
        yield of.name, [written(of, told)]


def written(of: Input, told: Any) -> str:
    """What was told of a field as it is typed into one."""
    if of.kind == "date" and (known := dated(str(told))) is not None:
        return day(known)
    if of.kind == "whole":
        return str(told).removesuffix(f" {of.units[0][0]}")
    if of.kind != "tree":
        return str(told)
    if isinstance(told, list):
        return "\n".join(f"- {flow(part)}" for part in told)
    return (
        "\n".join(f"{flow(key)}: {flow(part)}" for key, part in told.items()) if isinstance(told, dict) else flow(told)
    )


def shown(of: Input, told: Any) -> str:
    """What was told of a field as people read it; empty if nothing was."""
    if told is None:
        return ""
    if of.kind == "rows":
        rows = ((shown(one, part.get(one.name.rpartition(".")[2])) for one in of.parts) for part in told)
        return "; ".join(", ".join(filter(None, row)) for row in rows)
    if of.options:
        known = dict(of.options)
        return ", ".join(known.get(one, one) for one in (told if of.kind == "many" else [told]))
    return f"{written(of, told)} {of.units[0][1]}" if of.kind == "whole" else written(of, told)


def moment(typed: Typed, today: date, zone: tzinfo | None, faults: Faults) -> Leaf:
    """When it happened, from the fields `on` and `time`: a date, or an instant if a time was typed."""
    on = dated(typed["on"]) if typed["on"] else today
    if on is None or on > today:
        faults.add("on", text("faults.date" if on is None else "faults.future"))
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


def checked(
    record: Record, fields: Sequence[Input], typed: Typed, faults: Faults, more: Mapping[str, Any] = NOTHING
) -> Mapping[str, Any]:
    """What was typed into the fields of a record, and what is said of it besides; every fault is noted."""
    unreadable(fields, typed, faults)
    source, where = sheet({**more, **said([one for one in fields if not faults.of(one.name)], typed)})
    problems: list[Problem] = []
    try:
        record.read(document.read(source, record.name), problems)
    except BadInput as bad:
        problems += bad.problems
    tell(problems, where, faults, record.name)
    return {**more, **said(fields, typed)}


def same(record: Record, one: Any, other: Any) -> bool:
    """Whether two trees of text say the same of a record, however it is written."""
    first, second = (record.read(document.built(tree, record.name), [])[0] for tree in (one, other))
    return first == second


def unreadable(fields: Iterable[Input], typed: Typed, faults: Faults) -> None:
    """Note every date that is none, and every tree that is no YAML."""
    for one in fields:
        if one.kind == "date" and typed[one.name] and dated(typed[one.name]) is None:
            faults.add(one.name, text("faults.date"))
        if one.kind == "tree" and typed[one.name]:
            try:
                document.read(typed[one.name], one.name)
            except BadInput as bad:
                for problem in bad.problems:
                    faults.add(one.name, text("faults.tree", line=problem.place.line, said=sentence(problem)))


def sheet(tree: Any) -> tuple[str, dict[int, str]]:
    """A tree of leaves as JSON with one leaf a line, and the field that each line came from."""
    lines: list[str] = []
    where: dict[int, str] = {}

    def put(part: Any, lead: str, tail: str) -> None:
        if isinstance(part, Leaf | Row):
            where[len(lines) + 1] = part.name
            part = part.said if isinstance(part, Leaf) else part.parts
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


def tell(problems: Iterable[Problem], where: Mapping[int, str], faults: Faults, of: str = "events") -> None:
    """Note every problem beside the field that it comes from: what to do first, then why.

    `where` says of lines of the text that the record calls `of`, which field each came from.
    """
    for problem in problems:
        faults.add(where.get(problem.place.line) if problem.place.file == of else None, sentence(problem))


def sentence(problem: Problem | Refused | Fault) -> str:
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
