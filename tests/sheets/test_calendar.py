"""The patient's calendar: five weeks on one page, in plain words, for this patient."""

import re

import pytest
from tests.builders import CYCLE_1, LIVER, READY, STARTED
from tests.sheets.prints import PRINTED, SITE, ada, decision, greys, missing, pages, sizes
from tests.sheets.prints import words as said

from oncourse.sheets.calendar import calendar

WOMAN = (
    "enrolled: {disease: relapsed, cd22: positive, transplant: not planned, "
    "childbearing_potential: true, contraindications: []}"
)


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("told", [READY, STARTED, CYCLE_1, (*READY, (0, "stopped: {}"))])
def test_a_calendar_is_one_page(paper: str, told) -> None:
    """Whatever lies ahead; no ink reaches the edge."""
    of = decision(*told)
    made = calendar(of, ada(of), PRINTED, paper)
    assert sizes(made) == [(210, 297) if paper == "a4" else (216, 279)]
    assert greys(made)[0].edge == 255


def test_a_calendar_has_five_weeks_from_this_monday() -> None:
    """Every day has its date under the name of its weekday."""
    of = decision(*STARTED, (9, LIVER))  # a Wednesday
    text = said(calendar(of, ada(of), PRINTED, "a4"))
    assert "From 12-Jan-2026 to 15-Feb-2026" in text
    assert missing(text, ["Monday Tuesday Wednesday", "Today", "12-Jan", "15-Feb"]) == []
    assert len(re.findall(r"\d\d-(?:Jan|Feb)(?!-)", text)) == 35


def test_visits_are_said_in_words_as_surely_as_they_are_known() -> None:
    """A day that hangs on something is one that may be, and so is every later one."""
    of = decision(*STARTED, (7, LIVER))
    text = said(calendar(of, ada(of), PRINTED, "a4"))
    assert text.count("Medicine visit") == 2 and text.count("May be a medicine visit") == 3
    held = decision(*STARTED, (7, LIVER), (7, "vod: {status: suspected}"))
    text = said(calendar(held, ada(held), PRINTED, "a4"))
    assert "Medicine visit" not in text and "May be a medicine visit" in text
    given = decision(*STARTED)
    assert "Medicine given" in said(calendar(given, ada(given), PRINTED, "a4"))


def test_when_treatment_has_ended_no_visit_is_shown() -> None:
    """What has to be taken care of after the last dose says until when."""
    of = decision((0, WOMAN), *STARTED[1:], (7, "stopped: {}"), sex="female")
    text = said(calendar(of, ada(of), PRINTED, "a4"))
    assert "No medicine visit is planned in these weeks." in text
    assert "for 8 months after your last dose. That is until 05-Sep-2026." in text
    assert "for 2 months after your last dose. That is until 05-Mar-2026." in text


def test_a_calendar_is_for_this_patient() -> None:
    """Contraception is that of a woman or of a man; it has no last day while doses may follow."""
    man, woman = decision(*STARTED), decision((0, WOMAN), *STARTED[1:], sex="female")
    of_man, of_woman = (said(calendar(of, ada(of), PRINTED, "a4")) for of in (man, woman))
    assert "If your partner can get pregnant" in of_man and "Do not breastfeed" not in of_man
    assert "Use birth control that works well" in of_woman and "Do not breastfeed" in of_woman
    assert "That is until" not in of_man + of_woman


def test_a_calendar_has_one_number_to_call() -> None:
    """That of the site for patients; where none is set there is a line to write it on."""
    of, bare = decision(*READY), decision(*READY, site="{timezone: Europe/Vienna, pharmacy_phone: ext 5120}")
    assert "Call us on 555 0142" in said(calendar(of, ada(of), PRINTED, "a4"))
    assert "5120" not in said(calendar(bare, ada(bare), PRINTED, "a4"))
    assert "5120" in SITE


def test_a_calendar_is_read_by_a_child_of_ten() -> None:
    """Short sentences of short words, and no abbreviation."""
    of = decision(*READY)
    text = pages(calendar(of, ada(of), PRINTED, "a4"))[0].partition("TESTCASE, Ada · MRN")[0]
    sentences = [line for line in re.split(r"[.\r\n]+", text) if len(line.split()) > 3]
    words = [word for line in sentences for word in line.split()]
    assert len(words) / len(sentences) < 12
    assert sum(len(word) > 9 for word in words) / len(words) < 0.1
    assert not re.search(r"\b(?:VOD|ANC|IV|mg|mL|ULN)\b|\d °", text)
