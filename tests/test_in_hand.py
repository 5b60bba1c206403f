"""What belongs to the dose in hand, whatever is told late, told again, struck or put right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.test_board import STEPS
from tests.test_stage import START, T0, tell, up_to_start
from tests.test_stage import clinic as clinic

from oncourse.board import Board
from oncourse.clinic import Clinic
from oncourse.problem import BadInput
from oncourse.stage import Stage

CHECK = "checked: {point: preparation, first: %s, dose: 1.37 mg, drawn: 5.48 mL, volume: %s mL, reconstituted: '%s'}"


def at(minutes: float) -> datetime:
    """So many minutes after the first vial."""
    return T0 + timedelta(minutes=minutes)


def up_to(clinic: Clinic, last: str) -> None:
    """All that comes before that step."""
    for who, minute, said, step, _ in STEPS:
        tell(clinic, who, f"2026-11-25T09:{minute:02}:00Z", said)
        if step == last:
            return


def in_hand(clinic: Clinic, minutes: float = 40) -> Stage:
    """The dose in hand so many minutes after the first vial."""
    clinic.clock = lambda: at(minutes)
    found = Board(clinic).of("P-9").stage
    assert found is not None
    return found


def number(clinic: Clinic) -> str:
    """How manieth preparation it is, by the worksheet's number."""
    return in_hand(clinic).sheet.number[-2:]


def anew(clinic: Clinic) -> None:
    """Diluted to 48 mL, agreed by two, and released."""
    tell(clinic, "Price", at(20), "id: anew, diluted: {drawn: 5.48 mL, volume: 48 mL}")
    tell(clinic, "Quinn", at(21), CHECK % ("anew", 48, "09:02"))
    assert in_hand(clinic).step == "release"
    tell(clinic, "Price", at(22), "released: {}")


@pytest.mark.parametrize("struck", [True, False])
def test_a_bag_that_is_diluted_anew_is_released_and_scanned_anew(clinic: Clinic, struck: bool) -> None:
    """Under another number; the pump was agreed on for another volume."""
    up_to_start(clinic)
    assert (in_hand(clinic).step, number(clinic)) == ("start", "-1")
    if struck:
        tell(clinic, "Price", at(19), "corrected: {event: bag}")
        assert (in_hand(clinic).step, number(clinic)) == ("dilute", "-2")
    anew(clinic)
    assert (in_hand(clinic).step, number(clinic)) == ("start", "-2")
    with pytest.raises(BadInput, match=r"agreed on the bag yet[^$]*agreed on the pump yet"):
        tell(clinic, "Brown", at(30), START)


@pytest.mark.parametrize(
    ("wrong", "right", "step"),
    [
        ("reconstituted", "", "vials"),
        ("diluted", "", "dilute"),
        ("diluted", "diluted: {drawn: 5.5 mL, volume: 50 mL}", "check"),
        ("released", "", "release"),
        ("released", "discarded: {reason: leaks}", "vials"),
    ],
)
def test_no_label_of_before_is_right_after_a_correction(clinic: Clinic, wrong: str, right: str, step: str) -> None:
    """Whatever is struck or put right of a released bag, it has another number, and is scanned anew."""
    up_to_start(clinic)
    event = next(event for event in clinic.course("P-9").course.events if event.kind == wrong)
    instead = f", with: {{at: {event.at.isoformat()}, {right}}}" if right else ""
    tell(clinic, "Price", at(20), f"corrected: {{event: {event.id}{instead}}}")
    assert (in_hand(clinic).step, number(clinic)) == (step, "-2")
    assert not {"bag", "pump"} & set(in_hand(clinic).checks.points)


def test_over_midnight_a_correction_makes_another_number_too(clinic: Clinic) -> None:
    """The order is of yesterday, what is put right of today."""
    clinic.amend("P-9", len(clinic.entries("P-9")), "{site: {timezone: Europe/Berlin}}", "Dr Adams", "where it is")
    evening = datetime(2026, 11, 25, 22, 50, tzinfo=UTC)  # ten to midnight
    clinic.clock = lambda: evening + timedelta(hours=1)
    for who, minute, said, _, _ in STEPS[:3]:
        tell(clinic, who, evening - timedelta(minutes=20 - minute), said)
    for minutes in (20, 30):
        tell(clinic, "Price", evening + timedelta(minutes=minutes), f"id: m{minutes}, diluted: {{volume: 50 mL}}")
        tell(clinic, "Price", evening + timedelta(minutes=minutes), f"corrected: {{event: m{minutes}}}")
    of = Board(clinic).of("P-9").stage
    assert of is not None and (of.step, of.sheet.number[-2:]) == ("dilute", "-3")


