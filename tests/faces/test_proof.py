"""The proof as it is told: each claim with its outcome, what breaks those left open, and an exit status."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from oncourse.faces import proof
from oncourse.protocol_file import load
from oncourse.prove.claims import read_claims
from oncourse.prove.prover import NOT_INDUCTIVE, PROVED, Result

PROTOCOL = load()
CLAIMS = read_claims(PROTOCOL).claims


def told(*results: Result, never: tuple[str, ...] = ()) -> tuple[bool, str]:
    """What is said of those results, and whether all is well."""

    def some(*_: Any) -> Iterator[Result]:
        yield from results

    lines: list[str] = []
    with patch.object(proof, "prove", some), patch.object(proof, "dead", lambda *_: never):
        return proof.tell(PROTOCOL, lines.append), "\n".join(lines)


def test_all_proved_is_well() -> None:
    """Each claim with its sentence and its statements, and the limits of the proof."""
    well, said = told(Result(CLAIMS[0], PROVED, {}))
    assert well
    assert f"{CLAIMS[0].id}   PROVED" in said
    assert "1 of 1 claims proved." in said
    assert "not against medicine" in said


def test_an_open_claim_shows_what_breaks_it() -> None:
    """The situation is told name by name, and the command fails."""
    well, said = told(Result(CLAIMS[0], NOT_INDUCTIVE, {"verdict": "give", "bilirubin": "unknown"}))
    assert not well
    assert "verdict = give" in said
    assert "bilirubin = unknown" in said


def test_a_dead_clause_is_a_fault() -> None:
    """A clause that can never win is named."""
    well, said = told(Result(CLAIMS[0], PROVED, {}), never=("vod (stop)",))
    assert not well
    assert "Clauses that can never win: vod (stop)." in said
