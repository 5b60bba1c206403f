"""The claims are proved on the file itself, and the proof can fail."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from oncourse.problem import BadInput
from oncourse.protocol import Protocol
from oncourse.protocol_file import load, read_folder
from oncourse.prove.claims import Claims, read_claims
from oncourse.prove.kept import unkept
from oncourse.prove.prover import NOT_INDUCTIVE, PROVED, dead, prove, vacuous

PROTOCOL = load()
CLAIMS = read_claims(PROTOCOL)


def test_every_claim_is_proved() -> None:
    """Each invariant and claim, for every situation and a course of any length."""
    results = list(prove(PROTOCOL, CLAIMS))
    assert len(results) == len(CLAIMS.invariants) + len(CLAIMS.claims) >= 170
    assert [(result.claim.id, result.situation) for result in results if result.outcome != PROVED] == []


def test_no_clause_is_dead() -> None:
    """Each clause wins in some situation, so what is taken for granted is not a contradiction either."""
    assert dead(PROTOCOL, CLAIMS) == ()


def test_no_claim_speaks_of_nothing(tmp_path: Path) -> None:
    """What each supposes can be, and so can what it forbids; one that supposes the impossible is named."""
    assert vacuous(PROTOCOL, CLAIMS) == ()
    impossible = """
- {id: X2, says: x, given: level == 5, holds: level == 5, cites: [A01]}
- {id: X3, says: x, holds: 'verdict != "hold" or day == 9', cites: [A01], given: enrolled and today < earliest}
"""
    assert vacuous(PROTOCOL, with_claims(tmp_path / "empty", impossible)) == ("X2", "X3")


def with_claims(folder: Path, more: str) -> Claims:
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    with (folder / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(more)
    return read_claims(read_folder(folder))


def changed(folder: Path, old: str, new: str) -> tuple[Protocol, Claims]:
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    file = folder / "protocol.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    protocol = read_folder(folder)
    return protocol, read_claims(protocol)


BROKEN = [
    ("bilirubin_over or ast > 2.5", "bilirubin_over or ast > 3", "P29b", "a limit moved"),
    ("bilirubin_over or ast > 2.5 or alt", "bilirubin_over and ast > 2.5 or alt", "P29b", "and for or"),
    ("- {clause: vod-suspected, act: hold", "- {clause: vod-suspected, act: note", "P29b", "a hold made a note"),
    ("act: stop, when: reaction >= 3", "act: stop, when: reaction > 3", "P03a", "a grade too late"),
    ("day != 1 and today >= due + 7", "day != 1 and today >= due + 8", "P16a", "omitted a day late"),
    ("else max(planned - 2, last_dose + 6)", "else max(planned - 2, last_dose + 5)", "P12", "five days apart"),
    ("percent: 75 if next_level >= 1", "percent: 80 if next_level >= 1", "P21", "a fifth less"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "claim", "what"), BROKEN)
def test_a_broken_protocol_leaves_a_claim_open(tmp_path: Path, old: str, new: str, claim: str, what: str) -> None:
    """A limit moved, a hold weakened, a day too late: some claim has a situation that breaks it."""
    results = list(prove(*changed(tmp_path / "broken", old, new), only=[claim]))
    assert [(result.claim.id, result.outcome) for result in results] == [(claim, NOT_INDUCTIVE)], what
    assert "verdict" in results[0].situation


def test_the_state_keeps_to_its_domain() -> None:
    """Whatever happens, every variable is known, and never only where it may be."""
    assert unkept(PROTOCOL, CLAIMS) == ()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (", skip: masked}", "}", "prior_platelets after given"),
        (
            "event_cycle if event_cycle >= 1 else cycle if",
            "event_cycle if event_cycle != 1 else cycle if",
            "dose_cycle",
        ),
        ("explained: False", "explained: anc > 1", "explained after given"),
    ],
)
def test_a_state_that_could_leave_its_domain_is_told(tmp_path: Path, old: str, new: str, what: str) -> None:
    """A count that may be unknown, a cycle that may be never, a condition that may be undecided."""
    found = unkept(*changed(tmp_path / "loose", old, new))
    assert any(what in told for told in found)


def test_a_claim_that_is_too_bold_is_left_open(tmp_path: Path) -> None:
    """The solver answers with a situation in which it does not hold."""
    bold = '\n- {id: X1, says: No dose is ever given., holds: verdict != "give", cites: [A01]}\n'
    (result,) = prove(PROTOCOL, with_claims(tmp_path / "bold", bold), only=["X1"])
    assert (result.outcome, result.situation["verdict"]) == (NOT_INDUCTIVE, "give")


def test_bad_claims_are_told_with_their_places(tmp_path: Path) -> None:
    """Every fault of the file at once."""
    folder = tmp_path / "bad"
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    (folder / "claims.yaml").write_text(
        "invariants:\n- {id: I1, says: x, holds: levl == 0}\nclaims:\n- {id: C, holds: level}\n"
    )
    with pytest.raises(BadInput) as caught:
        read_claims(read_folder(folder))
    told = [str(problem) for problem in caught.value.problems]
    assert told[0].startswith("claims.yaml:2:") and "levl is not a declared name" in told[0]
    assert any("has no says" in problem for problem in told)
    assert any("a bool is needed here, not a number" in problem for problem in told)


def test_every_claim_cites_statements_that_exist() -> None:
    """A claim stands on the sources and the readings, not on the clauses."""
    statements: Any = [*PROTOCOL.sources["statements"], *PROTOCOL.sources["missing"]]  # type: ignore[misc]
    assert all(set(claim.readings) <= set(PROTOCOL.readings) for claim in CLAIMS.claims)
    assert all(claim.cites and set(claim.cites) <= set(statements) for claim in CLAIMS.claims)
    assert len({claim.id for claim in (*CLAIMS.invariants, *CLAIMS.claims)}) == len(CLAIMS.invariants) + len(
        CLAIMS.claims
    )
