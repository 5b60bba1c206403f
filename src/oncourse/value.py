"""What an expression can come out as beside a plain value: unknown, out of date, never.

Comparing or adding such a value gives the right answer by itself, so that the condition language
needs no case of its own for them, and nothing unknown can be taken for a number by accident.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Env = list[Any]
Evaluate = Callable[[Env], Any]


class Unknown:
    """A value that is not known, with the names of the facts that would settle it."""

    __slots__ = ("facts",)

    def __init__(self, facts: frozenset[str]) -> None:
        self.facts = facts

    def joined(self, other: Unknown) -> Unknown:
        """Unknown for want of the facts of both."""
        return Unknown(self.facts | other.facts)

    def _with(self, other: object) -> Unknown:
        if isinstance(other, Unknown):
            return self.joined(other)
        return self.joined(other.lack) if isinstance(other, Stale) else self

    __lt__ = __le__ = __gt__ = __ge__ = _with
    __eq__ = __ne__ = _with  # type: ignore[assignment]
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _with
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false")

    def __repr__(self) -> str:
        return f"Unknown({', '.join(sorted(self.facts))})"


class Stale:
    """A number too old to rely on, known only to be at least this bad.

    Age never makes a violation go away and never proves safety: against a limit it is either
    surely beyond it, on the worse side, or unknown.
    """

    __slots__ = ("high", "lack", "value")

    def __init__(self, value: Any, high: bool, lack: Unknown) -> None:
        self.value, self.high, self.lack = value, high, lack

    def _against(self, limit: object, beyond: bool, verdict: bool) -> bool | Unknown:
        if isinstance(limit, (Unknown, Stale)):
            return self.lack._with(limit)
        if limit is NEVER:
            return False
        return verdict if beyond else self.lack

    def __gt__(self, limit: Any) -> bool | Unknown:
        if self.high:
            return self._against(limit, self.value > limit, True)
        return self._against(limit, self.value <= limit, False)

    def __ge__(self, limit: Any) -> bool | Unknown:
        if self.high:
            return self._against(limit, self.value >= limit, True)
        return self._against(limit, self.value < limit, False)

    def __lt__(self, limit: Any) -> bool | Unknown:
        if self.high:
            return self._against(limit, self.value >= limit, False)
        return self._against(limit, self.value < limit, True)

    def __le__(self, limit: Any) -> bool | Unknown:
        if self.high:
            return self._against(limit, self.value > limit, False)
        return self._against(limit, self.value <= limit, True)

    def _equal(self, limit: Any) -> bool | Unknown:
        past = self.value > limit if self.high else self.value < limit
        return self._against(limit, past, False)

    def __eq__(self, limit: Any) -> Any:
        return self._equal(limit)

    def __ne__(self, limit: Any) -> Any:
        equal = self._equal(limit)
        return True if equal is False else equal

    def _lacking(self, other: object) -> Unknown:
        return self.lack._with(other)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _lacking
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("a value out of date is neither true nor false")

    def __repr__(self) -> str:
        return f"Stale({self.value!r})"


class Never:
    """A date that has not happened: adding to it changes nothing, and no comparison with it holds."""

    __slots__ = ()

    def _never(self, other: object) -> Never | Unknown:
        lack = other.lack if isinstance(other, Stale) else other
        return lack._with(self) if isinstance(lack, Unknown) else self

    def _false(self, other: object) -> bool | Unknown:
        return other._with(self) if isinstance(other, Unknown) else False

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _never
    __lt__ = __le__ = __gt__ = __ge__ = _false

    def __eq__(self, other: object) -> Any:
        return other._with(self) if isinstance(other, Unknown) else other is self

    def __ne__(self, other: object) -> Any:
        return other._with(self) if isinstance(other, Unknown) else other is not self

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "NEVER"


NEVER: Final = Never()
UNSET: Final = object()
