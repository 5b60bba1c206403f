"""The signs of the verdicts: each has a shape of its own and can be said."""

import re
from itertools import combinations

import pytest
from tests.faces.web.drawn import classed, number, parsed, said, unsafe

from oncourse.faces.web.glyphs import GLYPHS, glyph, placed

VERDICTS = ("give", "reduce", "hold", "skip", "stop", "need", "judge", "wait", "done")


def test_every_verdict_has_its_own_shape() -> None:
    """Without colour no two verdicts look alike."""
    assert set(VERDICTS) <= set(GLYPHS)
    assert all(GLYPHS[one] != GLYPHS[other] for one, other in combinations(VERDICTS, 2))


@pytest.mark.parametrize("name", GLYPHS)
def test_a_sign_is_drawn_inside_its_box(name: str) -> None:
    """No corner lies outside the square of 24, and no style or colour is written into it."""
    root = parsed(glyph(name, 52))
    (svg,) = root
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == ("52", "52", "0 0 24 24")
    assert unsafe(root) == []
    starts = [re.match(r"M([\d.]+) ([\d.]+)", path.get("d", "")) for path in svg.iter("path")]
    assert all(start and 1 <= float(start[1]) <= 23 and 1 <= float(start[2]) <= 23 for start in starts)
    circles = [(number(c, "cx"), number(c, "cy"), number(c, "r")) for c in svg.iter("circle")]
    assert all(reach <= x <= 24 - reach and reach <= y <= 24 - reach for x, y, reach in circles)


def test_a_sign_is_said_once_or_not_at_all() -> None:
    """Beside its words it is hidden from screen readers; alone it has a name, whatever that holds."""
    (hidden,), (named,) = parsed(glyph("hold")), parsed(glyph("hold", said='Hold "today\'s" <dose>'))
    assert (hidden.get("aria-hidden"), hidden.get("role")) == ("true", None)
    assert (named.get("role"), named.get("aria-label")) == ("img", 'Hold "today\'s" <dose>')
    assert said(named) == ""


def test_a_placed_sign_has_its_middle_where_it_is_asked_for() -> None:
    """A sign of 12 pixels is half as large, and around its place."""
    (group,) = parsed(placed("stop", 100, 50, 12))
    assert group.get("transform") == "translate(94 44) scale(0.5)"
    assert len(classed(group, "glyph-shape")) == 1


def test_an_unknown_sign_is_refused() -> None:
    """A verdict without a shape is not passed over."""
    with pytest.raises(KeyError, match="perhaps"):
        glyph("perhaps")
