"""The course at a glance: a lane for each cycle, a sign where something was given, held, left out or is to come.

A mark stands where its day is. Marks and labels that would cover each other go into a further row below the lane;
the marker of the slot that the page is about stands above it. The same is said as a list for narrow screens and for
screen readers; only one of the two is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from oncourse.faces.web.drawing import FULL, SMALL, Label, joined, px, safe, stacked, width
from oncourse.faces.web.glyphs import glyph, placed

WIDTH = 512
RIGHT = WIDTH - 24  # of the last day: half of a label of the axis still fits beside it
TITLE, TITLE_MOST = 14, 150  # size of type; width
SIGN = 20
AXIS, POINTER = 20, 8  # height of the axis and of the marker above a lane
LABEL, GAP = 15, 1

SIGNS: Mapping[str, str] = {
    "given": "give",
    "reduced": "reduce",
    "held": "hold",
    "omitted": "skip",
    "stopped": "stop",
    "due": "due",
    "planned": "planned",
    "conditional": "conditional",
}

FRAME = Markup(
    '<div class="timeline">'
    '<svg class="timeline-drawing" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"'
    ' aria-labelledby="timeline-title" aria-describedby="timeline-desc">'
    '<title id="timeline-title">{title}</title><desc id="timeline-desc">{desc}</desc>{body}</svg>'
    '<ul class="timeline-legend" aria-hidden="true">{legend}</ul><ol class="timeline-list">{items}</ol></div>'
)
LINE = Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>')


@dataclass(frozen=True, slots=True)
class Mark:
    """One slot of a cycle.

    `day` counts from the first of the lane, which is 0. `state` is a key of SIGNS. `label` is drawn below, such as the
    milligrams; `said` is the whole sentence. `now` is true for the slot that the page is about.
    """

    day: int
    state: str
    label: str
    said: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One cycle: its title, its length in days, its marks in their order, and what is said when there are none."""

    title: str
    length: int
    marks: tuple[Mark, ...]
    empty: str = ""


def timeline(lanes: Sequence[Lane], axis: Sequence[tuple[int, str]], title: str, legend: Mapping[str, str]) -> Markup:
    """The lanes under each other; `axis` labels days, `legend` gives the word of each state. KeyError: a state unknown.

    There is one on a page: its identifiers are fixed.
    """
    scale = _Scale(lanes, axis)
    placed_lanes, bottom = [], float(AXIS)
    for lane in lanes:
        placed_lanes.append(_Placed(lane, scale, bottom))
        bottom = placed_lanes[-1].bottom
    states = {mark.state for lane in lanes for mark in lane.marks}
    return FRAME.format(
        w=WIDTH,
        h=px(bottom),
        title=safe(title),
        desc=safe(" ".join(mark.said for lane in lanes for mark in lane.marks if mark.now)),
        body=joined(_axis(scale, axis, bottom)) + joined(lane.drawn() for lane in placed_lanes),
        legend=joined(_word(state, word) for state, word in legend.items() if state in states),
        items=joined(map(_item, lanes)),
    )


class _Scale:
    """Where a day is: as many pixels for each, from the first to the last that is drawn."""

    def __init__(self, lanes: Sequence[Lane], axis: Sequence[tuple[int, str]]) -> None:
        titles = [min(width(lane.title, TITLE), TITLE_MOST) for lane in lanes]
        days = [mark.day for lane in lanes for mark in lane.marks]
        ends = [lane.length - 1 for lane in lanes]
        self.left = max([*titles, SIGN]) + SIGN / 2 + 2
        self.day = (RIGHT - self.left) / max([*days, *ends, *(day for day, _ in axis), 1])

    def x(self, day: int) -> float:
        return self.left + day * self.day


