"""The engine beside the solver's situation of the same values: what follows, what fires, what moves.

This is the one thing written twice, so it is held against the engine where no course need lead: at
stirred moments. Every formula taken for granted is looked at there too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import z3

from oncourse.decide import Moment
from oncourse.engine import EVENT, TODAY, Engine
from oncourse.expression import Type
from oncourse.fold import move
from oncourse.protocol import Protocol, event_types
from oncourse.prove.claims import Claims
from oncourse.prove.differ import Compared, Difference, expressions
from oncourse.prove.draws import Draws, Edges
from oncourse.prove.model import Model
from oncourse.prove.situation import PER_M2, Situation, names_of
from oncourse.prove.stirred import Stirrer
from oncourse.prove.terms import Choices, Term
from oncourse.prove.watch import Look, Names
from oncourse.value import Env
from oncourse.weigh import Weighed, weigh

Pair = tuple[str, str, str]  # what is compared, what the engine says of it, what the solver


def compare(protocol: Protocol, claims: Claims, moments: Sequence[Moment], rounds: int, seed: int) -> Compared:
    """So many stirred moments; at each everything that follows, and then what one happening moves."""
    draws, edges = Draws(seed), Edges(tree for tree, _ in expressions(protocol, claims))
    stirrer, beside = Stirrer(protocol, edges, draws), Beside(protocol)
    comparisons, found = 0, []
    for _ in range(rounds):
        moment = stirrer.stirred(draws.one_of(moments))
        kind = draws.one_of(list(beside.after))
        event = stirrer.event(kind, moment.env[TODAY]).fields if kind in protocol.vocabulary.kinds else {}
        values = {name: str(moment.value(name)) for name in beside.free}
        for what, engine, solver in (*beside.here(moment), *beside.moved(moment, kind, event)):
            comparisons += 1
            if engine != solver:
                found.append(Difference(what, values, engine, solver))
    return Compared(comparisons, tuple(found))


class Beside:
    """The solver's situation before and after each happening, made once and settled for every moment."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol, self.choices = protocol, Choices()
        self.model = Model(self.choices)
        self.situation = Situation(protocol, self.choices)
        self.free = dict(self.situation.names)
        kinds = dict.fromkeys(kind for transition in protocol.happens for kind in transition.on)
        self.after = {kind: self._step(kind) for kind in kinds}
        self.types = dict(protocol.types)
        for kind in kinds:
            self.types |= event_types(protocol.vocabulary, kind)
        self.claimed = tuple(name for name in names_of(protocol) if name != PER_M2)
        self.follows = {name: self.situation.lookup(name) for name in (*protocol.derived, "holding", *self.claimed)}
        self.dose, self.per_m2 = self.situation.lookup("dose_mg"), self.situation.lookup(PER_M2)
        self.fires = {clause: self.situation.fires(clause) for clause in protocol.clauses}

    def _step(self, kind: str) -> tuple[dict[str, Term], Situation, Situation]:
        before = Situation(self.protocol, self.choices)
        after = before.after(kind)
        fields = {name: term for name, term in before.names.items() if name.startswith("event_")}
        return fields, before, after

    def here(self, moment: Moment) -> Iterator[Pair]:
        """Everything that is said of a moment."""
        engine, env = moment.engine, moment.env
        yield from self._settled(engine, env, self.free)
        yield from self._dose(engine, env)
        yield from self._granted(self.situation)
        weighed = weigh(engine, env)
        names, look = Names(engine), (Look(env, weighed),)
        for name, term in self.follows.items():
            yield name, self.model.said(names[name](look)), self.model.worked_out(term)  # type: ignore[arg-type]
        yield from self._fired(weighed)

    def _settled(self, engine: Engine, env: Env, names: dict[str, Term]) -> Iterator[Pair]:
        for name, term in names.items():
            value, of = engine.lookup[name](env), self.types.get(name)
            if not self.model.settle(term, value, self._otherwise(of)):
                yield f"{name} can be {value}", "yes", "no"

    def _otherwise(self, of: Type | None) -> int:
        return self.choices.code(of.options[0]) if of is not None and of.options else 1

    def _dose(self, engine: Engine, env: Env) -> Iterator[Pair]:
        dose = engine.dose(env)
        possible = self.model.settle(self.dose, engine.lookup["dose_mg"](env), 1)
        yield "dose_mg is known", "yes", "yes" if possible else "no"
        if dose is not None:
            yield PER_M2, self.model.said(dose.mg_per_m2), self.model.worked_out(self.per_m2)

    def _granted(self, situation: Situation) -> Iterator[Pair]:
        if self.model.holds(z3.And(situation.always)):
            yield "what is taken for granted", "yes", "yes"
        else:
            yield from ((str(one), "yes", "no") for one in situation.always if not self.model.holds(one))

    def _fired(self, weighed: Weighed) -> Iterator[Pair]:
        """Whatever fired is called for, and of the verdict's own act all that is called for fired."""
        told = {(found.id, found.act) for found in weighed.fired}  # needs of one id are told as one
        own = {found.clause for found in weighed.fired if found.act == found.clause.act}
        for clause in self.protocol.clauses:
            called = self.model.holds(self.fires[clause])
            fired = (clause.id, clause.act) in told
            if (fired and clause in own) or (called and clause.act == weighed.verdict and not clause.last):
                yield f"{clause.id} fires", "yes" if fired else "no", "yes" if called else "no"

    def moved(self, moment: Moment, kind: str, event: Mapping[str, Any]) -> Iterator[Pair]:
        """The state after one happening, which moves the moment; after `here` has settled the situation."""
        engine, env = moment.engine, moment.env
        fields, before, after = self.after[kind]
        env[EVENT] = event
        engine.forget(env)
        yield from self._settled(engine, env, fields)
        yield from self._granted(before)
        move(engine, env, kind)
        for name, slot in engine.slots.items():
            yield f"{name} after {kind}", self.model.said(env[slot]), self.model.worked_out(after.names[name])
