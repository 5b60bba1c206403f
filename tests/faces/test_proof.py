"""The proof as it is told: each claim with its outcome, the course that breaks one, and an exit status."""

import re
import shlex
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.builders import PROTOCOL
from tests.test_prove import MAX_CYCLES, changed

from oncourse.faces import cli, proof
from oncourse.protocol import Protocol
from oncourse.prove.claims import read_claims
from oncourse.prove.differ import Compared, Difference
from oncourse.prove.proved import TABLE, read_proved
from oncourse.prove.prover import prove
from oncourse.prove.refute import world_of

BROKEN = ("bilirubin_over or ast > 2.5", "bilirubin_over or ast > 3")


def told(
    protocol: Protocol,
    into: Path,
    *only: str,
    never: tuple[str, ...] = (),
    unsound: tuple[str, ...] = (),
    compared: Compared | None = None,
    again: bool = False,
    troubles: int | None = None,
) -> tuple[bool, str]:
    """What is said of some claims, and whether all is well; what takes long is said beforehand."""
    lines: list[str] = []
    ready = {
        "prove": lambda rules, claims: prove(rules, claims, only),
        "dead": lambda *_: never,
        "unkept": lambda *_: unsound,
        "differ": lambda *_, **__: compared or Compared(7, ()),
        "keep": lambda *_: None,  # what came of some is not to be kept for all
    }
    with ExitStack() as stack:
        for name, made in ready.items():
            stack.enter_context(patch.object(proof, name, made))
        return proof.tell(protocol, lines.append, into, again, troubles), "\n".join(lines)


def test_all_proved_is_well(tmp_path: Path) -> None:
    """Each claim with its method, its sentence and its statements, and the limits of the proof."""
    well, said = told(PROTOCOL, tmp_path, "P12", "I2")
    assert well
    assert re.search(r"P12   PROVED +one step +\d+\.\d\d s  No dose within 6 days of the last\. \[A40\]", said)
    assert re.search(r"I2    PROVED +induction", said)
    assert "2 of 2 claims proved" in said
    assert "Engine and solver read alike: 7 comparisons, 0 differ." in said
    assert "not against medicine" in said
    assert list(tmp_path.iterdir()) == []


def test_what_came_of_the_claims_is_kept_beside_them(tmp_path: Path) -> None:
    """Each with its outcome and the clauses that it names, for these very texts; the same is not written again."""
    broken, _ = changed(tmp_path / "broken", *BROKEN)
    some = {"P02m", "P29b"}
    with (
        patch.object(proof, "prove", lambda rules, claims: prove(rules, claims, some)),
        patch.object(proof, "dead", lambda *_: ()),
        patch.object(proof, "unkept", lambda *_: ()),
        patch.object(proof, "differ", lambda *_, **__: Compared(7, ())),
    ):
        proof.tell(broken, [].append, tmp_path)
        kept = {claim.id: (claim.outcome, claim.clauses) for claim in read_proved(broken)}
        assert kept == {"P02m": ("PROVED", ("body-size",)), "P29b": ("REFUTED", ())}
        before = (broken.folder / TABLE).stat().st_mtime_ns
        proof.tell(broken, [].append, tmp_path)
        assert (broken.folder / TABLE).stat().st_mtime_ns == before


def test_a_refuted_claim_comes_with_a_course_that_the_command_line_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line that is shown can be typed as it stands, and its answer is the one that breaks the claim."""
    broken, _ = changed(tmp_path / "broken", *BROKEN)
    well, said = told(broken, tmp_path, "P29b")
    assert not well
    assert re.search(r"P29b  REFUTED +one step", said)
    (line,) = re.findall(r"see it: (oncourse decide .*)", said)
    with patch.object(sys, "argv", shlex.split(line)):
        cli.main()
    answer = capsys.readouterr().out
    assert "HOLD" not in answer
    assert answer.startswith("NEED")


def test_a_claim_that_no_course_breaks_is_not_inductive(tmp_path: Path) -> None:
    """The situation is told name by name, and the command fails."""
    with patch.object(proof, "refute", lambda *_: None):
        well, said = told(changed(tmp_path / "broken", *BROKEN)[0], tmp_path, "P29b")
    assert not well
    assert "NOT INDUCTIVE" in said and "REFUTED" not in said
    assert re.search(r"^      verdict = \w+", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"never": ("vod (stop)",)}, "Clauses that can never win: vod (stop)."),
        ({"unsound": ("level after given",)}, "State that could leave its domain: level after given."),
        ({"compared": Compared(7, (Difference("x:1:1", {}, "yes", "no"),))}, "7 comparisons, 1 differ."),
    ],
)
def test_whatever_the_proof_stands_on_must_hold(tmp_path: Path, fault: dict[str, tuple[str]], said: str) -> None:
    """A clause that never wins, a state out of its domain or readers that differ are faults by themselves."""
    well, lines = told(PROTOCOL, tmp_path, "P12", **fault)  # type: ignore[arg-type]
    assert not well
    assert said in lines


def test_a_clause_that_claims_speak_of_must_be_there(tmp_path: Path) -> None:
    """It is named, what is told of the file's small mistakes is not of this text, and the command fails."""
    well, said = told(changed(tmp_path / "shorter", MAX_CYCLES, "")[0], tmp_path, "P12")
    assert not well
    assert "Findings that claims speak of and no clause makes: fires_max_cycles." in said
    assert "Small mistakes in the file: not known for this text" in said


def test_a_second_solver_is_asked_when_wanted(tmp_path: Path) -> None:
    """Its count stands beside the first one's; where it does not agree, that is told."""
    with patch.object(proof, "second", lambda rules, claims: iter(())):
        assert "A second solver agrees on 0 of 0 claims." in told(PROTOCOL, tmp_path, "P12", again=True)[1]


def test_an_exploration_is_told_with_its_bounds(tmp_path: Path) -> None:
    """States, runs, what was refuted, which clauses won nowhere, and the pair of courses if one was found."""
    world = world_of(PROTOCOL, read_claims(PROTOCOL))
    small = replace(world, starts=world.starts[:1], happenings=())
    with (
        patch.object(proof, "world_of", lambda *_: small),
        patch.object(proof, "moments_of", lambda *_: iter(())),
        patch.object(proof, "more_drug", lambda *_: None),
    ):
        well, said = told(PROTOCOL, tmp_path, "P12", troubles=0)
    assert not well
    assert re.search(
        r"Explored: \d+ states in \d+ runs of the engine, \d+ s of CPU, nothing left within 0 trouble", said
    )
    assert "Clauses that win on no course found: stopped (stop)," in said


def test_a_course_that_breaks_a_claim_is_told_by_the_exploration(tmp_path: Path) -> None:
    """Whatever the solver was asked, a course is enough."""
    broken, claims = changed(tmp_path / "broken", *BROKEN)
    world = world_of(broken, claims)
    small = replace(world, starts=world.starts[:1], happenings=(), answers={"ast": world.answers["ast"]})
    with (
        patch.object(proof, "world_of", lambda *_: small),
        patch.object(proof, "moments_of", lambda *_: iter(())),
        patch.object(proof, "more_drug", lambda *_: None),
    ):
        well, said = told(broken, tmp_path, "P12", troubles=1)
    assert not well
    assert re.search(r"P29b  REFUTED +exploration", said)
    assert (tmp_path / "refuted-P29b.yaml").exists()
