"""The two scales of a chart: round numbers up the side, dates along the foot, both as long as their values need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain, count
from math import ceil, floor

from oncourse.explain import calendar_date
from oncourse.faces.web.drawing import SMALL, Label, width
from oncourse.quantity import show

MOST_STEPS = 4
ROOM = Fraction(4, 3)  # of a limit: what lies beyond it is seen even when no value does
YEAR = 365
SHORT, LONG = len("12-Jan"), len("12-Jan-2026")
APART = 10


@dataclass(frozen=True, slots=True)
class Plot:
    """Where values and days are: a rectangle, the values at its foot and head, the days at its sides."""

    left: float
    top: float
    right: float
    bottom: float
    ticks: tuple[Fraction, ...]
    first: date
    last: date

    def x(self, day: date) -> float:
        """Where a day is; the only one is in the middle."""
        days = (self.last - self.first).days
        share = (day - self.first).days / days if days else 0.5
        return self.left + (self.right - self.left) * share

    def y(self, value: Fraction) -> float:
        """Where a value is."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (self.bottom - self.top) * float((value - low) / (high - low))


def round_values(values: Sequence[Fraction], limit: Fraction | None) -> tuple[Fraction, ...]:
    """Round numbers at one distance, from zero or below to at least the highest value and beyond the limit."""
    high = max([*values, *([] if limit is None else [limit * ROOM]), Fraction(0)])
    low = min([*values, Fraction(0)])
    step = _step((high - low) or Fraction(1))
    return tuple(step * number for number in range(floor(low / step), max(ceil(high / step), 1) + 1))


def _step(span: Fraction) -> Fraction:
    """The least of 1, 2 and 5 times a power of ten that covers the span in at most MOST_STEPS."""
    least, power = span / MOST_STEPS, Fraction(1)
    while power > least:
        power /= 10
    while power * 10 <= least:
        power *= 10
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least)


def written(value: Fraction) -> str:
    """A number of the scale, such as 0.5 or 40,000."""
    return f"{Decimal(show(value)):,f}"


def dates(plot: Plot, left: float, right: float, y: float) -> Iterator[tuple[date, Label]]:
    """Days with their labels, which stand on y between left and right and not on each other.

    They are weeks apart from the first day on, or less where there is room; over a year or more they tell the year.
    """
    long = (plot.last - plot.first).days >= YEAR
    ends = left
    for day in _days(plot, LONG if long else SHORT):
        label = Label(calendar_date(day)[: LONG if long else SHORT], plot.x(day), y, "chart-tick").between(left, right)
        if ends <= label.box.left:
            yield day, label
            ends = label.box.right


def _days(plot: Plot, letters: int) -> list[date]:
    span = (plot.last - plot.first).days
    a_day = (plot.right - plot.left) / max(span, 1)
    needed = width("0" * letters, SMALL) + APART
    step = next(step for step in chain((1, 2), (7 * 2**n for n in count())) if step * a_day >= needed)
    days = [plot.first + timedelta(number) for number in range(0, span + 1, step)]
    return days if len(days) > 1 else sorted({plot.first, plot.last})
