"""The pages that put right who a patient is and what a running course says: whose they are, and what is kept."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.faces.api.hospital import BY_ROLE, LEFT, PASSWORD, Hospital
from tests.faces.web.reading import Form, Page, Reader
from tests.test_clinic import P_9

from oncourse.roles import table

P = "/patients/P-9"
SCRIPT = "<script>alert(1)</script>"
WHY = "typed wrongly at first"
WHO = """
name: TESTCASE, Ada
identifiers: [{system: MRN, value: 000 4417}, {value: x-1}]
allergies: None known
synthetic: yes
"""
SITE = "{site: {timezone: Europe/Vienna, ward: 7 West, products: [{gtin: '1', name: n}], small_volume: [[0.01, 25]]}}"
ROUTES = {"who": ("identify", {"patient.name": "OTHER, Ida"}), "amend": ("amend", {"patient.sex": "male", "why": WHY})}


@pytest.fixture
def adams(hospital: Hospital) -> Reader:
    """A haematologist, in whose hospital one patient is known by name and the course has settings; version 7."""
    hospital.clinic.identify("P-9", 5, WHO, "clerk")
    hospital.clinic.amend("P-9", 6, SITE, "clerk", "moved")
    return Reader(hospital, "adams")


def form(reader: Reader, page: str) -> Form:
    """One of the two forms."""
    return reader.goes(f"{P}/{page}").form(page)


def shown(hospital: Hospital) -> Any:
    """Who the patient is."""
    return hospital.clinic.search("P-9")[0].shown


def said(hospital: Hospital) -> Any:
    """The last entry of the course, with its reason and who made it."""
    entry = hospital.clinic.entries("P-9")[-1]
    return entry.said, entry.by, entry.why


# Whose it is


@pytest.mark.parametrize("role", table().roles)
@pytest.mark.parametrize("page", ROUTES)
def test_the_pages_are_theirs_alone(adams: Reader, page: str, role: str) -> None:
    """As the table of roles says; nobody else reads them, and nothing of them is kept."""
    hospital, (act, typed) = adams.hospital, ROUTES[page]
    reader, head = Reader(hospital, BY_ROLE[role]), hospital.clinic.record.head()
    asked = reader.goes(f"{P}/{page}")
    body = urlencode({**{k: v[-1] for k, v in form(adams, page).fields.items()}, **typed})
    sent = hospital.ask(
        BY_ROLE[role],
        "POST",
        f"{P}/{page}",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
        follow_redirects=False,
    )
    if table().allows(act, [role]):
        assert (asked.status, sent.status_code, sent.headers["location"]) == (200, 303, P)
    else:
        assert (asked.status, sent.status_code) == (403, 403)
        assert hospital.clinic.record.head() == head


@pytest.mark.parametrize("role", ["haematologist", "pharmacist", "nurse", "auditor"])
def test_the_day_leads_to_those_that_are_theirs(adams: Reader, role: str) -> None:
    """And to no other."""
    links = Reader(adams.hospital, BY_ROLE[role]).goes(P).links.values()
    for page, (act, _) in ROUTES.items():
        assert (f"{P}/{page}" in links) == table().allows(act, [role])


@pytest.mark.parametrize("who", [None, LEFT])
@pytest.mark.parametrize("page", ROUTES)
def test_strangers_are_asked_to_sign_in(hospital: Hospital, page: str, who: str | None) -> None:
    """Whatever they ask for."""
    answer = hospital.get(who, f"{P}/{page}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?to={P}/{page}")
    with hospital.unchanged():
        assert hospital.ask(who, "POST", f"{P}/{page}").status_code == 401


@pytest.mark.parametrize("page", ROUTES)
def test_a_course_that_is_not_there_is_told(adams: Reader, page: str) -> None:
    """For looking and for sending."""
    assert adams.goes(f"/patients/P-8/{page}").status == 404
    assert adams.posts(f"/patients/P-8/{page}", "version=1").status == 404


# Who it is


def test_who_a_patient_is_is_put_right(adams: Reader) -> None:
    """Each part that was changed, and the patient is found by it at once; that nobody real is meant stays."""
    fields = form(adams, "who").fields
    assert (fields["patient.name"], fields["patient.identifiers.1.value"]) == (["TESTCASE, Ada"], ["000 4417"])
    typed = {
        "patient.name": "MÜLLER, Ada",
        "patient.identifiers.1.value": "000 4418",
        "patient.identifiers.2.value": "",
        "patient.identifiers.3.system": "Insurance",
        "patient.identifiers.3.value": "77",
        "patient.allergies": "Penicillin",
    }
    page = adams.sends(form(adams, "who"), typed)
    assert page.status == 200 and "MÜLLER, Ada" in page.text and "MRN 000 4418" in page.text
    identifiers = [{"system": "MRN", "value": "000 4418"}, {"system": "Insurance", "value": "77"}]
    told = {"name": "MÜLLER, Ada", "identifiers": identifiers, "allergies": "Penicillin"}
    assert said(adams.hospital) == (told, "adams", None)
    assert shown(adams.hospital)["synthetic"] == "yes"
    assert [one.course for one in adams.hospital.clinic.search("muller 77")] == ["P-9"]


def test_every_number_can_be_taken_away(adams: Reader) -> None:
    """By emptying its row."""
    typed = {f"patient.identifiers.{row}.{part}": "" for row in (1, 2) for part in ("system", "value")}
    assert adams.sends(form(adams, "who"), typed).status == 200
    assert shown(adams.hospital)["identifiers"] == []


def test_a_patient_of_whom_nothing_is_known_gets_a_name(hospital: Hospital) -> None:
    """And whoever types nothing is told."""
    nurse = Reader(hospital, "brown")
    with hospital.unchanged():
        page = nurse.sends(form(nurse, "who"))
    assert page.status == 422 and "Fill in at least one field." in page.text
    assert nurse.sends(page.form("who"), {"patient.name": "TESTCASE, Ada"}).status == 200
    assert said(hospital) == ({"name": "TESTCASE, Ada"}, "brown", None)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("patient.name", "", "Fill in this field: Name."),
        ("patient.allergies", "", "Fill in this field: Allergies."),
        ("patient.name", "x" * 4001, "Shorten it."),
        ("patient.identifiers.1.value", "", "Add value."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(adams: Reader, field: str, typed: str, told: str) -> None:
    """Nothing is kept, everything typed stays."""
    with adams.hospital.unchanged():
        page = adams.sends(form(adams, "who"), {"patient.identifiers.2.value": "x-2", field: typed})
    assert page.status == 422 and page.title.startswith("Error:")
    link = next(link for words, link in page.links.items() if told in words)
    assert link[1:] in page.ids and link.rpartition(".")[0] == f"#{field.rpartition('.')[0]}"
    assert page.form("who").fields["patient.identifiers.2.value"] == ["x-2"]
    assert page.form("who").fields[field] == [typed]


def test_a_number_of_somebody_else_is_asked_about(adams: Reader) -> None:
    """It may be the same patient's second course; whoever says so is believed."""
    clinic = adams.hospital.clinic
    clinic.open(P_9.replace("P-9", "P-10"), "clerk", who="{name: 'OTHER, Ida', identifiers: [{value: AB 12}]}")
    typed = {"patient.identifiers.2.value": "ab 12"}
    with adams.hospital.unchanged():
        page = adams.sends(form(adams, "who"), typed)
    assert page.links["Check the number. OTHER, Ida has it too."] == "#patient.identifiers.2.value"
    assert adams.sends(page.form("who"), {"patient.identifiers.2.value": "AB 13"}).status == 200
    again = adams.sends(form(adams, "who"), typed)
    assert adams.sends(again.form("who"), same="yes").status == 200
    assert shown(adams.hospital)["identifiers"][1] == {"value": "ab 12"}


