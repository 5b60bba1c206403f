"""The condition language is small and checked: what is not in it is refused, with its place and what to write."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncourse.expression import (
    BOOL,
    DATE,
    DAYS,
    LONGEST,
    PLAIN,
    All,
    Arithmetic,
    Compare,
    Const,
    Extreme,
    If,
    Known,
    Name,
    Node,
    Not,
    Some,
    Type,
    names_in,
    parse,
    parts_of,
)
from oncourse.problem import Place, Problem
from oncourse.value import NEVER

HERE = Place("rules.yaml", 3, 9)
NAMES = {
    "started": BOOL,
    "ast": Type("number", "ULN"),
    "anc": Type("number", "10*9/L"),
    "level": PLAIN,
    "due": DATE,
    "vod": Type("choice", options=("suspected", "confirmed")),
    "term": Type("choice"),
}


def read(text: str, wanted: Type | None = None) -> Node:
    node = parse(text, HERE, NAMES, wanted)
    assert isinstance(node, Node), str(node)
    return node


def fault(text: str, wanted: Type | None = None) -> str:
    problem = parse(text, HERE, NAMES, wanted)
    assert isinstance(problem, Problem)
    return str(problem).removeprefix("rules.yaml:")


@pytest.mark.parametrize(
    ("text", "kind", "of"),
    [
        ("started", Name, BOOL),
        ("True", Const, BOOL),
        ("1.5", Const, PLAIN),
        ("ast > 2.5", Compare, BOOL),
        ("1 < ast <= 2.5", All, BOOL),
        ("not started", Not, BOOL),
        ("started and ast > 1", All, BOOL),
        ("started or ast > 1 or level == 0", Some, BOOL),
        ('vod in ("suspected", "confirmed")', Some, BOOL),
        ("1 if started else level", If, PLAIN),
        ("ast if started else 0", If, NAMES["ast"]),
        ("never if started else due", If, DATE),
        ("due + 7", Arithmetic, DATE),
        ("due - due", Arithmetic, DAYS),
        ("ast * 2", Arithmetic, NAMES["ast"]),
        ("2 * ast", Arithmetic, NAMES["ast"]),
        ("level - 1", Arithmetic, PLAIN),
        ("ast / 10", Arithmetic, NAMES["ast"]),
        ("max(due, never)", Extreme, DATE),
        ("min(1, ast, 2)", Extreme, NAMES["ast"]),
        ("known(ast)", Known, BOOL),
        ("due == never", Compare, BOOL),
        ("ast != never", Compare, BOOL),
    ],
)
def test_what_the_language_has(text: str, kind: type[Node], of: Type) -> None:
    """Each form is read as its node, with its type and unit."""
    node = read(text)
    assert (type(node), node.type) == (kind, of)


def test_numbers_are_exact() -> None:
    """What is written is what is compared with: no digit is lost."""
    assert read("0.1") == Const(PLAIN, HERE, Fraction(1, 10))
    assert read("100000000000.000000000001") == Const(PLAIN, HERE, Fraction(10**23 + 1, 10**12))
    assert read("2.0") == Const(PLAIN, HERE, 2)
    assert read("never") == Const(Type("never"), HERE, NEVER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asst > 1", "3:9: asst is not a declared name; declare it, or correct the spelling"),
        ("started and asst > 1", "3:21: asst is not a declared name; declare it, or correct the spelling"),
        ("ast > anc", "3:9: ULN and 10*9/L do not go together; use values of one unit"),
        ("ast + anc > 1", "3:9: ULN and 10*9/L do not go together; use values of one unit"),
        ("max(ast, anc)", "3:9: ULN and 10*9/L do not go together; use values of one unit"),
        ("max(1, ast, anc)", "3:9: ULN and 10*9/L do not go together; use values of one unit"),
        ("ast if started else anc", "3:9: ULN and 10*9/L do not go together; use values of one unit"),
        ("ast > due", "3:9: a number in ULN and a date do not go together; compare like with like"),
        ("due > 7", "3:9: a date and a number do not go together; compare like with like"),
        ("started == never", "3:9: a bool and a never do not go together; compare like with like"),
        ('vod == "cured"', '3:9: "cured" can never occur here; use one of suspected, confirmed'),
        ('"cured" == vod', '3:9: "cured" can never occur here; use one of suspected, confirmed'),
        ('vod in ("cured", "suspected")', '3:9: "cured" can never occur here; use one of suspected, confirmed'),
        ('vod < "confirmed"', "3:9: choices are not compared by <; use the condition itself, or =="),
        ("started == True", "3:9: bools are not compared by ==; use the condition itself, or =="),
        ("started and ast", "3:21: a condition is needed here, not a number in ULN; compare it with something"),
        ("not level", "3:13: a condition is needed here, not a number; compare it with something"),
        ("1 if level else 2", "3:14: a condition is needed here, not a number; compare it with something"),
        ("ast is 1", "3:9: this comparison is not part of the language; use < <= > >= == != or in (...)"),
        ("ast in level", "3:9: this comparison is not part of the language; use < <= > >= == != or in (...)"),
        ("ast in ()", "3:9: this comparison is not part of the language; use < <= > >= == != or in (...)"),
        ("ast ** 2 > 1", "3:9: this operation is not part of the language; use + - * /"),
        ("ast // 2 > 1", "3:9: this operation is not part of the language; use + - * /"),
        ("ast / level > 1", "3:9: only a literal other than 0 may divide; multiply the other side instead"),
        ("ast / 0 > 1", "3:9: only a literal other than 0 may divide; multiply the other side instead"),
        ("ast * anc > 1", "3:9: two values with units are not multiplied; let one be a plain number"),
        ("due + due", "3:9: date + date has no meaning; use numbers, or date and days"),
        ("due + ast", "3:9: date + number in ULN has no meaning; use numbers, or date and days"),
        ("due * 2", "3:9: date * number has no meaning; use numbers, or date and days"),
        ("-level", "3:9: a sign before a value is not part of the language; subtract instead"),
        ("abs(level)", "3:9: only min, max and known may be called; name a derived value instead"),
        ("max()", "3:9: only min, max and known may be called; name a derived value instead"),
        ("max(level, key=1)", "3:9: only min, max and known may be called; name a derived value instead"),
        ("level.real()", "3:9: only min, max and known may be called; name a derived value instead"),
        ("known(ast, anc)", "3:9: known takes one value; join several by and"),
        ("max(vod, term)", "3:9: max needs numbers or dates; compare choices with =="),
        ("1e3 > level", "3:9: '1e3' is not a plain number or text; write digits, like 1.5"),
        ("0x10 > level", "3:9: '0x10' is not a plain number or text; write digits, like 1.5"),
        ("1_000 > level", "3:9: '1_000' is not a plain number or text; write digits, like 1.5"),
        ("level > 1j", "3:17: '1j' is not a plain number or text; write digits, like 1.5"),
        ("level == None", "3:18: 'None' is not a plain number or text; write digits, like 1.5"),
    ],
)
def test_every_fault_has_its_place_and_its_remedy(text: str, said: str) -> None:
    """Line and column of the part at fault, what is wrong, what to write instead."""
    assert fault(text) == said


@pytest.mark.parametrize("text", ["level >", "level > 1; 2", "", "level > \0", "level = 1", "'open"])
def test_what_python_cannot_read_is_no_expression(text: str) -> None:
    """Python's own reader finds the fault, and the line is told."""
    assert fault(text).startswith("3:")
    assert fault(text).endswith(": this is not an expression; check its spelling")


