"""The claims put to the solver: each proved for every situation, or shown one that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import z3

from oncourse.expression import Some, names_in
from oncourse.protocol import Protocol
from oncourse.prove.claims import ANYTHING, THEN, Claim, Claims
from oncourse.prove.situation import VERDICTS, Situation, is_known
from oncourse.prove.terms import Choices, Term, Truth, Value, constant

PROVED, NOT_INDUCTIVE, TOO_LONG = "PROVED", "NOT INDUCTIVE", "TOO LONG"

MOMENT = "moment"
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
    rooms = _Rooms(protocol, claims)
    for claim in claims.invariants:
        if not only or claim.id in only:
            yield _invariant(claim, rooms)
    for claim in claims.claims:
        if not only or claim.id in only:
            yield _claim(claim, rooms)


class _Room:
    """A situation, or two, and a solver that has been told what is granted of them."""

    def __init__(self, first: Situation, second: Situation | None, granted: Sequence[Any]) -> None:
        self.first, self.second = first, second
        self.both = _Both(first, second)
        self.solver = z3.Solver()
        self.solver.set("timeout", PATIENCE)
        self.solver.add(*granted)
        self._told = 0

    def ask(self, *supposed: Any) -> tuple[Any, Any]:
        """Whether this can be as well, and how."""
        self.solver.add(*self.first.always[self._told :])
        self._told = len(self.first.always)
        self.solver.push()
        self.solver.add(*supposed)
        ASKED.get()(self.solver)
        found = self.solver.check()
        model = self.solver.model() if found == z3.sat else None
        self.solver.pop()
        return found, model


class _Rooms(dict[str, _Room]):
    """A room for each kind of happening, before and after it, and one for any moment."""

    def __init__(self, protocol: Protocol, claims: Claims) -> None:
        super().__init__()
        self.protocol, self.claims = protocol, claims

    def __missing__(self, kind: str) -> _Room:
        first = Situation(self.protocol, Choices())
        second = None if kind == MOMENT else first.after(kind)
        self[kind] = room = self.room(first, second, moment=kind == MOMENT)
        return room

    def room(self, first: Situation, second: Situation | None, moment: bool) -> _Room:
        """A new room for these."""
        return _Room(first, second, granted(first, self.claims, moment))

    def about(self, claim: Claim) -> Iterator[_Room]:
        """What a claim is about: any moment, two that differ, or before and after each kind of happening."""
        if claim.worse or claim.learning:
            first = Situation(self.protocol, Choices())
            yield self.room(first, _other(first, claim), moment=True)
        for kind in happenings(self.protocol) if claim.after == (ANYTHING,) else claim.after:
            yield self[kind]
        if not (claim.worse or claim.learning or claim.after):
            yield self[MOMENT]


def dead(protocol: Protocol, claims: Claims) -> tuple[str, ...]:
    """The clauses that can never win: no situation in which they fire and the verdict is theirs."""
    room, found = _Rooms(protocol, claims)[MOMENT], []
    for clause in protocol.clauses:
        if clause.act == "omit":
            continue
        wins = room.first.fires(clause)
        if clause.act in VERDICTS:
            wins = z3.And(wins, room.first.is_verdict(clause.act))
        if room.ask(wins)[0] != z3.sat:
            found.append(f"{clause.id} ({clause.act})")
    return tuple(found)


def happenings(protocol: Protocol) -> Sequence[str]:
    """Everything that moves the state, as the file names it."""
    return tuple(dict.fromkeys(kind for transition in protocol.happens for kind in transition.on))


def _invariant(claim: Claim, rooms: _Rooms) -> Result:
    found = _before_anything(claim, rooms)
    for kind in happenings(rooms.protocol):
        if found.outcome == PROVED:
            after = rooms[kind].second
            assert after is not None
            found = _ask(claim, rooms[kind], after.read(claim.holds))
    return found


def _before_anything(claim: Claim, rooms: _Rooms) -> Result:
    """The state as it is declared to begin."""
    situation = Situation(rooms.protocol, Choices())
    start = {variable.name: constant(variable.initial, situation.choices) for variable in rooms.protocol.state}
    situation = situation.with_names(start)
    return _ask(claim, _Room(situation, None, []), situation.read(claim.holds))


def _claim(claim: Claim, rooms: _Rooms) -> Result:
    found = Result(claim, PROVED, {})
    for room in rooms.about(claim):
        if found.outcome == PROVED:
            found = _ask(claim, room, room.both.read(claim.holds), _supposed(claim, room))
    return found


def _supposed(claim: Claim, room: _Room) -> list[Any]:
    """What the claim supposes beside what is granted."""
    supposed = [] if claim.given is None else [room.both.read(claim.given).yes]
    if claim.all_known:
        named = [fact.name for fact in room.first.protocol.facts if fact.take != "nothing"]
        supposed += [is_known(room.first.lookup(name)) for name in (*named, "age", "sex")]
    return supposed


def vacuous(protocol: Protocol, claims: Claims) -> tuple[str, ...]:
    """The claims that speak of no situation: what they suppose, or what they forbid, can never be."""
    rooms = _Rooms(protocol, claims)
    return tuple(claim.id for claim in claims.claims if not any(_spoken_of(claim, room) for room in rooms.about(claim)))


def _spoken_of(claim: Claim, room: _Room) -> bool:
    """What it supposes can be; and in `a or b`, that without `a`."""
    supposed = _supposed(claim, room)
    if isinstance(claim.holds, Some):
        supposed.append(z3.Not(room.both.read(claim.holds.parts[0]).yes))
    return bool(room.ask(*supposed)[0] == z3.sat)


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


def _ask(claim: Claim, room: _Room, holds: Truth, supposed: Sequence[Any] = ()) -> Result:
    outcome, model = room.ask(*supposed, z3.Not(holds.yes))
    if outcome == z3.unsat:
        return Result(claim, PROVED, {})
    if outcome != z3.sat:
        return Result(claim, TOO_LONG, {})
    return Result(claim, NOT_INDUCTIVE, dict(_told(model, claim, room.first, room.second)))


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
