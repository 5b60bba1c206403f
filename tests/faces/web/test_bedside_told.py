"""What others told meanwhile, what was sent before, and what is lost: the pages of the bedside keep to the truth."""

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.nursing import (
    P_9,
    RATE,
    VITALS,
    finished,
    passes,
    prepares,
    presses,
    released,
    running,
    seconds,
    starts,
    told,
)
from tests.faces.web.reading import Page, Reader

INFUSION, REACTION, WATCH, START = (f"{P_9}/{page}" for page in ("infusion", "reaction", "watch", "start"))
NONE = {"fever": "no", "chills": "no", "rash": "no", "dyspnoea": "no"}
SEVERE = {**NONE, "grade": "3", "dyspnoea": "yes"}
SENT_BEFORE = "Not saved: something else was sent before. Look at it again, then send it."
VOD = "vod: {status: confirmed}"
ENDS = "reaction: {grade: 3, symptoms: {dyspnoea: yes}}"
NOT_RECORDED = "How much went in is not recorded."


@pytest.fixture
def brown(hospital: Hospital) -> Reader:
    """The nurse at an infusion that has just been started, half an hour after the first vial."""
    return running(hospital)


def by_api(hospital: Hospital, who: str, said: str) -> str:
    """An event that is told now, not by a page."""
    now = hospital.clinic.here(hospital.clinic.course("P-9").course)
    return hospital.told(who, f"{{at: {now.isoformat()}, {said}}}")


def sure(page: Page, reader: Reader) -> Page:
    """The question whether treatment ends is answered with yes."""
    return reader.sends(next(form for form in page.forms if "sure" in form.fields))


# What was sent before


def test_another_thing_under_a_key_is_not_saved_and_is_told(hospital: Hospital) -> None:
    """What was typed is kept under a new key, and is saved when it is sent again; the same again is no fault."""
    released(hospital)
    brown = Reader(hospital, "brown")
    form = brown.goes(START).form("/start/observations")
    assert brown.sends(form, VITALS).status == 200
    hospital.clock.on(seconds=1)
    with hospital.unchanged():
        assert brown.sends(form, VITALS).status == 200
        page = brown.sends(form, {**VITALS, "vitals.pulse": "140"})
    assert page.status == 422 and SENT_BEFORE in page.text
    again = page.form("/start/observations")
    assert again.fields["vitals.pulse"] == ["140"] and again.fields["key"] != form.fields["key"]
    assert brown.sends(again).status == 200
    assert told(hospital, "observed")[-1]["vitals"]["pulse"] == "140 per min"


def test_the_same_by_somebody_else_is_not_the_same(hospital: Hospital) -> None:
    """What one nurse has seen is not what the next saw."""
    released(hospital)
    form = Reader(hospital, "brown").goes(START).form("/start/observations")
    Reader(hospital, "brown").sends(form, VITALS)
    assert SENT_BEFORE in Reader(hospital, "young").sends(form, VITALS).text


def test_two_buttons_of_a_page_are_two_observations(brown: Reader) -> None:
    """Well, then dyspnoea from the page as it was: both are kept; the same button twice is one touch."""
    form = brown.goes(INFUSION).form("/observe")
    for seen in ("well", "dyspnoea", "dyspnoea"):
        assert brown.sends(form, seen=seen).path == INFUSION
    assert told(brown.hospital, "observed")[-2:] == [{"symptoms": NONE}, {"symptoms": {"dyspnoea": "yes"}}]


@pytest.mark.parametrize("who", ["brown", "young"])
def test_a_stop_from_an_old_page_stops(brown: Reader, who: str) -> None:
    """The page was left open since the last stop, and the infusion was resumed: it is stopped all the same."""
    form = brown.goes(INFUSION).form("/infusion/stop")
    brown.sends(form)
    brown.hospital.clock.on(minutes=1)
    presses(brown, "/infusion/resume")
    brown.hospital.clock.on(minutes=1)
    assert Reader(brown.hospital, who).sends(form).path == REACTION
    assert [one["state"] for one in told(brown.hospital, "infusion")] == ["started", "paused", "resumed", "paused"]


def test_an_undo_from_an_old_page_takes_back_what_was_finished_again(brown: Reader) -> None:
    """Finished by mistake twice: the second undo is not the first one."""
    form = finished(brown).form("/infusion/undo")
    brown.sends(form)
    presses(brown, "/infusion/finish")
    assert brown.sends(form).path == INFUSION
    assert len(told(brown.hospital, "corrected")) == 4


