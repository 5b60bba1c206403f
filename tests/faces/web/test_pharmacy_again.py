"""What happens to a preparation when something of it is changed, struck, told twice or told late."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.faces.api.hospital import Hospital
from tests.faces.web import nursing
from tests.faces.web.ordered import (
    ML,
    P_9,
    RIGHT,
    checked,
    diluted,
    made_ready,
    ordered,
    own,
    reconstituted,
    released,
    taken,
    verified,
    wall,
)
from tests.faces.web.reading import Page, Reader
from tests.faces.web.test_papers import printed

from oncourse.prepare import prepare


def event(hospital: Hospital, kind: str) -> str:
    """The id of the last event of a kind."""
    events = hospital.clinic.course("P-9").course.events
    return str(next(one.id for one in reversed(events) if one.kind == kind))


def corrected(hospital: Hospital, who: str, kind: str, right: str = "null") -> None:
    """The last event of a kind is put right, or struck."""
    at = hospital.clinic.here(hospital.clinic.course("P-9").course).isoformat()
    hospital.told(who, f"{{at: {at}, corrected: {{event: {event(hospital, kind)}, with: {right}}}}}")


def step(hospital: Hospital) -> str:
    """The page on which the pharmacist goes on."""
    return Reader(hospital, "price").goes(f"{P_9}/prepare").path.rpartition("/")[2]


@pytest.mark.parametrize(("second", "agrees"), [("20:30", True), ("21:30", False), ("19:30", False), ("20:31", False)])
def test_the_time_of_the_first_vial_agrees_to_the_minute(hospital: Hospital, second: str, agrees: bool) -> None:
    """Also in the evening: a time is no number that may be five percent off."""
    ordered(hospital, zone="Australia/Sydney")
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    page = checked(hospital, reconstituted=second)
    assert ("Both agree" in page.text) == agrees


def test_a_dilution_that_is_corrected_is_checked_again(hospital: Hospital) -> None:
    """After the release too: back to the second check, no start, and a label with another number to be released."""
    number = next(word for word in released(hospital).text.split() if word.startswith("W-"))
    corrected(hospital, "price", "diluted", f"{{diluted: {{drawn: {ML} mL, volume: 49 mL}}}}")
    assert step(hospital) == "check"
    assert hospital.get("price", f"{P_9}/label.pdf").status_code == 422
    page = checked(hospital, volume="49")
    assert "Both agree" in page.text and number not in page.text and step(hospital) == "release"


def test_a_second_check_that_is_struck_is_made_again(hospital: Hospital) -> None:
    """The bag is not ready until it is."""
    released(hospital)
    corrected(hospital, "quinn", "checked")
    assert step(hospital) == "check"


def test_a_first_vial_that_is_corrected_moves_the_limits_only_with_a_second_person(hospital: Hospital) -> None:
    """Two people must agree anew, on the right time; the old label's number is no longer the bag's."""
    released(hospital)
    corrected(hospital, "price", "reconstituted", "{reconstituted: {appearance: clear}}")
    assert step(hospital) == "dilute"
    assert diluted(hospital).path.endswith("/prepare/check")
    assert "Both agree" in checked(hospital).text


def test_a_vial_is_not_older_than_the_one_that_was_discarded(hospital: Hospital) -> None:
    """A second vial of the same minute is kept; one that would be before the discard is told to be wrong."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, clear="no")
    form = taken(hospital).form("/reconstitute")
    with hospital.unchanged():
        page = Reader(hospital, "price").sends(form, {**RIGHT, "time": wall(hospital, ago=5)})
    assert "It is before the step that comes first." in page.text
    page = Reader(hospital, "price").sends(form, {**RIGHT, "time": wall(hospital)})
    assert page.path.endswith("/prepare/dilute")


def test_a_dose_of_two_vials_needs_both(hospital: Hospital) -> None:
    """With one nothing is kept; the page asks for the other."""
    ordered(hospital)
    verified(hospital)
    form = taken(hospital).form("/reconstitute")
    one = replace(form, fields={**form.fields, "vial": form.fields["vial"][:1]})
    with hospital.unchanged():
        page = Reader(hospital, "price").sends(one, {**RIGHT, "time": wall(hospital)})
    assert "Vials taken: 1 of 2" in page.text


def discards(hospital: Hospital, at: str = "") -> Page:
    """The page that follows a discard of what was reconstituted."""
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/dilute").form("/prepare/discard")
    return price.sends(form, {"discard.reason": "dropped", "discard.time": at})