# What the course says


def test_what_a_course_says_is_put_right(adams: Reader) -> None:
    """With a reason; only the part that was changed is said anew, and the day is decided by it."""
    fields = form(adams, "amend").fields
    assert (fields["patient.born"], fields["patient.sex"]) == (["04-Mar-1979"], ["female"])
    page = adams.sends(form(adams, "amend"), {"patient.born": "4 March 1997", "patient.sex": "other", "why": WHY})
    assert page.status == 200 and "04-Mar-1997 (29 y)" in page.text and "Sex Other" in page.text
    patient = {"id": "P-9", "born": "1997-03-04", "sex": "other"}
    assert said(adams.hospital) == ({"patient": patient}, "adams", WHY)


def test_the_settings_of_a_course_are_put_right(adams: Reader) -> None:
    """Those of this course alone, all of them at once."""
    typed = {"site.jurisdiction": "EU", "site.ward": "", "site.products.2.gtin": "2", "why": WHY}
    assert adams.sends(form(adams, "amend"), typed).status == 200
    site = {
        "jurisdiction": "EU",
        "timezone": "Europe/Vienna",
        "small_volume": [["0.01", "25"]],
        "products": [{"gtin": "1", "name": "n"}, {"gtin": "2"}],
    }
    assert said(adams.hospital) == ({"site": site}, "adams", WHY)
    assert adams.hospital.clinic.settings() == {}


