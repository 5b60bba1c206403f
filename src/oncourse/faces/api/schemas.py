"""What is sent and what is answered, as /openapi.json says it: the program reads and writes both itself."""

from __future__ import annotations

import json
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from oncourse.faces.doors import COOKIE
from oncourse.protocol_file import load
from oncourse.record.checks import POINTS
from oncourse.record.kept import HEAD
from oncourse.roles import table
from oncourse.schema import course_schema

JSON, YAML, PROBLEM, PLAIN = "application/json", "application/yaml", "application/problem+json", "text/plain"
Schema = dict[str, Any]
Answers = dict[int | str, Schema]

TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
DAY, INSTANT = {"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}
TYPES = {"date": DAY, "number": NUMBER, "bool": {"type": "boolean"}}  # of what a protocol answers of its own
VERDICTS = ("stop", "done", "judge", "wait", "hold", "need", "give")
ETAG = {"ETag": {"description": "the version", "required": True, "schema": {"type": "string", "pattern": '^"[0-9]+"$'}}}
PROBLEMS: dict[int, Schema] = {  # of a status, the headers that come with it
    401: {"WWW-Authenticate": {"schema": TEXT}},
    413: {"Connection": {"schema": TEXT}},
    429: {"Retry-After": {"description": "seconds", "required": True, "schema": {"type": "string"}}},
}


def ref(name: str) -> Schema:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def sent(name: str) -> Schema:
    """How a body is described that the program reads itself: JSON, or YAML."""
    return {"requestBody": {"required": True, "content": {media: {"schema": ref(name)} for media in (JSON, YAML)}}}


def answers(name: str, *problems: int, status: int = 200, headers: Schema | None = None) -> Answers:
    """What a route answers, and with which statuses it says that it cannot."""
    told: Answers = {status: {"content": {JSON: {"schema": ref(name)}}} | ({"headers": headers} if headers else {})}
    return told | refusals(*problems)


def plain(*problems: int) -> Answers:
    """The same where a line of text is answered."""
    return {200: {"content": {PLAIN: {"schema": TEXT}}}, **refusals(*problems)}


def refusals(*statuses: int) -> Answers:
    """Problem documents with those statuses."""
    return {status: _refusal(status) for status in statuses}


def _refusal(status: int) -> Schema:
    said = {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": ref("Problem")}}}
    return said | ({"headers": PROBLEMS[status]} if status in PROBLEMS else {})


def _object(parts: Schema, *optional: str) -> Schema:
    return {"type": "object", "required": [name for name in parts if name not in optional], "properties": parts}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _or_null(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "null"}]}


def _known() -> Schema:
    identifiers = _list(_object({"system": TEXT, "value": TEXT}, "system"))
    return {"name": TEXT, "identifiers": identifiers, "allergies": TEXT, "synthetic": TEXT}


def _patient() -> Schema:
    said = {"id": TEXT, "born": DAY, "sex": TEXT, **_known()}
    return _object({"course": TEXT, **said}, *said)


def _entry() -> Schema:
    kind = {"enum": ["course", "patient", "event"]}
    about = "an event of a course document, its head, or who the patient is; `hidden` says until when or from whom"
    said = {"type": "object", "description": about}
    return _object(
        {"version": WHOLE, "kind": kind, "by": TEXT, "recorded": INSTANT, "why": _or_null(TEXT), "said": said}
    )


def _course() -> Schema:
    patient = _object({"id": TEXT, "born": _or_null(DAY), "sex": _or_null(TEXT)})
    events = _list({"type": "object", "required": ["at"]})
    head = {"oncourse": {"const": 1}, "protocol": TEXT, "patient": patient, "site": {"type": "object"}}
    return _object({"version": WHOLE, "course": _object({**head, "events": events})})


def _check() -> Schema:
    state = {"enum": ["waiting", "agreed", "differing"]}
    point = {"enum": list(POINTS)}
    return _object({"point": point, "state": state, "first": TEXT, "told_by": TEXT, "checked_by": _or_null(TEXT)})


def _dose() -> Schema:
    amounts = ("mg_per_m2", "percent", "bsa_m2", "mg", "volume_mL", "vials", "bag_mL", "rate_mL_per_h")
    return _object({amount: _or_null(NUMBER) for amount in amounts})