def test_a_vial_of_the_minute_of_a_discard_comes_after_it(hospital: Hospital) -> None:
    """The discard was a moment ago, and the time is typed to the minute: it is a new preparation of its own vials."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    hospital.clock.on(minutes=10, seconds=30)
    assert discards(hospital).path.endswith("/prepare/vials")
    hospital.clock.on(seconds=15)
    assert reconstituted(hospital).path.endswith("/prepare/dilute")
    sheet = prepare(hospital.clinic.decision("P-9"))
    assert sheet.number.endswith("-2") and len(sheet.vials) == 2


def test_a_cloudy_vial_is_none_of_those_opened_in_the_same_minute(hospital: Hospital) -> None:
    """Both were typed to the minute, and only the second is prepared."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, clear="no")
    hospital.clock.on(seconds=20)
    assert reconstituted(hospital).path.endswith("/prepare/dilute")
    assert len(prepare(hospital.clinic.decision("P-9")).vials) == 2


def test_a_discard_is_told_with_the_time_at_which_it_was(hospital: Hospital) -> None:
    """Not later than now, nor before the step that it ends; the next vial may have been opened before it was told."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    hospital.clock.on(minutes=10)
    for at, why in (("10:29", "before the step"), ("10:41", "later than now"), ("soon", "Write the time")):
        with hospital.unchanged():
            page = discards(hospital, at)
        assert page.status == 422 and why in page.text
        assert page.form("/prepare/discard").fields["discard.time"] == [at]
    assert discards(hospital, "10:34").path.endswith("/prepare/vials")
    assert hospital.clinic.entries("P-9")[-1].said["at"] == "2026-11-25T10:34:00+01:00"
    assert reconstituted(hospital, ago=5).path.endswith("/prepare/dilute")


def test_a_mistyped_hour_does_not_lead_to_yesterday(hospital: Hospital) -> None:
    """A first vial cannot be before the day of its order."""
    ordered(hospital)
    verified(hospital)
    form = taken(hospital).form("/reconstitute")
    with hospital.unchanged():
        page = Reader(hospital, "price").sends(form, {**RIGHT, "time": "23:10"})
    assert page.status == 422


def test_the_label_says_what_was_told_last(hospital: Hospital) -> None:
    """A second dilution with an earlier time replaces the first, in volume, time and rate."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, ago=10)
    diluted(hospital, volume="48")
    checked(hospital, volume="52")
    diluted(hospital, volume="51", time=wall(hospital, ago=3))
    checked(hospital, volume="51")
    Reader(hospital, "price").sends(Reader(hospital, "price").goes(f"{P_9}/prepare/release").form("/release"))
    said = printed(hospital, "price", f"{P_9}/label.pdf")
    assert (
        "1.42 mg in 51 mL" in said
        and "51 mL per hour" in said
        and f"Diluted 25-Nov-2026 {wall(hospital, ago=3)}" in said
    )


def test_the_label_of_a_new_bag_is_no_reprint(hospital: Hospital) -> None:
    """Prints for the bag that was discarded do not count."""
    price, label = Reader(hospital, "price"), f"{P_9}/label.pdf"
    page = price.sends(released(hospital).form("/reprint"), {"reprint.why": "the first one is torn"})
    assert "Reprint" in printed(hospital, "price", label)
    price.sends(page.form("/discard"), {"discard.reason": "dropped"})
    hospital.clock.on(minutes=1)
    reconstituted(hospital)
    diluted(hospital)
    checked(hospital)
    price.sends(price.goes(f"{P_9}/prepare/release").form("/release"))
    assert "Reprint" not in printed(hospital, "price", label)


def test_an_order_ten_times_too_high_is_returned(hospital: Hospital) -> None:
    """The pharmacist's right dose is no slip; both numbers are shown."""
    made_ready(hospital)
    why = "against: [day-1-no-remission], why: a slip of the prescriber"
    hospital.told("adams", f"{{at: 2026-11-25, ordered: {{dose: 14.2 mg, cycle: 2, day: 1, {why}}}}}")
    page = verified(hospital, mg="1.42")
    assert "The two doses differ" in page.text and "Ordered 14.2 mg" in page.text


