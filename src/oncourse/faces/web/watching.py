"""The watch after the infusion: until when, what is seen, what the patient knows, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.clocks import span
from oncourse.course import history
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.bed import bed, unmeasured
from oncourse.faces.web.bedside import LATEST, UNDO, finished_last
from oncourse.faces.web.forms import Faults, Leaf
from oncourse.faces.web.hand import Hand, at_step, hand, step_path, told
from oncourse.faces.web.observing import dots, seen, symptoms
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.reaction import reactions
from oncourse.faces.web.signing import asked, doctor, overrode
from oncourse.prepare import wall
from oncourse.stage import WATCH

router = APIRouter(prefix="/patients/{name}")
OBSERVATION, ENDED, COUNSELLED = "observation", "watch_ended", "counselled"
TOPICS = ("line", "signs", "phone", "visit")  # what is done and said before somebody goes home


@router.get("/watch")
def ask(visit: Visitor, name: str) -> Response:
    """How long the watch lasts still, and what has been seen."""
    visit.require("read")
    of = at_step(visit, name, WATCH)
    return of if isinstance(of, Response) else _page(visit, of)


@router.post("/watch/list")
def tick(visit: Visitor, name: str) -> Response:
    """Keep what was ticked."""
    visit.require(COUNSELLED)
    of, faults = at_step(visit, name, WATCH), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    topics = [Leaf("topics", one) for one in visit.typed.all("topics") if one in TOPICS]
    if not topics:
        faults.add("topics", text("watch.tick"))
    return _kept(visit, of, [{COUNSELLED: {"topics": topics}}], faults)


@router.post("/watch/end")
def end(visit: Visitor, name: str) -> Response:
    """End the watch, once its time is over."""
    visit.require(ENDED)
    of, faults = at_step(visit, name, WATCH), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    if _locked(of):
        faults.add(None, text("watch.too_early", at=_until(of)))
    if unmeasured(of):
        faults.add(None, text("watch.volume_first"))
    return _kept(visit, of, [{ENDED: {}}], faults)


@router.post("/watch/early")
def early(visit: Visitor, name: str) -> Response:
    """End it before its time, which only a haematologist signs."""
    visit.require(ENDED)
    of, faults = at_step(visit, name, WATCH), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    if unmeasured(of):
        faults.add(None, text("watch.volume_first"))
    actor = doctor(visit, faults)
    return _kept(visit, of, [overrode(visit, OBSERVATION, actor), {ENDED: {}}], faults, actor=actor)


def _kept(visit: Visit, of: Hand, events: list[Mapping[str, Any]], faults: Faults, **more: Any) -> Response:
    name = of.of.patient.course
    between = told(visit, of, events, faults, **more)
    now = hand(visit, name)
    if faults or between is not None:
        return _page(visit, now or of, faults=faults, between=between)
    return visit.go(step_path(visit, now, name))


def _until(of: Hand) -> str:
    state, rules = of.sheet.bedside, of.sheet.decision.protocol.preparation
    assert state.finished is not None
    return wall(of.sheet, state.finished + span(rules, OBSERVATION))


def _locked(of: Hand) -> bool:
    """Whether the time of the watch is not over yet."""
    return of.stage.by is not None and of.now < of.stage.by


def _page(visit: Visit, of: Hand, **said: Any) -> Response:
    state = of.sheet.bedside
    assert state.finished is not None
    undone = bool(finished_last(visit, of, LATEST)) and of.now < state.finished + UNDO
    told_of = history(of.sheet.decision.course, of.now)
    counselled = [event for event in told_of if event.kind == COUNSELLED and event.day == of.of.today]
    known = {topic for event in counselled for topic in event.fields.get("topics", ())}
    return bed(
        visit,
        of,
        "watch.html",
        title=text("watch.title"),
        symptoms=symptoms(of.sheet.decision.protocol),
        seen=seen(of, state.finished),
        dots=list(dots(of)),
        topics=[(one, text(f"options.{one}"), one in known) for one in TOPICS],
        until=_until(of),
        unlocks=of.stage.by,
        locked=_locked(of),
        undo=state.finished + UNDO if undone else None,
        stopped_for_good=state.for_good,
        before=reactions(of),
        unmeasured=unmeasured(of),
        **asked(of.sheet.decision.protocol),
        **said,
    )
