"""Preparation and infusion against the clock: four limits from the first vial, in true elapsed time.

All arithmetic is on instants in UTC, so that a change of the clocks neither adds nor takes an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from oncourse.event import Event
from oncourse.protocol import Preparation


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit: its name, the instant, and the statements it comes from."""

    id: str
    at: datetime
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the next step must not be taken: the clause, what is missing, the limit and projected end."""

    clause: str
    act: str
    cites: tuple[str, ...]
    limit: datetime | None = None
    ends: datetime | None = None
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Bedside:
    """What happened to one preparation: from the first vial (t0) to the end of the watch.

    `run` is how long the infusion ran before `running_since`; `paused_at` when it last stood still; `for_good` that it
    must not go on; `grade` that of the last reaction; `gave` that a dose was told since the start, or with a time since
    the first vial; `overridden` what somebody decided otherwise for this preparation, by the names of clauses.
    """

    t0: datetime | None = None
    diluted: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    running_since: datetime | None = None
    paused_at: datetime | None = None
    run: timedelta = field(default_factory=timedelta)
    for_good: bool = False
    premedicated: frozenset[str] = frozenset()
    overridden: frozenset[str] = frozenset()
    grade: int | None = None
    gave: bool = False
    watch_ended: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether the infusion of this preparation has ended."""
        return self.finished is not None and (self.t0 is None or self.finished >= self.t0)

    @property
    def watched(self) -> bool:
        """Whether an infusion has ended whose watch has not, also where vials of the next were opened since."""
        return self.finished is not None and self.watch_ended is None and (self.over or self.started is None)

    @property
    def under_way(self) -> bool:
        """Whether there is a vial or an infusion, which has not ended, and no dose was told instead."""
        begun = self.started is not None or (self.t0 is not None and not self.gave)
        return begun and not self.over

    @property
    def forgotten(self) -> bool:
        """Whether an infusion was begun of which nobody has told an end, nor a dose."""
        return self.started is not None and not self.over and not self.gave

    @property
    def waiting(self) -> bool:
        """Whether this preparation has yet to be started."""
        return self.started is None and not self.over

    @property
    def paused(self) -> bool:
        """Whether the infusion was begun, stands still, and may go on."""
        return self.started is not None and self.running_since is None and not self.over

    def remaining(self, whole: timedelta, now: datetime) -> timedelta:
        """The infusion time still to run at `now`."""
        running = now - self.running_since if self.running_since is not None else timedelta()
        return max(timedelta(), whole - self.run - running)


Fields = Mapping[str, Any]
REACH = timedelta(hours=24)
PREMEDICATION = "premedication"


def bedside(events: Sequence[Event], preparation: Preparation, now: datetime, zone: tzinfo | None = None) -> Bedside:
    """The preparation under way at `now`, in the order of the clock; a discarded one ends its t0.

    A day after its last step it is over, unless its infusion was begun and never ended. Premedication counts on the day
    of the dose, by the calendar of `zone`.
    """
    zone, now = zone or now.tzinfo, now.astimezone(UTC)
    state = _steps(events, now, zone)
    start = state.started or now
    day = start.astimezone(zone).date()
    state.premedicated = premedicated(events, preparation, day, start, zone)
    state.overridden = frozenset(_overridden(events, day, state.t0))
    return state


def _steps(events: Sequence[Event], now: datetime, zone: tzinfo | None) -> Bedside:
    """What happened step by step; what ended more than a day before the next step is of an earlier dose."""
    state, last = Bedside(), now
    timed = [(event.instant.astimezone(UTC), event) for event in events if event.instant is not None]
    taken = [(at, event) for at, event in sorted(timed, key=lambda pair: pair[0]) if event.kind in _STEPS and at <= now]
    for at, event in taken:
        if at - last >= REACH and not state.forgotten:
            state = Bedside()
        state.gave = _gave(events, state, at, zone)
        _STEPS[event.kind](state, event.fields, at)
        last = at
    state.gave = _gave(events, state, now, zone)
    return Bedside() if now - last >= REACH and not state.forgotten else state


