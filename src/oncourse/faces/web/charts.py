"""A laboratory value over time: its scale, its limit, every value, and what was given when.

A drawing has the size that it is shown in. It carries all that a chart of results must: whose it is, what is
measured in which unit, both scales, the limit, true distances in time with the oldest on the left, and each exact
value on demand. The newest values are also a list, for narrow screens, and all of them a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain, combinations, pairwise, product

from markupsafe import Markup

from oncourse.explain import calendar_date
from oncourse.faces.web.drawing import FULL, SMALL, Box, Label, joined, px, safe, width
from oncourse.faces.web.scale import Plot, dates, round_values, written

WIDTH = 248
TOP, BOTTOM = 22, 102  # of the plot
LEFT, MARGIN = 34, 20  # beside the plot, at least
BESIDE = 6  # between numbers and plot
TICKS, FOOT, LINE = 118, 134, 15  # where dates and the foot stand; from line to line
NEWEST = 4  # values in the list
SYMBOL, NEXT = 12, 14  # room of a symbol in the foot; between two entries
REACH = 7  # from the middle of the newest value to its edge
ROWS = 3  # of places for the words of a limit, on each side of it
ACROSS, FURTHER, MISSED = 5, 100, 10_000  # things covered, as bad as to lie over, off, or not at, the limit

Sign = Callable[[float, float], Markup]  # drawn at a place
Offer = tuple[int, Label]  # how little it is liked, in things covered


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
    '<details class="values"><summary aria-label="{values}: {name}">{values}</summary>'
    '<table><thead><tr><th scope="col">{date}</th><th scope="col">{value}, {unit}</th></tr></thead>'
    "<tbody>{rows}</tbody></table></details>"
)
SUP, END = Markup("<sup>"), Markup("</sup>")
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
    wide = max(width(written(tick), SMALL) for tick in ticks)
    return Plot(min(max(wide + BESIDE, LEFT), WIDTH / 2), TOP, WIDTH - MARGIN, BOTTOM, ticks, min(days), max(days))


def _drawing(of: Chart, plot: Plot, words: Mapping[str, str]) -> Markup:
    foot, height = _foot(of, plot, words)
    layers = (_scales(of, plot), _doses(of, plot, words), _line(of, plot), _points(of, plot))
    return DRAWING.format(
        w=WIDTH,
        h=height,
        id=of.id,
        title=safe(f"{of.patient}: {of.name}, {_plain(of.unit)}"),
        desc=safe(_said(of, words)),
        body=joined(map(joined, layers)) + joined(label.drawn() for label in _labels(of, plot)) + foot,
    )


def _said(of: Chart, words: Mapping[str, str]) -> str:
    """The newest value, its limit, and on which side of it it is."""
    return ", ".join(filter(None, (of.points[-1].said, of.limit_said, words["outside"] if of.outside else "")))


def _plain(unit: Markup | str) -> str:
    """A unit where nothing can be raised, such as x 10^9 per L."""
    return unit.replace(SUP, Markup("^")).striptags() if isinstance(unit, Markup) else unit


def _raised(unit: Markup | str) -> Markup:
    """A unit inside a drawing, where what is raised must be moved by hand, and back."""
    text = safe(unit)
    raised = text.replace(SUP, Markup('<tspan dy="-3" font-size="11">')).replace(END, Markup('</tspan><tspan dy="3">'))
    return raised + Markup("</tspan>") * text.count(END)


# --------------------------------------------------------------------------------------------- the plot


def _scales(of: Chart, plot: Plot) -> Iterator[Markup]:
    """The forbidden zone, both scales with their numbers and dates, and the limit over them."""
    if of.limit is not None:
        top, bottom = (TOP, plot.y(of.limit)) if of.above else (plot.y(of.limit), BOTTOM)
        yield Markup('<rect class="chart-zone" x="{}" y="{}" width="{}" height="{}"/>').format(
            px(plot.left), px(top), px(plot.right - plot.left), px(bottom - top)
        )
    for tick in plot.ticks:
        yield _across("chart-grid", plot, plot.y(tick))
        number = Label(written(tick), plot.left - BESIDE, plot.y(tick) + 4, "chart-tick", "end")
        if number.box.left >= 0:
            yield number.drawn()
    yield _across("chart-axis", plot, BOTTOM)
    for day, label in dates(plot, 0, WIDTH, TICKS):
        yield STROKE.format("chart-axis", px(plot.x(day)), BOTTOM, px(plot.x(day)), BOTTOM + 4)
        yield label.drawn()
    if of.limit is not None:
        yield _across("chart-limit", plot, plot.y(of.limit))


def _across(css: str, plot: Plot, y: float) -> Markup:
    return STROKE.format(css, px(plot.left), px(y), px(plot.right), px(y))


def _doses(of: Chart, plot: Plot, words: Mapping[str, str]) -> Iterator[Markup]:
    for day in of.doses:
        yield Markup("<g><title>{}: {}</title>{}</g>").format(
            safe(words["doses"]), calendar_date(day), _dose(plot.x(day), BOTTOM)
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
    unit = Label(_raised(of.unit), 0, 12, "chart-unit", "start")
    x, y = plot.x(of.points[-1].on), plot.y(of.points[-1].value)
    room, taken = Box(plot.left, 0, WIDTH, BOTTOM + 4), (unit.box, Box(x - REACH, y - REACH, x + REACH, y + REACH))
    over = list(_ink(of, plot))

    def costs(offers: Iterable[Offer]) -> Iterator[tuple[int, Label | None]]:
        for dislike, label in offers:
            if label.box.within(room) and not any(map(label.box.meets, taken)):
                yield dislike + sum(map(label.box.meets, over)), label
        yield MISSED, None

    kinds = product(costs(_at_point(of, plot, x, y)), costs(_at_line(of, plot)))
    choices = sorted(kinds, key=lambda choice: sum(cost for cost, _ in choice))
    labels = ([label for _, label in choice if label] for choice in choices)
    return chain([unit], next(found for found in labels if _apart(found)))


def _apart(labels: Sequence[Label]) -> bool:
    return not any(one.box.meets(other.box) for one, other in combinations(labels, 2))


def _at_point(of: Chart, plot: Plot, x: float, y: float) -> Iterator[Offer]:
    """Above the newest point, then left of it, below, right."""
    beside, level, up, down = REACH + 1, min(y + 2, BOTTOM), y - REACH - 4, y + REACH + FULL - 2
    places = (
        (x, up, "middle"),
        (x + REACH, up, "end"),
        (x - beside, level, "end"),
        (x - beside, up, "end"),
        (x, down, "middle"),
        (x + REACH, down, "end"),
        (x - beside, down, "end"),
        (x - REACH, up, "start"),
        (x + beside, level, "start"),
        (x - REACH, down, "start"),
    )
    css = "chart-value chart-value-outside" if of.outside else "chart-value"
    for rank, (at, foot, anchor) in enumerate(places):
        yield rank, Label(of.points[-1].shown, at, foot, css, anchor, FULL).between(plot.left, WIDTH)


def _at_line(of: Chart, plot: Plot) -> Iterator[Offer]:
    """On the forbidden side of the limit, left, right or between; only then on the other, or further off."""
    if of.limit is None:
        return
    y = plot.y(of.limit)
    sides = ((y - 4, -LINE), (y + SMALL + 1, LINE))
    feet = (foot + off * line for off in range(ROWS) for foot, line in (sides if of.above else reversed(sides)))
    places = ((plot.left + 4, "start"), (plot.right - 2, "end"), ((plot.left + plot.right) / 2, "middle"))
    for row, foot in enumerate(feet):
        for rank, (x, anchor) in enumerate(places):
            yield row * FURTHER + rank, Label(of.limit_said, x, foot, "chart-limit-said", anchor)


def _ink(of: Chart, plot: Plot) -> Iterator[Box]:
    """What a label had better not cover: doses, values, the line between them in short pieces, the limit."""
    places = [(plot.x(point.on), plot.y(point.value)) for point in of.points]
    for x, y in places:
        yield Box(x - 3, y - 3, x + 3, y + 3)
    counted = [place for place, point in zip(places, of.points, strict=True) if not point.masked]
    for (x, y), (to_x, to_y) in pairwise(counted):
        pieces = int(max(abs(to_x - x), abs(to_y - y)) / 3) + 1
        steps = ((x + (to_x - x) * n / pieces, y + (to_y - y) * n / pieces) for n in range(1, pieces))
        yield from (Box(at - 1, up - 1, at + 1, up + 1) for at, up in steps)
    yield from (Box(plot.x(day) - 1, BOTTOM - 8, plot.x(day) + 1, BOTTOM) for day in of.doses)
    if of.limit is not None:
        yield from [Box(plot.left, plot.y(of.limit) - 1, plot.right, plot.y(of.limit) + 1)] * ACROSS


def _foot(of: Chart, plot: Plot, words: Mapping[str, str]) -> tuple[Markup, int]:
    """What the days are, then what each further sign means, in as many lines as it takes; and the whole height."""
    x, y, parts = 0.0, FOOT, []
    for text, sign in _entries(of, plot, words):
        indent = 0 if sign is None else SYMBOL
        wide = indent + width(text, SMALL)
        if x and x + wide > WIDTH:
            x, y = 0.0, y + LINE
        parts += [] if sign is None else [sign(x + indent / 3, y)]
        parts.append(Label(text, x + indent, y, "chart-foot", "start").drawn())
        x += wide + NEXT
    return joined(parts), y + 4


def _entries(of: Chart, plot: Plot, words: Mapping[str, str]) -> Iterator[tuple[str, Sign | None]]:
    years = dict.fromkeys((plot.first.year, plot.last.year))
    yield f"{words['x']}, {'-'.join(map(str, years))}", None
    if of.doses:
        yield words["doses"], _dose
    if any(point.masked for point in of.points):
        yield words["masked"], lambda x, y: _sign(x, y - 4, newest=False, outside=False, masked=True)


# ------------------------------------------------------------------------------------------ the twins


def _list(of: Chart, words: Mapping[str, str]) -> Markup:
    css = "chart-list-newest chart-list-outside" if of.outside else "chart-list-newest"
    newest = Markup('<li class="{}">{}</li>').format(css, safe(_said(of, words)))
    before = (Markup("<li>{}</li>").format(safe(point.said)) for point in of.points[-2 : -NEWEST - 1 : -1])
    return Markup('<ol class="chart-list">{}{}</ol>').format(newest, joined(before))


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