@pytest.mark.parametrize("typed", ["1,42", "l.42", "1.42 mg", "one"])
def test_what_is_no_number_is_no_check(hospital: Hospital, typed: str) -> None:
    """It is told to be typed in digits, and nothing is kept."""
    ordered(hospital)
    with hospital.unchanged():
        assert "Type it in digits" in verified(hospital, mg=typed).text


def test_what_is_no_number_is_no_second_check(hospital: Hospital) -> None:
    """A comma is told of before it makes two people differ."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    with hospital.unchanged():
        page = checked(hospital, drawn="5,68")
    assert page.status == 422 and "Type it in digits" in page.text


def test_a_dilution_that_waits_for_its_check_is_not_told_again(hospital: Hospital) -> None:
    """What the second person is reading is not changed behind their back."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/dilute").form("/prepare/dilute")
    diluted(hospital)
    assert price.goes(f"{P_9}/prepare/dilute").path.endswith("/prepare/check")
    version = [str(hospital.version())]
    again = replace(form, fields={**form.fields, "version": version, "key": ["another"]})
    with hospital.unchanged():
        sent = {"diluted.drawn": ML, "diluted.volume": "51", "time": wall(hospital)}
        assert "Nothing was saved" in price.sends(again, sent).text


def test_a_page_that_is_sent_twice_says_that_the_first_counts(hospital: Hospital) -> None:
    """Two taps without scripts: nothing is told twice, and nobody reads that nothing was saved."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/dilute").form("/prepare/dilute")
    sent = {"diluted.drawn": ML, "diluted.volume": "50", "time": wall(hospital)}
    assert price.sends(form, sent).path.endswith("/prepare/check")
    with hospital.unchanged():
        page = price.sends(form, sent)
    assert "Saved before" in page.text and "Next: Second check." in page.text
    assert "Nothing was saved" in Reader(hospital, "quinn").sends(form, sent).text


def test_the_worksheet_does_not_tell_what_the_first_person_did(hospital: Hospital) -> None:
    """Before both agree the second sees what is planned, and no times."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    hospital.clock.on(minutes=3)
    diluted(hospital, volume="49.3")
    said = printed(hospital, "quinn", f"{P_9}/worksheet.pdf")
    assert "49.3" not in said and "10:33" not in said.replace("Printed 25-Nov-2026 10:33", "")
    assert "49.3" in printed(hospital, "price", f"{P_9}/worksheet.pdf")


def test_a_number_is_never_used_again(hospital: Hospital) -> None:
    """Not even when what made it higher is struck."""
    first = ordered(hospital)
    second = hospital.told("adams", "{at: 2026-11-25, ordered: {dose: 1.42 mg, cycle: 2, day: 1}}")
    verified(hospital)
    used = next(word for word in reconstituted(hospital).text.split() if word.startswith("W-"))
    at = hospital.clinic.here(hospital.clinic.course("P-9").course).isoformat()
    hospital.told("price", f"{{at: {at}, discarded: {{reason: dropped}}}}")
    hospital.told("adams", f"{{at: 2026-11-25, corrected: {{event: {first}}}}}")
    page = Reader(hospital, "price").goes(f"{P_9}/prepare")
    assert used not in page.text and second


def test_nothing_is_released_that_cannot_be_labelled(hospital: Hospital) -> None:
    """The page says why no label can be printed, and locks."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    checked(hospital)
    name = "x" * 300
    hospital.clinic.identify(
        "P-9", hospital.version(), f"{{name: {name}, identifiers: [{{system: MRN, value: '1'}}]}}", "adams"
    )
    price = Reader(hospital, "price")
    page = price.goes(f"{P_9}/prepare/release")
    assert "Locked. No label can be printed." in page.text
    assert not [form for form in page.forms if form.action.endswith("/release")]


def test_nothing_is_released_that_cannot_end_in_time(hospital: Hospital) -> None:
    """A form that was open when the time passed lets no bag leave."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    checked(hospital)
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/release").form("/release")
    for _ in range(43):
        hospital.clock.on(minutes=10)
        hospital.get("price", "/me")
    with hospital.unchanged():
        page = price.sends(form)
    assert page.status == 422 and "It cannot end by 18:30" in page.text


def test_a_step_that_somebody_else_took_is_not_dropped_in_silence(hospital: Hospital) -> None:
    """The second of two pharmacists is told that nothing was saved, and what is next."""
    ordered(hospital)
    verified(hospital)
    form = taken(hospital).form("/reconstitute")
    reconstituted(hospital)
    with hospital.unchanged():
        page = Reader(hospital, "quinn").sends(form, {**RIGHT, "time": wall(hospital)})
    assert page.status == 409 and "Nothing was saved" in page.text and "Next: Dilute." in page.text


