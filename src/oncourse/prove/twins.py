"""Two courses that differ in one worse result, both treated as advised: does the worse one get more drug in all?

Decision by decision it never does, and that is proved. Over a course it can: a hold delays a patient, and what is
reported in the meantime may allow what would have been refused before. This finds the pair that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product

from oncourse.course import Course
from oncourse.decide import engine_for
from oncourse.engine import TODAY, Engine
from oncourse.event import Event, order
from oncourse.fold import live, wakes
from oncourse.protocol import Protocol
from oncourse.prove.watch import Look, asked_about, copied
from oncourse.prove.world import World, event_of, together
from oncourse.quantity import show
from oncourse.value import Env
from oncourse.weigh import Weighed, weigh

WEEK = 7  # days to the next visit while a dose is held
WEEKS, VISITS = 20, 12  # how far a course is followed


@dataclass(frozen=True, slots=True)
class Twin:
    """A course treated as advised, and the mg that it was given in all."""

    course: Course
    mg: Fraction


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls a patient: when the facts reported later turn good, and at which visit one result is worse."""

    start: Course
    turns: int
    fact: str = ""
    worse: Event | None = None
    visit: int = -1


def more_drug(protocol: Protocol, world: World, weeks: range = range(WEEKS)) -> tuple[Twin, Twin] | None:
    """The first pair found in which one worse result leads to more drug: the course without it, and that with it."""
    engine = engine_for(protocol, {})
    for start, week in product(world.starts, weeks):
        fate = Fate(start, week * WEEK)
        one = _Life(engine, world, fate).twin()
        for (fact, worse), visit in product(_worse(protocol, world), range(VISITS)):
            other = _Life(engine, world, replace(fate, fact=fact, worse=worse, visit=visit)).twin()
            if other.mg > one.mg:
                return one, other
    return None


def _worse(protocol: Protocol, world: World) -> Iterator[tuple[str, Event]]:
    """For each result with a worse side, its last answer."""
    for fact in protocol.facts:
        if fact.worse is not None and fact.type.kind == "number" and fact.name in world.answers:
            yield fact.name, world.answers[fact.name][-1]


class _Life:
    """One course, visit by visit, as the engine advises and by the default of each question."""

    def __init__(self, engine: Engine, world: World, fate: Fate) -> None:
        self.engine, self.world, self.fate = engine, world, fate
        self.first = fate.start.events[0].day.toordinal()
        self.events: list[Event] = []
        self.mg = Fraction(0)

    def twin(self) -> Twin:
        """The course to its end, or as far as it is followed."""
        env, day = self.engine.start(self.fate.start), self.first
        for visit in range(VISITS):
            if day > self.first + WEEKS * WEEK:
                break
            env, weighed, today = self._visit(env, day, visit)
            self.events += today
            if weighed.verdict in ("stop", "done"):
                break
            due = self.engine.answers["due"](env)
            day = due if due > day else day + WEEK
        return Twin(replace(self.fate.start, events=tuple(self.events)), self.mg)

    def _visit(self, before: Env, day: int, visit: int) -> tuple[Env, Weighed, list[Event]]:
        """One day, lived again with each answer until nothing more is asked."""
        events = list(self.fate.start.events) if visit == 0 else []
        answered: set[str] = set()
        while True:
            env, today = copied(before), self._ordered(events, day)
            self._advance(env, day)
            live(self.engine, env, day, today)
            weighed = weigh(self.engine, env)
            taken = any(event.kind == "given" for event in events)
            more = [] if taken else self._next(Look(env, weighed), day, visit, answered)
            if not more:
                return env, weighed, today
            events += more

    def _next(self, look: Look, day: int, visit: int, answered: set[str]) -> list[Event]:
        """What a visit goes on with: answers, the default of a question, or the dose."""
        weighed = look.weighed
        assert weighed is not None
        if weighed.verdict in ("need", "hold"):
            facts = [fact for fact in asked_about(self.engine, look) if fact not in answered]
            answered |= set(facts)
            return list(together(self._answer(fact, day, visit) for fact in facts if fact in self.world.answers))
        if weighed.verdict == "judge":
            clause = next(found.clause for found in weighed.fired if found.act == "judge")
            return [event_of("judged", {"clause": clause.id, "choice": clause.default})]
        dose = self.engine.dose(look.env) if weighed.verdict == "give" else None
        if dose is None:
            return []
        self.mg += dose.mg
        return [event_of("given", {"dose": dose.mg}, {"dose": f"{show(dose.mg)} mg"})]

    def _answer(self, fact: str, day: int, visit: int) -> Event:
        if fact == self.fate.fact and visit == self.fate.visit and self.fate.worse is not None:
            return self.fate.worse
        late = fact in self.world.later and day < self.first + self.fate.turns
        return self.world.answers[fact][-1 if late else 0]

    def _ordered(self, events: list[Event], day: int) -> list[Event]:
        on = date.fromordinal(day)
        return order((replace(event, day=on) for event in events), self.engine.protocol.vocabulary)

    def _advance(self, env: Env, day: int) -> None:
        while ahead := [wake for wake in wakes(self.engine, env) if env[TODAY] < wake < day]:
            live(self.engine, env, min(ahead), ())
