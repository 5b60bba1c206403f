"""Reading a drawing back: its elements, and the room that each line of text takes at most."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple
from xml.etree import ElementTree

from markupsafe import Markup

Element = ElementTree.Element

LETTER = 0.62  # of the size of the type, the widest that a line of it comes to
SMALLEST = 11
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><svg onload='x'>",
    "</title></svg><b>",
    "{0} {said} %s",
    "&amp; &#60;",
    "' onmouseover='x",
)


class Written(NamedTuple):
    """A line of text with its class, its size and its box."""

    said: str
    css: str
    size: int
    left: float
    top: float
    right: float
    bottom: float


def parsed(markup: Markup) -> Element:
    """The elements of a piece of a page."""
    return ElementTree.fromstring(f"<body>{markup}</body>")


def drawing(markup: Markup) -> Element:
    """The one drawing with a name in a piece of a page."""
    (found,) = [svg for svg in parsed(markup).iter("svg") if svg.get("role") == "img"]
    return found


def said(element: Element) -> str:
    """All text of an element."""
    return "".join(element.itertext())


def classed(root: Element, css: str) -> list[Element]:
    """The elements of a class, in their order."""
    return [element for element in root.iter() if css in element.get("class", "").split()]


def number(element: Element, name: str) -> float:
    """A measure that an element has."""
    return float(element.get(name, ""))


def written(svg: Element) -> list[Written]:
    """Every line of text of a drawing."""
    return [_line(text) for text in svg.iter("text")]


def _line(text: Element) -> Written:
    size, wide = number(text, "font-size"), len(said(text)) * LETTER * number(text, "font-size")
    left = number(text, "x") - {"start": 0.0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "")]
    y = number(text, "y")
    return Written(said(text), text.get("class", ""), int(size), left, y - 0.75 * size, left + wide, y + 0.25 * size)


def faults(svg: Element) -> list[str]:
    """What a reader would stumble over: text too small, cut off, or over other text; marks cut off."""
    wide, high = number(svg, "width"), number(svg, "height")
    lines = written(svg)
    sizes = [number(part, "font-size") for part in svg.iter() if part.get("font-size")]
    small = [f"type of {size}" for size in sizes if size < SMALLEST]
    cut = [f"{line.said} is cut" for line in lines if not _inside(line, wide, high)]
    over = [f"{one.said} over {two.said}" for one, two in combinations(lines, 2) if _meet(one, two)]
    circles = [circle for circle in classed(svg, "chart-point") if circle.tag == "circle"]
    gone = [f"a mark at {mark.attrib}" for mark in circles if not _seen(mark, wide, high)]
    return small + cut + over + gone


def _inside(line: Written, wide: float, high: float) -> bool:
    return line.left > -0.01 and line.top >= 0 and line.right < wide + 0.01 and line.bottom <= high


def _meet(one: Written, two: Written) -> bool:
    across = one.left < two.right - 0.01 and two.left < one.right - 0.01
    return across and one.top < two.bottom - 0.01 and two.top < one.bottom - 0.01


def _seen(mark: Element, wide: float, high: float) -> bool:
    x, y, reach = number(mark, "cx"), number(mark, "cy"), number(mark, "r")
    return reach <= x <= wide - reach and reach <= y <= high - reach


def unsafe(root: Element) -> list[str]:
    """What a page's rules forbid, wherever it came from: script, styles, colours and acts written into elements."""
    attributes = [(element.tag, name) for element in root.iter() for name in element.attrib]
    told = {"style", "fill", "stroke", "color", "href", "src"}
    bad = [f"{tag} {name}" for tag, name in attributes if name in told or name.startswith("on")]
    return bad + [element.tag for element in root.iter() if element.tag in {"script", "style", "b", "foreignObject"}]
