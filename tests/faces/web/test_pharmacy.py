"""The pharmacist's part of a dose on plain forms: every step, and every fault at each of them."""

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.ordered import (
    ML,
    P_9,
    RIGHT,
    THEIRS,
    checked,
    code,
    diluted,
    ordered,
    own,
    reconstituted,
    scans,
    taken,
    verified,
    wall,
)
from tests.faces.web.reading import Page, Reader


def last(hospital: Hospital) -> dict[str, object]:
    """The last event that is on record."""
    return hospital.clinic.course("P-9").course.events[-1].raw


def stops(page: Page, *says: str) -> None:
    """The whole page says what is wrong; there is nothing but a way back."""
    assert page.status == 422 and page.title.startswith("Error:")
    for said in (*says, "Nothing was saved."):
        assert said in page.text
    assert [form.action for form in page.forms if form.action.startswith("/patients")] == []


def test_from_the_order_to_the_bag(either: Hospital) -> None:
    """Verified, taken, reconstituted, diluted, checked, released; each page leads to the next one."""
    ordered(either)
    price = Reader(either, "price")
    first = price.goes(f"{P_9}/prepare")
    assert first.path.endswith("/prepare/verify") and "1.42 mg" not in first.text.partition("Last doses")[0]
    page = verified(either)
    assert "Both agree" in page.text and "Ordered 1.42 mg" in page.text
    page = reconstituted(either)
    assert page.path.endswith("/prepare/dilute") and ML not in page.text
    vials = last(either)["reconstituted"]["vials"]  # type: ignore[index]
    assert [one["lot"] for one in vials] == ["AB1", "AB2"] and vials[0]["gtin"] == "09520123450014"
    page = diluted(either)
    assert page.path.endswith("/prepare/check") and ML not in page.text
    page = checked(either)
    assert "Both agree" in page.text and f"Volume drawn {ML} mL {ML} mL" in page.text
    page = price.goes(f"{P_9}/prepare")
    assert page.path.endswith("/prepare/release")
    page = price.sends(page.form("/prepare/release"))
    assert "Released at 10:30" in page.text
    assert either.get("price", f"{P_9}/label.pdf").content.startswith(b"%PDF")
    assert either.clinic.verified(decisions=True).faults == []
    assert "Start the infusion" in Reader(either, "brown").goes("/today").text


def test_the_limits_stand_on_the_wall_of_the_site(hospital: Hospital) -> None:
    """Four hours to dilute, seven to start; 09:30 UTC is 10:30 in Berlin."""
    ordered(hospital)
    verified(hospital)
    page = reconstituted(hospital)
    assert "by 14:30 On time" in page.text and "by 17:30 On time" in page.text
    assert 'data-until="2026-11-25T14:30:00+01:00"' in page.html.replace("13:30:00+00:00", "14:30:00+01:00")


@pytest.mark.parametrize("mg", ["1.49", "1.35"])
def test_a_dose_within_five_percent_agrees(hospital: Hospital, mg: str) -> None:
    """On both sides of the order."""
    ordered(hospital)
    assert "Both agree" in verified(hospital, mg=mg).text


@pytest.mark.parametrize("mg", ["1.5", "1.34"])
def test_two_doses_that_differ_go_back_to_the_prescriber(hospital: Hospital, mg: str) -> None:
    """Both numbers are shown and nobody is blamed; nothing is prepared; a slip of one's own can be struck."""
    ordered(hospital)
    page = verified(hospital, mg=mg)
    assert "The two doses differ" in page.text and f"Worked out by the second person {mg} mg" in page.text
    assert "Call the prescriber." in page.text
    assert Reader(hospital, "price").goes(f"{P_9}/prepare/vials").path.endswith("/prepare/verify")
    assert "Order returned: two doses differ" in Reader(hospital, "adams").goes("/today").text
    reader = Reader(hospital, "price")
    struck = reader.goes(page.links["Strike my own check"])
    reader.sends(next(form for form in struck.forms if "why" in form.names), why="typed wrongly")
    assert "Both agree" in verified(hospital).text


def test_ten_times_the_dose_is_stopped_and_not_kept(hospital: Hospital) -> None:
    """What it should be is not said."""
    ordered(hospital)
    with hospital.unchanged():
        page = verified(hospital, mg="14.2")
    stops(page, "Check the decimal point", "14.2 mg is at least ten times too much or too little")
    assert "1.42" not in page.text


