"""The real engine run through every course within bounds, the fewest troubles first.

A course is lived visit by visit. The engine is asked; what it lacks, what holds a dose and what it leaves to the
prescriber each fork the course. Courses that leave the same footprint are gone on with once.

A trouble is whatever departs from the usual course: a result past a limit, a happening, another day than the one
due, a question left unanswered, a dose allowed and not given, or given against the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import heappop, heappush
from itertools import count

from oncourse.course import Course, history, read
from oncourse.decide import engine_for
from oncourse.engine import MEMORY, TODAY
from oncourse.event import Event, order
from oncourse.fold import fold, live, wakes
from oncourse.protocol import Protocol
from oncourse.prove.claims import Claim, Claims
from oncourse.prove.footprint import Footprint
from oncourse.prove.watch import Look, Watch, asked_about, copied
from oncourse.prove.world import World, event_of, together
from oncourse.quantity import show
from oncourse.value import Env, Unknown

AHEAD = 42  # days after a visit within which the next one falls
WEEK = 7  # days to the next visit where no date lies ahead
BESIDE = ("reduce", "note")  # acts of clauses that win whatever the verdict


@dataclass(frozen=True, slots=True)
class Refuted:
    """A claim with a course that breaks it on that day; for claims of two situations also the other course."""

    claim: Claim
    day: date
    course: Course
    other: Course | None = None


@dataclass(slots=True)
class Explored:
    """What an exploration has seen so far; `reached` holds the first course on which each clause won, by id and act."""

    states: int = 0
    runs: int = 0
    waiting: int = 0
    refuted: dict[str, Refuted] = field(default_factory=dict)
    reached: dict[tuple[str, str], Course] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """A course up to the end of a day on which it was looked at."""

    course: Course
    events: tuple[Event, ...]
    look: Look
    troubles: int = 0

    @property
    def day(self) -> date:
        """That day."""
        return date.fromordinal(self.look.env[TODAY])

    def told(self) -> Course:
        """The course up to here."""
        return replace(self.course, events=self.events)


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A day that is lived: what happened before it, what happens on it, and the facts already answered."""

    before: Visit
    day: int
    events: tuple[Event, ...] = ()
    troubles: int = 0
    answered: frozenset[str] = frozenset()

    @property
    def trouble(self) -> int:
        """All troubles of the course with this day."""
        return self.before.troubles + self.troubles

    def also(self, *events: Event, troubles: int = 0, answered: Iterable[str] = ()) -> Day:
        """The same day with more happening on it."""
        known = self.answered.union(answered)
        return Day(self.before, self.day, (*self.events, *events), self.troubles + troubles, known)


