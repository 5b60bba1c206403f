"""Before the infusion: six things ready, two people who each look for themselves, and a start that stays locked."""

from datetime import timedelta

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.nursing import (
    DRUGS,
    HALF_AN_HOUR,
    NUMBER,
    P_9,
    RATE,
    VITALS,
    prepares,
    released,
    scans,
    seconds,
    small,
    told,
    worksheet,
)
from tests.faces.web.reading import Page, Reader

START = f"{P_9}/start"
SIGNED = {"kind": "clinical", "why": "nobody else is on the ward", "doctor": "adams", "password.doctor": PASSWORD}


@pytest.fixture
def brown(hospital: Hospital) -> Reader:
    """The first nurse, at a bag that has just come."""
    released(hospital)
    return Reader(hospital, "brown")


@pytest.fixture
def young(brown: Reader) -> Reader:
    """The second nurse, after the first has done everything."""
    prepares(brown)
    return Reader(brown.hospital, "young")


def starts(page: Page) -> bool:
    """Whether the start is offered."""
    return any(form.action.endswith("/start/begin") for form in page.forms)


def state(page: Page, row: str, done: bool) -> bool:
    """Whether the ready list says so of a row."""
    after = page.text.partition(" ready ")[2].partition(row)[2]
    return min((place, said) for said in ("Done", "To do") if (place := after.find(said)) >= 0)[1] == (
        "Done" if done else "To do"
    )


def test_from_the_bag_to_the_start(brown: Reader) -> None:
    """Two scans, premedication, observations, the pump; a second nurse on a screen of their own; then one button."""
    page = brown.goes(START)
    assert "0 of 6 ready" in page.text and "by 17:00" in page.text and not starts(page)
    assert "Before you start · inotuzumab ozogamicin 1.42 mg in 50 mL" in page.text
    done = prepares(brown)
    assert "5 of 6 ready" in done.text and "Do next: Second nurse" in done.text and not starts(done)
    after = seconds(Reader(brown.hospital, "young"))
    assert "6 of 6 ready" in after.text and "Nurse Young 10:30" in after.text
    running = brown.sends(brown.goes(START).form("/start/begin"))
    assert running.path == f"{P_9}/infusion" and "Infusion running" in running.text
    assert told(brown.hospital, "infusion") == [{"state": "started", "rate": "50 mL/h", "volume": "50 mL"}]
    assert {"point": "bag", "patient": NUMBER, "bag": worksheet(brown.hospital)} in told(brown.hospital, "checked")
    assert {"point": "pump", "rate": "50 mL/h"} in told(brown.hospital, "checked")
    assert brown.goes(START).path == f"{P_9}/infusion"


def test_a_wristband_of_another_patient_stops_everything(brown: Reader) -> None:
    """Whose it is and whose was expected; nothing is kept, and there is no way but back."""
    brown.hospital.clinic.open(
        "{oncourse: 1, protocol: inotuzumab-ozogamicin, patient: {id: P-10, born: 1960-01-01}, events: []}",
        "clerk",
        who="{name: 'OTHER, Bruno', identifiers: [{system: MRN, value: '000 9999'}]}",
    )
    with brown.hospital.unchanged():
        page = scans(brown, brown.goes(START), "0009999")
        assert page.status == 422 and page.title.startswith("Error: Wrong patient")
        assert "Scanned: 0009999, OTHER, Bruno." in page.text and "Expected: TESTCASE, Ada, 0004417." in page.text
        assert page.links == {"Back": START} and page.forms == [] and "autofocus" in page.html
        nobody = scans(brown, brown.goes(START), "123")
        assert "Scanned: 123, nobody on record here." in nobody.text


def test_another_bag_stops_everything(brown: Reader) -> None:
    """A worksheet's number that is not this one's."""
    with brown.hospital.unchanged():
        page = scans(brown, scans(brown, brown.goes(START), NUMBER), "w-aaaa-bbbb-1")
    assert page.status == 422 and "Wrong bag" in page.title
    assert "Scanned: w-aaaa-bbbb-1." in page.text and f"Expected: {worksheet(brown.hospital)}." in page.text


def test_one_box_knows_what_was_scanned(brown: Reader) -> None:
    """In either order, with what scanners add; nothing is kept before both, and an empty scan is told."""
    with brown.hospital.unchanged():
        page = scans(brown, brown.goes(START), f"]C191{worksheet(brown.hospital)}")
        assert state(page, "Bag label scanned", True) and state(page, "Wristband scanned", False)
        empty = brown.sends(page.form("/start/scan"), scan=" ")
        assert empty.status == 422 and "Scan the wristband or the bag label." in empty.text
    after = scans(brown, empty, "000 4417")
    assert state(after, "Wristband scanned", True) and "2 of 6 ready" in after.text
    assert told(brown.hospital, "checked")[-1]["patient"] == NUMBER