def test_whoever_ordered_does_not_verify(hospital: Hospital) -> None:
    """A prescriber sees that somebody else must."""
    ordered(hospital)
    page = Reader(hospital, "adams").goes(f"{P_9}/prepare/verify")
    assert "Let another person sign." in page.text and not [f for f in page.forms if "checked.dose" in f.names]
    assert "Ordered today: 1.42 mg." in Reader(hospital, "adams").goes(P_9).text
    assert "Ordered today. The dose stays hidden until it is verified." in Reader(hospital, "price").goes(P_9).text


def test_another_drug_is_stopped(hospital: Hospital) -> None:
    """Scanned or typed: what it is, what was ordered, and put it back; nothing that was scanned before is lost."""
    ordered(hospital)
    verified(hospital)
    price = Reader(hospital, "price")
    page = scans(price, price.goes(f"{P_9}/prepare/vials"), code())
    wrong = scans(price, page, code(gtin=THEIRS))
    stops(
        wrong, "Put it back. This is gemtuzumab ozogamicin.", "The order is inotuzumab ozogamicin (Besponsa, anti-CD22)"
    )
    assert "Vials taken: 1 of 2" in price.goes(wrong.links["Back"]).text
    typed = price.goes(f"{P_9}/prepare/vials?name=Mylotarg&lot=1&expiry=2027-01-01")
    stops(typed, "Put it back. This is Mylotarg.")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (code(expiry="261124"), "Put it back. It expired on 24-Nov-2026."),
        (code(gtin="09520123450038"), "No product of this site has the number 09520123450038"),
        (code(gtin="09520123450015"), "wrong check digit"),
        ("hello", "not the text of a GS1 code"),
        ("]d20109520123450014", "Type the lot."),
    ],
)
def test_a_vial_that_is_not_taken(hospital: Hospital, said: str, told: str) -> None:
    """It has expired, is no product of the site, or its code cannot be read; the page says what to do."""
    ordered(hospital)
    verified(hospital)
    price = Reader(hospital, "price")
    page = scans(price, price.goes(f"{P_9}/prepare/vials"), said)
    assert told in page.text and "Vials taken: 0 of 2" in page.text


def test_a_vial_that_expires_today_is_still_good(hospital: Hospital) -> None:
    """The last day is one of them."""
    ordered(hospital)
    verified(hospital)
    price = Reader(hospital, "price")
    assert "Vials taken: 1 of 2" in scans(price, price.goes(f"{P_9}/prepare/vials"), code(expiry="261125")).text


def test_an_address_that_was_changed_is_looked_at_again(hospital: Hospital) -> None:
    """Vials are carried in it; a drug, lot or expiry that somebody puts there is not taken."""
    ordered(hospital)
    verified(hospital)
    price = Reader(hospital, "price")
    for vial in ("Mylotarg\t\tA\t2030-01-01", "besponsa\t\t\t2030-01-01", "besponsa\t\tA\t2020-01-01", "x", ""):
        page = price.goes(f"{P_9}/prepare/vials?" + "vial=" + vial.replace("\t", "%09"))
        assert "Vials taken: 0 of 2" in page.text
    page = price.goes(f"{P_9}/prepare/reconstitute?vial=x")
    with hospital.unchanged():
        sent = price.sends(page.form("/reconstitute"), {**RIGHT, "time": wall(hospital)})
    assert "Vials taken: 0 of 2" in sent.text


def test_a_cloudy_vial_is_kept_and_discarded_at_once(hospital: Hospital) -> None:
    """Its lots are on record; the next preparation begins with new vials and another worksheet."""
    ordered(hospital)
    verified(hospital)
    before = Reader(hospital, "price").goes(f"{P_9}/prepare").text
    page = reconstituted(hospital, clear="no")
    assert page.path.endswith("/prepare/vials")
    assert last(hospital)["discarded"] == {"reason": "not clear to opalescent"}
    number = next(word.rstrip(";") for word in before.split() if word.startswith("W-"))
    assert number.endswith("-1") and number[:-1] + "2" in page.text


