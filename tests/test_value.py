"""Unknown, stale and never answer comparisons by themselves, so that nothing is taken for a number by accident."""

import operator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncourse.value import NEVER, Stale, Unknown

COMPARE = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
ARITHMETIC = (operator.add, operator.sub, operator.mul)
ANC = Unknown(frozenset({"anc"}))
AST = Unknown(frozenset({"ast"}))
numbers = st.fractions(-100, 100, max_denominator=10) | st.integers(-100, 100)


def old(value: Any, high: bool = True) -> Stale:
    return Stale(value, high, AST)


@pytest.mark.parametrize("op", [*COMPARE, *ARITHMETIC])
@pytest.mark.parametrize("other", [1, Fraction(1, 3), "CR", True, NEVER, old(5), ANC])
def test_whatever_is_done_with_an_unknown_is_unknown(op: Any, other: Any) -> None:
    """Either way round, and for want of what both sides lack."""
    lacks = {"anc"} | ({"ast"} if isinstance(other, Stale) else set())
    for result in (op(ANC, other), op(other, ANC)):
        assert isinstance(result, Unknown)
        assert result.facts == lacks


@pytest.mark.parametrize("op", COMPARE[:4])
@pytest.mark.parametrize("other", [0, Fraction(-1), NEVER, old(5)])
def test_no_comparison_with_never_holds(op: Any, other: Any) -> None:
    """What has not happened is neither before nor after anything."""
    assert op(NEVER, other) is False
    assert op(other, NEVER) is False


@pytest.mark.parametrize("other", [0, "CR", old(5)])
def test_never_is_only_never(other: Any) -> None:
    """Never equals itself and differs from everything else."""
    assert (NEVER == NEVER) is True
    assert (NEVER != NEVER) is False
    assert ((other == NEVER), (other == NEVER)) == (False, False)
    assert ((other != NEVER), (other != NEVER)) == (True, True)
    assert NEVER in {NEVER}


@pytest.mark.parametrize("op", ARITHMETIC)
def test_nothing_added_to_never_makes_it_happen(op: Any) -> None:
    """Arithmetic with never is never, and with a value out of date unknown, either way round."""
    assert op(NEVER, 7) is NEVER
    assert op(7, NEVER) is NEVER
    assert {type(op(NEVER, old(5))), type(op(old(5), NEVER))} == {Unknown}


@given(numbers, numbers, st.booleans(), st.sampled_from(COMPARE))
def test_an_old_value_says_only_what_every_value_at_least_as_bad_says(
    value: Any, limit: Any, high: bool, op: Any
) -> None:
    """A comparison is sure exactly when it comes out alike for every value from the old one to the worse side."""
    step = 1 if high else -1
    possible = {value, value + step * 1000, *((limit + d) for d in (-1, 0, 1) if (limit + d - value) * step >= 0)}
    possible |= {(value + limit) / Fraction(2)} if (limit - value) * step > 0 else set()
    outcomes = {op(number, limit) for number in possible}
    result = op(old(value, high), limit)
    if len(outcomes) == 1:
        assert result is outcomes.pop()
    else:
        assert isinstance(result, Unknown) and result.facts == {"ast"}
    if op not in (operator.eq, operator.ne):
        turned = {"lt": operator.gt, "le": operator.ge, "gt": operator.lt, "ge": operator.le}[op.__name__]
        assert str(turned(limit, old(value, high))) == str(result)


def test_two_old_values_say_nothing_of_each_other() -> None:
    """Both may have moved."""
    assert isinstance(old(9) > Stale(1, False, ANC), Unknown)
    assert (old(9) > Stale(1, False, ANC)).facts == {"anc", "ast"}


@pytest.mark.parametrize("value", [ANC, old(5)])
def test_what_is_not_known_is_neither_true_nor_false(value: Any) -> None:
    """To use it as a condition is a fault, never a silent no; and it can be no key."""
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(value)
    with pytest.raises(TypeError):
        hash(value)


def test_they_show_what_they_are() -> None:
    """In a test's message one sees what was unknown."""
    assert [repr(ANC.joined(AST)), repr(old(5)), repr(NEVER)] == ["Unknown(anc, ast)", "Stale(5)", "NEVER"]
