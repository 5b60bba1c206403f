"""Times at the bedside: clocks that are over or not known, hours that come twice, what was given before midnight."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.nursing import (
    DRUGS,
    P_9,
    VITALS,
    at_night,
    passes,
    prepares,
    presses,
    released,
    running,
    scans,
    seconds,
    starts,
    told,
    worksheet,
)
from tests.faces.web.reading import Reader
from tests.faces.web.serving import Ward

from oncourse.faces.web.hand import meant

INFUSION, REACTION, WATCH, START = (f"{P_9}/{page}" for page in ("infusion", "reaction", "watch", "start"))
BERLIN = ZoneInfo("Europe/Berlin")
NO_FIRST_VIAL = "Call pharmacy. The time of the first vial is not recorded."
EVENING = dict.fromkeys(DRUGS, "22:05")


def at(said: str) -> datetime:
    """An instant on the clocks of Berlin."""
    return datetime.fromisoformat(said).astimezone(BERLIN)


# Clocks


def test_an_infusion_that_runs_too_long_is_over(hospital: Hospital) -> None:
    """Its clock says since when, and by how much."""
    brown = running(hospital)
    passes(hospital, 65)
    page = brown.goes(INFUSION)
    assert "5 min 00 s over by 11:30 Over" in page.text and "timer--over" in page.html


def struck(hospital: Hospital) -> None:
    """The first vial of P-9 is struck from the record."""
    vial = [entry for entry in hospital.clinic.entries("P-9") if "reconstituted" in entry.said][-1]
    hospital.told("price", f"{{at: 2026-11-25, corrected: {{event: {vial.said['id']}}}}}")


def test_a_first_vial_that_is_not_recorded_is_an_alarm(hospital: Hospital) -> None:
    """While it runs and while it stands; nobody resumes it, and the reason is the true one."""
    brown = running(hospital)
    struck(hospital)
    page = brown.goes(INFUSION)
    assert NO_FIRST_VIAL in page.text and "Begins with the first vial" not in page.text
    assert "Reconstitution to end of infusion Not recorded" in page.text
    page = presses(brown, "/infusion/pause")
    assert NO_FIRST_VIAL in page.text.partition("Do next")[2] and "no longer end in time" not in page.text
    assert not [form for form in page.forms if form.action.endswith("/resume")]


def test_a_late_start_that_was_signed_can_be_made(hospital: Hospital, ward: Ward) -> None:
    """In a browser: no script hides what a haematologist has decided."""
    released(hospital, timedelta(hours=7, minutes=10))
    prepares(Reader(hospital, "brown"))
    seconds(Reader(hospital, "young"))
    hospital.told("adams", "{at: 2026-11-25, overrode: {clause: start-by, kind: clinical, why: nothing else is left}}")
    person = ward.person("brown")
    person.goes(START)
    person.reads("Start infusion")
    person.page.wait_for_timeout(1500)
    person.misses("Start infusion is locked")
    person.presses("Start infusion")
    person.reads("Infusion running")


def test_a_late_end_that_was_signed_can_be_made(hospital: Hospital, ward: Ward) -> None:
    """In a browser: it is resumed though it ends too late."""
    brown = running(hospital, timedelta(hours=6, minutes=55))
    presses(brown, "/infusion/pause")
    passes(hospital, 10)
    hospital.told("adams", "{at: 2026-11-25, overrode: {clause: end-by, kind: clinical, why: nothing else is left}}")
    person = ward.person("brown")
    person.goes(INFUSION)
    person.page.wait_for_timeout(1500)
    expect(person.page.get_by_role("button", name="Resume infusion")).to_be_visible()
    person.presses("Resume infusion")
    person.reads("Infusion running")


# Volumes


def test_what_was_diluted_is_what_hangs_there(hospital: Hospital) -> None:
    """The volume on which two people agreed: in the title, for the pump, in the start, and of what went in."""
    released(hospital, bag="49.5")
    brown = Reader(hospital, "brown")
    page = brown.goes(START)
    assert "1.42 mg in 49.5 mL" in page.text and "Set the pump to 49.5 mL per hour." in page.text
    prepares(brown, rate="49.5")
    page = seconds(Reader(hospital, "young"), own_rate="49.5")
    brown.sends(page.form("/start/begin"))
    assert told(hospital, "infusion") == [{"state": "started", "rate": "49.5 mL/h", "volume": "49.5 mL"}]
    presses(brown, "/infusion/pause")
    assert "The bag holds 49.5 mL." in presses(brown, "/infusion/end", f"{INFUSION}/end", volume="49.6").text
    presses(brown, "/infusion/end", f"{INFUSION}/end", volume="49.5")
    assert told(hospital, "given")[-1]["dose"] == "1.42 mg"


# Times that are typed


@pytest.mark.parametrize(
    ("now", "said", "wanted"),
    [
        ("2026-10-25T02:45:00+02:00", "02:30", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:15:00+01:00", "02:30", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:45:00+01:00", "02:30", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:15:00+02:00", "02:30", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T00:30:00+02:00", "23:50", "2026-10-24T23:50:00+02:00"),
        ("2026-10-25T15:00:00+01:00", "02:30", "2026-10-25T02:30:00+01:00"),
        ("2026-10-26T01:00:00+01:00", "13:00", "2026-10-26T13:00:00+01:00"),
        ("2026-10-26T01:00:00+01:00", "13:01", "2026-10-25T13:01:00+01:00"),
        ("2027-03-28T03:10:00+02:00", "02:30", None),
        ("2026-10-26T01:00:00+01:00", "25:00", None),
    ],
)
def test_an_hour_that_comes_twice_is_the_latest_that_was(now: str, said: str, wanted: str | None) -> None:
    """Never one that is still to come where another was; an hour that is left out is none."""
    assert meant(at(now), said) == (None if wanted is None else datetime.fromisoformat(wanted))


def test_a_dilution_in_the_hour_that_comes_twice(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten past two by the second clock comes after ten to three by the first."""
    at_night(hospital, "Europe/Berlin", datetime.fromisoformat("2026-10-25T02:50:00+02:00"), bag=False)
    hospital.clock.at = datetime.fromisoformat("2026-10-25T02:20:00+01:00")
    secret = hospital.clinic.accounts.sign_in("price", PASSWORD)
    assert secret is not None
    monkeypatch.setitem(hospital.keys.made, "price", secret)
    price = Reader(hospital, "price")
    form = price.goes("/patients/P-20/prepare/dilute").form("/prepare/dilute")
    sent = {"diluted.drawn": "5.68", "diluted.volume": "50", "time": "02:10"}
    page = price.sends(form, sent)
    assert page.status == 200, page.text
    event = hospital.clinic.entries("P-20")[-1].said
    assert event["at"] == "2026-10-25T02:10:00+01:00" and "diluted" in event