def test_a_scan_that_was_made_up_is_none(brown: Reader) -> None:
    """What stands hidden in the form is compared again: another number there is no second scan."""
    form = brown.goes(START).form("/start/scan")
    with brown.hospital.unchanged():
        page = brown.sends(form, scan=NUMBER, bag="W-AAAA-BBBB-1")
    assert state(page, "Wristband scanned", True) and not told(brown.hospital, "checked")[2:]


def test_a_missing_antihistamine_is_named(brown: Reader) -> None:
    """What was typed is kept, what is missing is named on the list, and the start stays locked for it."""
    form = brown.goes(START).form("/start/premedication")
    two = {name: at for name, at in DRUGS.items() if "antihistamine" not in name}
    page = brown.sends(form, two)
    assert "missing: Antihistamine" in page.text and state(page, "Premedication", False)
    assert told(brown.hospital, "premedicated") == [{"corticosteroid": "10:05", "antipyretic": "10:05"}]
    brown.sends(page.form("/start/premedication"), {"premedicated.antihistamine": "10:10"})
    page = brown.goes(START)
    assert "Antihistamine 10:10" in page.text and state(page, "Premedication", True)


@pytest.mark.parametrize(("said", "why"), [("25:00", "Write the time"), ("10:31", "later than now"), ("", "Type")])
def test_a_time_that_cannot_be_is_told(brown: Reader, said: str, why: str) -> None:
    """No clock shows it, or it has not come yet, or there is none; everything typed is kept."""
    form = brown.goes(START).form("/start/premedication")
    with brown.hospital.unchanged():
        page = brown.sends(form, {"premedicated.antipyretic": said})
    assert page.status == 422 and why in page.text and page.title.startswith("Error:")
    assert page.form("/start/premedication").fields["premedicated.antipyretic"] == [said]


def test_observations_are_all_typed(brown: Reader) -> None:
    """Each that is missing is named; they are kept with their units."""
    form = brown.goes(START).form("/start/observations")
    with brown.hospital.unchanged():
        page = brown.sends(form, {**VITALS, "vitals.pulse": ""})
    assert "Fill in this field: Pulse." in page.text
    page = brown.sends(page.form("/start/observations"), {"vitals.pulse": "72", "vitals.temperature.unit": "°F"})
    assert state(page, "Observations", True)
    assert told(brown.hospital, "observed")[-1]["vitals"] == {
        "temperature": "37.1 °F",
        "pulse": "72 per min",
        "blood_pressure": "118/74 mmHg",
        "oxygen_saturation": "96 %",
    }


def test_the_pump_is_set_to_the_worksheet(brown: Reader) -> None:
    """Another rate is a fault beside its field; ten times it, or a tenth, stops everything."""
    form = brown.goes(START).form("/start/pump")
    with brown.hospital.unchanged():
        other = brown.sends(form, rate="60")
        assert other.status == 422 and "Set the pump to the rate of the worksheet" in other.text
        for slip in ("500", "5"):
            page = brown.sends(form, rate=slip)
            assert page.status == 422 and "Check the decimal point" in page.title and page.links == {"Back": START}
        none = brown.sends(form, rate="fifty")
        assert "Type the rate in digits" in none.text


def test_the_first_nurse_cannot_be_the_second(young: Reader) -> None:
    """Neither signed in, nor with the own name and password; nor does a wrong password do."""
    brown, number = Reader(young.hospital, "brown"), worksheet(young.hospital)
    page = scans(brown, brown.goes(START), NUMBER, number)
    form = page.form("/start/second")
    with young.hospital.unchanged():
        for name, password, why in (
            ("", "", "The name or password is not right"),
            ("brown", PASSWORD, "The second check is never the same person's"),
            ("young", "wrong", "The name or password is not right"),
            ("ellis", PASSWORD, "Let somebody sign whose task this is"),
        ):
            said = {"own_rate": RATE, "second": name, "password": password}
            page = brown.sends(form, said)
            assert page.status == 422 and why in page.text, page.text
            assert page.form("/start/second").fields["own_rate"] == [RATE]
    page = seconds(brown, second="young", password=PASSWORD)
    assert "6 of 6 ready" in page.text and "Nurse Young" in page.text
    second = [entry for entry in young.hospital.clinic.entries("P-9") if "first" in entry.said.get("checked", {})][-2:]
    assert [entry.by for entry in second] == ["young", "young"]


def test_the_second_nurse_sees_nothing_of_the_first(young: Reader) -> None:
    """The values are hidden until both agree, and a second check without own scans is none."""
    page = young.goes(START)
    assert "Recorded, hidden from the second nurse" in page.text
    assert "matches" not in page.text and "50 mL per hour Done" not in page.text
    with young.hospital.unchanged():
        page = young.sends(page.form("/start/second"), own_rate=RATE)
    assert page.status == 422 and "Scan wristband and bag label, both yourself." in page.text