def test_a_discard_that_is_struck_brings_its_vials_back(clinic: Clinic) -> None:
    """The clock is theirs again, so whatever was checked of the bag after it is checked anew, under a third number."""
    up_to(clinic, "start")
    tell(clinic, "Price", at(10), "id: gone, discarded: {reason: cloudy}")
    tell(clinic, "Price", at(12), "reconstituted: {appearance: clear}")
    tell(clinic, "Price", at(14), "id: second, diluted: {drawn: 5.48 mL, volume: 50 mL}")
    tell(clinic, "Quinn", at(15), CHECK % ("second", 50, "09:14"))
    tell(clinic, "Price", at(16), "released: {}")
    assert (in_hand(clinic).step, number(clinic)) == ("start", "-2")
    tell(clinic, "Price", at(20), "corrected: {event: gone}")
    assert (in_hand(clinic).step, number(clinic), in_hand(clinic).sheet.bedside.t0) == ("dilute", "-3", T0)


def test_to_go_on_with_what_nobody_began_is_to_begin_it(clinic: Clinic) -> None:
    """The same must be ready for it; what was paused goes on freely, also when it is told late."""
    up_to_start(clinic, "point: pump, first")
    with pytest.raises(BadInput, match="no two people have agreed on the pump yet"):
        tell(clinic, "Brown", at(30), "infusion: {state: resumed}")
    tell(clinic, "Young", at(31), "checked: {point: pump, first: two, rate: 50 mL/h}")
    tell(clinic, "Brown", at(32), START)
    tell(clinic, "Brown", at(92), "infusion: {state: finished}")
    for minutes, state in ((40, "paused"), (41, "resumed")):
        tell(clinic, "Brown", at(minutes), f"infusion: {{state: {state}}}")
    with pytest.raises(BadInput, match="no two people have agreed"):
        tell(clinic, "Brown", at(95), "infusion: {state: resumed}")


@pytest.mark.parametrize(
    "late",
    [
        "ordered: {dose: 1.42 mg, cycle: 1, day: 1}",
        "overrode: {clause: second-check, kind: logistics, why: nobody else was here}",
        "given: {dose: 1.42 mg, cycle: 1, day: 1}",
        "discarded: {reason: cloudy}",
        "reconstituted: {appearance: clear}",
        "diluted: {volume: 40 mL}",
    ],
)
def test_what_is_told_late_of_a_day_before_changes_nothing(clinic: Clinic, late: str) -> None:
    """Neither what two people have agreed on, nor whether they must."""
    up_to(clinic, "check")
    before = in_hand(clinic)
    tell(clinic, "Dr Clark", "2026-11-20", late)
    after = in_hand(clinic)
    assert (after.step, after.checks.points, after.checks.waived) == ("check", before.checks.points, None)
    assert after.sheet.number == before.sheet.number


def vial_struck(clinic: Clinic) -> None:
    """Its first vial is struck while the infusion runs."""
    event = next(event for event in clinic.course("P-9").course.events if event.kind == "reconstituted")
    tell(clinic, "Price", at(41), f"corrected: {{event: {event.id}}}")


def finish_undone(clinic: Clinic) -> None:
    """The infusion was said to have finished, by a slip."""
    tell(clinic, "Brown", at(41), "id: slip, infusion: {state: finished}")
    tell(clinic, "Brown", at(42), "corrected: {event: slip}")


def dose_told(clinic: Clinic) -> None:
    """Somebody told the dose before the end."""
    tell(clinic, "Brown", at(41), "given: {dose: 1.37 mg}")


@pytest.mark.parametrize("meanwhile", [vial_struck, finish_undone, dose_told])
@pytest.mark.parametrize("said", ["corrected: {event: order}", "ordered: {dose: 1.3 mg}"])
def test_no_order_changes_an_infusion_that_runs(clinic: Clinic, meanwhile: Callable[[Clinic], None], said: str) -> None:
    """Whatever was told or struck of it meanwhile."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), START)
    meanwhile(clinic)
    clinic.clock = lambda: at(50)
    with pytest.raises(BadInput, match="no other order changes it"):
        tell(clinic, "Dr Adams", at(45), said)
    assert in_hand(clinic, 50).sheet.order is not None


def test_an_order_of_the_watch_waits_for_its_end(clinic: Clinic) -> None:
    """Until then the page and what went in are of the dose that was given; then it is verified."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), START)
    tell(clinic, "Brown", at(31), "infusion: {state: abandoned, volume: 0 mL}")
    clinic.clock = lambda: at(33)
    tell(clinic, "Dr Adams", "2026-11-25", "id: again, ordered: {dose: 1.3 mg}")
    of = in_hand(clinic)
    assert of.sheet.order is not None and (of.step, of.sheet.order.id, number(clinic)) == ("watch", "order", "-1")
    clinic.clock = lambda: at(95)
    tell(clinic, "Brown", at(91), "watch_ended: {}")
    of = in_hand(clinic, 95)
    assert of.sheet.order is not None and (of.step, of.sheet.order.id) == ("verify", "again")