def _gave(events: Iterable[Event], state: Bedside, now: datetime, zone: tzinfo | None) -> bool:
    """Whether a dose was told between the start and that moment; without a start since the first vial, or the end.

    Of a dose without a time its day counts, once the infusion was begun or has ended.
    """
    begun = state.started or state.t0 or state.finished
    if begun is None:
        return False
    given = [event for event in events if event.kind == "given"]
    days = begun.astimezone(zone).date(), now.astimezone(zone).date()
    untimed = state.started is not None or state.over
    return any(
        untimed and days[0] <= event.day <= days[1] if event.instant is None else begun <= event.instant <= now
        for event in given
    )


def _overridden(events: Sequence[Event], day: date, t0: datetime | None) -> Iterator[str]:
    """What somebody decided otherwise for a dose: since its first vial, also over midnight; else on its day.

    Premedication counts for the patient, so what was decided of it before the first vial stays.
    """
    discarded = any(event.kind == "discarded" and event.day == day for event in events)
    for event in events:
        if event.kind == "overrode":
            clause, at = str(event.fields.get("clause")), event.instant
            on_day = event.day == day
            since = at >= t0 if at is not None and t0 is not None else on_day and (at is not None or not discarded)
            if since or (clause == PREMEDICATION and on_day):
                yield clause


def premedicated(
    events: Iterable[Event], preparation: Preparation, day: date, start: datetime | None, zone: tzinfo | None
) -> frozenset[str]:
    """The drugs on record for that day, each given no later than the start."""
    return frozenset(
        drug
        for event in events
        if event.kind == "premedicated"
        for drug, given in event.fields.items()
        if drug in preparation.premedication and _in_time(event, given, day, start, zone)
    )


def _in_time(event: Event, given: object, day: date, start: datetime | None, zone: tzinfo | None) -> bool:
    """Whether a drug was given on that day and not after the start; `given` is its instant or time on the wall."""
    local = event.instant.tzinfo if event.instant is not None and zone is None else zone
    if isinstance(given, datetime):
        return given.astimezone(local).date() == day and (start is None or given <= start)
    on_wall = datetime.combine(event.day, time.fromisoformat(str(given)), local)
    return event.day == day and (start is None or local is None or on_wall <= start)


def _reconstituted(state: Bedside, fields: Fields, at: datetime) -> None:
    # A second vial of the same preparation does not restart the clock; one after its end, or after a dose that was
    # told without any, begins another, and the watch over what has gone in goes on.
    if state.t0 is None or state.over or (state.gave and state.started is None):
        state.t0, state.run = at, timedelta()
        state.diluted = state.started = state.running_since = None
        state.paused_at = state.grade = None


def _diluted(state: Bedside, fields: Fields, at: datetime) -> None:
    state.diluted = at


def _discarded(state: Bedside, fields: Fields, at: datetime) -> None:
    """Ends the preparation, not the watch over what has gone in of it."""
    _pause(state, at)
    if state.started is not None:
        state.finished = state.finished or at
    state.t0 = state.diluted = state.started = None
    state.run = timedelta()


def _infusion(state: Bedside, fields: Fields, at: datetime) -> None:
    step = fields.get("state")
    if step in ("started", "resumed") and not state.for_good:
        state.started, state.running_since = state.started or at, state.running_since or at
        state.finished = state.watch_ended = None
    elif step in ("paused", "finished", "abandoned"):
        _pause(state, at)
        if step != "paused":
            state.finished = at


def _pause(state: Bedside, at: datetime) -> None:
    if state.running_since is not None:
        state.paused_at = at
        state.run += max(timedelta(), at - state.running_since)
        state.running_since = None


def _reaction(state: Bedside, fields: Fields, at: datetime) -> None:
    _pause(state, at)
    state.grade = fields.get("grade", 0)
    if fields.get("grade", 0) >= 3 and state.started is not None:
        state.for_good = True
        state.finished = state.finished or at


def _watched(state: Bedside, fields: Fields, at: datetime) -> None:
    state.watch_ended = at


def _observed(state: Bedside, fields: Fields, at: datetime) -> None:
    if fields.get("watch_ended"):
        state.watch_ended = at


