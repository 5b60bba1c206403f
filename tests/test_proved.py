"""The record of what was proved: of these very texts, for every claim, and of no others."""

import shutil
from pathlib import Path

import pytest
from tests.builders import PROTOCOL

from oncourse.protocol import Protocol
from oncourse.protocol_file import read_folder
from oncourse.prove.claims import clauses_named, read_claims
from oncourse.prove.proved import TABLE, head, read_proved


def test_the_record_is_about_these_texts_and_names_every_claim() -> None:
    """In the order of the file, each proved, with the clauses that it names and what it stands on."""
    claims = read_claims(PROTOCOL)
    every = (*claims.invariants, *claims.claims)
    told = read_proved(PROTOCOL)
    assert (PROTOCOL.folder / TABLE).read_text(encoding="utf-8").splitlines()[0] == head(PROTOCOL)
    assert [claim.id for claim in told] == [claim.id for claim in every]
    assert {claim.outcome for claim in told} == {"PROVED"}
    assert [claim.clauses for claim in told] == [clauses_named(PROTOCOL, claim) for claim in every]
    assert [(claim.says, claim.cites, claim.readings) for claim in told] == [
        (" ".join(claim.says.split()), claim.cites, claim.readings) for claim in every
    ]


def copied(folder: Path) -> Protocol:
    """The protocol in a folder of its own, with its record."""
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    return read_folder(folder)


@pytest.mark.parametrize("file", ["protocol.yaml", "events.yaml", "claims.yaml"])
def test_a_text_that_was_changed_is_not_proved(tmp_path: Path, file: str) -> None:
    """Not even where only a comment was added."""
    copy = copied(tmp_path / "copy")
    assert read_proved(copy)
    with (copy.folder / file).open("a", encoding="utf-8") as text:
        text.write("# and more\n")
    assert read_proved(read_folder(copy.folder)) == ()


def test_other_words_leave_the_proof_as_it_is(tmp_path: Path) -> None:
    """The solver reads no sentences."""
    copy = copied(tmp_path / "copy")
    with (copy.folder / "words.en.yaml").open("a", encoding="utf-8") as text:
        text.write("# and more\n")
    assert read_proved(read_folder(copy.folder)) == read_proved(PROTOCOL)


def test_without_a_record_nothing_is_proved(tmp_path: Path) -> None:
    """Nobody has asked the solver."""
    copy = copied(tmp_path / "copy")
    (copy.folder / TABLE).unlink()
    assert read_proved(copy) == ()
