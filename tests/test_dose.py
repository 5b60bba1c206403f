"""From mg/m² to mg, mL, vials and bag: exact, rounded where the protocol says, and never above the ceiling."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import PROTOCOL, READY, decided

from oncourse.body import Formula, body_surface
from oncourse.dose import Dose, DoseRefused, amount

AMOUNTS = PROTOCOL.amounts
ROWS = {row.id: row for row in AMOUNTS.rows}
CENT = Fraction(1, 100)
bodies = st.tuples(st.fractions(60, 230, max_denominator=10), st.fractions(3, 200, max_denominator=10))


def dosed(row: str = "day-1-dose", percent: int = 100, height: str = "165", weight: str = "68") -> Dose:
    return amount(AMOUNTS, ROWS[row], percent, Fraction(height), Fraction(weight), "mosteller")


@pytest.mark.parametrize(
    ("row", "percent", "per_m2", "mg", "volume", "vials"),
    [
        ("day-1-dose", 100, "0.8", "1.42", "5.68", 2),
        ("day-8-dose", 100, "0.5", "0.89", "3.56", 1),
        ("remission-dose", 100, "0.5", "0.89", "3.56", 1),
        ("day-1-dose", 75, "0.6", "1.06", "4.24", 2),
        ("day-15-dose", 75, "0.375", "0.66", "2.64", 1),
    ],
)
def test_the_contract_s_patient(row: str, percent: int, per_m2: str, mg: str, volume: str, vials: int) -> None:
    """165 cm and 68 kg are 1.77 m²; each dose of that patient, whole and reduced."""
    dose = dosed(row, percent)
    assert (dose.bsa, dose.mg_per_m2, dose.percent) == (Fraction("1.77"), Fraction(per_m2), percent)
    assert (dose.mg, dose.volume_ml, dose.vials) == (Fraction(mg), Fraction(volume), vials)
    assert (dose.bag_ml, dose.rate, dose.row) == (50, 50, row)


@given(bodies, st.sampled_from(sorted(ROWS)), st.sampled_from([75, 100]))
def test_what_is_drawn_is_the_dose_and_no_more_vials_than_it_takes(
    body: tuple[Fraction, Fraction], row: str, percent: int
) -> None:
    """mg is the product rounded half-up to a hundredth; mL and vials follow from it exactly."""
    dose = amount(AMOUNTS, ROWS[row], percent, *body, "mosteller")
    exact = ROWS[row].mg_per_m2 * percent / 100 * body_surface(*body)
    assert -CENT / 2 < dose.mg - exact <= CENT / 2
    assert (dose.mg / CENT).denominator == 1
    assert dose.volume_ml * Fraction("0.25") == dose.mg
    assert dose.vials == ceil(dose.mg / Fraction("0.9"))
    assert (dose.bag_ml is None) == (dose.mg < Fraction("0.5")) == (dose.rate is None)


@pytest.mark.parametrize(("weight", "bsa", "mg", "vials"), [("30.6", "1.13", "0.9", 1), ("31.2", "1.14", "0.91", 2)])
def test_one_vial_gives_nine_tenths_of_a_milligram_whatever_its_box_says(
    weight: str, bsa: str, mg: str, vials: int
) -> None:
    """0.90 mg is one vial, 0.91 mg is two."""
    dose = dosed(height="150", weight=weight)
    assert (dose.bsa, dose.mg, dose.vials) == (Fraction(bsa), Fraction(mg), vials)


@pytest.mark.parametrize(
    ("size", "mg", "bag"),
    [("{height: 90 cm, weight: 15.9 kg}", "0.5", 50), ("{height: 90 cm, weight: 15 kg}", "0.49", None)],
)
def test_a_bag_that_would_be_too_dilute_is_refused(size: str, mg: str, bag: int | None) -> None:
    """0.50 mg in 50 mL is the least; below it bag and rate are left open, and the verdict stays."""
    decision = decided(*READY, (0, f"measured: {size}"))
    assert decision.verdict == "give" and decision.dose is not None
    assert (decision.dose.mg, decision.dose.bag_ml) == (Fraction(mg), bag)


@pytest.mark.parametrize("formula", ["mosteller", "dubois", "haycock"])
def test_the_site_s_formula_is_used(formula: str) -> None:
    """Each formula gives its own surface, and without one it is Mosteller's."""
    dose = decided(*READY, site=f"{{bsa_formula: {formula}}}").dose
    assert dose is not None and dose.bsa == body_surface(Fraction(170), Fraction(70), formula)  # type: ignore[arg-type]
    assert decided(*READY).dose == decided(*READY, site="{bsa_formula: mosteller}").dose


@pytest.mark.parametrize("mg_per_m2", ["0.81", "3", "9"])
def test_a_dose_above_the_ceiling_never_leaves(mg_per_m2: str) -> None:
    """A row of another drug's size, or a slip of the pen, is refused whole."""
    row = replace(ROWS["day-1-dose"], mg_per_m2=Fraction(mg_per_m2))
    with pytest.raises(DoseRefused, match=r"mg is more than 4/5 mg/m2 for 177/100 m2"):
        amount(AMOUNTS, row, 100, Fraction(165), Fraction(68), "mosteller")


@pytest.mark.parametrize("formula", ["mosteller", "dubois", "haycock"])
@pytest.mark.parametrize("step", ["0.001", "0.02", "0.1"])
def test_body_surface_is_rounded_as_the_file_says(formula: Formula, step: str) -> None:
    """To a multiple of the step, and to the one nearest to what a finer step gives."""
    exact = body_surface(Fraction(183), Fraction(88), formula, Fraction(1, 10**9))
    rounded = body_surface(Fraction(183), Fraction(88), formula, Fraction(step))
    assert (rounded / Fraction(step)).denominator == 1 and abs(rounded - exact) <= Fraction(step) / 2
    coarse = replace(AMOUNTS, bsa_step=Fraction(step))
    assert amount(coarse, ROWS["day-1-dose"], 100, Fraction(183), Fraction(88), formula).bsa == rounded
