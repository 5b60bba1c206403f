"""Two doses on one day, slips that are taken back, and what is told late: each belongs to its own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.test_in_hand import CHECK, at, in_hand, number, up_to
from tests.test_stage import START, tell, up_to_start
from tests.test_stage import clinic as clinic

from oncourse.clinic import Clinic
from oncourse.faces.web.timers import timers
from oncourse.problem import BadInput


def second_dose(clinic: Clinic) -> None:
    """The first dose leaked and ended with nothing given; after its watch another was ordered and its vials opened."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), START)
    tell(clinic, "Brown", at(31), "infusion: {state: abandoned, volume: 0 mL}")
    tell(clinic, "Brown", at(92), "watch_ended: {}")
    clinic.clock = lambda: at(93)
    tell(clinic, "Dr Adams", "2026-11-25", "id: again, ordered: {dose: 0.4 mg}")
    clinic.clock = lambda: at(120)
    tell(clinic, "Price", at(94), "checked: {point: order, first: again, dose: 0.4 mg}")
    tell(clinic, "Price", at(95), "reconstituted: {appearance: clear}")


def test_a_second_dose_is_prepared_by_its_own_order(clinic: Clinic) -> None:
    """From its first vial on, with its own number; what is told late of the first one's infusion changes nothing."""
    second_dose(clinic)
    for _ in range(2):
        of = in_hand(clinic, 120)
        assert of.sheet.order is not None and (of.step, of.sheet.order.id) == ("dilute", "again")
        assert (of.sheet.number[-2:], of.sheet.bedside.t0) == ("-2", at(95))
        tell(clinic, "Brown", at(30.5), "infusion: {state: paused}")


def test_a_vial_told_late_is_of_the_dose_that_went_in(clinic: Clinic) -> None:
    """The second check asks for the first vial of the bag that hangs, not for one of before."""
    second_dose(clinic)
    tell(clinic, "Price", at(10), "reconstituted: {appearance: clear}")
    tell(clinic, "Price", at(96), "id: bag2, diluted: {drawn: 1.6 mL, volume: 20 mL}")
    of = in_hand(clinic, 120)
    assert of.checks.points["preparation"].values["reconstituted"] == "10:37"
    assert (of.step, of.sheet.bedside.t0) == ("check", at(95))


def test_an_end_that_was_a_slip_is_taken_back(clinic: Clinic) -> None:
    """Start and end were pressed by a slip: struck, everything that two people had agreed on stands again."""
    up_to_start(clinic)
    before = in_hand(clinic).checks.points
    tell(clinic, "Brown", at(30), f"id: slip, {START}")
    tell(clinic, "Brown", at(31), "id: end, infusion: {state: abandoned}")
    tell(clinic, "Brown", at(32), "id: dose, given: {dose: 1 mg}")
    for name in ("dose", "end", "slip"):
        tell(clinic, "Brown", at(33), f"corrected: {{event: {name}}}")
    of = in_hand(clinic)
    assert (of.step, of.checks.points, number(clinic)) == ("start", before, "-1")
    tell(clinic, "Brown", at(40), START)


@pytest.mark.parametrize(
    ("before", "struck", "step"),
    [
        ("id: second, ordered: {dose: 1.3 mg}", "second", "verify"),
        ("id: gone, discarded: {reason: cloudy}", "gone", "dilute"),
    ],
)
def test_an_override_is_of_what_it_was_told_of(clinic: Clinic, before: str, struck: str, step: str) -> None:
    """Another order or a discard is struck: what stands again needs its two people."""
    if struck == "gone":
        up_to(clinic, "check")
    else:
        tell(clinic, "Dr Adams", at(-2), "id: order, ordered: {dose: 1.37 mg}")
    tell(clinic, "Dr Adams", at(3), before)
    tell(clinic, "Dr Adams", at(4), "overrode: {clause: second-check, kind: logistics, why: nobody else is here}")
    assert in_hand(clinic).checks.waived is not None
    tell(clinic, "Dr Adams", at(5), f"corrected: {{event: {struck}}}")
    assert (in_hand(clinic).step, in_hand(clinic).checks.waived) == (step, None)


