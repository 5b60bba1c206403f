"""A laboratory value over time: its scale, its limit, every value, and what was given when.

A drawing has the size that it is shown in. It carries all that a chart of results must: whose it is, what is
measured in which unit, both scales, the limit, true distances in time with the oldest on the left, and each exact
value on demand. The newest values are also a list, for narrow screens, and all of them a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from markupsafe import Markup

from oncourse.explain import calendar_date
from oncourse.faces.web.drawing import FULL, SMALL, Box, Label, joined, px, safe, width
from oncourse.faces.web.scale import Plot, dates, round_values, written

WIDTH = 248
TOP, BOTTOM = 22, 106  # of the plot
BESIDE, MARGIN = 6, 14  # between numbers and plot; right of the plot
TICKS, FOOT, LINE = 122, 138, 15  # where dates and the foot stand; from line to line
NEWEST = 4  # values in the list
SYMBOL, NEXT = 12, 14  # room of a symbol in the foot; between two entries
REACH = 6  # from the middle of the newest value to its edge


@dataclass(frozen=True, slots=True)
class Point:
    """One value: exact, as it is shown, and as a sentence; `masked` is true for one that does not count."""

    on: date
    value: Fraction
    shown: str
    said: str
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: the values of one test, the oldest first, and their limit.

    `id` is unique on the page, `patient` the patient's identifier. `unit` is short and may raise a power with `<sup>`.
    Values above the limit are the forbidden ones, or below it, as `above` says; `outside` tells that the newest is one.
    `doses` are the days on which a dose was given.
    """

    id: str
    patient: str
    name: str
    unit: Markup | str
    points: tuple[Point, ...]
    limit: Fraction | None
    limit_said: str
    above: bool
    outside: bool
    doses: tuple[date, ...] = ()


FIGURE = Markup('<figure class="chart" id="{}"><figcaption class="chart-name">{}</figcaption>{}</figure>')
DRAWING = Markup(
    '<svg class="chart-drawing" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"'
    ' aria-labelledby="{id}-title" aria-describedby="{id}-desc">'
    '<title id="{id}-title">{title}</title><desc id="{id}-desc">{desc}</desc>{body}</svg>'
)
TABLE = Markup(
    '<details class="values"><summary>{values}<span class="unseen">: {name}</span></summary><table><thead><tr>'
    '<th scope="col">{date}</th><th scope="col">{value}, {unit}</th></tr></thead><tbody>{rows}</tbody></table></details>'
)
STROKE = Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>')


def chart(of: Chart, first: date, last: date, words: Mapping[str, str]) -> Markup:
    """The chart from one day to another, or longer if its values or doses go further.

    `words` says: `none`, in place of a chart without values, as markup if it holds a link; `x`, what the days are;
    `date`, `value` and `values`, over the table; `doses`, `masked` and `outside`, for what is drawn so.
    """
    if not of.points:
        return FIGURE.format(of.id, safe(of.name), Markup('<p class="chart-none">{}</p>').format(safe(words["none"])))
    parts = (_drawing(of, _plot(of, first, last), words), _list(of, words), _table(of, words))
    return FIGURE.format(of.id, safe(of.name), joined(parts))


def _plot(of: Chart, first: date, last: date) -> Plot:
    days = [first, last, *of.doses, *(point.on for point in of.points)]
    ticks = round_values([point.value for point in of.points], of.limit)
    left = max(width(written(tick), SMALL) for tick in ticks) + BESIDE
    return Plot(left, TOP, WIDTH - MARGIN, BOTTOM, ticks, min(days), max(days))


def _drawing(of: Chart, plot: Plot, words: Mapping[str, str]) -> Markup:
    foot, height = _foot(of, plot, words)
    layers = (_limit(of, plot), _axes(plot), _doses(of, plot, words), _line(of, plot), _points(of, plot))
    return DRAWING.format(
        w=WIDTH,
        h=height,
        id=of.id,
        title=safe(f"{of.patient}: {of.name}, {_plain(of.unit)}"),
        desc=safe("; ".join(_said(of, words))),
        body=joined(map(joined, layers)) + joined(label.drawn() for label in _labels(of, plot)) + foot,
    )


def _said(of: Chart, words: Mapping[str, str]) -> list[str]:
    """The newest value and its limit, in words."""
    return [
        of.points[-1].said,
        *([of.limit_said] if of.limit_said else []),
        *([words["outside"]] if of.outside else []),
    ]


def _plain(unit: Markup | str) -> str:
    """A unit where nothing can be raised: 10^9."""
    return Markup(re.sub("<sup>", "^", unit)).striptags() if isinstance(unit, Markup) else unit


