"""Every mistake in the protocol file is made, once, under a name that stays, and the text is the only model."""

from collections import Counter
from dataclasses import fields, replace
from functools import cache

import pytest
from tests.builders import PROTOCOL

from oncourse.expression import All, Compare, Name, Node, Some, parse
from oncourse.problem import Place
from oncourse.protocol import Protocol
from oncourse.prove.mutate import Mutant, mutants, refused
from oncourse.prove.sites import sites
from oncourse.prove.twist import nudged, twists
from oncourse.prove.written import shortened, written

HERE = Place("test", 1, 1)


@cache
def known() -> dict[str, Mutant]:
    """Every mutant by its name."""
    return {mutant.name: mutant for mutant in mutants(PROTOCOL)}


def tree(text: str) -> Node:
    """A condition over the names of the protocol."""
    found = parse(text, HERE, PROTOCOL.types)
    assert isinstance(found, Node)
    return found


def made(text: str) -> set[str]:
    """Every way in which a condition can be mistaken, written out."""
    return {written(twist.tree) for twist in twists(tree(text))}


def test_names_are_unique_and_do_not_depend_on_lines() -> None:
    """A mutant is found again by its name after the file has moved."""
    names = [mutant.name for mutant in mutants(PROTOCOL)]
    assert len(names) == len(set(names)) >= 2000
    assert names == [mutant.name for mutant in mutants(PROTOCOL)]
    assert not any("\t" in name or "\n" in name or "yaml" in name for name in names)


def test_every_kind_of_mistake_is_made() -> None:
    """In conditions, numbers, rules, facts, amounts and clocks."""
    kinds = Counter(mutant.kind for mutant in known().values())
    conditions = ["edge", "comparison", "number", "and or or", "operand", "not", "known", "branches", "min or max"]
    rest = ["negated", "sign", "option", "truth", "act", "left out", "order", "flag", "fact", "setting", "beginning"]
    assert set(kinds) == {*conditions, *rest, "amount", "clock"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ast > 2.5", {"ast >= 2.5", "ast <= 2.5", "ast > 2.49", "ast > 2.51"}),
        ("day == 8", {"day != 8", "day == 7", "day == 9"}),
        ("anc >= 1", {"anc > 1", "anc < 1", "anc >= 0", "anc >= 2", "anc >= 0.99", "anc >= 1.01"}),
        ('vod == "suspected"', {'vod != "suspected"', 'vod == "confirmed"'}),
        ("not gilbert", {"gilbert"}),
        ("known(gilbert)", {"gilbert", "not known(gilbert)", "known(not gilbert)"}),
        ("gilbert or haemolysis", {"gilbert and haemolysis", "gilbert", "haemolysis", "not gilbert or haemolysis"}
         | {"gilbert or not haemolysis", "not (gilbert or haemolysis)"}),
        ("max(due, earliest)", {"min(due, earliest)", "due", "earliest"}),
        ("today - due", set()),
        ("cycle if remission else day", {"day if remission else cycle", "cycle", "day"}
         | {"cycle if not remission else day"}),
    ],
)  # fmt: skip
def test_a_condition_is_mistaken_in_every_single_way(text: str, expected: set[str]) -> None:
    """Edges, negations, numbers a step away, options, joints, operands, branches; each once."""
    assert made(text) == expected


def test_an_expression_written_out_reads_back_as_itself() -> None:
    """What a name shows is what the file would say."""
    for site in sites(PROTOCOL):
        if not site.where.startswith(("fact ", "happens ")):
            assert parse(written(site.tree), HERE, PROTOCOL.types) == site.tree, site.where


def test_every_expression_of_the_file_is_a_place_for_mistakes() -> None:
    """No part of a protocol that holds an expression is passed over."""
    reached = {id(site.tree) for site in sites(PROTOCOL)}

    def trees(value: object) -> list[Node]:
        if isinstance(value, Node):
            return [value]
        if isinstance(value, dict):
            return [tree for part in value.values() for tree in trees(part)]
        if isinstance(value, tuple):
            return [tree for part in value for tree in trees(part)]
        named = fields(value) if hasattr(value, "__dataclass_fields__") else ()  # type: ignore[arg-type]
        return [tree for field in named for tree in trees(getattr(value, field.name))]

    assert {id(tree) for tree in trees(PROTOCOL)} == reached


def test_a_mutant_differs_in_one_thing_and_leaves_the_protocol_alone() -> None:
    """It is made in memory; what was read stays as it was."""
    before = PROTOCOL.derived["liver_over"]
    changed = known()["derived liver_over: ast > 2.5 becomes ast >= 2.5"].make()
    assert written(changed.derived["liver_over"]) == "bilirubin_over or ast >= 2.5 or alt > 2.5"
    assert PROTOCOL.derived["liver_over"] is before
    assert [name for name in changed.derived if changed.derived[name] is not PROTOCOL.derived[name]] == ["liver_over"]


def test_assignments_that_are_written_once_are_mistaken_once() -> None:
    """What three transitions share changes in all three."""
    name = "happens time-omits and omitted-beforehand and clinician-omits: does not set missed_due"
    changed = known()[name].make()
    assert [len(move.sets) for move in changed.happens if move.omits] == [5, 5, 5]


def without_omission(protocol: Protocol) -> Protocol:
    """The protocol without the clause that says what was omitted."""
    return replace(protocol, clauses=tuple(clause for clause in protocol.clauses if clause.act != "omit"))


def test_what_the_reader_would_refuse_is_refused() -> None:
    """Slots omitted in silence, a ceiling that no row reaches, a question that defaults to nothing offered."""
    assert not refused(PROTOCOL)
    assert refused(without_omission(PROTOCOL))
    for name in ("amounts ceiling: 0.81", "amounts day-1-dose: 0.81", "clause third-cycle judge: without option no"):
        assert refused(known()[name].make()), name


def test_numbers_are_moved_by_one_or_a_hundredth_and_never_below_nothing() -> None:
    """Whole ones by 1, others by a hundredth, the smallest by a tenth of themselves."""
    assert [*nudged(7)] == [6, 8] and [*nudged(0)] == [1]
    assert [str(value) for value in nudged(PROTOCOL.amounts.mg_step)] == ["1/1000", "1/50"]


def test_long_texts_are_cut_in_their_middle() -> None:
    """Beginning and end stay."""
    text = written(PROTOCOL.permit)
    assert len(shortened(text)) < 80 and shortened(text).startswith("enrolled and not ended")
    assert shortened("cycle == 1") == "cycle == 1"


def test_brackets_are_written_where_they_are_needed() -> None:
    """An `or` within an `and`, and nothing more."""
    name = Name(PROTOCOL.types["gilbert"], HERE, "gilbert")
    either = Some(name.type, HERE, (name, name))
    assert written(All(name.type, HERE, (either, name))) == "(gilbert or gilbert) and gilbert"
    assert isinstance(tree("cycle == 1"), Compare)
    assert written(tree("cycle - (day - 1)")) == "cycle - (day - 1)"
