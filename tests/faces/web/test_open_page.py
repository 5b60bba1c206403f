"""A page that stays open: it says what others told, asks why an infusion overruns, and locks itself."""

import pytest
from playwright.sync_api import expect
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.chromium import DESK, View, Windows
from tests.faces.web.conftest import Opens
from tests.faces.web.nursing import (
    INFUSION,
    NUMBER,
    P_9,
    START,
    WATCH,
    finished,
    goes_on,
    left,
    passes,
    prepares,
    presses,
    released,
    running,
    seconds,
    small,
    told,
    worksheet,
)
from tests.faces.web.ordered import SITE, checked, diluted, ordered, reconstituted, verified
from tests.faces.web.person import Person
from tests.faces.web.reading import Reader
from tests.faces.web.serving import Ward

SINCE = f"{P_9}/since"
ITSELF = {"By-Itself": "yes", "HX-Request": "true"}


def signs(person: Person, name: str) -> None:
    """Sign in on the page that is asked for it."""
    person.types("User name", name)
    person.types("Password", PASSWORD)
    person.presses("Sign in")


def polls(hospital: Hospital, person: Person, **time: float) -> None:
    """Let time go by, and the page ask what is new."""
    with person.page.expect_response("**/since?*"):
        goes_on(hospital, person, **time)


def test_what_another_tells_is_said_on_a_page_that_is_open(hospital: Hospital, opens: Opens) -> None:
    """Within a quarter of a minute, with who and when, once for each; and the way to the page as it is now."""
    running(hospital)
    person = opens()
    goes_on(hospital, person, seconds=16)
    person.misses("New on record.")
    presses(Reader(hospital, "young"), "/infusion/pause")
    goes_on(hospital, person, seconds=16)
    person.reads("New on record.", "Nurse Young told at 25-Nov-2026 10:30: infusion.")
    hospital.told("adams", f"{{at: {hospital.clock.at.isoformat()}, labs: {{anc: 2 10*9/L}}}}")
    for step in (1, 16):
        goes_on(hospital, person, seconds=step)
    person.reads("Dr Adams told at 25-Nov-2026 10:30: results.")
    person.reads("And 1 more.")
    person.presses("Show it as it is now")
    person.reads("Infusion paused", "Stopped at 10:30.")


def test_since_a_version_is_what_came_after_it(hospital: Hospital) -> None:
    """Nothing where nothing came; a version that is no number is not there."""
    running(hospital)
    version = hospital.version()
    answer = hospital.get("brown", f"{SINCE}?version={version}&told={version}")
    assert (answer.status_code, answer.text) == (204, "")
    for seen in (version - 1, 0, -5):
        answer = hospital.get("brown", f"{SINCE}?version={seen}&told={version - 1}")
        assert answer.status_code == 200 and (f"And {version - max(seen, 0) - 1} more." in answer.text) == (
            seen < version - 1
        )
    assert hospital.get("brown", f"{SINCE}?version=x&told=1").status_code == 404
    assert hospital.get("root", f"{SINCE}?version=1&told=1").status_code == 403


@pytest.mark.parametrize("path", ["/today/queue", f"{SINCE}?version=1&told=1"])
def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(hospital: Hospital, path: str) -> None:
    """Somebody is there when they look; a page that renews itself is left alone all the same."""
    for _ in range(15):
        assert hospital.get("brown", path, headers=ITSELF).status_code == 200
        hospital.clock.on(minutes=1)
    hospital.clock.on(seconds=1)
    answer = hospital.get("brown", path, headers=ITSELF)
    assert (answer.status_code, answer.text, answer.headers["HX-Trigger"]) == (204, "", "signed-out")
    assert hospital.get("brown", "/today", follow_redirects=False).status_code == 303


def test_today_leaves_when_the_session_ends(hospital: Hospital, ward: Ward) -> None:
    """No names stay on a screen in front of which nobody is."""
    person = ward.person("brown")
    person.page.clock.install(time=hospital.clock.at)
    person.goes("/today")
    goes_on(hospital, person, minutes=16)
    person.page.wait_for_url("**/sign-in?to=/today")


@pytest.mark.parametrize("path", [INFUSION, WATCH])
def test_a_tablet_that_is_left_alone_shows_the_clocks_and_initials(hospital: Hospital, opens: Opens, path: str) -> None:
    """Nobody's name, nothing to press but the way back in; the clocks go on."""
    brown = running(hospital)
    if path == WATCH:
        finished(brown)
    person = opens(path)
    goes_on(hospital, person, minutes=16)
    expect(person.page.get_by_role("heading", name="Locked: T. A.")).to_be_focused()
    seen = person.page.locator("body").inner_text()
    assert "TESTCASE" not in seen and "0004417" not in seen and person.page.title() == "Locked"
    shown = person.page.locator("a, button, input, summary").filter(visible=True)
    assert shown.all_inner_texts() == (["Sign in"] if path == WATCH else ["Sign in", "Reaction: stop infusion"])
    clock = "observation" if path == WATCH else "infusion"
    assert left(person, clock) == "44 min 00 s"
    goes_on(hospital, person, minutes=1)
    assert left(person, clock) == "43 min 00 s"
    person.presses("Sign in")
    signs(person, "brown")
    person.reads("TESTCASE")