def _decision() -> Schema:
    slot = {"cycle": WHOLE, "day": WHOLE}
    finding = {"clause": TEXT, "act": TEXT, "says": TEXT, "values": {"type": "object"}, "cites": _list(TEXT)}
    choices = _object({"clause": TEXT, "options": _list(TEXT), "default": _or_null(TEXT)})
    change = _object({"from_mg": NUMBER, "to_mg": NUMBER, "clause": _or_null(TEXT)})
    own = {name: _or_null(TYPES.get(said.type.kind, {})) for name, said in load().answers.items()}
    override = _object({name: _or_null(TEXT) for name in ("at", "clause", "kind", "why", "by")})
    return _object(
        {
            "course": TEXT,
            "at": {"anyOf": [DAY, INSTANT]},
            "protocol": _object({"id": TEXT, "version": TEXT, "sha256": TEXT}),
            "verdict": {"enum": list(VERDICTS)},
            "headline": TEXT,
            **{name: _or_null(part) for name, part in slot.items()},
            **own,
            "dose": _or_null(_dose()),
            "findings": _list(_object({**finding, "readings": _list(TEXT), "until": TEXT}, "until")),
            "needs": _list(TEXT),
            "choices": _or_null(choices),
            "omitted": _list(_object({**slot, "clause": TEXT})),
            "change_since_last": _or_null(change),
            "overrides": _list(override),
        },
        *own,
    )


def _plan() -> Schema:
    status = {"enum": ["given", "omitted", "due", "planned", "conditional"]}
    more = {"on": DAY, "earliest": _or_null(DAY), "mg": _or_null(NUMBER), "if": _or_null(TEXT)}
    ends = ("ends", "contraception_until", "breastfeeding_after")
    slots = _list(_object({"cycle": WHOLE, "day": WHOLE, "status": status, **more}))
    return _object({"slots": slots, **{name: _or_null(DAY) for name in ends}})


def _problem() -> Schema:
    fault = _object({"where": TEXT, "what": TEXT, "remedy": TEXT})
    later = _object({"version": WHOLE, "by": TEXT, "recorded": INSTANT})
    said = {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT}
    more = {"problems": _list(fault), "version": WHOLE, "since": _list(later)}
    return _object({**said, **more}, *more)


@lru_cache(maxsize=1)
def components() -> Schema:
    """Every schema by its name; those of documents are the ones that `oncourse check --schema` prints."""
    told = json.dumps(course_schema(load().vocabulary)).replace("#/$defs/", "#/components/schemas/")
    course = json.loads(told.replace("right event", "right_event"))
    parts: Schema = course.pop("$defs")
    del course["$schema"]
    roles = _list({"enum": list(table().roles)})
    heads = {name: course["properties"][name] for name in HEAD}
    return {
        **parts,
        "document": course,
        "head": {"type": "object", "properties": heads, "additionalProperties": False, "minProperties": 1},
        "site": course["properties"]["site"],
        "who": {**_object(_known(), *_known()), "additionalProperties": False, "minProperties": 1},
        "events": {"oneOf": [ref("event"), {**_list(ref("event")), "minItems": 1}]},
        "Who": _object({"account": TEXT, "shown": TEXT, "roles": roles}),
        "Found": _object({"courses": _list(_patient())}),
        "Kept": _object({"version": WHOLE}),
        "Site": _object({"version": WHOLE, "site": {"type": "object"}}),
        "Opened": _object({"course": TEXT, "version": WHOLE, "left_out": WHOLE}),
        "Course": _course(),
        "Told": _object({"version": WHOLE, "events": _list(_entry())}),
        "Checks": _object({"checks": _list(_check())}),
        "Decision": _decision(),
        "Plan": _plan(),
        "Problem": _problem(),
    }


class Described(FastAPI):
    """An application whose description names what it reads and writes itself, and how one comes in."""

    def openapi(self) -> Schema:
        """The description, made once."""
        if self.openapi_schema is None:
            told = super().openapi()
            told.setdefault("components", {}).setdefault("schemas", {}).update(components())
            told["components"]["securitySchemes"] = {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "token": {"type": "http", "scheme": "bearer"},
            }
            for path, methods in told["paths"].items():
                for route in methods.values() if path.startswith("/api/") and path != "/api/sign-in" else ():
                    route["security"] = [{"session": []}, {"token": []}]
        assert self.openapi_schema is not None
        return self.openapi_schema
