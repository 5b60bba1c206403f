"""The scales of a chart: round numbers, true distances, and both sides of a limit."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.faces.web.drawn import classed, drawing, faults, number, said, written
from tests.faces.web.series import CELLS, FIRST, LEVEL, WEEKS_4, WORDS, drawn, height_of, lines, marks, point

from oncourse.faces.web.charts import Chart, chart
from oncourse.quantity import show


def test_large_numbers_are_grouped() -> None:
    """From 1,000 on there is a comma."""
    svg = drawn(replace(LEVEL, points=(point(0, "40000"),)))
    assert lines(svg, "chart-tick")[:5] == ["0", "10,000", "20,000", "30,000", "40,000"]


def test_values_are_where_the_scale_says() -> None:
    """The numbers of the scale and the drawn values agree."""
    of = replace(LEVEL, outside=False)
    assert [y for _, y in marks(of)] == pytest.approx(
        [height_of(drawn(of), point.value) for point in of.points], abs=0.01
    )


def test_a_higher_value_is_higher() -> None:
    """Up is more."""
    ys = [y for _, y in marks(replace(LEVEL, outside=False))]
    assert ys == sorted(ys, reverse=True) and len(set(ys)) == len(ys)


def test_distances_in_time_are_true_and_the_oldest_is_left() -> None:
    """As many days, as many pixels."""
    of = replace(LEVEL, outside=False)
    xs = [x for x, _ in marks(of)]
    days = [(point.on - FIRST).days for point in of.points]
    per_day = (xs[-1] - xs[0]) / (days[-1] - days[0])
    assert per_day > 0
    assert [x - xs[0] for x in xs] == pytest.approx([day * per_day for day in days], abs=0.02)


def test_a_date_stands_under_its_day() -> None:
    """The dates of the scale and the drawn values agree."""
    of = replace(LEVEL, points=(point(0, "1"), point(14, "1"), point(28, "1")), outside=False)
    dates = [(text.left + text.right) / 2 for text in written(drawn(of)) if text.said[-3:] in {"Jan", "Feb"}]
    assert dates[:2] == pytest.approx([x for x, _ in marks(of)][:2], abs=0.01)
    assert dates[2] == pytest.approx(marks(of)[2][0], abs=4)
    assert marks(of)[2][0] == number(classed(drawn(of), "chart-limit")[0], "x2")


def test_a_single_day_is_in_the_middle() -> None:
    """Where there is no distance in time, nothing lies at an end of it."""
    svg = drawing(chart(replace(LEVEL, points=(point(0, "1"),), doses=(), outside=False), FIRST, FIRST, WORDS))
    (line,) = classed(svg, "chart-limit")
    (mark,) = [mark for mark in classed(svg, "chart-point") if mark.get("cx")]
    assert number(mark, "cx") == (number(line, "x1") + number(line, "x2")) / 2


@pytest.mark.parametrize("of", [LEVEL, CELLS], ids=lambda of: of.id)
def test_both_sides_of_a_limit_are_seen(of: Chart) -> None:
    """Room is left beyond the limit even when no value lies there."""
    assert of.limit is not None
    svg = drawn(replace(of, points=(point(0, of.limit), point(5, of.limit)), outside=False))
    (zone,), (line,) = classed(svg, "chart-zone"), classed(svg, "chart-limit")
    assert number(zone, "height") >= 15
    assert number(line, "y1") >= 22 + 15


@pytest.mark.parametrize("days", [1, 2, 5, 6, 7, 13, 27, 90, 364, *range(365, 1200, 5)])
def test_the_scale_of_days_has_at_least_two_dates(days: int) -> None:
    """However long the course and however wide the numbers beside it, time can be read off."""
    of = replace(LEVEL, points=(point(0, "1000000000"), point(days, "1")), doses=())
    shown = [text for text in classed(drawing(chart(of, FIRST, FIRST, WORDS)), "chart-tick") if "-" in said(text)]
    assert len(shown) >= 2
    assert {len(said(text)) for text in shown} == {len("05-Jan") if days < 365 else len("05-Jan-2026")}


def test_the_chart_goes_as_far_as_its_values() -> None:
    """A value or a dose beyond the days asked for lengthens the chart."""
    late = replace(LEVEL, points=(*LEVEL.points, point(60, "1")), outside=False)
    svg = drawing(chart(late, FIRST, FIRST, WORDS))
    assert faults(svg) == []
    assert "02-Mar" in lines(svg, "chart-tick")


def test_a_chart_over_new_year_tells_both_years() -> None:
    """Dates without their year are told which years they are of; over a year each has its own."""
    svg = drawing(chart(LEVEL, FIRST - timedelta(20), WEEKS_4, WORDS))
    assert lines(svg, "chart-foot")[0] == "Date, 2025-2026"
    long = drawing(chart(LEVEL, FIRST - timedelta(400), WEEKS_4, WORDS))
    assert "01-Dec-2024" in lines(long, "chart-tick")


@given(st.lists(st.fractions(0, 10**6, max_denominator=1000), min_size=1), st.fractions(0, 1000, max_denominator=20))
def test_the_scale_has_few_round_numbers_and_covers_all(values: list[Fraction], limit: Fraction) -> None:
    """Its steps are 1, 2 or 5 times a power of ten, at most four from zero, and something lies beyond the limit."""
    svg = drawn(replace(LEVEL, points=tuple(point(day, value) for day, value in enumerate(values[:28])), limit=limit))
    scale = [
        Fraction(said(text).replace(",", "")) for text in classed(svg, "chart-tick") if text.get("text-anchor") == "end"
    ]
    assert show(scale[1] - scale[0]).replace(".", "").strip("0") in {"1", "2", "5"}
    assert scale[0] == 0 and len(scale) <= 5
    assert scale[-1] >= max(values[:28]) and (scale[-1] > limit or limit == 0)
