"""The claims put to the solver: each proved for every situation, or shown one that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import z3

from oncourse.expression import names_in
from oncourse.protocol import Protocol
from oncourse.prove.claims import ANYTHING, THEN, Claim, Claims
from oncourse.prove.situation import VERDICT, VERDICTS, Situation, is_known
from oncourse.prove.terms import Choices, Term, Truth, Value, constant

PROVED, NOT_INDUCTIVE, TOO_LONG = "PROVED", "NOT INDUCTIVE", "TOO LONG"

Steps = Mapping[str, tuple[Situation, Situation]]
PATIENCE = 60_000  # milliseconds for one question
# Who hears each question as it is put to the solver; a second solver wants the very same ones.
ASKED: ContextVar[Callable[[Any], None]] = ContextVar("ASKED", default=lambda solver: None)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claim: PROVED, NOT INDUCTIVE with a situation that breaks it, or no answer in time.

    NOT INDUCTIVE is no refutation: nobody has shown that a course can reach the situation.
    """

    claim: Claim
    outcome: str
    situation: Mapping[str, str]


def prove(protocol: Protocol, claims: Claims, only: Collection[str] = ()) -> Iterator[Result]:
    """Each invariant by induction over all that can happen, then each claim on top of them; or only some."""
    steps = {kind: _step(protocol, kind) for kind in happenings(protocol)}
    for claim in claims.invariants:
        if not only or claim.id in only:
            yield _invariant(protocol, claims, claim, steps)
    for claim in claims.claims:
        if not only or claim.id in only:
            yield _claim(protocol, claims, claim, steps)


def _step(protocol: Protocol, kind: str) -> tuple[Situation, Situation]:
    """Any situation, and what one happening of that kind makes of it."""
    before = Situation(protocol, Choices())
    return before, before.after(kind)


def dead(protocol: Protocol, claims: Claims) -> tuple[str, ...]:
    """The clauses that can never win: no situation in which they fire and the verdict is theirs."""
    found = []
    for clause in protocol.clauses:
        if clause.act == "omit":
            continue
        situation = Situation(protocol, Choices())
        solver = z3.Solver()
        wins = situation.fires(clause)
        if clause.act in VERDICTS:
            verdict = situation.lookup(VERDICT)
            assert isinstance(verdict, Value)
            wins = z3.And(wins, verdict.value == situation.choices.code(clause.act))
        solver.add(*granted(situation, claims, moment=True), wins, *situation.always)
        if solver.check() != z3.sat:
            found.append(f"{clause.id} ({clause.act})")
    return tuple(found)


def happenings(protocol: Protocol) -> Sequence[str]:
    """Everything that moves the state, as the file names it."""
    return tuple(dict.fromkeys(kind for transition in protocol.happens for kind in transition.on))


def _invariant(protocol: Protocol, claims: Claims, claim: Claim, steps: Steps) -> Result:
    found = _before_anything(protocol, claim)
    for before, after in steps.values():
        if found.outcome == PROVED:
            known = granted(before, claims, moment=False)
            found = _ask(claim, before, after, known, after.read(claim.holds))
    return found


def _before_anything(protocol: Protocol, claim: Claim) -> Result:
    """The state as it is declared to begin."""
    situation = Situation(protocol, Choices())
    start = {variable.name: constant(variable.initial, situation.choices) for variable in protocol.state}
    situation = situation.with_names(start)
    return _ask(claim, situation, None, [], situation.read(claim.holds))


def _claim(protocol: Protocol, claims: Claims, claim: Claim, steps: Steps) -> Result:
    if not claim.after:
        first = Situation(protocol, Choices())
        return _compared(first, _other(first, claim), claims, claim)
    found = Result(claim, PROVED, {})
    for kind in steps if claim.after == (ANYTHING,) else claim.after:
        if found.outcome == PROVED:
            found = _compared(*steps[kind], claims, claim)
    return found


def _compared(first: Situation, second: Situation | None, claims: Claims, claim: Claim) -> Result:
    known = granted(first, claims, moment=not claim.after)
    if claim.all_known:
        known += [is_known(first.lookup(fact.name)) for fact in first.protocol.facts if fact.take != "nothing"]
        known += [is_known(first.lookup(name)) for name in ("age", "sex")]
    lookup = _both(first, second)
    if claim.given is not None:
        known.append(lookup.read(claim.given).yes)
    return _ask(claim, first, second, known, lookup.read(claim.holds))