def test_a_second_reading_that_differs_gives_nothing_away(young: Reader) -> None:
    """It is read again; neither the right rate nor the first one's is said."""
    with young.hospital.unchanged():
        page = seconds(young, own_rate="60")
    assert page.status == 422 and "Read the pump again. Your value differs from the worksheet." in page.text
    fault = page.text.partition("Nothing was saved.")[2].partition("Start the infusion")[0]
    assert "50" not in fault.replace("1.42 mg in 50 mL", "")


def test_when_two_differ_both_look_again(hospital: Hospital) -> None:
    """A small dose has no rate of the worksheet. Which row differs is shown, no value and nobody's name; both anew."""
    small(hospital)
    brown, young = Reader(hospital, "brown"), Reader(hospital, "young")
    assert "Set the pump by the site table for small doses." in brown.goes(START).text
    assert "0.4 mg in 20 mL" in prepares(brown, rate="25").text
    page = seconds(young, own_rate="20")
    listed = page.text.partition(" ready ")[2].partition("Do next")[0]
    assert "Pump rate Not recorded Differs" in listed and "Look again, both of you" in listed
    assert not {"25", "20 mL"} & set(listed.split()) and "Brown" not in listed and not starts(page)
    page = brown.sends(page.form("/start/pump"), rate="20")
    assert "Do next: Second nurse" in page.text and not starts(page)
    page = seconds(young, own_rate="20")
    assert starts(page)
    young.sends(page.form("/start/begin"))
    assert told(hospital, "infusion") == [{"state": "started", "rate": "20 mL/h", "volume": "20 mL"}]


def test_treatment_that_was_stopped_meanwhile_locks_the_start(young: Reader) -> None:
    """Though somebody has done what the verdict says, the order is none of it."""
    assert starts(seconds(young))
    young.hospital.told("adams", "{at: 2026-11-25, stopped: {reason: the patient wishes so}}")
    page = young.goes(START)
    assert not starts(page) and "The order no longer fits the verdict." in page.text


def test_too_late_to_end_in_time(hospital: Hospital) -> None:
    """Everything is ready, but it cannot end in 8 hours: locked, with the limit and whom to call."""
    released(hospital, timedelta(hours=6, minutes=58))
    brown = Reader(hospital, "brown")
    prepares(brown)
    ready = seconds(Reader(hospital, "young"))
    assert starts(ready)
    form = ready.form("/start/begin")
    hospital.clock.on(minutes=2)
    assert starts(brown.goes(START)), "the last moment is in time"
    hospital.clock.on(seconds=1)
    page = brown.goes(START)
    assert not starts(page) and "Start infusion is locked" in page.text
    assert "Do not start. It cannot end by 11:32, 8 hours after the first vial. Call pharmacy. Call pharmacy 5120." in (
        page.text
    )
    with hospital.unchanged():
        refused = brown.sends(form)
    assert refused.status == 422 and "Do not start. It cannot end by 11:32" in refused.text


def test_the_start_is_refused_whatever_a_form_says(brown: Reader) -> None:
    """A form that was made up starts nothing: what is missing is named."""
    form = brown.goes(START).form("/start/scan")
    with brown.hospital.unchanged():
        sent = brown.posts(f"{START}/begin", f"version={form.fields['version'][0]}&key=made-up")
    assert sent.status == 422 and "Do these first: Wristband scanned, Bag label scanned, Premedication" in sent.text


def test_a_verdict_that_changed_since_the_order_locks_the_start(young: Reader) -> None:
    """New results forbid the dose: every page of it says so, and nobody starts it."""
    assert starts(seconds(young))
    young.hospital.told("adams", "{at: 2026-11-25, labs: {bilirubin: 1.7 ULN}}")
    page = young.goes(START)
    assert not starts(page) and "Call the haematologist. The order no longer fits the verdict." in page.text
    assert "The verdict is now: Hold today's dose." in page.text


