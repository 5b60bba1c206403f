"""Before the infusion starts: both scans, premedication, observations, the pump, the second nurse; then the start."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing
from oncourse.clocks import refused, span
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.bed import INFUSION, OBSERVED, bag_ml, bed, rate
from oncourse.faces.web.bedside import SECOND
from oncourse.faces.web.forms import Faults, Input, Leaf, blank, inputs
from oncourse.faces.web.hand import PAGES, Hand, another, at_step, halt, hand, meant, moment, slip, step_path, told
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import NAMES, page_path
from oncourse.faces.web.ready import PATIENT, PREMEDICATED, RATE, Row, numbers, ready, so_far, waits, why_locked
from oncourse.faces.web.scanned import number
from oncourse.faces.web.signing import asked, doctor, overrode
from oncourse.faces.web.timers import START as START_BY
from oncourse.faces.web.typed import Typed
from oncourse.prepare import LETTERS
from oncourse.problem import Fault
from oncourse.quantity import decimal
from oncourse.quantity import show as shown
from oncourse.record.checks import BAG, PUMP, WAIVED
from oncourse.stage import START

router = APIRouter(prefix="/patients/{name}")
CHECKED = "checked"
OWN = "own_rate"  # as the second nurse reads it
VITALS = {
    "temperature": ("°C", "°F"),
    "pulse": ("per min",),
    "blood_pressure": (),
    "oxygen_saturation": ("%",),
}  # and their units
MMHG = "mmHg"
WORKSHEET = re.compile(rf"W-[{LETTERS}]{{4}}-[{LETTERS}]{{4}}-[0-9]+")


@router.get("/start")
def ask(visit: Visitor, name: str) -> Response:
    """What is ready, and what to do next."""
    visit.require("read")
    of = at_step(visit, name, START)
    return of if isinstance(of, Response) else _page(visit, of)


@router.post("/start/scan")
def scan(visit: Visitor, name: str) -> Response:
    """A wristband or a bag, whichever it is; once both were scanned they are kept together."""
    visit.require(INFUSION)
    of, faults, said = at_step(visit, name, START), Faults(), number(visit.typed["scan"])
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    if not said:
        faults.add("scan", text("start.scan_empty"))
        return _page(visit, of, faults=faults)
    known = _recognised(of.of, of.sheet.number, said)
    if known is None:
        return _wrong(visit, of, said)
    visit = replace(visit, typed=Typed({**visit.typed.fields, "scan": [""], known[0]: [known[1]]}))
    point = of.point(BAG)
    if not _both(visit, of) or (point is not None and point.state != "differing"):
        return _page(visit, of)
    values = {PATIENT: Leaf("scan", visit.typed[PATIENT]), BAG: Leaf("scan", visit.typed[BAG])}
    return _kept(visit, of, [{CHECKED: {"point": BAG, **values}}], faults)


@router.post("/start/premedication")
def premedicate(visit: Visitor, name: str) -> Response:
    """When each drug was given; what is still missing is named afterwards."""
    visit.require(PREMEDICATED)
    of, faults = at_step(visit, name, START), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    drugs = [one for one in _premedication(of) if visit.typed[one.name]]
    if not drugs:
        faults.add(_premedication(of)[0].name, text("start.premedication_empty"))
    given = {one.name.rpartition(".")[2]: _given(visit, of, one.name, faults) for one in drugs}
    return _kept(visit, of, [{PREMEDICATED: given}], faults)


def _given(visit: Visit, of: Hand, name: str, faults: Faults) -> Leaf:
    """When a drug was given, as it was typed; with its day if that was the evening before."""
    dated, at = moment(visit, of, faults, name), meant(of.now, visit.typed[name])
    before = at is not None and at.astimezone(of.now.tzinfo).date() < of.now.date()
    return dated if before else Leaf(name, visit.typed[name])


@router.post("/start/observations")
def observe(visit: Visitor, name: str) -> Response:
    """How the patient is before the start."""
    visit.require(OBSERVED)
    of, faults = at_step(visit, name, START), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    blank(_vitals(), visit.typed, faults)
    vitals = {one.name.rpartition(".")[2]: Leaf(one.name, _vital(visit, one)) for one in _vitals()}
    return _kept(visit, of, [{OBSERVED: {"vitals": vitals}}], faults)


@router.post("/start/pump")
def pump(visit: Visitor, name: str) -> Response:
    """The rate as the pump shows it."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, START), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    if (stopped := _rate(visit, of, faults, RATE, "start.rate_other")) is not None:
        return stopped
    return _kept(visit, of, [{CHECKED: {"point": PUMP, RATE: _said_rate(visit, RATE)}}], faults)


