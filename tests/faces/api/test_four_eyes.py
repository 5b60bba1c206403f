"""Four eyes over HTTP: at each of the four points a second person types own values and has not seen the first one's."""

import pytest
from tests.faces.api.hospital import Hospital, is_problem
from tests.faces.api.kinds import event
from tests.faces.api.pairs import (
    ORDER,
    POINTS,
    PREPARATION,
    RELEASE,
    START,
    UNWATCHED,
    WAIVE,
    Pair,
    each_point,
    refusal,
    seen,
    state,
    waits,
    watchers,
)
from tests.test_clinic import P_9

from oncourse.clinic import Clinic


@each_point
def test_two_people_agree(hospital: Hospital, pair: Pair) -> None:
    """The first one's value is seen by nobody else until the second has typed the same; then by all, as is theirs."""
    hospital.told(pair.first, pair.begins("1.3719"))
    assert state(hospital, pair.point) == "waiting"
    for who in watchers(pair):
        assert ("1.3719" in seen(hospital, who)) == (who == pair.first), who
    answer = hospital.tell(pair.second, pair.checks("1.3722"))
    assert answer.status_code == 201 and "1.3722" in answer.text and "1.3719" not in answer.text
    assert state(hospital, pair.point) == "agreed"
    for who in watchers(pair):
        told = seen(hospital, who)
        assert "1.3719" in told and "1.3722" in told
    assert pair.point not in waits(hospital)
    assert hospital.clinic.verified(decisions=True).faults == []


@each_point
def test_the_second_is_another_person(hospital: Hospital, pair: Pair) -> None:
    """Not the first once more; whoever has another account with the right role may."""
    hospital.told(pair.first, pair.begins("1.3719"))
    with hospital.unchanged():
        assert refusal(hospital.tell(pair.first, pair.checks("1.3719"))) == "the second check is another person's"
    assert state(hospital, pair.point) == "waiting"
    assert hospital.tell("clark", pair.checks("1.3719")).status_code == 201
    with hospital.unchanged():
        assert "have agreed on this already" in refusal(hospital.tell(pair.second, pair.checks("1.3719")))


@each_point
def test_two_roles_do_not_make_two_people(hospital: Hospital, pair: Pair) -> None:
    """A physician who is a pharmacist too is one person, at once or later."""
    with hospital.unchanged():
        both = f"[{pair.begins('1.3719')}, {pair.checks('1.3719')}]"
        assert refusal(hospital.tell("davis", both)) == "the second check is another person's"
    hospital.told("davis", pair.begins("1.3719"))
    with hospital.unchanged():
        assert refusal(hospital.tell("davis", pair.checks("1.3719"))) == "the second check is another person's"
    assert hospital.tell("clark", pair.checks("1.3719")).status_code == 201


@each_point
def test_a_difference_stops_the_dose_and_shows_no_value(hospital: Hospital, pair: Pair) -> None:
    """Nobody sees what another typed, but of an order, of which the two must speak; nothing goes on."""
    hospital.told(pair.first, pair.begins("1.3719"))
    answer = hospital.tell(pair.second, pair.checks("1.2345"))
    assert answer.status_code == 201 and "1.3719" not in answer.text
    assert state(hospital, pair.point) == "differing"
    with hospital.unchanged():
        for who, step in (("price", RELEASE), ("brown", START), ("adams", START)):
            answer = hospital.tell(who, step)
            asked = step == START or pair in (ORDER, PREPARATION)
            assert (f"two people do not agree on the {pair.point}" in refusal(answer)) == asked
            assert "1.3719" not in answer.text and "1.2345" not in answer.text
    for who in watchers(pair):
        told = seen(hospital, who)
        assert ("1.3719" in told) == (who == pair.first or pair is ORDER), who
        assert ("1.2345" in told) == (who == pair.second or pair is ORDER), who
    paused = hospital.tell("brown", START.replace("started", "paused"))
    assert paused.status_code == 201  # what already runs can be stopped
    if pair is ORDER:
        with hospital.unchanged():
            assert "this order was checked already" in refusal(hospital.tell("price", ORDER.checks("1.3719")))
        hospital.told("adams", ORDER.begins("1.3719", "two"))
    hospital.told(pair.second, pair.checks("1.3720", "two" if pair is ORDER else "one"))
    assert state(hospital, pair.point) == "agreed"
    assert pair.point not in waits(hospital)


