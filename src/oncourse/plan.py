"""The slots ahead: dated, dosed, and marked with the condition on which they hang.

The plan gives each slot on its due day in turn, by the same transitions that a real dose moves.
What it must suppose where nothing is known yet is declared in the protocol.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import islice

from oncourse.decide import Decision
from oncourse.engine import EVENT, MEMORY, RECORDS, TODAY
from oncourse.event import Event
from oncourse.explain import Words
from oncourse.fold import happen, slot_of
from oncourse.protocol import Cited, Supposition
from oncourse.quantity import show
from oncourse.value import Env, Unknown
from oncourse.weigh import weigh

MOST_SLOTS = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: status given, omitted, due, planned or conditional; conditions in words; mg if known."""

    cycle: int
    day: int
    status: str
    on: date
    earliest: date | None = None
    mg: Fraction | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A precaution after the last dose and the day it ends."""

    id: str
    until: date
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every slot of a course, done and ahead; `ends` is the day of the last one that may come."""

    slots: tuple[Slot, ...]
    ends: date | None
    follow_up: tuple[FollowUp, ...]


def plan(decision: Decision) -> Plan:
    """The plan that follows from a decision."""
    done = tuple(
        Slot(slot.cycle, slot.day, slot.status, date.fromordinal(slot.on), mg=_mg(slot.mg))
        for slot in decision.moment.slots
    )
    ahead = tuple(_ahead(decision))
    ends = max((slot.on for slot in ahead), default=None)
    return Plan(done + ahead, ends, tuple(follow_up(decision)))


def _mg(value: object) -> Fraction | None:
    return value if isinstance(value, Fraction) else None


def following(decision: Decision) -> Slot | None:
    """The slot after the next one, if the next is given on its day."""
    return next(islice(_ahead(decision), 1, None), None)


def _ahead(decision: Decision) -> Iterator[Slot]:
    if decision.verdict in ("stop", "done") or decision.slot["due"] is None:
        return
    look = _Look(decision)
    today, standing = look.env[TODAY], ""
    for number in range(MOST_SLOTS):
        due, earliest = (look.engine.answers[name](look.env) for name in ("due", "earliest"))
        look.arrive(max(due, today))
        passing, lasting = look.suppose()
        if number and look.over():
            return
        standing = standing or lasting or look.hangs()
        conditions = tuple(text for text in (standing, passing) if text)
        dose = look.engine.dose(look.env)
        mg = None if dose is None else dose.mg
        cycle, day = slot_of(look.engine, look.env)
        on = date.fromordinal(look.env[TODAY])
        status = "conditional" if conditions else "planned" if number else "due"
        yield Slot(cycle, day, status, on, date.fromordinal(earliest), mg, conditions)
        happen(look.engine, look.env, Event("given", on, None, {"dose": mg}))


class _Look:
    """A copy of a course's state that is moved ahead; the course itself stays as it is."""

    def __init__(self, decision: Decision) -> None:
        self.engine, self.words = decision.moment.engine, Words(decision)
        self.env = _copied(decision.moment.env)
        self.suppositions = decision.protocol.suppositions

    def arrive(self, day: int) -> None:
        """Go on to a day on which nothing else happens."""
        self.env[TODAY], self.env[EVENT] = day, {}
        self.engine.forget(self.env)

    def suppose(self) -> tuple[str, str]:
        """Suppose what is not known yet; the condition on this slot alone, and on all from here."""
        for supposition in self.suppositions:
            if self.engine.compiled(supposition.when)(self.env) is not True:
                continue
            before, other = self.env, _copied(self.env)
            self.env = _copied(before)
            self._happen(supposition, self.env, supposition.fields)
            self._happen(supposition, other, supposition.otherwise)
            if self.over():
                self.env = other
                return "", self.words.words["ahead"]["otherwise"]
            return self._either(other), ""
        return "", ""

    def _happen(self, supposition: Supposition, env: Env, fields: Mapping[str, str]) -> None:
        # The day before, so that it does not answer for the cycle that begins today.
        env[TODAY] -= 1
        happen(self.engine, env, Event(supposition.event, date.fromordinal(env[TODAY]), None, fields))
        env[TODAY] += 1
        self.engine.forget(env)

    def _either(self, other: Env) -> str:
        dose = self.engine.dose(other)
        mg = self.words.words["findings"]["not-recorded"] if dose is None else show(dose.mg)
        return self.words.fill(self.words.words["ahead"]["either"], other=mg)

    def over(self) -> bool:
        """Whether the course ends before this slot."""
        return any(found.act in ("stop", "done") for found in weigh(self.engine, self.env).fired)

    def hangs(self) -> str:
        """What the slot hangs on: an open question, or an end that is not yet decided."""
        asked = {found.id for found in weigh(self.engine, self.env).fired if found.act == "judge"}
        for rule in self.engine.rules:
            undecided = rule.clause.act == "done" and rule.applies(self.env) and _unknown(rule.holds(self.env))
            if rule.clause.id in asked or undecided:
                words = self.words.words
                return str(words["clauses"][rule.clause.id].get("ahead") or words["ahead"]["judged"])
        return ""


def _unknown(value: object) -> bool:
    return isinstance(value, Unknown)


def _copied(env: Env) -> Env:
    copied = list(env)
    copied[RECORDS], copied[MEMORY] = env[RECORDS].copy(), env[MEMORY].copy()
    return copied


def follow_up(decision: Decision) -> Iterator[FollowUp]:
    """The precautions that outlast the last dose really given (A50-A52); none before the first."""
    last = decision.moment.env[MEMORY].last_given()
    if last is None:
        return
    for precaution in precautions(decision):
        assert precaution.amount is not None
        until = months_after(date.fromordinal(last.on), int(precaution.amount))
        yield FollowUp(precaution.id, until, precaution.cites)


def precautions(decision: Decision) -> Iterator[Cited]:
    """The precautions of this patient during treatment and for so many months after it."""
    for precaution in decision.protocol.follow_up:
        # Not knowing whether a precaution applies is no reason to leave it out.
        if precaution.when is None or decision.moment.evaluate(precaution.when) is not False:
            yield precaution


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months on, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
