"""The day of one patient: the verdict is the page, and one button does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing, since_the_last_dose
from oncourse.checklist import looked_at
from oncourse.clinic import Conflict
from oncourse.course import history
from oncourse.decide import decide
from oncourse.explain import Words, calendar_date
from oncourse.faces.web import telling, verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.drawings import charts, drawn
from oncourse.faces.web.forms import Faults, Leaf
from oncourse.faces.web.hand import PAGES as STEPS
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import day_path, form, keep, page_path, unspoken
from oncourse.faces.web.telling import known_fields
from oncourse.faces.web.typed import dated
from oncourse.quantity import show

router = APIRouter(prefix="/patients/{name}")
RECORD = (
    "results",
    "measure",
    "toxicity",
    "response",
    "plan",
    "what-if",
    "course",
)  # what else may be told or looked at
ABOUT = {"who": "identify", "amend": "amend"}  # what is put right of a patient and a course, and whose act that is
ENROLMENT, OTHERWISE = "enrolment", "otherwise"
PAGES = {  # where each kind of event is told
    "labs": "results",
    "pregnancy_test": "results",
    "measured": "measure",
    "toxicity": "toxicity",
    "vod": "toxicity",
    "response": "response",
    "attested": "response",
    "replanned": "plan",
    "enrolled": ENROLMENT,
}
MARKS = {"met": "give", "outside": "hold", "allowed": "give", "needed": "need", "unasked": "wait"}


@router.get("")
def patient(visit: Visitor, name: str) -> Response:
    """Today's page of a patient."""
    visit.require("read")
    return visit.go(day_path(name, visit.board.of(name).today))


@router.get("/days/{on}")
def day(visit: Visitor, name: str, on: date) -> Response:
    """The decision of a day: today's with what to do, an earlier one as it was."""
    visit.require("read")
    of = visit.board.of(name)
    if not _begun(of) <= on <= of.today:
        return visit.go(day_path(name, of.today))
    return shown(visit, of if on == of.today else _then(of, on))


def _begun(of: Standing) -> date:
    """The first day of which anything is known."""
    return min((event.day for event in history(of.decision.course)), default=of.today)


def _then(of: Standing, on: date) -> Standing:
    """Where the patient stood that day, by what happened until then."""
    course = of.decision.course
    since = since_the_last_dose(history(course, on))
    return replace(of, decision=decide(of.decision.protocol, course, on), since=since)


def shown(visit: Visit, of: Standing, faults: Faults | None = None, between: Conflict | None = None) -> Response:
    """The page of a day."""
    decision, words = of.decision, Words(of.decision)
    cites, readings = verdict.sources(decision)
    return form(
        visit,
        of,
        "day.html",
        faults=faults,
        between=between,
        decision=decision,
        words=words,
        look=verdict.look(decision),
        title=words.spoken()["title"],
        reason=verdict.reason(decision, words),
        following=list(verdict.following(decision, words)),
        cites=cites,
        readings=readings,
        deciding=verdict.deciding(decision, words),
        beside=verdict.beside(decision, words),
        changed=verdict.changed(decision, words),
        overrides=words.overrides(unspoken(visit, of)),
        checks=looked_at(decision),
        marks=MARKS,
        timeline=drawn(decision, text("timeline.title"), near=True),
        charts=list(charts(of)),
        current=of.today == visit.clinic.here(decision.course).date(),
        held=_reason(decision, words),
        recheck=of.today + timedelta(days=1),
        asks=_asks(of, words),
        step=None if of.stage is None else STEPS[of.stage.step],
        told_hidden=_hidden(visit, of),
        record=[page for page in (*RECORD, *ABOUT) if _theirs(visit, of, page)],
    )


def _hidden(visit: Visit, of: Standing) -> bool:
    """Whether the dose of today's order is still to be worked out by the second person, who has not seen it."""
    ordered = of.ordered
    return ordered is not None and of.stage is not None and ordered.id in of.stage.checks.hidden(visit.actor.account)