@pytest.mark.parametrize("step", [RELEASE, START])
def test_no_step_is_taken_that_no_two_people_have_checked(hospital: Hospital, step: str) -> None:
    """Before a bag leaves: order and preparation; before an infusion starts: all four; else only with a reason."""
    hospital.told("adams", f"[{UNWATCHED}]")
    needed = {"order", "preparation"} | ({"bag", "pump"} if step == START else set())
    who = "brown" if step == START else "price"
    for pair in POINTS:
        with hospital.unchanged():
            assert waits(hospital, step) == needed
        hospital.told(pair.first, pair.begins("1.3719", pair.point))
        more = f"dose: 1.3719 mg, {pair.value}" if pair is PREPARATION else pair.value
        with hospital.unchanged():
            assert waits(hospital, step) == needed
        hospital.told(pair.second, Pair(*pair[:4], more).checks("1.3719", pair.point))
        needed -= {pair.point}
        if not needed:
            break
    assert hospital.tell(who, step).status_code == 201


def test_somebody_may_decide_otherwise_with_a_reason(hospital: Hospital) -> None:
    """Where nobody else is there; it holds for the dose in hand, and not once it is struck."""
    hospital.told("adams", f"[{UNWATCHED}]")
    waived = hospital.told("adams", WAIVE)
    assert hospital.tell("price", RELEASE).status_code == 201
    assert hospital.tell("brown", START).status_code == 201
    hospital.told("adams", f"{{at: 2026-11-24, corrected: {{event: {waived}}}}}")
    assert len(waits(hospital)) == 4
    hospital.told("brown", START.replace("started", "abandoned"))
    hospital.told("adams", WAIVE.replace("alone", "again"))
    hospital.told("adams", ORDER.begins("1.3719"))
    assert len(waits(hospital)) == 4


def test_how_a_step_was_taken_can_be_put_right(hospital: Hospital) -> None:
    """A start that was recorded is corrected without asking anew who has checked what."""
    hospital.told("adams", f"[{UNWATCHED}, {WAIVE}]")
    hospital.told("brown", START.replace("Z,", "Z, id: start,"))
    hospital.told("brown", "{at: 2026-11-24, id: over, given: {dose: 0.89 mg}}")
    right = "{at: 2026-11-24T09:02:00Z, corrected: {event: start, with: {infusion: {state: started, rate: 50 mL/h}}}}"
    assert hospital.tell("brown", right).status_code == 201
    with hospital.unchanged():
        assert len(waits(hospital)) == 4


def test_both_databases_keep_what_is_checked(either: Hospital) -> None:
    """From the order to the pump, with a difference on the way, and a record that is sound."""
    either.told("adams", f"[{UNWATCHED}]")
    for number, pair in enumerate(POINTS):
        value = f"1.371{number}"
        more = Pair(*pair[:4], f"dose: 1.3710 mg, {pair.value}" if pair is PREPARATION else pair.value)
        either.told(pair.first, pair.begins(value, pair.point))
        either.told(pair.second, more.checks("1.2345", pair.point))
        assert f"two people do not agree on the {pair.point}" in refusal(either.tell("brown", START))
        assert (value in either.get(pair.second, "/api/courses/P-9/events").text) == (pair is ORDER)
        if pair is ORDER:
            either.told("adams", ORDER.begins(value, "anew"))
        either.told(pair.second, more.checks(value, "anew" if pair is ORDER else pair.point))
    assert either.tell("price", RELEASE).status_code == 201
    assert either.tell("brown", START).status_code == 201
    assert either.clinic.verified(decisions=True).faults == []


