"""Deciding otherwise than the protocol says, and stopping for good: always with a reason and a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing, supposed
from oncourse.decide import Decision
from oncourse.explain import Words
from oncourse.faces.doors import Refusal, vouched
from oncourse.faces.web import verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.drawings import drawn
from oncourse.faces.web.forms import Faults, Leaf, optioned, sheet, tell
from oncourse.faces.web.hand import slip
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import day_path, form, keep, seen
from oncourse.faces.web.typed import Typed
from oncourse.problem import BadInput, Fault
from oncourse.quantity import decimal, show
from oncourse.roles import table

router = APIRouter(prefix="/patients/{name}")
GIVE, HOLD, SKIP, KEEP = "give", "hold", "skip", "keep"
SHORTEST = 15  # characters of a reason
SIGNED = ("way", "dose", "kind", "reason", "why", "second")  # what is shown before it is signed
AGAIN = "dose.again"


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
    if visit.typed["seen"] != seen(visit, *SIGNED):
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
        look=verdict.look(of.decision),
        title=words.spoken()["title"],
        reason=verdict.reason(of.decision, words),
        cites=cites,
        readings=readings,
        kinds=[(one, optioned(protocol, one)) for one in kinds],
        reasons=[(one, optioned(protocol, one)) for one in reasons],
        seen=seen(visit, *SIGNED),
        instead=_instead(of, visit.typed) if ahead is not None else None,
        repeat=bool(said.get("faults") and said["faults"].of("dose")) or AGAIN in visit.typed,
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
    if (way == KEEP or (way == GIVE and of.decision.verdict != "give")) and not typed["kind"]:
        faults.add("kind", text("otherwise.choose_kind"))
    if way in (HOLD, SKIP) and not typed["reason"]:
        faults.add("reason", text("otherwise.choose_reason"))
    if way == GIVE:
        _slip(of, typed, faults)
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
    """The second prescriber, who signs on the same screen where the protocol forbids the dose, or advises another."""
    typed = visit.typed
    if of.decision.verdict == "give" and _as_advised(of, typed):
        return visit.actor.shown
    try:
        actor = vouched(visit.request, visit.clinic, typed["second"], typed.secret()) if typed["second"] else None
    except Refusal:
        faults.add("second", text("signin.later"))
        return ""
    if actor is None:
        faults.add("second", text("otherwise.second_unknown"))
    elif actor.account == visit.actor.account or not table().allows("ordered", actor.roles):
        faults.add("second", text("otherwise.second_other"))
    return "" if actor is None else actor.shown


def _typed_dose(typed: Typed) -> Fraction | None:
    """The dose in mg as it was typed; None for what is no number, of which the record tells what is wrong."""
    try:
        return decimal(typed["dose"], "dose")
    except Fault:
        return None


def _as_advised(of: Standing, typed: Typed) -> bool:
    """Whether the dose is that of the protocol, as nearly as an order has to be."""
    dose, given = of.decision.dose, _typed_dose(typed)
    return dose is not None and given is not None and of.decision.protocol.amounts.fits(given, dose.mg)


def _instead(of: Standing, typed: Typed) -> str:
    """Both amounts, where another dose is ordered than the protocol advises."""
    if typed["way"] != GIVE or of.decision.dose is None or _typed_dose(typed) == of.decision.dose.mg:
        return ""
    return text("otherwise.instead", mg=typed["dose"], advised=show(of.decision.dose.mg))


def _slip(of: Standing, typed: Typed, faults: Faults) -> None:
    """A dose ten times that of the protocol, or a tenth, is typed twice."""
    dose = of.decision.dose
    if dose is None or not slip(typed["dose"], dose.mg) or typed[AGAIN] == typed["dose"]:
        return
    faults.add("dose", text("otherwise.slip", mg=typed["dose"], advised=show(dose.mg)))


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
