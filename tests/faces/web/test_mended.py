"""What one person must not see, whose clock it is, which day it is, and which patient: where pages once went wrong."""

import re
from urllib.parse import quote, urlencode

import pytest
from tests.faces.api.hospital import Hospital
from tests.faces.web.reading import Form, Page, Reader
from tests.faces.web.test_flows import NEW
from tests.test_clinic import ENROLLED
from tests.test_clinic import P_9 as DOCUMENT

P_9 = "/patients/P-9"
API = "/api/courses/P-9/events"
HIDDEN = "Hidden until a second person has typed their own values"
ORDER = "{at: 2026-11-24, id: one, ordered: {dose: 1.3719 mg}}"
CORRECTION = "{at: 2026-11-24, corrected: {event: one, with: {ordered: {dose: 1.3822 mg}}}}"
OVERRODE = "{at: 2026-11-24, overrode: {clause: liver-data, kind: clinical, why: gives 1.3719 mg}}"
VIENNA = "{site: {timezone: Europe/Vienna}}"
NAMED = "{name: 'TESTCASE, Ada', identifiers: [{system: MRN, value: AB 12}], allergies: latex}"


def course(hospital: Hospital, who: str) -> Page:
    """Everything on record, as somebody sees it."""
    page = Reader(hospital, who).goes(f"{P_9}/course")
    assert page.status == 200
    return page


def told(hospital: Hospital, who: str) -> str:
    """The same, as programs have it."""
    return str(hospital.get(who, API).text)


# What is hidden


def test_a_correction_shows_no_more_than_the_order_that_it_corrects(hospital: Hospital) -> None:
    """Neither on the page nor to programs, until a second person has typed the same."""
    hospital.told("adams", ORDER)
    hospital.told("adams", CORRECTION)
    for who in ("price", "quinn", "ellis"):
        for seen in (course(hospital, who).html, told(hospital, who)):
            assert "1.3719" not in seen and "1.3822" not in seen
        assert course(hospital, who).text.count(HIDDEN) == 2
    assert "1.3822" in course(hospital, "adams").text
    hospital.told("price", "{at: 2026-11-24, checked: {point: order, first: one, dose: 1.3822 mg}}")
    assert "1.3822" in course(hospital, "ellis").text and "1.3822" in told(hospital, "ellis")


def test_reasons_told_together_with_a_hidden_order_are_hidden_too(hospital: Hospital) -> None:
    """They may name the dose: that of the entries, and that of the override beside the order."""
    sent = f"{API}?why=because+of+1.3719"
    answer = hospital.ask("adams", "POST", sent, content=f"[{OVERRODE}, {ORDER}]", headers={"If-Match": '"5"'})
    assert answer.status_code == 201 and answer.text.count("1.3719") == 4
    for seen in (course(hospital, "price").html, told(hospital, "price"), hospital.get("price", f"{API}?since=6").text):
        assert "1.3719" not in seen
    assert "gives 1.3719 mg" in course(hospital, "adams").text
    hospital.told("price", "{at: 2026-11-24, checked: {point: order, first: one, dose: 1.3719 mg}}")
    assert "because of 1.3719" in course(hospital, "price").text and "gives 1.3719 mg" in told(hospital, "price")


def test_who_may_not_look_for_patients_reads_no_name_on_record(hospital: Hospital) -> None:
    """An auditor sees that it was told who the patient is, and not what; others see both."""
    hospital.clinic.identify("P-9", 5, NAMED, "clerk")
    for seen in (course(hospital, "ellis").html, told(hospital, "ellis")):
        assert not re.search("TESTCASE|AB 12|latex", seen)
    assert "Hidden from whoever may not look for patients" in course(hospital, "ellis").text
    last = hospital.get("ellis", API).json()["events"][-1]
    assert (last["kind"], last["said"]) == ("patient", {"hidden": "from whoever may not look for patients"})
    assert "TESTCASE, Ada" in course(hospital, "brown").text and "TESTCASE, Ada" in told(hospital, "brown")


# Whose clock it is


def test_what_is_on_record_is_told_on_the_clocks_of_the_site(hospital: Hospital) -> None:
    """When it was kept, and when it happened, whatever offset it was told with."""
    hospital.clinic.amend("P-9", 5, VIENNA, "clerk", "moved")
    hospital.told("brown", "{at: '2026-11-24T23:50:00+00:00', infusion: {state: paused}}")
    text = course(hospital, "adams").text
    assert "Nurse Brown, 25-Nov-2026 10:30" in text and "09:30" not in text
    assert "25-Nov-2026 00:50" in text and "02-Nov-2026 10:40" in text


