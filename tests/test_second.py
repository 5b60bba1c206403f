"""The second solver is asked the very same questions, and may say otherwise or nothing."""

import shutil
from pathlib import Path

import pytest

from oncourse.protocol_file import load, read_folder
from oncourse.prove import second as opinions
from oncourse.prove.claims import read_claims
from oncourse.prove.prover import ASKED, NOT_INDUCTIVE, PROVED, prove
from oncourse.prove.second import AGREES, DISAGREES, NO_ANSWER, answer, second

PROTOCOL = load()
CLAIMS = read_claims(PROTOCOL)
SOME = ("I6", "P03a", "P03b", "P05", "P06", "P16b")


def test_the_second_solver_agrees() -> None:
    """Claims of every kind: an invariant, one situation, two of them, and what happens in between."""
    told = list(second(PROTOCOL, CLAIMS, SOME))
    assert [opinion.claim.id for opinion in told] == list(SOME)
    assert {(opinion.first, opinion.outcome) for opinion in told} == {(PROVED, AGREES)}
    assert [opinion.questions for opinion in told] == [9, 1, 1, 1, 1, 8]


def test_the_second_solver_finds_the_breaking_situation_too(tmp_path: Path) -> None:
    """A claim left open by the first is answered `sat` by the second as well."""
    folder = tmp_path / "bold"
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    bold = '\n- {id: X1, says: No dose is ever given., holds: verdict != "give", cites: [A01]}\n'
    with (folder / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(bold)
    (opinion,) = second(PROTOCOL, read_claims(read_folder(folder)), ["X1"])
    assert (opinion.first, opinion.outcome) == (NOT_INDUCTIVE, AGREES)


@pytest.mark.parametrize(("says", "outcome"), [("sat", DISAGREES), ("unknown", NO_ANSWER), ("unsat", AGREES)])
def test_another_answer_is_told(monkeypatch: pytest.MonkeyPatch, says: str, outcome: str) -> None:
    """A solver that said otherwise, or nothing in time, would not be taken for one that agrees."""
    monkeypatch.setattr(opinions, "answer", lambda question: says)
    assert [opinion.outcome for opinion in second(PROTOCOL, CLAIMS, ["P10"])] == [outcome]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("(declare-fun x () Real) (assert (> x 1)) (assert (< x 2)) (check-sat)", "sat"),
        ("(declare-fun x () Int) (assert (> x 1)) (assert (< x 2)) (check-sat)", "unsat"),
    ],
)
def test_a_question_is_read_and_answered(question: str, said: str) -> None:
    """The text alone says what is asked."""
    assert answer(question) == said


def test_nobody_hears_the_questions_of_another_proof() -> None:
    """A proof that goes on beside it is not listened to."""
    told = second(PROTOCOL, CLAIMS, ["P10", "P11"])
    first = next(told)
    list(prove(PROTOCOL, CLAIMS, ["P12"]))
    assert ASKED.get()(None) is None
    assert [first.questions, next(told).questions] == [1, 1]
