"""The sheet of the drawings: everything that is drawn takes its colour from it, and it takes each from a token."""

import re
from pathlib import Path

from tests.faces.web.drawn import Element, parsed
from tests.faces.web.series import CELLS, FIRST, LEVEL, WEEKS_4, WORDS
from tests.faces.web.test_timeline import AXIS, LEGEND, THIRD, TITLE, mark

from oncourse.faces import web
from oncourse.faces.web.charts import chart
from oncourse.faces.web.glyphs import GLYPHS, glyph
from oncourse.faces.web.timeline import SIGNS, Lane, timeline

SHEET = (Path(web.__file__).parent / "static/drawings.css").read_text(encoding="utf-8")
RULES = re.sub(r"/\*.*?\*/", "", SHEET, flags=re.DOTALL)
PAINTED = {"line", "path", "rect", "circle", "polyline", "text"}


def everything() -> Element:
    """Each sign, a course with every state, close marks and an empty lane, and charts with every kind of value."""
    lanes = [Lane("Cycle 1", 28, tuple(mark(day, state, now=True) for day, state in enumerate(SIGNS))), THIRD]
    charts = chart(LEVEL, FIRST, WEEKS_4, WORDS) + chart(CELLS, FIRST, WEEKS_4, WORDS)
    signs = [glyph(name) for name in GLYPHS]
    return parsed(timeline(lanes, AXIS, TITLE, LEGEND) + charts + signs[0].join(signs))


def test_everything_painted_has_its_colour() -> None:
    """No shape and no text is left in the black that a drawing has by itself."""
    named = set(re.findall(r"\.([a-z-]+)", RULES))
    painted = [element for element in everything().iter() if element.tag in PAINTED]
    assert [e.attrib for e in painted if not named & set(e.get("class", "").split())] == []
    assert {element.tag for element in painted} == PAINTED


def test_every_colour_is_a_token() -> None:
    """What is filled or stroked follows the theme."""
    values = re.findall(r"(?:^|[\s{;])(?:fill|stroke|color|background|border-color):\s*([^;}]+)", RULES)
    assert len(values) > 20
    assert {value.strip() for value in values if not value.strip().startswith("var(--")} == {"none"}
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb|hsl|url\(|@import", RULES) == []
