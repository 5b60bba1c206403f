"""The infusion, a reaction and the watch by plain forms: one touch each, undone where it was wrong, never too late."""

import re
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.nursing import (
    NUMBER,
    P_9,
    finished,
    passes,
    presses,
    running,
    told,
)
from tests.faces.web.reading import Form, Reader

INFUSION, REACTION, WATCH = (f"{P_9}/{page}" for page in ("infusion", "reaction", "watch"))
NONE = {"fever": "no", "chills": "no", "rash": "no", "dyspnoea": "no"}
MILD = {**NONE, "grade": "1", "fever": "yes", "treatment": "paracetamol"}
SEVERE = {**NONE, "grade": "3", "dyspnoea": "yes"}
AT_ONCE = 12  # touches of one tablet while another is touched too
SIGNED = {"kind": "patient", "why": "the patient has to leave", "doctor": "adams", "password.doctor": PASSWORD}
OBSERVED = "{site: {timezone: Europe/Berlin, pharmacy_phone: '5120', observation_interval: 15 min}}"


@pytest.fixture
def brown(hospital: Hospital) -> Reader:
    """The nurse at an infusion that has just been started, half an hour after the first vial."""
    return running(hospital)


def test_the_infusion_shows_four_clocks_and_three_buttons(brown: Reader) -> None:
    """Drug and dose per volume, each limit as a time on the wall, the rate, and what can be done with one touch."""
    brown.hospital.clock.on(minutes=7, seconds=30)
    page = brown.goes(INFUSION)
    for said in (
        "Infusion running · inotuzumab ozogamicin 1.42 mg in 50 mL",
        "Diluted at 10:00",
        "by 18:00",
        "52 min 30 s by 11:30",
        "Begins with the end of the infusion",
        "50 mL per hour",
        "Infusion finished",
        "Reaction: stop infusion",
        "Pause, other reason",
    ):
        assert said in page.text, said


def test_the_dose_is_given_when_the_infusion_is_finished(brown: Reader) -> None:
    """Both are told at once, at the server's time; then the patient is watched for an hour from then."""
    page = finished(brown)
    assert page.path == WATCH and "until 12:30" in page.text
    assert told(brown.hospital, "infusion")[-1] == {"state": "finished"}
    assert told(brown.hospital, "given")[-1] == {"dose": "1.42 mg", "cycle": "2", "day": "1"}
    last = brown.hospital.clinic.entries("P-9")[-2:]
    assert last[0].batch == last[1].batch and last[0].said["at"] == "2026-11-25T11:30:00+01:00"


def test_finished_before_its_time_is_asked_once(brown: Reader) -> None:
    """By how much; no goes on, yes is kept. Minutes of a pause are no minutes of the infusion."""
    brown.hospital.clock.on(minutes=5)
    presses(brown, "/infusion/pause")
    brown.hospital.clock.on(minutes=10)
    presses(brown, "/infusion/resume")
    passes(brown.hospital, 34)
    brown.hospital.clock.on(seconds=30)
    with brown.hospital.unchanged():
        page = presses(brown, "/infusion/finish")
    assert page.status == 200 and "21 min early. Is the bag empty?" in page.text
    assert page.links["No, go on"] == INFUSION
    after = brown.sends(next(form for form in page.forms if "sure" in form.fields))
    assert after.path == WATCH


def test_a_wrong_touch_is_undone(brown: Reader) -> None:
    """For ten seconds it is offered: both events are struck with a reason, and the infusion goes on as before."""
    page = finished(brown)
    assert "Undo, it still runs" in page.text
    brown.hospital.clock.on(seconds=9)
    page = brown.goes(WATCH)
    form = page.form("/infusion/undo")
    brown.hospital.clock.on(seconds=1)
    assert "Undo" not in brown.goes(WATCH).text
    back = brown.sends(form)
    assert back.path == INFUSION and "Infusion running" in back.text and "by 11:30" in back.text
    struck = [entry for entry in brown.hospital.clinic.entries("P-9") if "corrected" in entry.said]
    assert len(struck) == 2 and {entry.why for entry in struck} == {
        "Finished was touched by mistake, and taken back at once"
    }
    assert presses(brown, "/infusion/finish").path == WATCH


