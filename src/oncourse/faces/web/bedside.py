"""The infusion at the bedside: finished, stopped for a reaction, paused, resumed, ended before its time, undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.body import half_up
from oncourse.clocks import refused, resume_by, runs_until, span
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.bed import (
    ENDED,
    INFUSION,
    afresh,
    anyway,
    bag_ml,
    bed,
    given,
    ordered_mg,
    since,
    unmeasured,
)
from oncourse.faces.web.forms import Faults, Input, Leaf, optioned
from oncourse.faces.web.hand import PAGES, Hand, at_step, hand, step_path, told
from oncourse.faces.web.observing import due, seen, symptoms
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import page_path
from oncourse.faces.web.unheard import not_theirs, too_late
from oncourse.prepare import on_site, wall
from oncourse.problem import Fault
from oncourse.quantity import decimal
from oncourse.quantity import show as shown
from oncourse.record.entry import Entry
from oncourse.stage import PAUSED, RUN, WATCH

router = APIRouter(prefix="/patients/{name}")
REACTION_PAGE, END_PAGE = "reaction", "infusion/end"
END = "end-by"
VOLUME = "volume"
UNDO = timedelta(seconds=10)  # so long a wrong touch can be taken back on the page
LATEST = timedelta(seconds=60)  # and so long what was sent in that time may need to arrive
SECOND = timedelta(seconds=1)
OVERRUN = timedelta(minutes=10)  # beyond its time, after which it is asked why
OVERRAN, HAS_ENDED = "overran", "ended"
LONGEST = timedelta(hours=1)  # so long a touch may wait until somebody has signed in


@router.get("/infusion")
def ask(visit: Visitor, name: str) -> Response:
    """The clocks, the three buttons, and what is seen of the patient."""
    visit.require("read")
    of = at_step(visit, name, RUN, PAUSED)
    return of if isinstance(of, Response) else _page(visit, of)


@router.post("/infusion/finish")
def finish(visit: Visitor, name: str) -> Response:
    """The bag is empty; pressed before its time, that is asked once."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, RUN), Faults()
    if isinstance(of, Response):
        return of
    early = _early(of)
    if visit.typed.again or (early and visit.typed["sure"] != "yes"):
        return _page(visit, of, early=early)
    events: list[Mapping[str, Any]] = [{INFUSION: {"state": "finished"}}]
    mg = ordered_mg(of)
    between = anyway(
        visit, of, [*events, *([] if mg is None or of.sheet.bedside.gave else [given(of, mg)])], faults, whatever=False
    )
    if faults or between is not None:
        return _page(visit, hand(visit, name) or of, faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


@router.post("/infusion/stop")
def stop(visit: Visitor, name: str) -> Response:
    """One touch: the infusion is stopped for a reaction, whatever others told meanwhile; what it was comes after.

    Whoever had to sign in anew first has touched it all the same; where it cannot be recorded, the page says so.
    """
    return _halted(visit, name, REACTION_PAGE)


@router.post("/infusion/pause")
def pause(visit: Visitor, name: str) -> Response:
    """The infusion stands still for another reason."""
    return _halted(visit, name, PAGES[PAUSED])


def _halted(visit: Visit, name: str, page: str) -> Response:
    if not visit.may(INFUSION):
        return not_theirs(visit, name)
    of, faults = hand(visit, name), Faults()
    if of is None or of.stage.step not in (RUN, PAUSED):
        return too_late(visit, of, name)
    paused = {INFUSION: {"state": "paused"}}
    if of.stage.step == RUN:
        anyway(visit, of, [{**_touched(visit, of), **paused}], Faults())
    if (now := hand(visit, name)) is not None and now.stage.step == RUN:
        # It was resumed since, or a day has begun: a stop must neither be taken for that of then, nor be refused.
        anyway(afresh(visit, now), now, [paused], faults)
    if faults:
        return _page(visit, hand(visit, name) or of, faults=faults)
    return visit.go(page_path(name, page))


def _touched(visit: Visit, of: Hand) -> Mapping[str, Any]:
    """When it was touched, if somebody had to sign in first, and it ran already."""
    at, since_then = visit.typed.sent, of.sheet.bedside.running_since
    if at is None or since_then is None or not since_then <= at <= of.now or of.now - at > LONGEST:
        return {}
    return {"at": on_site(of.sheet, at).isoformat()}


@router.post("/infusion/resume")
def resume(visit: Visitor, name: str) -> Response:
    """Let it go on, if it can still end in time."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, PAUSED), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    if why := why_not(of):
        faults.add(None, why)
    between = told(visit, of, [{INFUSION: {"state": "resumed"}}], faults)
    if faults or between is not None:
        return _page(visit, hand(visit, name) or of, faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


@router.post("/infusion/overran")
def overran(visit: Visitor, name: str) -> Response:
    """Why it runs longer than it should."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, RUN), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _page(visit, of)
    anyway(visit, of, [{INFUSION: {"state": OVERRAN, "cause": Leaf("cause", visit.typed["cause"])}}], faults)
    return _page(visit, of, faults=faults) if faults else visit.go(step_path(visit, hand(visit, name), name))


@router.get("/infusion/end")
def ask_end(visit: Visitor, name: str) -> Response:
    """How much went in of an infusion that does not go on, or has ended without anybody having said."""
    visit.require(INFUSION)
    of = _at_end(visit, name)
    return of if isinstance(of, Response) else _end(visit, of)


@router.post("/infusion/end")
def end(visit: Visitor, name: str) -> Response:
    """End it before its time; the dose is what went in."""
    visit.require(INFUSION)
    of, faults = _at_end(visit, name), Faults()
    if isinstance(of, Response):
        return of
    if visit.typed.again:
        return _end(visit, of)
    between = told(visit, of, abandoned(visit, of, faults), faults)
    if faults or between is not None:
        return _end(visit, hand(visit, name) or of, faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


def _at_end(visit: Visit, name: str) -> Hand | Response:
    of = at_step(visit, name, RUN, PAUSED, WATCH)
    if isinstance(of, Hand) and of.stage.step == WATCH and not unmeasured(of):
        return visit.go(step_path(visit, of, name))
    return of


@router.post("/infusion/undo")
def undo(visit: Visitor, name: str) -> Response:
    """Take back that it was finished, while nothing came after."""
    visit.require(INFUSION)
    of, faults = at_step(visit, name, WATCH), Faults()
    if isinstance(of, Response):
        return of
    last = finished_last(visit, of, LATEST)
    if last and not visit.typed.again:
        struck = [{"corrected": {"event": entry.said["id"]}} for entry in last]
        told(afresh(visit, of), of, struck, faults, why=text("undo.why"))
    return visit.go(step_path(visit, hand(visit, name), name))


def finished_last(visit: Visit, of: Hand, within: timedelta) -> list[Entry]:
    """The entries by which the infusion was finished just now; none if it is longer ago, or something came after."""
    entries = visit.clinic.entries(of.of.patient.course)
    last = [entry for entry in entries if entry.batch == entries[-1].batch]
    said = last[0].said.get(INFUSION, {})
    just = of.now - datetime.fromisoformat(last[-1].recorded) <= within
    return last if just and said.get("state") == "finished" else []


def abandoned(visit: Visit, of: Hand, faults: Faults) -> list[Mapping[str, Any]]:
    """The end of an infusion of which so many mL went in, as typed, and the mg in them, if any and not told before.

    Of an infusion that has ended it is told at the moment when it did.
    """
    said, whole, mg = visit.typed[VOLUME], bag_ml(of) or _typed(visit.typed["whole"]), ordered_mg(of)
    went_in = _typed(said)
    if whole is None or whole == 0:
        faults.add("whole", text("end.whole_needed"))
    elif went_in is None or went_in > whole:
        faults.add(VOLUME, text("end.too_much", whole=shown(whole)) if went_in is not None else text("end.needed"))
    if faults or whole is None or went_in is None:
        return []
    events: list[Mapping[str, Any]] = [{INFUSION: {"state": ENDED, VOLUME: Leaf(VOLUME, f"{said} mL")}}]
    if mg is not None and not of.sheet.bedside.gave:
        dose = half_up(mg * went_in / whole, of.sheet.decision.protocol.amounts.mg_step)
        events += [given(of, dose)] if dose > 0 else []
    finished = of.sheet.bedside.finished if of.stage.step == WATCH else None
    at = {} if finished is None else {"at": on_site(of.sheet, finished).isoformat()}
    return [{**at, **event} for event in events]


def _typed(said: str) -> Fraction | None:
    try:
        return decimal(said, VOLUME)
    except Fault:
        return None


def volumes(of: Hand) -> list[Input]:
    """The fields for what went in; of how much is asked where nobody has said."""
    units = (("mL", "mL"),)
    whole = [] if bag_ml(of) is not None else [Input("whole", text("end.whole"), "number", units=units, required=True)]
    return [Input(VOLUME, text("end.volume"), "number", units=units, required=True), *whole]


def why_not(of: Hand) -> str:
    """Why it cannot go on: treatment is to stop, or it can no longer end in time, or nobody knows; empty if it can."""
    state, rules = of.sheet.bedside, of.sheet.decision.protocol.preparation
    if of.stops:
        return text("paused.verdict")
    if not any(refusal.clause == END for refusal in refused(state, rules, of.now)):
        return ""
    return text("clock.no_first_vial") if state.t0 is None else _late(of)


def _late(of: Hand) -> str:
    phone = of.sheet.decision.course.site.get("pharmacy_phone")
    return text("paused.call", phone=phone) if phone else text("paused.late")


def pausing(of: Hand) -> Mapping[str, Any]:
    """What a page says of an infusion that stands still: since when, until when it can go on, why it no longer may.

    It locks by itself at the first second that is too late, unless that was decided otherwise.
    """
    state, at = of.sheet.bedside, of.sheet.bedside.paused_at
    by = resume_by(state, of.sheet.decision.protocol.preparation, of.now) if END not in state.overridden else None
    why = why_not(of)
    return {
        "stopped": "" if at is None else wall(of.sheet, at),
        "resume_by": "" if by is None or why else wall(of.sheet, by),
        "locked": why,
        "late": _late(of),
        "locks": None if by is None else by + SECOND,
    }


def _early(of: Hand) -> int:
    """How many minutes are still to run, each that has begun."""
    rules = of.sheet.decision.protocol.preparation
    return -int(-of.sheet.bedside.remaining(span(rules, INFUSION), of.now).total_seconds() // 60)


def _overrun(of: Hand) -> Mapping[str, Any]:
    """From when it is asked why it still runs, until when it must end; or why it does, as somebody said last."""
    protocol, state = of.sheet.decision.protocol, of.sheet.bedside
    told = [event.fields for event in since(of, INFUSION, state.started) if event.fields["state"] == OVERRAN]
    causes = [cause for fields in told if (cause := fields.get("cause"))]
    until, t0 = runs_until(state, protocol.preparation), state.t0
    over = until is not None and of.now > until
    return {
        "overran": optioned(protocol, causes[-1]) if causes and over else "",
        "ended": causes[-1:] == [HAS_ENDED],
        "overruns": None if until is None or causes else until + OVERRUN,
        "causes": [(one, optioned(protocol, one)) for one in protocol.vocabulary.fields(INFUSION)["cause"].options],
        "must_end": "" if t0 is None else wall(of.sheet, t0 + span(protocol.preparation, END)),
        "minutes": int(OVERRUN.total_seconds()) // 60,
    }


def _page(visit: Visit, of: Hand, early: int = 0, **said: Any) -> Response:
    paused = of.stage.step == PAUSED
    again = due(of)
    return bed(
        visit,
        of,
        "infusion.html",
        title=text("infusion.paused" if paused else "infusion.running"),
        paused=paused,
        quiet=False,
        early=early,
        rate=_rate(of),
        symptoms=symptoms(of.sheet.decision.protocol),
        seen=seen(of, of.sheet.bedside.started),
        due="" if again is None else wall(of.sheet, again),
        due_from=again,
        **_overrun(of),
        **(pausing(of) if paused else {}),
        **said,
    )


def _rate(of: Hand) -> str:
    """The rate at which it was started; nothing if nobody has said."""
    told = [event.shown.get("rate", "") for event in since(of, INFUSION, of.sheet.bedside.started)]
    return next(filter(None, told), "").removesuffix(" mL/h")


def _end(visit: Visit, of: Hand, **said: Any) -> Response:
    ended = of.stage.step == WATCH
    title = text("end.volume" if ended else "end.title")
    return bed(visit, of, "end.html", volumes(of), title=title, ended=ended, **said)
