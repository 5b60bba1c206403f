"""Body surface is exact to the hundredth of a square metre, ties included."""

from decimal import Decimal
from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncourse.body import body_surface, half_up

CM = st.fractions(40, 230, max_denominator=100)
KG = st.fractions(2, 300, max_denominator=1000)


@pytest.mark.parametrize(
    ("height", "weight", "formula", "surface"),
    [
        (165, 68, "mosteller", "1.77"),
        (183, 88, "mosteller", "2.12"),
        (170, 70, "dubois", "1.81"),
        (170, 70, "haycock", "1.83"),
        (75, 9, "haycock", "0.44"),
        (75, 9, "dubois", "0.42"),
    ],
)
def test_known_bodies(height: int, weight: int, formula: str, surface: str) -> None:
    """Each formula gives the published figure."""
    assert body_surface(Fraction(height), Fraction(weight), formula) == Fraction(surface)  # type: ignore[arg-type]


@given(st.integers(20, 350), CM)
def test_a_tie_goes_up_and_a_hair_below_it_down(hundredths: int, height: Fraction) -> None:
    """At exactly .005 the surface is the larger hundredth, and just below it the smaller."""
    tie = Fraction(2 * hundredths + 1, 200)
    weight = tie**2 * 3600 / height
    assert body_surface(height, weight) == Fraction(hundredths + 1, 100)
    assert body_surface(height, weight * (1 - Fraction(1, 10**30))) == Fraction(hundredths, 100)


@given(CM, KG)
def test_mosteller_agrees_with_a_long_root(height: Fraction, weight: Fraction) -> None:
    """The integer rounding is that of a root with forty more digits."""
    root = Fraction(isqrt(int(height * weight * 10**80 / 3600)), 10**40)
    assert body_surface(height, weight) == half_up(root, Fraction(1, 100))


@given(CM, KG, st.sampled_from(["mosteller", "dubois", "haycock"]))
def test_more_weight_is_never_less_surface(height: Fraction, weight: Fraction, formula: str) -> None:
    """The surface grows with the weight and comes in whole hundredths."""
    less, more = (body_surface(height, kg, formula) for kg in (weight, weight + 1))  # type: ignore[arg-type]
    assert less <= more
    assert (less * 100).denominator == 1


@pytest.mark.parametrize(("height", "weight"), [(0, 70), (170, 0), (-170, -70)])
def test_no_body_is_no_surface(height: int, weight: int) -> None:
    """Nothing and less than nothing are refused."""
    with pytest.raises(ValueError, match="above 0"):
        body_surface(Fraction(height), Fraction(weight))


@pytest.mark.parametrize(
    ("value", "rounded"), [("1.416", "1.42"), ("1.415", "1.42"), ("1.4149", "1.41"), ("-0.005", "0")]
)
def test_half_goes_up(value: str, rounded: str) -> None:
    """Half a step is a step."""
    assert half_up(Fraction(value), Fraction(Decimal("0.01"))) == Fraction(rounded)
