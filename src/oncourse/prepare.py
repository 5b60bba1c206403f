"""The sheet for one dose: what to prepare, step by step, and by when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from oncourse.clocks import Bedside, Clock, Refusal, bedside, clocks, premedicated, refusals
from oncourse.course import day_of, history, zone_of
from oncourse.decide import Decision
from oncourse.explain import Words, calendar_date
from oncourse.protocol import Cited


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, with the statements it carries out."""

    id: str
    says: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything for the dose that is due: premedication, steps, and the clocks once they run.

    `premedication` says of each drug whether it is on record; `now` is the moment the clocks are
    held against, nothing where no preparation is under way; `zone` is that of the site, or the
    offset of the record where the site names none. There are no steps without an amount.
    """

    decision: Decision
    now: datetime | None
    zone: tzinfo | None
    bedside: Bedside
    premedication: dict[str, bool]
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    refusals: tuple[Refusal, ...]


def prepare(decision: Decision) -> Sheet:
    """The sheet for the next dose at the moment of the decision (statements A04, A19-A28)."""
    course, rules = decision.course, decision.protocol.preparation
    events = history(course, decision.at)
    day = day_of(course, decision.at)
    timed = [event.instant for event in events if event.instant is not None and event.day == day]
    now = decision.at if isinstance(decision.at, datetime) else max(timed, default=None)
    zone = zone_of(course) or next((at.tzinfo for at in (max(timed, default=None), now) if at is not None), None)
    state = Bedside() if now is None else bedside(events, rules, now, zone)
    given = state.premedicated if now is not None else premedicated(events, rules, day, None, zone)
    under_way = now is not None and (state.t0 is not None or state.finished is not None)
    return Sheet(
        decision=decision,
        now=now if under_way else None,
        zone=zone,
        bedside=state,
        premedication={drug: drug in given for drug in rules.premedication},
        steps=() if decision.dose is None else tuple(_step(decision, step) for step in rules.steps),
        clocks=tuple(clocks(state, rules)),
        refusals=tuple(refusals(state, rules, now)) if now is not None and under_way else (),
    )


def headline(sheet: Sheet) -> str:
    """The verdict in a sentence, and that nothing is to be prepared unless the dose may be given."""
    words = Words(sheet.decision)
    verdict = words.headline()
    return verdict if sheet.decision.verdict == "give" else f"{words.words['preparation']['not-now']} {verdict}"


def _step(decision: Decision, step: Cited) -> Step:
    words = Words(decision)
    spoken = words.words["preparation"]
    too_dilute = decision.dose is None or decision.dose.bag_ml is None
    template = spoken.get(f"{step.id}-otherwise", spoken[step.id]) if too_dilute else spoken[step.id]
    return Step(step.id, words.fill(template), step.cites)


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