def _raised(unit: Markup | str) -> Markup:
    """A unit inside a drawing, where a power is raised by hand."""
    raised = re.sub(
        "<sup>(.*?)</sup>", r'<tspan dy="-4" font-size="11">\1</tspan><tspan dy="4">&#8203;</tspan>', safe(unit)
    )
    return Markup(raised)


# --------------------------------------------------------------------------------------------- the plot


def _limit(of: Chart, plot: Plot) -> Iterator[Markup]:
    """The forbidden zone and the line where it begins."""
    if of.limit is None:
        return
    y = plot.y(of.limit)
    top, bottom = (plot.top, y) if of.above else (y, plot.bottom)
    yield Markup('<rect class="chart-zone" x="{}" y="{}" width="{}" height="{}"/>').format(
        px(plot.left), px(top), px(plot.right - plot.left), px(bottom - top)
    )
    yield STROKE.format("chart-limit", px(plot.left), px(y), px(plot.right), px(y))


def _axes(plot: Plot) -> Iterator[Markup]:
    """Both scales with their numbers and dates."""
    for tick in plot.ticks:
        y = plot.y(tick)
        yield STROKE.format("chart-grid", px(plot.left), px(y), px(plot.right), px(y))
        yield Label(written(tick), plot.left - BESIDE, y + 4, "chart-tick", "end").drawn()
    yield STROKE.format("chart-axis", px(plot.left), px(plot.bottom), px(plot.right), px(plot.bottom))
    for day, label in dates(plot, 0, WIDTH, TICKS):
        x = px(plot.x(day))
        yield STROKE.format("chart-axis", x, px(plot.bottom), x, px(plot.bottom + 4))
        yield label.drawn()


def _doses(of: Chart, plot: Plot, words: Mapping[str, str]) -> Iterator[Markup]:
    for day in of.doses:
        yield Markup("<g><title>{}: {}</title>{}</g>").format(
            safe(words["doses"]), calendar_date(day), _dose(plot.x(day), plot.bottom)
        )


def _dose(x: float, y: float) -> Markup:
    return STROKE.format("chart-dose", px(x), px(y), px(x), px(y - 8))


def _line(of: Chart, plot: Plot) -> Iterator[Markup]:
    """From value to value; those that do not count lie beside it."""
    places = [f"{px(plot.x(point.on))},{px(plot.y(point.value))}" for point in of.points if not point.masked]
    yield Markup('<polyline class="chart-line" points="{}"/>').format(" ".join(places))


def _points(of: Chart, plot: Plot) -> Iterator[Markup]:
    for number, point in enumerate(of.points, 1):
        newest = number == len(of.points)
        sign = _sign(plot.x(point.on), plot.y(point.value), newest, newest and of.outside, point.masked)
        yield Markup("<g><title>{}</title>{}</g>").format(safe(point.said), sign)


def _sign(x: float, y: float, newest: bool, outside: bool, masked: bool) -> Markup:
    """A circle, full for the newest; a triangle when that is outside; a cross where the value does not count."""
    css = "chart-point" + " chart-newest" * newest + " chart-outside" * outside + " chart-masked" * masked
    if outside:
        return Markup('<path class="{}" d="M{} {}l7 12h-14z"/>').format(css, px(x), px(y - 7))
    if masked:
        reach = 4 if newest else 3
        across = Markup("M{} {}l{r} {r}m0 -{r}l-{r} {r}").format(px(x - reach), px(y - reach), r=2 * reach)
        return Markup('<path class="{}" d="{}"/>').format(css, across)
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(css, px(x), px(y), 5 if newest else "2.8")


# -------------------------------------------------------------------------------------------- the words


def _labels(of: Chart, plot: Plot) -> Iterator[Label]:
    """The unit above the scale, the newest value at its point, the limit at its line; none covers another."""
    unit = Label(_raised(of.unit), 0, 11, "chart-unit", "start")
    yield unit
    newest = of.points[-1]
    x, y = plot.x(newest.on), plot.y(newest.value)
    taken = [unit.box, Box(x - REACH, y - REACH, x + REACH, y + REACH)]
    css = "chart-value chart-value-outside" if of.outside else "chart-value"
    over = [*_drawn(of, plot)]
    for candidates in (_at_point(newest.shown, css, x, y), _at_line(of, plot)):
        if found := _fitting(candidates, taken, over, Box(plot.left, 0, WIDTH, plot.bottom)):
            yield found
            taken.append(found.box)