@pytest.mark.parametrize(
    "text",
    [
        "level.real",
        "level[0]",
        "[level]",
        "{level}",
        "lambda: 1",
        "(yield)",
        "f'{level}'",
        "(x := 1)",
        "[x for x in due]",
    ],
)
def test_nothing_else_of_python_loads(text: str) -> None:
    """Attributes, subscripts, comprehensions and the rest are named and refused."""
    assert "is not part of the condition language; use names, literals, comparisons" in fault(text)


@pytest.mark.parametrize("text", ["(" * 3000 + "1" + ")" * 3000, "not " * 600 + "started", "1+" * 900 + "1"])
def test_no_expression_is_too_much(text: str) -> None:
    """Too long or too deep is a problem like any other, never a crash."""
    assert fault(text) in (
        f"3:9: the expression is too long; keep it under {LONGEST} characters",
        "3:9: the expression is nested too deeply; name its parts as derived values",
        "3:9: this is not an expression; check its spelling",
    ) or fault(text).endswith("check its spelling")


@given(st.text(max_size=60) | st.text("()<>=!+-*/.,\"' \nastleveldue019andornotifelse", max_size=60))
def test_any_text_is_an_expression_or_a_problem(text: str) -> None:
    """Whatever is written, the reader answers."""
    assert isinstance(parse(text, HERE, NAMES), (Node, Problem))


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("ast", BOOL, "3:9: a bool is needed here, not a number in ULN; change the expression"),
        ("ast", NAMES["anc"], "3:9: ULN and 10*9/L do not go together; use values of one unit"),
        ("due", PLAIN, "3:9: a number is needed here, not a date; change the expression"),
        ('"cured"', NAMES["vod"], '3:9: "cured" can never occur here; use one of suspected, confirmed'),
        ("never", BOOL, "3:9: a bool is needed here, not a never; change the expression"),
    ],
)
def test_an_expression_must_be_of_the_type_its_place_needs(text: str, wanted: Type, said: str) -> None:
    """A place that needs a condition, a date or a unit says so."""
    assert fault(text, wanted) == said


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("ast", NAMES["ast"]), ("1", NAMES["ast"]), ("never", DATE), ("never", PLAIN), ('"suspected"', NAMES["vod"])],
)
def test_literals_and_never_take_the_type_of_their_place(text: str, wanted: Type) -> None:
    """A literal has no unit of its own, and never may stand wherever a date or number may."""
    assert isinstance(read(text, wanted), Const | Name)


def test_a_place_is_line_and_column_also_over_several_lines() -> None:
    """Text over several lines reads as one, and equality looks past places."""
    assert read("started\n  and ast > 1") == read("started and ast > 1")
    assert read("ast > 1").place == HERE
    assert isinstance(read("started and level == 1"), All)
    assert parts_of(read("started and level == 1"))[1].place == Place("rules.yaml", 3, 21)


def test_the_names_of_an_expression() -> None:
    """In the order written, repeats included, whatever holds them."""
    text = "max(level, 2) > 1 if not known(ast) and started else (due + 1 < due or level == 0)"
    assert list(names_in(read(text))) == ["ast", "started", "level", "due", "due", "level"]