def test_a_touch_is_not_undone_later(brown: Reader) -> None:
    """Not after a minute, and not once something came after it."""
    form = finished(brown).form("/infusion/undo")
    brown.hospital.clock.on(seconds=61)
    with brown.hospital.unchanged():
        assert brown.sends(form).path == WATCH


def test_a_touch_is_not_undone_once_something_came_after(brown: Reader) -> None:
    """Somebody has looked at the patient since: that the infusion ended stands."""
    page = finished(brown)
    presses(Reader(brown.hospital, "young"), "/observe", WATCH, seen="well")
    with brown.hospital.unchanged():
        assert brown.sends(page.form("/infusion/undo")).path == WATCH
    assert "Undo" not in brown.goes(WATCH).text


def test_a_double_tap_finishes_once(brown: Reader) -> None:
    """Though the second comes a moment later."""
    passes(brown.hospital, 60)
    form = brown.goes(INFUSION).form("/infusion/finish")
    assert brown.sends(form).path == WATCH
    brown.hospital.clock.on(seconds=1)
    assert brown.sends(form).path == WATCH
    assert len(told(brown.hospital, "given")) == 2, "the dose of the course before, and this one"


def test_a_pause_counts(brown: Reader) -> None:
    """It stands still until when it can go on, then no longer; what is left to run is what was left."""
    passes(brown.hospital, 20)
    page = presses(brown, "/infusion/pause")
    assert page.path == INFUSION and "Infusion paused" in page.text and "Stopped at 10:50." in page.text
    assert "Stands still. 40 min 00 s to run." in page.text and "Resume by 17:20." in page.text
    brown.hospital.clock.on(minutes=10)
    page = presses(brown, "/infusion/resume")
    assert "Infusion running" in page.text and "40 min 00 s by 11:40" in page.text


def test_past_the_limit_a_pause_cannot_end(hospital: Hospital) -> None:
    """To the second: then it is stopped, the pharmacy is called, and a form that is sent resumes nothing."""
    brown = running(hospital, timedelta(hours=6, minutes=55))
    presses(brown, "/infusion/pause")
    hospital.clock.on(minutes=5)
    page = brown.goes(INFUSION)
    form = page.form("/infusion/resume")
    assert "Resume by 10:35." in page.text
    hospital.clock.on(seconds=1)
    page = brown.goes(INFUSION)
    assert "Stop and call pharmacy 5120. It can no longer end in time." in page.text
    assert "It will end at 11:35; the limit is 11:35" in page.text and "Cannot end in time" in page.text
    assert not [one for one in page.forms if one.action.endswith("/resume")]
    with hospital.unchanged():
        refused = brown.sends(form)
    assert refused.status == 422 and "Stop and call pharmacy 5120. It can no longer end in time." in refused.text


def test_an_alarm_is_hidden_only_until_it_is_true(hospital: Hospital) -> None:
    """Without scripts too: it is on the page before, unseen, and seen from the second after the last moment."""
    brown = running(hospital, timedelta(hours=6, minutes=55))
    presses(brown, "/infusion/pause")
    for time, seen in ((300, " hidden"), (1, "")):
        hospital.clock.on(seconds=time)
        assert re.findall(r'role="alert" data-from="[^"]+"( hidden)?>', brown.goes(INFUSION).html) == [seen]


def test_the_contradiction_speaks_at_once(hospital: Hospital) -> None:
    """Started late by a haematologist's signature: the page says when it ends, and the limit, from the first look."""
    brown = running(hospital, timedelta(hours=6, minutes=50))
    presses(brown, "/infusion/pause")
    hospital.clock.on(minutes=14)
    hospital.told("brown", "{at: 2026-11-25T10:44:00+01:00, infusion: {state: resumed}}")
    page = brown.goes(INFUSION)
    assert "Stop and call pharmacy. It will end at 11:44; the limit is 11:40" in page.text
    assert 'role="alert"' in page.html and "Cannot end in time" in page.text


@pytest.mark.parametrize("who", ["brown", "young"])
def test_one_touch_stops_for_a_reaction(brown: Reader, who: str) -> None:
    """It is recorded before anything is asked, also from a page that is older than what others told since."""
    hospital, form = brown.hospital, brown.goes(INFUSION).form("/infusion/stop")
    presses(Reader(hospital, "young"), "/observe", seen="well")
    hospital.clock.on(minutes=12)
    page = Reader(hospital, who).sends(form)
    assert page.path == REACTION and "Stopped at 10:42." in page.text
    assert told(hospital, "infusion")[-1] == {"state": "paused"}
    assert Reader(hospital, who).sends(form).path == REACTION, "a second tap does no more"
    assert len(told(hospital, "infusion")) == 2


