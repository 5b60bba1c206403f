"""The second nurse looks for herself: another person, own scans, an own reading, and nothing of the first before."""

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
    starts,
    state,
    told,
    worksheet,
)
from tests.faces.web.reading import Reader

from oncourse.record.checks import BAG

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


def test_two_who_were_each_first_somewhere_need_a_third(brown: Reader) -> None:
    """One has scanned, the other has read the pump: neither is a second pair of eyes for both."""
    page = scans(brown, brown.goes(START), NUMBER, worksheet(brown.hospital))
    young = Reader(brown.hospital, "young")
    young.sends(young.goes(START).form("/start/pump"), rate=RATE)
    with brown.hospital.unchanged():
        page = seconds(brown, second="young", password=PASSWORD)
    assert page.status == 422 and "The second check is never the same person's" in page.text
    page = seconds(brown, second="clark", password=PASSWORD)
    assert "Dr Clark" in page.text and state(page, "Second nurse", True)


def test_the_second_nurse_sees_nothing_of_the_first(young: Reader) -> None:
    """The values are hidden until both agree, and a second check without own scans is none."""
    page = young.goes(START)
    assert "Recorded, hidden from the second nurse" in page.text
    assert "matches" not in page.text and "50 mL per hour" not in page.text
    with young.hospital.unchanged():
        page = young.sends(page.form("/start/second"), own_rate=RATE)
    assert page.status == 422 and "Scan wristband and bag label, both yourself." in page.text


def test_a_second_scan_that_was_made_up_is_none(young: Reader) -> None:
    """What stands hidden in the form must be this patient's and this bag's."""
    form, bag = young.goes(START).form("/start/second"), worksheet(young.hospital)
    for made_up in ({"patient": "0009999", "bag": bag}, {"patient": NUMBER, "bag": "W-AAAA-BBBB-1"}):
        with young.hospital.unchanged():
            page = young.sends(form, own_rate=RATE, **made_up)
        assert page.status == 422 and "Scan wristband and bag label, both yourself." in page.text


def test_a_second_reading_that_differs_gives_nothing_away(young: Reader) -> None:
    """It is read again; neither the right rate nor the first one's is said."""
    with young.hospital.unchanged():
        page = seconds(young, own_rate="60")
    assert page.status == 422 and "Read the pump again. Your value differs from the worksheet." in page.text
    fault = page.text.partition("Nothing was saved.")[2].partition("Start the infusion")[0]
    assert "50" not in fault.replace("1.42 mg in 50 mL", "")


def test_when_two_differ_both_look_again(hospital: Hospital) -> None:
    """A small dose runs in its hour too. Which row differs is shown, no value and nobody's name; both anew."""
    small(hospital)
    brown, young = Reader(hospital, "brown"), Reader(hospital, "young")
    assert "Set the pump to 20 mL per hour." in brown.goes(START).text
    assert "0.4 mg in 20 mL" in prepares(brown, rate="20").text
    pump = f"{{at: {hospital.clock.at.isoformat()}, checked: {{point: pump, rate: 25 mL/h}}}}"
    assert hospital.tell("brown", pump).status_code == 201  # by another program, which knows no rate
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


def test_two_who_scanned_different_wristbands_scan_again(young: Reader) -> None:
    """Nothing of the scans is done then; the first nurse's new ones count."""
    hospital, bag = young.hospital, worksheet(young.hospital)
    entries = [entry.said for entry in hospital.clinic.entries("P-9")]
    first = next(said["id"] for said in entries if said.get("checked", {}).get("point") == BAG)
    now = hospital.clinic.here(hospital.clinic.course("P-9").course).isoformat()
    hospital.told("young", f"{{at: {now}, checked: {{point: bag, first: {first}, patient: '0009999', bag: {bag}}}}}")
    page = young.goes(START)
    assert state(page, "Bag label scanned", False) and not starts(page)
    brown = Reader(hospital, "brown")
    assert state(scans(brown, brown.goes(START), NUMBER, bag), "Bag label scanned", True)


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
