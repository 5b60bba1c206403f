"""The engine and the solver read the file alike, at edges and where no course leads; a wrong reader is found."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import pytest
import z3
from tests.builders import moments

from oncourse.decide import Moment
from oncourse.expression import All, Compare, If, Known, Node, Not, Some
from oncourse.protocol_file import load
from oncourse.prove import moments as beside
from oncourse.prove.claims import read_claims
from oncourse.prove.differ import differ, expressions
from oncourse.prove.draws import Draws, Edges
from oncourse.prove.model import AT_ONCE, Model, any_term
from oncourse.prove.moments import Beside, compare
from oncourse.prove.prover import granted
from oncourse.prove.situation import Situation
from oncourse.prove.stirred import Stirrer, moments_of_cases
from oncourse.prove.terms import NO, YES, Choices, Lookup, Truth, Value, term
from oncourse.value import Unknown
from oncourse.weigh import weigh

PROTOCOL = load()
CLAIMS = read_claims(PROTOCOL)


@cache
def real_moments() -> tuple[Moment, ...]:
    """Some of the moments at which the suite expects something."""
    return tuple(told.decision().moment for told in moments()[::10])


@pytest.mark.uncounted
def test_the_solver_reads_every_expression_as_the_engine_does() -> None:
    """At each constant of the file and next to it, unknown, out of date on either side, never."""
    compared = differ(PROTOCOL, CLAIMS, rounds=20, seed=1)
    assert [str(difference) for difference in compared.differences] == []
    assert compared.comparisons >= 5000


def changed(tree: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with every condition in it changed."""
    match tree:
        case All(parts=parts) | Some(parts=parts):
            tree = replace(tree, parts=tuple(changed(part, change) for part in parts))
        case If(test=test, then=then, other=other):
            tree = replace(tree, test=changed(test, change), then=changed(then, change), other=changed(other, change))
        case Not(part=part):
            tree = replace(tree, part=changed(part, change))
    return change(tree)


def off_by_one(tree: Node) -> Node:
    """At a limit where the file says beyond it."""
    return replace(tree, op=f"{tree.op}=") if isinstance(tree, Compare) and tree.op in ("<", ">") else tree


def either(tree: Node) -> Node:
    """`or` for `and`."""
    return Some(tree.type, tree.place, tree.parts) if isinstance(tree, All) else tree


def careless(tree: Node) -> Node:
    """What is asked whether it is known is taken for it."""
    return tree.part if isinstance(tree, Known) and tree.part.type == tree.type else tree


@pytest.mark.parametrize("wrong", [off_by_one, either, careless])
@pytest.mark.uncounted
def test_a_wrong_reader_is_found(wrong: Callable[[Node], Node]) -> None:
    """A limit moved, a word for another, a value for its being known: each shows, with values that tell."""

    def reader(tree: Node, lookup: Lookup, choices: Choices) -> Any:
        return term(changed(tree, wrong), lookup, choices)

    found = differ(PROTOCOL, CLAIMS, rounds=10, seed=1, reader=reader).differences
    assert len({difference.what for difference in found}) >= 3
    assert all(difference.what.startswith(("protocol.yaml:", "claims.yaml:")) for difference in found)
    assert all(difference.engine != difference.solver and difference.values for difference in found)


@pytest.mark.uncounted
def test_a_reader_that_calls_old_results_known_is_found() -> None:
    """Age is part of what is held against each other."""

    def reader(tree: Node, lookup: Lookup, choices: Choices) -> Any:
        def fresh(name: str) -> Any:
            made = lookup(name)
            return made._replace(known=z3.Or(made.known, made.stale), stale=NO) if isinstance(made, Value) else made

        return term(tree, fresh, choices)

    (first, *_) = differ(PROTOCOL, CLAIMS, rounds=10, seed=1, reader=reader).differences
    assert "Stale(" in str(first)


