"""Every expression of a protocol, and the limits that its facts are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from oncourse.expression import Compare, Const, Name, Node, inside
from oncourse.protocol import Protocol, standing


def every_tree(protocol: Protocol) -> Iterator[Node]:
    """All that a decision can turn on: what is asked at a moment, and when something happens."""
    yield from standing(protocol)
    for move in protocol.happens:
        yield from (tree for tree in (move.when, *(tree for _, tree in move.sets)) if tree is not None)


def limits(trees: Iterable[Node], name: str) -> list[Fraction]:
    """The constants that a number of that name is compared with, in rising order."""
    found = set()
    for node in (part for tree in trees for part in inside(tree)):
        if isinstance(node, Compare) and isinstance(node.left, Name) and node.left.name == name:
            value = node.right.value if isinstance(node.right, Const) else None
            if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
                found.add(Fraction(value))
    return sorted(found)
