"""Values to try, at the edges that a protocol file has: each of its constants, and what lies next to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Any, TypeVar

from oncourse.expression import Arithmetic, Compare, Const, Extreme, Name, Node, Type, inside, parts_of
from oncourse.value import NEVER, Stale, Unknown

T = TypeVar("T")
A_DAY = 740_000  # any day number will do: dates count only by their distance
NEXT = tuple(Fraction(step, 100) for step in (0, 0, 100, -100, 1, -1))
ANOTHER = "another text"


class Draws:
    """Picks that a number settles: as good as chance, and the same on every machine."""

    def __init__(self, seed: int) -> None:
        self.seed, self.drawn = seed, 0

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, `bound`."""
        self.drawn += 1
        return int.from_bytes(sha256(f"{self.seed} {self.drawn}".encode()).digest()[:8]) % bound

    def one_of(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[self.below(len(options))]

    def percent(self, share: int) -> bool:
        """True in so many of a hundred draws."""
        return self.below(100) < share


class Edges:
    """The constants of expressions, by the name or else the unit of what they stand beside."""

    def __init__(self, trees: Iterable[Node]) -> None:
        self.by_name: dict[str, set[Any]] = {}
        self.by_unit: dict[str | None, set[Any]] = {}
        for tree in trees:
            for node in inside(tree):
                self._note(node)

    def _note(self, node: Node) -> None:
        parts = parts_of(node) if isinstance(node, (Compare, Arithmetic, Extreme)) else ()
        for constant in parts:
            if not isinstance(constant, Const) or constant.value is NEVER or isinstance(constant.value, bool):
                continue
            for beside in parts:
                if isinstance(beside, Name):
                    self.by_name.setdefault(beside.name, set()).add(constant.value)
                if beside is not constant and constant.type.kind == "number":
                    self.by_unit.setdefault(_unit(beside.type), set()).add(constant.value)

    def options(self, name: str, of: Type) -> tuple[str, ...]:
        """The texts that a choice may be; where they are not declared, those compared with and one more."""
        return of.options or (*sorted(map(str, self.by_name.get(name, ()))), ANOTHER)

    def numbers(self, name: str, of: Type) -> list[Any]:
        """The constants that stand beside a name, or beside its unit."""
        return sorted(self.by_name.get(name) or self.by_unit.get(_unit(of)) or (0, 1))

    def number(self, name: str, of: Type, draws: Draws) -> int | Fraction:
        """One of them or what lies next to it: one more or less, or a hundredth."""
        constant: int | Fraction = draws.one_of(self.numbers(name, of))
        return constant + draws.one_of(NEXT)

    def date(self, draws: Draws, near: int = A_DAY) -> int:
        """A day at one of the distances that count, or two of them, from another."""
        spans = [0, *(int(span) for span in self.by_unit.get("d", ()))]
        away = draws.one_of(spans) - draws.one_of((0, draws.one_of(spans)))
        return near + draws.one_of((1, -1)) * away + draws.one_of((0, 0, 1, -1))

    def value(self, name: str, of: Type, draws: Draws) -> Any:
        """Any value of a type: known, unknown, never, or out of date on one of both sides."""
        if draws.percent(15):
            return Unknown(frozenset((name,)))
        if of.kind == "bool":
            return draws.percent(50)
        if of.kind == "choice":
            return draws.one_of(self.options(name, of))
        if draws.percent(12):
            return NEVER
        if of.kind == "date":
            return self.date(draws)
        number = self.number(name, of, draws)
        return Stale(number, draws.percent(50), Unknown(frozenset((name,)))) if draws.percent(20) else number


def _unit(of: Type) -> str | None:
    return "d" if of.kind == "date" else of.unit