def test_both_are_put_right_at_once(adams: Reader) -> None:
    """As one entry."""
    adams.sends(form(adams, "amend"), {"patient.born": "", "site.ward": "8", "why": WHY})
    told, _, _ = said(adams.hospital)
    assert told["patient"] == {"id": "P-9", "sex": "female"} and told["site"]["ward"] == "8"
    assert adams.hospital.version() == 8


@pytest.mark.parametrize("page", ROUTES)
def test_nothing_is_said_anew_that_was_said_before(adams: Reader, page: str) -> None:
    """Whoever changes nothing is told."""
    with adams.hospital.unchanged():
        answer = adams.sends(form(adams, page), {"why": WHY} if page == "amend" else {})
    assert answer.status == 422 and "Change something first, or go back." in answer.text


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("patient.born", "30-Feb-1979", "Write the date as 22-Nov-2026."),
        ("patient.born", "03-Nov-2026", "Check the date. It is after 02-Nov-2026, when something happened already."),
        ("patient.born", "1066-10-14", "Give a year from 1880 to 2199."),
        ("patient.sex", "king", "Use female, male, other or unknown."),
        ("site.timezone", "Europe/Wien", "Name one of the IANA list"),
        ("site.result_age", "31", "Use a whole number from 1 to 30."),
        ("site.small_volume", "[" * 30 + "]" * 30, "Take out levels."),
        ("why", "", "Say why."),
        ("why", "bell \a", "Say why in a few words."),
    ],
)
def test_what_a_course_cannot_say_is_told_beside_its_field(adams: Reader, field: str, typed: str, told: str) -> None:
    """Nothing is kept, everything typed stays."""
    with adams.hospital.unchanged():
        page = adams.sends(form(adams, "amend"), {"site.ward": "8 East", "why": WHY, field: typed})
    assert page.status == 422 and page.title.startswith("Error:")
    assert next(link for words, link in page.links.items() if told in words) == f"#{field}" and field in page.ids
    assert page.form("amend").fields["site.ward"] == ["8 East"]
    assert field == "patient.sex" or page.form("amend").fields[field] == [typed]


def test_what_does_not_fit_what_was_told_is_no_fields_fault(adams: Reader) -> None:
    """A formula by which the body that was measured cannot be is told on top of the page."""
    told = "{at: 2026-11-03, measured: {height: 210 cm, weight: 210 kg}}"
    adams.hospital.clinic.append("P-9", 7, told, "brown")
    with adams.hospital.unchanged():
        page = adams.sends(form(adams, "amend"), {"site.bsa_formula": "haycock", "why": WHY})
    assert page.status == 422 and "Check height and weight. Body surface" in page.text
    assert not any("Body surface" in words for words in page.links)


def test_every_fault_is_told_at_once(adams: Reader) -> None:
    """Of the patient, of the site, and of the reason."""
    wrong = {"patient.born": "x", "site.timezone": "y", "site.small_volume": "[", "site.result_age": "0", "why": ""}
    page = adams.sends(form(adams, "amend"), wrong)
    assert page.status == 422 and {f"{name}-fault" for name in wrong} <= set(page.ids)


@pytest.mark.parametrize("depth", [21, 22, 23, 24, 25])
def test_a_table_nested_deeply_is_kept_or_told(adams: Reader, depth: int) -> None:
    """Never half of it, never a fault of ours."""
    said = {"site.small_volume": "[" * depth + "1" + "]" * depth, "why": WHY}
    page = adams.sends(form(adams, "amend"), said)
    assert page.status in (200, 422)
    kept = json.dumps(adams.hospital.clinic.course("P-9").course.site_as_written["small_volume"])
    assert (kept.count("[") == depth) == (page.status == 200)


# Two at once, and detours


