"""A DECISION IS TAKEN HERE: from what happened to one patient, what to do now, how much, and why.

`decide` is pure: the same protocol, course and moment give the same decision. It reads no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from oncourse.course import Course, day_of, history, last_day
from oncourse.dose import Dose
from oncourse.engine import MEMORY, RECORDS, Engine, Settled
from oncourse.evaluate import Ground, grounds
from oncourse.expression import Node
from oncourse.facts import Observation
from oncourse.fold import fold, slot_of
from oncourse.protocol import ACTS, Protocol
from oncourse.value import Env
from oncourse.weigh import Fired, weigh


class Disagreement(Exception):
    """The clauses would allow a dose that the permit does not: a fault of ours, never a dose."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause that fired, with what made it fire and the facts it lacks."""

    clause: str
    act: str
    cites: tuple[str, ...]
    readings: tuple[str, ...]
    grounds: tuple[Ground, ...] = ()
    lacks: tuple[str, ...] = ()
    slot: Settled | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """A question open to the prescriber."""

    clause: str
    options: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class Change:
    """How the dose differs from the last one really given (mg), and the clause or amount behind it."""

    from_mg: object
    to_mg: object
    clause: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a course at the moment asked about, for whoever explains or looks ahead."""

    engine: Engine
    env: Env

    def value(self, name: str) -> object:
        """The value of a fact, a state variable or a derived name."""
        return self.engine.lookup[name](self.env)

    def evaluate(self, tree: Node) -> object:
        """The value of any expression of the protocol."""
        return self.engine.compiled(tree)(self.env)

    def observation(self, name: str) -> Observation | None:
        """What stands on record for a fact, whatever its age."""
        index = next((i for i, fact in enumerate(self.engine.protocol.facts) if fact.name == name), None)
        seen = None if index is None else self.env[RECORDS].latest[index]
        return seen if isinstance(seen, Observation) else None

    @property
    def slots(self) -> list[Settled]:
        """Every slot given or omitted so far, in order."""
        slots: list[Settled] = self.env[MEMORY].slots
        return slots


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one course at one moment (contract section 3); dates where it says dates."""

    course: Course
    protocol: Protocol
    at: date | datetime
    verdict: str
    slot: Mapping[str, object]
    dose: Dose | None
    findings: tuple[Finding, ...]
    needs: tuple[str, ...]
    choices: Choices | None
    omitted: tuple[Settled, ...]
    change: Change | None
    moment: Moment = field(compare=False, repr=False)


def engine_for(protocol: Protocol, site: Mapping[str, object]) -> Engine:
    """The protocol made ready under that site's settings; kept for the next course."""
    known = {setting.name for setting in protocol.settings} | {"bsa_formula"}
    return _engine(protocol, tuple(sorted((name, value) for name, value in site.items() if name in known)))


@lru_cache(maxsize=32)
def _engine(protocol: Protocol, site: tuple[tuple[str, object], ...]) -> Engine:
    return Engine(protocol, dict(site))


def decide(
    protocol: Protocol, course: Course, at: date | datetime | None = None, listed: int | None = None
) -> Decision:
    """What to do for this course at that moment: a date means the end of that day.

    `at` defaults to the date of the last event; `listed` looks only at that many entries.
    """
    at = at or last_day(course)
    if at is None:
        raise ValueError("nothing happened in this course: say at which date")
    engine = engine_for(protocol, course.site)
    env = fold(engine, course, history(course, at, listed), day_of(course, at).toordinal())
    return conclude(engine, env, course, at)


def conclude(engine: Engine, env: Env, course: Course, at: date | datetime) -> Decision:
    """What to do in a state that is already folded to that moment; clauses and permit must agree."""
    weighed = weigh(engine, env)
    if weighed.verdict == "give" and engine.permit(env) is not True:
        raise Disagreement(f"{course.id} at {at}: no clause forbids a dose, but the permit does not allow one")
    return _decision(engine, env, course, at, weighed.verdict, weighed.fired)


def _decision(
    engine: Engine, env: Env, course: Course, at: date | datetime, verdict: str, fired: list[Fired]
) -> Decision:
    moment = Moment(engine, env)
    omitted = tuple(env[MEMORY].omitted())
    dose = None if verdict == "done" else engine.dose(env)
    findings = [_finding(moment, found) for found in fired] + [_omission(engine, slot) for slot in omitted]
    findings.sort(key=lambda found: ACTS.index(found.act))
    lacks = {fact for found in fired if found.act == "need" for fact in found.lacks}
    asked = next((found.clause for found in fired if found.act == "judge"), None)
    question = asked if verdict == "judge" else None
    return Decision(
        course=course,
        protocol=engine.protocol,
        at=at,
        verdict=verdict,
        slot=_slot(engine, env, verdict),
        dose=dose,
        findings=tuple(findings),
        needs=_ordered(engine, lacks),
        choices=None if question is None else Choices(question.id, question.options, question.default),
        omitted=omitted,
        change=_change(moment, dose),
        moment=moment,
    )


def _slot(engine: Engine, env: Env, verdict: str) -> Mapping[str, object]:
    """The slot's fields: null when the course is done."""
    cycle, day = slot_of(engine, env)
    answers = {name: answer(env) for name, answer in engine.answers.items()}
    fields = {"cycle": cycle, "day": day} | {name: _dated(engine, name, value) for name, value in answers.items()}
    if verdict == "done":
        fields |= dict.fromkeys(("cycle", "day", "due", "earliest", "late", "omit_on"))
    return fields


def _dated(engine: Engine, name: str, value: object) -> object:
    if engine.protocol.answers[name].type.kind == "date":
        return date.fromordinal(value) if isinstance(value, int) else None
    return value


def _ordered(engine: Engine, lacks: set[str]) -> tuple[str, ...]:
    if not lacks:
        return ()
    order = {fact.name: place for place, fact in enumerate(engine.protocol.facts)}
    return tuple(sorted(lacks, key=lambda fact: (order.get(fact, -1), fact)))


def _finding(moment: Moment, found: Fired) -> Finding:
    clause = found.clause
    made: tuple[Ground, ...] = ()
    if clause.when is not None and found.act != "need":
        trees = moment.engine.protocol.derived
        made = tuple(dict.fromkeys(grounds(clause.when, True, moment.evaluate, trees)))
    lacks = _ordered(moment.engine, set(found.lacks))
    return Finding(found.id, found.act, clause.cites, clause.readings, made, lacks)


def _omission(engine: Engine, slot: Settled) -> Finding:
    clause = next(clause for clause in engine.protocol.clauses if clause.act == "omit")
    return Finding(clause.id, "omit", clause.cites, clause.readings, slot=slot)


def _change(moment: Moment, dose: Dose | None) -> Change | None:
    """What differs from the last dose really given, and the first cause of it."""
    last = moment.env[MEMORY].last_given()
    if last is None or dose is None or last.mg == dose.mg:
        return None
    amounts = moment.engine.protocol.amounts
    level = moment.engine.answers["level"](moment.env)
    rows = {row.id: row.mg_per_m2 for row in amounts.rows}
    if level > last.level:
        return Change(last.mg, dose.mg, amounts.levels[level - 1])
    if rows.get(last.row or "") != rows[dose.row]:
        return Change(last.mg, dose.mg, dose.row)
    return Change(last.mg, dose.mg, amounts.size if last.bsa != dose.bsa else None)
