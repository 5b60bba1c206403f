"""One situation of many: the solver's free names settled one by one, and what its terms come out as then."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import z3

from oncourse.expression import Type
from oncourse.prove.terms import Choices, Term, Truth, Value
from oncourse.value import NEVER, Stale, Unknown

UNKNOWN, AT_ONCE = "unknown", "two things at once"


class Model:
    """Names with the values of an engine, for terms that were made once."""

    def __init__(self, choices: Choices) -> None:
        solver = z3.Solver()
        solver.check()
        self.choices, self.model = choices, solver.model()

    def settle(self, free: Term, value: object, otherwise: int = 0) -> bool:
        """Let a free term be what the engine's value is, its number `otherwise` if none; whether it can be."""
        wanted = self._truth(value) if isinstance(free, Truth) else self._value(value, otherwise)
        settled = [self._settle(part, said) for part, said in zip(free, wanted, strict=True)]
        return all(settled)

    def _settle(self, part: Any, said: Any) -> bool:
        if isinstance(part, bool):
            return True
        if z3.is_app_of(part, z3.Z3_OP_TO_REAL):
            part, said = part.arg(0), z3.IntVal(said.numerator_as_long())
        if z3.is_app_of(part, z3.Z3_OP_UNINTERPRETED):
            self.model.update_value(part, said)
            return True
        return part is None or bool(z3.eq(self.value(part), said))

    def value(self, formula: Any) -> Any:
        """A formula worked out."""
        return self.model.eval(formula, model_completion=True)

    def holds(self, formula: Any) -> bool:
        """A formula is true here."""
        return bool(z3.is_true(self.value(formula)))

    def worked_out(self, made: Term) -> str:
        """What a term comes out as, in the words of `said`."""
        if isinstance(made, Truth):
            yes, no = self.holds(made.yes), self.holds(made.no)
            return AT_ONCE if yes and no else "yes" if yes else "no" if no else UNKNOWN
        known, stale = self.holds(made.known), self.holds(made.stale)
        if known and stale:
            return AT_ONCE
        if known and self.holds(made.never):
            return "never"
        if not (known or stale):
            return UNKNOWN
        number = str(self.value(made.value).as_fraction())
        high = made.high if isinstance(made.high, bool) else self.holds(made.high)
        return number if known else f"{number} or {'more' if high else 'less'}"

    def said(self, value: object) -> str:
        """A value of the engine in words; a choice by its number."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Unknown):
            return UNKNOWN
        if isinstance(value, Stale):
            return f"{value.value} or {'more' if value.high else 'less'}"
        if value is NEVER:
            return "never"
        return str(self.choices.code(value) if isinstance(value, str) else value)

    def _truth(self, value: object) -> Truth:
        return Truth(z3.BoolVal(value is True), z3.BoolVal(value is False))

    def _value(self, value: object, otherwise: int) -> Value:
        stale = isinstance(value, Stale)
        known = not stale and not isinstance(value, Unknown)
        plain = value.value if isinstance(value, Stale) else value
        number = self.choices.code(plain) if isinstance(plain, str) else plain
        exact = Fraction(number) if isinstance(number, (int, Fraction)) else Fraction(otherwise)
        high = value.high if isinstance(value, Stale) else True
        never = value is NEVER
        flags = (z3.BoolVal(flag) for flag in (known, never, stale, high))
        return Value(z3.Q(exact.numerator, exact.denominator), *flags)


def any_term(name: str, of: Type) -> Term:
    """A name of which not even what is possible is known."""
    if of.kind == "bool":
        return Truth(z3.Bool(f"{name}.yes"), z3.Bool(f"{name}.no"))
    flags = (z3.Bool(f"{name}.{flag}") for flag in ("known", "never", "stale", "high"))
    return Value(z3.Real(f"{name}.value"), *flags)
