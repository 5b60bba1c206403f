"""An expression written out again, as the protocol file would say it."""

from __future__ import annotations

from fractions import Fraction

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
    parts_of,
)
from oncourse.quantity import show
from oncourse.value import NEVER

# What binds less tightly than its surroundings is put in brackets.
_BINDING = (If, Some, All, Not, Compare, Arithmetic)
_SHORT = 70


def written(node: Node) -> str:
    """The text of an expression; reading it gives the same tree."""
    match node:
        case Const(value=value):
            return _literal(value)
        case Name(name=name):
            return name
        case Not(part=part):
            return f"not {_within(node, part)}"
        case If(test=test, then=then, other=other):
            return f"{_within(node, then, True)} if {_within(node, test, True)} else {written(other)}"
        case Extreme(op=op, parts=parts):
            return f"{op}({', '.join(map(written, parts))})"
        case Known(part=part):
            return f"known({written(part)})"
    joint = {All: "and", Some: "or"}.get(type(node)) or getattr(node, "op", "")
    return f" {joint} ".join(_within(node, part, place > 0) for place, part in enumerate(parts_of(node)))


def _within(outer: Node, inner: Node, strict: bool = False) -> str:
    """The inner text, in brackets where its parts would otherwise be taken by the outer."""
    strict = strict or isinstance(outer, (Compare, All, Some))
    loose = _binding(inner) < _binding(outer) or (strict and _binding(inner) == _binding(outer))
    loose = loose or (_tighter(outer) and isinstance(inner, Arithmetic) and inner.op in "+-")
    return f"({written(inner)})" if loose else written(inner)


def _tighter(node: Node) -> bool:
    return isinstance(node, Arithmetic) and node.op in "*/"


def _binding(node: Node) -> int:
    return next((place for place, kind in enumerate(_BINDING) if isinstance(node, kind)), len(_BINDING))


def _literal(value: object) -> str:
    if value is NEVER:
        return "never"
    if isinstance(value, bool):
        return str(value)
    return f'"{value}"' if isinstance(value, str) else show(Fraction(str(value)))


def shortened(text: str) -> str:
    """A text cut in its middle where it is too long to be read at a glance."""
    half = _SHORT // 2 - 1
    return text if len(text) <= _SHORT else f"{text[:half].rstrip()} ... {text[-half:].lstrip()}"
