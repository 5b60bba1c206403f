"""Whether two protocols decide alike: asked of the solver for every situation and one step of everything that happens.

Both read the same facts and the same state. If no situation that the invariants allow tells them apart, and every
happening moves the state alike, then no course can. What the solver does not read (how facts come from events,
numbers after rounding, words, which facts are named as missing) is not compared here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

import z3

from oncourse.expression import names_in
from oncourse.protocol import Clause, Protocol
from oncourse.prove.claims import Claims
from oncourse.prove.prover import granted, happenings
from oncourse.prove.situation import PER_M2, PERMIT, VERDICT, Situation
from oncourse.prove.terms import NO, YES, Choices, Truth, Value

EFFORT = 30_000_000  # the solver's own measure, so that the answer does not depend on the machine


class Reading:
    """One protocol read over the free names that it shares with others of the same choices."""

    def __init__(self, protocol: Protocol, choices: Choices) -> None:
        self.protocol, self.choices = protocol, choices

    @cached_property
    def moment(self) -> Situation:
        """Any moment."""
        return Situation(self.protocol, self.choices)

    def step(self, kind: str) -> tuple[Situation, Situation]:
        """Any moment, and what one happening of that kind makes of it."""
        before = Situation(self.protocol, self.choices)
        return before, before.after(kind)

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """Everything an answer says of a moment, by name."""
        here, protocol = self.moment, self.protocol
        told = {name: here.lookup(name) for name in (VERDICT, PER_M2, PERMIT)}
        told |= {f"answer {name}": here.read(tree) for name, tree in protocol.answers.items()}
        told |= dict(self._listed())
        told |= {f"row {row}": when for row, when in self._rows()}
        for part in ("follow_up", "suppositions"):
            trees = [item.when for item in getattr(protocol, part)]
            told |= {f"{part} {place}": here.read(tree) for place, tree in enumerate(trees) if tree is not None}
        return told

    @cached_property
    def asked(self) -> Mapping[str, Any]:
        """What counts within a day too: questions and their occasions, days to look at, dates to count from."""
        here, protocol = self.moment, self.protocol
        asked = {f"wake {place}": here.read(tree) for place, tree in enumerate(protocol.wakes)}
        asked |= {f"since {fact.since}": here.lookup(fact.since) for fact in protocol.facts if fact.since}
        for clause in protocol.clauses:
            if clause.act == "judge":
                asked[f"question {clause.id} {clause.last}"] = _exactly(
                    z3.And(here.scope(clause), here.when(clause).yes)
                )
                assert clause.occasion is not None
                asked[f"occasion {clause.id}"] = here.read(clause.occasion)
        return asked

    def _listed(self) -> Iterator[tuple[str, Any]]:
        """Each clause as a finding of its act, where the verdict lets it be listed."""
        for clause in self.protocol.clauses:
            name = f"clause {clause.id} {clause.act}"
            yield name, _exactly(z3.And(self.moment.fires(clause), self._shown(clause)))
            if clause.act in ("hold", "stop"):
                undecided = z3.And(self.moment.undecided(clause), self._verdict("need"))
                yield f"{name} undecided as {clause.unknown}", _exactly(undecided)

    def _shown(self, clause: Clause) -> Any:
        """Where a clause that fires is listed among the findings."""
        if clause.act == "need":
            return self._verdict("need")
        if clause.act == "hold":
            return z3.Not(z3.Or(self.moment.acts["wait"], self.moment.acts["done"]))
        if clause.last:
            return z3.And(self._verdict("judge"), z3.Not(self.moment.acts["judge"]))
        return z3.Not(self._verdict("done")) if clause.slot else YES

    def _verdict(self, verdict: str) -> Any:
        told = self.moment.lookup(VERDICT)
        return told.value == self.choices.code(verdict)

    def _rows(self) -> Iterator[tuple[str, Any]]:
        """Each amount, where it is the one that applies."""
        settled = NO
        for row in self.protocol.amounts.rows:
            when = self.moment.read(row.when)
            yield row.id, _exactly(z3.And(z3.Not(settled), when.yes))
            settled = z3.Or(settled, z3.Not(when.no))


class Comparison:
    """One protocol held against others, its own terms made once."""

    def __init__(self, protocol: Protocol, claims: Claims) -> None:
        self.choices = Choices()
        self.claims, self.own = claims, Reading(protocol, self.choices)

    @cached_property
    def steps(self) -> Mapping[str, tuple[Situation, Situation]]:
        """What each happening makes of any moment."""
        return {kind: self.own.step(kind) for kind in happenings(self.own.protocol)}

    def same(self, changed: Protocol) -> bool:
        """Whether the solver finds no situation in which the two differ, and says so for certain."""
        other = Reading(changed, self.choices)
        try:
            return self._alike(other)
        except (KeyError, RecursionError):  # a name that is gone, a circle: no such protocol can be read
            return False

    def _alike(self, other: Reading) -> bool:
        touched = affected(self.own.protocol, other.protocol)
        if happenings(self.own.protocol) != happenings(other.protocol):
            return False
        if touched or not _same_parts(self.own.protocol, other.protocol, _TOLD):
            told = self._no_difference(self.own.told, other.told, other, moment=True)
            if not told or not self._no_difference(self.own.asked, other.asked, other, moment=False):
                return False
        return all(self._moves_alike(kind, other, touched) for kind in happenings(self.own.protocol))

    def _moves_alike(self, kind: str, other: Reading, touched: frozenset[str]) -> bool:
        if not _moves_touched(kind, self.own.protocol, other.protocol, touched):
            return True
        before, after = self.steps[kind]
        changed_before, changed_after = other.step(kind)
        names = [variable.name for variable in self.own.protocol.state]
        pairs = [(after.names[name], changed_after.names[name]) for name in names]
        return self._unseen(pairs, before, changed_before, moment=False)

    def _no_difference(self, one: Mapping[str, Any], two: Mapping[str, Any], other: Reading, moment: bool) -> bool:
        if one.keys() != two.keys():
            return False
        return self._unseen([(one[name], two[name]) for name in one], self.own.moment, other.moment, moment)

    def _unseen(self, pairs: list[tuple[Any, Any]], one: Situation, two: Situation, moment: bool) -> bool:
        differing = [different for pair in pairs if (different := _different(*pair)) is not None]
        if not differing:
            return True
        solver = z3.Solver()
        solver.set("rlimit", EFFORT)
        solver.add(*one.always, *two.always, *granted(one, self.claims, moment))
        return all(_impossible(solver, different) for different in differing)


_TOLD = ("clauses", "permit", "wait", "answers", "amounts", "wakes", "follow_up", "suppositions")


def _same_parts(one: Protocol, two: Protocol, parts: Collection[str]) -> bool:
    return all(getattr(one, part) is getattr(two, part) for part in parts)


def affected(one: Protocol, two: Protocol) -> frozenset[str]:
    """The names whose meaning may differ between two protocols: what was changed, and all that stands on it."""
    touched = {name for name, tree in one.derived.items() if two.derived.get(name) is not tree}
    if one.clauses is not two.clauses:
        touched.add("holding")
    size = -1
    while size != len(touched):
        size = len(touched)
        touched |= {name for name, tree in one.derived.items() if touched & set(names_in(tree))}
        holds = [clause for clause in one.clauses if clause.act == "hold" or clause.holds]
        trees = [tree for clause in holds for tree in (clause.scope, clause.when, *clause.asks) if tree is not None]
        touched |= {"holding"} if any(touched & set(names_in(tree)) for tree in trees) else set()
    return frozenset(touched)


def only_moves(one: Protocol, two: Protocol, at_rest: Collection[str]) -> bool:
    """Whether two protocols say the same of every moment: they differ in what moves the state, and not at rest."""
    pairs = zip(one.happens, two.happens, strict=False)
    stirred = {move.id for move, other in pairs if move is not other}
    if len(one.happens) != len(two.happens) or not stirred.isdisjoint(at_rest):
        return False
    return not affected(one, two) and _same_parts(one, two, _TOLD)


def _moves_touched(kind: str, one: Protocol, two: Protocol, touched: frozenset[str]) -> bool:
    """Whether a happening of that kind could move the state otherwise."""
    moves, others = ([move for move in of.happens if kind in move.on] for of in (one, two))
    if len(moves) != len(others) or any(a is not b for a, b in zip(moves, others, strict=True)):
        return True
    trees = [tree for move in moves for tree in (move.when, *(tree for _, tree in move.sets)) if tree is not None]
    return any(not touched.isdisjoint(names_in(tree)) for tree in trees)


def _impossible(solver: Any, different: Any) -> bool:
    solver.push()
    solver.add(different)
    outcome = solver.check()
    solver.pop()
    return bool(outcome == z3.unsat)


def _exactly(formula: Any) -> Truth:
    return Truth(formula, z3.Not(formula))


def _different(one: Any, two: Any) -> Any:
    """That two terms differ in what they say; nothing where they are one and the same term."""
    if isinstance(one, Truth):
        pairs = [(one.yes, two.yes), (one.no, two.no)]
        return None if all(a.eq(b) for a, b in pairs) else z3.Or([a != b for a, b in pairs])
    if all(a.eq(b) for a, b in zip(_flat(one), _flat(two), strict=True)):
        return None
    values = z3.And(z3.Not(one.never), one.value != two.value)
    known = z3.And(one.known, z3.Or(one.never != two.never, values))
    stale = z3.And(one.stale, z3.Or(z3.BoolVal(one.high != two.high), one.value != two.value))
    return z3.Or(one.known != two.known, one.stale != two.stale, known, stale)


def _flat(value: Value) -> tuple[Any, ...]:
    return value.value, value.known, value.never, value.stale
