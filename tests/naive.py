"""A second reader of expressions, deliberately simple: it walks the tree and reasons about sets of possible values.

It shares nothing with the closures but the tree. A value is plain, `None` (a date that never happened),
`Lack` (unknown, for want of those facts), or `Old` (a number that can only have got worse).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oncourse.expression import All, Arithmetic, Compare, Const, Extreme, If, Known, Name, Node, Not, Some
from oncourse.value import NEVER, Stale, Unknown


@dataclass(frozen=True)
class Lack:
    """Not known, for want of these facts."""

    facts: frozenset[str]


@dataclass(frozen=True)
class Old:
    """Once `value`; by now at least as bad: up from there if `worse` is high, else down."""

    value: Any
    worse: str
    facts: frozenset[str]


def naive(node: Node, value_of: Callable[[str], Any]) -> Any:
    """What the expression comes to, `value_of` giving the value of each name."""

    def go(part: Node) -> Any:
        return naive(part, value_of)

    match node:
        case Const(value=value):
            return None if value is NEVER else value
        case Name(name=name):
            return value_of(name)
        case Compare(op=op, left=left, right=right):
            return compare(op, go(left), go(right))
        case Not(part=part):
            inner = go(part)
            return inner if isinstance(inner, Lack) else inner is False
        case All(parts=parts):
            return least([go(part) for part in parts])
        case Some(parts=parts):
            turned = least([turn(go(part)) for part in parts])
            return turn(turned)
        case If(test=test, then=then, other=other):
            return chosen(go(test), go(then), go(other))
        case Arithmetic(op=op, left=left, right=right):
            return worked_out(op, go(left), go(right))
        case Extreme(op=op, parts=parts):
            return extreme(op, [go(part) for part in parts])
        case Known(part=part):
            return settled(go(part))
    raise TypeError(type(node).__name__)


def settled(*values: Any) -> bool:
    """Whether all of the values are known for certain."""
    return not any(isinstance(value, (Lack, Old)) for value in values)


def lacking(values: Iterable[Any]) -> frozenset[str]:
    """The facts that would settle those of the values that are not settled."""
    return frozenset().union(*(value.facts for value in values if isinstance(value, (Lack, Old))))


def turn(value: Any) -> Any:
    """The opposite of a truth."""
    return value if isinstance(value, Lack) else not value


def least(values: list[Any]) -> Any:
    """False below unknown below true."""
    if any(value is False for value in values):
        return False
    return Lack(lacking(values)) if any(isinstance(value, Lack) for value in values) else True


def chosen(test: Any, then: Any, other: Any) -> Any:
    """The branch that the test picks; while it is open, what both branches agree on."""
    if test is True:
        return then
    if test is False:
        return other
    return then if settled(then, other) and then == other else test


def compare(op: str, left: Any, right: Any) -> Any:
    """Every possible pair of values is compared; the answer is sure only if all of them agree."""
    if isinstance(left, Lack) or isinstance(right, Lack) or (isinstance(left, Old) and isinstance(right, Old)):
        return Lack(lacking([left, right]))
    if left is None or right is None:
        same = left is None and right is None
        return {"==": same, "!=": not same}.get(op, False)
    outcomes = {holds(op, sign) for sign in signs(left, right)}
    return outcomes.pop() if len(outcomes) == 1 else Lack(lacking([left, right]))


def holds(op: str, sign: int) -> bool:
    """Whether a comparison holds between values of which the first is less (-1), equal (0) or more (1)."""
    return sign in {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "==": (0,), "!=": (-1, 1)}[op]


def signs(left: Any, right: Any) -> set[int]:
    """How the first may stand to the second."""
    if isinstance(right, Old):
        return {-sign for sign in signs(right, left)}
    if isinstance(left, Old):
        beyond = 1 if left.worse == "high" else -1
        now = signs(left.value, right).pop()
        return {sign * beyond for sign in range(now * beyond, 2)}
    if isinstance(left, str) or isinstance(right, str):
        return {0 if left == right else 1}
    return {0} if left == right else {-1 if left < right else 1}


def worked_out(op: str, left: Any, right: Any) -> Any:
    """Arithmetic: unknown if either side is, else never if either side is."""
    if not settled(left, right):
        return Lack(lacking([left, right]))
    if left is None or right is None:
        return None
    if op == "/":
        return Fraction(left) / Fraction(right)
    return {"+": left + right, "-": left - right, "*": left * right}[op]


def extreme(op: str, values: list[Any]) -> Any:
    """The largest or smallest of what happened."""
    if not settled(*values):
        return Lack(lacking(values))
    happened = sorted(value for value in values if value is not None)
    if not happened:
        return None
    return happened[-1] if op == "max" else happened[0]


def closed(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same values as the closures know them."""
    return {name: _closed(value) for name, value in values.items()}


def _closed(value: Any) -> Any:
    if isinstance(value, Lack):
        return Unknown(value.facts)
    if isinstance(value, Old):
        return Stale(value.value, value.worse == "high", Unknown(value.facts))
    return NEVER if value is None else value


def plain(value: Any) -> Any:
    """A closure's outcome as this module says it."""
    if isinstance(value, Unknown):
        return Lack(value.facts)
    if isinstance(value, Stale):
        return Old(value.value, "high" if value.high else "low", value.lack.facts)
    return None if value is NEVER else value
