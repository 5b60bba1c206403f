"""A reaction to the infusion: its grade, its symptoms, what was done; from grade to grade what may come next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.decide import Decision
from oncourse.explain import Words
from oncourse.faces.web import verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.bed import REACTION, bed, since, unmeasured
from oncourse.faces.web.bedside import END_PAGE, pausing
from oncourse.faces.web.forms import NO, YES, Faults, Input, Leaf, blank
from oncourse.faces.web.hand import Hand, at_step, hand, step_path, told
from oncourse.faces.web.observing import symptoms
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import page_path
from oncourse.faces.web.telling import STOP, SURE, previewed
from oncourse.prepare import wall
from oncourse.stage import PAUSED, WATCH

router = APIRouter(prefix="/patients/{name}")
GRADES = ("1", "2", "3", "4")


@router.get("/reaction")
def ask(visit: Visitor, name: str) -> Response:
    """What the reaction is; the infusion stands still already."""
    visit.require("read")
    of = at_step(visit, name, PAUSED, WATCH)
    return of if isinstance(of, Response) else _page(visit, of)


@router.post("/reaction")
def react(visit: Visitor, name: str) -> Response:
    """Keep it, which tells the doctor; what ends treatment is asked once more, then how much went in."""
    visit.require(REACTION)
    of, faults, typed = at_step(visit, name, PAUSED, WATCH), Faults(), visit.typed
    if isinstance(of, Response):
        return of
    if typed.again:
        return _page(visit, of)
    blank(_fields(of), typed, faults)
    event = _reaction(of, visit)
    stop = None if faults else _ends(visit, of, event)
    return _kept(visit, of, event, faults) if stop is None or typed[SURE] == YES else _sure(visit, of, stop)


def _kept(visit: Visit, of: Hand, event: Mapping[str, Any], faults: Faults) -> Response:
    name = of.of.patient.course
    between = told(visit, of, [event], faults)
    now = hand(visit, name)
    if faults or between is not None:
        return _page(visit, now or of, faults=faults, between=between)
    if now is not None and unmeasured(now):
        return visit.go(page_path(name, END_PAGE))
    return visit.go(
        visit.request.url.path if now is not None and now.stage.step == PAUSED else step_path(visit, now, name)
    )


def _fields(of: Hand) -> list[Input]:
    answers = ((YES, text("yes")), (NO, text("no")))
    grades = tuple((grade, text(f"reaction.grade_{grade}")) for grade in GRADES)
    asked = [Input(one, label, "choice", answers, required=True) for one, label in symptoms(of.sheet.decision.protocol)]
    treatment = Input("treatment", text("reaction.treatment"), "text", hint=text("form.optional"))
    return [Input("grade", text("reaction.grade"), "choice", grades, required=True), *asked, treatment]


def _reaction(of: Hand, visit: Visit) -> Mapping[str, Any]:
    typed = visit.typed
    asked = {one: Leaf(one, typed[one]) for one, _ in symptoms(of.sheet.decision.protocol) if typed[one]}
    treatment = {"treatment": Leaf("treatment", typed["treatment"])} if typed["treatment"] else {}
    return {REACTION: {"grade": Leaf("grade", typed["grade"]), "symptoms": asked, **treatment}}


def _ends(visit: Visit, of: Hand, event: Mapping[str, Any]) -> Decision | None:
    """The verdict with it, if it gives a reason to stop for good that there was not before."""
    ahead: Decision | None = previewed(visit, of.of, [{"at": of.now.isoformat(), **event}])["decision"]
    before = {found.clause for found in of.of.decision.findings if found.act == STOP}
    new = ahead is not None and any(one.act == STOP and one.clause not in before for one in ahead.findings)
    return ahead if new else None


def _sure(visit: Visit, of: Hand, stop: Decision) -> Response:
    """Once more, before it is kept."""
    return bed(
        visit,
        of,
        "reaction_sure.html",
        title=text("sure.title"),
        reason=verdict.reason(stop, Words(stop)),
        pairs=[pair for pair in visit.typed.pairs() if pair[0] != SURE],
    )


def reactions(of: Hand) -> list[tuple[str, str | None]]:
    """What was told of reactions to this dose, each with the id of its event."""
    begun = of.sheet.bedside.started or of.sheet.bedside.finished
    return [
        (text(f"reaction.told_{event.fields['grade']}", at=wall(of.sheet, event.instant)), event.id)
        for event in since(of, REACTION, begun)
        if event.instant is not None and str(event.fields["grade"]) in GRADES
    ]


def _page(visit: Visit, of: Hand, **said: Any) -> Response:
    before = reactions(of)
    return bed(
        visit,
        of,
        "reaction.html",
        _fields(of),
        title=text("reaction.title"),
        paused=of.stage.step == PAUSED,
        before=before,
        quiet=not before,
        **(pausing(of) if of.stage.step == PAUSED else {}),
        **said,
    )
