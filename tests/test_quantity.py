"""Quantities are exact, units are a closed table, and every refusal names the units that fit."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncourse.problem import Fault, Place, Problem
from oncourse.quantity import Measure, Quantity, decimal, measure, parse, show

HERE = Place("f", 1, 1)
COUNT = measure("count")
BILIRUBIN = measure("concentration", ["mg/dL", "umol/L"], molar_mass=Fraction("584.66"), multiples=True)
MAGNESIUM = measure("concentration", ["mmol/L", "meq/L", "mg/dL"], molar_mass=Fraction("24.305"), valence=Fraction(2))


def value(text: str, fits: Measure) -> Fraction:
    found = parse(text, fits, "it", HERE)
    assert isinstance(found, Quantity), found
    return found.value


@pytest.mark.parametrize(
    ("text", "fits", "exact"),
    [
        ("1.8 10*9/L", COUNT, "1.8"),
        ("1800 /uL", COUNT, "1.8"),
        ("1800 /mm3", COUNT, "1.8"),
        ("50 10*3/uL", COUNT, "50"),
        ("100 umol/L", BILIRUBIN, "5.8466"),
        ("1.7 ULN", BILIRUBIN, "1.7"),
        ("2 meq/L", MAGNESIUM, "1"),
        ("2.4305 mg/dL", MAGNESIUM, "1"),
        ("0.5 ukat/L", measure("catalytic activity"), "30"),
        ("1.65 m", measure("length"), "165"),
        ("3500 g", measure("mass"), "3.5"),
        ("0.45 s", measure("time", ["ms", "s"]), "450"),
        ("72 h", measure("time", ["d", "h"]), "3"),
    ],
)
def test_units_convert_exactly(text: str, fits: Measure, exact: str) -> None:
    """Each unit has one exact factor to the canonical one."""
    assert value(text, fits) == Fraction(exact)


@given(st.decimals(0, 10**6, places=4))
def test_counts_mean_the_same_in_every_unit(number: object) -> None:
    """1000 per microlitre is 1 10*9/L, exactly, whatever the number."""
    assert value(f"{number} /uL", COUNT) * 1000 == value(f"{number} 10*9/L", COUNT) == value(f"{number} 10*3/uL", COUNT)


@given(st.integers(1, 10**6), st.integers(0, 4))
def test_molar_and_mass_units_meet_exactly(number: int, places: int) -> None:
    """1 umol/L is 0.058466 mg/dL of a substance of 584.66 g/mol, without a residue."""
    text = show(Fraction(number, 10**places))
    assert value(f"{text} umol/L", BILIRUBIN) == value(f"{text} mg/dL", BILIRUBIN) * Fraction("0.058466")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.8", ["has no unit", "10*9/L, 10*3/uL, /uL or /mm3"]),
        ("85 K/uL", ["kelvin", "10*9/L"]),
        ("85 G/L", ["gauss"]),
        ("85 10^9/L", ["asterisk"]),
        ("85 µmol/L", ["micro sign"]),
        ("85 foo", ["foo is no unit of it", "10*9/L"]),
        ("1,8 10*9/L", ["decimal point"]),
        ("1,800 /uL", ["no separator"]),
        ("1e3 /uL", ["exponent"]),
        ("<5 10*9/L", ["number alone"]),
        (".5 10*9/L", ["both sides"]),
        ("5. 10*9/L", ["both sides"]),
        ("inf 10*9/L", ["not a quantity", "use 10*9/L"]),
        ("nan", ["not a quantity"]),
        ("", ["not a quantity"]),
        ("+5 10*9/L", ["not a quantity"]),
        ("-5 10*9/L", ["negative"]),
        ("5 10*9/L ", ["no unit of it"]),
        ("5 10*9/L or so", ["no unit of it"]),
        ("5/uL", ["no space"]),
        ("٥ 10*9/L", ["not a quantity"]),
        ("9" * 50 + " /uL", ["at most 40 characters"]),
    ],
)
def test_what_is_no_quantity_says_what_would_be(text: str, words: list[str]) -> None:
    """A refusal says what is wrong and which units fit."""
    found = parse(text, COUNT, "it", HERE)
    assert isinstance(found, Problem)
    assert all(word in str(found) for word in words), str(found)


@pytest.mark.parametrize(("text", "word"), [("1420 mcg", "mcg"), ("2 g/dL", "thousand"), ("5 cc", "misread")])
def test_dangerous_units_of_amounts_have_their_own_sentence(text: str, word: str) -> None:
    """Units that have hurt people are named, not only refused."""
    assert word in str(parse(text, measure("drug amount"), "dose", HERE))


def test_a_vocabulary_cannot_ask_for_a_unit_that_is_not_there() -> None:
    """Kinds and units are a closed table."""
    with pytest.raises(Fault, match="no kind of quantity"):
        measure("charm")
    with pytest.raises(Fault, match="no unit of concentration"):
        measure("concentration", ["mg/dL"])


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        ("0", "0"),
        ("1.420", "1.42"),
        ("100", "100"),
        ("-0.5", "-0.5"),
        ("1/3", "0.3333"),
        ("2/3", "0.6667"),
        ("1/8192", "0.0001220703125"),
        ("-1/30000", "0"),
        ("1/20000", "0.00005"),
    ],
)
def test_numbers_are_shown_without_trailing_zeros(fraction: str, text: str) -> None:
    """Decimal text is exact where it ends and has four places where it does not."""
    assert show(Fraction(fraction)) == text


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_shown_decimals_read_back(number: int, places: int) -> None:
    """What ends is shown exactly."""
    exact = Fraction(number, 10**places)
    assert decimal(show(exact), "it") == exact


@pytest.mark.parametrize("text", ["1e3", "1,4", "x", ".5", "1_000", " 1"])
def test_numbers_are_plain_decimals(text: str) -> None:
    """A number without a unit is refused as strictly."""
    with pytest.raises(Fault, match="not a plain decimal number"):
        decimal(text, "mg")