def test_an_override_that_is_put_right_stands(clinic: Clinic) -> None:
    """Whether its reason was wrong, or its clause."""
    up_to(clinic, "verify")
    said = "overrode: {clause: %s, kind: logistics, why: nobody else is here}"
    tell(clinic, "Dr Adams", at(1), f"id: mine, {said % 'end-by'}")
    assert in_hand(clinic).step == "verify"
    for _ in range(2):
        tell(clinic, "Dr Adams", at(2), f"corrected: {{event: mine, with: {{{said % 'second-check'}}}}}")
        assert in_hand(clinic).step == "vials"


def test_a_start_struck_is_no_start_of_the_next_bag(clinic: Clinic) -> None:
    """The number of the bag that hangs stays its own."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(15), f"id: slip, {START}")
    tell(clinic, "Brown", at(16), "corrected: {event: slip}")
    tell(clinic, "Price", at(17), "discarded: {reason: leaks}")
    tell(clinic, "Price", at(18), "reconstituted: {appearance: clear}")
    tell(clinic, "Price", at(19), "id: bag2, diluted: {drawn: 5.48 mL, volume: 50 mL}")
    tell(clinic, "Quinn", at(19), CHECK % ("bag2", 50, "09:20"))
    tell(clinic, "Price", at(19.5), "released: {}")
    tell(clinic, "Dr Adams", at(19.6), "overrode: {clause: second-check, kind: logistics, why: nobody else is here}")
    assert number(clinic) == "-2"
    tell(clinic, "Brown", at(20), START)
    assert (in_hand(clinic).step, number(clinic)) == ("run", "-2")


@pytest.mark.parametrize("state", ["started", "resumed"])
@pytest.mark.parametrize("wrong", ["mine", "one"])
def test_a_start_that_takes_the_place_of_its_own_check_is_none(clinic: Clinic, wrong: str, state: str) -> None:
    """It is judged as if what it corrects were struck."""
    if wrong == "mine":
        up_to(clinic, "check")
        said = "id: mine, overrode: {clause: second-check, kind: logistics, why: nobody else is here}"
        tell(clinic, "Dr Adams", at(5), said)
        given = "premedicated: {corticosteroid: '09:05', antipyretic: '09:05', antihistamine: '09:05'}"
        tell(clinic, "Brown", at(5), given)
    else:
        up_to_start(clinic)
    instead = f"with: {{at: {at(30).isoformat()}, infusion: {{state: {state}}}}}"
    with pytest.raises(BadInput, match="no two people have agreed"):
        tell(clinic, "Brown", at(30), f"corrected: {{event: {wrong}, {instead}}}")


def test_what_is_told_late_of_a_discarded_bag_is_not_of_the_next(clinic: Clinic) -> None:
    """Its vial, its dilution and its discard: by the clock, not by when they were told."""
    up_to(clinic, "vials")
    tell(clinic, "Price", at(18), "reconstituted: {appearance: clear}")
    tell(clinic, "Price", at(19), "id: next, diluted: {drawn: 5.48 mL, volume: 48 mL}")
    tell(clinic, "Price", at(2), "id: lost, diluted: {drawn: 5.48 mL, volume: 50 mL}")
    of = in_hand(clinic)
    assert of.checks.points["preparation"].first.id == "next" == (of.sheet.mixed and of.sheet.mixed.id)
    assert {"next", "lost"} <= of.checks.hidden("Quinn")
    tell(clinic, "Price", at(1), "reconstituted: {appearance: clear}")
    tell(clinic, "Price", at(10), "discarded: {reason: cloudy}")
    tell(clinic, "Price", at(20), "id: last, diluted: {drawn: 5.48 mL, volume: 48 mL}")
    of = in_hand(clinic)
    assert of.checks.points["preparation"].values["reconstituted"] == "09:20" and of.sheet.bedside.t0 == at(18)


def test_a_dilution_told_anew_hides_the_first_vial_again(clinic: Clinic) -> None:
    """When it was is a value of whoever checks."""
    up_to(clinic, "release")
    assert in_hand(clinic).checks.hidden("Clark") == set()
    tell(clinic, "Price", at(5), "id: anew, diluted: {drawn: 5.48 mL, volume: 48 mL}")
    assert len(in_hand(clinic).checks.hidden("Clark")) == 2


def test_after_a_dose_told_without_the_pages_the_next_has_its_own_vials(clinic: Clinic) -> None:
    """Those of before are of a bag that has gone in."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(15), "given: {dose: 1.37 mg}")
    tell(clinic, "Dr Adams", at(16), "id: again, ordered: {dose: 1.3 mg}")
    tell(clinic, "Price", at(17), "checked: {point: order, first: again, dose: 1.3 mg}")
    assert in_hand(clinic).step == "vials"
    tell(clinic, "Price", at(18), "reconstituted: {appearance: clear}")
    assert (in_hand(clinic).step, in_hand(clinic).sheet.bedside.t0) == ("dilute", at(18))