def test_observations_are_one_touch(brown: Reader) -> None:
    """Well says no to every symptom, a symptom says yes to it; when the next is due is said where the site says so."""
    hospital = brown.hospital
    hospital.clinic.amend("P-9", hospital.version(), OBSERVED, "adams", "how often somebody looks")
    assert "Observations: next by 10:45" in brown.goes(INFUSION).text
    hospital.clock.on(minutes=10)
    page = presses(brown, "/observe", seen="well")
    assert "10:40 Well, no symptoms" in page.text and "next by 10:55" in page.text
    page = presses(brown, "/observe", seen="rash")
    assert "10:40 Rash" in page.text
    assert told(hospital, "observed")[-2:] == [{"symptoms": NONE}, {"symptoms": {"rash": "yes"}}]
    with hospital.unchanged():
        assert presses(brown, "/observe", seen="what nobody asks").path == INFUSION


def test_nothing_is_lost_when_two_touch_at_once(brown: Reader) -> None:
    """Two tablets, each with its own observations, again and again: every one is kept."""
    hospital = brown.hospital
    before = len(told(hospital, "observed"))

    readers = [Reader(Hospital(hospital.address, hospital.keys, hospital.clock), who) for who in ("brown", "young")]
    forms = [reader.goes(INFUSION).form("/observe") for reader in readers]  # each service is made by one thread

    def touches(reader: Reader, form: Form) -> None:
        for number in range(AT_ONCE):
            reader.sends(replace(form, fields={**form.fields, "key": [f"{reader.who} {number}"]}), seen="well")

    threads = [Thread(target=touches, args=pair) for pair in zip(readers, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told(hospital, "observed")) == before + 2 * AT_ONCE


def test_a_stop_is_kept_by_whoever_must_sign_in_first(brown: Reader) -> None:
    """The touch is not asked for once more: it is recorded as soon as it is known whose it was."""
    form, stranger = brown.goes(INFUSION).form("/infusion/stop"), Reader(brown.hospital, None)
    back = stranger.sends(stranger.sends(form).form("/sign-in"), name="brown", password=PASSWORD)
    assert brown.sends(back.form("/infusion/stop")).path == REACTION
    assert told(brown.hospital, "infusion")[-1] == {"state": "paused"}


def test_two_tablets_at_one_bedside(brown: Reader) -> None:
    """Each shows what the record says: what one has done the other need not, and cannot do again."""
    young = Reader(brown.hospital, "young")
    passes(brown.hospital, 60)
    form = young.goes(INFUSION).form("/infusion/finish")
    presses(brown, "/infusion/finish")
    assert young.sends(form).path == WATCH and len(told(brown.hospital, "given")) == 2
    assert young.goes(INFUSION).path == WATCH


def test_what_came_between_is_told_before_it_is_finished(brown: Reader) -> None:
    """Finished is a dose on record: whoever has not seen what a colleague told is shown it first."""
    passes(brown.hospital, 60)
    form = brown.goes(INFUSION).form("/infusion/finish")
    brown.hospital.told("adams", "{at: 2026-11-25, labs: {platelets: 80 10*9/L}}")
    with brown.hospital.unchanged():
        page = brown.sends(form)
    assert page.status == 409 and "Dr Adams told at" in page.text
    assert brown.sends(page.form("/infusion/finish")).path == WATCH


def test_pages_are_looked_at_again_without_scripts(brown: Reader) -> None:
    """Every minute; not the answer to a form, which has no address of its own."""
    refresh = '<noscript><meta http-equiv="refresh" content="60"></noscript>'
    assert refresh in brown.goes(INFUSION).html
    assert refresh not in presses(brown, "/infusion/finish").html
    assert refresh in finished(brown).html


def test_whoever_only_reads_has_nothing_to_press(brown: Reader) -> None:
    """An auditor sees the clocks."""
    page = Reader(brown.hospital, "ellis").goes(INFUSION)
    assert "by 18:00" in page.text and not [form for form in page.forms if "/infusion/" in form.action]
    assert NUMBER not in page.text
