"""The patients of a record: who they are by the latest that the log says, and how they are found."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from oncourse.field import Field
from oncourse.field import Record as Fields
from oncourse.record.entry import dumps
from oncourse.record.tables import entry, patient

COURSE, PATIENT = "course", "patient"  # kinds of entry: the head of a course document, and who the patient is
IDENTIFIER = Fields("identifier", {"system": Field("system", "text"), "value": Field("value", "text", required=True)})
WHO = Fields(  # what no course document says
    "the patient",
    {
        "name": Field("name", "text"),
        "identifiers": Field("identifiers", "records", parts=IDENTIFIER),
        "allergies": Field("allergies", "text"),
        "synthetic": Field("synthetic", "yesno"),  # nobody: a patient made up to try the program
    },
    any_of=True,
)
FOUND_BY = ("id", "born", "name", "identifiers")
STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "\0": " "})  # not taken apart by Unicode


class Patient(NamedTuple):
    """One course and what is known of its patient: the head's own fields, then name and identifiers."""

    course: str
    shown: Mapping[str, Any]


def met(connection: Connection, stream: str, kind: str, body: Any) -> None:
    """Take note of an entry that says who a patient is."""
    row = connection.execute(select(patient.c.shown).where(patient.c.course == stream)).scalar()
    shown = _shown(json.loads(row) if row else {}, kind, body)
    connection.execute(delete(patient).where(patient.c.course == stream))
    connection.execute(insert(patient).values(_row(stream, shown)))


def search(connection: Connection, words: str = "") -> Iterator[Patient]:
    """The patients in whose id, name, identifiers or date of birth every word stands, whatever its case and accents."""
    query = select(patient.c.course, patient.c.shown)
    for word in plain(words).split():
        query = query.where(patient.c.sought.contains(word, autoescape=True))
    for course, shown in sorted(map(tuple, connection.execute(query))):  # a server would sort by its own language
        yield Patient(course, json.loads(shown))


def found_again(connection: Connection) -> None:
    """Fill the empty table from the log."""
    if rows := [_row(course, shown) for course, shown in told(connection).items()]:
        connection.execute(insert(patient), rows)


def told(connection: Connection) -> Mapping[str, Mapping[str, Any]]:
    """What the log says of each patient, by course."""
    known: dict[str, Mapping[str, Any]] = {}
    query = select(entry.c.stream, entry.c.kind, entry.c.body).where(entry.c.kind.in_((COURSE, PATIENT)))
    for stream, kind, body in connection.execute(query.order_by(entry.c.seq)):
        known[stream] = _shown(known.get(stream, {}), kind, json.loads(body))
    return known


def _shown(before: Mapping[str, Any], kind: str, body: Any) -> Mapping[str, Any]:
    """What is known of a patient after an entry: the head of a course says all of its own part, or nothing of it."""
    if kind == PATIENT:
        return {**before, **body}
    if "patient" not in body:
        return before
    return {**body["patient"], **{name: before[name] for name in WHO.fields if name in before}}


def _row(course: str, shown: Mapping[str, Any]) -> Mapping[str, str]:
    return {"course": course, "shown": dumps(shown), "sought": sought(shown)}


def sought(shown: Mapping[str, Any]) -> str:
    """Everything by which a patient is looked for."""
    return plain(" ".join(_texts([shown[part] for part in FOUND_BY if part in shown])))


def plain(text: str) -> str:
    """Lower case, without accents and strokes, so that Müller is found as muller; no NUL, which PostgreSQL refuses."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(STROKES))
    return "".join(c for c in apart if not unicodedata.combining(c))


def same_number(one: str, other: str) -> bool:
    """Whether two identifiers are one, whatever their case, accents and blanks."""
    return _number(one) == _number(other)


def _number(text: str) -> str:
    return " ".join(plain(text).split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif value is not None:
        yield str(value)
