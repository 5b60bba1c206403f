"""Two versions of a protocol: what is written differently, and what that comes to for a patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from itertools import zip_longest

import z3

from oncourse.course import Course, history
from oncourse.decide import engine_for
from oncourse.engine import Engine
from oncourse.fold import fold
from oncourse.protocol import Protocol
from oncourse.prove.claims import Claims
from oncourse.prove.explore import Exploration, Visit, moments_of
from oncourse.prove.prover import PATIENCE, granted, happenings
from oncourse.prove.situation import PER_M2, PERMIT, VERDICT, Situation
from oncourse.prove.terms import Choices, Value
from oncourse.prove.trees import every_tree
from oncourse.prove.world import read_world
from oncourse.value import Env
from oncourse.weigh import weigh

NO_ANSWER = "no answer, its permit objecting"
GIVES, MORE, LESS, REFUSES = "gives", "gives more", "gives less", "no longer gives"
NOTHING_CLAIMED = Claims((), (), ())
PARTS = ("settings", "facts", "state", "clauses", "happens", "follow_up")
MAPPINGS = ("derived", "answers")


@dataclass(frozen=True, slots=True)
class Answered:
    """What one version says of a course: the verdict, the clause behind it, mg/m² if it can be computed."""

    verdict: str
    clause: str
    per_m2: Fraction | None

    def __str__(self) -> str:
        return f"{self.verdict} ({self.clause})" if self.clause else self.verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """A course and a day on which the two versions differ, and how the new one differs."""

    kind: str
    old: Answered
    new: Answered
    course: Course
    day: date


def written(old: Protocol, new: Protocol) -> Iterator[str]:
    """What was added, removed or changed, part by part, by name."""
    for part in PARTS:
        one, two = _by_name(getattr(old, part)), _by_name(getattr(new, part))
        yield from _changed(part, one, two)
    for part in MAPPINGS:
        yield from _changed(part, getattr(old, part), getattr(new, part))
    yield from (
        f"{part} changed"
        for part in ("wait", "permit", "wakes", "amounts", "preparation", "suppositions")
        if _plain(getattr(old, part)) != _plain(getattr(new, part))
    )


def _changed(part: str, one: Mapping[str, object], two: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys((*one, *two)):
        if name not in two:
            yield f"{part}: {name} removed"
        elif name not in one:
            yield f"{part}: {name} added"
        elif _plain(one[name]) != _plain(two[name]):
            yield f"{part}: {name} changed"


def _by_name(items: Iterable[object]) -> Mapping[str, object]:
    """The parts by name; of several with one id, each by its act too."""
    return {
        f"{getattr(item, 'id', None) or getattr(item, 'name', '')} {getattr(item, 'act', '')}".strip(): item
        for item in items
    }


def _plain(value: object) -> object:
    """A value that compares by what is written, wherever it is written."""
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, [
            (field.name, _plain(getattr(value, field.name))) for field in fields(value) if field.compare
        ]
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def never_more(old: Protocol, new: Protocol, claims: Claims) -> bool:
    """Proved: from no state does the new version give, or give more, where the old does not.

    `claims` are those of the old version; its invariants are taken for granted.
    """
    choices = Choices()
    before, after = Situation(old, choices), Situation(new, choices)
    give = choices.code("give")
    permits = [situation.lookup(PERMIT).yes for situation in (before, after)]
    verdicts = [situation.lookup(VERDICT) for situation in (before, after)]
    amounts = [situation.lookup(PER_M2) for situation in (before, after)]
    assert all(isinstance(value, Value) for value in (*verdicts, *amounts))
    more = z3.Or(verdicts[0].value != give, z3.Not(permits[0]), amounts[1].value > amounts[0].value)
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(*granted(before, claims, moment=True), verdicts[1].value == give, permits[1], more)
    solver.add(*before.always, *after.always)
    return bool(solver.check() == z3.unsat)


def moves_alike(old: Protocol, new: Protocol) -> bool:
    """Proved: whatever happens, both versions remember the same of it."""
    names = [variable.name for variable in old.state]
    if names != [variable.name for variable in new.state] or set(happenings(old)) != set(happenings(new)):
        return False
    return all(_moves_alike(old, new, kind, names) for kind in happenings(old))


def _moves_alike(old: Protocol, new: Protocol, kind: str, names: list[str]) -> bool:
    choices = Choices()
    befores = Situation(old, choices), Situation(new, choices)
    one, two = (situation.after(kind) for situation in befores)
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    pairs = [(one.lookup(name), two.lookup(name)) for name in names]
    solver.add(z3.Or([part != other for pair in pairs for part, other in zip(*pair, strict=True) if part is not other]))
    solver.add(*befores[0].always, *befores[1].always)
    return bool(solver.check() == z3.unsat)


def differences(old: Protocol, new: Protocol, troubles: int) -> Iterator[Difference]:
    """For each way in which the versions differ, the first course found that shows it; the shortest come first."""
    engines = engine_for(old, {}), engine_for(new, {})
    known: set[tuple[str, str, str]] = set()
    for visit in _given(old, new, troubles):
        one, two = (_answered(engine, visit) for engine in engines)
        kind = _kind(one, two)
        if kind is not None and (kind, str(one), str(two)) not in known:
            known.add((kind, str(one), str(two)))
            yield Difference(kind, one, two, visit.told(), visit.day)


def _given(old: Protocol, new: Protocol, troubles: int) -> Iterator[Visit]:
    """The visits within the bounds at which a version gives; both versions' courses and the case suite in turn."""
    world = read_world(new, every_tree(old))
    explorations = (
        Exploration(new, NOTHING_CLAIMED, world, troubles),
        Exploration(old, NOTHING_CLAIMED, world, troubles),
        Exploration(new, NOTHING_CLAIMED, world, 0, firsts=moments_of(new)),
    )
    for seen in zip_longest(*(exploration.run() for exploration in explorations)):
        for visit, _ in filter(None, seen):
            if visit.look.weighed is not None and visit.look.weighed.verdict == "give":
                yield visit


def _answered(engine: Engine, visit: Visit) -> Answered:
    course = visit.told()
    env: Env = fold(engine, course, history(course), visit.day.toordinal())
    weighed, dose = weigh(engine, env), engine.dose(env)
    refused = weighed.verdict == "give" and engine.permit(env) is not True
    clause = next((found.id for found in weighed.fired if found.act == weighed.verdict), "")
    return Answered(NO_ANSWER if refused else weighed.verdict, clause, None if dose is None else dose.mg_per_m2)


def _kind(old: Answered, new: Answered) -> str | None:
    if new.verdict == "give" != old.verdict:
        return GIVES
    if old.verdict == "give" != new.verdict:
        return REFUSES
    if new.verdict != "give" or new.per_m2 is None or old.per_m2 is None or new.per_m2 == old.per_m2:
        return None
    return MORE if new.per_m2 > old.per_m2 else LESS
