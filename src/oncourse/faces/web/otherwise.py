"""Deciding otherwise than the protocol says, and stopping for good: always with a reason and a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing, supposed
from oncourse.decide import Decision
from oncourse.explain import Words
from oncourse.faces.doors import vouched
from oncourse.faces.web import verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.drawings import drawn
from oncourse.faces.web.forms import Faults, Leaf, optioned, sheet, tell
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import day_path, form, keep
from oncourse.faces.web.typed import Typed
from oncourse.problem import BadInput
from oncourse.quantity import show
from oncourse.roles import table

router = APIRouter(prefix="/patients/{name}")
GIVE, HOLD, SKIP, KEEP = "give", "hold", "skip", "keep"
SHORTEST = 15  # characters of a reason


@router.get("/otherwise")
def ask(visit: Visitor, name: str) -> Response:
    """What the protocol says, fixed on top, and what may be done instead."""
    visit.require("overrode")
    return _page(visit, visit.board.of(name))


@router.post("/otherwise")
def deviate(visit: Visitor, name: str) -> Response:
    """Show where it leads; once that was seen, keep it."""
    visit.require("overrode")
    of, faults = visit.board.of(name), Faults()
    if visit.typed.again:
        return _page(visit, of)
    events = list(_events(visit, of, faults))
    ahead = None if faults else _ahead(visit, of, events, faults)
    if faults or ahead is None:
        return _page(visit, of, faults=faults)
    if visit.typed["seen"] != "yes":
        return _page(visit, of, ahead=ahead)
    between = keep(visit, name, events, faults, visit.typed["why"])
    if faults or between is not None:
        return _page(visit, visit.board.of(name), faults=faults, between=between)
    return visit.go(day_path(name, of.today))


def _page(visit: Visit, of: Standing, ahead: Decision | None = None, **said: Any) -> Response:
    words, protocol = Words(of.decision), of.decision.protocol
    cites, readings = verdict.sources(of.decision)
    kinds = protocol.vocabulary.fields("overrode")["kind"].options
    reasons = protocol.vocabulary.fields("held")["reason"].options
    return form(
        visit,
        of,
        "otherwise.html",
        ways=list(_ways(visit, of)),
        decision=of.decision,
        words=words,
        look=verdict.look(of.decision),
        title=words.spoken()["title"],
        reason=verdict.reason(of.decision, words),
        cites=cites,
        readings=readings,
        kinds=[(one, optioned(protocol, one)) for one in kinds],
        reasons=[(one, optioned(protocol, one)) for one in reasons],
        second=of.decision.verdict != "give",
        least=SHORTEST,
        before=drawn(of.decision, text("otherwise.before"), near=True),
        after=None if ahead is None else drawn(ahead, text("otherwise.after"), near=True),
        **said,
    )


def _ways(visit: Visit, of: Standing) -> Iterator[str]:
    """What may be done instead, as far as it is theirs."""
    if visit.may("ordered") and of.decision.dose is not None:
        yield GIVE
    if visit.may("held"):
        yield HOLD
    if visit.may("omitted") and of.decision.slot["omit_on"] is not None:
        yield SKIP
    if any(found.act == "reduce" for found in of.decision.findings):
        yield KEEP


def _events(visit: Visit, of: Standing, faults: Faults) -> Iterator[Any]:
    typed, at = visit.typed, str(of.today)
    if len(typed["why"]) < SHORTEST:
        faults.add("why", text("otherwise.why_short", least=SHORTEST))
    way = typed["way"]
    if way not in _ways(visit, of):
        faults.add("way", text("otherwise.choose"))
    if way in (GIVE, KEEP) and not typed["kind"]:
        faults.add("kind", text("otherwise.choose_kind"))
    if way in (HOLD, SKIP) and not typed["reason"]:
        faults.add("reason", text("otherwise.choose_reason"))
    if way == GIVE:
        by = _second(visit, of, faults)
        against = _against(of)
        yield from ({"at": at, "overrode": _overrode(clause, typed, by)} for clause in against)
        yield {"at": at, "ordered": _ordered(of, typed, against)}
    elif way == KEEP:
        clauses = (found.clause for found in of.decision.findings if found.act == "reduce")
        yield from ({"at": at, "overrode": _overrode(clause, typed, visit.actor.shown)} for clause in clauses)
    elif way in (HOLD, SKIP):
        yield {"at": at, "held" if way == HOLD else "omitted": {"reason": Leaf("reason", typed["reason"])}}


def _against(of: Standing) -> list[str]:
    """The clauses that forbid the dose today; the verdict itself where none does, as while nothing is due."""
    decision = of.decision
    if decision.verdict == "give":
        return []
    return [found.clause for found in decision.findings if found.act == decision.verdict] or [decision.verdict]


def _overrode(clause: str, typed: Typed, by: str) -> Mapping[str, Any]:
    return {"clause": clause, "kind": Leaf("kind", typed["kind"]), "why": Leaf("why", typed["why"]), "by": by}


def _ordered(of: Standing, typed: Typed, against: list[str]) -> Mapping[str, Any]:
    slot, dose = of.decision.slot, of.decision.dose
    told = {"dose": Leaf("dose", f"{typed['dose']} mg"), "cycle": str(slot["cycle"]), "day": str(slot["day"])}
    if dose is not None and not against and typed["dose"] != show(dose.mg):
        against = [dose.row]
    return told | ({"against": against, "why": Leaf("why", typed["why"])} if against else {})


def _second(visit: Visit, of: Standing, faults: Faults) -> str:
    """The second prescriber, who signs on the same screen where the protocol forbids the dose."""
    typed = visit.typed
    if of.decision.verdict == "give":
        return visit.actor.shown
    actor = vouched(visit.request, visit.clinic, typed["second"], typed.secret()) if typed["second"] else None
    if actor is None:
        faults.add("second", text("otherwise.second_unknown"))
    elif actor.account == visit.actor.account or not table().allows("ordered", actor.roles):
        faults.add("second", text("otherwise.second_other"))
    return "" if actor is None else actor.shown


def _ahead(visit: Visit, of: Standing, events: list[Any], faults: Faults) -> Decision | None:
    """The decision if those events were told, with every fault of them."""
    source, where = sheet(events)
    try:
        return supposed(visit.clinic, of.patient.course, source, of.today)
    except BadInput as bad:
        tell(bad.problems, where, faults)
        return None


@router.get("/stop")
def stop(visit: Visitor, name: str) -> Response:
    """What stopping for good means, before it is signed."""
    visit.require("stopped")
    return _stop(visit, visit.board.of(name))


@router.post("/stop")
def stopped(visit: Visitor, name: str) -> Response:
    """Stop for good."""
    visit.require("stopped")
    of, faults = visit.board.of(name), Faults()
    if visit.typed.again:
        return _stop(visit, of)
    reason = visit.typed["reason"]
    if not reason:
        faults.add("reason", text("stop.why"))
    between = keep(visit, name, [{"at": str(of.today), "stopped": {"reason": Leaf("reason", reason)}}], faults)
    if faults or between is not None:
        return _stop(visit, visit.board.of(name), faults=faults, between=between)
    return visit.go(day_path(name, of.today))


def _stop(visit: Visit, of: Standing, **said: Any) -> Response:
    words = Words(of.decision)
    return form(visit, of, "stop.html", proposed=words.reason() if of.decision.verdict == "stop" else "", **said)
