"""Two courses with one footprint go on alike; what the future can depend on tells them apart."""

from datetime import timedelta

import pytest
from tests.builders import ALL_LABS, FIRST, LIVER, PROTOCOL, READY, STARTED, Told, course, on

from oncourse.course import history
from oncourse.decide import engine_for
from oncourse.fold import fold
from oncourse.prove.footprint import Footprint

ENGINE = engine_for(PROTOCOL, {})
FOOTPRINT = Footprint(ENGINE)


def mark(*told: Told, at: int) -> object:
    """The footprint of a course at the end of a day."""
    made = course(*told)
    return FOOTPRINT.of(fold(ENGINE, made, history(made, on(at)), on(at).toordinal()))


def later(days: int, *told: Told) -> tuple[Told, ...]:
    """The same course on other dates."""
    return tuple((day + days, text) for day, text in told if isinstance(day, int))


def test_the_same_course_on_other_dates_has_the_same_footprint() -> None:
    """Only ages count, never dates."""
    assert mark(*STARTED, at=3) == mark(*later(100, *STARTED), at=103)
    assert on(100) == FIRST + timedelta(100)


def test_a_result_long_out_of_date_and_within_its_limit_leaves_none() -> None:
    """Past its time it is as unknown on one day as on another."""
    told = (*STARTED, (7, LIVER), (7, "given: {dose: 0.91 mg}"))
    more = (*STARTED, (6, LIVER), (7, LIVER), (7, "given: {dose: 0.91 mg}"))
    assert mark(*told, at=11) == mark(*more, at=11)


@pytest.mark.parametrize(
    "happened",
    [
        "labs: {bilirubin: 1.6 ULN}",
        "toxicity: {term: neuropathy, grade: 2}",
        "vod: {status: suspected}",
        "held: {reason: toxicity}",
        "attested: {gilbert: yes}",
        "transfused: {platelets: yes}",
        "response: {status: CR}",
        "stopped: {reason: wish}",
        "judged: {clause: pregnancy, choice: continue}",
    ],
)
def test_what_can_matter_later_leaves_its_mark(happened: str) -> None:
    """An event that a later decision may ask about changes the footprint."""
    assert mark(*STARTED, at=8) != mark(*STARTED, (8, happened), at=8)


def test_another_day_of_the_cycle_is_another_footprint() -> None:
    """A day more since the last dose."""
    assert mark(*STARTED, at=7) != mark(*STARTED, at=8)
    assert mark(*READY, at=0) != mark(*READY[:2], (0, ALL_LABS.replace("0.8 ULN", "1 ULN")), at=0)
