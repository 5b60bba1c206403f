"""From mg/m² to what is drawn and hung: body surface, mg, mL, vials, bag. Exact throughout."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oncourse.body import Formula, body_surface, half_up
from oncourse.protocol import AmountRow, Amounts


@dataclass(frozen=True, slots=True)
class Portion:
    """What is drawn and hung for so many mg: mL, vials, and the bag (mL, mL/h).

    `bag_ml` and `rate` are missing where the bag would be too dilute.
    """

    mg: Fraction
    volume_ml: Fraction
    vials: int
    bag_ml: Fraction | None
    rate: Fraction | None


@dataclass(frozen=True, slots=True)
class Dose(Portion):
    """One dose worked out by a row of the protocol: mg/m² with the reduction in it, percent, m²."""

    row: str
    mg_per_m2: Fraction
    percent: int
    bsa: Fraction


class DoseRefused(Exception):
    """A computed dose passed the protocol's ceiling; it must never leave the engine."""


def amount(
    amounts: Amounts, row: AmountRow, percent: int, height: Fraction, weight: Fraction, formula: Formula
) -> Dose:
    """The dose of one slot for a height in cm and a weight in kg (statements A07, A22, A23)."""
    bsa = body_surface(height, weight, formula, amounts.bsa_step)
    per_m2 = row.mg_per_m2 * percent / 100
    mg = half_up(per_m2 * bsa, amounts.mg_step)
    if mg > half_up(amounts.ceiling * bsa, amounts.mg_step):
        raise DoseRefused(f"{mg} mg is more than {amounts.ceiling} mg/m2 for {bsa} m2")
    drawn = portion(amounts, mg)
    return Dose(
        drawn.mg,
        drawn.volume_ml,
        drawn.vials,
        drawn.bag_ml,
        drawn.rate,
        row=row.id,
        mg_per_m2=per_m2,
        percent=percent,
        bsa=bsa,
    )


def portion(amounts: Amounts, mg: Fraction) -> Portion:
    """What is drawn and hung for a dose in mg, whoever decided on it (statements A19, A22, A23, A28)."""
    fits = mg / amounts.bag_ml >= amounts.least_mg_per_ml
    return Portion(
        mg=mg,
        volume_ml=mg / amounts.mg_per_ml,
        vials=-(-mg // amounts.vial_mg),
        bag_ml=amounts.bag_ml if fits else None,
        rate=amounts.bag_ml / amounts.hours if fits else None,
    )
