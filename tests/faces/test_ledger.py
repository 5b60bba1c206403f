"""The protocol as text: every clause, statement and reading can be read, alone or all together."""

import re

import pytest
from tests.builders import PROTOCOL

from oncourse.faces import ledger
from oncourse.problem import BadInput

COLUMNS = 100


def test_every_clause_is_listed_with_its_statements() -> None:
    """In the order of the file: id, act, title, and where it is written."""
    listed = re.findall(r"^  ([a-z0-9-]+) +(\w+) +.*\[(.*)\]$", ledger.clauses(PROTOCOL), re.MULTILINE)
    clauses = [(clause.id, clause.act, ", ".join((*clause.cites, *clause.readings))) for clause in PROTOCOL.clauses]
    assert listed[: len(clauses)] == clauses
    assert "  liver-hold           hold    Liver values [A34, A47, R3]\n" in ledger.clauses(PROTOCOL)


def test_every_amount_is_listed() -> None:
    """mg per m² with the day it is for, and its statements."""
    said = ledger.clauses(PROTOCOL).partition("\namounts\n")[2]
    assert [row.id for row in PROTOCOL.amounts.rows] == re.findall("^  ([a-z0-9-]+) ", said, re.MULTILINE)
    assert "0.5 mg per m² on day 8 [A08, A11]" in said


def test_the_list_names_what_is_followed() -> None:
    """Version and digest come first, the notice last."""
    said = ledger.clauses(PROTOCOL)
    assert said.startswith(f"{PROTOCOL.id} {PROTOCOL.version}\nsha256 {PROTOCOL.sha256}\n")
    assert said.endswith(f"\n{PROTOCOL.words['notice']}\n")


def test_every_statement_is_told_with_its_sources() -> None:
    """The article beside both labels, and what carries it out, or why nothing does."""
    said = ledger.sources(PROTOCOL)
    numbers = list(PROTOCOL.sources["statements"])
    assert re.findall("^([A-Z][0-9]+[a-z]?)  ", said, re.MULTILINE) == numbers
    for part in ("Article", "US label", "EU label", "Carried out"):
        assert len(re.findall(f"^  {part} +\\S", said, re.MULTILINE)) == len(numbers), part


def test_one_statement_is_told_alone() -> None:
    """Those asked for, in the order asked."""
    said = ledger.sources(PROTOCOL, ["A47", "A34"])
    assert re.findall("^([A-Z][0-9]+)  ", said, re.MULTILINE) == ["A47", "A34"]
    assert "clause:liver-hold" in said


def test_every_reading_says_what_was_chosen_and_why() -> None:
    """Where a source is loose: the question, the choice, the reason."""
    said = ledger.readings(PROTOCOL)
    assert re.findall("^(R[0-9]+)  ", said, re.MULTILINE) == list(PROTOCOL.readings)
    assert said.count("\n  Chosen ") == said.count("\n  Why ") == said.count("\n  Question ") == len(PROTOCOL.readings)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (lambda: ledger.sources(PROTOCOL, ["A99"]), "there is no A99; did you mean"),
        (lambda: ledger.readings(PROTOCOL, ["zzz", "R3"]), "there is no zzz; leave the number out to see all"),
    ],
)
def test_a_number_that_is_not_there_is_a_fault(told, fault: str) -> None:
    """It is told with the nearest one there is."""
    with pytest.raises(BadInput, match=re.escape(fault)):
        told()


def test_everything_fits_a_terminal() -> None:
    """No line is longer than 100 columns."""
    for said in (ledger.clauses(PROTOCOL), ledger.sources(PROTOCOL), ledger.readings(PROTOCOL)):
        assert max(map(len, said.splitlines())) <= COLUMNS
        assert said.endswith("\n")