def test_a_page_that_stops_everything_locks_too(hospital: Hospital, opens: Opens) -> None:
    """It may name another patient; what others tell meanwhile adds no second way out of it."""
    released(hospital)
    person = opens(START)
    person.scans("Scan wristband or bag label", "999")
    person.reads("Wrong patient", "0004417")
    hospital.told("adams", f"{{at: {hospital.clock.at.isoformat()}, labs: {{anc: 2 10*9/L}}}}")
    polls(hospital, person, seconds=16)
    person.misses("New on record.")
    goes_on(hospital, person, minutes=16)
    expect(person.page.get_by_role("heading", name="Locked: T. A.")).to_be_focused()
    seen = person.page.locator("body").inner_text()
    assert "999" not in seen and "0004417" not in seen and person.page.title() == "Locked"
    person.presses("Sign in")
    signs(person, "brown")
    person.reads("TESTCASE")


def test_a_locked_tablet_stops_an_infusion(hospital: Hospital, opens: Opens) -> None:
    """One touch, which is kept while somebody signs in."""
    running(hospital)
    person = opens()
    goes_on(hospital, person, minutes=16)
    person.reads("Locked: T. A.")
    person.presses("Reaction: stop infusion")
    person.reads("Stop the pump first. Then sign in to record the stop; it counts from this touch.")
    hospital.clock.on(minutes=4)
    signs(person, "young")
    person.presses("Record the stop")
    person.reads("Reaction", "Stopped at 10:46.")
    assert told(hospital, "infusion")[-1]["state"] == "paused"


def test_an_infusion_that_overruns_asks_why_once(hospital: Hospital, opens: Opens) -> None:
    """Ten minutes beyond its hour, by itself and with the limit; one touch answers it."""
    running(hospital)
    passes(hospital, 60)
    person, why = opens(), "It runs 10 minutes longer than it should. Why?"
    goes_on(hospital, person, minutes=9, seconds=59)
    person.misses(why)
    goes_on(hospital, person, seconds=1)
    person.reads(why, "It must end by 18:00.")
    person.presses("Say why")
    person.presses("Line or pump trouble")
    person.reads("It runs longer than it should: Line or pump trouble.")
    person.misses(why)
    assert told(hospital, "infusion")[-1] == {"state": "overran", "cause": "trouble"}
    assert left(person, "infusion") == "10 min 00 s over"
    person.presses("Infusion finished")
    person.reads("Watch after the infusion")
    assert "Line or pump trouble" in Reader(hospital, "adams").goes(f"{P_9}/course").text


PLACES = """() => [...document.querySelectorAll('.button--bedside')].filter((one) => one.checkVisibility())
  .map((one) => [one.textContent, one.getBoundingClientRect().top + scrollY])"""


@pytest.mark.parametrize("view", [DESK, View(800, 1280), View(360, 740)], ids=str)
def test_nothing_moves_under_a_finger(hospital: Hospital, opens: Opens, view: View) -> None:
    """What others told, and the question why it overruns, stand below: each button stays where it was."""
    running(hospital)
    passes(hospital, 69)
    person = opens()
    person.page.set_viewport_size({"width": view.width, "height": view.height})
    before = dict(person.page.evaluate(PLACES))
    hospital.told("adams", f"{{at: {hospital.clock.at.isoformat()}, labs: {{anc: 2 10*9/L}}}}")
    for step in (16, 1, 60):
        goes_on(hospital, person, seconds=step)
    person.reads("New on record.", "It runs 10 minutes longer than it should. Why?")
    after = dict(person.page.evaluate(PLACES))
    assert {name: after[name] for name in before} == before and "Well, no symptoms" in before


def test_an_infusion_that_ended_unrecorded_is_asked_for_until_it_is(hospital: Hospital) -> None:
    """The last answer is shown, only while it overruns; a cause beside another state is none."""
    brown = running(hospital)
    at = hospital.clinic.here(hospital.clinic.course("P-9").course)
    hospital.told("brown", f"{{at: {at.isoformat()}, infusion: {{state: resumed, cause: slow}}}}")
    passes(hospital, 75)
    assert "Why?" in brown.goes(INFUSION).text and "Bag not empty yet." not in brown.goes(INFUSION).text
    form = brown.goes(INFUSION).form("/infusion/overran")
    brown.sends(form, cause="slow")
    page = brown.sends(form, cause="ended", key="another")
    assert "Touch Infusion finished. The record says that it still runs: Ended, not recorded." in page.text
    page = presses(brown, "/infusion/pause")
    assert "The record says" not in page.text and "Why?" not in page.text


