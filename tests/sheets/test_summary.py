"""The summary of a treatment: what was given against what was advised, and everything that explains it."""

import pytest
from tests.builders import CYCLE_1, LIVER, PROTOCOL, READY, STARTED, suite
from tests.sheets.prints import PRINTED, ada, decision, greys, missing, pages
from tests.sheets.prints import words as said

from oncourse.decide import decide
from oncourse.sheets.summary import summary
from oncourse.sheets.who import who

HELD = (7, "held: {reason: liver}")
OVERRODE = (7, "overrode: {clause: liver-hold, kind: clinical, why: known to be stable, by: Dr Grey}")
HIGH = (7, "labs: {bilirubin: 1.7 ULN, ast: 1 ULN, alt: 1 ULN}")


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.uncounted
def test_every_course_of_the_suite_has_a_summary(paper: str) -> None:
    """On at most two pages, each with what every page has."""
    courses = [course for path, course in suite() if path.parent.name in ("courses", "worked") and course.events]
    assert len(courses) > 30
    for course in courses[paper == "letter" :: 2]:
        made = pages(summary(decide(PROTOCOL, course), who(course, {"name": "TESTCASE, Ada"}), PRINTED, paper))
        assert len(made) <= 2
        for number, page in enumerate(made, 1):
            assert missing(page, ["TESTCASE, Ada · Born", f"Page {number} of {len(made)}", "Printed 05-Jan-2026"]) == []


def test_a_summary_sets_what_was_given_against_what_was_advised() -> None:
    """For each slot the amount advised that day, what went in, and why they differ."""
    of = decision(*STARTED, HIGH, (7, "given: {dose: 0.91 mg}"), (14, LIVER), (14, "given: {dose: 0.7 mg}"))
    text = said(summary(of, ada(of), PRINTED, "a4"))
    wanted = [
        "1 1 05-Jan-2026 1.46 mg 1.46 mg As advised",
        "1 8 12-Jan-2026 0.91 mg 0.91 mg Advised: Hold today's dose. Total bilirubin is 1.7 × ULN",
        "1 15 19-Jan-2026 0.91 mg 0.7 mg Advised: Give 0.91 mg today",
    ]
    assert missing(text, wanted) == []


def test_a_summary_tells_what_was_left_out_and_why() -> None:
    """The amount it would have been, when it was given up, and by what."""
    of = decision(*STARTED, HIGH, HELD, at="2026-01-20T09:00:00+01:00")
    text = said(summary(of, ada(of), PRINTED, "a4"))
    wanted = [
        "1 8 19-Jan-2026 0.91 mg Omitted Cycle 1 day 8 was omitted on 19-Jan-2026",
        "12-Jan-2026 Hold Reason: liver",
        "Total bilirubin 1.7 × ULN 12-Jan-2026",
    ]
    assert missing(text, wanted) == []


def test_a_summary_tells_every_override_with_its_reason() -> None:
    """For ever, with whose it is."""
    of = decision(*STARTED, HIGH, OVERRODE, (7, "given: {dose: 0.91 mg}"))
    text = said(summary(of, ada(of), PRINTED, "a4"))
    assert "12-Jan-2026 Liver values clinical: known to be stable Dr Grey" in text


def test_a_summary_tells_the_response_and_what_comes_next() -> None:
    """The next slots with their dates and conditions, and what outlasts the last dose."""
    of = decision(*CYCLE_1)
    text = said(summary(of, ada(of), PRINTED, "letter"))
    wanted = [
        "23-Jan-2026 Response Response: No CR or CRi, MRD result: positive",
        "Cycle 2, day 1, on 26-Jan-2026: 1.46 mg",
        "Level 0: 100 % of full.",
        "VOD status None reported",
        "until 19-Jun-2026, 5 months after the last dose",
    ]
    assert missing(text, wanted) == []


def test_a_summary_of_nothing_says_so() -> None:
    """Before the first dose nothing is left blank."""
    of = decision(*READY)
    text = said(summary(of, ada(of, allergies=None), PRINTED, "a4"))
    assert missing(text, ["No dose is on record.", "None reported", "Allergies: Not recorded"]) == []


def test_a_course_of_many_events_stays_on_two_pages() -> None:
    """The latest are printed; how many more there are is said."""
    many = tuple((1 + day // 20, f"toxicity: {{term: rash {day}, grade: 1}}") for day in range(110))
    of = decision(*STARTED, *many)
    made = summary(of, ada(of), PRINTED, "letter")
    assert len(pages(made)) == 2
    assert missing(said(made), ["Earlier entries: 50.", "rash 109", "rash 50"]) == []
    assert "rash 49" not in said(made)
    assert [page.edge for page in greys(made)] == [255, 255]