@pytest.mark.parametrize(
    ("field", "said", "told"),
    [
        ("time", "", "Write the time as 09:40."),
        ("time", "25:00", "Write the time as 09:40."),
        ("time", "10:31", "It is later than now."),
        ("clear", "", "Fill in this field: Clear to opalescent."),
    ],
)
def test_what_is_wrong_with_a_first_vial(hospital: Hospital, field: str, said: str, told: str) -> None:
    """Nothing is kept, and the vials are still there."""
    ordered(hospital)
    verified(hospital)
    form = taken(hospital).form("/reconstitute")
    with hospital.unchanged():
        sent = {**RIGHT, "time": wall(hospital), field: said}
        page = Reader(hospital, "price").sends(
            form, {name: value for name, value in sent.items() if value or name == "time"}
        )
    assert page.status == 422 and told in page.text and len(page.form("/reconstitute").fields["vial"]) == 2


def test_the_drawn_volume_is_compared_and_not_told(hospital: Hospital) -> None:
    """Off by more than five percent: read it again; ten-fold: stopped; never what it should be."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    for drawn in ("5.97", "5.39"):
        with hospital.unchanged():
            page = diluted(hospital, drawn=drawn)
        assert page.status == 422 and "Your value differs from the worksheet." in page.text and ML not in page.text
    for drawn in ("56.8", "0.568"):
        with hospital.unchanged():
            page = diluted(hospital, drawn=drawn)
        stops(page, f"{drawn} mL is at least ten times too much or too little")
    with hospital.unchanged():
        assert "Your value differs" in diluted(hospital, volume="60").text
        assert "It is before the step that comes first." in diluted(hospital, time="10:29").text
    assert diluted(hospital, drawn="5.96").path.endswith("/prepare/check")


def test_after_four_hours_it_is_discarded(hospital: Hospital) -> None:
    """At the limit it may still be diluted; a second later it is discarded, with a reason, unless it was in time."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, ago=240)
    price, late = Reader(hospital, "price"), "It was diluted in time, and is entered late"
    assert late not in price.goes(f"{P_9}/prepare/dilute").text
    hospital.clock.on(seconds=1)
    page = price.goes(f"{P_9}/prepare/dilute")
    assert late in page.text and "Discard. Not diluted by 10:30, 4 hours after the first vial." in page.text
    with hospital.unchanged():
        again = price.sends(page.form("/discard"))
    assert again.status == 422 and "Say why it is discarded." in again.text
    page = price.sends(again.form("/discard"), {"discard.reason": "stood too long"})
    assert page.path.endswith("/prepare/vials") and last(hospital)["discarded"] == {"reason": "stood too long"}


def test_a_form_that_was_open_when_the_time_passed_is_not_kept(hospital: Hospital) -> None:
    """Whoever dilutes after the limit is told to discard."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, ago=240)
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/dilute").form("/prepare/dilute")
    hospital.clock.on(minutes=1)
    with hospital.unchanged():
        page = price.sends(form, {"diluted.drawn": ML, "diluted.volume": "50", "time": wall(hospital)})
    assert "It was diluted after the limit." in page.text and "Discard. Not diluted by 10:30" in page.text


def test_the_second_check_is_another_persons(hospital: Hospital) -> None:
    """On the same screen a colleague signs with name and password; oneself, a nobody and an auditor are refused."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    page = diluted(hospital)
    price = Reader(hospital, "price")
    for who, password, told in (
        ("price", PASSWORD, "The second check is never the same person's."),
        ("quinn", "wrong", "The name or password is not right."),
        ("ellis", PASSWORD, "Let somebody sign whose task this is."),
        ("", "", "The name or password is not right."),
    ):
        with hospital.unchanged():
            again = price.sends(page.form("/check"), {**own(hospital), "second": who, "password": password})
        assert again.status == 422 and told in again.text
    page = price.sends(page.form("/check"), {**own(hospital), "second": "quinn", "password": PASSWORD})
    assert "Both agree" in page.text
    assert hospital.clinic.entries("P-9")[-1].by == "quinn"


def test_two_who_differ_see_what_differs_and_no_value(hospital: Hospital) -> None:
    """Not the one nor the other; both look again, and nothing is released before they agree."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital, drawn="5.7")
    page = checked(hospital, drawn="5.2", dose="1.45")
    assert "Volume drawn Differs" in page.text and "Dose The same" in page.text
    assert "5.7" not in page.text and "5.2" not in page.text
    price = Reader(hospital, "price")
    assert price.goes(f"{P_9}/prepare/release").path.endswith("/prepare/check")
    page = price.goes(f"{P_9}/prepare")
    assert page.path.endswith("/prepare/check") and "5.2" not in page.text
    assert "Both agree" in checked(hospital, drawn="5.7").text


def test_another_drug_is_noticed_by_the_second_person(hospital: Hospital) -> None:
    """What stands on the vial is typed too."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    with hospital.unchanged():
        stops(checked(hospital, drug="gemtuzumab ozogamicin"), "Put it back. This is gemtuzumab ozogamicin.")


