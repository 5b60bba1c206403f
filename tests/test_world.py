"""What an exploration tries is read from its file and from the limits of the rules, and bad files are refused."""

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from tests.builders import PROTOCOL, course

from oncourse.problem import BadInput
from oncourse.protocol_file import read_folder
from oncourse.prove.world import event_of, read_world, together

WORLD = read_world(PROTOCOL)


def test_a_number_is_tried_at_its_limit_and_one_step_past_it() -> None:
    """The best answer is exactly at the limit, on the side that passes."""
    tried = [event.fields["ast"] for event in WORLD.answers["ast"]]
    assert tried == [Fraction(5, 2), Fraction(13, 5)]
    assert [event.fields["anc"] for event in WORLD.answers["anc"]] == [1, Fraction(9, 10)]


def test_limits_of_claims_are_tried_too() -> None:
    """A limit that only a claim names is an edge as well."""
    tree = PROTOCOL.derived["late"]
    assert read_world(PROTOCOL, [tree]).answers.keys() == WORLD.answers.keys()


def test_a_choice_is_tried_in_every_option_the_worse_last() -> None:
    """The option that a fact calls worse comes last."""
    assert [event.fields["result"] for event in WORLD.answers["pregnancy_test"]] == ["negative", "positive"]


def test_what_the_file_says_outweighs_the_rules() -> None:
    """An answer given in the file replaces those worked out."""
    assert [event.kind for event in WORLD.answers["late_reason"]] == ["held", "held"]
    assert len(WORLD.answers["vod"]) == 2


def test_answers_of_one_kind_are_said_together() -> None:
    """Three results are one event; a field said twice stays apart."""
    one, two, three = (WORLD.answers[name][0] for name in ("ast", "alt", "bilirubin"))
    (labs,) = together([one, two, three])
    assert set(labs.fields) == {"ast", "alt", "bilirubin"} == set(labs.content.plain())
    assert len(together([one, one])) == 2


def test_a_made_event_is_written_as_it_would_be_typed() -> None:
    """Its document says the amount with its unit."""
    given = event_of("given", {"dose": Fraction(71, 50)}, {"dose": "1.42 mg"})
    assert given.raw["given"] == {"dose": "1.42 mg"}
    assert given.fields == course((0, "given: {dose: 1.42 mg}")).events[0].fields


def test_a_bad_exploration_is_refused_with_every_fault(tmp_path: Path) -> None:
    """An unknown event and an unknown key are told with their places."""
    folder = tmp_path / "odd"
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    (folder / "exploration.yaml").write_text(
        "patient: {id: X}\nstarts: []\nhappenings:\n- lab: {ast: 1 ULN}\nanswers: {}\nodd: 1\n"
    )
    with pytest.raises(BadInput) as caught:
        read_world(read_folder(folder))
    told = [str(problem) for problem in caught.value.problems]
    assert any("there is no event" in problem for problem in told)
    assert any("odd is not a key of the exploration" in problem for problem in told)
