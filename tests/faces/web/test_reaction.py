"""A reaction and the watch by plain forms: the grade decides what may come next, and the hour when somebody goes."""

import re

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.nursing import (
    P_9,
    finished,
    passes,
    presses,
    running,
    told,
)
from tests.faces.web.reading import Reader

INFUSION, REACTION, WATCH = (f"{P_9}/{page}" for page in ("infusion", "reaction", "watch"))
NONE = {"fever": "no", "chills": "no", "rash": "no", "dyspnoea": "no"}
MILD = {**NONE, "grade": "1", "fever": "yes", "treatment": "paracetamol"}
SEVERE = {**NONE, "grade": "3", "dyspnoea": "yes"}
AT_ONCE = 12  # touches of one tablet while another is touched too
SIGNED = {"kind": "patient", "why": "the patient has to leave", "doctor": "adams", "password.doctor": PASSWORD}
END = re.compile(r'data-from="[^"]+"( hidden)?[^>]*>End watch<')
OBSERVED = "{site: {timezone: Europe/Berlin, pharmacy_phone: '5120', observation_interval: 15 min}}"


@pytest.fixture
def brown(hospital: Hospital) -> Reader:
    """The nurse at an infusion that has just been started, half an hour after the first vial."""
    return running(hospital)


def test_a_mild_reaction_is_told_and_the_infusion_goes_on(brown: Reader) -> None:
    """Grade 1 with its symptoms; the doctor is told, and the nurse may resume."""
    presses(brown, "/infusion/stop")
    page = presses(brown, "/reaction", REACTION, **MILD)
    assert page.path == REACTION and "Grade 1 recorded at 10:30. The doctor is told." in page.text
    symptoms = {**NONE, "fever": "yes"}
    assert told(brown.hospital, "reaction") == [{"grade": "1", "symptoms": symptoms, "treatment": "paracetamol"}]
    assert "TESTCASE" in Reader(brown.hospital, "adams").goes("/today").text.partition("For others")[0]
    assert presses(brown, "/infusion/resume", REACTION).path == INFUSION


def test_a_reaction_names_its_grade_and_each_symptom(brown: Reader) -> None:
    """What was not answered is named; nothing is kept, and nothing typed is lost."""
    presses(brown, "/infusion/stop")
    form = brown.goes(REACTION).form("/reaction")
    assert form.choices["grade"] == ["1", "2", "3", "4"]
    with brown.hospital.unchanged():
        page = brown.sends(form, fever="yes", treatment="oxygen")
    assert page.status == 422 and page.title.startswith("Error:")
    for said in ("Grade", "Chills", "Rash", "Dyspnoea"):
        assert f"Fill in this field: {said}." in page.text
    assert page.form("/reaction").fields["treatment"] == ["oxygen"]


def test_a_severe_reaction_ends_treatment(brown: Reader) -> None:
    """Asked once more, then how much went in: the dose is what went in, and nothing can start it again."""
    brown.hospital.clock.on(minutes=14)
    presses(brown, "/infusion/stop")
    with brown.hospital.unchanged():
        sure = presses(brown, "/reaction", REACTION, **SEVERE)
        assert (
            sure.status == 200
            and "Stop treatment for good?" in sure.text
            and "grade 3 or more ends treatment" in sure.text
        )
        back = brown.sends(next(form for form in sure.forms if "_again" in form.fields))
        assert back.form("/reaction").fields["grade"] == ["3"]
    go = brown.sends(next(form for form in sure.forms if "sure" in form.fields)).form("/infusion/end")
    with brown.hospital.unchanged():
        for volume, why in (("", "Type the volume"), ("51", "The bag holds 50 mL"), ("lots", "Type the volume")):
            assert why in brown.sends(go, volume=volume).text
    page = brown.sends(go, volume="11.7")
    assert page.path == WATCH and "until 11:44" in page.text and "Grade 3 recorded at 10:44." in page.text
    assert told(brown.hospital, "infusion")[-1] == {"state": "abandoned", "volume": "11.7 mL"}
    assert told(brown.hospital, "given")[-1] == {"dose": "0.33 mg", "cycle": "2", "day": "1"}
    assert told(brown.hospital, "reaction")[-1]["grade"] == "3"
    assert brown.goes(INFUSION).path == WATCH and "Resume" not in page.text
    assert brown.hospital.clinic.decision("P-9").verdict == "stop"
    today = Reader(brown.hospital, "adams").goes("/today").text
    assert "TESTCASE" in today.partition("For others")[0]


def test_a_severe_reaction_before_anything_went_in_ends_treatment_too(brown: Reader) -> None:
    """No dose is told of; the verdict is to stop, until the grade is corrected with a reason."""
    presses(brown, "/infusion/stop")
    before = len(told(brown.hospital, "given"))
    sure = presses(brown, "/reaction", REACTION, **SEVERE)
    asked = brown.sends(next(form for form in sure.forms if "sure" in form.fields))
    page = brown.sends(asked.form("/infusion/end"), volume="0")
    assert page.path == WATCH and len(told(brown.hospital, "given")) == before
    assert brown.hospital.clinic.decision("P-9").verdict == "stop"
    adams = Reader(brown.hospital, "adams")
    correction = adams.goes(adams.goes(WATCH).links["Correct it"])
    adams.sends(correction.form(correction.path), why="it was grade 2, seen again")
    assert brown.hospital.clinic.decision("P-9").verdict != "stop"


