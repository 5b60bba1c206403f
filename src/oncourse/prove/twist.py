"""One expression with one thing wrong: every way in which a single part of it can be mistaken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from oncourse.expression import (
    BOOL,
    OPPOSITE,
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
    parts_of,
)
from oncourse.problem import Place
from oncourse.prove.written import shortened, written

_EDGE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_SIGNS = {"+": "-", "-": "+", "*": "/", "/": "*"}
HUNDREDTH = Fraction(1, 100)


class Twist(NamedTuple):
    """What was done to an expression: the kind of mistake, the sentence, where, and the whole tree after it."""

    kind: str
    says: str
    place: Place
    tree: Node


def twists(tree: Node) -> Iterator[Twist]:
    """Every expression that differs from this one in a single mistake; each only once."""
    seen = {tree}
    for twist in (*_within(tree), *_negated(tree)):
        if twist.tree not in seen:
            seen.add(twist.tree)
            yield twist


def _within(node: Node) -> Iterator[Twist]:
    yield from _own(node)
    for place, part in enumerate(parts_of(node)):
        for twist in _within(part):
            if isinstance(node, Not) and isinstance(twist.tree, Not):
                continue  # a negation of what is negated is the negation left out
            yield twist._replace(tree=with_part(node, place, twist.tree))


def _negated(tree: Node) -> Iterator[Twist]:
    if tree.type == BOOL and not isinstance(tree, (Not, Const, Compare)):
        yield Twist("negated", "negated as a whole", tree.place, Not(BOOL, tree.place, tree))


def with_part(node: Node, place: int, part: Node) -> Node:
    """The same node with another part at that place."""
    parts = list(parts_of(node))
    parts[place] = part
    match node:
        case All() | Some() | Extreme():
            return replace(node, parts=tuple(parts))
        case Compare() | Arithmetic():
            return replace(node, left=parts[0], right=parts[1])
        case If():
            return replace(node, test=parts[0], then=parts[1], other=parts[2])
        case Not() | Known():
            return replace(node, part=parts[0])
    raise TypeError(f"{type(node).__name__} has no parts")


def _own(node: Node) -> Iterator[Twist]:
    """The mistakes that can be made at the node itself."""
    match node:
        case Compare():
            yield from _comparison(node)
        case All() | Some():
            yield from _joined(node)
        case Extreme(op=op, parts=parts):
            other = replace(node, op="max" if op == "min" else "min")
            yield _becomes("min or max", node, other)
            yield from _without(node, parts)
        case Not(part=part):
            yield _becomes("not", node, part)
        case If(then=then, other=other):
            yield _becomes("branches", node, replace(node, then=other, other=then))
            yield _becomes("branches", node, then)
            yield _becomes("branches", node, other)
        case Known(part=part) if part.type == BOOL:
            yield _becomes("known", node, part)
        case Arithmetic(op=op):
            if {node.left.type.kind, node.right.type.kind} != {"date"} and not (op == "*" and not _divides(node)):
                yield _becomes("sign", node, replace(node, op=_SIGNS[op]))
        case Name() if node.type == BOOL:
            yield _becomes("negated", node, Not(BOOL, node.place, node))
        case Const():
            yield from _constant(node)


def _divides(node: Arithmetic) -> bool:
    return isinstance(node.right, Const) and bool(node.right.value)


def _becomes(kind: str, node: Node, other: Node) -> Twist:
    says = f"{shortened(written(node))} becomes {shortened(written(other))}"
    return Twist(kind, says, node.place, other)


def _comparison(node: Compare) -> Iterator[Twist]:
    if node.op in _EDGE:
        yield _becomes("edge", node, replace(node, op=_EDGE[node.op]))
    yield _becomes("comparison", node, replace(node, op=OPPOSITE[node.op]))
    for place, (side, other) in enumerate(((node.left, node.right), (node.right, node.left))):
        if isinstance(side, Const):
            for value in (*_finer(side, other), *_next_option(side, other)):
                kind = "option" if isinstance(value, str) else "number"
                yield _becomes(kind, node, with_part(node, place, replace(side, value=value)))


def _finer(side: Const, other: Node) -> Iterator[object]:
    """A whole limit of something measured, moved by a hundredth."""
    value, unit = side.value, other.type.unit
    if isinstance(value, int) and not isinstance(value, bool) and unit not in (None, "d", "a") and value:
        yield from (value - HUNDREDTH, value + HUNDREDTH)


def _next_option(side: Const, other: Node) -> Iterator[object]:
    options = other.type.options
    if side.value in options and len(options) > 1:
        yield options[(options.index(str(side.value)) + 1) % len(options)]


def _joined(node: All | Some) -> Iterator[Twist]:
    other = Some if isinstance(node, All) else All
    kept = other(node.type, node.place, node.parts)
    words = ("and", "or") if isinstance(node, All) else ("or", "and")
    says = f"{words[0]} becomes {words[1]} in {shortened(written(node))}"
    yield Twist("and or or", says, node.place, kept)
    yield from _without(node, node.parts)


def _without(node: All | Some | Extreme, parts: Sequence[Node]) -> Iterator[Twist]:
    for place, part in enumerate(parts):
        left = tuple(parts[:place]) + tuple(parts[place + 1 :])
        if left:
            kept = left[0] if len(left) == 1 else replace(node, parts=left)
            says = f"without {shortened(written(part))} of {shortened(written(node))}"
            yield Twist("operand", says, part.place, kept)


def _constant(node: Const) -> Iterator[Twist]:
    if isinstance(node.value, bool):
        yield _becomes("truth", node, replace(node, value=not node.value))
    elif isinstance(node.value, (int, Fraction)):
        for value in nudged(node.value):
            yield _becomes("number", node, replace(node, value=value))


def nudged(value: int | Fraction) -> Iterator[int | Fraction]:
    """A number a little lower and a little higher: whole ones by 1, others by a hundredth; none below 0."""
    step: int | Fraction = 1 if Fraction(value).denominator == 1 else HUNDREDTH
    if value - step > 0 or (value - step == 0 and step == 1):
        yield value - step
    elif value > 0:
        yield Fraction(value) / 10
    yield value + step
