"""The sheet for one dose: what to prepare, step by step, and by when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from hashlib import sha256
from typing import Any

from oncourse.clocks import Bedside, Clock, Refusal, bedside, clocks, premedicated, refusals
from oncourse.course import Course, day_of, history, told, zone_of
from oncourse.decide import Decision
from oncourse.dose import Portion, portion
from oncourse.event import CORRECTED, Event
from oncourse.explain import Words, calendar_date
from oncourse.protocol import Cited, Preparation
from oncourse.quantity import show

ORDERED, AGAINST, DISCARDED = "ordered", "against", "discarded"
BEGUN, DILUTED, RELEASED, INFUSION, GIVEN = "reconstituted", "diluted", "released", "infusion", "given"
EDGES = ("started", "finished", "abandoned")  # states of an infusion with which a dose begins or ends
CHANGES = {ORDERED, BEGUN, DILUTED, DISCARDED, RELEASED}  # kinds of which a correction makes another preparation
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


@dataclass(frozen=True, slots=True)
class InHand:
    """What of a course belongs to the dose in hand at a moment.

    `now` is that moment as an instant, if one is known; `mixed` is its dilution as it was told last; see `Sheet`.
    """

    events: Sequence[Event]
    day: date
    now: datetime | None
    zone: tzinfo | None
    bedside: Bedside
    order: Event | None
    mixed: Event | None


def in_hand(course: Course, rules: Preparation, at: date | datetime, but: str | None = None) -> InHand:
    """The dose in hand at that moment, as if nothing had been told under the id `but`."""
    events = [event for event in history(course, at) if but is None or event.id != but]
    day = day_of(course, at)
    timed = [event.instant for event in events if event.instant is not None and event.day == day]
    now = at if isinstance(at, datetime) else max(timed, default=None)
    zone = zone_of(course) or next((one.tzinfo for one in (max(timed, default=None), now) if one is not None), None)
    seen = set(map(id, events))
    as_told = [event for event in told(course) if id(event) in seen]
    state = Bedside() if now is None else bedside(events, rules, now, zone)
    if _begins_anew(state, as_told):
        state = Bedside(premedicated=state.premedicated, overridden=state.overridden)
    if begun := state.t0 or state.started or state.finished:  # a preparation goes on over midnight
        day = begun.astimezone(zone).date()
    mixed = _mixed(state, as_told)
    if mixed is not None and mixed.instant is not None:
        state.diluted = mixed.instant.astimezone(UTC)
    return InHand(events, day, now, zone, state, _ordered(state, as_told, day), mixed)


def prepare(decision: Decision) -> Sheet:
    """The sheet for the next dose at the moment of the decision (statements A04, A19-A28)."""
    rules = decision.protocol.preparation
    of = in_hand(decision.course, rules, decision.at)
    state, now = of.bedside, of.now
    given = state.premedicated if now is not None else premedicated(of.events, rules, of.day, None, of.zone)
    drawn = decision.dose if of.order is None else portion(decision.protocol.amounts, of.order.fields["dose"])
    opened = [event for event in of.events if event.kind == BEGUN and _of_it(state, event)]
    under_way = now is not None and (state.t0 is not None or state.finished is not None)
    return Sheet(
        decision=decision,
        number=_number(decision, of),
        order=of.order,
        portion=drawn,
        vials=tuple(vial for event in opened for vial in event.fields.get("vials") or ()),
        mixed=of.mixed,
        now=now if under_way else None,
        zone=of.zone,
        bedside=state,
        premedication={drug: drug in given for drug in rules.premedication},
        steps=() if drawn is None else tuple(_step(decision, step, drawn) for step in rules.steps),
        clocks=tuple(clocks(state, rules)),
        refusals=tuple(refusals(state, rules, now)) if now is not None and under_way else (),
    )


def _begins_anew(state: Bedside, as_told: Sequence[Event]) -> bool:
    """Whether another dose was ordered since an infusion and its watch were over, or since a dose was told without."""
    if state.over and state.watch_ended is not None:
        ends = [event.fields.get("state") in EDGES for event in as_told]
    elif state.gave and state.started is None:
        ends = [event.kind == GIVEN for event in as_told]
    else:
        return False
    ended = max((place for place, end in enumerate(ends) if end), default=-1)
    return any(event.kind == ORDERED for event in as_told[ended + 1 :])


def _ordered(state: Bedside, as_told: Sequence[Event], day: date) -> Event | None:
    """The order that was told last of a day; once its infusion was begun, last before that."""
    begun = state.started or (state.finished if state.over or state.watched else None)
    orders, before = list[Event](), True
    for event in as_told:
        before &= begun is None or event.kind != INFUSION or event.instant is None or event.instant < begun
        if event.kind == ORDERED and event.day == day and (before or not orders):
            orders.append(event)
    return orders[-1] if orders else None


def _mixed(state: Bedside, as_told: Sequence[Event]) -> Event | None:
    """The dilution of the preparation, as it was told last."""
    return next((event for event in reversed(as_told) if event.kind == DILUTED and _of_it(state, event)), None)


def _of_it(state: Bedside, event: Event) -> bool:
    """Whether an event with a time is of the preparation, and not of one before it."""
    begun = state.t0 or state.diluted  # where nobody knows the first vial any more
    return begun is not None and event.instant is not None and event.instant >= begun


def _number(decision: Decision, of: InHand) -> str:
    """The worksheet's number: of this patient, day, slot and dose, and the how manieth preparation it is.

    Whatever was told of it counts, also what was struck: no number is that of an earlier label.
    """
    advised = {"dose": decision.dose and decision.dose.mg, **decision.slot}
    ordered = advised if of.order is None else of.order.fields  # what is ordered stays, whatever is advised by then
    mg, *slot = (ordered.get(name) for name in ("dose", "cycle", "day"))
    digest = int.from_bytes(sha256("\0".join(map(str, (decision.course.id, of.day, *slot, mg))).encode()).digest()[:5])
    name = "".join(LETTERS[digest >> 5 * place & 31] for place in range(8))
    return f"W-{name[:4]}-{name[4:]}-{_times(decision, of)}"


def _times(decision: Decision, of: InHand) -> int:
    """How often something was told of that day, or of one after it, that makes another preparation.

    That is an order, a discard, a correction of what changes one, and a vial or a dilution once the bag was released.
    """
    known = {event.id: event for event in decision.course.events if event.id is not None}
    orders, others, released = 0, 0, False
    for event in _until_begun(decision, of):
        said = [event] if event.kind != CORRECTED else [known.get(event.fields["event"]), event.fields.get("with")]
        kinds = {one.kind for one in said if isinstance(one, Event) and one.day >= of.day}
        if event.kind == ORDERED:
            orders, released = orders + (event.day == of.day), False
        elif kinds & ({DISCARDED} if event.kind != CORRECTED else CHANGES) or (released and kinds & {BEGUN, DILUTED}):
            others, released = others + 1, False
        elif RELEASED in kinds:
            released = True
    return max(orders, 1) + others


def _until_begun(decision: Decision, of: InHand) -> Iterator[Event]:
    """What was told, also what was wrong, up to the moment and, of a dose that was begun, up to its start."""
    at, last, found = decision.at, day_of(decision.course, decision.at), False
    state = of.bedside
    begun = state.started or (state.finished if state.over or state.watched else None)
    timed = [(event.instant, event) for event in of.events if event.kind == INFUSION and event.instant is not None]
    own = {event.id or id(event) for instant, event in timed if begun is not None and instant >= begun}
    for event in decision.course.events:
        if found and (event.id or id(event)) in own:
            return
        late = event.instant is not None and isinstance(at, datetime) and event.instant > at
        if not late and event.day <= last:
            found |= of.order is not None and event.id == of.order.id
            yield event


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