class Exploration:
    """One exploration of courses with at most so many troubles; those of the courses it begins with do not count."""

    def __init__(
        self,
        protocol: Protocol,
        claims: Claims,
        world: World,
        most: int = 1,
        only: Sequence[str] = (),
        firsts: Iterable[Course] = (),
    ) -> None:
        self.protocol, self.world, self.most = protocol, world, most
        self.engine = engine_for(protocol, {})
        self.watch = Watch(self.engine, claims, only)
        self.found = Explored()
        self.firsts = (*world.starts, *firsts)
        self._footprint = Footprint(self.engine)
        self._seen: set[object] = set()
        self._queue: list[tuple[int, int, int, Visit]] = []
        self._count = count()

    def run(self) -> Iterator[tuple[Visit, Explored]]:
        """Go on until nothing within the bounds is left; each new visit, and what has been seen by then."""
        for first in self.firsts:
            yield from self._begin(first)
        while self._queue:
            *_, visit = heappop(self._queue)
            self.found.waiting = len(self._queue)
            for day in self._onward(visit):
                yield from self._live(day)

    def _begin(self, first: Course) -> Iterator[tuple[Visit, Explored]]:
        """Go on from the end of a course's last day."""
        happened = history(first)
        last = happened[-1].day
        earlier = [event for event in happened if event.day < last]
        env = fold(self.engine, first, earlier, last.toordinal() - 1)
        before = Visit(first, tuple(earlier), Look(env))
        yield from self._live(Day(before, last.toordinal(), tuple(happened[len(earlier) :])))

    # The next visit: on which day, and what may have happened by then.

    def _onward(self, visit: Visit) -> Iterator[Day]:
        assert visit.look.weighed is not None
        if visit.look.weighed.verdict == "stop":
            return
        left = int(visit.look.weighed.verdict in ("give", "need", "judge"))
        for day, unusual in self._days(visit.look.env):
            troubles = visit.troubles + left + unusual
            if troubles <= self.most:
                come = Day(replace(visit, look=Look(self._advanced(visit.look.env, day))), day, (), left + unusual)
                yield come
                yield from (come.also(happening, troubles=1) for happening in self.world.happenings)

    def _days(self, env: Env) -> Iterator[tuple[int, int]]:
        """The days on which time alone can change something, the one before and the one after.

        To come on another day than the one due is a trouble, unless a hold stands.
        """
        today, awake = env[TODAY], set(wakes(self.engine, env))
        held = self.engine.lookup["holding"](env) is True
        usual = awake if held else {self.engine.answers["due"](env)}
        edges = {wake + shift for wake in awake for shift in (-1, 0, 1)}
        for day in sorted(day for day in edges if today < day <= today + AHEAD) or [today + WEEK]:
            yield day, int(day not in usual)

    def _advanced(self, env: Env, day: int) -> Env:
        """The environment on the eve of a day, nothing having happened."""
        env = copied(env)
        while ahead := [wake for wake in wakes(self.engine, env) if env[TODAY] < wake < day]:
            live(self.engine, env, min(ahead), ())
        return env

    # One visit: the day is lived again with each answer to what is asked.

    def _live(self, day: Day, lived: Visit | None = None) -> Iterator[tuple[Visit, Explored]]:
        """Live a day, then again with whatever it calls for."""
        if day.trouble > self.most:
            return
        visit = lived or self._lived(day)
        mark = self._footprint.of(visit.look.env)
        if mark in self._seen:
            return
        self._seen.add(mark)
        self.found.states += 1
        self._note(visit)
        heappush(self._queue, (visit.troubles, len(visit.events), next(self._count), visit))
        yield visit, self.found
        for again, known in self._forks(day, visit):
            yield from self._live(again, known)

    def _lived(self, day: Day) -> Visit:
        self.found.runs += 1
        on = date.fromordinal(day.day)
        events = order((replace(event, day=on) for event in day.events), self.protocol.vocabulary)
        env = copied(day.before.look.env)
        broken = self.watch.lived(env, day.day, events)
        visit = Visit(day.before.course, (*day.before.events, *events), self.watch.look(env), day.trouble)
        self._refute([*broken, *self.watch.broken(visit.look)], visit)
        return visit

    def _forks(self, day: Day, visit: Visit) -> Iterator[tuple[Day, Visit | None]]:
        """The same day with what it asks for answered, and with the dose given."""
        weighed = visit.look.weighed
        assert weighed is not None
        taken = any(event.kind == "given" for event in day.events)
        if taken:
            return
        if weighed.verdict in ("need", "hold", "wait"):
            yield from self._answers(day, visit)
        if weighed.verdict == "judge":
            clause = next(found.clause for found in weighed.fired if found.act == "judge")
            yield from (
                (day.also(event_of("judged", {"clause": clause.id, "choice": c})), None) for c in clause.options
            )
        dose = self.engine.dose(visit.look.env)
        if dose is not None and weighed.verdict not in ("stop", "done"):
            given = event_of("given", {"dose": dose.mg}, {"dose": f"{show(dose.mg)} mg"})
            yield day.also(given, troubles=int(weighed.verdict != "give")), None

    def _answers(self, day: Day, visit: Visit) -> Iterator[tuple[Day, Visit]]:
        """All facts asked about answered at their best; then each of them worse."""
        answers = self.world.answers
        asked = asked_about(self.engine, visit.look)
        facts = [fact for fact in asked if fact in answers and fact not in day.answered]
        if not facts:
            return
        best = [answers[fact][0] for fact in facts]
        well = day.also(*together(best), answered=facts)
        first = self._lived(well)
        if all(isinstance(self.engine.lookup[fact](visit.look.env), Unknown) for fact in facts):
            self._refute(self.watch.learned(visit.look, first.look, frozenset(facts)), visit, first)
        yield well, first
        for at, fact in enumerate(facts):
            for worse in answers[fact][1:]:
                said = together([*best[:at], worse, *best[at + 1 :]])
                less = day.also(*said, troubles=_trouble(worse), answered=facts)
                if less.trouble <= self.most:
                    other = self._lived(less)
                    self._refute(self.watch.worsened(first.look, other.look, frozenset([fact])), first, other)
                    yield less, other

    def _refute(self, broken: Iterable[Claim], visit: Visit, other: Visit | None = None) -> None:
        for claim in broken:
            told = Refuted(claim, visit.day, visit.told(), None if other is None else other.told())
            self.found.refuted.setdefault(claim.id, told)

    def _note(self, visit: Visit) -> None:
        """The clauses that win here: those of the verdict, and those said beside it."""
        weighed = visit.look.weighed
        assert weighed is not None
        won = [(found.id, found.act) for found in weighed.fired if found.act in (weighed.verdict, *BESIDE)]
        if visit.look.env[MEMORY].omitted():
            won += [(clause.id, clause.act) for clause in self.protocol.clauses if clause.act == "omit"]
        for name in won:
            self.found.reached.setdefault(name, visit.told())


def _trouble(answer: Event) -> int:
    """A result past its limit is a trouble; a choice is not."""
    return int(not all(isinstance(value, str) for value in answer.fields.values()))


def moments_of(protocol: Protocol) -> Iterator[Course]:
    """Every course of the protocol's case suite, cut after each of its days; those with settings of a site left out."""
    for path in sorted((protocol.folder / "cases").rglob("*.yaml")):
        case = read(path.read_bytes(), path.name, protocol.vocabulary)
        happened = history(case)
        if not case.site:
            for day in sorted({event.day for event in happened}):
                yield replace(case, events=tuple(event for event in happened if event.day <= day))