def granted(situation: Situation, claims: Claims, moment: bool) -> list[Any]:
    """What is taken for granted: the invariants, and of a moment that the day has done its own part."""
    granted = [situation.read(claim.holds).yes for claim in claims.invariants]
    return [*granted, *(situation.at_rest(claims.at_rest) if moment else ())]


class _Both(Situation):
    """Names of one situation, and with `then_` those of the other."""

    def __init__(self, first: Situation, second: Situation | None) -> None:
        self.first, self.second = first, second
        self.protocol, self.choices = first.protocol, first.choices

    def lookup(self, name: str) -> Any:
        if name.startswith(THEN) and self.second is not None:
            return self.second.lookup(name.removeprefix(THEN))
        return self.first.lookup(name)


def _both(first: Situation, second: Situation | None) -> Situation:
    return _Both(first, second)


def _other(first: Situation, claim: Claim) -> Situation | None:
    if claim.learning:
        return _learned(first, claim.but)
    return _worsened(first, claim.worse) if claim.worse else None


def _learned(first: Situation, but: Sequence[str]) -> Situation:
    """The same situation with some missing facts known: what was known stays as it was."""
    changed: dict[str, Any] = {}
    for fact in first.protocol.facts:
        old = first.names[fact.name]
        if fact.take == "nothing" or fact.name in but:
            continue
        if isinstance(old, Truth):
            new: Any = Truth(z3.Bool(f"{fact.name}.then.yes"), z3.Bool(f"{fact.name}.then.no"))
            assert isinstance(new, Truth)
            first.always += [z3.Implies(old.yes, new.yes), z3.Implies(old.no, new.no), z3.Not(z3.And(new.yes, new.no))]
        else:
            # A result out of date is not missing: a newer one does not add to it but takes its place.
            new = old._replace(known=z3.Bool(f"{fact.name}.then.known"))
            first.always += [z3.Implies(old.known, new.known), z3.Not(z3.And(old.stale, new.known))]
        changed[fact.name] = new
    return first.with_names(changed)


def _worsened(first: Situation, facts: Sequence[str]) -> Situation:
    """The same situation with those facts at least as bad."""
    changed: dict[str, Any] = {}
    for fact in first.protocol.facts:
        old = first.names[fact.name]
        if fact.name in facts and isinstance(old, Value):
            value = z3.Real(f"{fact.name}.then")
            changed[fact.name] = old._replace(value=value)
            first.always.append(value <= old.value if fact.worse == "low" else value >= old.value)
            first.always += [z3.IsInt(value)] if fact.type.unit is None else [value >= 0]
    return first.with_names(changed)


def _ask(claim: Claim, first: Situation, second: Situation | None, known: Sequence[Any], holds: Truth) -> Result:
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(*first.always, *known, z3.Not(holds.yes))
    ASKED.get()(solver)
    outcome = solver.check()
    if outcome == z3.unsat:
        return Result(claim, PROVED, {})
    if outcome != z3.sat:
        return Result(claim, TOO_LONG, {})
    return Result(claim, NOT_INDUCTIVE, dict(_told(solver.model(), claim, first, second)))


def _told(model: Any, claim: Claim, first: Situation, second: Situation | None) -> Iterator[tuple[str, str]]:
    """The situation as far as it matters: the claim's names and all they stand on."""
    texts = {code: text for text, code in first.choices.codes.items()}
    for name in sorted(_opened(claim, first)):
        yield name, _shown(model, first.lookup(name), first.protocol.types.get(name), texts)
        if second is not None:
            yield f"{THEN}{name}", _shown(model, second.lookup(name), first.protocol.types.get(name), texts)


def _opened(claim: Claim, first: Situation) -> set[str]:
    found: set[str] = set()
    queue = [name.removeprefix(THEN) for name in names_in(claim.holds)] + ["verdict"]
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += names_in(first.protocol.derived[name]) if name in first.protocol.derived else ()
    return found


def _shown(model: Any, value: Term, of: Any, texts: Mapping[int, str]) -> str:
    def true(formula: Any) -> bool:
        return bool(z3.is_true(model.eval(formula, model_completion=True)))

    if isinstance(value, Truth):
        return "yes" if true(value.yes) else "no" if true(value.no) else "unknown"
    number = model.eval(value.value, model_completion=True)
    if true(value.never):
        return "never"
    text = texts.get(int(number.as_long()), str(number)) if _is_choice(of) and number.is_int_value() else str(number)
    return text if true(value.known) else f"{text}, out of date" if true(value.stale) else "unknown"


def _is_choice(of: Any) -> bool:
    return of is None or of.kind == "choice"