def test_a_key_does_not_grow(hospital: Hospital) -> None:
    """However often a form comes back with faults, its key stays as long as it was."""
    released(hospital)
    brown = Reader(hospital, "brown")
    first = page = brown.goes(START)
    for _ in range(20):
        page = brown.sends(page.form("/start/pump"), rate="60")
    assert page.status == 422 and "cannot be used" not in page.text
    assert len(page.form("/start/pump").fields["key"][0]) == len(first.form("/start/pump").fields["key"][0])


@pytest.mark.parametrize(("passed", "touched"), [(20, "10:29"), (20, "10:51"), (70, "10:39")])
def test_a_touch_counts_from_when_it_could_have_been(brown: Reader, passed: int, touched: str) -> None:
    """From before it ran, after now, or more than an hour ago it is none: the stop is of now."""
    passes(brown.hospital, passed)
    form = brown.goes(INFUSION).form("/infusion/stop")
    form.names.add("_sent")
    assert brown.sends(form, _sent=f"2026-11-25T{touched}:00+01:00").path == REACTION
    entries = [entry.said for entry in brown.hospital.clinic.entries("P-9") if "infusion" in entry.said][1:]
    now = brown.hospital.clinic.here(brown.hospital.clinic.course("P-9").course)
    assert [(said["at"], said["infusion"]) for said in entries] == [(now.isoformat(), {"state": "paused"})]


# A verdict to stop


def test_a_verdict_to_stop_is_said_while_it_runs(brown: Reader) -> None:
    """Told by others: the running page and the watch say it, with the reason."""
    by_api(brown.hospital, "adams", VOD)
    page = brown.goes(INFUSION)
    assert 'role="alert"' in page.html and "The verdict is now: Stop treatment for good." in page.text
    after = finished(brown)
    assert after.path == WATCH and "The verdict is now: Stop treatment for good." in after.text


def test_a_verdict_to_stop_locks_resume(brown: Reader) -> None:
    """On the page, and for a form that was open before."""
    presses(brown, "/infusion/pause")
    form = brown.goes(INFUSION).form("/infusion/resume")
    assert "The verdict is now" not in brown.goes(INFUSION).text
    by_api(brown.hospital, "adams", VOD)
    for path in (INFUSION, REACTION):
        page = brown.goes(path)
        assert "The verdict is now: Stop treatment for good." in page.text, path
        assert not [one for one in page.forms if one.action.endswith("/resume")], path
    with brown.hospital.unchanged():
        refused = brown.sends(form)
    assert refused.status == 422 and "Do not resume. The verdict is to stop treatment for good." in refused.text


# How much went in


def test_how_much_went_in_is_asked_after_a_reaction_by_others(brown: Reader) -> None:
    """A grade 3 told by a program's way ends it: the watch asks, and keeps it at the moment of the end."""
    hospital = brown.hospital
    passes(hospital, 14)
    by_api(hospital, "young", ENDS)
    hospital.clock.on(minutes=3)
    page = brown.goes(WATCH)
    assert NOT_RECORDED in page.text and "until 11:44" in page.text
    assert "The verdict is now: Stop treatment for good." in page.text
    page = presses(brown, "/infusion/end", page.links["Record the volume"], volume="11.7")
    assert page.path == WATCH and NOT_RECORDED not in page.text and "until 11:44" in page.text
    assert told(hospital, "infusion")[-1] == {"state": "abandoned", "volume": "11.7 mL"}
    assert told(hospital, "given")[-1] == {"dose": "0.33 mg", "cycle": "2", "day": "1"}
    assert brown.goes(f"{INFUSION}/end").path == WATCH


def test_that_nothing_went_in_is_asked_once(brown: Reader) -> None:
    """No dose is told then, and the watch asks no more."""
    by_api(brown.hospital, "young", ENDS)
    before = len(told(brown.hospital, "given"))
    page = presses(brown, "/infusion/end", f"{INFUSION}/end", volume="0")
    assert page.path == WATCH and NOT_RECORDED not in page.text and len(told(brown.hospital, "given")) == before


def test_a_severe_reaction_is_kept_before_the_volume_is_asked(brown: Reader) -> None:
    """The doctor is told at once; the page that follows asks for the volume."""
    presses(brown, "/infusion/stop")
    asked = presses(brown, "/reaction", REACTION, **SEVERE)
    assert "Stop treatment for good?" in asked.text and "Volume" not in asked.text
    page = sure(asked, brown)
    assert page.path == f"{INFUSION}/end" and told(brown.hospital, "reaction")[-1]["grade"] == "3"
    assert "TESTCASE" in Reader(brown.hospital, "adams").goes("/today").text.partition("For others")[0]


