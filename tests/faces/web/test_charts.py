"""A chart of results: everything that such a chart must carry, in the right place, and nothing over anything."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from tests.faces.web.drawn import HOSTILE, classed, drawing, faults, number, parsed, said, unsafe, written
from tests.faces.web.series import CELLS, COUNT, FIRST, LEVEL, WEEKS_4, WORDS, drawn, height_of, lines, marks, point

from oncourse.faces.web.charts import Chart, Point, chart
from oncourse.quantity import show

# ---------------------------------------------------------------------------------- what it must carry


def test_the_drawing_says_whose_and_what_it_is() -> None:
    """The patient, the test and the unit are its name; the newest value and the limit describe it."""
    svg = drawn(LEVEL)
    names = {element.get("id"): said(element) for element in svg if element.get("id")}
    assert names[svg.get("aria-labelledby")] == "P-001: Total level, x ULN"
    assert names[svg.get("aria-describedby")] == "1.7 x ULN on 26-Jan-2026, max 1.5, outside the limit"
    assert "outside" not in said(drawn(replace(LEVEL, outside=False)))


def test_both_scales_have_a_name_and_values() -> None:
    """The unit stands over round numbers, the kind of day and its year under dates."""
    svg = drawn(LEVEL)
    assert lines(svg, "chart-unit") == ["x ULN"]
    assert lines(svg, "chart-tick") == ["0", "0.5", "1", "1.5", "2", "05-Jan", "19-Jan", "02-Feb"]
    assert lines(svg, "chart-foot") == ["Date, 2026", "Dose given"]


def test_the_test_and_its_unit_head_the_page_s_form_too() -> None:
    """The name is over the drawing, and the unit over the column of values."""
    page = parsed(chart(CELLS, FIRST, WEEKS_4, WORDS))
    assert said(classed(page, "chart-name")[0]) == "Cells"
    assert [said(head) for head in page.iter("th")] == ["Date", "Value, x 109 per L"]
    assert [said(raised) for raised in page.iter("sup")] == ["9"]


def test_a_power_is_raised_and_what_follows_is_not() -> None:
    """A drawing has no superscript of its own; where nothing can be raised a sign tells it."""
    svg = drawn(CELLS)
    parts = [(said(part), part.get("dy"), part.get("font-size")) for part in svg.iter("tspan")]
    assert parts == [("9", "-3", "11"), (" per L", "3", None)]
    assert "P-001: Cells, x 10^9 per L" in [said(title) for title in svg.iter("title")]


@pytest.mark.parametrize("of", [LEVEL, CELLS], ids=lambda of: of.id)
def test_the_limit_is_drawn_at_its_value_and_named(of: Chart) -> None:
    """The line is at the limit, the zone fills the forbidden side, and the words are at the line."""
    svg = drawn(of)
    (line,), (zone,) = classed(svg, "chart-limit"), classed(svg, "chart-zone")
    assert of.limit is not None
    assert number(line, "y1") == number(line, "y2") == pytest.approx(height_of(svg, of.limit), abs=0.01)
    top, bottom = number(zone, "y"), number(zone, "y") + number(zone, "height")
    assert (bottom if of.above else top) == pytest.approx(number(line, "y1"), abs=0.01)
    assert top < bottom
    (words,) = [text for text in written(svg) if text.css == "chart-limit-said"]
    assert words.said == of.limit_said
    assert top - 1 < words.top and words.bottom < bottom + 1


def test_a_chart_without_a_limit_has_no_zone() -> None:
    """Nothing is forbidden that has no limit."""
    svg = drawn(replace(LEVEL, limit=None, limit_said="", outside=False))
    assert classed(svg, "chart-zone") + classed(svg, "chart-limit") + classed(svg, "chart-limit-said") == []


def test_each_exact_value_is_told_on_demand() -> None:
    """A value says itself where it is drawn, and the table has all of them, the newest first."""
    page = parsed(chart(CELLS, FIRST, WEEKS_4, WORDS))
    titles = [said(title) for group in page.iter("g") for title in group.iter("title")]
    assert titles[-4:] == [point.said for point in CELLS.points]
    rows = [[said(cell) for cell in row.iter("td")] for row in page.iter("tr")][1:]
    assert rows == [
        ["19-Jan-2026", "76"],
        ["14-Jan-2026", "95 (not counted)"],
        ["12-Jan-2026", "60"],
        ["05-Jan-2026", "140"],
    ]


def test_what_opens_a_table_says_of_what() -> None:
    """Four of them on a page are told apart by ear, and each begins with what is seen."""
    (summary,) = parsed(chart(CELLS, FIRST, WEEKS_4, WORDS)).iter("summary")
    assert (said(summary), summary.get("aria-label")) == ("Values", "Values: Cells")


def test_the_list_begins_with_the_newest() -> None:
    """On a narrow screen the newest value with its limit comes first, then those before it."""
    many = replace(LEVEL, points=tuple(point(day, str(day)) for day in range(6)))
    (items,) = classed(parsed(chart(many, FIRST, WEEKS_4, WORDS)), "chart-list")
    assert [said(item).split(" ")[0] for item in items] == ["5", "4", "3", "2"]
    assert said(items[0]) == "5 x ULN on 10-Jan-2026, max 1.5, outside the limit"


def test_whatever_is_drawn_by_a_sign_has_its_word() -> None:
    """Doses and values that do not count are explained below, and only where there are any."""
    assert lines(drawn(CELLS), "chart-foot") == ["Date, 2026", "Dose given", "not counted"]
    assert len(classed(drawn(CELLS), "chart-dose")) == len(CELLS.doses) + 1
    bare = drawn(replace(LEVEL, doses=()))
    assert lines(bare, "chart-foot") == ["Date, 2026"]
    assert classed(bare, "chart-dose") == []


# ------------------------------------------------------------------------------------ where things are


def test_doses_stand_on_the_days_of_the_values() -> None:
    """A dose and a result of one day are above each other."""
    svg = drawn(replace(LEVEL, outside=False))
    doses = [number(dose, "x1") for dose in classed(svg, "chart-dose")[: len(LEVEL.doses)]]
    xs = [x for x, _ in marks(replace(LEVEL, outside=False))]
    assert doses == [xs[0], xs[2]]


def test_the_newest_value_stands_out() -> None:
    """It is filled and has its number; outside its limit it has another shape."""
    inside = classed(drawn(replace(LEVEL, outside=False)), "chart-newest")
    outside = classed(drawn(LEVEL), "chart-newest")
    assert [mark.tag for mark in inside + outside] == ["circle", "path"]
    assert "chart-outside" in outside[0].get("class", "")
    assert lines(drawn(LEVEL), "chart-value") == ["1.7"]


def test_a_value_that_does_not_count_is_crossed_and_beside_the_line() -> None:
    """The line goes from counted value to counted value."""
    svg = drawn(CELLS)
    (crossed,) = classed(svg, "chart-masked")[: len(classed(svg, "chart-masked")) - 1]  # the last explains it
    assert crossed.tag == "path"
    (line,) = classed(svg, "chart-line")
    assert len(line.get("points", "").split()) == 3


# -------------------------------------------------------------------------------------- never in a muddle

EXTREMES = {
    "one": (point(0, "1.7"),),
    "low": (point(0, "0.1"),),
    "high": (point(0, "2"),),
    "one of the last day": (point(28, "1.7"),),
    "the same": tuple(point(day, "1.5") for day in range(0, 28, 3)),
    "nothing but zero": (point(0, "0"), point(9, "0")),
    "sixty": tuple(point(day, Fraction(day * 37 % 60, 20)) for day in range(60)),
    "wide": (point(0, "0.01"), point(9, "40000"), point(28, "39999.99")),
    "tiny": (point(0, "0.0001"), point(9, "0.0002")),
    "a gap": (point(0, "1"), point(1, "2"), point(200, "0.5")),
    "years": (point(0, "1"), point(900, "2")),
    "one day": (point(3, "1"), point(3, "2"), point(3, "3")),
    "below zero": (point(0, "-1"), point(5, "3")),
    "beyond all": (point(0, Fraction(10) ** 40), point(5, Fraction(1, 10**30))),
}


@pytest.mark.parametrize("points", EXTREMES.values(), ids=EXTREMES)
@pytest.mark.parametrize("of", [LEVEL, CELLS, replace(LEVEL, limit=None, limit_said="")], ids=["max", "min", "none"])
def test_no_label_is_cut_off_or_covers_another(of: Chart, points: tuple[Point, ...]) -> None:
    """Whatever the values, every text can be read, and the newest is written if it fits at all."""
    svg = drawn(replace(of, points=points))
    assert faults(svg) == []
    assert lines(svg, "chart-value") == [point.shown for point in points[-1:] if len(point.shown) < 30]


def test_a_number_stands_above_its_value() -> None:
    """Where nothing is in its way."""
    alone = drawn(replace(LEVEL, points=(point(14, "1"),), limit=None, limit_said="", outside=False))
    (mark,), (shown,) = (classed(alone, css) for css in ("chart-newest", "chart-value"))
    assert number(shown, "x") == number(mark, "cx")
    assert number(mark, "cy") - 15 < number(shown, "y") < number(mark, "cy") - 7


@pytest.mark.parametrize("day", [0, 10, 28])
@pytest.mark.parametrize("value", ["1.2", "1.4", "1.6", "1.8"])
def test_a_number_keeps_off_the_limit(day: int, value: str) -> None:
    """The newest value is not written over the line that it is judged by, as long as there is room beside it."""
    svg = drawn(replace(LEVEL, points=(point(day, value),)))
    (shown,) = [text for text in written(svg) if text.css.split()[0] == "chart-value"]
    (line,) = classed(svg, "chart-limit")
    assert shown.bottom < number(line, "y1") + 1 or shown.top > number(line, "y1") - 1


@pytest.mark.parametrize("points", [EXTREMES["sixty"], EXTREMES["a gap"], LEVEL.points])
@pytest.mark.parametrize("of", [LEVEL, CELLS], ids=lambda of: of.id)
def test_the_limit_s_words_keep_to_their_line(of: Chart, points: tuple[Point, ...]) -> None:
    """They lie on the forbidden side of it, however much is drawn there."""
    svg = drawn(replace(of, points=points, limit=Fraction(1)))
    (words,) = [text for text in written(svg) if text.css == "chart-limit-said"]
    y = number(classed(svg, "chart-limit")[0], "y1")
    assert y - 16 < words.top < words.bottom < y if of.above else y < words.top < words.bottom < y + 17


SERIES = st.lists(
    st.tuples(st.integers(0, 200), st.fractions(0, 40000, max_denominator=100), st.booleans()), min_size=1, max_size=60
)


@given(
    SERIES, st.fractions(0, 3000, max_denominator=20), st.booleans(), st.booleans(), st.lists(st.integers(0, 99)),
    st.integers(-400, 400),
)  # fmt: skip
def test_any_series_is_drawn_whole(
    series: list[tuple[int, Fraction, bool]], limit: Fraction, above: bool, outside: bool, doses: list[int], ends: int
) -> None:
    """Each value is there, to scale and in its time, the newest and the limit have their words, and all can be read."""
    points = tuple(point(day, Fraction(show(value)), masked) for day, value, masked in sorted(series))
    on = tuple(FIRST + timedelta(day) for day in doses)
    limited = f"max {show(limit)}"
    of = replace(
        LEVEL, points=points, limit=limit, limit_said=limited, above=above, outside=outside, doses=on, unit=COUNT
    )
    page = chart(of, FIRST, FIRST + timedelta(ends), WORDS)
    svg = drawing(page)
    assert faults(svg) == []
    assert [said(title) for title in svg.iter("title")][-len(points) :] == [point.said for point in points]
    assert lines(svg, "chart-value") == [points[-1].shown]
    assert lines(svg, "chart-limit-said") == [limited]
    circles = [mark for mark in classed(svg, "chart-point")[: len(points)] if mark.tag == "circle"]
    counted = [point for point in points[:-1] if not point.masked] + [
        point for point in points[-1:] if not (point.masked or outside)
    ]
    assert [number(mark, "cy") for mark in circles] == pytest.approx(
        [height_of(svg, point.value) for point in counted], abs=0.01
    )
    xs = [number(mark, "cx") for mark in circles]
    assert xs == sorted(xs)


# --------------------------------------------------------------------------------------- text is only text


@pytest.mark.parametrize("text", [*HOSTILE, "line\nbreak\x00\u202e", "漢字 " * 9, "w" * 300])
def test_no_text_becomes_markup(text: str) -> None:
    """What comes from the record is shown as it is, wherever it stands, and adds no element."""
    of = replace(
        LEVEL, patient=text, name=text, limit_said=text, points=(replace(point(0, "1"), shown=text, said=text),)
    )
    page = parsed(chart(of, FIRST, WEEKS_4, WORDS | {"masked": text, "outside": text}))
    plain = parsed(chart(replace(LEVEL, points=(point(0, "1"),)), FIRST, WEEKS_4, WORDS))
    assert unsafe(page) == []
    assert {element.tag for element in page.iter()} == {element.tag for element in plain.iter()}
    told = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    assert said(classed(page, "chart-name")[0]) == told
    assert [said(cell) for cell in page.iter("td")][1] == told
    assert faults(drawing(chart(of, FIRST, WEEKS_4, WORDS))) == []


def test_without_a_value_a_box_says_so() -> None:
    """Nothing is drawn; the words stand instead, with the link that they hold."""
    bare = replace(LEVEL, points=())
    page = parsed(chart(bare, FIRST, WEEKS_4, WORDS))
    assert said(classed(page, "chart-none")[0]) == WORDS["none"]
    assert [*page.iter("svg"), *page.iter("table")] == []
    linked = chart(bare, FIRST, WEEKS_4, WORDS | {"none": Markup('None. <a href="/results">Enter results</a>')})
    assert [link.get("href") for link in parsed(linked).iter("a")] == ["/results"]
    escaped = chart(bare, FIRST, WEEKS_4, WORDS | {"none": "<a>"})
    assert list(parsed(escaped).iter("a")) == []


@pytest.mark.parametrize("of", [LEVEL, CELLS], ids=lambda of: of.id)
def test_it_is_drawn_at_its_natural_size_and_coloured_by_class(of: Chart) -> None:
    """One pixel of the drawing is one of the page; no colour and no style is written into it."""
    page = chart(of, FIRST, WEEKS_4, WORDS)
    svg = drawing(page)
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"
    assert unsafe(parsed(page)) == []


def test_four_charts_fit_in_the_column() -> None:
    """Two beside each other in 512 pixels, each at most 150 high."""
    svg = drawn(LEVEL)
    assert 2 * number(svg, "width") + 16 <= 512
    assert number(svg, "height") <= 150


def test_charts_of_one_page_share_no_identifier() -> None:
    """Each name is of one drawing."""
    page = parsed(chart(LEVEL, FIRST, WEEKS_4, WORDS) + chart(CELLS, FIRST, WEEKS_4, WORDS))
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 6