class _Placed:
    """One lane in its place: y is that of its line, and `bottom` is where the next may begin."""

    def __init__(self, lane: Lane, scale: _Scale, top: float) -> None:
        self.lane, self.scale = lane, scale
        self.y = top + POINTER + SIGN / 2
        xs = [scale.x(mark.day) for mark in lane.marks]
        self.rows = stacked([(x - SIGN / 2, x + SIGN / 2) for x in xs])
        below = self.y + SIGN / 2 + max(self.rows, default=0) * (SIGN + GAP)
        self.labels = self._labels(xs, below)
        self.bottom = max([below + LABEL, *(label.box.bottom for label in self.labels)]) + GAP

    def _labels(self, xs: Sequence[float], below: float) -> list[Label]:
        """What is written under the marks; nothing is cut, so what is wider than the drawing is only in the list."""
        written = [(x, mark) for x, mark in zip(xs, self.lane.marks, strict=True) if mark.label]
        lines = [
            Label(mark.label, x, below + FULL, f"timeline-label timeline-label-{mark.state}", size=FULL).between(
                0, WIDTH
            )
            for x, mark in written
            if width(mark.label, FULL) <= WIDTH
        ]
        rows = stacked([(line.box.left - GAP, line.box.right + GAP) for line in lines])
        return [line.lower(row * LABEL) for line, row in zip(lines, rows, strict=True)]

    def drawn(self) -> Markup:
        """The line, then the marks over it, then what is written."""
        scale, end = self.scale, self.scale.x(max(self.lane.length - 1, 0))
        line = LINE.format("timeline-lane", px(scale.left), px(self.y), px(end), px(self.y))
        title = Label(_shortened(self.lane.title), 0, self.y + 5, "timeline-name", "start", TITLE)
        said = [label.drawn() for label in [title, *self.labels, *self._empty()]]
        return line + joined(self._stems()) + joined(self._marks()) + joined(said)

    def _stems(self) -> Iterator[Markup]:
        for mark, row in zip(self.lane.marks, self.rows, strict=True):
            if row:
                x = px(self.scale.x(mark.day))
                yield LINE.format("timeline-stem", x, px(self.y), x, px(self.y + row * (SIGN + GAP)))

    def _marks(self) -> Iterator[Markup]:
        for mark, row in zip(self.lane.marks, self.rows, strict=True):
            x = self.scale.x(mark.day)
            sign = placed(SIGNS[mark.state], x, self.y + row * (SIGN + GAP), SIGN)
            yield Markup('<g class="mark mark-{}"><title>{}</title>{}</g>').format(mark.state, safe(mark.said), sign)
            if mark.now:
                yield self._pointer(x)

    def _pointer(self, x: float) -> Markup:
        tip = self.y - SIGN / 2 - 1
        return Markup('<path class="timeline-now" d="M{} {}h11l-5.5 7z"/>').format(px(x - 5.5), px(tip - 7))

    def _empty(self) -> Iterator[Label]:
        if self.lane.empty and not self.lane.marks and width(self.lane.empty, SMALL) <= WIDTH - self.scale.left:
            yield Label(self.lane.empty, self.scale.left, self.y + SIGN / 2 + FULL, "timeline-empty", "start")


def _axis(scale: _Scale, axis: Sequence[tuple[int, str]], bottom: float) -> Iterator[Markup]:
    """A line down for each labelled day; a label that would cover the one before is left out."""
    ends = 0.0
    for day, text in axis:
        x = scale.x(day)
        yield LINE.format("timeline-day", px(x), AXIS - 2, px(x), px(bottom))
        label = Label(text, x, FULL, "timeline-axis")
        if ends <= label.box.left and label.box.right <= WIDTH:
            yield label.drawn()
            ends = label.box.right + GAP


def _shortened(title: str) -> str:
    """A title that fits before its lane; the list has the whole."""
    if width(title, TITLE) <= TITLE_MOST:
        return title
    return next(part for end in range(len(title), -1, -1) if width(part := title[:end] + "…", TITLE) <= TITLE_MOST)


def _word(state: str, word: str) -> Markup:
    return Markup("<li>{}{}</li>").format(glyph(SIGNS[state], 16), safe(word))


def _item(lane: Lane) -> Markup:
    empty = [Markup("<li>{}</li>").format(safe(lane.empty))] if lane.empty else []
    said = [_sentence(mark) for mark in lane.marks] or empty
    within = Markup("<ol>{}</ol>").format(joined(said)) if said else ""
    return Markup("<li><b>{}</b>{}</li>").format(safe(lane.title), within)


def _sentence(mark: Mark) -> Markup:
    now = Markup(' aria-current="step"') if mark.now else ""
    return Markup("<li{}>{}<span>{}</span></li>").format(now, glyph(SIGNS[mark.state], SIGN), safe(mark.said))