def test_the_queue_says_when_it_was_read_on_the_clocks_of_the_site(hospital: Hospital) -> None:
    """Not on those of the machine."""
    assert "Updated 09:30" in Reader(hospital, "adams").goes("/today").text
    hospital.clinic.settle(0, "{timezone: Europe/Vienna}", "root", "here")
    for path in ("/today", "/today/queue"):
        assert "Updated 10:30" in Reader(hospital, "adams").goes(path).text


# Which day it is


def test_a_day_that_is_past_knows_only_what_was_told_until_then(hospital: Hospital) -> None:
    """The hold of that day and its day to look again stay with it; a later hold is not told there."""
    hospital.told("adams", "{at: 2026-11-23, held: {reason: liver, recheck: 2026-11-24}}")
    hospital.told("adams", "{at: 2026-11-25, held: {reason: liver, recheck: 2026-11-28}}")
    reader = Reader(hospital, "adams")
    assert "Look again on 28-Nov-2026" in reader.goes(f"{P_9}/days/2026-11-25").text
    past = reader.goes(f"{P_9}/days/2026-11-23").text
    assert "Hold recorded" in past and "Look again on 24-Nov-2026" in past and "28-Nov-2026" not in past
    assert "Hold recorded" not in reader.goes(f"{P_9}/days/2026-11-24").text


@pytest.mark.parametrize("on", ["0001-01-01", "2026-11-01", "9999-12-31"])
def test_a_day_outside_the_course_leads_to_today(hospital: Hospital, on: str) -> None:
    """Before anything was told of the patient there is nothing to show, and tomorrow is not decided."""
    page = Reader(hospital, "adams").goes(f"{P_9}/days/{on}")
    assert page.status == 200 and page.path.endswith("/days/2026-11-25")


def test_the_first_day_of_a_course_is_shown(hospital: Hospital) -> None:
    """The day of the first event is a day like any other."""
    page = Reader(hospital, "adams").goes(f"{P_9}/days/2026-11-02")
    assert page.status == 200 and page.path.endswith("/days/2026-11-02")


# Which patient it is


@pytest.fixture
def adams(hospital: Hospital) -> Reader:
    """A haematologist, in whose hospital the number AB 12 is taken."""
    hospital.clinic.identify("P-9", 5, NAMED, "clerk")
    return Reader(hospital, "adams")


def empty(reader: Reader) -> Form:
    """The form of a new patient."""
    return reader.goes("/patients/new").form("/patients/new")


@pytest.mark.parametrize("number", ["AB 12", "ab 12", "AB   12", "AB\u00a012"])
def test_a_number_is_one_however_it_is_typed(adams: Reader, number: str) -> None:
    """Neither case nor blanks make it another patient's."""
    with adams.hospital.unchanged():
        page = adams.sends(empty(adams), NEW | {"number": number})
    assert page.status == 422 and "TESTCASE, Ada" in page.links


@pytest.mark.parametrize("number", ["AB 1", "AB 123", "12"])
def test_a_part_of_a_number_is_another(adams: Reader, number: str) -> None:
    """Who has it is enrolled."""
    assert adams.sends(empty(adams), NEW | {"number": number}).path.endswith("/plan")


def test_a_form_that_is_sent_twice_enrols_once_and_says_so(adams: Reader) -> None:
    """The second sending leads where the first did; another form with that number is refused as before."""
    form = empty(adams)
    first = adams.sends(form, NEW)
    with adams.hospital.unchanged():
        again = adams.sends(form, NEW)
        other = adams.sends(empty(adams), NEW)
    assert again.status == 200 and again.path == first.path and first.path.endswith("/plan")
    assert other.status == 422


@pytest.mark.parametrize("key", ["../../x", "0" * 31, "Z" * 32, "A" * 32, "", "a b" * 10])
def test_an_id_is_made_of_our_own_keys_only(adams: Reader, key: str) -> None:
    """Whatever else is sent in place of one, the patient has an id of eight random signs."""
    body = {name: texts[-1] for name, texts in empty(adams).fields.items()} | NEW | {"key": key}
    page = adams.posts("/patients/new", urlencode(body))
    found = re.fullmatch("/patients/P-([0-9A-F]{8})/plan", page.path)
    assert found is not None and found[1] not in (key[:8].upper(), "0" * 8, "A" * 8)


def test_an_entry_of_a_course_with_any_id_can_be_struck(hospital: Hospital) -> None:
    """Signs that mean something in an address are written out in the links of that page."""
    name = "P 9?x#1"
    hospital.clinic.open(DOCUMENT.replace("P-9", f"'{name}'"), "clerk")
    hospital.clinic.append(name, 1, ENROLLED, "adams")
    page = Reader(hospital, "adams").goes(f"/patients/{quote(name)}/course")
    asked = Reader(hospital, "adams").goes(page.links["Strike"])
    assert asked.status == 200 and "This entry is struck" in asked.text
