"""Closures agree with a second, naive reading of every expression, and say what made an outcome."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import PROTOCOL, moments
from tests.naive import Lack, Old, closed, naive, plain

from oncourse.evaluate import closure, grounds, lazy
from oncourse.expression import (
    BOOL,
    DATE,
    DAYS,
    PLAIN,
    Compare,
    Const,
    Known,
    Name,
    Node,
    Type,
    names_in,
    parse,
    parts_of,
)
from oncourse.problem import Place
from oncourse.value import UNSET, Unknown

HERE = Place("test", 1, 1)
NAMES = {
    "p": BOOL,
    "q": BOOL,
    "x": Type("number", "ULN"),
    "y": Type("number", "ULN"),
    "n": PLAIN,
    "d": DATE,
    "e": DATE,
    "c": Type("choice", options=("CR", "CRi", "none")),
}


def tree(text: str, names: dict[str, Type] = NAMES) -> Node:
    read = parse(text, HERE, names)
    assert isinstance(read, Node), str(read)
    return read


def both(node: Node, values: dict[str, Any]) -> tuple[Any, Any]:
    """What the closure and the naive reader make of an expression."""
    known = closed(values)
    lookup = {name: (lambda env, name=name: env[0][name]) for name in values}
    return plain(closure(node, lookup)([known])), naive(node, values.__getitem__)


def nodes(part: Node) -> Iterator[Node]:
    yield part
    for inner in parts_of(part):
        yield from nodes(inner)


@cache
def shipped() -> tuple[tuple[str, Node], ...]:
    """Every expression of the protocol that ships, with where it stands."""
    found: list[tuple[str, Node | None]] = [("wait", PROTOCOL.wait), ("permit", PROTOCOL.permit)]
    found += [(f"derived {name}", part) for name, part in PROTOCOL.derived.items()]
    found += [(f"answers {name}", part) for name, part in PROTOCOL.answers.items()]
    found += [("wakes", part) for part in PROTOCOL.wakes]
    for clause in PROTOCOL.clauses:
        parts = (clause.scope, clause.when, clause.occasion, *clause.asks)
        found += [(f"clause {clause.id}", part) for part in parts]
    for moved in PROTOCOL.happens:
        found += [(f"happens {moved.id}", part) for part in (moved.when, *(part for _, part in moved.sets))]
    found += [("amounts", row.when) for row in PROTOCOL.amounts.rows] + [("percent", PROTOCOL.amounts.percent)]
    found += [("follow-up", end.when) for end in PROTOCOL.follow_up] + [("plan", s.when) for s in PROTOCOL.suppositions]
    found += [(f"fact {fact.name}", fact.value) for fact in PROTOCOL.facts]
    return tuple((where, part) for where, part in found if part is not None)


@cache
def edges() -> dict[str, set[Any]]:
    """For each name, the constants it stands beside in any comparison of the protocol."""
    beside: dict[str, set[Any]] = {}
    for _, whole in shipped():
        for part in nodes(whole):
            if isinstance(part, Compare):
                constants = {c.value for side in (part.left, part.right) for c in nodes(side) if isinstance(c, Const)}
                for name in (*names_in(part.left), *names_in(part.right)):
                    beside.setdefault(name, set()).update(constants)
    return beside


def values_of(name: str, of: Type) -> st.SearchStrategy[Any]:
    """Everything a name of that type may be: unknown, never, old, and known at, beside and far from each edge."""
    lack = st.just(Lack(frozenset({name})))
    if of.kind == "bool":
        return st.booleans() | lack
    if of.kind == "choice":
        return st.sampled_from(of.options or ("CR", "none", "yes")) | lack
    if of.kind == "date":
        return st.integers(100, 135) | st.none() | lack
    exact = [value for value in edges().get(name, ()) if isinstance(value, (int, Fraction)) and value is not True]
    near = [value + step for value in exact or [0] for step in (Fraction(-1, 10**9), 0, Fraction(1, 10**9), 1, -1)]
    number = st.sampled_from(near) | st.integers(0, 20)
    old = st.builds(Old, number, st.sampled_from(["high", "low"]), st.just(frozenset({name})))
    return number | old | st.none() | lack


def type_of(node: Node, name: str) -> Type:
    return next(part.type for part in nodes(node) if isinstance(part, Name) and part.name == name)


def environments(node: Node) -> st.SearchStrategy[dict[str, Any]]:
    names = sorted(set(names_in(node)))
    return st.fixed_dictionaries({name: values_of(name, type_of(node, name)) for name in names})


@pytest.mark.parametrize("place", range(len(shipped())), ids=lambda place: shipped()[place][0])
def test_every_shipped_expression_reads_alike_twice(place: int) -> None:
    """Closure and naive reading agree on random values, unknown, old, never and at each edge; lacks included."""
    node = shipped()[place][1]

    @given(environments(node))
    @settings(max_examples=60, deadline=None, database=None)
    def agree(values: dict[str, Any]) -> None:
        closed_, naive_ = both(node, values)
        assert closed_ == naive_ and isinstance(closed_, bool) == isinstance(naive_, bool)

    agree()


@pytest.mark.uncounted
def test_the_whole_protocol_reads_alike_twice_over_the_suite() -> None:
    """At moments of real courses every derived value, followed down to the facts, comes out the same."""
    tried = 0
    for moment in moments()[::24]:
        decision = moment.decision()

        def value_of(name: str, decision: Any = decision) -> Any:
            inner = PROTOCOL.derived.get(name)
            return plain(decision.moment.value(name)) if inner is None else naive(inner, value_of)

        for _, node in shipped():
            if not any(name.startswith("event_") or name not in PROTOCOL.types for name in names_in(node)):
                assert plain(decision.moment.evaluate(node)) == naive(node, value_of), node.place
                tried += 1
    assert tried > 4000


# ------------------------------------------------------------------------------------------- random trees


def numeric(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(["x", "y", "1.5", "2.5", "0", "2"])
    if depth == 0:
        return leaf
    inner = numeric(depth - 1)
    return (
        leaf
        | st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner)
        | st.builds("({} * 3)".format, inner)
        | st.builds("({} / 8)".format, inner)
        | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
        | st.builds("({} if {} else {})".format, inner, boolean(depth - 1), inner)
    )


def dated(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(["d", "e"])
    if depth == 0:
        return leaf
    inner = dated(depth - 1)
    return (
        leaf
        | st.builds("({} {} {})".format, inner, st.sampled_from("+-"), st.integers(0, 30))
        | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, st.sampled_from(["never", "d", "e"]))
        | st.builds("({} if {} else {})".format, inner, boolean(depth - 1), inner)
    )


def boolean(depth: int) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    leaf = st.sampled_from(
        ["p", "q", "True", "False", 'c == "CR"', 'c != "none"', 'c in ("CR", "CRi")', "d == never", "known(x)"]
    )
    if depth == 0:
        return leaf
    inner, number, day = boolean(depth - 1), numeric(depth - 1), dated(depth - 1)
    return (
        leaf
        | st.builds("({} {} {})".format, number, signs, number)
        | st.builds("({} {} {} {} {})".format, number, signs, number, signs, number)
        | st.builds("({} {} {})".format, day, signs, day)
        | st.builds("({} - {} {} 7)".format, day, day, signs)
        | st.builds("(not {})".format, inner)
        | st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("known({})".format, inner | number | day)
    )


edges_of_random = st.sampled_from([0, 1, 2, 3, Fraction(3, 2), Fraction(5, 2), Fraction(3, 2) + Fraction(1, 10**9)])
SITUATIONS = st.fixed_dictionaries(
    {
        "p": st.booleans() | st.just(Lack(frozenset({"p"}))),
        "q": st.booleans() | st.just(Lack(frozenset({"q"}))),
        "c": st.sampled_from(["CR", "CRi", "none"]) | st.just(Lack(frozenset({"c"}))),
        **{
            name: edges_of_random
            | st.builds(Old, edges_of_random, st.sampled_from(["high", "low"]), st.just(frozenset({name})))
            | st.sampled_from([None, Lack(frozenset({name}))])
            for name in ("x", "y")
        },
        **{name: st.integers(0, 14) | st.sampled_from([None, Lack(frozenset({name}))]) for name in ("d", "e")},
    }
)


@given(boolean(3) | numeric(3) | dated(3), SITUATIONS)
@settings(max_examples=300, deadline=None)
def test_random_expressions_read_alike_twice(text: str, values: dict[str, Any]) -> None:
    """Whatever can be written in the language, both readers agree on it, lacks included."""
    closed_, naive_ = both(tree(text), values)
    assert closed_ == naive_ and isinstance(closed_, bool) == isinstance(naive_, bool)


@given(boolean(3), SITUATIONS, SITUATIONS)
@settings(max_examples=300, deadline=None)
def test_learning_more_never_changes_what_was_sure(text: str, values: dict[str, Any], later: dict[str, Any]) -> None:
    """Without `known`, an outcome that was certain stays, whatever the unknown facts turn out to be."""
    node = tree(text)
    if any(isinstance(part, Known) for part in nodes(node)):
        return
    before, _ = both(node, values)
    if isinstance(before, bool):
        learned = {name: later[name] if isinstance(value, Lack) else value for name, value in values.items()}
        assert both(node, learned)[0] is before


@given(boolean(3), SITUATIONS)
@settings(max_examples=300, deadline=None)
def test_what_is_lacking_is_unknown_and_mentioned(text: str, values: dict[str, Any]) -> None:
    """An unknown outcome asks only for facts that the expression names and that are not known."""
    node = tree(text)
    outcome, _ = both(node, values)
    if isinstance(outcome, Lack):
        assert outcome.facts
        assert outcome.facts <= {name for name in names_in(node) if isinstance(values[name], (Lack, Old))}


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("x > 1 and y > 1", {"x", "y"}),
        ("x > 1 or y > 1", {"x", "y"}),
        ("y > 1 if x > 1 else p", {"x"}),
        ("p and q", {"p", "q"}),
        ("p and d == never", {"p", "d"}),
        ("max(d, e) > d", {"d", "e"}),
        ("not p", {"p"}),
    ],
)
def test_and_asks_for_all_at_once_and_if_for_its_condition_first(text: str, lacks: set[str]) -> None:
    """What is asked for when nothing is known."""
    assert both(tree(text), {name: Lack(frozenset({name})) for name in NAMES})[0] == Lack(frozenset(lacks))


# ------------------------------------------------------------------------------------------- grounds


def why(text: str, outcome: bool, derived: dict[str, str], **values: Any) -> list[tuple[str, bool]]:
    """The comparisons and names that made an expression come out so, as written."""
    names = NAMES | {name: tree(part).type for name, part in derived.items()}
    trees = {name: tree(part) for name, part in derived.items()}
    texts = {tree(part, names): part for part in (*SPOKEN, *NAMES)}

    values = {name: Lack(frozenset({name})) for name in NAMES} | values

    def value(node: Node) -> Any:
        known = values | {name: both(part, values)[0] for name, part in trees.items()}
        return next(iter(closed({"": both(node, known)[0]}).values()))

    return [(texts[ground.atom], ground.holds) for ground in grounds(tree(text, names), outcome, value, trees)]


SPOKEN = ("x > 1", "y > 2", "x <= 1")


@pytest.mark.parametrize(
    ("text", "outcome", "values", "made"),
    [
        ("x > 1 or y > 2", True, {"x": 3, "y": 0}, [("x > 1", True)]),
        ("x > 1 or y > 2", True, {"x": 3, "y": 3}, [("x > 1", True), ("y > 2", True)]),
        ("x > 1 or y > 2", True, {"x": 3, "y": Lack(frozenset("y"))}, [("x > 1", True)]),
        ("x > 1 and y > 2", False, {"x": 3, "y": 0}, [("y > 2", False)]),
        ("not x > 1", True, {"x": 0}, [("x > 1", False)]),
        ("y > 2 if x > 1 else p", True, {"x": 3, "y": 3, "p": False}, [("x > 1", True), ("y > 2", True)]),
        ("y > 2 if x > 1 else p", True, {"x": 0, "y": 3, "p": True}, [("x > 1", False), ("p", True)]),
        ("p if q else p", True, {"p": True, "q": Lack(frozenset("q"))}, [("p", True), ("p", True)]),
        ("over or p", True, {"x": 3, "y": 0, "p": False}, [("x > 1", True)]),
        ("over or p", True, {"x": 0, "y": 0, "p": True}, [("p", True)]),
        ("known(x) and p", True, {"x": 0, "p": True}, [("p", True)]),
    ],
)
def test_an_outcome_names_what_made_it(
    text: str, outcome: bool, values: dict[str, Any], made: list[tuple[str, bool]]
) -> None:
    """Only what mattered is named, with how it came out, derived names opened."""
    assert why(text, outcome, {"over": "x > 1 or y > 2"}, **values) == made


def test_a_named_value_is_worked_out_once() -> None:
    """Until it is forgotten, the slot keeps what was worked out."""
    calls: list[int] = []
    body: Callable[[list[Any]], object] = lambda env: calls.append(1) or len(calls)  # noqa: E731
    named, env = lazy(0, body), [UNSET]
    assert (named(env), named(env), env) == (1, 1, [1])
    env[0] = UNSET
    assert named(env) == 2


def test_a_part_that_is_no_expression_has_no_closure() -> None:
    """A new kind of node must be given a meaning."""
    with pytest.raises(TypeError, match="Node has no closure"):
        closure(Node(BOOL, HERE), {})
    assert isinstance(closure(tree("x > 1"), {"x": lambda env: Unknown(frozenset({"x"}))})([]), Unknown)


def test_days_between_dates_compare_with_numbers() -> None:
    """A difference of dates is a number of days."""
    assert tree("d - e").type == DAYS
    assert both(tree("d - e >= 6"), {"d": 12, "e": 6}) == (True, True)
