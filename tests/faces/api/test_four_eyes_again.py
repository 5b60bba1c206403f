"""Four eyes where something was changed: what is corrected, ordered anew or discarded is checked again, unseen."""

import pytest
from tests.faces.api.hospital import Hospital
from tests.faces.api.kinds import event
from tests.faces.api.pairs import (
    BAG,
    ORDER,
    PREPARATION,
    refusal,
    seen,
    state,
    watchers,
)


def test_an_order_that_was_changed_is_not_checked(hospital: Hospital) -> None:
    """The reason says which one to check instead; what was prepared for the old one is to be checked again."""
    hospital.told("adams", ORDER.begins("1.3719"))
    hospital.told("price", ORDER.checks("1.3719"))
    hospital.told("price", PREPARATION.begins("47.31", "bag-1"))
    hospital.told("quinn", PREPARATION.checks("47.31", "bag-1, dose: 1.3719 mg"))
    hospital.told("adams", ORDER.begins("1.1111", "two"))
    assert (state(hospital, "order"), state(hospital, "preparation")) == ("waiting", None)
    with hospital.unchanged():
        answer = hospital.tell("price", ORDER.checks("1.3719"))
        assert refusal(answer) == "one was changed or is done with since"
        assert answer.json()["problems"][0]["remedy"] == "check two"
        answer = hospital.tell("quinn", PREPARATION.checks("47.31", "bag-1"))
        assert refusal(answer) == "bag-1 was changed or is done with since"
    assert "1.1111" not in seen(hospital, "price")


def test_an_order_that_was_corrected_is_checked_again(hospital: Hospital) -> None:
    """Under its own id, by somebody who sees neither the right value nor the wrong one, also not in the correction."""
    hospital.told("adams", ORDER.begins("1.3719"))
    hospital.told("price", ORDER.checks("1.3719"))
    hospital.told("adams", "{at: 2026-11-24, corrected: {event: one, with: {ordered: {dose: 1.1111 mg}}}}")
    assert state(hospital, "order") == "waiting"
    for who in set(watchers(ORDER)) - {"adams"}:
        assert "1.1111" not in seen(hospital, who), who
    assert "1.1111" in seen(hospital, "adams")
    hospital.told("price", ORDER.checks("1.1112"))
    assert state(hospital, "order") == "agreed"
    assert "1.1111" in seen(hospital, "ellis")
    hospital.told("adams", "{at: 2026-11-24, corrected: {event: one}}")
    with hospital.unchanged():
        assert "one was changed or is done with" in refusal(hospital.tell("price", ORDER.checks("1.1111")))


def test_whoever_corrects_a_first_value_is_the_first(hospital: Hospital) -> None:
    """A colleague who puts an order right does not check it too."""
    hospital.told("adams", ORDER.begins("1.3719"))
    hospital.told("clark", "{at: 2026-11-24, corrected: {event: one, with: {ordered: {dose: 1.1111 mg}}}}")
    with hospital.unchanged():
        assert refusal(hospital.tell("clark", ORDER.checks("1.1111"))) == "the second check is another person's"
    assert "1.1111" not in seen(hospital, "adams")
    hospital.told("adams", ORDER.checks("1.1111"))
    assert state(hospital, "order") == "agreed"


def test_a_preparation_that_was_discarded_is_not_checked(hospital: Hospital) -> None:
    """The check of it is refused, with the reason, and so is that of its bag; the order stays."""
    hospital.told("adams", ORDER.begins("1.3719"))
    hospital.told("price", PREPARATION.begins("47.31", "bag-1"))
    hospital.told("brown", BAG.begins("1.3719", "bag-2"))
    hospital.told("price", event("discarded"))
    with hospital.unchanged():
        for pair, first, who in ((PREPARATION, "bag-1", "quinn"), (BAG, "bag-2", "young")):
            answer = hospital.tell(who, pair.checks("47.31", first))
            assert refusal(answer) == f"{first} was changed or is done with since"
            assert answer.json()["problems"][0]["remedy"] == "wait for the new one"
    assert (state(hospital, "order"), state(hospital, "preparation"), state(hospital, "bag")) == ("waiting", None, None)
    assert "47.31" not in seen(hospital, "quinn")  # the next one will be made alike


