"""Clocks in a real browser: they go on by the server's time, whatever the tablet's own clock does."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Route, expect
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.chromium import Windows
from tests.faces.web.conftest import Opens
from tests.faces.web.nursing import (
    HALF_AN_HOUR,
    INFUSION,
    NUMBER,
    P_9,
    START,
    WATCH,
    at_night,
    goes_on,
    left,
    passes,
    prepares,
    released,
    running,
    seconds,
    told,
    worksheet,
)
from tests.faces.web.ordered import ordered, reconstituted, verified
from tests.faces.web.reading import Reader

from oncourse.faces.doors import COOKIE
from oncourse.faces.web.timers import Timer, remaining

NIGHTS = {  # zone, first vial, and the limits on the wall: to start and to end, over a change of the clocks
    "New York, an hour more": ("America/New_York", "2026-10-31T23:30:00-04:00", "05:30 EST", "06:30 EST"),
    "New York, an hour less": ("America/New_York", "2027-03-13T23:30:00-05:00", "07:30 EDT", "08:30 EDT"),
    "Berlin, an hour more": ("Europe/Berlin", "2026-10-24T23:30:00+02:00", "05:30 CET", "06:30 CET"),
    "Berlin, an hour less": ("Europe/Berlin", "2027-03-27T23:30:00+01:00", "07:30 CEST", "08:30 CEST"),
}


def test_a_clock_goes_on_and_shows_the_same_after_a_reload(hospital: Hospital, opens: Opens) -> None:
    """What is left goes down by the second; the page that is loaded again says the same."""
    running(hospital)
    person = opens()
    assert (left(person, "infusion"), left(person, "end-by")) == ("1 h 00 min", "7 h 30 min")
    goes_on(hospital, person, seconds=61)
    assert left(person, "infusion") == "58 min 59 s"
    person.page.reload()
    assert left(person, "infusion") == "58 min 59 s"
    person.reads("by 11:30", "by 18:00")


def test_a_second_tablet_shows_the_same(hospital: Hospital, opens: Opens) -> None:
    """Though its own clock is three hours wrong, which it says; what one records the other shows."""
    running(hospital)
    hospital.clock.on(minutes=8)
    one, other = opens(), opens(off=timedelta(hours=-3), who="young")
    assert left(one, "infusion") == left(other, "infusion") == "52 min 00 s"
    one.misses("The clock of this machine is wrong")
    other.reads("The clock of this machine is wrong. The times here are those of the server.")
    one.presses("Pause, other reason")
    one.reads("Infusion paused")
    other.page.reload()
    other.reads("Infusion paused", "Stopped at 10:38.", "Resume by 17:08.")


@pytest.mark.parametrize("off", [timedelta(), timedelta(hours=5), timedelta(days=-400)])
def test_a_tablet_that_slept_shows_the_true_time_at_once(hospital: Hospital, opens: Opens, off: timedelta) -> None:
    """It slept forty minutes: at the first look after that all clocks are right."""
    running(hospital)
    person = opens(off=off)
    goes_on(hospital, person, minutes=40)
    assert (left(person, "infusion"), left(person, "end-by")) == ("20 min 00 s", "6 h 50 min")
    assert person.page.locator("#timer-infusion").get_attribute("class") == "timer timer--soon"
    goes_on(hospital, person, minutes=25)
    assert left(person, "infusion") == "5 min 00 s over"
    expect(person.page.locator("#timer-infusion [data-word]")).to_have_text("Over")


@pytest.mark.parametrize("change", [timedelta(minutes=40), timedelta(minutes=-40)])
def test_a_tablet_that_slept_before_the_answer_came_asks_again(
    hospital: Hospital, opens: Opens, change: timedelta
) -> None:
    """An answer from before its sleep, or before its clock was set, is no measure of the time that went by."""
    running(hospital)
    person = opens()
    held = list[Route]()
    person.page.route("**/now", lambda route: route.continue_() if held else held.append(route))
    with person.page.expect_request(re.compile("/now$")):
        person.page.evaluate("dispatchEvent(new Event('focus'))")
    person.page.clock.set_system_time(hospital.clock.at + change)
    with person.page.expect_request(re.compile("/now$")):
        held[0].fulfill(body=hospital.clock.at.isoformat())
    person.page.clock.run_for(1_000)
    expect(person.page.locator("#timer-infusion [data-left]")).to_have_text(re.compile(r"59 min 59 s|1 h 00 min"))


@pytest.mark.parametrize("event", ["focus", "pageshow", "online", "visibilitychange"])
def test_a_page_to_which_somebody_comes_back_asks_for_the_time(hospital: Hospital, opens: Opens, event: str) -> None:
    """At once, however the browser tells of it."""
    running(hospital)
    person = opens()
    tells = "event => (event === 'visibilitychange' ? document : window).dispatchEvent(new Event(event))"
    with person.page.expect_response(re.compile("/now$")):
        person.page.evaluate(tells, event)


@pytest.mark.parametrize("change", [timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=2)])
def test_a_clock_that_is_set_while_the_page_is_open_changes_nothing(
    hospital: Hospital, opens: Opens, change: timedelta
) -> None:
    """The tablet's own clock jumps: the page asks the server, and goes on as it was."""
    running(hospital)
    person = opens()
    person.page.clock.set_system_time(hospital.clock.at + change)
    with person.page.expect_response(re.compile("/now$")):
        person.page.clock.run_for(1_000)
    person.page.clock.run_for(1_000)
    expect(person.page.locator("#timer-infusion [data-left]")).to_have_text(re.compile(r"59 min 59 s|1 h 00 min"))
    person.reads("The clock of this machine is wrong")


