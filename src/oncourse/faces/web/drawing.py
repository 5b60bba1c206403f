"""What the drawings have in common: boxes, how much room letters take, and text that cannot become markup.

Lengths are pixels as drawn, x to the right and y down. Letters have no measure here but the widest that a line of
the pages' type comes to; what fits by that measure fits on the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from unicodedata import east_asian_width

from markupsafe import Markup, escape

LETTER, WIDE_LETTER = 0.62, 1.1  # of the size of the type
ABOVE, BELOW = 0.75, 0.25  # of the size of the type, from the line that letters stand on
SMALL, FULL = 12, 13  # sizes of type


class Box(NamedTuple):
    """A rectangle with its sides along the axes."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def within(self, other: Box) -> bool:
        """Whether no part of this one is outside of the other."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text: it stands on y and is at x with its start, middle or end; `css` is its class."""

    said: str
    x: float
    y: float
    css: str
    anchor: str = "middle"
    size: int = SMALL

    @property
    def box(self) -> Box:
        """The room it takes at most."""
        wide = width(self.said, self.size)
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return Box(left, self.y - ABOVE * self.size, left + wide, self.y + BELOW * self.size)

    def between(self, left: float, right: float) -> Label:
        """The same, moved sideways by as little as keeps it between the two; too wide, it goes over the right."""
        box = self.box
        return replace(self, x=self.x + max(left - box.left, min(0.0, right - box.right)))

    def lower(self, by: float) -> Label:
        """The same, further down."""
        return replace(self, y=self.y + by)

    def drawn(self) -> Markup:
        """The text element."""
        return Markup('<text class="{}" x="{}" y="{}" font-size="{}" text-anchor="{}">{}</text>').format(
            self.css, px(self.x), px(self.y), self.size, self.anchor, safe(self.said)
        )


def width(text: str, size: int) -> float:
    """How wide a line of text is at most; tags take no room."""
    text = text.striptags() if isinstance(text, Markup) else text
    wide = 0 if text.isascii() else sum(east_asian_width(letter) in "WF" for letter in text)
    return (wide * WIDE_LETTER + (len(text) - wide) * LETTER) * size


def safe(text: str) -> Markup:
    """Text as markup: what is none yet is escaped, and what cannot be printed shows that something is there."""
    if isinstance(text, Markup):
        return text
    return escape("".join(letter if letter.isprintable() else "\ufffd" for letter in text))


def px(length: float) -> str:
    """A length as SVG writes it, to a hundredth."""
    return f"{round(length, 2) + 0:g}"


def joined(parts: Iterable[Markup]) -> Markup:
    """One after the other."""
    return Markup("").join(parts)


def stacked(spans: Sequence[tuple[float, float]]) -> list[int]:
    """For each span from left to right its row, the first in which it covers no other; rows count from 0."""
    ends: list[float] = []
    rows = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda number: spans[number]):
        left, right = spans[number]
        rows[number] = next((row for row, end in enumerate(ends) if end <= left), len(ends))
        ends[rows[number] : rows[number] + 1] = [right]
    return rows