def test_a_label_is_printed_again_with_a_reason(hospital: Hospital) -> None:
    """Each print after the first says which copy it is; none is there before two people agree."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    assert hospital.get("price", f"{P_9}/label.pdf").status_code == 422
    checked(hospital)
    price = Reader(hospital, "price")
    page = price.sends(price.goes(f"{P_9}/prepare/release").form("/release"))
    first = hospital.get("price", f"{P_9}/label.pdf").content
    with hospital.unchanged():
        assert "Say why it is printed again." in price.sends(page.form("/reprint")).text
    price.sends(page.form("/reprint"), {"reprint.why": "the first one is torn"})
    assert last(hospital)["printed"] == {"sheet": "bag label", "copy": "2", "why": "the first one is torn"}
    assert hospital.get("price", f"{P_9}/label.pdf").content != first


def test_nothing_is_released_once_the_verdict_has_changed(hospital: Hospital) -> None:
    """A result that comes meanwhile holds the dose: every page says so, and the label stays locked."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    checked(hospital)
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/release").form("/release")
    hospital.told("adams", "{at: 2026-11-25, vod: {status: suspected}}")
    page = price.goes(f"{P_9}/prepare/release")
    assert "Call the haematologist before you go on. The verdict is now: Hold today's dose." in page.text
    assert "Locked. The order no longer fits the verdict." in page.text
    with hospital.unchanged():
        page = price.sends(form)
    assert page.status == 422 and "Locked. The order no longer fits the verdict." in page.text


def test_no_other_order_changes_what_is_under_way(hospital: Hospital) -> None:
    """Ordered anew, corrected or struck: refused until it is discarded; then another worksheet begins."""
    order = ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    number = next(
        word for word in Reader(hospital, "price").goes(f"{P_9}/prepare").text.split() if word.startswith("W-")
    )
    new = "{at: 2026-11-25, ordered: {dose: 1.4 mg, cycle: 2, day: 1}}"
    right = f"{{at: 2026-11-25, corrected: {{event: {order}, with: {{ordered: {{dose: 1.4 mg, cycle: 2, day: 1}}}}}}}}"
    for said in (new, right, f"{{at: 2026-11-25, corrected: {{event: {order}}}}}"):
        with hospital.unchanged():
            assert "discard it first" in hospital.tell("adams", said).text
    hospital.told("price", f"{{at: {hospital.clinic.here().isoformat()}, discarded: {{reason: other dose}}}}")
    hospital.told("adams", new)
    page = Reader(hospital, "price").goes(f"{P_9}/prepare")
    assert page.path.endswith("/prepare/verify") and number not in page.text


def test_a_day_offers_no_order_while_one_is_under_way(hospital: Hospital) -> None:
    """Also not when the weight has changed since."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    hospital.told("adams", "{at: 2026-11-25, measured: {weight: 80 kg}}")
    assert "Sign order" not in Reader(hospital, "adams").goes(P_9).text


def test_where_no_dose_is_in_hand_the_pages_say_so(hospital: Hospital) -> None:
    """Nothing to verify, to dilute or to print."""
    price = Reader(hospital, "price")
    for page in ("verify", "vials", "reconstitute", "dilute", "check", "release"):
        assert "No dose is in hand." in price.goes(f"{P_9}/prepare/{page}").text
    assert hospital.get("price", f"{P_9}/label.pdf").status_code == 422


def test_what_was_typed_survives_a_session_that_ends(hospital: Hospital) -> None:
    """Signing in again shows the form with all that was typed, and keeps nothing by itself."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    price = Reader(hospital, "price")
    form = price.goes(f"{P_9}/prepare/dilute").form("/prepare/dilute")
    with hospital.unchanged():
        page = price.posts(form.action, "_again=1&diluted.drawn=5.68&diluted.volume=50&time=10:30")
    assert page.form("/prepare/dilute").fields["diluted.drawn"] == ["5.68"]