def test_a_dilution_made_in_time_can_be_entered_late(hospital: Hospital) -> None:
    """Its time counts, not that of the entry."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, ago=239)
    limit = wall(hospital, ago=-1)
    hospital.clock.on(minutes=8)
    with hospital.unchanged():
        assert "It was diluted after the limit." in diluted(hospital).text
    assert diluted(hospital, time=limit).path.endswith("/prepare/check")


def test_a_discarded_running_infusion_is_refused(hospital: Hospital) -> None:
    """By whatever door: what went in must be said first."""
    released(hospital)
    at = hospital.clinic.here(hospital.clinic.course("P-9").course).isoformat()
    waive = "overrode: {clause: second-check, kind: logistics, why: nobody else is here}"
    drugs = "overrode: {clause: premedication, kind: clinical, why: allergic}"
    hospital.told("adams", f"[{{at: {at}, {waive}}}, {{at: {at}, {drugs}}}]")
    hospital.told("brown", f"{{at: {at}, infusion: {{state: started}}}}")
    with hospital.unchanged():
        assert "its infusion was begun" in hospital.tell("price", f"{{at: {at}, discarded: {{reason: leak}}}}").text
        assert (
            "Nothing was saved" in Reader(hospital, "price").posts(f"{P_9}/prepare/discard", "discard.reason=leak").text
        )
        for untimed in ("infusion: {state: paused}", "reaction: {grade: 3}", "discarded: {reason: leak}"):
            assert "give the time" in hospital.tell("brown", f"{{at: 2026-11-25, {untimed}}}").text


def test_a_waiver_is_of_one_preparation(hospital: Hospital) -> None:
    """After a discard the next one is checked again, and its clocks count."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    at = hospital.clinic.here(hospital.clinic.course("P-9").course).isoformat()
    for clause in ("second-check", "start-by"):
        hospital.told("adams", f"{{at: {at}, overrode: {{clause: {clause}, kind: other, why: so it is decided}}}}")
    hospital.told("price", f"{{at: {at}, discarded: {{reason: dropped}}}}")
    hospital.clock.on(minutes=1)
    reconstituted(hospital)
    assert step(hospital) == "dilute"
    diluted(hospital)
    assert step(hospital) == "check"
    assert own(hospital)["dose"] == "1.42"


@pytest.mark.parametrize("hours", [0, 8])
def test_a_pharmacist_finds_label_and_discard_after_the_release(hospital: Hospital, hours: int) -> None:
    """From Today over the patient's day, and from the start; also once it is too late to start."""
    nursing.released(hospital, timedelta(hours=hours))
    price = Reader(hospital, "price")
    day = price.goes(next(path for said, path in price.goes("/today").links.items() if "TESTCASE" in said))
    for page in (day, price.goes(f"{P_9}/start")):
        after = price.goes(page.links["Print the label, or discard the bag"])
        assert after.links["Print the bag label"] == f"{P_9}/label.pdf" and after.form("/prepare/reprint")
    page = price.sends(after.form("/prepare/discard"), {"discard.reason": "stood too long"})
    assert page.path.endswith("/prepare/vials")
    assert "Print the label, or discard the bag" not in price.goes(P_9).links


@pytest.mark.parametrize("hours", [0, 8])
def test_a_nurse_discards_a_bag_where_it_would_be_started(hospital: Hospital, hours: int) -> None:
    """Also one that can no longer be started; what is next is the pharmacy's, so the nurse is led to the day."""
    nursing.released(hospital, timedelta(hours=hours))
    brown = Reader(hospital, "brown")
    page = brown.goes(f"{P_9}/start")
    assert "Print the label, or discard the bag" not in page.links
    page = brown.sends(page.form("/prepare/discard"), {"discard.reason": "the bag leaks"})
    assert page.status == 200 and page.path.startswith(f"{P_9}/days/")
    assert hospital.clinic.entries("P-9")[-1].said["discarded"] == {"reason": "the bag leaks"}
    assert brown.goes(f"{P_9}/start").path == page.path and step(hospital) == "vials"
    assert "discard" not in hospital.get("ellis", f"{P_9}/start").text
