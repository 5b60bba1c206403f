"""The sheet for one dose: what to prepare, step by step, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oncourse.clocks import Bedside, Clock, Refusal, bedside, clocks, refusals
from oncourse.course import history, zone_of
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
    held against, nothing where no time is known.
    """

    decision: Decision
    now: datetime | None
    premedication: dict[str, bool]
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    refusals: tuple[Refusal, ...]


def prepare(decision: Decision) -> Sheet:
    """The sheet for the next dose at the moment of the decision (statements A04, A19-A28)."""
    protocol, course = decision.protocol, decision.course
    events = history(course, decision.at)
    timed = [event.instant for event in events if event.instant is not None]
    now = decision.at if isinstance(decision.at, datetime) else max(timed, default=None)
    state = Bedside() if now is None else bedside(events, protocol.preparation, now)
    under_way = now is not None and (state.t0 is not None or state.finished is not None)
    return Sheet(
        decision=decision,
        now=now if under_way else None,
        premedication={drug: drug in state.premedicated for drug in protocol.preparation.premedication},
        steps=tuple(_step(decision, step) for step in protocol.preparation.steps),
        clocks=tuple(clocks(state, protocol.preparation)),
        refusals=tuple(refusals(state, protocol.preparation, now)) if now is not None and under_way else (),
    )


def _step(decision: Decision, step: Cited) -> Step:
    words = Words(decision)
    spoken = words.words["preparation"]
    too_dilute = decision.dose is None or decision.dose.bag_ml is None
    template = spoken.get(f"{step.id}-otherwise", spoken[step.id]) if too_dilute else spoken[step.id]
    return Step(step.id, words.fill(template), step.cites)


def said(sheet: Sheet, refusal: Refusal) -> str:
    """A refusal as a sentence, with the times on the site's wall."""
    words = Words(sheet.decision)
    limit = "" if refusal.limit is None else wall(sheet, refusal.limit)
    ends = "" if refusal.ends is None else wall(sheet, refusal.ends)
    template = words.words["findings"][refusal.clause]
    return words.fill(template, limit=limit, ends=ends, missing=", ".join(refusal.missing))


def wall(sheet: Sheet, instant: datetime) -> str:
    """An instant as the site's clock shows it; with its date when that is another day."""
    at, now = on_site(sheet, instant), on_site(sheet, sheet.now or instant)
    hour = f"{at:%H:%M}"
    return hour if at.date() == now.date() else f"{hour} on {calendar_date(at.date())}"


def on_site(sheet: Sheet, instant: datetime) -> datetime:
    """The instant in the site's zone; in the offset of the record where the site names none."""
    zone = zone_of(sheet.decision.course) or (sheet.now or instant).tzinfo
    return instant.astimezone(zone)