@each_point
@pytest.mark.parametrize(
    ("second", "agreed"), [("0.95", True), ("1.05", True), ("0.9499", False), ("1.0501", False), ("1.000", True)]
)
def test_five_percent_is_the_edge(hospital: Hospital, pair: Pair, second: str, agreed: bool) -> None:
    """Of the first one's value: exactly as much still agrees, a little more does not."""
    hospital.told(pair.first, pair.begins("1"))
    hospital.told(pair.second, pair.checks(second))
    assert state(hospital, pair.point) == ("agreed" if agreed else "differing")


@pytest.mark.parametrize("typed", ["1.42 g", "1420", "1.42", "1.42 mg of it", "?", "1,42 mg", "-1.42 mg"])
def test_another_unit_or_other_words_do_not_agree(hospital: Hospital, typed: str) -> None:
    """A number counts with the unit in which it is typed."""
    hospital.told("adams", ORDER.begins("1.42"))
    said = f"{{at: 2026-11-24, checked: {{point: order, first: one, dose: '{typed}'}}}}"
    hospital.told("price", said)
    assert state(hospital, "order") == "differing"


def test_every_value_is_typed_and_compared(hospital: Hospital) -> None:
    """One that is missing is named, without its value; one that differs is enough."""
    first = "{at: 2026-11-24, id: one, checked: {point: bag, dose: 1.3719 mg, patient: P-9, expiry: 2026-11-25}}"
    hospital.told("brown", first)

    def second(own: str) -> str:
        return f"{{at: 2026-11-24, checked: {{point: bag, first: one, {own}}}}}"

    with hospital.unchanged():
        answer = hospital.tell("young", second("patient: p-9"))
        assert refusal(answer) == "this check lacks dose, expiry"
        assert "1.3719" not in answer.text
        for none in ("{point: bag, first: one}", "{point: bag}"):
            answer = hospital.tell("young", f"{{at: 2026-11-24, checked: {none}}}")
            assert "a check without a value is none" in refusal(answer)
    hospital.told("young", second("dose: 1.3719 mg, patient: P-8, expiry: 2026-11-25"))
    assert state(hospital, "bag") == "differing"
    hospital.told("young", second("dose: 1.3719 mg, patient: p-9, expiry: 2026-11-25, seen: no leak"))
    assert state(hospital, "bag") == "agreed"


def test_what_has_no_values_is_not_checked(hospital: Hospital) -> None:
    """Two people do not agree on a preparation by saying nothing of it, nor if it was told without amounts."""
    hospital.told("price", "{at: 2026-11-24, id: one, diluted: {container: bag}}")
    with hospital.unchanged():
        answer = hospital.tell("quinn", "{at: 2026-11-24, checked: {point: preparation, first: one}}")
        assert "a check without a value is none" in refusal(answer)
        answer = hospital.tell("quinn", PREPARATION.checks("50"))
        assert refusal(answer) == "nothing was told at this point (preparation) that can be compared"


def test_dose_and_time_of_a_preparation_are_typed_too(hospital: Hospital) -> None:
    """Whoever checks it types the ordered dose and when the first vial was, beside what was drawn; each must agree."""
    hospital.told("adams", ORDER.begins("1.42"))
    hospital.told("price", "{at: 2026-11-24T09:40:00Z, reconstituted: {appearance: clear}}")
    hospital.told("price", "{at: 2026-11-24T10:00:00Z, id: bag, diluted: {drawn: 5.68 mL, volume: 50 mL}}")
    drawn = "drawn: 5.68 mL, volume: 50 mL"

    def second(more: str) -> str:
        return f"{{at: 2026-11-24, checked: {{point: preparation, first: bag, {drawn}, {more}}}}}"

    with hospital.unchanged():
        answer = hospital.tell("quinn", second("dose: 1.42 mg"))
        assert refusal(answer) == "this check lacks reconstituted"
        assert "09:40" not in answer.text
    for wrong in ("dose: 1.42 mg, reconstituted: '09:41'", "dose: 14.2 mg, reconstituted: '09:40'"):
        hospital.told("quinn", second(wrong))
        assert state(hospital, "preparation") == "differing"
    hospital.told("quinn", second("dose: 1.42 mg, reconstituted: '09:40'"))
    assert state(hospital, "preparation") == "agreed"


