"""The JSON Schema of course documents, generated from the vocabulary.

It admits every sound document; what it cannot say (the calendar, plausibility, ids) only reading finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oncourse.course import HEAD, NEEDED, VERSION
from oncourse.event import EXPECT, Kind, Vocabulary
from oncourse.field import SPOKEN, TEXT, Field, Record
from oncourse.quantity import ULN, Measure

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
CLOCK = r"[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"
INSTANT = DATE[:-1] + CLOCK
WALL = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
DECIMAL = r"-?[0-9]+(\.[0-9]+)?"
TEXTUAL = {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": TEXT}

Schema = dict[str, Any]


def course_schema(vocabulary: Vocabulary) -> Schema:
    """The JSON Schema (2020-12) of a course document with the events of that vocabulary."""
    return {
        "$schema": DIALECT,
        "title": "Oncourse course document",
        "type": "object",
        "required": list(NEEDED),
        "additionalProperties": False,
        "properties": {
            "oncourse": {"enum": [int(VERSION), VERSION]},
            "protocol": {"type": "string", "description": "the name of a protocol, optionally @version"},
            "patient": _record(vocabulary.patient),
            "site": _record(vocabulary.site),
            "events": {"type": "array", "items": {"$ref": "#/$defs/event"}},
        },
        "$defs": {"event": _event(vocabulary.kinds), **_contents(vocabulary.kinds)},
    }


def _event(kinds: Mapping[str, Kind]) -> Schema:
    return {
        "description": "when, and exactly one thing that happened",
        "oneOf": [_entry([kind], required=["at"]) for kind in kinds],
    }


def _entry(kinds: Iterable[str], required: list[str]) -> Schema:
    names = list(kinds)
    head = {"at": {"anyOf": [_pattern(DATE), _pattern(INSTANT)]}, **_fields(HEAD)}
    return {
        "type": "object",
        "required": [*required, *names],
        "additionalProperties": False,
        "properties": {**head, **{name: {"$ref": f"#/$defs/{name}"} for name in names}},
    }


def _contents(kinds: Mapping[str, Kind]) -> Schema:
    right = {"oneOf": [_entry([kind], required=[]) for kind in kinds if kind not in ("corrected", EXPECT)]}
    return {**{name: _record(kind.record) for name, kind in kinds.items()}, "right event": right}


def _record(record: Record) -> Schema:
    schema: Schema = {"type": "object", "properties": _fields(record)}
    if needed := [name for name, known in record.fields.items() if known.required]:
        schema["required"] = needed
    schema["additionalProperties"] = TEXTUAL if record.others else False
    if record.any_of:
        schema["minProperties"] = 1
    if depends := _depends(record):
        schema["dependentRequired"] = depends
    return schema if needed or record.any_of else {"anyOf": [schema, {"type": "null"}, *_said(record)]}


def _said(record: Record) -> list[Schema]:
    return [] if record.fields else [_words(said for said, yes in SPOKEN.items() if yes), {"const": True}]


def _depends(record: Record) -> dict[str, list[str]]:
    together = {name: [other for other in record.together if other != name] for name in record.together}
    return {**together, **{name: [other] for name, other in record.needs.items()}}


def _fields(record: Record) -> dict[str, Schema]:
    fields = {name: _FIELDS[known.type](known) for name, known in record.fields.items()}
    if record.nullable:
        return {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in fields.items()}
    return fields


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _words(words: Iterable[str]) -> Schema:
    # YAML spells a boolean with a small, a first capital or all capital letters.
    return {"enum": [spelled for word in words for spelled in dict.fromkeys((word, word.title(), word.upper()))]}


def _choice(known: Field) -> Schema:
    if not {"yes", "no"} & set(known.options):
        return {"enum": list(known.options)}
    return {"anyOf": [{"enum": list(known.options)}, *_boolean()]}


def _boolean() -> list[Schema]:
    return [{"type": "boolean"}, _words(SPOKEN)]


def _yesno(known: Field) -> Schema:
    return {"anyOf": [*_boolean(), *([{"enum": list(known.spoken)}] if known.spoken else [])]}


def _integer(known: Field) -> Schema:
    numbers = known.numbers
    if isinstance(numbers, range):
        fits: Schema = {"type": "integer", "minimum": numbers[0], "maximum": numbers[-1]}
        return {"anyOf": [fits, _pattern("^[0-9]{1,9}$")]}
    return {"enum": [*numbers, *map(str, numbers)]}


def _amount(measure: Measure) -> Schema:
    units = "|".join(re.escape(unit) for unit in measure.units)
    return _pattern(rf"^{DECIMAL[2:]} +({units})$")


def _quantity(known: Field) -> Schema:
    assert known.measure is not None
    if known.multiple is None:
        return _amount(known.measure)
    multiple = _pattern(rf"^{DECIMAL[2:]} +{ULN}$")
    amounts = {"value": _amount(known.multiple), "uln": _amount(known.measure)}
    beside: Schema = {
        "type": "object",
        "required": ["value"],
        "additionalProperties": False,
        "properties": amounts,
        "anyOf": [{"required": ["uln"]}, {"properties": {"value": multiple}}],
    }
    return {"anyOf": [multiple, beside]}


def _list(known: Field) -> Schema:
    return {"type": "array", "items": {"enum": list(known.options)} if known.options else TEXTUAL}


def _records(known: Field) -> Schema:
    assert known.parts is not None
    return {"type": "array", "items": _record(known.parts)}


def _answers(known: Field) -> Schema:
    asked = {"type": "object", "additionalProperties": _yesno(known)}
    return {"anyOf": [asked, {"type": "array", "items": TEXTUAL}]}


_FIELDS: Mapping[str, Callable[[Field], Schema]] = {
    "choice": _choice,
    "yesno": _yesno,
    "integer": _integer,
    "days": lambda known: {"anyOf": [_integer(known), _pattern("^[0-9]{1,3} d$")]},
    "clock": lambda _: {"anyOf": [_pattern(WALL), _pattern(INSTANT)]},
    "number": lambda _: {"anyOf": [{"type": "number"}, _pattern(f"^{DECIMAL}$")]},
    "text": lambda _: TEXTUAL,
    "answer": lambda _: TEXTUAL,
    "date": lambda _: _pattern(DATE),
    "time": lambda _: _pattern(INSTANT),
    "zone": lambda _: {"type": "string"},
    "quantity": _quantity,
    "list": _list,
    "records": _records,
    "answers": _answers,
    "notes": lambda _: {"type": "object", "additionalProperties": TEXTUAL},
    "anything": lambda _: {},
    "event": lambda _: {"anyOf": [{"$ref": "#/$defs/right event"}, {"type": "null"}]},
}
