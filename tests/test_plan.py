"""The slots ahead follow from the same rules as the next dose, and the months after the last are counted."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ALL_LABS, CYCLE_1, ENROLLED, LIVER, MEASURED, PROTOCOL, READY, STARTED, Told, course, on

from oncourse.decide import decide
from oncourse.plan import Plan, Slot, following, months_after, plan
from oncourse.quantity import show

PLANNED = ENROLLED.replace("not planned", "planned")
BEFORE_TRANSPLANT = ((0, PLANNED), (0, MEASURED), (0, ALL_LABS))
THIRD_CYCLE = "only if a third cycle is decided on (CR or CRi with negative MRD not both reached)"
EITHER = "without CR or CRi by then; 0.91 mg after CR or CRi"
IN_REMISSION = "only if CR or CRi is reached by then"
TWO_CYCLES = (
    *CYCLE_1,
    (21, ALL_LABS),
    (21, "given: {dose: 1.46 mg}"),
    (28, "given: {dose: 0.91 mg}"),
    (35, "given: {dose: 0.91 mg}"),
)
TOXICITY = "toxicity: {term: neuropathy, grade: 3}"
CLEARED = "toxicity: {term: neuropathy, grade: 0}"


def planned(*told: Told, at: int | None = None, born: str | None = "1961-09-17", sex: str | None = "male") -> Plan:
    """The plan for those events, at the end of a day."""
    return plan(decide(PROTOCOL, course(*told, born=born, sex=sex), None if at is None else on(at)))


def brief(slot: Slot) -> tuple[int, int, str, int]:
    """A slot as cycle, day, status and the number of days from the first."""
    return slot.cycle, slot.day, slot.status, (slot.on - on(0)).days


def ahead(of: Plan) -> list[Slot]:
    """The slots not yet given or omitted."""
    return [slot for slot in of.slots if slot.status not in ("given", "omitted")]


def amounts(slots: list[Slot]) -> list[str]:
    return [show(slot.mg) for slot in slots if slot.mg is not None]


def test_two_cycles_and_perhaps_a_third_before_transplant() -> None:
    """What hangs on a response says so; nothing follows the third cycle."""
    of = planned(*BEFORE_TRANSPLANT)
    assert [brief(slot) for slot in of.slots] == [
        (1, 1, "due", 0),
        (1, 8, "planned", 7),
        (1, 15, "planned", 14),
        (2, 1, "conditional", 21),
        (2, 8, "planned", 28),
        (2, 15, "planned", 35),
        (3, 1, "conditional", 49),
        (3, 8, "conditional", 56),
        (3, 15, "conditional", 63),
    ]
    assert [slot.conditions for slot in of.slots[3:]] == [
        (EITHER,),
        (),
        (),
        (THIRD_CYCLE, EITHER),
        (THIRD_CYCLE,),
        (THIRD_CYCLE,),
    ]
    assert of.ends == on(63)


def test_six_cycles_without_transplant() -> None:
    """From the fourth cycle on everything hangs on CR or CRi."""
    of = planned(*READY)
    assert [(slot.cycle, slot.day) for slot in of.slots] == [(c, d) for c in range(1, 7) for d in (1, 8, 15)]
    assert [slot.conditions for slot in of.slots[9:]] == [(IN_REMISSION,)] * 9
    assert {slot.status for slot in of.slots[9:]} == {"conditional"}
    assert amounts(list(of.slots)) == ["1.46", "0.91", "0.91"] * 3 + ["0.91"] * 9
    assert (of.ends, of.follow_up) == (on(21 + 4 * 28 + 14), ())


def test_remission_makes_the_rest_certain() -> None:
    """With CR on record every further slot is planned, at the lower amount, and cycle 1 may take 28 days."""
    of = planned(*CYCLE_1, (20, "response: {status: CR, mrd: negative}"))
    assert {slot.status for slot in ahead(of)} == {"due", "planned"}
    assert set(amounts(ahead(of))) == {"0.91"}
    assert [brief(slot) for slot in ahead(of)][:2] == [(2, 1, "due", 28), (2, 8, "planned", 35)]
    assert ahead(of)[0].earliest == on(21)


def test_remission_before_transplant_ends_after_two_cycles() -> None:
    """CR with negative MRD leaves no third cycle; an unknown MRD leaves it open."""
    told = tuple((day, PLANNED if text == ENROLLED else text) for day, text in CYCLE_1)
    sure = planned(*told, (20, "response: {status: CR, mrd: negative}"))
    assert [(slot.cycle, slot.day) for slot in ahead(sure)] == [(2, 1), (2, 8), (2, 15), (3, 1), (3, 8), (3, 15)]
    again = planned(
        *told, (20, "response: {status: CR}"), (28, "given: {dose: 0.91 mg}"), (29, "response: {mrd: negative}")
    )
    assert [(slot.cycle, slot.day) for slot in ahead(again)] == [(2, 8), (2, 15)]


def test_what_was_done_stands_before_what_is_to_come() -> None:
    """Given slots carry what went in, omitted ones nothing."""
    of = planned(*STARTED, at=15)
    assert [brief(slot) for slot in of.slots][:3] == [(1, 1, "given", 0), (1, 8, "omitted", 14), (1, 15, "due", 15)]
    assert [slot.mg and show(slot.mg) for slot in of.slots][:3] == ["1.46", None, "0.91"]
    assert of.slots[2].earliest == on(12)


def test_a_reduction_lasts_to_the_end() -> None:
    """After 14 days of interruption three quarters are planned, in three doses a cycle."""
    told = (*CYCLE_1, (21, TOXICITY), (21, ALL_LABS), (43, CLEARED), (43, ALL_LABS))
    of = planned(*told)
    assert amounts(ahead(of))[:3] == ["1.09", "0.68", "0.68"]
    assert {slot.day for slot in ahead(of)} == {1, 8, 15}


def test_two_doses_a_cycle_have_no_day_15() -> None:
    """At the last step of the ladder cycles are days 1 and 8."""
    told: tuple[Told, ...] = (
        *CYCLE_1,
        (21, TOXICITY),
        (43, CLEARED),
        (43, ALL_LABS),
        (43, "given: {dose: 1.09 mg}"),
        (50, "toxicity: {term: neuropathy, grade: 3}"),
        (72, CLEARED),
        (72, "response: {status: CR}"),
        (72, ALL_LABS),
        (72, "judged: {clause: two-doses, choice: two doses, why: second time}"),
    )
    of = planned(*told)
    assert [(slot.cycle, slot.day) for slot in ahead(of)][:5] == [(3, 1), (3, 8), (4, 1), (4, 8), (5, 1)]
    assert set(amounts(ahead(of))) == {"0.68"}


@pytest.mark.parametrize(
    "end",
    [
        (22, "stopped: {reason: progress}"),
        (22, "vod: {status: confirmed}"),
    ],
)
def test_nothing_lies_ahead_after_a_stop(end: Told) -> None:
    """A course that is stopped shows what was given, and how long to take care."""
    of = planned(*CYCLE_1, end)
    assert (ahead(of), of.ends, len(of.slots)) == ([], None, 3)
    assert following(decide(PROTOCOL, course(*CYCLE_1, end))) is None


def test_nothing_lies_ahead_when_the_course_is_done() -> None:
    """After two cycles with CR and negative MRD nothing is planned."""
    told = tuple((day, PLANNED if text == ENROLLED else text) for day, text in TWO_CYCLES)
    of = planned(*told, (42, "response: {status: CR, mrd: negative}"))
    assert (ahead(of), of.ends, len(of.slots)) == ([], None, 6)


def test_nothing_lies_ahead_before_enrolment() -> None:
    """Without an enrolment there is no slot."""
    assert planned((0, MEASURED)) == Plan((), None, ())


def test_unknown_size_leaves_amounts_open() -> None:
    """Slots are dated even where no amount can be computed."""
    of = planned((0, ENROLLED))
    assert (len(of.slots), amounts(list(of.slots))) == (18, [])


def test_an_open_question_makes_all_that_follows_conditional() -> None:
    """What a prescriber must decide stands beside every slot from there on."""
    told = tuple((day, PLANNED if text == ENROLLED else text) for day, text in TWO_CYCLES)
    of = planned(*told, (42, "response: {status: CR, mrd: positive}"))
    assert [(slot.status, slot.conditions) for slot in ahead(of)] == [("conditional", (THIRD_CYCLE,))] * 3
    held = planned(*CYCLE_1, (21, TOXICITY), (60, LIVER))
    assert ahead(held)[0].conditions[0] == "only if it is decided to go on"


def test_planning_leaves_the_decision_as_it_was() -> None:
    """The look ahead moves a copy: the same decision plans the same twice."""
    decision = decide(PROTOCOL, course(*CYCLE_1))
    before = (decision.moment.value("cycle"), list(decision.moment.slots))
    assert plan(decision) == plan(decision)
    assert (decision.moment.value("cycle"), list(decision.moment.slots)) == before


def test_the_following_slot_is_the_second_ahead() -> None:
    """It is the one that the plan names after the next."""
    decision = decide(PROTOCOL, course(*READY))
    assert following(decision) == plan(decision).slots[1]


@given(st.integers(0, 40))
def test_slots_ahead_keep_their_order_and_distance(day: int) -> None:
    """From any day on: dates rise, six days lie between doses, and none is before today."""
    slots = ahead(planned(*STARTED, at=day))
    dates = [slot.on for slot in slots]
    assert all(later - sooner >= timedelta(6) for sooner, later in pairwise(dates))
    assert dates[0] >= on(day)
    assert all(slot.earliest is not None and slot.earliest <= slot.on for slot in slots)


def until(of: Plan) -> dict[str, date]:
    return {end.id: end.until for end in of.follow_up}


BREASTFEEDING, MEN = {"breastfeeding": date(2026, 3, 5)}, {"contraception-men": date(2026, 6, 5)}
WOMEN = {"contraception-women": date(2026, 9, 5)}
WOMAN = ENROLLED.replace("childbearing_potential: false", "childbearing_potential: true")
ASKED = ENROLLED.replace("childbearing_potential: false, ", "")


@pytest.mark.parametrize(
    ("sex", "enrolled", "ends"),
    [
        ("female", WOMAN, WOMEN | BREASTFEEDING),
        ("female", ENROLLED, BREASTFEEDING),
        ("female", ASKED, WOMEN | BREASTFEEDING),
        ("male", ENROLLED, MEN),
        (
            "male",
            ENROLLED.replace("enrolled: {", "enrolled: {partner_childbearing: true, "),
            {"contraception-men": date(2026, 6, 5)},
        ),
        ("male", ENROLLED.replace("enrolled: {", "enrolled: {partner_childbearing: false, "), {}),
    ],
)
def test_care_after_the_last_dose(sex: str, enrolled: str, ends: dict[str, date]) -> None:
    """8 months, 5 months and 2 months from the dose; what nobody asked is no reason to leave one out."""
    told = ((0, enrolled), *STARTED[1:])
    assert until(planned(*told, sex=sex)) == ends


def test_care_for_a_patient_of_unknown_sex() -> None:
    """Every precaution that may apply is dated."""
    of = planned((0, ASKED), *STARTED[1:], sex=None)
    assert until(of) == WOMEN | MEN | BREASTFEEDING


def test_care_is_counted_anew_from_every_dose() -> None:
    """Another dose moves the dates; an omitted one does not."""
    assert until(planned(*STARTED, (7, "omitted: {reason: patient}"))) == MEN
    later = {"contraception-men": date(2026, 6, 12)}
    assert until(planned(*STARTED, (7, LIVER), (7, "given: {dose: 0.91 mg}"))) == later
    assert until(planned(*STARTED, (7, "given: {dose: 0.1 mg}"), (8, "stopped: {reason: progress}"))) == later


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 6, 30), 8, date(2027, 2, 28)),
        (date(2026, 1, 31), 5, date(2026, 6, 30)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2026, 12, 15), 2, date(2027, 2, 15)),
    ],
)
def test_months_end_where_the_calendar_does(day: date, months: int, then: date) -> None:
    """A day that the month does not have becomes its last."""
    assert months_after(day, months) == then


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 24))
def test_months_are_calendar_months(day: date, months: int) -> None:
    """So many months on, on the same day or on the last one if there is no such day."""
    then = months_after(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    last = monthrange(then.year, then.month)[1]
    assert then.day == day.day or (then.day == last and day.day > last)
