"""The plan of a course: every slot ahead, and what a change of plan would make of it before it is signed."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing, supposed
from oncourse.decide import Decision
from oncourse.explain import calendar_date
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.drawings import drawn
from oncourse.faces.web.forms import Faults, Leaf, sheet
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import day_path, form, keep, seen
from oncourse.faces.web.telling import known_fields
from oncourse.faces.web.typed import dated
from oncourse.plan import plan
from oncourse.problem import BadInput
from oncourse.quantity import show

router = APIRouter(prefix="/patients/{name}/plan")
FIELD = "replanned.transplant"


@router.get("")
def ask(visit: Visitor, name: str) -> Response:
    """The plan as it is."""
    visit.require("read")
    return _page(visit, visit.board.of(name))


@router.post("")
def replan(visit: Visitor, name: str) -> Response:
    """Show the calendar that a change leads to; once it was seen, keep it."""
    visit.require("replanned")
    of, faults = visit.board.of(name), Faults()
    if visit.typed.again:
        return _page(visit, of)
    chosen = visit.typed[FIELD]
    if not chosen:
        faults.add(FIELD, text("plan.choose"))
        return _page(visit, of, faults=faults)
    events = [{"at": str(of.today), "replanned": {"transplant": Leaf(FIELD, chosen)}}]
    if chosen != of.decision.moment.value("transplant") and visit.typed["seen"] != seen(visit, FIELD):
        return _page(visit, of, ahead=_supposed(visit, of, events, of.today))
    between = keep(visit, name, events, faults)
    if faults or between is not None:
        return _page(visit, visit.board.of(name), faults=faults, between=between)
    return visit.go(day_path(name, of.today))


@router.post("/on")
def moved(visit: Visitor, name: str) -> Response:
    """What the calendar would be if the next dose were given on another day; nothing is kept."""
    visit.require("read")
    of, faults = visit.board.of(name), Faults()
    on, earliest, dose = dated(visit.typed["on"]), of.decision.slot["earliest"], of.decision.dose
    if on is None:
        faults.add("on", text("faults.date"))
    elif isinstance(earliest, date) and on < max(earliest, of.today):
        faults.add("on", text("plan.too_early", earliest=calendar_date(max(earliest, of.today))))
    elif dose is None:
        faults.add("on", text("plan.no_dose"))
    if faults or on is None or dose is None:
        return _page(visit, of, faults=faults)
    return _page(visit, of, ahead=_supposed(visit, of, [{"at": str(on), "given": {"dose": f"{show(dose.mg)} mg"}}], on))


def _supposed(visit: Visit, of: Standing, events: list[Any], at: date) -> Decision | None:
    try:
        return supposed(visit.clinic, of.patient.course, sheet(events)[0], at)
    except BadInput:
        return None


def _page(visit: Visit, of: Standing, ahead: Decision | None = None, **said: Any) -> Response:
    (transplant,) = known_fields(of, "plan")
    known = of.decision.moment.value("transplant")
    return form(
        visit,
        of,
        "plan.html",
        [transplant],
        transplant=transplant,
        chosen=visit.typed[FIELD] or (known if isinstance(known, str) else ""),
        seen=seen(visit, FIELD),
        plan=plan(of.decision),
        words=of.decision.protocol.words,
        timeline=drawn(of.decision, text("plan.now")),
        ahead=None if ahead is None else plan(ahead),
        after=None if ahead is None else drawn(ahead, text("plan.after")),
        signs_it=FIELD in visit.typed,
        **said,
    )
