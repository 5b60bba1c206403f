"""A part of a protocol file gives what is asked for and reports the rest."""

from oncourse import document
from oncourse.expression import BOOL, PLAIN, Type
from oncourse.problem import Problem
from oncourse.section import Section


def section(text: str) -> tuple[Section, list[Problem]]:
    problems: list[Problem] = []
    return Section(document.read(text, "s.yaml"), "the part", problems), problems


def test_a_section_gives_what_is_asked_and_reports_what_is_left() -> None:
    """Each key is taken once; what nobody asked for is a fault."""
    part, problems = section("{a: one, b: [x, y], c: 0.25, d: true, e: {f: g}, z: 1}")
    assert part.keys() == ("a", "b", "c", "d", "e", "z")
    assert (part.peek("a"), part.peek("b"), part.peek("q"), part.peek_texts("b")) == ("one", "", "", ("x", "y"))
    assert (part.text("a"), part.texts("b"), part.number("c") * 4, part.flag("d")) == ("one", ("x", "y"), 1, True)
    assert part.section("e").text("f") == "g"
    assert (part.text("q", "default"), part.flag("q"), part.texts("q"), part.peek_texts("q")) == (
        "default",
        False,
        (),
        (),
    )
    assert problems == []
    part.finish()
    assert [str(problem) for problem in problems] == ["s.yaml:1:53: z is not a key of the part; correct or remove it"]


def test_a_section_reports_what_is_missing_or_of_the_wrong_kind() -> None:
    """Missing keys, lists in place of texts, and no mapping at all."""
    part, problems = section("{a: [x], d: perhaps, e: 1}")
    part.text("a")
    part.text("b")
    part.number("c")
    part.flag("d")
    assert part.expression("e", {}, BOOL) is None
    assert part.expression("f", {}, PLAIN) is None
    assert part.expression("g", {}, Type("date"), needed=True) is None
    assert list(part.parts("h", needed=False)) == []
    assert [problem.what for problem in problems] == [
        "a of the part is not a text",
        "the part has no b",
        "the part has no c",
        "d of the part is neither true nor false",
        "a bool is needed here, not a number",
        "the part has no g",
    ]
    assert [problem.what for problem in section("[1, 2]")[1]] == ["the part is not a mapping"]


def test_the_parts_of_a_list_are_numbered_and_of_a_mapping_named() -> None:
    """So that a fault can say which one."""
    part, _ = section("{a: [{x: 1}, {x: 2}], b: {one: {x: 3}}}")
    assert [(name, inner.what, inner.text("x")) for key in "ab" for name, inner in part.parts(key)] == [
        ("0", "a 0", "1"),
        ("1", "a 1", "2"),
        ("one", "b one", "3"),
    ]
