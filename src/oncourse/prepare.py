"""The sheet for one dose: what to prepare, step by step, and by when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from hashlib import sha256

from oncourse.clocks import Bedside, Clock, Refusal, bedside, clocks, premedicated, refusals
from oncourse.course import day_of, history, zone_of
from oncourse.decide import Decision
from oncourse.dose import Portion, portion
from oncourse.event import Event
from oncourse.explain import Words, calendar_date
from oncourse.protocol import Cited
from oncourse.quantity import show

ORDERED, AGAINST, DISCARDED = "ordered", "against", "discarded"
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
    `portion` is what is prepared for it, for the advised dose where nothing is ordered. `premedication` says of each
    drug whether it is on record; `now` is the moment the clocks are held against, nothing where no preparation is
    under way; `zone` is that of the site, or the offset of the record where the site names none. There are no steps
    without an amount.
    """

    decision: Decision
    number: str
    order: Event | None
    portion: Portion | None
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
    state = Bedside() if now is None else bedside(events, rules, now, zone)
    if begun := state.t0 or state.started or state.finished:  # a preparation goes on over midnight
        day = begun.astimezone(zone).date()
    given = state.premedicated if now is not None else premedicated(events, rules, day, None, zone)
    order = next((event for event in reversed(events) if event.kind == ORDERED and event.day == day), None)
    mg = None if order is None else order.fields["dose"]
    drawn = decision.dose if mg is None else portion(decision.protocol.amounts, mg)
    under_way = now is not None and (state.t0 is not None or state.finished is not None)
    return Sheet(
        decision=decision,
        number=_number(decision, order, [event for event in events if event.day == day], day),
        order=order,
        portion=drawn,
        now=now if under_way else None,
        zone=zone,
        bedside=state,
        premedication={drug: drug in given for drug in rules.premedication},
        steps=() if drawn is None else tuple(_step(decision, step, drawn) for step in rules.steps),
        clocks=tuple(clocks(state, rules)),
        refusals=tuple(refusals(state, rules, now)) if now is not None and under_way else (),
    )


def _number(decision: Decision, order: Event | None, events: Sequence[Event], day: date) -> str:
    """The worksheet's number: of this patient, day, slot and dose, and the how manieth preparation it is."""
    ordered = {} if order is None else order.fields
    mg = ordered.get("dose", decision.dose and decision.dose.mg)
    slot = [ordered.get(name, decision.slot[name]) for name in ("cycle", "day")]
    made = sum(event.kind == ORDERED for event in events), sum(event.kind == DISCARDED for event in events)
    digest = int.from_bytes(sha256("\0".join(map(str, (decision.course.id, day, *slot, mg))).encode()).digest()[:5])
    name = "".join(LETTERS[digest >> 5 * place & 31] for place in range(8))
    return f"W-{name[:4]}-{name[4:]}-{max(made[0], 1) + made[1]}"


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
