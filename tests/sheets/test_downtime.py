"""The pack for when nothing runs: two pages that say what the protocol says, and are about nobody."""

import re
from datetime import datetime, timedelta

import pytest
from tests.builders import PROTOCOL
from tests.sheets.prints import PRINTED, greys, missing, pages, sizes
from tests.sheets.prints import words as said

from oncourse.sheets.downtime import downtime


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_pack_has_two_pages(paper: str) -> None:
    """A blank worksheet and the rules; no ink reaches the edge."""
    made = downtime(PROTOCOL, PRINTED, paper)
    assert sizes(made) == [(210, 297) if paper == "a4" else (216, 279)] * 2
    assert [page.edge for page in greys(made)] == [255, 255]
    for number, page in enumerate(pages(made), 1):
        wanted = [f"Page {number} of 2", "Name", "Number", "inotuzumab-ozogamicin 2026.11", "Printed 05-Jan-2026 09:40"]
        assert missing(page, [*wanted, "Oncourse advises"]) == []


def test_the_rules_are_those_of_the_protocol() -> None:
    """Each limit with what it is for and its statements, each amount, all that ends treatment."""
    text = said(downtime(PROTOCOL, PRINTED, "a4"))
    wanted = [
        "Before the first dose • Circulating blasts: at most 10 × 10⁹ per L [F10]",
        "Before every dose • Total bilirubin: at most 1.5 × ULN [A34, A47]",
        "AST: at most 2.5 × ULN",
        "Toxicity grade: under 2",
        "Before day 1 of cycle 2 and later • ANC: at least 1 × 10⁹ per L",
        "Platelets: at least 50 × 10⁹ per L",
        *(PROTOCOL.words["amounts"][row.id] for row in PROTOCOL.amounts.rows),  # type: ignore[index]
        "Veno-occlusive disease [A33]",
        "Severe infusion reaction [A37]",
    ]
    assert missing(text, wanted) == []
    assert "Stopped" not in text


def test_the_clock_table_is_right_for_every_quarter_of_an_hour() -> None:
    """Dilute, start and end by as the protocol's clocks say; a star marks the next day."""
    page = pages(downtime(PROTOCOL, PRINTED, "letter"))[1].partition("Clock table")[2]
    cells = re.findall(r"\d\d:\d\d\*?", page.partition("Printed")[0])
    rows = {cells[place]: cells[place + 1 : place + 4] for place in range(0, len(cells), 4)}
    first = datetime(2026, 1, 5)  # noqa: DTZ001 - a time on any wall
    hours = [PROTOCOL.preparation.clocks[name].amount for name in ("dilute-by", "start-by", "end-by")]
    assert len(rows) == 96
    for number in range(96):
        vial = first + timedelta(minutes=15 * number)
        ends = [vial + timedelta(hours=int(amount)) for amount in hours if amount]
        assert rows[f"{vial:%H:%M}"] == [f"{end:%H:%M}{'*' if end.day > vial.day else ''}" for end in ends]


def test_the_blank_worksheet_has_lines_and_nobody() -> None:
    """What is the same for every dose is there; what belongs to one is a line."""
    page = " ".join(pages(downtime(PROTOCOL, PRINTED, "a4"))[0].split())
    wanted = ["Blank preparation worksheet", "Sterile water for injection in each vial 4 mL", "to a total of 50 mL"]
    assert missing(page, [*wanted, "Dilute by (4 h after the first vial)", "Draw ______ mL from ______ vials"]) == []
    assert re.findall(r"\d\d:\d\d", page) == ["09:40"]