@pytest.mark.parametrize(
    ("volume", "dose"), [("0", None), ("0.1", None), ("0.2", "0.01 mg"), ("25", "0.71 mg"), ("50", "1.42 mg")]
)
def test_an_infusion_that_is_ended_gave_what_went_in(brown: Reader, volume: str, dose: str | None) -> None:
    """Of 1.42 mg in 50 mL, exact and rounded half-up; where that is nothing no dose is told."""
    presses(brown, "/infusion/pause")
    before = len(told(brown.hospital, "given"))
    page = presses(brown, "/infusion/end", f"{INFUSION}/end", volume=volume)
    assert page.path == WATCH
    assert told(brown.hospital, "infusion")[-1] == {"state": "abandoned", "volume": f"{volume} mL"}
    given = told(brown.hospital, "given")[before:]
    assert given == ([] if dose is None else [{"dose": dose, "cycle": "2", "day": "1"}])


def test_the_watch_unlocks_when_its_time_is_over(brown: Reader) -> None:
    """Not a second before; then it ends, and no dose is in hand."""
    page = finished(brown)
    form = page.form("/watch/end")
    assert "End watch is locked until 12:30" in page.text and END.findall(page.html) == [" hidden"]
    passes(brown.hospital, 60)
    brown.hospital.clock.on(seconds=-1)
    with brown.hospital.unchanged():
        early = brown.sends(form)
    assert early.status == 422 and "Wait until 12:30" in early.text
    brown.hospital.clock.on(seconds=1)
    page = brown.goes(WATCH)
    assert "is locked" not in page.text and "Time is up" in page.text and "End before the time" not in page.text
    assert END.findall(page.html) == [""]
    brown.sends(page.form("/watch/end"))
    assert told(brown.hospital, "watch_ended") == [{}]
    assert "No dose is in hand" in brown.goes(WATCH).text


def test_an_early_end_is_a_haematologists(brown: Reader) -> None:
    """Who signs with kind, reason, name and password; both are told under that account."""
    form = finished(brown).form("/watch/early")
    with brown.hospital.unchanged():
        for wrong, why in (
            ({"doctor": "young"}, "Let a haematologist sign"),
            ({"password.doctor": ""}, "The name or password is not right"),
            ({"why": ""}, "Say why"),
            ({"kind": []}, "Choose the kind of reason"),
        ):
            page = brown.sends(form, {**SIGNED, **wrong})
            assert page.status == 422 and why in page.text, (wrong, page.text)
    brown.sends(form, SIGNED)
    last = brown.hospital.clinic.entries("P-9")[-2:]
    assert [entry.by for entry in last] == ["adams", "adams"] and "watch_ended" in last[1].said
    assert last[0].said["overrode"] | {"why": "", "kind": ""} == {
        "clause": "observation",
        "kind": "",
        "why": "",
        "by": "Dr Adams",
    }


def test_the_watch_fills_a_dot_each_interval(brown: Reader) -> None:
    """Four of a quarter of an hour; one is filled by a look in it, and only in it."""
    hospital = brown.hospital
    hospital.clinic.amend("P-9", hospital.version(), OBSERVED, "adams", "how often somebody looks")
    finished(brown)
    for minutes in (10, 6, 14):
        hospital.clock.on(minutes=minutes)
        page = brown.goes(WATCH)
        if minutes != 10:
            page = presses(brown, "/observe", WATCH, seen="well")
    assert "by 11:45 open by 12:00 done by 12:15 open by 12:30 open" in page.text


def test_what_was_said_before_going_home_is_kept(brown: Reader) -> None:
    """What was ticked is told; it stays ticked for the next nurse; an empty list is none."""
    form = finished(brown).form("/watch/list")
    with brown.hospital.unchanged():
        assert "Tick what is done." in brown.sends(form).text
    brown.sends(form, topics=["signs", "phone"])
    assert told(brown.hospital, "counselled") == [{"topics": ["signs", "phone"]}]
    assert Reader(brown.hospital, "young").goes(WATCH).form("/watch/list").fields["topics"] == ["signs", "phone"]


def test_what_was_said_at_an_earlier_dose_is_to_be_said_again(brown: Reader) -> None:
    """Nothing of the day before is ticked."""
    brown.hospital.told("young", "{at: 2026-11-24, counselled: {topics: [signs]}}")
    assert "topics" not in finished(brown).form("/watch/list").fields


def test_a_reaction_during_the_watch(brown: Reader) -> None:
    """A mild one is told and the watch goes on; a severe one ends treatment, and no volume is asked."""
    finished(brown)
    page = presses(brown, "/reaction", REACTION, **MILD)
    assert page.path == WATCH and told(brown.hospital, "reaction")[-1]["grade"] == "1"
    sure = presses(brown, "/reaction", REACTION, **SEVERE)
    assert "Stop treatment for good?" in sure.text
    go = next(form for form in sure.forms if "sure" in form.fields)
    assert "volume" not in go.names
    assert brown.sends(go).path == WATCH
    assert brown.hospital.clinic.decision("P-9").verdict == "stop"
    assert told(brown.hospital, "given")[-1]["dose"] == "1.42 mg"


def test_a_sign_in_that_ends_in_mid_form_loses_nothing(brown: Reader) -> None:
    """A reaction that was typed is there again after signing in."""
    presses(brown, "/infusion/stop")
    form, stranger = brown.goes(REACTION).form("/reaction"), Reader(brown.hospital, None)
    with brown.hospital.unchanged():
        page = stranger.sends(form, MILD)
        back = stranger.sends(page.form("/sign-in"), name="brown", password=PASSWORD)
        again = brown.sends(back.form("/reaction"))
        assert again.form("/reaction").fields["treatment"] == ["paracetamol"]
    brown.sends(again.form("/reaction"))
    assert told(brown.hospital, "reaction")[-1]["grade"] == "1"