@pytest.mark.parametrize(("page", "other"), [("who", "amend"), ("amend", "who")])
def test_two_put_right_at_once(adams: Reader, page: str, other: str) -> None:
    """The second is told what the first did, loses nothing typed, and sends it again knowing it."""
    old, typed = form(adams, page), ROUTES[page][1]
    Reader(adams.hospital, "clark").sends(form(adams, other), ROUTES[other][1])
    with adams.hospital.unchanged():
        behind = adams.sends(old, typed)
    what = {"who": "change of who the patient is", "amend": "change of what the course says"}[other]
    assert behind.status == 409 and f"Dr Clark told at 25-Nov-2026 10:30: {what}." in behind.text
    assert {name: behind.form(page).fields[name] for name in typed} == {name: [said] for name, said in typed.items()}
    assert adams.sends(behind.form(page)).status == 200
    assert adams.hospital.version() == 9


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("who", {"patient.name": "OTHER, Ida"}),
        ("who", {"patient.identifiers.1.value": "", "patient.identifiers.1.system": "", "patient.allergies": "Nuts"}),
        ("amend", {"patient.sex": "male", "why": WHY}),
        ("amend", {"patient.sex": "male", "site.ward": "8", "why": WHY}),
    ],
)
def test_the_same_sent_twice_is_kept_once(adams: Reader, page: str, typed: dict[str, str]) -> None:
    """As a double tap does; told by another it is not the same."""
    old = form(adams, page)
    for _ in range(2):
        assert adams.sends(old, typed).status == 200
    assert adams.hospital.version() == 8
    assert Reader(adams.hospital, "clark").sends(old, typed).status == 409


@pytest.mark.parametrize("page", ROUTES)
def test_a_fault_does_not_hide_what_others_did(adams: Reader, page: str) -> None:
    """Whoever mends a fault still answers for the version they saw."""
    old = form(adams, page)
    adams.hospital.clinic.append("P-9", 7, "{at: 2026-11-25, measured: {weight: 68 kg}}", "brown")
    wrong = {"patient.name": ""} if page == "who" else {"patient.sex": "male"}
    answer = adams.sends(old, wrong)
    assert answer.status == 422
    mended = {"patient.name": "OTHER, Ida"} if page == "who" else {"why": WHY}
    answer = adams.sends(answer.form(page), mended)
    assert answer.status == 409 and "height or weight" in answer.text
    assert adams.sends(answer.form(page)).status == 200


@pytest.mark.parametrize(("page", "typed"), [(page, typed) for page, (_, typed) in ROUTES.items()])
def test_a_sign_in_that_ends_in_mid_form_loses_nothing(adams: Reader, page: str, typed: dict[str, str]) -> None:
    """Everything typed is in the form again; nothing is kept until it is sent."""
    stranger = Reader(adams.hospital, None)
    with adams.hospital.unchanged():
        asked = stranger.sends(form(adams, page), typed)
        back = stranger.sends(asked.form("/sign-in"), name="adams", password=PASSWORD)
        again = adams.sends(back.form(page))
    assert (asked.status, again.status) == (401, 200)
    assert {name: again.form(page).fields[name] for name in typed} == {name: [text] for name, text in typed.items()}
    assert adams.sends(again.form(page)).status == 200
    assert adams.hospital.version() == 8


@pytest.mark.parametrize(
    "hostile", [SCRIPT, "{{ 7 * 7 }}", "'\"><b>", "</textarea><b>", "{a: 1}", "null", "yes", "ü 🔑"]
)
def test_hostile_texts_are_only_text(adams: Reader, hostile: str) -> None:
    """As names, numbers, allergies, settings and reasons."""
    fields = ("patient.name", "patient.allergies", "patient.identifiers.1.value", "patient.identifiers.1.system")
    page = adams.sends(form(adams, "who"), dict.fromkeys(fields, hostile))
    assert page.status == 200 and page.text.count(hostile) >= 4
    assert [form(adams, "who").fields[name] for name in fields] == [[hostile]] * 4
    amended = adams.sends(form(adams, "amend"), {"site.ward": hostile, "site.products.1.name": hostile, "why": hostile})
    assert amended.status == 200 and form(adams, "amend").fields["site.ward"] == [hostile]
    for one in (page, amended, adams.goes(f"{P}/amend"), adams.goes(f"{P}/who")):
        assert "<" not in hostile or hostile not in one.html


def test_an_address_with_odd_characters_comes_back(adams: Reader) -> None:
    """A course whose id a browser has to write otherwise is found again after signing in."""
    name = "P 9?&#ü"
    adams.hospital.clinic.open(P_9.replace("id: P-9", f"id: '{name}'"), "clerk")
    path = f"/patients/{quote(name)}/who"
    answer = adams.hospital.get(None, path, follow_redirects=False)
    assert answer.headers["location"] == f"/sign-in?to={quote(path)}"
    page = Page(adams.hospital.get(None, answer.headers["location"]))
    assert page.form("/sign-in").fields["to"] == [path]
    page = Page(adams.hospital.ask(None, "POST", path, data={"patient.name": "X"}))
    assert page.form("/sign-in").fields["to"] == [path]