_STEPS: Mapping[str, Callable[[Bedside, Fields, datetime], None]] = {
    "reconstituted": _reconstituted,
    "diluted": _diluted,
    "discarded": _discarded,
    "infusion": _infusion,
    "reaction": _reaction,
    "observed": _observed,
    "watch_ended": _watched,
}


def span(preparation: Preparation, clock: str) -> timedelta:
    """How long a clock runs."""
    hours = preparation.clocks[clock].amount
    assert hours is not None
    return timedelta(seconds=int(hours * 3600))


def clocks(state: Bedside, preparation: Preparation) -> Sequence[Clock]:
    """The limits in force: dilute by, start by, end by, and observe until once the infusion has ended."""
    found = []
    if state.t0 is not None:
        found += [
            Clock(name, state.t0 + span(preparation, name), preparation.clocks[name].cites)
            for name in ("dilute-by", "start-by", "end-by")
        ]
    if state.finished is not None:
        cites = preparation.clocks["observation"].cites
        found.append(Clock("observe-until", state.finished + span(preparation, "observation"), cites))
    return found


def refusals(state: Bedside, preparation: Preparation, now: datetime) -> Sequence[Refusal]:
    """What must not be done at `now`, and why; the strictest reading of each clock."""
    now = now.astimezone(UTC)
    found = [*_late(state, preparation, now)]
    missing = tuple(drug for drug in preparation.premedication if drug not in state.premedicated)
    if missing and state.waiting and PREMEDICATION not in state.overridden:
        found.append(Refusal(PREMEDICATION, "hold", preparation.premedication_cites, missing=missing))
    if state.finished is not None:
        until = state.finished + span(preparation, "observation")
        if (state.watch_ended or now) < until:
            cites = preparation.clocks["observation"].cites
            found.append(Refusal("observation", "hold", cites, until))
    return found


def refused(state: Bedside, preparation: Preparation, now: datetime) -> Sequence[Refusal]:
    """What forbids to start at `now` and nobody has overridden; `end-by` without a limit where t0 is unknown."""
    found = [*refusals(state, preparation, now)]
    if state.t0 is None:
        found.append(Refusal("end-by", "stop", preparation.clocks["end-by"].cites))
    return [one for one in found if one.clause != "observation" and one.clause not in state.overridden]


def ends(state: Bedside, preparation: Preparation, now: datetime) -> datetime | None:
    """When the infusion ended, or will if it goes on from `now`; None before it is started (statement A28)."""
    if state.started is None:
        return state.finished
    now = now.astimezone(UTC)
    return state.finished or now + state.remaining(span(preparation, "infusion"), now)


def runs_until(state: Bedside, preparation: Preparation) -> datetime | None:
    """When an infusion that runs has run its whole time; None while it does not run (statement A28)."""
    return None if state.running_since is None else state.running_since + span(preparation, "infusion") - state.run


def resume_by(state: Bedside, preparation: Preparation, now: datetime) -> datetime | None:
    """The last moment at which a paused infusion can go on and still end in time (statements A25, A36)."""
    if state.t0 is None or not state.paused:
        return None
    left = state.remaining(span(preparation, "infusion"), now.astimezone(UTC))
    return state.t0 + span(preparation, "end-by") - left


def _late(state: Bedside, preparation: Preparation, now: datetime) -> Iterable[Refusal]:
    if state.t0 is None:
        return
    limits = {name: state.t0 + span(preparation, name) for name in ("dilute-by", "start-by", "end-by")}
    cites = {name: preparation.clocks[name].cites for name in limits}
    if state.waiting and (state.diluted or now) > limits["dilute-by"]:
        yield Refusal("dilute-by", "stop", cites["dilute-by"], limits["dilute-by"])
    if state.waiting and now > limits["start-by"]:
        yield Refusal("start-by", "stop", cites["start-by"], limits["end-by"])
    if state.started is not None and (end := ends(state, preparation, now)) is not None and end > limits["end-by"]:
        yield Refusal("end-by", "stop", cites["end-by"], limits["end-by"], end)
