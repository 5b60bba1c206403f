"""What is told of a patient on a form of its own: results, body size, toxicity, response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from oncourse.board import Standing, supposed
from oncourse.course import history
from oncourse.decide import Decision
from oncourse.event import Event
from oncourse.explain import Words
from oncourse.faces.web import forms, verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, Input
from oncourse.faces.web.page import Visit, day, text
from oncourse.faces.web.patient import day_path, form, keep
from oncourse.problem import BadInput, Fault
from oncourse.quantity import ULN, take

router = APIRouter(prefix="/patients/{name}")
PAGES = {"results": "tell", "measure": "tell", "toxicity": "tell", "response": "tell", "enrolment": "enrolled"}
RESULTS = "results"
MORE = "more"
NOTHING: dict[str, Any] = {"decision": None}  # is supposed yet
STOP = "stop"
JUMP = 10  # times the last value, or a tenth of it: a slip of a digit or a unit
SURE = "sure"  # sent once it was said that this ends treatment for good


@router.get("/results", name="results")
@router.get("/measure", name="measure")
@router.get("/toxicity", name="toxicity")
@router.get("/response", name="response")
@router.get("/enrolment", name="enrolment")
def ask(visit: Visitor, name: str) -> Response:
    """The empty form, beside each field what is known."""
    visit.require(PAGES[_of(visit)])
    return _page(visit, visit.board.of(name), _of(visit))


@router.post("/results")
@router.post("/measure")
@router.post("/toxicity")
@router.post("/response")
@router.post("/enrolment")
def told(visit: Visitor, name: str) -> Response:
    """Keep what was typed, and go back to the day it decides."""
    visit.require(PAGES[_of(visit)])
    of, page = visit.board.of(name), _of(visit)
    if visit.typed.again:
        return _page(visit, of, page)
    faults = Faults()
    fields = mine(visit, of, page)
    events = _events(visit, of, fields, faults)
    fields = _surprising(visit, of, fields, faults)
    ahead = {} if faults or visit.typed[SURE] == "yes" else previewed(visit, of, events)
    if ahead.get("ends"):
        return form(visit, of, "sure.html", fields, page=page, pairs=[*visit.typed.pairs(), (SURE, "yes")], **ahead)
    between = keep(visit, name, events, faults)
    if faults or between is not None:
        return form(visit, visit.board.of(name), "telling.html", fields, faults=faults, between=between, **_about(page))
    return visit.go(day_path(name, of.today))


@router.get("/what-if")
def suppose(visit: Visitor, name: str) -> Response:
    """The form of results, of which nothing is ever kept."""
    visit.require("read")
    return _supposing(visit, visit.board.of(name))


@router.post("/what-if")
def supposing(visit: Visitor, name: str) -> Response:
    """What would be to do with those results."""
    visit.require("read")
    of, faults = visit.board.of(name), Faults()
    fields = known_fields(of, RESULTS)
    events = _events(visit, of, fields, faults)
    _surprising(visit, of, fields, faults)
    return _supposing(visit, of, faults=faults, **(NOTHING if faults else previewed(visit, of, events)))


def _supposing(visit: Visit, of: Standing, **said: Any) -> Response:
    about = {"page": "what-if", "title": text("what_if.title"), "save": text("what_if.do")}
    return form(visit, of, "telling.html", known_fields(of, RESULTS), **{**NOTHING, **about, **said})


@router.post("/{page}/preview")
def preview(visit: Visitor, name: str, page: str) -> Response:
    """What would be to do with what is typed so far; nothing is kept."""
    visit.require("read")
    if page not in PAGES:
        raise HTTPException(404)
    of, faults = visit.board.of(name), Faults()
    fields = known_fields(of, page)
    events = _events(visit, of, fields, faults)
    _surprising(visit, of, fields, faults)
    return visit.show("preview.html", **(NOTHING if faults else previewed(visit, of, events)))


def previewed(visit: Visit, of: Standing, events: Sequence[Any]) -> dict[str, Any]:
    """The verdict if those events were told; nothing while they cannot be understood."""
    source, _ = forms.sheet(list(events))
    try:
        decision = supposed(visit.clinic, of.patient.course, source, of.today) if events else None
    except BadInput:
        decision = None
    return NOTHING if decision is None else ahead(of, decision)


def ahead(of: Standing, decision: Decision) -> dict[str, Any]:
    """A verdict that is only supposed, in words: whether it is another one, and whether it ends treatment."""
    words = Words(decision)
    looks = [(verdict.look(one), one.dose and one.dose.mg) for one in (of.decision, decision)]
    return {
        "decision": decision,
        "look": looks[1][0],
        "name_of_it": words.spoken()["title"],
        "reason": verdict.reason(decision, words),
        "same": looks[0] == looks[1],
        "ends": decision.verdict == STOP != of.decision.verdict,
    }


def _of(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[2]


def _page(visit: Visit, of: Standing, page: str) -> Response:
    return form(visit, of, "telling.html", mine(visit, of, page), **_about(page))


def _about(page: str) -> dict[str, Any]:
    return {**NOTHING, "page": page, "title": text(f"{page}.title"), "save": text(f"{page}.save")}


def mine(visit: Visit, of: Standing, page: str) -> list[Input]:
    """The fields of a page that are this person's to tell; raises NotAllowed if none is."""
    fields = known_fields(of, page)
    told = [one for one in fields if visit.may(one.name.partition(".")[0])]
    if not told:
        visit.require(fields[0].name.partition(".")[0])
    return told


