"""Texts that have broken other programs, and every place of an event in which one can stand."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from tests.builders import PROTOCOL
from tests.faces.api.kinds import EVENTS

from oncourse.field import Field

TEXTS = {
    "sql": "'; DROP TABLE entry; --",
    "sql in PostgreSQL": "$$; SELECT pg_sleep(9); --\\",
    "script": "<script>alert('1')</script>",
    "template": "{{7*7}} ${7*7} %s%n %(name)s {0.__class__}",
    "path": "../../../../etc/passwd",
    "break": "one\r\ntwo: [\u2028three\u0085",
    "other scripts": "Müller Łęcka \u202eמשה\u202c 李 👩‍⚕️ e\u0301",
    "backslash": "\\u0000 \\ \\n \"' ` # : - & * !",
    "no character": "\ufffe\uffff\U0010ffff",
    "words of YAML": "null",
}
NUL = "a\0b"
BROKEN = {"nul": NUL, "half a pair": "a\ud800b", "the other half": "\udc00", "long": "x" * 100_000, "nothing": " "}


class Spot(NamedTuple):
    """What an event says with a text in one of its fields, and whether any text may stand there."""

    said: dict[str, Any]
    any_text: bool


def spots(kind: str, text: str) -> Iterator[Spot]:
    """A sound event with a text in each field in turn; in keys too where any key may be given."""
    record = PROTOCOL.vocabulary.kinds[kind].record
    sound = yaml.load(EVENTS[kind], yaml.BaseLoader)
    for name, field in record.fields.items():
        more = {other: "1" for other in record.together if other != name}
        more |= {record.needs[name]: "as discussed"} if name in record.needs else {}
        for value, any_text in values(field, text):
            yield Spot({**copy.deepcopy(sound), **more, name: value}, any_text)
    if record.others:
        yield Spot({**copy.deepcopy(sound), "seen": text}, True)
        yield Spot({**copy.deepcopy(sound), text: "seen"}, True)


def values(field: Field, text: str) -> Iterator[tuple[Any, bool]]:
    """The text as a value of that field, and in it; each with whether any text may stand there."""
    yield text, field.type in ("text", "answer")
    if field.type in ("list", "answers"):
        yield [text], not field.options
    if field.type in ("answers", "notes"):
        yield {"word": text}, field.type == "notes"
        yield {text: "no"}, True
    if field.type == "records" and field.parts is not None:
        for name, part in field.parts.fields.items():
            yield [{name: text}], part.type == "text"