def test_a_stop_goes_through_at_midnight(hospital: Hospital) -> None:
    """The page is of the evening before: nobody is asked to look again before it is kept."""
    brown = running(hospital)
    where = "{site: {timezone: Pacific/Auckland, pharmacy_phone: '5120'}}"
    hospital.clinic.amend("P-9", hospital.version(), where, "adams", "where it is given")
    form = brown.goes(INFUSION).form("/infusion/stop")
    passes(hospital, 100)
    assert brown.sends(form).path == REACTION
    assert told(hospital, "infusion")[-1] == {"state": "paused"}


@pytest.fixture
def midnight(hospital: Hospital) -> Callable[[], Reader]:
    """The nurse, half past midnight at a bag of the evening: in Auckland, where it is late."""
    released(hospital, zone="Pacific/Auckland")

    def later() -> Reader:
        passes(hospital, 120)
        return Reader(hospital, "brown")

    return later


def test_premedication_of_the_evening_before_needs_a_signature(
    hospital: Hospital, midnight: Callable[[], Reader]
) -> None:
    """Typed after midnight it is kept with its day, shown with it, and does not count for the day of the dose."""
    brown = midnight()
    page = brown.sends(brown.goes(START).form("/start/premedication"), EVENING)
    assert page.status == 200
    assert told(hospital, "premedicated")[-1] == dict.fromkeys(
        ("corticosteroid", "antipyretic", "antihistamine"), "2026-11-25T22:05:00+13:00"
    )
    assert "Antihistamine 22:05 on 25-Nov-2026" in page.text and "missing:" not in page.text and not starts(page)
    assert "of the day before, let a haematologist sign for it: Corticosteroid, Antipyretic, Antihist" in page.text
    assert "Start without all premedication" in page.text


def test_premedication_before_midnight_is_shown_after_it(hospital: Hospital, midnight: Callable[[], Reader]) -> None:
    """It was typed in time; with a haematologist's signature it starts."""
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(START).form("/start/premedication"), EVENING)
    midnight()
    page = brown.goes(START)
    assert "Antihistamine 22:05 on 25-Nov-2026; of the day before" in page.text
    page = scans(brown, page, "0004417", worksheet(hospital))
    page = brown.sends(page.form("/start/observations"), VITALS)
    brown.sends(page.form("/start/pump"), rate="50")
    seconds(Reader(hospital, "young"))
    hospital.told("adams", "{at: 2026-11-26, overrode: {clause: premedication, kind: clinical, why: given at ten}}")
    page = brown.goes(START)
    assert "decided otherwise by a haematologist" in page.text and starts(page)