def test_a_dose_that_was_given_ends_its_checks(hospital: Hospital) -> None:
    """All is seen then; and a correction of what lies behind does not touch the dose in hand."""
    hospital.told("adams", ORDER.begins("1.3719"))
    hospital.told("price", ORDER.checks("1.2345"))
    given = hospital.told("brown", event("given"))
    assert hospital.get("ellis", "/api/courses/P-9/checks").json() == {"checks": []}
    assert "1.3719" in seen(hospital, "price") and "1.2345" in seen(hospital, "adams")
    hospital.told("adams", ORDER.begins("0.8888", "two"))
    hospital.told("brown", f"{{at: 2026-11-24, corrected: {{event: {given}, with: {{given: {{dose: 0.9 mg}}}}}}}}")
    hospital.told("adams", "{at: 2026-11-24, corrected: {event: one, with: {ordered: {dose: 1.3 mg}}}}")
    assert state(hospital, "order") == "waiting"
    assert "0.8888" not in seen(hospital, "price")
    hospital.told("price", ORDER.checks("0.8888", "two"))
    assert state(hospital, "order") == "agreed"


def test_a_reason_is_hidden_with_the_values(hospital: Hospital) -> None:
    """What is said beside an order may name the dose."""
    path = "/api/courses/P-9/events?why=1.3719+as+discussed"
    said = hospital.ask("adams", "POST", path, content=ORDER.begins("1.3719"), headers={"If-Match": '"5"'})
    assert said.json()["events"][0]["why"] == "1.3719 as discussed"
    assert "1.3719" not in seen(hospital, "price")
    hospital.told("price", ORDER.checks("1.3719"))
    assert "as discussed" in seen(hospital, "ellis")


def test_a_document_does_not_bring_two_people(hospital: Hospital) -> None:
    """Whoever opens a course with an order and its check in it has told both."""
    events = f"[{ORDER.begins('1.3719')}, {ORDER.checks('1.3719')}]"
    document = P_9.replace("P-9", "P-10").replace("[]", events)
    assert hospital.ask("davis", "POST", "/api/courses", content=document).status_code == 201
    (point,) = hospital.get("price", "/api/courses/P-10/checks").json()["checks"]
    assert (point["state"], point["told_by"], point["checked_by"]) == ("waiting", "davis", None)
    assert "1.3719" not in hospital.get("price", "/api/courses/P-10").text
    assert hospital.tell("price", ORDER.checks("1.3719"), "P-10").status_code == 201


def test_only_the_record_of_who_told_it_counts(hospital: Hospital) -> None:
    """A name that is typed into an event makes nobody another person."""
    clinic: Clinic = hospital.clinic
    clinic.append("P-9", 5, "{at: 2026-11-24, id: one, by: Dr Clark, ordered: {dose: 1.3719 mg}}", "adams")
    with pytest.raises(Exception, match="the second check is another person's"):
        clinic.append("P-9", 6, ORDER.checks("1.3719", more="by: Ph. Price, "), "adams")
    (point,) = hospital.get("ellis", "/api/courses/P-9/checks").json()["checks"]
    assert point["told_by"] == "adams"


def test_no_program_takes_part(hospital: Hospital) -> None:
    """Four eyes are those of people: a program tells nothing at a point."""
    for pair in POINTS:
        for said in (pair.begins("1"), pair.checks("1")):
            assert is_problem(hospital.tell("lis", said), 403)


def test_on_the_command_line_nothing_is_asked_of_roles_but_four_eyes_hold(hospital: Hospital) -> None:
    """The clinic itself refuses the same, whoever the face is."""
    clinic: Clinic = hospital.clinic
    clinic.append("P-9", 5, ORDER.begins("1.3719"), "somebody")
    with pytest.raises(Exception, match="the second check is another person's"):
        clinic.append("P-9", 6, ORDER.checks("1.3719"), "somebody")
