"""The dose in hand, from its order to the end of the watch: which step is next, whose it is, and by when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncourse.clocks import refused as forbidden
from oncourse.clocks import span
from oncourse.course import Course, zone_of
from oncourse.decide import decide
from oncourse.event import CORRECTED, Event
from oncourse.prepare import InHand, Sheet, in_hand, prepare
from oncourse.problem import Problem
from oncourse.protocol import Protocol
from oncourse.record.checks import ORDER, PREPARATION, STARTED, Checks, Point, step_of
from oncourse.record.entry import Entry
from oncourse.record.kept import EVENT, Kept

PRESCRIBER, PHARMACIST, NURSE = "haematologist", "pharmacist", "nurse"
VERIFY, RETURNED, VIALS, DILUTE, CHECK, RELEASE = "verify", "returned", "vials", "dilute", "check", "release"
START, RUN, PAUSED, WATCH = "start", "run", "paused", "watch"
WHOSE = {RETURNED: PRESCRIBER, **dict.fromkeys((VERIFY, VIALS, DILUTE, CHECK, RELEASE), PHARMACIST)}
ORDERED, DISCARDED, RESUMED = "ordered", "discarded", "infusion resumed"
TIMED = ("reconstituted", "diluted", DISCARDED, "released", "infusion", "reaction")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the dose in hand stands: its sheet and checks, the next step, whose that is, and the limit it must meet.

    `tells` is the prescriber where something happened at the bedside that they must know of.
    """

    sheet: Sheet
    checks: Checks
    step: str
    by: datetime | None
    tells: str | None = None

    @property
    def role(self) -> str:
        """Whose the next step is."""
        return WHOSE.get(self.step, NURSE)


def stage(protocol: Protocol, course: Course, checks: Checks, now: datetime) -> Stage | None:
    """The dose in hand at that moment; None where none is ordered and no patient is watched."""
    sheet = prepare(decide(protocol, course, now))
    step = _step(sheet, checks)
    if step is None:
        return None
    told = PRESCRIBER if sheet.bedside.grade is not None else None
    return Stage(sheet, checks, step, _by(sheet, step), told)


def _step(sheet: Sheet, checks: Checks) -> str | None:
    state = sheet.bedside
    if state.watched:
        return WATCH
    if state.over:
        return None
    if state.started is not None:
        return PAUSED if state.paused else RUN
    order = checks.points.get(ORDER)
    return None if sheet.order is None or order is None else _prepared(sheet, order, checks)


def _prepared(sheet: Sheet, order: Point, checks: Checks) -> str:
    """The next step of the pharmacy, and the start once there is none."""
    state, alone = sheet.bedside, checks.waived is not None
    if order.state == "differing":
        return RETURNED
    if not checks.agreed(ORDER) and not alone:
        return VERIFY
    if state.t0 is None:
        return VIALS
    if state.diluted is None or (PREPARATION not in checks.points and not alone):
        return DILUTE
    if not checks.agreed(PREPARATION) and not alone:
        return CHECK
    return RELEASE if checks.released is None else START


def _by(sheet: Sheet, step: str) -> datetime | None:
    """The nearest limit of a step."""
    rules, state = sheet.decision.protocol.preparation, sheet.bedside
    if step == WATCH and state.finished is not None:
        return state.finished + span(rules, "observation")
    limit = {DILUTE: "dilute-by", RUN: "end-by", PAUSED: "end-by"}.get(step, "start-by")
    return None if state.t0 is None else state.t0 + span(rules, limit)


def checks_of(known: Kept, entries: Sequence[Entry]) -> Checks:
    """What of the dose in hand two people have agreed on, by what was told and by whom."""
    made = Checks(known.protocol.amounts.as_ordered, zone=zone_of(known.course))
    tellers = [entry.by for entry in entries if entry.kind == EVENT]
    for event, teller in zip(known.course.events, tellers, strict=True):
        made.tell(event, teller)
    return made


def refused(before: Kept, entries: Sequence[Entry], course: Course, by: str, now: datetime) -> list[Problem]:
    """Why what is told now cannot be: another person must check it, or it would change or start what it must not.

    `course` is the course with it, `by` the account that tells it.
    """
    checks, faults = checks_of(before, entries), list[Problem]()
    of = in_hand(before.course, before.protocol.preparation, now)
    for event in course.events[len(before.course.events) :]:
        faults += checks.refused(event, by)
        faults += _untimely(of, event) if ORDER in checks.points or of.bedside.started is not None else ()
        right = event.fields.get("with") if event.kind == CORRECTED else event
        if isinstance(right, Event) and not checks.taken(event) and _starts(before.protocol, course, right):
            faults += checks.judging(event).too_early(right) if step_of(right) == RESUMED else ()
            faults += _too_soon(before.protocol, course, right)
        checks.tell(event, by)
    return faults


def _starts(protocol: Protocol, course: Course, step: Event) -> bool:
    """Whether a step begins an infusion: it says so, or it goes on with one that nobody had begun by then."""
    if step_of(step) != RESUMED or step.instant is None:
        return step_of(step) in (STARTED, RESUMED)
    state = in_hand(course, protocol.preparation, step.instant, but=step.id).bedside
    return state.started is None or state.over


def _untimely(of: InHand, event: Event) -> Iterator[Problem]:
    """What must not be told while a preparation is under way: another order, no time, a discard once it was begun."""
    state, order = of.bedside, of.order
    if not state.under_way:
        return
    wrong = event.fields.get("event") if event.kind == CORRECTED else None
    right = event.fields.get("with") if event.kind == CORRECTED else event
    kind = right.kind if isinstance(right, Event) and right.day >= of.day else ""
    if kind == ORDERED or (order is not None and wrong is not None and wrong == order.id):
        remedy = "discard it first, or let its infusion end"
        yield Problem(event.place, "what was ordered is under way, and no other order changes it", remedy)
    if kind in TIMED and isinstance(right, Event) and right.instant is None:
        yield Problem(event.place, f"{kind} is told without a time while a preparation is under way", "give the time")
    if kind == DISCARDED and state.started is not None:
        yield Problem(event.place, "its infusion was begun", "end the infusion, and say how much went in")


def _too_soon(protocol: Protocol, course: Course, start: Event) -> Iterator[Problem]:
    """Premedication and the clocks before a start (statements A04, A25, A26); an override for it lets it be."""
    if start.instant is None:
        yield Problem(start.place, "an infusion is started at a time", "give the time, with its offset")
        return
    state = in_hand(course, protocol.preparation, start.instant, but=start.id).bedside
    zone = zone_of(course) or start.instant.tzinfo
    for refusal in forbidden(state, protocol.preparation, start.instant):
        limit = None if refusal.limit is None else f"the limit is {refusal.limit.astimezone(zone).isoformat()}"
        why = ", ".join(refusal.missing) or limit or "the time of the first vial is not recorded"
        remedy = f"do not start it; or override {refusal.clause} with a reason"
        yield Problem(start.place, f"an infusion must not be started now ({refusal.clause}): {why}", remedy)