def test_the_volume_is_asked_also_where_an_old_reaction_stands(brown: Reader) -> None:
    """A reaction that ended treatment before: nobody is asked twice whether it ends, but the volume is asked."""
    brown.hospital.told("adams", "{at: 2026-11-24, reaction: {grade: 3, symptoms: {fever: yes}}}")
    presses(brown, "/infusion/stop")
    page = presses(brown, "/reaction", REACTION, **SEVERE)
    assert page.path == f"{INFUSION}/end"


def test_a_watch_is_not_ended_before_the_volume_is_known(brown: Reader) -> None:
    """It is asked first, also once the hour is over."""
    by_api(brown.hospital, "young", "reaction: {grade: 3}")
    passes(brown.hospital, 61)
    page = brown.goes(WATCH)
    with brown.hospital.unchanged():
        again = brown.sends(page.form("/watch/end"))
    assert again.status == 422 and "Say first how much went in." in again.text


def test_a_signature_ends_no_watch_before_the_volume_is_known(brown: Reader) -> None:
    """A haematologist who lets the patient go early is asked for it too."""
    by_api(brown.hospital, "young", ENDS)
    signed = {"kind": "patient", "why": "the patient has to leave", "doctor": "adams", "password.doctor": PASSWORD}
    form = brown.goes(WATCH).form("/watch/early")
    with brown.hospital.unchanged():
        page = brown.sends(form, signed)
    assert page.status == 422 and "Say first how much went in." in page.text


@pytest.mark.parametrize("how", ["finished", "ended"])
def test_a_dose_that_was_told_is_not_told_again(brown: Reader, how: str) -> None:
    """Somebody told it while it ran: the pages leave it out."""
    by_api(brown.hospital, "young", "given: {dose: 1.42 mg, cycle: 2, day: 1}")
    before = len(told(brown.hospital, "given"))
    if how == "finished":
        page = finished(brown)
    else:
        presses(brown, "/infusion/pause")
        page = presses(brown, "/infusion/end", f"{INFUSION}/end", volume="50")
    assert page.path == WATCH and NOT_RECORDED not in page.text
    assert len(told(brown.hospital, "given")) == before


# What comes between


def test_what_somebody_saw_meanwhile_hinders_nobody(brown: Reader) -> None:
    """A colleague touched well: the infusion is finished all the same."""
    passes(brown.hospital, 60)
    form = brown.goes(INFUSION).form("/infusion/finish")
    presses(Reader(brown.hospital, "young"), "/observe", seen="well")
    assert brown.sends(form).path == WATCH and told(brown.hospital, "infusion")[-1] == {"state": "finished"}


def test_an_observation_that_was_not_saved_is_named(brown: Reader) -> None:
    """Signed in again, somebody is told which touch was lost, and touches it there."""
    form, stranger = brown.goes(INFUSION).form("/observe"), Reader(brown.hospital, None)
    with brown.hospital.unchanged():
        back = stranger.sends(stranger.sends(form, seen="dyspnoea").form("/sign-in"), name="brown", password=PASSWORD)
        page = brown.sends(back.form("/observe"))
    assert "Not saved: Dyspnoea. Touch it again." in page.text
    assert brown.sends(page.form("/observe"), seen="dyspnoea").path == INFUSION
    assert told(brown.hospital, "observed")[-1] == {"symptoms": {"dyspnoea": "yes"}}


@pytest.mark.parametrize("act", ["stop", "pause"])
def test_a_touch_that_came_too_late_is_told(brown: Reader, act: str) -> None:
    """A colleague has ended the infusion while somebody signed in: what was not recorded, why, and where to go on."""
    hospital, stranger = brown.hospital, Reader(brown.hospital, None)
    passes(hospital, 60)
    signs_in = stranger.sends(brown.goes(INFUSION).form(f"/infusion/{act}"))
    hospital.clock.on(minutes=2)
    presses(Reader(hospital, "young"), "/infusion/finish")
    hospital.clock.on(minutes=2)
    back = stranger.sends(signs_in.form("/sign-in"), name="brown", password=PASSWORD)
    with hospital.unchanged():
        page = brown.sends(back.form(f"/infusion/{act}"))
    assert page.status == 409 and page.title.startswith("Error: Nothing was saved")
    assert f"The {act} of 11:30 is not recorded. On record the infusion ended at 11:32." in page.text
    assert brown.goes(page.links["Record a reaction"]).path == REACTION
    assert brown.goes(page.links["Go on"]).path == WATCH


