"""Before the infusion: six things ready, two people who each look for themselves, and a start that stays locked."""

from datetime import timedelta

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.nursing import (
    DRUGS,
    NUMBER,
    P_9,
    RATE,
    VITALS,
    passes,
    prepares,
    released,
    released_again,
    scans,
    seconds,
    starts,
    state,
    told,
    worksheet,
)
from tests.faces.web.reading import Reader

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


def test_a_scan_of_another_bag_or_patient_counts_no_more(brown: Reader) -> None:
    """The page was open while the bag was discarded and another released: neither is done, nor kept in the form."""
    old = scans(brown, brown.goes(START), worksheet(brown.hospital))
    gone = worksheet(brown.hospital)
    released_again(brown.hospital)
    with brown.hospital.unchanged():
        page = scans(brown, old, NUMBER)
    assert state(page, "Wristband scanned", True) and state(page, "Bag label scanned", False)
    assert gone not in page.html and page.form("/start/scan").fields["bag"] == [""]
    with brown.hospital.unchanged():
        other = brown.sends(page.form("/start/scan"), patient="0009999", scan=worksheet(brown.hospital))
    assert state(other, "Wristband scanned", False) and state(other, "Bag label scanned", True)
    assert "0009999" not in other.html


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


@pytest.mark.parametrize(
    ("at", "said"), [("09:59", "vitals: {pulse: 72 per min}"), ("10:30", "symptoms: {fever: false}")]
)
def test_an_observation_of_something_else_is_none_before_the_start(brown: Reader, at: str, said: str) -> None:
    """Vital signs from before the first vial, or symptoms without vital signs, leave it to do."""
    brown.hospital.told("brown", f"{{at: 2026-11-25T{at}:00+01:00, observed: {{{said}}}}}")
    assert state(brown.goes(START), "Observations", False)


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


def test_treatment_that_was_stopped_meanwhile_locks_the_start(young: Reader) -> None:
    """Though somebody has done what the verdict says, the order is none of it."""
    assert starts(seconds(young))
    young.hospital.told("adams", "{at: 2026-11-25, stopped: {reason: the patient wishes so}}")
    page = young.goes(START)
    assert not starts(page) and "The order no longer fits the verdict." in page.text


def test_an_order_goes_on_over_midnight(hospital: Hospital) -> None:
    """What was ordered in the evening is what hangs there at night: the new day alone changes no verdict."""
    released(hospital, zone="Pacific/Auckland")  # half past ten in the evening
    passes(hospital, 100)
    page = Reader(hospital, "brown").goes(START)
    assert hospital.clinic.here(hospital.clinic.course("P-9").course).day == 26
    assert page.path == START and "by 05:00" in page.text
    assert "The order no longer fits the verdict." not in page.text and "The verdict is now" not in page.text


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


def test_a_start_without_observations_is_refused(brown: Reader) -> None:
    """The record does not ask for them, the page does; also of a form that was made up."""
    page = scans(brown, brown.goes(START), NUMBER, worksheet(brown.hospital))
    page = brown.sends(page.form("/start/premedication"), DRUGS)
    brown.sends(page.form("/start/pump"), rate=RATE)
    page = seconds(Reader(brown.hospital, "young"))
    assert "5 of 6 ready" in page.text and not starts(page)
    form = page.form("/start/observations")
    with brown.hospital.unchanged():
        sent = brown.posts(f"{START}/begin", f"version={form.fields['version'][0]}&key=made-up")
    assert sent.status == 422 and "Do these first: Observations." in sent.text


def test_a_verdict_that_changed_since_the_order_locks_the_start(young: Reader) -> None:
    """New results forbid the dose: every page of it says so, and nobody starts it."""
    assert starts(seconds(young))
    young.hospital.told("adams", "{at: 2026-11-25, labs: {bilirubin: 1.7 ULN}}")
    page = young.goes(START)
    assert not starts(page) and "Call the haematologist. The order no longer fits the verdict." in page.text
    assert "The verdict is now: Hold today's dose." in page.text


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
