"""Both readers of an expression held against each other: the engine's closure and the solver's term.

Every expression of a protocol and its claims is read by both for many values: at the edges, unknown,
out of date on either side, never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oncourse.evaluate import closure
from oncourse.expression import BOOL, Node, Type, names_in
from oncourse.protocol import Protocol, event_types, standing
from oncourse.prove.claims import THEN, Claims
from oncourse.prove.draws import Draws, Edges
from oncourse.prove.model import Model, any_term
from oncourse.prove.situation import names_of
from oncourse.prove.terms import Choices, Lookup, term
from oncourse.value import Evaluate

Reader = Callable[[Node, Lookup, Choices], Any]
Types = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the engine and the solver make something else of, for which values, and what each says."""

    what: str
    values: Mapping[str, str]
    engine: str
    solver: str

    def __str__(self) -> str:
        given = ", ".join(f"{name} {value}" for name, value in self.values.items())
        return f"{self.what}: the engine says {self.engine}, the solver {self.solver}, for {given}"


@dataclass(frozen=True, slots=True)
class Compared:
    """How often two readers were held against each other, and where they differed."""

    comparisons: int
    differences: tuple[Difference, ...]


def differ(protocol: Protocol, claims: Claims, rounds: int, seed: int, reader: Reader = term) -> Compared:
    """Every expression read by both for so many situations; `reader` makes the solver's term."""
    told = list(expressions(protocol, claims))
    edges, draws = Edges(tree for tree, _ in told), Draws(seed)
    found = [one for tree, types in told for one in _differences(tree, types, rounds, edges, draws, reader)]
    return Compared(len(told) * rounds, tuple(found))


def expressions(protocol: Protocol, claims: Claims) -> Iterator[tuple[Node, Types]]:
    """Every expression of the file and its claims, with the types of the names in force there."""
    types = {**protocol.types, **names_of(protocol), **dict.fromkeys(claims.gone, BOOL)}
    for tree in standing(protocol):
        yield tree, types
    for move in protocol.happens:
        fields = {name: of for kind in move.on for name, of in event_types(protocol.vocabulary, kind).items()}
        yield from ((tree, types | fields) for tree in (move.when, *(tree for _, tree in move.sets)) if tree)
    both = types | {f"{THEN}{name}": of for name, of in types.items()}
    for claim in (*claims.invariants, *claims.claims):
        told = both | {name: of for kind in claim.after for name, of in event_types(protocol.vocabulary, kind).items()}
        yield from ((tree, told) for tree in (claim.given, claim.holds) if tree)


def _differences(
    tree: Node, types: Types, rounds: int, edges: Edges, draws: Draws, reader: Reader
) -> Iterator[Difference]:
    names, choices = tuple(dict.fromkeys(names_in(tree))), Choices()
    free = {name: any_term(name, types[name]) for name in names}
    made = reader(tree, free.__getitem__, choices)
    engine = closure(tree, {name: _named(name) for name in names})
    model = Model(choices)
    for _ in range(rounds):
        values = {name: edges.value(name, types[name], draws) for name in names}
        for name, value in values.items():
            model.settle(free[name], value)
        wanted, got = model.said(engine([values])), model.worked_out(made)
        if got != wanted:
            yield Difference(str(tree.place), {name: str(value) for name, value in values.items()}, wanted, got)


def _named(name: str) -> Evaluate:
    return lambda env: env[0][name]