def known_fields(of: Standing, page: str) -> list[Input]:
    """The fields of a page, each with the last value."""
    protocol = of.decision.protocol
    asked: Mapping[str, Any] = protocol.words["forms"][page]  # type: ignore[index]
    parts = [*((kind, names) for kind, names in asked.items() if kind != MORE), *asked.get(MORE, {}).items()]
    fields = [one for kind, names in parts for one in forms.inputs(protocol, kind, names)]
    return [_known(of, one) for one in fields]


def _known(of: Standing, one: Input) -> Input:
    """A field with the last that was told of it, and the unit it was told in."""
    kind, _, name = one.name.partition(".")
    found = _last(of, kind, name)
    if found is None:
        return replace(one, required=False)
    said = found.content.plain().get(name)
    value, limit = (said.get("value"), said.get("uln", "")) if isinstance(said, dict) else (said, "")
    unit = str(value).partition(" ")[2] if one.units else ""
    number, _, measured_in = str(limit).partition(" ")
    shown = forms.measured(said) if one.units else forms.optioned(of.decision.protocol, str(value))
    previous = text("form.previous", said=shown, on=day(found.day))
    return replace(one, previous=previous, usual=(unit, number if measured_in == unit else ""), required=False)


def _last(of: Standing, kind: str, name: str) -> Event | None:
    told = history(of.decision.course, of.today)
    return next((event for event in reversed(told) if event.kind == kind and name in event.fields), None)


def _events(visit: Visit, of: Standing, fields: Sequence[Input], faults: Faults) -> list[Any]:
    """What was typed, an event for each kind of which something was."""
    at = forms.moment(visit.typed, of.today, visit.clinic.here(of.decision.course).tzinfo, faults)
    kinds = dict.fromkeys(one.name.partition(".")[0] for one in fields)
    made = {kind: forms.said([one for one in fields if one.name.startswith(f"{kind}.")], visit.typed) for kind in kinds}
    events = [{"at": at, kind: said} for kind, said in made.items() if said]
    if not events:
        faults.add(None, text("faults.nothing"))
    return events


def _surprising(visit: Visit, of: Standing, fields: Sequence[Input], faults: Faults) -> list[Input]:
    """The fields, and a fault for each value or limit far from the last one that was not typed twice.

    An upper limit that was left as it stood is one of the unit it stood in, and of no other.
    """
    for one in fields:
        unit = visit.typed[one.unit] or (one.units[0][0] if one.units else "")
        left = one.limited and visit.typed[one.name] and one.usual[1] == visit.typed[one.uln] != ""
        if left and unit not in (ULN, one.usual[0]):
            faults.add(one.uln, text("faults.limit", unit=forms.spoken(unit)))
    return [_asked_again(visit, of, one, faults) for one in fields]


def _asked_again(visit: Visit, of: Standing, one: Input, faults: Faults) -> Input:
    typed = visit.typed
    pairs = zip(_before(of, one), _exact(of, one, visit), strict=True)
    if not any(before and now is not None and not before / JUMP < now < before * JUMP for before, now in pairs):
        return one
    if typed[one.once_more] != typed[one.name]:
        faults.add(one.name, text("faults.again", said=typed[one.name], before=one.previous))
    return replace(one, repeat=True)


def _before(of: Standing, one: Input) -> tuple[Fraction | None, Fraction | None]:
    """The last value, and the upper limit of normal it was told with."""
    kind, _, name = one.name.partition(".")
    found = _last(of, kind, name)
    value = None if found is None else found.fields[name]
    said = None if found is None else found.content.plain().get(name)
    limit = _measured(of, one, said.get("uln")) if isinstance(said, dict) else None
    return (value if isinstance(value, Fraction) else None), limit


def _exact(of: Standing, one: Input, visit: Visit) -> tuple[Fraction | None, Fraction | None]:
    """The typed value as the record would understand it, and its upper limit of normal; None for what it cannot."""
    said = forms.value(one, visit.typed)
    if one.kind != "number" or said is None:
        return None, None
    if not isinstance(said, dict):
        return _measured(of, one, said.said), None
    value, limit = (_measured(of, one, said[part].said) if part in said else None for part in ("value", "uln"))
    return (value / limit if value is not None and limit else None), limit


def _measured(of: Standing, one: Input, said: str | None) -> Fraction | None:
    kind, _, name = one.name.partition(".")
    field = of.decision.protocol.vocabulary.fields(kind)[name]
    known = field.multiple if said is not None and said.endswith(f" {ULN}") else field.measure
    try:
        return None if said is None or known is None else take(said, known, name).value
    except Fault:
        return None