@pytest.mark.parametrize(
    ("clause", "label", "ago"),
    [
        ("second-check", "Start without a second nurse", HALF_AN_HOUR),
        ("premedication", "Start without all premedication", HALF_AN_HOUR),
        ("start-by", "Start although it cannot end in time", timedelta(hours=7, minutes=10)),
    ],
)
def test_a_haematologist_signs_for_what_is_missing(hospital: Hospital, clause: str, label: str, ago: timedelta) -> None:
    """With kind, reason, name and password on the nurse's screen; told under that account, and then it starts."""
    released(hospital, ago)
    brown = Reader(hospital, "brown")
    page = scans(brown, brown.goes(START), NUMBER, worksheet(hospital))
    page = brown.sends(page.form("/start/observations"), VITALS)
    page = brown.sends(page.form("/start/pump"), rate=RATE)
    if clause != "premedication":
        page = brown.sends(page.form("/start/premedication"), DRUGS)
    if clause != "second-check":
        seconds(Reader(hospital, "young"))
    page = brown.goes(START)
    assert not starts(page) and label in page.text
    form = page.form("/start/otherwise")
    with hospital.unchanged():
        for wrong, why in (
            ({"doctor": "brown"}, "Let a haematologist sign"),
            ({"doctor": "price"}, "Let a haematologist sign"),
            ({"password.doctor": "x"}, "The name or password is not right"),
            ({"why": "short"}, "Say why"),
            ({"kind": []}, "Choose the kind of reason"),
        ):
            again = brown.sends(form, {**SIGNED, "clause": clause, **wrong})
            assert again.status == 422 and why in again.text, (wrong, again.text)
    page = brown.sends(form, {**SIGNED, "clause": clause})
    assert starts(page)
    entry = hospital.clinic.entries("P-9")[-1]
    assert (entry.by, entry.said["overrode"]["clause"], entry.said["overrode"]["by"]) == ("adams", clause, "Dr Adams")
    assert brown.sends(page.form("/start/begin")).path == f"{P_9}/infusion"


def test_what_need_not_be_overridden_cannot_be(young: Reader) -> None:
    """Only what stands in the way now is offered."""
    form = Reader(young.hospital, "brown").goes(START).form("/start/otherwise")
    assert form.choices["clause"] == ["second-check"]
    with young.hospital.unchanged():
        page = Reader(young.hospital, "brown").sends(form, {**SIGNED, "clause": "end-by"})
    assert page.status == 422 and "Choose what is decided otherwise." in page.text


def test_a_double_tap_starts_once(young: Reader) -> None:
    """The second tap comes a moment later, and leads to the running infusion."""
    form = seconds(young).form("/start/begin")
    first = young.sends(form)
    young.hospital.clock.on(seconds=1)
    second = young.sends(form)
    assert first.path == second.path == f"{P_9}/infusion"
    assert len(told(young.hospital, "infusion")) == 1


def test_a_double_tap_on_a_form_is_kept_once(brown: Reader) -> None:
    """Though the moment is another one."""
    form = brown.goes(START).form("/start/observations")
    for _ in range(2):
        assert brown.sends(form, VITALS).status == 200
        brown.hospital.clock.on(seconds=1)
    assert len(told(brown.hospital, "observed")) == 1


def test_two_nurses_at_once(brown: Reader) -> None:
    """The second is told what the first did, and loses nothing typed."""
    form = brown.goes(START).form("/start/observations")
    young = Reader(brown.hospital, "young")
    young.sends(young.goes(START).form("/start/premedication"), DRUGS)
    with brown.hospital.unchanged():
        page = brown.sends(form, VITALS)
    assert page.status == 409 and "Nurse Young told at" in page.text and "premedication" in page.text
    assert page.form("/start/observations").fields["vitals.pulse"] == ["72"]
    assert state(brown.sends(page.form("/start/observations")), "Observations", True)


def test_a_sign_in_that_ends_in_mid_form_loses_nothing(brown: Reader) -> None:
    """Sign in again, go back to the form with everything in it, send it: only then is it kept."""
    form = brown.goes(START).form("/start/observations")
    stranger = Reader(brown.hospital, None)
    with brown.hospital.unchanged():
        page = stranger.sends(form, VITALS)
        back = stranger.sends(page.form("/sign-in"), name="brown", password=PASSWORD)
        again = brown.sends(back.form("/start/observations"))
        assert again.form("/start/observations").fields["vitals.blood_pressure"] == ["118/74"]
    assert state(brown.sends(again.form("/start/observations")), "Observations", True)


@pytest.mark.parametrize("page", ["start", "infusion", "reaction", "watch"])
def test_without_a_dose_in_hand_there_is_nothing_to_do(hospital: Hospital, page: str) -> None:
    """Every page of it says so."""
    shown = Reader(hospital, "brown").goes(f"{P_9}/{page}")
    assert shown.status == 200 and "Nothing to do here. No dose is in hand." in shown.text


def test_every_page_leads_to_the_step_that_is_next(brown: Reader) -> None:
    """Whoever comes by an old link is at the right page."""
    for page in ("infusion", "reaction", "watch"):
        assert brown.goes(f"{P_9}/{page}").path == START


def test_whoever_only_reads_sees_no_forms(brown: Reader) -> None:
    """An auditor and a pharmacist see the list, and nothing to press."""
    for who in ("ellis", "price"):
        page = Reader(brown.hospital, who).goes(START)
        assert "0 of 6 ready" in page.text and not [form for form in page.forms if "/start/" in form.action]
