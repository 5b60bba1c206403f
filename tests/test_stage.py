"""Before an infusion is started: who has checked what, premedication and clocks; and where a dose in hand stands."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.test_board import STEPS
from tests.test_clinic import begun

from oncourse.board import Board
from oncourse.clinic import Clinic
from oncourse.problem import BadInput

START = "infusion: {state: started}"
T0 = datetime(2026, 11, 25, 9, 2, tzinfo=UTC)  # when STEPS have the first vial


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    """A clinic in which everything is told up to the start of an infusion, and the day is over."""
    made = begun(str(tmp_path / "record.db"))
    made.clock = lambda: datetime(2026, 11, 25, 22, 0, tzinfo=UTC)
    return made


def tell(clinic: Clinic, who: str, at: datetime | str, said: str) -> None:
    """One more event."""
    moment = at if isinstance(at, str) else at.isoformat()
    clinic.append("P-9", len(clinic.entries("P-9")), f"{{at: {moment}, {said}}}", who)


def up_to_start(clinic: Clinic, without: str = "") -> None:
    """All that comes before a start, but what begins with that word."""
    for who, minute, said, step, _ in STEPS:
        if step == "run":
            return
        if not (without and without in said):
            tell(clinic, who, f"2026-11-25T09:{minute:02}:00Z", said)


def test_an_infusion_that_may_be_started_is(clinic: Clinic) -> None:
    """Everything is there, and the last moment is still in time."""
    up_to_start(clinic)
    tell(clinic, "Brown", T0 + timedelta(hours=7), START)
    of = Board(clinic).of("P-9")
    assert of.stage is not None and of.stage.step == "run"


@pytest.mark.parametrize(
    ("without", "at", "why"),
    [
        ("", T0 + timedelta(hours=7, seconds=1), "start-by"),
        ("", "2026-11-25", "an infusion is started at a time"),
        ("premedicated", T0 + timedelta(hours=1), "corticosteroid, antipyretic, antihistamine"),
        ("reconstituted", T0 + timedelta(hours=1), "the time of the first vial is not recorded"),
        ("point: pump, first", T0 + timedelta(hours=1), "no two people have agreed on the pump yet"),
    ],
)
def test_an_infusion_that_must_not_be_started_is_refused(
    clinic: Clinic, without: str, at: datetime | str, why: str
) -> None:
    """Too late, without a time, without premedication, with an unknown first vial, or unchecked; nothing is kept."""
    if without != "reconstituted":
        up_to_start(clinic, without)
    before = len(clinic.entries("P-9"))
    with pytest.raises(BadInput, match=why):
        tell(clinic, "Brown", at, START)
    assert len(clinic.entries("P-9")) == before


@pytest.mark.parametrize(
    "said",
    [
        "ordered: {dose: 1.3 mg}",
        "corrected: {event: order}",
        "corrected: {event: order, with: {ordered: {dose: 1.3 mg}}}",
    ],
)
def test_no_other_order_changes_what_is_under_way(clinic: Clinic, said: str) -> None:
    """Ordered anew, struck, or put right: refused while there is a vial."""
    up_to_start(clinic)
    with pytest.raises(BadInput, match="no other order changes it"):
        tell(clinic, "Dr Adams", T0 + timedelta(minutes=30), said)


def test_a_running_infusion_is_ended_and_not_discarded(clinic: Clinic) -> None:
    """What went in is asked for; and a step of it is told with its time."""
    up_to_start(clinic)
    tell(clinic, "Brown", T0 + timedelta(minutes=30), START)
    with pytest.raises(BadInput, match="its infusion was begun; end the infusion, and say how much went in"):
        tell(clinic, "Price", T0 + timedelta(minutes=40), "discarded: {reason: leaks}")
    with pytest.raises(BadInput, match="told without a time while a preparation is under way"):
        tell(clinic, "Brown", "2026-11-25", "infusion: {state: paused}")


def test_an_order_that_two_read_differently_goes_back(clinic: Clinic) -> None:
    """The next step is the prescriber's."""
    tell(clinic, "Dr Adams", T0, "id: order, ordered: {dose: 1.37 mg}")
    tell(clinic, "Price", T0, "checked: {point: order, first: order, dose: 13.7 mg}")
    assert stage_of(clinic) == "returned"


def test_each_may_be_overridden_by_its_name_on_that_day(clinic: Clinic) -> None:
    """With a reason; another clause, or the day before, lets nothing be."""
    up_to_start(clinic, "premedicated")
    other = "overrode: {clause: %s, kind: clinical, why: allergic to all three}"
    tell(clinic, "Dr Adams", T0 + timedelta(minutes=20), other % "start-by")
    tell(clinic, "Dr Adams", T0 - timedelta(days=1), other % "premedication")
    with pytest.raises(BadInput, match="premedication"):
        tell(clinic, "Brown", T0 + timedelta(minutes=30), START)
    tell(clinic, "Dr Adams", T0 + timedelta(minutes=21), other % "premedication")
    tell(clinic, "Brown", T0 + timedelta(minutes=30), START)


