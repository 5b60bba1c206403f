"""The worksheet: one page with everything that two people need, and none for a dose that must not be made."""

import re

import pytest
from tests.builders import PROTOCOL, READY, moments
from tests.sheets.prints import AGAINST, LONG, MADE, ORDERED, PRINTED, ada, codes, greys, missing, pages, sheet, sizes
from tests.sheets.prints import words as said

from oncourse.decide import decide
from oncourse.prepare import prepare
from oncourse.problem import Refused
from oncourse.sheets.who import who
from oncourse.sheets.worksheet import worksheet

PAPERS = {"a4": (210, 297), "letter": (216, 279)}
CHILD = (READY[0], (0, "measured: {height: 80 cm, weight: 10 kg}"), READY[2])


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    "told",
    [READY, (*READY, ORDERED), (*READY, AGAINST), MADE, CHILD],
    ids=["due", "ordered", "against", "made", "child"],
)
def test_a_worksheet_is_one_page_of_its_paper(paper: str, told: tuple[tuple[int | str, str], ...]) -> None:
    """Whatever is prepared; no ink reaches the edge of the page."""
    of = sheet(*told)
    made = worksheet(of, ada(of), PRINTED, paper)
    assert sizes(made) == [PAPERS[paper]]
    assert greys(made)[0].edge == 255


def test_a_worksheet_says_what_to_do_and_why() -> None:
    """The person, the drug by its full name and what it is not, amount, steps with their values, and the rule."""
    of = sheet(*MADE)
    wanted = [
        f"Preparation worksheet {of.number}",
        "TESTCASE, Ada",
        "Born 17-Sep-1961 · MRN 000 4417",
        "Cycle 1, day 1",
        "inotuzumab ozogamicin 1.46 mg in 50 mL",
        "(Besponsa, anti-CD22) not gemtuzumab ozogamicin",
        "Dose: 0.8 mg per m² × 1.82 m² 1.46 mg",
        "Vials to open 2",
        "Draw up, at 0.25 mg per mL 5.84 mL",
        "0.9 % sodium chloride, to a total of 50 mL",
        "Concentration in the bag 0.0292 mg per mL",
        "First vial reconstituted at 05-Jan-2026 09:00",
        "Dilute by (4 h after the first vial) 05-Jan-2026 13:00",
        "End by (8 h after the first vial) 05-Jan-2026 17:00",
        "Drug left over 0.34 mg",
        "1 Besponsa EX1234 31-Mar-2027",
        "0.8 mg per m² on day 1 without CR or CRi [day-1-dose, A08, A13]",
        "Printed 05-Jan-2026 09:40 by adams",
        "Page 1 of 1",
        "inotuzumab-ozogamicin 2026.11",
        "Oncourse advises",
    ]
    assert missing(said(worksheet(of, ada(of), PRINTED, "a4")), wanted) == []


def test_what_is_not_known_yet_is_left_to_be_written() -> None:
    """Before the first vial has a time the page has none; the rows for it are there."""
    of = sheet(*READY, ORDERED)
    text = said(worksheet(of, ada(of), PRINTED, "a4"))
    assert (
        missing(text, ["First vial reconstituted at", "End by (8 h after the first vial)", "corticosteroid at"]) == []
    )
    assert re.findall(r"\d\d:\d\d", text) == ["09:40"]


def test_a_dose_against_advice_says_so() -> None:
    """With the reason and what the protocol says; the steps are those of the order."""
    of = sheet(*READY, AGAINST)
    text = said(worksheet(of, ada(of), PRINTED, "letter"))
    wanted = [
        "Given against advice: 0.73 mg. Three quarters of the dose. Reason: as in the trial.",
        "The protocol says: Give 1.46 mg",
    ]
    assert missing(text, [*wanted, "0.73 mg in 50 mL", "2.92 mL"]) == []


def test_a_small_dose_goes_by_the_table_of_the_site() -> None:
    """No volume and no concentration is named that would be too dilute."""
    of = sheet(*CHILD)
    text = said(worksheet(of, ada(of), PRINTED, "a4"))
    assert missing(text, ["0.38 mg, volume by the site table", "to a total of by the site table"]) == []
    assert "in 50 mL" not in text and "Concentration" not in text


def test_what_must_not_be_prepared_has_no_worksheet() -> None:
    """The refusal says the verdict."""
    of = sheet(*READY, (0, "vod: {status: suspected}"))
    with pytest.raises(Refused, match=r"there is nothing to prepare; Not for preparation\. Hold today's dose"):
        worksheet(of, ada(of), PRINTED, "a4")


def test_a_dose_that_went_in_keeps_its_worksheet() -> None:
    """Of what was ordered, not of the next slot; without an order there is nothing to tell."""
    of = sheet(*MADE, (0, "given: {dose: 1.46 mg}"))
    assert missing(said(worksheet(of, ada(of), PRINTED, "a4")), ["Given: 1.46 mg", "5.84 mL", "Cycle 1, day 1"]) == []
    with pytest.raises(Refused, match="nothing to prepare"):
        worksheet(unordered := sheet(*READY, (0, "given: {dose: 1.46 mg}")), ada(unordered), PRINTED, "a4")


def test_every_dose_of_the_suite_has_a_worksheet() -> None:
    """Whatever may be given in a case fits one page of the smaller paper."""
    known = (decide(PROTOCOL, moment.so_far(), moment.expected.at) for moment in moments()[::20])
    due = [of for of in map(prepare, known) if of.due]
    assert len(due) > 10
    for of in due:
        assert len(pages(worksheet(of, who(of.decision.course, {"name": LONG}), PRINTED, "letter"))) == 1


@pytest.mark.parametrize("dots", [203, 300, 600])
def test_a_scanner_reads_the_number_of_the_worksheet(dots: int) -> None:
    """At the resolution of any printer."""
    of = sheet(*MADE)
    assert codes(greys(worksheet(of, ada(of), PRINTED, "a4"), dots)[0]) == [of.number]


@pytest.mark.parametrize(
    "name",
    [LONG, "Παπαδοπούλου, Ελένη", "Соколова, Анна Ёжиковна", "Øłčğ, Żaneta-Łucja", "O'Brien <Ann> & #strong[*x*]"],
)
def test_any_name_is_printed_as_it_is(name: str) -> None:
    """Long, Greek, Cyrillic, with strokes, or like the typesetter's own language."""
    of = sheet(*MADE)
    made = worksheet(of, ada(of, name=name), PRINTED, "letter")
    text = pages(made)[0].replace("\r", "").replace("\n", "")
    assert len(pages(made)) == 1
    assert text.replace(" ", "").count(name.replace(" ", "")) == 2  # in its box and at the foot