@pytest.mark.parametrize("page", ["start", "reaction", "infusion/end", "prepare/release"])
def test_every_page_of_a_dose_locks(hospital: Hospital, opens: Opens, page: str) -> None:
    """No name stays, and the way in leads to the step."""
    who = "brown"
    if page == "prepare/release":
        ordered(hospital)
        for step in (verified, reconstituted, diluted, checked):
            step(hospital)
        who = "price"
    elif page == "start":
        released(hospital)
    else:
        presses(running(hospital), "/infusion/pause")
    person = opens(f"{P_9}/{page}", who=who)
    goes_on(hospital, person, minutes=16)
    person.reads("Locked: T. A.")
    seen = person.page.locator("body").inner_text()
    assert "TESTCASE" not in seen and "0004417" not in seen
    person.presses("Sign in")
    signs(person, who)
    person.reads("TESTCASE")


def test_a_page_that_answered_a_form_leads_back_to_its_step(hospital: Hospital, opens: Opens) -> None:
    """The question whether the bag is empty has no address of its own."""
    running(hospital)
    person = opens()
    person.presses("Infusion finished")
    person.reads("60 min early. Is the bag empty?")
    goes_on(hospital, person, minutes=16)
    person.presses("Sign in")
    signs(person, "brown")
    person.reads("Infusion running")


def test_the_lock_keeps_what_was_typed(hospital: Hospital, opens: Opens) -> None:
    """Whoever signs in finds it in the form; and typing counts as being there."""
    released(hospital)
    person = opens(START)
    for done, code in enumerate((NUMBER, worksheet(hospital)), 1):
        person.scans("Scan wristband or bag label", code)
        person.reads(f"{done} of 6 ready")
    polls(hospital, person, minutes=10)
    person.types("Corticosteroid", "10:05")
    polls(hospital, person, seconds=16)
    polls(hospital, person, minutes=10)
    person.misses("Locked: T. A.")
    goes_on(hospital, person, minutes=16)
    person.reads("Locked: T. A.")
    person.presses("Sign in")
    signs(person, "young")
    person.presses("Go back to the form")
    expect(person.field("Corticosteroid")).to_have_value("10:05")
    assert not told(hospital, "premedicated")


@pytest.mark.parametrize("touch", ["finger", "key"])
def test_somebody_is_there_only_when_they_touch_something(hospital: Hospital, opens: Opens, touch: str) -> None:
    """A touch keeps the page open for a quarter of an hour; what the page asks by itself after that does not."""
    running(hospital)
    person = opens()
    polls(hospital, person, minutes=10)
    if touch == "finger":
        person.page.get_by_role("heading", name="Infusion running").click()
    else:
        person.page.keyboard.press("Shift")
    for time in ({"seconds": 16}, {"minutes": 10}):
        polls(hospital, person, **time)
        person.misses("Locked: T. A.")
    polls(hospital, person, minutes=6)
    person.reads("Locked: T. A.")


def test_the_lock_says_what_is_due_and_no_reason_of_anybody(hospital: Hospital, opens: Opens) -> None:
    """An observation that is due is still said, and that it overruns; a free text about the patient is not."""
    small(hospital)
    site = f"{{site: {{timezone: Europe/Berlin, {SITE}, observation_interval: 15 min}}}}"
    hospital.clinic.amend("P-9", hospital.version(), site, "adams", "the ward's way")
    prepares(Reader(hospital, "brown"), rate="20")
    seconds(Reader(hospital, "young"), own_rate="20")
    presses(Reader(hospital, "brown"), "/start/begin", START)
    person = opens()
    person.reads("Reason: a trial")
    goes_on(hospital, person, minutes=16)
    person.reads("Locked: T. A.", "Look now. The next observation is due.")
    person.misses("a trial", "Why?")
    goes_on(hospital, person, minutes=55)
    person.reads("It runs 10 minutes longer than it should. Why?")


def test_the_lock_says_that_the_volume_is_not_recorded(hospital: Hospital, opens: Opens) -> None:
    """A reaction that others told has ended the infusion, and nobody has said how much went in."""
    running(hospital)
    hospital.told("young", f"{{at: {hospital.clock.at.isoformat()}, reaction: {{grade: 3}}}}")
    person = opens(WATCH)
    goes_on(hospital, person, minutes=16)
    person.reads("Locked: T. A.", "How much went in is not recorded.")


def test_a_pause_moves_the_question(hospital: Hospital) -> None:
    """An infusion that stood still does not overrun for that; what is no cause is refused."""
    brown = running(hospital)
    presses(brown, "/infusion/pause")
    passes(hospital, 30)
    presses(brown, "/infusion/resume")
    passes(hospital, 69)
    form = brown.goes(INFUSION).form("/infusion/overran")
    with hospital.unchanged():
        assert brown.sends(form, cause="because").status == 422
    html, time = brown.goes(INFUSION).html, 'data-from="2026-11-25T11:10:00+00:00"'
    assert html.count(f"{time} hidden") == html.count(time) == 3


def test_what_the_server_did_not_hear_goes_on_paper(hospital: Hospital, opens: Opens, windows: Windows) -> None:
    """The bar names the worksheet of this bag."""
    windows.pass_over("healthz|icon")
    running(hospital)
    person = opens()
    person.page.context.set_offline(True)
    person.presses("Infusion finished")
    person.reads(f"Write it on paper, worksheet {worksheet(hospital)}; or try again.")
    assert told(hospital, "infusion")[-1]["state"] == "started"
