"""Two made-up tests with their values, and what is read back from their charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from markupsafe import Markup
from tests.faces.web.drawn import Element, classed, drawing, number, said, written

from oncourse.explain import calendar_date
from oncourse.faces.web.charts import Chart, Point, chart
from oncourse.quantity import show

FIRST = date(2026, 1, 5)
WEEKS_4 = FIRST + timedelta(28)
COUNT = Markup("x 10<sup>9</sup> per L")
WORDS = {
    "none": "No result since 16-Nov-2026.",
    "x": "Date",
    "date": "Date",
    "value": "Value",
    "values": "Values",
    "doses": "Dose given",
    "masked": "not counted",
    "outside": "outside the limit",
}


def point(day: int, value: str | Fraction, masked: bool = False) -> Point:
    """A value on a day of the course, day 0 being the first."""
    on, exact = FIRST + timedelta(day), Fraction(value)
    return Point(on, exact, show(exact), f"{show(exact)} x ULN on {calendar_date(on)}", masked)


LEVEL = Chart(
    id="level",
    patient="P-001",
    name="Total level",
    unit="x ULN",
    points=(point(0, "0.6"), point(3, "0.8"), point(7, "1.1"), point(21, "1.7")),
    limit=Fraction("1.5"),
    limit_said="max 1.5",
    above=True,
    outside=True,
    doses=(FIRST, FIRST + timedelta(7)),
)
CELLS = replace(
    LEVEL,
    id="cells",
    name="Cells",
    unit=COUNT,
    points=(point(0, "140"), point(7, "60"), point(9, "95", masked=True), point(14, "76")),
    limit=Fraction(50),
    limit_said="min 50",
    above=False,
    outside=False,
)


def drawn(of: Chart) -> Element:
    """The drawing of a chart over four weeks."""
    return drawing(chart(of, FIRST, WEEKS_4, WORDS))


def marks(of: Chart) -> list[tuple[float, float]]:
    """Where the values are drawn as circles."""
    return [(number(mark, "cx"), number(mark, "cy")) for mark in classed(drawn(of), "chart-point") if mark.get("cx")]


def lines(svg: Element, css: str) -> list[str]:
    """What is written in one class."""
    return [line.said for line in written(svg) if line.css.split()[0] == css]


def height_of(svg: Element, value: Fraction) -> float:
    """Where a value must be, by the first and last number of the scale."""
    scale = [text for text in classed(svg, "chart-tick") if text.get("text-anchor") == "end"]
    low, high = (Fraction(said(text).replace(",", "")) for text in (scale[0], scale[-1]))
    foot, head = (number(text, "y") - 4 for text in (scale[0], scale[-1]))
    return foot + (head - foot) * float((value - low) / (high - low))