def test_a_stop_where_no_dose_is_in_hand_is_told(brown: Reader) -> None:
    """The watch is over too: there is no way to a reaction from here."""
    hospital, form = brown.hospital, brown.goes(INFUSION).form("/infusion/stop")
    finished(brown)
    passes(hospital, 60)
    presses(brown, "/watch/end", WATCH)
    with hospital.unchanged():
        page = brown.sends(form)
    assert page.status == 409 and "The stop of 12:30 is not recorded. No infusion runs on record." in page.text
    assert "Record a reaction" not in page.links


def test_a_stop_twice_is_not_told_to_be_lost(brown: Reader) -> None:
    """The first was kept, and ended treatment a moment later."""
    form = brown.goes(INFUSION).form("/infusion/stop")
    brown.sends(form)
    by_api(brown.hospital, "young", ENDS)
    brown.hospital.clock.on(seconds=2)
    assert brown.sends(form).path == WATCH
    brown.hospital.clock.on(minutes=2)
    assert "The stop of 10:32 is not recorded." in brown.sends(form).text


@pytest.mark.parametrize(("who", "told_more"), [("price", True), ("root", False)])
def test_a_stop_by_whoever_may_not_waits_for_a_nurse(brown: Reader, who: str, told_more: bool) -> None:
    """It still runs, which is said to whoever may read it; a nurse signs in there, and it counts from the touch."""
    hospital, stranger = brown.hospital, Reader(brown.hospital, None)
    signs_in = stranger.sends(brown.goes(INFUSION).form("/infusion/stop"))
    hospital.clock.on(minutes=1)
    back = stranger.sends(signs_in.form("/sign-in"), name=who, password=PASSWORD)
    with hospital.unchanged():
        page = Reader(hospital, who).sends(back.form("/infusion/stop"))
    assert page.status == 403 and "Let a nurse sign in now. Your role cannot record this touch." in page.text
    still = "The stop of 10:30 is not recorded. The infusion still runs on record."
    assert (still in page.text) == told_more and "TESTCASE" not in page.html
    hospital.clock.on(minutes=1)
    back = stranger.sends(page.form("/sign-in"), name="young", password=PASSWORD)
    assert Reader(hospital, "young").sends(back.form("/infusion/stop")).path == REACTION
    assert hospital.clinic.entries("P-9")[-1].said["at"] == "2026-11-25T10:30:00+01:00"


@pytest.mark.parametrize(("seen", "kept"), [("well", NONE), ("fever", {"fever": "yes"})])
def test_a_button_that_is_touched_again_later_is_another_observation(
    brown: Reader, seen: str, kept: dict[str, str]
) -> None:
    """On a page that stayed open; each time a double tap is one."""
    hospital, form = brown.hospital, brown.goes(INFUSION).form("/observe")
    for _ in range(3):
        passes(hospital, 15)
        for _ in range(2):
            hospital.clock.on(seconds=1)
            assert brown.sends(form, seen=seen).path == INFUSION
    assert told(hospital, "observed")[-3:] == [{"symptoms": kept}] * 3 and len(told(hospital, "observed")) == 4
    page = brown.goes(INFUSION).text.partition("Seen: ")[2]
    assert page.startswith("11:15") and "11:00" in page and "10:45" in page


def test_the_last_stop_is_shown(brown: Reader) -> None:
    """Also where a reaction that others told has stopped it."""
    brown.hospital.clock.on(minutes=5)
    presses(brown, "/infusion/pause")
    brown.hospital.clock.on(minutes=5)
    presses(brown, "/infusion/resume")
    brown.hospital.clock.on(minutes=5)
    by_api(brown.hospital, "young", "reaction: {grade: 1, symptoms: {fever: yes}}")
    brown.hospital.clock.on(minutes=1)
    assert "Stopped at 10:45." in brown.goes(INFUSION).text


def test_a_pump_check_without_a_rate_is_none(hospital: Hospital) -> None:
    """Two people agreed on something else: the start is locked, with what is to do."""
    released(hospital)
    brown, young = Reader(hospital, "brown"), Reader(hospital, "young")
    prepares(brown)
    first = by_api(hospital, "brown", "checked: {point: pump, line: flushed}")
    by_api(hospital, "young", f"checked: {{point: pump, first: {first}, line: flushed}}")
    page = young.goes(START)
    assert not starts(page) and "Do these first: Pump rate" in page.text
    version = page.form("/start/scan").fields["version"][0]
    sent = brown.posts(f"{START}/begin", f"version={version}&key=made-up")
    assert sent.status == 422 and "Do these first: Pump rate" in sent.text
    brown.sends(brown.goes(START).form("/start/pump"), rate=RATE)
    assert starts(seconds(young))