def test_vials_before_their_order_are_of_it(clinic: Clinic) -> None:
    """The order was told late: the limits and the second check count from the first of them."""
    tell(clinic, "Price", at(0), "reconstituted: {appearance: clear}")
    tell(clinic, "Dr Adams", at(1), "id: order, ordered: {dose: 1.37 mg}")
    tell(clinic, "Price", at(2), "checked: {point: order, first: order, dose: 1.37 mg}")
    tell(clinic, "Price", at(3), "id: bag, diluted: {drawn: 5.48 mL, volume: 50 mL}")
    assert in_hand(clinic).checks.points["preparation"].values["reconstituted"] == "09:02"


def test_no_vial_of_the_next_bag_ends_a_watch(clinic: Clinic) -> None:
    """The patient is watched, by the order of what went in, until somebody ends it."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), START)
    tell(clinic, "Brown", at(31), "infusion: {state: abandoned, volume: 0 mL}")
    clinic.clock = lambda: at(40)
    tell(clinic, "Dr Adams", at(33), "id: again, ordered: {dose: 0.4 mg}")
    tell(clinic, "Price", at(35), "reconstituted: {appearance: clear}")
    of = in_hand(clinic)
    assert of.sheet.order is not None and (of.step, of.sheet.order.id) == ("watch", "order")
    assert {one.id: one.state for one in timers(replace(of.sheet, now=at(40)), at(40))}["observation"] == "runs"


def test_what_is_put_right_of_a_day_before_leaves_this_dose(clinic: Clinic) -> None:
    """Two people have agreed on what hangs here, not on what was told wrongly of then."""
    tell(clinic, "Price", "2026-11-20T09:00:00Z", "id: old, diluted: {drawn: 5 mL, volume: 50 mL}")
    up_to_start(clinic)
    before = in_hand(clinic)
    tell(clinic, "Price", at(20), "corrected: {event: old}")
    after = in_hand(clinic)
    assert (after.step, after.sheet.number, after.checks.points) == ("start", before.sheet.number, before.checks.points)


def test_a_dilution_that_is_struck_is_hidden_again(clinic: Clinic) -> None:
    """Whoever checks the one that comes instead does not read the old values first."""
    up_to(clinic, "release")
    assert in_hand(clinic).checks.hidden("Clark") == set()
    tell(clinic, "Price", at(5), "corrected: {event: bag}")
    assert "bag" in in_hand(clinic).checks.hidden("Clark")


@pytest.mark.parametrize(("moved", "taken"), [(at(30.5), True), (at(100), False)])
def test_a_start_of_the_dose_before_is_put_right_as_of_then(clinic: Clinic, moved: datetime, taken: bool) -> None:
    """While another was ordered since: before that order freely, after it not at all."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), f"id: begun, {START}")
    tell(clinic, "Brown", at(31), "infusion: {state: abandoned, volume: 0 mL}")
    tell(clinic, "Brown", at(92), "watch_ended: {}")
    clinic.clock = lambda: at(93)
    tell(clinic, "Dr Adams", "2026-11-25", "id: again, ordered: {dose: 0.4 mg}")
    clinic.clock = lambda: at(120)
    said = f"corrected: {{event: begun, with: {{at: {moved.isoformat()}, infusion: {{state: started}}}}}}"
    if taken:
        tell(clinic, "Brown", at(110), said)
        assert in_hand(clinic, 120).step == "verify"
    else:
        with pytest.raises(BadInput, match="no two people have agreed on the order yet"):
            tell(clinic, "Brown", at(110), said)


def test_a_start_is_not_moved_to_another_day(clinic: Clinic) -> None:
    """A day before there was neither a vial nor premedication."""
    up_to_start(clinic)
    tell(clinic, "Brown", at(30), f"id: begun, {START}")
    day_before = (at(30) - timedelta(days=1)).isoformat()
    said = f"corrected: {{event: begun, with: {{at: {day_before}, infusion: {{state: started}}}}}}"
    with pytest.raises(BadInput, match="premedication"):
        tell(clinic, "Brown", at(31), said)