@router.post("/start/second")
def second(visit: Visitor, name: str) -> Response:
    """Another nurse's own scans and reading; the first ones are not shown before."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, START), Faults()
    if isinstance(of, Response):
        return of
    points = waits(of)
    if visit.typed.again or not points:
        return _page(visit, of)
    if any(point.name == BAG for point in points) and not _both(visit, of):
        faults.add("scan", text("start.scan_both"))
    if any(point.name == PUMP for point in points):
        stopped = _rate(visit, of, faults, OWN, "start.rate_differs")
        if stopped is not None:
            return stopped
    firsts = [point.told_by for point in points]
    here = visit.actor.account
    actor = another(visit, here if here in firsts else firsts[0], INFUSION, faults)
    if actor is not None and actor.account in firsts:
        faults.add("second", text("hand.second_same"))
    own: Mapping[str, Mapping[str, Any]] = {
        BAG: {one: Leaf("scan", visit.typed[one]) for one in (PATIENT, BAG)},
        PUMP: {RATE: _said_rate(visit, OWN)},
    }
    events = [{CHECKED: {"point": point.name, "first": point.first.id, **own[point.name]}} for point in points]
    return _kept(visit, of, events, faults, actor=actor)


@router.post("/start/otherwise")
def otherwise(visit: Visitor, name: str) -> Response:
    """A haematologist signs for what is missing, or late."""
    visit.require(INFUSION)
    of, faults, clause = at_step(visit, name, START), Faults(), visit.typed["clause"]
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    if clause not in dict(_clauses(of)):
        faults.add("clause", text("start.choose_clause"))
    actor = doctor(visit, faults)
    return _kept(visit, of, [overrode(visit, clause, actor)], faults, actor=actor)


@router.post("/start/begin")
def begin(visit: Visitor, name: str) -> Response:
    """Start the infusion at this moment."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, START), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    for said in why_locked(visit, of):
        faults.add(None, said)
    whole, point, set_to = bag_ml(of), of.point(PUMP), rate(of)
    shows = "" if point is None else point.values.get(RATE, "")
    runs = shows if set_to is None else f"{shown(set_to)} mL/h"
    volume = {} if whole is None else {"volume": f"{shown(whole)} mL"}
    return _kept(visit, of, [{INFUSION: {"state": "started", RATE: runs, **volume}}], faults)