def test_the_server_is_away_and_the_clocks_count(hospital: Hospital, opens: Opens, windows: Windows) -> None:
    """What was known of its time still counts."""
    windows.pass_over("/now|icon")
    running(hospital)
    person = opens()
    person.page.context.set_offline(True)
    person.page.clock.fast_forward(4_000)
    person.page.clock.fast_forward(4_000)
    assert left(person, "infusion") == "59 min 52 s"


def test_a_server_that_was_away_is_asked_again(hospital: Hospital, opens: Opens, windows: Windows) -> None:
    """It did not answer just when the tablet's clock was set: a quarter of a minute later the clocks are right."""
    windows.pass_over("/now|icon")
    running(hospital)
    person = opens()
    person.page.route("**/now", lambda route: route.abort())
    person.page.clock.set_system_time(hospital.clock.at - timedelta(minutes=10))
    with person.page.expect_event("requestfailed", lambda request: request.url.endswith("/now")):
        person.page.clock.run_for(1_000)
    person.page.evaluate("Promise.resolve()")  # after the page has taken notice of that
    person.page.unroute("**/now")
    hospital.clock.on(seconds=17)
    with person.page.expect_response(re.compile("/now$")):
        person.page.clock.run_for(16_000)
    expect(person.page.locator("#timer-infusion [data-left]")).to_have_text("59 min 43 s")


def test_the_contradiction_appears_by_itself(hospital: Hospital, opens: Opens) -> None:
    """A pause that lasts too long: at the second after the last moment the page says so, and nothing can resume."""
    running(hospital, timedelta(hours=6, minutes=55))
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(INFUSION).form("/infusion/pause"))
    person = opens()
    alarm = person.page.get_by_role("alert").filter(has_text="Stop and call pharmacy. It will end at 11:35")
    person.reads("Resume infusion", "Resume by 10:35.")
    goes_on(hospital, person, minutes=5)
    expect(alarm).to_be_hidden()
    goes_on(hospital, person, seconds=1)
    expect(alarm).to_be_visible()
    person.misses("Resume infusion", "Resume by 10:35.")
    person.reads("Stop and call pharmacy 5120. It can no longer end in time.", "Cannot end in time")


def test_a_look_that_is_due_is_said_by_itself(hospital: Hospital, opens: Opens) -> None:
    """As often as the site sets, on the page that is open."""
    running(hospital)
    site = "{site: {timezone: Europe/Berlin, observation_interval: 10 min}}"
    hospital.clinic.amend("P-9", hospital.version(), site, "adams", "how often somebody looks")
    person, due = opens(), "Look now. The next observation is due."
    goes_on(hospital, person, minutes=9)
    person.misses(due)
    goes_on(hospital, person, minutes=1, seconds=1)
    person.reads(due)