def test_what_is_true_and_false_at_once_is_told() -> None:
    """A term that contradicts itself agrees with nothing."""
    model = Model(Choices())
    assert model.worked_out(Truth(YES, YES)) == AT_ONCE
    assert model.worked_out(Value(z3.RealVal(1), YES, NO, YES)) == AT_ONCE


def test_a_name_that_cannot_be_so_is_told() -> None:
    """A term that is always known cannot be settled as unknown."""
    model = Model(Choices())
    assert model.settle(Value(z3.Real("x"), YES), 3)
    assert not model.settle(Value(z3.Real("x"), NO), 3)
    assert model.worked_out(Value(z3.Real("x"), YES)) == "3"


def test_one_number_settles_every_draw() -> None:
    """The same seed gives the same values, another one others."""
    edges = Edges(tree for tree, _ in expressions(PROTOCOL, CLAIMS))
    drawn = [[str(edges.value("anc", PROTOCOL.types["anc"], draws)) for _ in range(50)] for draws in map(Draws, "112")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {"Unknown(anc)", "NEVER", "0", "1", "101/100", "99/100"} <= {value for values in drawn for value in values}


def test_the_solver_s_situation_is_the_engine_s_at_stirred_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under every verdict: what fires, the amount, everything derived, and the state after whatever happens."""
    seen: set[str] = set()
    monkeypatch.setattr(beside, "weigh", lambda *given: (found := weigh(*given), seen.add(found.verdict))[0])
    compared = compare(PROTOCOL, CLAIMS, real_moments(), rounds=100, seed=2)
    assert [str(difference) for difference in compared.differences] == []
    assert compared.comparisons >= 8000
    assert seen >= {"stop", "judge", "wait", "hold", "need", "give"}


def test_stirred_moments_lead_where_no_course_does() -> None:
    """To slots that are none, to other sites, to patients of whom nothing is known; real moments stay as they are."""
    edges = Edges(tree for tree, _ in expressions(PROTOCOL, CLAIMS))
    stirrer = Stirrer(PROTOCOL, edges, Draws(1))
    stirred = [stirrer.stirred(moment) for moment in real_moments() for _ in range(2)]
    assert all(moment.value("day") in (1, 8, 15) for moment in real_moments())
    assert not all(moment.value("day") in (1, 8, 15) for moment in stirred)
    assert {"US", "EU"} == {moment.value("jurisdiction") for moment in stirred}
    assert any(isinstance(moment.value("age"), Unknown) for moment in stirred)


@pytest.mark.parametrize("name", ["fires", "undecided", "_holding", "_amount"])
@pytest.mark.uncounted
def test_a_wrong_formula_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What the engine adds to the file, written wrong in the solver's formulas, shows at some moment."""
    wrong: dict[str, Callable[..., Any]] = {
        "fires": lambda self, clause: self.scope(clause),
        "undecided": lambda self, clause: self.scope(clause),
        "_holding": lambda self: Truth(NO, YES),
        "_amount": lambda self: Value(z3.RealVal(1), YES),
    }
    monkeypatch.setattr(Situation, name, wrong[name])
    assert compare(PROTOCOL, CLAIMS, real_moments(), rounds=20, seed=1).differences


def test_what_the_proof_takes_for_granted_is_true_of_real_moments() -> None:
    """There the invariants hold, the day has done its part, and all else is as the engine says."""
    both = Beside(PROTOCOL)
    taken = z3.And(granted(both.situation, CLAIMS, moment=True))
    for moment in real_moments():
        assert [pair for pair in both.here(moment) if pair[1] != pair[2]] == [], moment
        assert both.model.holds(taken), moment


def test_every_moment_of_the_suite_can_be_stirred() -> None:
    """The courses beside the protocol are read from its folder."""
    assert len(list(islice(moments_of_cases(PROTOCOL), 20))) == 20


def test_any_term_is_of_its_type() -> None:
    """A condition has two sides, anything else a value with four flags."""
    assert isinstance(any_term("gilbert", PROTOCOL.types["gilbert"]), Truth)
    assert isinstance(any_term("anc", PROTOCOL.types["anc"]), Value)
