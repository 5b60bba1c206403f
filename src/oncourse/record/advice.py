"""What the program said when an act was signed: kept with the act, and said again from the record at any later time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from oncourse import __version__
from oncourse.answer import answer, dumps
from oncourse.course import Course
from oncourse.decide import Disagreement, decide
from oncourse.dose import DoseRefused
from oncourse.field import moment
from oncourse.protocol import Protocol

LASTING = ("verdict", "dose")  # of an answer: what any engine must say again, beside the ids of its clauses


def advice(protocol: Protocol, course: Course, listed: int) -> dict[str, Any]:
    """The decision just before one of the course's events, with all that it depends on beside the course."""
    at = course.events[listed].at
    return {
        "engine": __version__,
        "protocol": protocol.sha256,
        "site": course.site_as_written,
        "at": at.isoformat(),
        "answer": _answer(protocol, course, at.isoformat(), listed),
    }


def otherwise(kept: Mapping[str, Any], protocol: Protocol, course: Course) -> str | None:
    """How the decision on the course as it stood differs from the one that was kept; None if it does not.

    Bytes are compared under the engine that gave it; the verdict, the amounts and the ids of clauses under any.
    """
    if kept["site"] != course.site_as_written:
        return "other settings of the site were in force"
    now = _answer(protocol, course, kept["at"], None)
    if now == kept["answer"]:
        return None
    if kept["engine"] == __version__:
        return "the decision that was kept is not the one that follows from the record"
    then, again = _lasting(kept["answer"]), _lasting(now)
    return next((f"{name} was {then[name]} and is {again[name]}" for name in then if then[name] != again[name]), None)


def _answer(protocol: Protocol, course: Course, at: str, listed: int | None) -> str:
    """The text of `decide --json`; the engine's reason where it refuses, for the act must be recorded all the same."""
    try:
        return dumps(answer(decide(protocol, course, moment(at, "at"), listed)))
    except (Disagreement, DoseRefused) as fault:
        return dumps({"verdict": None, "dose": None, "findings": [], "fault": str(fault)})


def _lasting(text: str) -> dict[str, Any]:
    told = json.loads(text)
    return {name: told[name] for name in LASTING} | {"clauses": [found["clause"] for found in told["findings"]]}
