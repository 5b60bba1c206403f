"""The course at a glance: a lane for each cycle, marks at their days, and the same as a list."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.faces.web.drawn import HOSTILE, Element, classed, drawing, faults, number, parsed, said, unsafe, written

from oncourse.faces.web.timeline import SIGNS, Lane, Mark, timeline

AXIS = [(0, "Day 1"), (7, "Day 8"), (14, "Day 15"), (21, "Day 22"), (27, "Day 28")]
LEGEND = {state: state.capitalize() for state in SIGNS}
TITLE = "Course of P-001"


def mark(day: int, state: str = "given", label: str = "0.92 mg", now: bool = False) -> Mark:
    """A slot with its sentence."""
    return Mark(day, state, label, f"Day {day + 1}: {state} {label}.", now)


FIRST = Lane("Cycle 1", 21, (mark(0, label="1.47 mg"), mark(7), mark(14, "reduced")))
SECOND = Lane("Cycle 2", 28, (mark(0), mark(7, "held", now=True), mark(14, "planned")))
THIRD = Lane("Cycle 3", 28, (), "No dose yet")


def drawn(*lanes: Lane) -> Element:
    """The drawing of lanes."""
    return drawing(timeline(lanes, AXIS, TITLE, LEGEND))


def places(svg: Element) -> list[tuple[float, float]]:
    """The middle of each mark, in their order."""
    signs = [sign for group in classed(svg, "mark") for sign in classed(group, "glyph")]
    told = [sign.get("transform", "").replace("(", " ").replace(")", " ").split() for sign in signs]
    return [(float(x) + 12 * float(scale), float(y) + 12 * float(scale)) for _, x, y, _, scale in told]


def test_the_drawing_has_a_name_and_tells_what_the_page_is_about() -> None:
    """Its name is the title; the slot of the page describes it."""
    svg = drawn(FIRST, SECOND)
    names = {element.get("id"): said(element) for element in svg if element.get("id")}
    assert names[svg.get("aria-labelledby")] == TITLE
    assert names[svg.get("aria-describedby")] == "Day 8: held 0.92 mg."


def test_marks_stand_at_their_days() -> None:
    """As many days, as many pixels, in every lane, under the words of the axis."""
    svg = drawn(FIRST, replace(SECOND, marks=(mark(0), mark(3), mark(27))))
    xs = [x for x, _ in places(svg)]
    per_day = (xs[2] - xs[0]) / 14
    assert xs == pytest.approx([xs[0] + per_day * day for day in (0, 7, 14, 0, 3, 27)], abs=0.1)
    words = {text.said: (text.left + text.right) / 2 for text in written(svg)}
    assert [words["Day 1"], words["Day 8"], words["Day 28"]] == pytest.approx([xs[0], xs[1], xs[5]], abs=0.1)


def test_a_lane_is_as_long_as_its_cycle() -> None:
    """It ends on the last day."""
    svg = drawn(FIRST, SECOND)
    days = [number(line, "x1") for line in classed(svg, "timeline-day")]
    ends = [number(line, "x2") for line in classed(svg, "timeline-lane")]
    assert ends[1] == days[4]
    assert ends[0] == pytest.approx(days[0] + (days[3] - days[0]) * 20 / 21, abs=0.02)


@pytest.mark.parametrize("state", SIGNS)
def test_each_state_has_its_sign_its_label_and_its_word(state: str) -> None:
    """A state is told by a shape, on the lane, in the legend and in the list."""
    page = parsed(timeline([replace(FIRST, marks=(mark(0, state),))], AXIS, TITLE, LEGEND))
    (drawn_as,) = classed(page, f"mark-{state}")
    (label,) = classed(page, f"timeline-label-{state}")
    assert said(label) == "0.92 mg"
    (legend,), (items,) = classed(page, "timeline-legend"), classed(page, "timeline-list")
    assert [said(word) for word in legend] == [LEGEND[state]]
    assert said(drawn_as) == f"Day 1: {state} 0.92 mg."
    for part in (drawn_as, legend, items):
        assert len(classed(part, f"glyph-{SIGNS[state]}")) == 1


def test_no_two_states_look_the_same() -> None:
    """Each has a sign of its own."""
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_an_unknown_state_is_refused() -> None:
    """Nothing is drawn for what has no sign."""
    with pytest.raises(KeyError, match="forgotten"):
        timeline([replace(FIRST, marks=(mark(0, "forgotten"),))], AXIS, TITLE, LEGEND)


def test_the_marker_of_the_slot_is_above_its_lane() -> None:
    """It points at the mark and crosses no text."""
    svg = drawn(FIRST, SECOND)
    (pointer,) = classed(svg, "timeline-now")
    left, top = (float(part) for part in pointer.get("d", "")[1:].partition("h")[0].split())
    x, y = places(svg)[4]
    assert left + 5.5 == pytest.approx(x, abs=0.1)
    assert top + 7 < y - 9
    assert all(text.bottom <= top or text.top >= top + 7 for text in written(svg))


def test_marks_of_neighbouring_days_do_not_cover_each_other() -> None:
    """Two marks on one day, or a day apart, stand under each other, each at its day, with a line to the lane."""
    close = (mark(7, "held"), mark(7, "due"), mark(8, "given"), mark(14))
    svg = drawn(replace(FIRST, marks=close))
    (x1, y1), (x2, y2), (x3, y3), (_, y4) = places(svg)
    assert x1 == x2 < x3
    assert y1 == y4 < y2 < y3
    assert len(classed(svg, "timeline-stem")) == 2
    assert faults(svg) == []


def test_the_list_says_the_same() -> None:
    """Every mark is a sentence under its cycle, with the one the page is about marked, or what there is instead."""
    (items,) = classed(parsed(timeline([FIRST, SECOND, THIRD], AXIS, TITLE, LEGEND)), "timeline-list")
    told = [[said(sentence) for sentence in lane.iter("li")][1:] for lane in items]
    assert told == [[mark.said for mark in lane.marks] or [lane.empty] for lane in (FIRST, SECOND, THIRD)]
    assert [said(lane[0]) for lane in items] == ["Cycle 1", "Cycle 2", "Cycle 3"]
    assert [said(item) for item in items.iter("li") if item.get("aria-current")] == ["Day 8: held 0.92 mg."]


def test_an_empty_lane_says_why() -> None:
    """Its words are drawn in place of marks."""
    assert [text.said for text in written(drawn(THIRD)) if text.css == "timeline-empty"] == ["No dose yet"]


def test_no_lane_at_all_is_an_empty_course() -> None:
    """Nothing fails before the first cycle."""
    assert faults(drawn()) == []


def test_only_states_that_occur_are_explained() -> None:
    """The legend is as long as needed."""
    (legend,) = classed(parsed(timeline([FIRST], AXIS, TITLE, LEGEND)), "timeline-legend")
    assert [said(word) for word in legend] == ["Given", "Reduced"]


def test_three_cycles_fit_in_the_column() -> None:
    """512 pixels wide and at most 160 high, drawn at their natural size."""
    svg = drawn(FIRST, SECOND, SECOND)
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"
    assert number(svg, "width") == 512 and number(svg, "height") <= 160


MARKS = st.lists(
    st.builds(
        mark,
        st.integers(0, 60),
        st.sampled_from(sorted(SIGNS)),
        st.sampled_from(["", "0.92 mg", "1.47 mg", "Stopped for good", "m" * 80]),
        st.booleans(),
    ),
    max_size=8,
)


@given(st.lists(st.builds(Lane, st.text(max_size=60), st.integers(0, 45), MARKS.map(tuple)), max_size=6))
def test_any_course_can_be_read(lanes: list[Lane]) -> None:
    """No text covers another or is cut off, no mark covers another, and each says itself."""
    page = timeline(lanes, AXIS, TITLE, LEGEND)
    svg = drawing(page)
    assert faults(svg) == []
    titles = [said(title) for group in classed(svg, "mark") for title in group.iter("title")]
    assert titles == [mark.said for lane in lanes for mark in lane.marks]
    signs = places(svg)
    assert all(abs(x - x2) > 19 or abs(y - y2) > 19 for n, (x, y) in enumerate(signs) for x2, y2 in signs[:n])
    assert all(10 <= x <= 502 and y <= number(svg, "height") for x, y in signs)
    labels = [text.said for text in written(svg) if text.css.startswith("timeline-label")]
    assert sorted(labels) == sorted(m.label for lane in lanes for m in lane.marks if m.label and m.label[:2] != "mm")


@pytest.mark.parametrize("text", [*HOSTILE, "line\nbreak\x00\u202e", "漢字 " * 30, "w" * 300])
def test_no_text_becomes_markup(text: str) -> None:
    """What comes from the record is shown as it is, wherever it stands, and adds no element."""
    lanes = [Lane(text, 28, (Mark(0, "given", text, text, True),)), Lane("Cycle 2", 28, (), text)]
    page = parsed(timeline(lanes, [*AXIS, (40, text)], text, {"given": text}))
    told = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    (items,) = classed(page, "timeline-list")
    assert [said(item) for item in items.iter("li")] == [told + told, told, "Cycle 2" + told, told]
    assert [part for part in unsafe(page) if part != "b"] == []
    assert faults(drawing(timeline(lanes, [*AXIS, (40, text)], text, {"given": text}))) == []