def test_dilution_ends_by_itself(hospital: Hospital, opens: Opens) -> None:
    """At the second after the last moment the open page says to discard, and takes no dilution any more."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, ago=239)
    person = opens(f"{P_9}/prepare/dilute", who="price")
    person.reads("Save and call second checker")
    goes_on(hospital, person, minutes=1, seconds=1)
    person.reads("Discard. Not diluted by 10:31, 4 hours after the first vial.", "Discard this preparation")
    person.misses("Save and call second checker")


def test_the_start_locks_by_itself(hospital: Hospital, opens: Opens) -> None:
    """At the second after the last moment, without a look at the server."""
    released(hospital, timedelta(hours=6, minutes=59))
    prepares(Reader(hospital, "brown"))
    seconds(Reader(hospital, "young"))
    person = opens(START)
    goes_on(hospital, person, minutes=1)
    person.reads("Start infusion")
    expect(person.page.get_by_role("button", name="Start infusion")).to_be_visible()
    goes_on(hospital, person, seconds=1)
    expect(person.page.get_by_role("button", name="Start infusion")).to_be_hidden()
    person.reads("Start infusion is locked", "Do not start. It cannot end by 11:31, 8 hours after the first vial.")


def test_the_watch_unlocks_by_itself(hospital: Hospital, opens: Opens) -> None:
    """The undo goes after ten seconds; the end is offered when the hour is over, and the clock is never over."""
    running(hospital)
    passes(hospital, 60)
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(INFUSION).form("/infusion/finish"))
    person = opens(WATCH)
    person.reads("Undo, it still runs", "End watch is locked until 12:30")
    with person.page.expect_response(re.compile("/now$")) as answer:  # else the next second passes before it comes
        goes_on(hospital, person, seconds=9)
    answer.value.finished()
    person.reads("Undo, it still runs")
    goes_on(hospital, person, seconds=1)
    person.misses("Undo, it still runs")
    for _ in range(6):
        hospital.get("brown", "/me")  # somebody is there
        with person.page.expect_response(re.compile("/now$")) as answer:
            goes_on(hospital, person, minutes=9, seconds=58)
        answer.value.finished()
    goes_on(hospital, person, seconds=1)
    expect(person.page.get_by_role("button", name="End watch")).to_be_hidden()
    goes_on(hospital, person, seconds=1)
    expect(person.page.get_by_role("button", name="End watch")).to_be_visible()
    person.misses("End watch is locked until 12:30", "End before the time")
    goes_on(hospital, person, minutes=5)
    assert left(person, "observation") == "0 min 00 s"
    person.reads("Time is up")
    assert "over" not in (person.page.locator("#timer-observation").get_attribute("class") or "")


def test_a_limit_is_said_aloud_a_few_times(hospital: Hospital, opens: Opens) -> None:
    """Once at each of 30, 15, 5 and 0 minutes, and not in between."""
    running(hospital)
    person, heard = opens(), list[str]()
    for _ in range(62):
        goes_on(hospital, person, minutes=1)
        said = person.page.locator("#announce").inner_text()
        heard += [said] if said and said not in heard[-1:] else []
    assert heard == [f"Infusion: {said}" for said in ("30 min 00 s", "15 min 00 s", "5 min 00 s", "0 min 00 s")]


def test_what_the_page_writes_is_what_the_server_writes(hospital: Hospital, opens: Opens) -> None:
    """The same words for thousands of times that are left, or over."""
    running(hospital)
    person = opens()
    now = hospital.clock.at + timedelta(seconds=1)
    offsets = [*range(-4_000, 8_000, 7), *range(-70, 70), *range(1_790, 1_810), *range(28_700, 28_900, 3)]
    made = """([now, offsets]) => {
      const clock = document.querySelector('#timer-infusion'), place = clock.parentElement;
      for (const [up, each] of [false, true].flatMap((up) => offsets.map((each) => [up, each]))) {
        const copy = clock.cloneNode(true);
        copy.dataset.until = new Date(now + each * 1000).toISOString();
        copy.className = 'timer tried';
        if (up) copy.dataset.up = '';
        place.append(copy);
      }
    }"""
    person.page.evaluate(made, [now.timestamp() * 1000, offsets])
    hospital.clock.on(seconds=1)
    person.page.clock.run_for(1_000)
    seen = person.page.evaluate(
        """() => [...document.querySelectorAll('.tried')].map((one) => [one.querySelector('[data-left]').textContent,
          one.querySelector('[data-word]').textContent, [...one.classList].find((name) => /^timer--/.test(name))])"""
    )
    wanted = []
    for up in (False, True):
        for each in offsets:
            one = Timer("infusion", "runs", now + timedelta(seconds=each), up=up)
            wanted.append([remaining(max(each, 0) if up else each), one.word(now), f"timer--{one.mark(now)}"])
    assert seen == wanted


@pytest.mark.parametrize("night", NIGHTS)
def test_a_change_of_the_clocks_adds_no_hour_and_takes_none(hospital: Hospital, opens: Opens, night: str) -> None:
    """The limits are eight true hours from the first vial; the wall they are shown by is the site's."""
    zone, began, start_by, end_by = NIGHTS[night]
    t0 = datetime.fromisoformat(began)
    at_night(hospital, zone, t0)
    hospital.clock.at = t0.astimezone(ZoneInfo("UTC")) + timedelta(hours=2)
    person = opens("/patients/P-20/start", key=hospital.clinic.accounts.sign_in("brown", PASSWORD))
    assert left(person, "start-by") == "5 h 00 min"
    expect(person.page.locator("#timer-start-by strong")).to_have_text(f"by {start_by}")
    goes_on(hospital, person, hours=5)
    assert left(person, "start-by") == "0 min 00 s"
    goes_on(hospital, person, seconds=1)
    person.reads("Do not start. It cannot end by")
    person.carries(f"{COOKIE}={hospital.clinic.accounts.sign_in('brown', PASSWORD)}")
    person.page.reload()
    expect(person.page.locator("#timer-start-by strong")).to_have_text(f"by {start_by.split()[0]}")
    person.reads(f"It cannot end by {end_by.split()[0]}")


