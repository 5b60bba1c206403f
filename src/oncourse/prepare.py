"""The sheet for one dose: what to prepare, step by step, and by when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from hashlib import sha256
from typing import Any

from oncourse.clocks import Bedside, Clock, Refusal, bedside, clocks, premedicated, refusals
from oncourse.course import day_of, history, told, zone_of
from oncourse.decide import Decision
from oncourse.dose import Portion, portion
from oncourse.event import CORRECTED, Event
from oncourse.explain import Words, calendar_date
from oncourse.protocol import Cited
from oncourse.quantity import show

ORDERED, AGAINST, DISCARDED = "ordered", "against", "discarded"
BEGUN, DILUTED = "reconstituted", "diluted"
ENDS = ("infusion", "observed", "watch_ended")  # kinds of which the last is the end of a dose
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read as another


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, with the statements it carries out."""

    id: str
    says: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything for the dose of a day: what is prepared, premedication, steps, and the clocks once they run.

    `number` is that of the worksheet, another for every preparation; `order` is what a prescriber ordered that day;
    `portion` is what is prepared for it, for the advised dose where nothing is ordered; `vials` were opened for it, and
    `mixed` is its dilution as it was told last. `premedication` says of each drug whether it is on record; `now` is the
    moment the clocks are held against, nothing where no preparation is under way; `zone` is that of the site, or the
    offset of the record where the site names none. There are no steps without an amount.
    """

    decision: Decision
    number: str
    order: Event | None
    portion: Portion | None
    vials: tuple[Mapping[str, Any], ...]
    mixed: Event | None
    now: datetime | None
    zone: tzinfo | None
    bedside: Bedside
    premedication: dict[str, bool]
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    refusals: tuple[Refusal, ...]

    @property
    def due(self) -> bool:
        """Whether anything is to be prepared: the dose may be given, or was ordered against advice."""
        return self.portion is not None and (self.decision.verdict == "give" or self.against)

    @property
    def against(self) -> bool:
        """Whether the order says itself that it goes against advice."""
        return self.order is not None and bool(self.order.fields.get(AGAINST))


def prepare(decision: Decision) -> Sheet:
    """The sheet for the next dose at the moment of the decision (statements A04, A19-A28)."""
    course, rules = decision.course, decision.protocol.preparation
    events = history(course, decision.at)
    day = day_of(course, decision.at)
    timed = [event.instant for event in events if event.instant is not None and event.day == day]
    now = decision.at if isinstance(decision.at, datetime) else max(timed, default=None)
    zone = zone_of(course) or next((at.tzinfo for at in (max(timed, default=None), now) if at is not None), None)
    place = {id(event): number for number, event in enumerate(told(course))}
    state = Bedside() if now is None else bedside(events, rules, now, zone)
    if _begins_anew(state, events, place):
        state = Bedside(premedicated=state.premedicated, overridden=state.overridden)
    if begun := state.t0 or state.started or state.finished:  # a preparation goes on over midnight
        day = begun.astimezone(zone).date()
    given = state.premedicated if now is not None else premedicated(events, rules, day, None, zone)
    order = next((event for event in reversed(events) if event.kind == ORDERED and event.day == day), None)
    drawn = decision.dose if order is None else portion(decision.protocol.amounts, order.fields["dose"])
    own = [event for event in events if state.t0 is not None and event.instant and event.instant >= state.t0]
    under_way = now is not None and (state.t0 is not None or state.finished is not None)
    return Sheet(
        decision=decision,
        number=_number(decision, order, day),
        order=order,
        portion=drawn,
        vials=tuple(vial for event in own if event.kind == BEGUN for vial in event.fields.get("vials") or ()),
        mixed=max((event for event in own if event.kind == DILUTED), key=lambda event: place[id(event)], default=None),
        now=now if under_way else None,
        zone=zone,
        bedside=state,
        premedication={drug: drug in given for drug in rules.premedication},
        steps=() if drawn is None else tuple(_step(decision, step, drawn) for step in rules.steps),
        clocks=tuple(clocks(state, rules)),
        refusals=tuple(refusals(state, rules, now)) if now is not None and under_way else (),
    )


def _begins_anew(state: Bedside, events: Sequence[Event], place: Mapping[int, int]) -> bool:
    """Whether another dose was ordered since the infusion and its watch were over."""
    if not state.over or state.watch_ended is None:
        return False
    ended = max((place[id(event)] for event in events if event.kind in ENDS), default=-1)
    return any(event.kind == ORDERED and place[id(event)] > ended for event in events)


def _number(decision: Decision, order: Event | None, day: date) -> str:
    """The worksheet's number: of this patient, day, slot and dose, and the how manieth preparation it is.

    Whatever was told of it counts, also what was struck: no number is that of an earlier label.
    """
    ordered = {} if order is None else order.fields
    mg = ordered.get("dose", decision.dose and decision.dose.mg)
    slot = [ordered.get(name, decision.slot[name]) for name in ("cycle", "day")]
    digest = int.from_bytes(sha256("\0".join(map(str, (decision.course.id, day, *slot, mg))).encode()).digest()[:5])
    name = "".join(LETTERS[digest >> 5 * place & 31] for place in range(8))
    return f"W-{name[:4]}-{name[4:]}-{_times(decision, day)}"


def _times(decision: Decision, day: date) -> int:
    """How often something was told of that day that begins a preparation anew, or changes one."""
    at, known = decision.at, {event.id: event for event in decision.course.events if event.id is not None}
    orders = others = 0
    for event in decision.course.events:
        if event.instant is not None and isinstance(at, datetime) and event.instant > at:
            continue
        wrong = known.get(str(event.fields.get("event"))) if event.kind == CORRECTED else None
        orders += event.kind == ORDERED and event.day == day
        others += event.kind == DISCARDED and event.day == day
        others += wrong is not None and wrong.day == day and wrong.kind in (ORDERED, BEGUN, DILUTED)
    return max(orders, 1) + others


def headline(sheet: Sheet) -> str:
    """What is to be prepared: the verdict, with the order that goes against it; else that nothing is."""
    words = Words(sheet.decision)
    verdict, spoken = words.headline(), words.words["preparation"]
    if sheet.against:
        return f"{deviation(sheet)} {words.fill(spoken['advised'], verdict=verdict)}"
    return verdict if sheet.decision.verdict == "give" else f"{spoken['not-now']} {verdict}"


def deviation(sheet: Sheet) -> str:
    """That the dose is given against advice: the amount, the clauses, and why; nothing if it is not."""
    if sheet.order is None or not sheet.against:
        return ""
    words, order = Words(sheet.decision), sheet.order.fields
    told = {
        "mg": show(order["dose"]),
        "clauses": ", ".join(map(words.titled, order[AGAINST])),
        "why": order["why"].rstrip("."),
    }
    return words.fill(words.words["preparation"][AGAINST], **told)


def _step(decision: Decision, step: Cited, drawn: Portion) -> Step:
    words = Words(decision)
    spoken = words.words["preparation"]
    template = spoken[step.id] if drawn.bag_ml is not None else spoken.get(f"{step.id}-otherwise", spoken[step.id])
    amounts = {"volume_mL": show(drawn.volume_ml), "vials": words.counted(drawn.vials, "vial")}
    if drawn.bag_ml is not None and drawn.rate is not None:
        amounts |= {"bag_mL": show(drawn.bag_ml), "rate": show(drawn.rate)}
    return Step(step.id, words.fill(template, **amounts), step.cites)


def current(sheet: Sheet) -> Iterator[Clock]:
    """The clocks that still bind whoever works on the preparation now."""
    state = sheet.bedside
    past = {
        "dilute-by": state.diluted is not None or not state.waiting,
        "start-by": not state.waiting,
        "end-by": state.over,
    }
    return (clock for clock in sheet.clocks if not past.get(clock.id, False))


def said(sheet: Sheet, refusal: Refusal) -> str:
    """A refusal as a sentence, with the times on the site's wall."""
    words = Words(sheet.decision)
    limit = "" if refusal.limit is None else wall(sheet, refusal.limit)
    ends = "" if refusal.ends is None else wall(sheet, refusal.ends)
    template = words.words["findings"][refusal.clause]
    return words.fill(template, limit=limit, ends=ends, missing=", ".join(refusal.missing))


def wall(sheet: Sheet, instant: datetime) -> str:
    """An instant as the site's clock shows it; with its date or zone when that differs from now."""
    at, now = on_site(sheet, instant), on_site(sheet, sheet.now or instant)
    hour = f"{at:%H:%M}" if at.utcoffset() == now.utcoffset() else f"{at:%H:%M} {at:%Z}"
    return hour if at.date() == now.date() else f"{hour} on {calendar_date(at.date())}"


def on_site(sheet: Sheet, instant: datetime) -> datetime:
    """The instant in the site's zone; in the offset of the record where the site names none."""
    return instant.astimezone(sheet.zone)