def _at_point(shown: str, css: str, x: float, y: float) -> Iterator[Label]:
    """Above the point, then left of it, below, right."""
    beside, up, down = REACH + 2, y - REACH - 3, y + REACH + FULL - 1
    for right, foot, anchor in (
        (x, up, "middle"),
        (x + REACH, up, "end"),
        (x - beside, y + 5, "end"),
        (x - beside, up, "end"),
        (x, down, "middle"),
        (x + REACH, down, "end"),
        (x - beside, down, "end"),
        (x - REACH, up, "start"),
        (x + beside, y + 5, "start"),
        (x - REACH, down, "start"),
    ):
        yield Label(shown, right, foot, css, anchor, FULL)


def _at_line(of: Chart, plot: Plot) -> Iterator[Label]:
    """On the forbidden side of the limit, left, right or between; then on the other."""
    if of.limit is None:
        return
    y = plot.y(of.limit)
    up, down = y - 4, y + SMALL + 1
    places = ((plot.left + 4, "start"), (plot.right - 2, "end"), ((plot.left + plot.right) / 2, "middle"))
    for foot in (up, down) if of.above else (down, up):
        yield from (Label(of.limit_said, x, foot, "chart-limit-said", anchor) for x, anchor in places)


def _fitting(labels: Iterable[Label], taken: Sequence[Box], over: Sequence[Box], room: Box) -> Label | None:
    """The first of those in the room and on nothing written that covers the least of what is drawn."""
    free = [label for label in labels if label.box.within(room) and not any(map(label.box.meets, taken))]
    return min(free, key=lambda label: sum(map(label.box.meets, over)), default=None)


def _drawn(of: Chart, plot: Plot) -> Iterator[Box]:
    """What a label had better not cover: values, the line between them in short pieces, the limit."""
    places = [(plot.x(point.on), plot.y(point.value)) for point in of.points]
    for x, y in places:
        yield Box(x - 3, y - 3, x + 3, y + 3)
    counted = [place for place, point in zip(places, of.points, strict=True) if not point.masked]
    for (x, y), (to_x, to_y) in zip(counted, counted[1:], strict=False):
        pieces = int(max(abs(to_x - x), abs(to_y - y)) / 6) + 1
        steps = ((x + (to_x - x) * n / pieces, y + (to_y - y) * n / pieces) for n in range(1, pieces))
        yield from (Box(at - 1, up - 1, at + 1, up + 1) for at, up in steps)
    if of.limit is not None:
        yield Box(plot.left, plot.y(of.limit) - 1, plot.right, plot.y(of.limit) + 1)


def _foot(of: Chart, plot: Plot, words: Mapping[str, str]) -> tuple[Markup, int]:
    """What the days are, then what each further sign means, in as many lines as it takes; and the whole height."""
    years = dict.fromkeys((plot.first.year, plot.last.year))
    entries: list[tuple[str, str]] = [("", f"{words['x']}, {'-'.join(map(str, years))}")]
    entries += [("dose", words["doses"])] if of.doses else []
    entries += [("masked", words["masked"])] if any(point.masked for point in of.points) else []
    x, y, parts = 0.0, FOOT, []
    for sign, text in entries:
        wide = width(text, SMALL) + (SYMBOL if sign else 0)
        if x and x + wide > WIDTH:
            x, y = 0.0, y + LINE
        if sign:
            parts.append(_dose(x + 4, y) if sign == "dose" else _sign(x + 4, y - 4, False, False, True))
        parts.append(Label(text, x + (SYMBOL if sign else 0), y, "chart-foot", "start").drawn())
        x += wide + NEXT
    return joined(parts), y + 4


# ------------------------------------------------------------------------------------------ the twins


def _list(of: Chart, words: Mapping[str, str]) -> Markup:
    newest, *others = reversed(of.points[-NEWEST:])
    first = Markup('<li class="chart-list-newest{}">{}</li>').format(
        " chart-list-outside" if of.outside else "", safe("; ".join(_said(of, words)))
    )
    return Markup('<ol class="chart-list">{}{}</ol>').format(
        first, joined(Markup("<li>{}</li>").format(safe(point.said)) for point in others)
    )


def _table(of: Chart, words: Mapping[str, str]) -> Markup:
    """Every value with its date, the newest first."""
    rows = (
        Markup("<tr><td>{}</td><td>{}{}</td></tr>").format(
            calendar_date(point.on),
            safe(point.shown),
            Markup(" ({})").format(safe(words["masked"])) if point.masked else "",
        )
        for point in reversed(of.points)
    )
    names = {name: safe(words[name]) for name in ("values", "date", "value")}
    return TABLE.format(name=safe(of.name), unit=safe(of.unit), rows=joined(rows), **names)