def test_a_preparation_goes_on_over_midnight(clinic: Clinic) -> None:
    """The dose in hand of last evening is still that of its order; an order of yesterday without a vial is none."""
    clinic.amend("P-9", len(clinic.entries("P-9")), "{site: {timezone: Europe/Berlin}}", "Dr Adams", "where it is")
    evening = datetime(2026, 11, 25, 22, 50, tzinfo=UTC)  # ten to midnight
    clinic.clock = lambda: evening
    for who, minute, said, step, _ in STEPS[:4]:
        at = evening - timedelta(minutes=20 - minute)
        tell(clinic, who, at, said)
        assert step
    clinic.clock = lambda: evening + timedelta(minutes=30)
    of = Board(clinic).of("P-9").stage
    assert of is not None and of.step == "check" and of.sheet.order is not None
    assert of.by == evening - timedelta(minutes=18) + timedelta(hours=7)


def test_what_is_only_ordered_lapses_with_the_day(clinic: Clinic) -> None:
    """Nothing was opened for it: tomorrow is decided anew."""
    tell(clinic, "Dr Adams", T0, "ordered: {dose: 1.37 mg}")
    assert Board(clinic).of("P-9").stage is not None
    clinic.clock = lambda: T0 + timedelta(days=1)
    assert Board(clinic).of("P-9").stage is None


def stage_of(clinic: Clinic, hours: float = 0) -> str | None:
    """The next step so many hours after the first vial."""
    clinic.clock = lambda: T0 + timedelta(hours=hours)
    found = Board(clinic).of("P-9").stage
    return None if found is None else found.step


def test_a_forgotten_infusion_stays_until_somebody_says_how_it_ended(clinic: Clinic) -> None:
    """Its limits too; the dose is not advised anew meanwhile."""
    up_to_start(clinic)
    tell(clinic, "Brown", T0 + timedelta(minutes=30), START)
    for days in (1, 3):
        assert stage_of(clinic, hours=24 * days + 1) == "run"
        of = Board(clinic).of("P-9").stage
        assert of is not None and of.by == T0 + timedelta(hours=8)
    tell(clinic, "Brown", T0 + timedelta(hours=2), "infusion: {state: finished}")
    assert stage_of(clinic, hours=24 * 3 + 1) is None


def test_what_was_left_standing_is_over_after_a_day(clinic: Clinic) -> None:
    """A bag that was never started is no dose in hand the day after, and another may be ordered."""
    up_to_start(clinic)
    assert stage_of(clinic, hours=20) == "start"
    assert stage_of(clinic, hours=25) is None
    tell(clinic, "Dr Adams", "2026-11-26", "ordered: {dose: 1.37 mg}")
    assert stage_of(clinic, hours=25) == "verify"


def test_a_second_preparation_of_the_day_begins_with_its_order(clinic: Clinic) -> None:
    """After a bag that leaked: ended with nothing given, watched, ordered anew, verified, new vials, a new clock."""
    up_to_start(clinic)
    tell(clinic, "Brown", T0 + timedelta(minutes=30), START)
    tell(clinic, "Brown", T0 + timedelta(minutes=31), "infusion: {state: abandoned, volume: 0 mL}")
    assert stage_of(clinic, hours=1) == "watch"
    clinic.clock = lambda: T0 + timedelta(hours=3)
    tell(clinic, "Brown", T0 + timedelta(hours=2), "watch_ended: {}")
    assert stage_of(clinic, hours=3) is None
    tell(clinic, "Dr Adams", "2026-11-25", "id: again, ordered: {dose: 1.37 mg}")
    assert stage_of(clinic, hours=3) == "verify"
    tell(clinic, "Price", T0 + timedelta(hours=2.5), "checked: {point: order, first: again, dose: 1.37 mg}")
    assert stage_of(clinic, hours=3) == "vials"
    tell(clinic, "Price", T0 + timedelta(hours=2.6), "reconstituted: {appearance: clear}")
    assert stage_of(clinic, hours=3) == "dilute"
    of = Board(clinic).of("P-9").stage
    assert of is not None and of.by == T0 + timedelta(hours=6.6) and of.sheet.number.endswith("-2")


def test_a_start_told_as_a_correction_is_a_start(clinic: Clinic) -> None:
    """What was paused cannot become started without premedication; how a start was is put right freely."""
    up_to_start(clinic, "premedicated")
    tell(clinic, "Brown", T0 + timedelta(minutes=20), "id: still, infusion: {state: paused}")
    with pytest.raises(BadInput, match="premedication"):
        tell(
            clinic, "Brown", T0 + timedelta(minutes=20), "corrected: {event: still, with: {infusion: {state: started}}}"
        )


def test_a_first_vial_told_in_another_offset_is_checked_on_the_wall(clinic: Clinic) -> None:
    """A program tells it in UTC; the second person reads the clock of the site."""
    clinic.amend("P-9", len(clinic.entries("P-9")), "{site: {timezone: Europe/Berlin}}", "Dr Adams", "where it is")
    for who, minute, said, _, _ in STEPS[:5]:
        tell(clinic, who, f"2026-11-25T09:{minute:02}:00Z", said.replace("'09:02'", "'10:02'"))
    assert stage_of(clinic, hours=1) == "release"
