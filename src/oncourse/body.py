"""Body surface from height and weight, and the rounding that doses use; exact, without floats."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor, isqrt
from typing import Literal

Formula = Literal["mosteller", "dubois", "haycock"]

STEP = Fraction(1, 100)
# Du Bois and Du Bois 1916, Haycock 1978: factor, power of kg, power of cm.
POWERS = {"dubois": ("0.007184", "0.425", "0.725"), "haycock": ("0.024265", "0.5378", "0.3964")}


def half_up(value: Fraction, step: Fraction) -> Fraction:
    """The multiple of `step` nearest to `value`, a tie going up."""
    return floor(value / step + Fraction(1, 2)) * step


def body_surface(
    height_cm: Fraction, weight_kg: Fraction, formula: Formula = "mosteller", step: Fraction = STEP
) -> Fraction:
    """Body surface in m², rounded half-up to that step; ValueError unless height and weight are above 0."""
    if height_cm <= 0 or weight_kg <= 0:
        raise ValueError("height and weight are above 0")
    if formula == "mosteller":
        return _mosteller(height_cm, weight_kg, step)
    return half_up(_by_powers(height_cm, weight_kg, *map(Decimal, POWERS[formula])), step)


def _mosteller(height_cm: Fraction, weight_kg: Fraction, step: Fraction) -> Fraction:
    # In steps n of √x, x = cm·kg/3600: n - ½ ≤ √x/step  ⇔  2n - 1 ≤ √(4·x/step²), which integers decide exactly.
    return (isqrt(floor(4 * height_cm * weight_kg / 3600 / step**2)) + 1) // 2 * step


def _by_powers(height_cm: Fraction, weight_kg: Fraction, factor: Decimal, kg: Decimal, cm: Decimal) -> Fraction:
    with localcontext() as context:
        context.prec = 50
        return Fraction(factor * _decimal(weight_kg) ** kg * _decimal(height_cm) ** cm)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
