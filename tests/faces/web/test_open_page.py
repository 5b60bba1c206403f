"""A page that stays open: it says what others told, asks why an infusion overruns, and locks itself."""

import pytest
from playwright.sync_api import expect
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.chromium import Windows
from tests.faces.web.conftest import Opens
from tests.faces.web.nursing import (
    INFUSION,
    P_9,
    WATCH,
    finished,
    goes_on,
    left,
    passes,
    presses,
    running,
    told,
    worksheet,
)
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


def test_what_another_tells_is_said_on_a_page_that_is_open(hospital: Hospital, opens: Opens) -> None:
    """Within a quarter of a minute, with who and when, once for each; and the way to the page as it is now."""
    running(hospital)
    person = opens()
    goes_on(hospital, person, seconds=16)
    person.misses("Told since this page was opened")
    presses(Reader(hospital, "young"), "/infusion/pause")
    goes_on(hospital, person, seconds=16)
    person.reads("Told since this page was opened", "Nurse Young told at 25-Nov-2026 10:30: infusion.")
    hospital.told("adams", f"{{at: {hospital.clock.at.isoformat()}, labs: {{anc: 2 10*9/L}}}}")
    for seconds in (1, 16):
        goes_on(hospital, person, seconds=seconds)
    person.reads("Dr Adams told at 25-Nov-2026 10:30: results.")
    assert person.page.get_by_text("Nurse Young told").count() == 1
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
        assert answer.status_code == 200 and answer.text.count("<li>") == version - max(seen, 0)
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


def test_a_locked_tablet_stops_an_infusion(hospital: Hospital, opens: Opens) -> None:
    """One touch, which is kept while somebody signs in."""
    running(hospital)
    person = opens()
    goes_on(hospital, person, minutes=16)
    person.presses("Reaction: stop infusion")
    signs(person, "young")
    person.presses("Go back to the form")
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
    person.presses("Line or pump trouble")
    person.reads("It runs longer than it should: Line or pump trouble.")
    person.misses(why)
    assert told(hospital, "infusion")[-1] == {"state": "overran", "cause": "trouble"}
    assert left(person, "infusion") == "10 min 00 s over"
    person.presses("Infusion finished")
    person.reads("Watch after the infusion")
    assert "Line or pump trouble" in Reader(hospital, "adams").goes(f"{P_9}/course").text


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
    assert 'data-from="2026-11-25T11:10:00+00:00" hidden' in brown.goes(INFUSION).html


def test_what_the_server_did_not_hear_goes_on_paper(hospital: Hospital, opens: Opens, windows: Windows) -> None:
    """The bar names the worksheet of this bag."""
    windows.pass_over("healthz")
    running(hospital)
    person = opens()
    person.page.context.set_offline(True)
    person.presses("Infusion finished")
    person.reads(f"Write it on paper, worksheet {worksheet(hospital)}; or try again.")
    assert told(hospital, "infusion")[-1]["state"] == "started"