def _theirs(visit: Visit, of: Standing, page: str) -> bool:
    """Whether somebody may tell anything on a page; what only shows is everybody's."""
    if page in ABOUT:
        return visit.may(ABOUT[page])
    fields = known_fields(of, page) if page in telling.PAGES else ()
    return not fields or any(visit.may(one.name.partition(".")[0]) for one in fields)


def _asks(of: Standing, words: Words) -> Mapping[str, str] | None:
    """Where the first fact that is needed is entered, and its name within a sentence."""
    if not of.decision.needs:
        return None
    fact = next(found for found in of.decision.findings if found.act == "need").lacks[0]
    name = str(words.words["names"][fact])
    page = _page(of, fact)
    if page == RECORD[0] and len(of.decision.needs) > 1:
        name = text("day.results_needed")
    within = name if name[1:2].isupper() else name[:1].lower() + name[1:]
    return {"path": page_path(of.patient.course, page), "name": within}


def _page(of: Standing, fact: str) -> str:
    """The page on which a fact is entered: that of the kind of event it comes from."""
    known = next((one for one in of.decision.protocol.facts if one.name == fact), None)
    if known is None:
        return ENROLMENT
    kinds = {kind for kind, _ in known.sources}
    return next((page for kind, page in PAGES.items() if kind in kinds), OTHERWISE)


def _reason(decision: Any, words: Words) -> str:
    """Under which reason the hold of today is recorded."""
    found = next((found.clause for found in decision.findings if found.act == "hold"), "")
    return str(words.words["held"].get(found, ""))


def _order(of: Standing, visit: Visit, faults: Faults) -> Mapping[str, Any]:
    dose, slot = of.decision.dose, of.decision.slot
    if of.decision.verdict != "give" or dose is None or visit.typed["mg"] != show(dose.mg):
        faults.add(None, text("day.other_verdict"))
        return {}
    return {"dose": f"{show(dose.mg)} mg", "cycle": str(slot["cycle"]), "day": str(slot["day"])}


def _hold(of: Standing, visit: Visit, faults: Faults) -> Mapping[str, Any]:
    recheck = dated(visit.typed["recheck"])
    if recheck is None:
        faults.add("recheck", text("faults.date"))
    elif recheck <= of.today:
        faults.add("recheck", text("day.recheck_later"))
    elif isinstance(gone := of.decision.slot["omit_on"], date) and recheck >= gone:
        faults.add("recheck", text("day.recheck_gone", on=calendar_date(gone)))
    reason = {"reason": Leaf("reason", visit.typed["reason"])} if visit.typed["reason"] else {}
    return reason | {"recheck": Leaf("recheck", str(recheck))}


def _judge(of: Standing, visit: Visit, faults: Faults) -> Mapping[str, Any]:
    choices = of.decision.choices
    if choices is None or choices.clause != visit.typed["clause"]:
        faults.add(None, text("day.other_verdict"))
        return {}
    if not visit.typed["choice"]:
        faults.add("choice", text("day.choose"))
    why = {"why": Leaf("why", visit.typed["why"])} if visit.typed["why"] else {}
    return {"clause": choices.clause, "choice": Leaf("choice", visit.typed["choice"]), **why}


ACTS: Mapping[str, tuple[str, Callable[[Standing, Visit, Faults], Mapping[str, Any]]]] = {
    "order": ("ordered", _order),
    "hold": ("held", _hold),
    "judge": ("judged", _judge),
}


@router.post("/acts/{act}")
def signed(visit: Visitor, name: str, act: str) -> Response:
    """Sign what the verdict proposes: an order, a hold, an answer to its question."""
    of, faults = visit.board.of(name), Faults()
    if act not in ACTS:
        return visit.go(day_path(name, of.today))
    kind, made = ACTS[act]
    visit.require(kind)
    if visit.typed.again:
        return shown(visit, of)
    told = made(of, visit, faults)
    between = keep(visit, name, [{"at": str(of.today), kind: told}], faults)
    if faults or between is not None:
        return shown(visit, visit.board.of(name), faults, between)
    return visit.go(day_path(name, of.today))
