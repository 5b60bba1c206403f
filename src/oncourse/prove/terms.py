"""The second reader of an expression: a solver term, three-valued as the closure is.

A condition becomes two formulas, surely true and surely false. A number, date or choice becomes a
value with three flags: known, never happened, and out of date (known only to be at least this bad).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

import z3

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
    Type,
)
from oncourse.value import NEVER

YES, NO = z3.BoolVal(True), z3.BoolVal(False)


class Truth(NamedTuple):
    """A condition: surely true, surely false; neither where it is unknown."""

    yes: Any
    no: Any


class Value(NamedTuple):
    """A number, date or choice; `stale` values are at least this bad on the side that `high` tells.

    `high` is a formula where the side depends on the situation.
    """

    value: Any
    known: Any
    never: Any = NO
    stale: Any = NO
    high: Any = True


Term = Truth | Value
Lookup = Callable[[str], Any]
_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Choices:
    """Every text that a condition may compare with, as a number of its own."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The number that stands for a text."""
        return self.codes.setdefault(text, len(self.codes))


def term(node: Node, lookup: Lookup, choices: Choices) -> Any:
    """The expression as a solver term; `lookup` gives the term of each name."""

    def read(part: Node) -> Any:
        return term(part, lookup, choices)

    match node:
        case Const(value=value):
            return constant(value, choices)
        case Name(name=name):
            return lookup(name)
        case Compare(op=op, left=left, right=right):
            return compare(op, read(left), read(right))
        case Not(part=part):
            inner = read(part)
            return Truth(inner.no, inner.yes)
        case All(parts=parts):
            inners = [read(part) for part in parts]
            return Truth(z3.And([i.yes for i in inners]), z3.Or([i.no for i in inners]))
        case Some(parts=parts):
            inners = [read(part) for part in parts]
            return Truth(z3.Or([i.yes for i in inners]), z3.And([i.no for i in inners]))
        case If(test=test, then=then, other=other):
            return choose(read(test), read(then), read(other))
        case Arithmetic(op=op, left=left, right=right):
            return _arithmetic(op, read(left), read(right))
        case Extreme(op=op, parts=parts):
            return reduce(lambda a, b: _extreme(op, a, b), (read(part) for part in parts))
        case Known(part=part):
            inner = read(part)
            known = z3.Or(inner.yes, inner.no) if isinstance(inner, Truth) else inner.known
            return Truth(known, z3.Not(known))
    raise TypeError(f"{type(node).__name__} has no term")


def constant(value: object, choices: Choices) -> Any:
    """A value written in the file."""
    if isinstance(value, bool):
        return Truth(z3.BoolVal(value), z3.BoolVal(not value))
    if value is NEVER:
        return Value(z3.RealVal(0), YES, YES)
    if isinstance(value, str):
        return Value(z3.RealVal(choices.code(value)), YES)
    exact = Fraction(str(value)) if not isinstance(value, Fraction) else value
    return Value(z3.Q(exact.numerator, exact.denominator), YES)


def compare(op: str, left: Value, right: Value) -> Truth:
    """Two values compared: plain ones as usual, one out of date only where age cannot matter."""
    both = z3.And(left.known, right.known)
    never = z3.Or(left.never, right.never)
    plain = _ORDER[op](left.value, right.value)
    if op == "==":
        plain = z3.If(never, z3.And(left.never, right.never), plain)
    elif op == "!=":
        plain = z3.If(never, z3.Not(z3.And(left.never, right.never)), plain)
    else:
        plain = z3.And(z3.Not(never), plain)
    one, two = _aged(op, left, right), _aged(_MIRRORED[op], right, left)
    return Truth(z3.Or(z3.And(both, plain), one.yes, two.yes), z3.Or(z3.And(both, z3.Not(plain)), one.no, two.no))


def _aged(op: str, old: Value, limit: Value) -> Truth:
    """A value out of date against a known limit."""
    if not isinstance(old.high, bool):
        up, down = (_aged(op, old._replace(high=high), limit) for high in (True, False))
        return Truth(z3.If(old.high, up.yes, down.yes), z3.If(old.high, up.no, down.no))
    held = z3.And(old.stale, limit.known, z3.Not(limit.never))
    gone = z3.And(old.stale, limit.known, limit.never)
    if op in ("==", "!="):
        beyond = z3.And(held, old.value > limit.value if old.high else old.value < limit.value)
        return Truth(NO, z3.Or(beyond, gone)) if op == "==" else Truth(z3.Or(beyond, gone), NO)
    toward = op in (">", ">=") if old.high else op in ("<", "<=")
    strict = op in (">", "<") if toward else op in ("<=", ">=")
    worse = ">" if old.high else "<"
    beyond = z3.And(held, _ORDER[worse if strict else worse + "="](old.value, limit.value))
    return Truth(beyond, gone) if toward else Truth(NO, z3.Or(beyond, gone))


def choose(test: Truth, then: Any, other: Any) -> Any:
    """`then if test else other`; where the test is unknown, what both agree on."""
    open_ = z3.Not(z3.Or(test.yes, test.no))
    if isinstance(then, Truth):
        return Truth(
            z3.Or(z3.And(test.yes, then.yes), z3.And(test.no, other.yes), z3.And(open_, then.yes, other.yes)),
            z3.Or(z3.And(test.yes, then.no), z3.And(test.no, other.no), z3.And(open_, then.no, other.no)),
        )
    same = compare("==", then, other).yes
    agreed = z3.And(open_, then.known, other.known, same)
    return Value(
        z3.If(test.yes, then.value, other.value),
        z3.Or(z3.And(test.yes, then.known), z3.And(test.no, other.known), agreed),
        z3.If(test.yes, then.never, other.never),
        z3.Or(z3.And(test.yes, then.stale), z3.And(test.no, other.stale)),
        _side(test, then, other),
    )


def _side(test: Truth, then: Value, other: Value) -> Any:
    if then.stale is NO or other.stale is NO or then.high is other.high:
        return other.high if then.stale is NO else then.high
    return z3.If(test.yes, then.high, other.high)


def _arithmetic(op: str, left: Value, right: Value) -> Value:
    known = z3.And(left.known, right.known)
    never = z3.And(known, z3.Or(left.never, right.never))
    results: Mapping[str, Callable[[], Any]] = {
        "+": lambda: left.value + right.value,
        "-": lambda: left.value - right.value,
        "*": lambda: left.value * right.value,
        "/": lambda: left.value / right.value,
    }
    return Value(results[op](), known, never)


def _extreme(op: str, left: Value, right: Value) -> Value:
    known = z3.And(left.known, right.known)
    first = left.value >= right.value if op == "max" else left.value <= right.value
    picked = z3.Or(right.never, z3.And(z3.Not(left.never), first))
    return Value(z3.If(picked, left.value, right.value), known, z3.And(left.never, right.never))


def free(name: str, of: Type, choices: Choices, known: bool = False) -> tuple[Any, Sequence[Any]]:
    """A name of which nothing is known but its type, and what holds of every such value."""
    if of.kind == "bool":
        yes, no = z3.Bool(f"{name}.yes"), z3.Bool(f"{name}.no")
        holds = [yes != no] if known else [z3.Not(z3.And(yes, no))]
        return Truth(yes, no), holds
    value, is_known = z3.Real(f"{name}.value"), YES if known else z3.Bool(f"{name}.known")
    options = [value == choices.code(option) for option in of.options]
    return Value(value, is_known), [z3.Or(options)] if options else []
