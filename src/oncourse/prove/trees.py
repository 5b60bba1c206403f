"""Every expression of a protocol, and the limits that its facts are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from oncourse.expression import Compare, Const, Name, Node, parts_of
from oncourse.protocol import Protocol


def every_tree(protocol: Protocol) -> Iterator[Node]:
    """The expressions of the file, in its order."""
    yield from (*protocol.derived.values(), *protocol.answers.values(), *protocol.wakes, protocol.wait)
    for clause in protocol.clauses:
        yield from (tree for tree in (clause.scope, clause.when, *clause.asks, clause.occasion) if tree is not None)
    yield protocol.permit
    for transition in protocol.happens:
        yield from (tree for tree in (transition.when, *(tree for _, tree in transition.sets)) if tree is not None)
    yield from (*(row.when for row in protocol.amounts.rows), protocol.amounts.percent)


def within(tree: Node) -> Iterator[Node]:
    """The tree and all its parts."""
    yield tree
    for part in parts_of(tree):
        yield from within(part)


def limits(trees: Iterable[Node], name: str) -> list[Fraction]:
    """The constants that a number of that name is compared with, in rising order."""
    found = set()
    for node in (part for tree in trees for part in within(tree)):
        if isinstance(node, Compare) and isinstance(node.left, Name) and node.left.name == name:
            value = node.right.value if isinstance(node.right, Const) else None
            if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
                found.add(Fraction(value))
    return sorted(found)