def _kept(visit: Visit, of: Hand, events: Sequence[Mapping[str, Any]], faults: Faults, **more: Any) -> Response:
    name = of.of.patient.course
    between = told(visit, of, events, faults, **more)
    if faults or between is not None:
        now = at_step(visit, name, START)
        return now if isinstance(now, Response) else _page(visit, now, faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


# Scans


def _recognised(of: Standing, worksheet: str, said: str) -> tuple[str, str] | None:
    """Which of the two was scanned, and its number as it is on record; None for what belongs to neither."""
    if said.upper() == worksheet:
        return BAG, worksheet
    plain = _plain(said)
    return next(((PATIENT, known) for known in numbers(of) if _plain(known) == plain), None)


def _plain(said: str) -> str:
    return "".join(said.split()).casefold()


def _both(visit: Visit, of: Hand) -> bool:
    """Whether both were scanned, and are those of this patient and this bag."""
    return {PATIENT, BAG} <= so_far(visit, of).keys()


def _wrong(visit: Visit, of: Hand, said: str) -> Response:
    """What was scanned is another bag, or another patient: nothing goes on from here."""
    if WORKSHEET.fullmatch(said.upper()):
        says = text("halt.scanned", said=said), text("halt.expected", expected=of.sheet.number)
        return halt(visit, of, text("halt.bag"), *says, back=_back(of))
    others = (one for one in visit.board if one.patient.course != of.of.patient.course)
    found = next((one for one in others if any(_plain(known) == _plain(said) for known in numbers(one))), None)
    whose = text("halt.nobody") if found is None or not visit.may(NAMES) else _name(found)
    expected = f"{_name(of.of)}, {', '.join(numbers(of.of))}"
    says = text("halt.scanned_of", said=said, whose=whose), text("halt.expected", expected=expected)
    return halt(visit, of, text("halt.patient"), *says, back=_back(of))


def _back(of: Hand) -> str:
    return page_path(of.of.patient.course, PAGES[START])


def _name(of: Standing) -> str:
    return str(of.patient.shown.get("name") or of.patient.course)


# The pump


def _rate(visit: Visit, of: Hand, faults: Faults, field: str, other: str) -> Response | None:
    """Note what is wrong with the rate that was typed; the page that stops whoever is ten times off."""
    said, right = visit.typed[field], rate(of)
    if slip(said, right):
        back = _back(of)
        return halt(visit, of, text("halt.slip"), text("halt.slipped", said=f"{said} {text('units.mL/h')}"), back=back)
    try:
        typed: Fraction | None = decimal(said, text("start.rate"))
    except Fault:
        typed = None
    if typed is None:
        faults.add(field, text("start.rate_empty"))
    elif right is not None and typed != right:
        faults.add(field, text(other))
    return None


def _said_rate(visit: Visit, field: str) -> Leaf:
    return Leaf(field, f"{visit.typed[field]} mL/h")


# Fields


def _premedication(of: Hand) -> list[Input]:
    return inputs(of.sheet.decision.protocol, PREMEDICATED)


def _vitals() -> list[Input]:
    return [
        Input(
            f"vitals.{one}",
            text(f"start.{one}"),
            "number" if units else "text",
            units=tuple((unit, unit) for unit in units),
            required=True,
        )
        for one, units in VITALS.items()
    ]


def _vital(visit: Visit, one: Input) -> str:
    unit = visit.typed[one.unit] or (one.units[0][0] if one.units else MMHG)
    return f"{visit.typed[one.name]} {unit}"


def _clauses(of: Hand) -> list[tuple[str, str]]:
    """What a haematologist may sign for now."""
    rules = of.sheet.decision.protocol.preparation
    late = [refusal.clause for refusal in refused(of.sheet.bedside, rules, of.now)]
    alone = [] if of.stage.checks.waived is not None or not waits(of) else [WAIVED]
    return [(one, text(f"start.over_{one.replace('-', '_')}")) for one in dict.fromkeys((*late, *alone))]


def _page(visit: Visit, of: Hand, **said: Any) -> Response:
    rows = ready(visit, of)
    points = waits(of) if all(row.done for row in rows if row.id in (PATIENT, BAG, PUMP)) else []
    firsts = {point.told_by for point in points}
    fields = [Input("scan", text("start.scan"), "text"), *_premedication(of), *_vitals()]
    first, own = (
        Input(one, text(f"start.{one}"), "number", units=(("mL/h", text("units.mL/h")),)) for one in (RATE, OWN)
    )
    return bed(
        visit,
        of,
        "start.html",
        [*fields, first, own],
        title=text("start.title"),
        rows=rows,
        next=_next(visit, rows, said.get("faults")),
        premedication=_premedication(of),
        vitals=_vitals(),
        rate=first,
        own=own,
        set_to=rate(of),
        scans=so_far(visit, of),
        both=_both(visit, of),
        waiting=points,
        first_here=visit.actor.account in firsts,
        clauses=_clauses(of),
        locked=why_locked(visit, of),
        locks=_locks(of),
        **asked(of.sheet.decision.protocol),
        **said,
    )


def _locks(of: Hand) -> datetime | None:
    """The first second that is too late to start; None where that is not known, or was decided otherwise."""
    state, rules = of.sheet.bedside, of.sheet.decision.protocol.preparation
    return None if state.t0 is None or START_BY in state.overridden else state.t0 + span(rules, START_BY) + SECOND


FORM_OF = {PATIENT: "scan", BAG: "scan", PREMEDICATED: "premedication", OBSERVED: "observations", PUMP: "pump"}


def _next(visit: Visit, rows: Sequence[Row], faults: Faults | None) -> str:
    """The form to show first: the one that was sent with faults, else that of the first thing to do."""
    sent = visit.request.url.path.rpartition("/")[2]
    if faults and sent != "start":
        return sent
    return next((FORM_OF.get(row.id, row.id) for row in rows if not row.done), "")
