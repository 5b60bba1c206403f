"""Today's board: where every patient stands, decided once and kept until something is told of them or the day ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from oncourse.clinic import Clinic, NoCourse
from oncourse.clocks import REACH
from oncourse.course import history, zone_of
from oncourse.decide import Decision, decide
from oncourse.event import Event
from oncourse.record import kept, typed
from oncourse.record.patients import Patient
from oncourse.stage import PRESCRIBER, Stage, stage

OVER = ("stop", "done")
ORDERED = "ordered"
UNDER_WAY = (ORDERED, "reconstituted", "infusion")  # what a dose in hand begins with
ANSWERS = {"hold": ("held", "omitted"), "need": ("held", "omitted")}


@dataclass(frozen=True, slots=True)
class Standing:
    """One patient's course at one day: the decision, the version it was taken at, what was told since the last dose.

    `stage` is the dose in hand, if there is one.
    """

    patient: Patient
    version: int
    decision: Decision
    since: tuple[Event, ...]
    stage: Stage | None = None

    @property
    def today(self) -> date:
        """The day, on the calendar of the site."""
        day = self.decision.at
        assert isinstance(day, date)
        return day

    @property
    def told(self) -> Event | None:
        """The last of today's acts that answers the verdict: the order, the hold, the omission, the stop."""
        kinds = ("ordered", "held", "omitted", "stopped")
        return next((event for event in reversed(self.since) if event.kind in kinds and event.day == self.today), None)

    @property
    def answered(self) -> bool:
        """Whether somebody did what the verdict says, or ordered a dose against the very clauses that decide now."""
        told, decision = self.told, self.decision
        if decision.verdict == "stop":
            return any(event.kind == "stopped" for event in self.since)
        if told is None or told.kind != ORDERED:
            return told is not None and told.kind in ANSWERS.get(decision.verdict, ())
        return self.fits(told)

    def fits(self, order: Event) -> bool:
        """Whether an order is what the verdict says now, or was given against the very clauses that decide now."""
        decision, against = self.decision, set(order.fields.get("against", ()))
        if decision.verdict == "give":
            dose, ordered = decision.dose, order.fields["dose"]
            return dose is not None and (dose.row in against or decision.protocol.amounts.fits(ordered, dose.mg))
        deciding = {found.clause for found in decision.findings if found.act == decision.verdict}
        return bool(against) and (deciding or {decision.verdict}) <= against

    @property
    def ordered(self) -> Event | None:
        """The order of today that stands, as long as its dose was not given."""
        return next(
            (event for event in reversed(self.since) if event.kind == ORDERED and event.day == self.today), None
        )

    @property
    def recheck(self) -> date | None:
        """When somebody wanted to look again, as long as there is still something to look for."""
        if self.decision.verdict not in ("hold", "need") or self.ordered is not None:
            return None
        held = next((event for event in reversed(self.since) if event.kind == "held"), None)
        said = None if held is None else held.fields.get("recheck")
        return said if isinstance(said, date) else None

    @property
    def waits_for(self) -> str | None:
        """Whose the next step is: of a dose in hand, also once a course is over; else nobody's then."""
        if self.stage is not None:
            return self.stage.role
        return None if self.decision.verdict in (*OVER, "wait") else PRESCRIBER

    def waits_for_any(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles has something to do, or to know, today."""
        tells = None if self.stage is None else self.stage.tells
        return self.open and (self.waits_for in roles or tells in roles)

    @property
    def due(self) -> date | None:
        """The day that matters next: when to look again, else when the dose is due; none once it is over."""
        if self.decision.verdict in OVER:
            return None
        day = self.decision.slot["due"]
        if self.recheck is not None and self.recheck > self.today:
            return self.recheck
        return day if isinstance(day, date) else self.today

    @property
    def open(self) -> bool:
        """Whether somebody has something to do today."""
        return self.waits_for is not None and not (self.recheck is not None and self.recheck > self.today)


class Board:
    """Every patient's standing, worked out when it is first asked for."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic, self._seen = clinic, 0
        self._known: dict[str, Standing] = {}
        self._told: dict[str, int] = {}
        self._lock = Lock()

    def __iter__(self) -> Iterator[Standing]:
        """All of them: those with something to do first, then by day, then by name."""
        seen, here = self._looked(), self.clinic.here()
        return iter(sorted((self._standing(patient, seen, here) for patient in self.clinic.search()), key=_urgency))

    def of(self, name: str) -> Standing:
        """One of them; raises NoCourse."""
        seen = self._looked()
        found = next((patient for patient in self.clinic.search(name) if patient.course == name), None)
        if found is None:
            raise NoCourse(name)
        return self._standing(found, seen, self.clinic.here())

    def _looked(self) -> int:
        """Forget whom something was told of since the last look; how many entries there are by now."""
        with self._lock:
            self._seen, changed = self.clinic.record.changed(self._seen)
            for name in changed:
                self._told[name] = self._seen
                self._known.pop(name, None)
            return self._seen

    def _standing(self, patient: Patient, seen: int, here: datetime) -> Standing:
        """`here` is now, where a course has no time zone of its own."""
        name = patient.course
        known = self._known.get(name)
        if known is not None and known.today == here.astimezone(zone_of(known.decision.course) or here.tzinfo).date():
            return known
        made = standing(self.clinic, patient)
        with self._lock:
            if self._told.get(name, 0) <= seen:  # else somebody looked again meanwhile, and this is of before
                self._known[name] = made
        return made


def standing(clinic: Clinic, patient: Patient) -> Standing:
    """Where a patient stands today; raises NoCourse."""
    known = clinic.course(patient.course)
    now = clinic.here(known.course)
    decision, events = decide(known.protocol, known.course, now.date()), history(known.course, now.date())
    since, in_hand = since_the_last_dose(events), None
    if any(event.kind in UNDER_WAY and (event in since or event.day >= (now - REACH).date()) for event in events):
        in_hand = stage(known.protocol, known.course, clinic.checks(patient.course), now)
    return Standing(patient, known.version, decision, since, in_hand)


def supposed(clinic: Clinic, name: str, source: str, at: date) -> Decision:
    """What would be to do on that day if these events were told too; nothing is kept. Raises BadInput, NoCourse."""
    root, faults = typed.read(source, "events")
    entries = clinic.entries(name)
    before = clinic.course(name)
    taken = [event.id for event in before.course.events if event.id is not None]
    told = typed.named(typed.events(root), len(entries), taken)
    course = kept.read(kept.tree(entries, told), before.protocol, faults)
    return decide(before.protocol, course, at)


def since_the_last_dose(events: Sequence[Event]) -> tuple[Event, ...]:
    """What happened after the last dose, of events in the order in which they count."""
    last = max((place for place, event in enumerate(events) if event.kind == "given"), default=-1)
    return tuple(events[last + 1 :])


def _urgency(of: Standing) -> tuple[bool, date, str]:
    return not of.open, of.due or date.max, str(of.patient.shown.get("name", of.patient.course))