def test_after_a_difference_what_was_typed_before_stays_hidden(hospital: Hospital) -> None:
    """Both look again: a first value that is typed anew, or corrected, does not open the one before."""
    hospital.told("brown", BAG.begins("1.3719"))
    hospital.told("young", BAG.checks("1.2345"))
    hospital.told("brown", BAG.begins("1.3719", "two"))
    assert "1.3719" not in seen(hospital, "young") and "1.2345" not in seen(hospital, "brown")
    hospital.told("young", BAG.checks("1.2345", "two"))
    assert "1.3719" not in seen(hospital, "young") and "1.2345" not in seen(hospital, "brown")
    hospital.told("young", BAG.checks("1.3719", "two"))
    assert "1.3719" in seen(hospital, "young") and "1.2345" in seen(hospital, "brown")


def test_the_first_person_does_not_put_the_second_ones_values_right(hospital: Hospital) -> None:
    """A correction is no way to be both; the second person corrects what they mistyped, unseen."""
    hospital.told("brown", BAG.begins("1.3719"))
    hospital.told("young", BAG.checks("1.2345", more="id: two, "))
    right = "{at: 2026-11-24, corrected: {event: two, with: {checked: {point: bag, first: one, dose: 1.3719 mg}}}}"
    with hospital.unchanged():
        assert refusal(hospital.tell("brown", right)) == "the second check is another person's"
        lacking = right.replace("dose: 1.3719 mg", "volume: 3 mL")
        assert refusal(hospital.tell("young", lacking)) == "this check lacks dose"
    hospital.told("young", right.replace("1.3719", "1.1212"))
    assert state(hospital, "bag") == "differing"
    assert "1.1212" not in seen(hospital, "brown") and "1.1212" in seen(hospital, "young")
    hospital.told("young", right)
    assert state(hospital, "bag") == "agreed"
    assert "1.1212" in seen(hospital, "brown")
    hospital.told("brown", "{at: 2026-11-24, corrected: {event: two}}")
    assert state(hospital, "bag") == "waiting"


def test_a_slip_in_the_check_of_an_order_is_put_right(hospital: Hospital) -> None:
    """It opens both numbers; whoever mistyped corrects it under the same id, and both stay on record."""
    hospital.told("adams", ORDER.begins("1.42"))
    hospital.told("price", ORDER.checks("14.2", more="id: two, "))
    assert state(hospital, "order") == "differing" and "1.42" in seen(hospital, "price")
    right = "{at: 2026-11-24, corrected: {event: two, with: {checked: {point: order, first: one, dose: 1.42 mg}}}}"
    hospital.told("price", right)
    assert state(hospital, "order") == "agreed"
    assert "14.2" in seen(hospital, "ellis")


@pytest.mark.parametrize("step", ["released: {}", "infusion: {state: started}"])
def test_a_correction_is_no_way_past_a_difference(hospital: Hospital, step: str) -> None:
    """Whatever is put in place of something else is stopped like what is told for the first time."""
    hospital.told("davis", "{at: 2026-11-24, id: talk, counselled: {topics: [fever]}}")
    hospital.told("adams", ORDER.begins("1.3719"))
    hospital.told("price", ORDER.checks("1.2345"))
    with hospital.unchanged():
        answer = hospital.tell("davis", f"{{at: 2026-11-24, corrected: {{event: talk, with: {{{step}}}}}}}")
        assert "two people do not agree on the order" in refusal(answer)


def test_what_a_correction_puts_at_a_point_is_checked_there(hospital: Hospital) -> None:
    """An order that was mistaken for something else waits, and is hidden, like any other."""
    hospital.told("adams", "{at: 2026-11-24, id: one, held: {reason: liver}}")
    hospital.told("adams", "{at: 2026-11-24, corrected: {event: one, with: {ordered: {dose: 1.3719 mg}}}}")
    assert state(hospital, "order") == "waiting"
    assert "1.3719" not in seen(hospital, "price")
    hospital.told("price", ORDER.checks("1.3719"))
    assert state(hospital, "order") == "agreed"