# Scanners and the way back


def test_a_scanner_types_into_one_box_and_sends_no_other_form(hospital: Hospital, opens: Opens) -> None:
    """Two scans, each ended with Enter: both are taken, and the box is ready for the next at once."""
    released(hospital)
    person = opens(START)
    box = "Scan wristband or bag label"
    expect(person.field(box)).to_be_focused()
    person.scans(box, NUMBER)
    expect(person.field(box)).to_be_focused()
    person.scans(box, worksheet(hospital))
    person.reads("2 of 6 ready")
    assert [one["point"] for one in told(hospital, "checked")][-1] == "bag"
    assert not told(hospital, "premedicated") and not told(hospital, "infusion")


@pytest.mark.parametrize("by", ["Escape", "Enter"])
def test_a_wrong_wristband_leaves_one_way_only(hospital: Hospital, opens: Opens, by: str) -> None:
    """Back has the focus, the keyboard reaches nothing else, and Escape and Enter lead there."""
    released(hospital)
    person = opens(START)
    person.scans("Scan wristband or bag label", "999")
    back = person.page.get_by_role("link", name="Back", exact=True)
    expect(back).to_be_focused()
    assert person.page.locator("a, button, input, select, textarea").filter(visible=True).count() == 1
    with person.page.expect_navigation():
        person.page.keyboard.press(by)
    assert person.path() == START


def test_escape_stops_no_treatment(hospital: Hospital, opens: Opens) -> None:
    """The dialog that asks once more has the focus on the way back, which keeps what was typed."""
    running(hospital)
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(INFUSION).form("/infusion/stop"))
    person = opens(f"{P_9}/reaction")
    person.chooses("3: lasts or comes back, hospital care", "Grade")
    for name in ("Fever", "Chills", "Rash", "Dyspnoea"):
        person.chooses("No", name)
    person.presses("Save and tell doctor")
    person.reads("Stop treatment for good?")
    expect(person.page.get_by_role("button", name="Go back, save nothing")).to_be_focused()
    with person.page.expect_navigation():
        person.page.keyboard.press("Escape")
    person.reads("Save and tell doctor")
    expect(person.page.get_by_label("3: lasts or comes back, hospital care")).to_be_checked()
    assert not told(hospital, "reaction")


def test_three_touches_from_well_to_resumed(hospital: Hospital, opens: Opens) -> None:
    """One touch each: well, stopped for a reaction, and on again."""
    running(hospital, HALF_AN_HOUR)
    person = opens()
    for name, said in (
        ("Well, no symptoms", "10:30 Well"),
        ("Reaction: stop infusion", "Stopped at 10:30."),
        ("Resume infusion", "Infusion running"),
    ):
        person.presses(name)
        person.reads(said)
    assert person.clicks == 3
    assert [one["state"] for one in told(hospital, "infusion")] == ["started", "paused", "resumed"]
