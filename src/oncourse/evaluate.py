"""The first reader of an expression: a closure, three-valued and exact, and what made it come out so.

A value is `True`, `False`, an exact number, a choice, a date as a day number, `NEVER`, or an
`Unknown` that names the facts it lacks. `and` and `or` ask for all they lack at once;
`a if c else b` asks for `c` first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oncourse.expression import (
    All,
    Arithmetic,
    Compare,
    Const,
    Extreme,
    If,
    Known,
    Name,
    Node,
    Not,
    Some,
)
from oncourse.value import NEVER, UNSET, Env, Evaluate, Stale, Unknown

Operation = Callable[[Any, Any], Any]
COMPARE: Mapping[str, Operation] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def closure(node: Node, lookup: Mapping[str, Evaluate]) -> Evaluate:
    """The expression as a function of the environment; `lookup` gives a function for each name."""
    match node:
        case Const(value=value):
            return lambda env: value
        case Name(name=name):
            return lookup[name]
        case Compare(op=op, left=left, right=right):
            return _compare(COMPARE[op], closure(left, lookup), right, lookup)
        case Not(part=part):
            return _negation(closure(part, lookup))
        case All(parts=parts):
            return _junction(False, [closure(part, lookup) for part in parts])
        case Some(parts=parts):
            return _junction(True, [closure(part, lookup) for part in parts])
        case If(test=test, then=then, other=other):
            return _choice(closure(test, lookup), closure(then, lookup), closure(other, lookup))
        case Arithmetic(op=op, left=left, right=right):
            return _arithmetic(op, closure(left, lookup), right, lookup)
        case Extreme(op=op, parts=parts):
            return _extreme(max if op == "max" else min, [closure(part, lookup) for part in parts])
        case Known(part=part):
            inner = closure(part, lookup)
            return lambda env: not isinstance(inner(env), (Unknown, Stale))
    raise TypeError(f"{type(node).__name__} has no closure")


def _compare(op: Operation, first: Evaluate, right: Node, lookup: Mapping[str, Evaluate]) -> Evaluate:
    if isinstance(right, Const):
        limit = right.value
        return lambda env: op(first(env), limit)
    second = closure(right, lookup)
    return lambda env: op(first(env), second(env))


def _negation(inner: Evaluate) -> Evaluate:
    def negation(env: Env) -> object:
        value = inner(env)
        return value if isinstance(value, Unknown) else not value

    return negation


def _junction(decisive: bool, inners: list[Evaluate]) -> Evaluate:
    """Strong Kleene: a decisive part settles it whatever else is unknown."""

    def junction(env: Env) -> object:
        unknown: Unknown | None = None
        for inner in inners:
            value = inner(env)
            if value is decisive:
                return decisive
            if isinstance(value, Unknown):
                unknown = value if unknown is None else unknown.joined(value)
        return (not decisive) if unknown is None else unknown

    return junction


def _choice(test: Evaluate, then: Evaluate, other: Evaluate) -> Evaluate:
    def choice(env: Env) -> object:
        value = test(env)
        if not isinstance(value, Unknown):
            return then(env) if value else other(env)
        one, two = then(env), other(env)
        if isinstance(one, (Unknown, Stale)) or isinstance(two, (Unknown, Stale)):
            return value
        return one if one == two else value

    return choice


def _arithmetic(op: str, left: Evaluate, other: Node, lookup: Mapping[str, Evaluate]) -> Evaluate:
    if op == "/":
        assert isinstance(other, Const)  # the language divides by nothing else
        part = 1 / Fraction(str(other.value))
        return lambda env: left(env) * part
    right = closure(other, lookup)
    if op == "+":
        return lambda env: left(env) + right(env)
    if op == "-":
        return lambda env: left(env) - right(env)
    return lambda env: left(env) * right(env)


def _extreme(pick: Callable[..., object], inners: list[Evaluate]) -> Evaluate:
    def extreme(env: Env) -> object:
        values, unknown = [], None
        for inner in inners:
            value = inner(env)
            if isinstance(value, (Unknown, Stale)):
                lack = value if isinstance(value, Unknown) else value.lack
                unknown = lack if unknown is None else unknown.joined(lack)
            elif value is not NEVER:
                values.append(value)
        if unknown is not None:
            return unknown
        return pick(values) if values else NEVER

    return extreme


def lazy(slot: int, body: Evaluate) -> Evaluate:
    """A named value, worked out once for each moment and kept in its slot of the environment."""

    def named(env: Env) -> object:
        value = env[slot]
        if value is UNSET:
            value = env[slot] = body(env)
        return value

    return named


@dataclass(frozen=True, slots=True)
class Ground:
    """One comparison or named condition that makes a whole come out as it does."""

    atom: Node
    holds: bool


def grounds(node: Node, outcome: bool, value: Callable[[Node], object], trees: Mapping[str, Node]) -> Iterator[Ground]:
    """What makes `node` surely come out as `outcome`, as comparisons and named facts.

    `value` evaluates any part at the moment asked about; `trees` opens derived names.
    """
    match node:
        case Not(part=part):
            yield from grounds(part, not outcome, value, trees)
        case All(parts=parts) | Some(parts=parts):
            for part in parts:
                if value(part) is outcome:
                    yield from grounds(part, outcome, value, trees)
        case If(test=test, then=then, other=other):
            chosen = value(test)
            if isinstance(chosen, Unknown):
                yield from grounds(then, outcome, value, trees)
                yield from grounds(other, outcome, value, trees)
            else:
                yield from grounds(test, bool(chosen), value, trees)
                yield from grounds(then if chosen else other, outcome, value, trees)
        case Name(name=name) if name in trees:
            yield from grounds(trees[name], outcome, value, trees)
        case Compare() | Name():
            yield Ground(node, outcome)