def test_a_second_check_that_is_struck_hides_the_first_again(clinic: Clinic) -> None:
    """The next who checks is as blind as the one before."""
    up_to(clinic, "check")
    hidden = in_hand(clinic).checks.hidden("Quinn")
    tell(clinic, "Quinn", at(3), f"id: mine, {CHECK % ('bag', 50, '09:02')}")
    assert in_hand(clinic).checks.hidden("Quinn") == set()
    tell(clinic, "Quinn", at(4), "corrected: {event: mine}")
    again = in_hand(clinic).checks
    assert "bag" in hidden and len(hidden) == 2
    assert (again.hidden("Quinn"), again.hidden("Clark")) == (hidden, hidden | {"mine"})


def test_the_dilution_is_the_one_told_last(clinic: Clinic) -> None:
    """Though it was by the clock before the one that was wrong."""
    up_to(clinic, "check")
    tell(clinic, "Price", at(1), "id: right, diluted: {drawn: 5.48 mL, volume: 40 mL}")
    sheet = in_hand(clinic).sheet
    assert sheet.mixed is not None and (sheet.mixed.id, sheet.bedside.diluted) == ("right", at(1))


def test_the_first_vial_is_the_earliest_that_stands(clinic: Clinic) -> None:
    """Also when it is told later, or another was struck."""
    up_to(clinic, "dilute")
    tell(clinic, "Price", at(-12), "id: early, reconstituted: {appearance: clear}")
    tell(clinic, "Price", at(6), "id: bag, diluted: {drawn: 5.48 mL, volume: 50 mL}")
    assert in_hand(clinic).checks.points["preparation"].values["reconstituted"] == "08:50"
    tell(clinic, "Price", at(7), "corrected: {event: early}")
    tell(clinic, "Price", at(8), "id: bag2, diluted: {drawn: 5.48 mL, volume: 50 mL}")
    assert in_hand(clinic).checks.points["preparation"].values["reconstituted"] == "09:02"
    assert in_hand(clinic).sheet.bedside.t0 == T0


def test_a_start_of_another_dose_cannot_be_moved_to_this_one(clinic: Clinic) -> None:
    """Nothing of this one was checked then; within its own dose a start is put right freely."""
    names = ("second-check", "premedication", "end-by")
    for name in names:
        said = f"overrode: {{clause: {name}, kind: logistics, why: entered later from paper}}"
        tell(clinic, "Dr Adams", "2026-11-02T10:00:00Z", said)
    tell(clinic, "Brown", "2026-11-02T10:05:00Z", "id: old, infusion: {state: started}")
    tell(clinic, "Brown", "2026-11-02T11:05:00Z", "infusion: {state: finished}")
    own = "corrected: {event: old, with: {at: '2026-11-02T10:08:00Z', infusion: {state: started}}}"
    tell(clinic, "Brown", "2026-11-02T11:06:00Z", own)
    up_to_start(clinic, "premedicated")
    moved = f"corrected: {{event: old, with: {{at: {at(30).isoformat()}, infusion: {{state: started}}}}}}"
    with pytest.raises(BadInput, match="premedication"):
        tell(clinic, "Brown", at(30), moved)


def test_an_order_stands_again_once_the_one_after_it_is_struck(clinic: Clinic) -> None:
    """And is verified anew, whoever had."""
    up_to(clinic, "vials")
    tell(clinic, "Dr Adams", at(1), "id: second, ordered: {dose: 1.3 mg}")
    tell(clinic, "Dr Adams", at(2), "corrected: {event: second}")
    of = in_hand(clinic)
    assert of.step == "verify" and of.sheet.order is not None and of.sheet.order.id == "order"
    tell(clinic, "Price", at(3), "checked: {point: order, first: order, dose: 1.37 mg}")
    assert in_hand(clinic).step == "vials"


def test_a_dose_that_is_told_ends_what_waits(clinic: Clinic) -> None:
    """A bag that was given without the pages is in nobody's hand, and another dose can be ordered."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), "given: {dose: 1.37 mg}")
    clinic.clock = lambda: at(40)
    assert Board(clinic).of("P-9").stage is None
    tell(clinic, "Dr Adams", at(35), "ordered: {dose: 1.3 mg}")


def test_what_was_decided_otherwise_outlives_midnight(clinic: Clinic) -> None:
    """Of the preparation that is under way, on either side of it."""
    clinic.amend("P-9", len(clinic.entries("P-9")), "{site: {timezone: Europe/Berlin}}", "Dr Adams", "where it is")
    evening = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
    clinic.clock = lambda: evening + timedelta(hours=2)
    for who, minute, said, _, _ in STEPS[:3]:
        tell(clinic, who, evening - timedelta(minutes=20 - minute), said)
    for minutes, clause in ((5, "start-by"), (40, "end-by")):
        said = f"overrode: {{clause: {clause}, kind: clinical, why: the dose is needed today}}"
        tell(clinic, "Dr Adams", evening + timedelta(minutes=minutes), said)
    of = Board(clinic).of("P-9").stage
    assert of is not None and of.sheet.bedside.overridden == {"start-by", "end-by"}
