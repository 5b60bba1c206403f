"""The page of the settings with which new courses begin: who reads and sets them, and that nobody does so unseen."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.faces.api.hospital import BY_ROLE, PASSWORD, Hospital
from tests.faces.web.reading import Form, Page, Reader
from tests.test_clinic import P_9

from oncourse.protocol_file import load
from oncourse.roles import table

ALL = """
jurisdiction: EU
timezone: Europe/Vienna
bsa_formula: dubois
result_age: 4 d
transfusion_washout: 10
small_volume: [[0.01, 25], {under: [1, "2: 3"]}]
products: [{gtin: '05415062342022', name: 'Besponsa 1 mg'}, {name: Other}]
pharmacy_phone: '+43 1 404 00'
ward: 7 West
idle_lock: 90 s
"""
SCRIPT = "<script>alert(1)</script>"
WHY = "the pharmacy moved"
NAMES = list(load().vocabulary.site.fields)


@pytest.fixture
def root(hospital: Hospital) -> Reader:
    """The administrator of a hospital in which everything is set."""
    hospital.clinic.settle(0, ALL, "set-up", "first")
    return Reader(hospital, "root")


def form(root: Reader) -> Form:
    """The settings as they are."""
    return root.goes("/site").form("/site")


def told(hospital: Hospital) -> Mapping[str, Any]:
    """What is set."""
    return hospital.clinic.settings()


# Whose it is


@pytest.mark.parametrize("role", table().roles)
def test_everybody_reads_them_and_administrators_set_them(hospital: Hospital, role: str) -> None:
    """As the table of roles says."""
    hospital.clinic.settle(0, ALL, "set-up")
    reader = Reader(hospital, BY_ROLE[role])
    page = reader.goes("/site")
    assert page.status == 200 and "Courses that run already keep their own." in page.text
    head = hospital.clinic.record.head()
    answer = reader.posts("/site", "site.ward=8+East&version=1&why=moved")
    if role == "administrator":
        assert "why" in page.form("/site").names and answer.status == 200
        assert told(hospital) == {"ward": "8 East"}
    else:
        assert all(one.action != "/site" for one in page.forms) and "Ward 7 West" in page.text
        assert answer.status == 403 and hospital.clinic.record.head() == head


def test_strangers_are_asked_to_sign_in(hospital: Hospital) -> None:
    """Whatever they ask for."""
    assert hospital.get(None, "/site", follow_redirects=False).headers["location"] == "/sign-in?to=/site"
    with hospital.unchanged():
        assert hospital.ask(None, "POST", "/site", data={"site.ward": "8"}).status_code == 401


# What is read


def test_whoever_only_reads_sees_every_setting(root: Reader) -> None:
    """In words, each with what is set."""
    text = Reader(root.hospital, "brown").goes("/site").text
    for said in (
        "Label followed European Union",
        "Time zone Europe/Vienna",
        "Formula for body surface Du Bois",
        "Age of results 4 days",
        "Time after a platelet transfusion 10 days",
        "Products 05415062342022, Besponsa 1 mg; Other",
        "Phone of the pharmacy +43 1 404 00",
        "Ward 7 West",
        "Time until sign-out 90 s",
    ):
        assert said in text


def test_what_is_not_set_is_said(hospital: Hospital) -> None:
    """And what holds instead, by the protocol that is followed."""
    assert "Ward Not set" in Reader(hospital, "brown").goes("/site").text
    text = Reader(hospital, "root").goes("/site").text
    for one in load().settings:
        said = "United States" if one.name == "jurisdiction" else f"{one.default} days"
        assert f"If left out: {said}." in text


def test_every_setting_of_the_protocol_is_on_the_form(root: Reader) -> None:
    """Also those that a later version adds."""
    names = form(root).names
    assert {name for name in NAMES if any(one.startswith(f"site.{name}") for one in names)} == set(NAMES)


# What is set


def test_what_is_shown_is_what_is_kept(root: Reader) -> None:
    """The form sent as it is says the same as before, and then nothing is kept; with another word only that changes."""
    same = root.sends(form(root), why=WHY)
    assert same.status == 422 and "Change something first, or go back." in same.text
    before = told(root.hospital)
    page = root.sends(form(root), {"site.ward": "8 East", "why": WHY})
    assert page.status == 200 and page.form("/site").fields["site.ward"] == ["8 East"]
    assert told(root.hospital) == {**before, "result_age": "4", "ward": "8 East"}
    entry = root.hospital.clinic.record.entries("@site")[-1]
    assert (entry.by, entry.why, entry.version) == ("root", WHY, 2)


def test_each_setting_is_left_out_or_set_anew(root: Reader) -> None:
    """Emptied all of them; then each in its own kind of field."""
    empty: dict[str, str | list[str]] = dict.fromkeys(form(root).fields, "") | {"version": "1", "why": WHY}
    assert root.sends(form(root), empty).status == 200
    assert told(root.hospital) == {}
    said = {
        "site.jurisdiction": "US",
        "site.timezone": "Asia/Tokyo",
        "site.bsa_formula": "haycock",
        "site.result_age": "2",
        "site.transfusion_washout": "0",
        "site.small_volume": "- {under: 0.1, bag: 25}\n# a remark\n- last",
        "site.products.1.gtin": "123",
        "site.products.2.name": "without a code",
        "site.pharmacy_phone": "5120",
        "site.ward": "Ä 1",
        "site.idle_lock": "2",
        "site.idle_lock.unit": "h",
        "why": WHY,
    }
    assert root.sends(form(root), said).status == 200
    assert told(root.hospital) == {
        "jurisdiction": "US",
        "timezone": "Asia/Tokyo",
        "bsa_formula": "haycock",
        "result_age": "2",
        "transfusion_washout": "0",
        "small_volume": [{"under": "0.1", "bag": "25"}, "last"],
        "products": [{"gtin": "123"}, {"name": "without a code"}],
        "pharmacy_phone": "5120",
        "ward": "Ä 1",
        "idle_lock": "2 h",
    }


def test_new_courses_begin_with_them_and_running_ones_keep_theirs(root: Reader) -> None:
    """Also if nothing was set when they began."""
    root.sends(form(root), {"site.ward": "8 East", "why": WHY})
    root.hospital.clinic.open(P_9.replace("P-9", "P-10"), "clerk")
    assert root.hospital.clinic.course("P-10").course.site["ward"] == "8 East"
    assert "ward" not in root.hospital.clinic.course("P-9").course.site


@pytest.mark.parametrize(
    ("field", "said", "fault"),
    [
        ("site.timezone", "Europe/Wien", "Name one of the IANA list, such as Europe/Vienna."),
        ("site.timezone", "../../etc/passwd", "Name one of the IANA list"),
        ("site.result_age", "0", "Use a whole number from 1 to 30."),
        ("site.result_age", "1.5", "Use a whole number from 1 to 30."),
        ("site.transfusion_washout", "many", "Use a whole number from 0 to 30."),
        ("site.idle_lock", "0", "Idle_lock 0 min is not above 0 min."),
        ("site.idle_lock", "1,5", "Write a decimal point"),
        ("site.jurisdiction", "UK", "Use US or EU."),
        ("site.bsa_formula", "own", "Use mosteller, dubois or haycock."),
        ("site.small_volume", "- 1\n- [[0.01, 25]\n- 2", "Line 3: Check brackets"),
        ("site.small_volume", "{a: 1, a: 2}", "Line 1: Keep one of them."),
        ("site.small_volume", "&a [*a]", "Line 1: Write the value plainly."),
        ("site.ward", "x" * 4001, "Shorten it."),
        ("why", "", "Say why. The reason stays on record."),
        ("why", "bell \a", "Say why in a few words."),
    ],
)
def test_what_cannot_be_set_is_told_beside_its_field(root: Reader, field: str, said: str, fault: str) -> None:
    """Everything typed is kept, nothing is set."""
    typed = {"why": WHY, "site.pharmacy_phone": "5120", "site.idle_lock.unit": "min", field: said}
    with root.hospital.unchanged():
        page = root.sends(form(root), typed)
    assert page.status == 422 and page.title.startswith("Error:") and fault in page.text
    assert any(link == f"#{field}" and fault in words for words, link in page.links.items())
    assert field in page.ids
    again = page.form("/site").fields
    assert again["site.pharmacy_phone"] == ["5120"]
    assert field in ("site.jurisdiction", "site.bsa_formula") or again[field] == [said]


def test_every_fault_is_told_at_once(root: Reader) -> None:
    """Each beside its own field."""
    wrong = {"site.timezone": "x", "site.result_age": "99", "site.small_volume": "[", "why": ""}
    page = root.sends(form(root), wrong)
    assert page.status == 422 and {f"{name}-fault" for name in wrong} <= set(page.ids)


def test_the_time_until_sign_out_holds_at_once(root: Reader) -> None:
    """For whoever is signed in."""
    root.sends(form(root), {"site.idle_lock": "5", "site.idle_lock.unit": "s", "why": WHY})
    made = root.hospital.clinic.accounts.sign_in("brown", PASSWORD)
    assert made is not None and root.hospital.clinic.accounts.signed_in(made) is not None
    assert root.hospital.clinic.accounts.idle().total_seconds() == 5


@pytest.mark.parametrize(
    "hostile", [SCRIPT, "{{ 7 * 7 }}", "'\"></textarea><b>", "{a: 1}", "\u202egnp", "null", "&amp;"]
)
def test_hostile_texts_are_only_text(root: Reader, hostile: str) -> None:
    """They come back as they were typed, on the form, in a conflict and for those who read."""
    fields = ("site.ward", "site.pharmacy_phone", "site.products.1.name", "why")
    page = root.sends(old := form(root), {**dict.fromkeys(fields, hostile), "why": hostile.strip("\u202e")})
    assert page.status == 200
    assert [page.form("/site").fields[name] for name in fields[:3]] == [[hostile]] * 3
    shown = Reader(root.hospital, "brown").goes("/site")
    behind = root.sends(old, {"site.ward": "8", "why": hostile + "."})
    assert hostile in shown.text and hostile in behind.text
    assert all(SCRIPT not in one.html and "<b>" not in one.html for one in (page, shown, behind))


# Two at once


def test_two_set_them_at_once(root: Reader) -> None:
    """The second is told what the first set, loses nothing typed, and sends it again knowing it."""
    first, second = form(root), form(root)
    root.sends(first, {"site.ward": "8 East", "site.products.1.gtin": "", "site.products.1.name": "", "why": WHY})
    with root.hospital.unchanged():
        page = root.sends(second, {"site.timezone": "Europe/Berlin", "why": "we moved"})
    assert page.status == 409 and "Somebody else was first. Nothing of yours was saved." in page.text
    assert "R. Root told at 25-Nov-2026 10:30: Products: Other; Ward: 8 East." in page.text
    again = page.form("/site")
    assert (again.fields["site.timezone"], again.fields["why"]) == (["Europe/Berlin"], ["we moved"])
    assert root.sends(again).status == 200
    assert (told(root.hospital)["timezone"], told(root.hospital)["ward"]) == ("Europe/Berlin", "7 West")


def test_the_same_sent_twice_is_set_once(root: Reader) -> None:
    """As a double tap does; by somebody else, or with another reason, it is not the same."""
    old = form(root)
    for _ in range(2):
        assert root.sends(old, {"site.ward": "8 East", "why": WHY}).status == 200
    assert root.hospital.clinic.site()[0] == 2
    assert root.sends(old, {"site.ward": "8 East", "why": "another reason"}).status == 409


def test_a_fault_does_not_hide_what_others_set(root: Reader) -> None:
    """Whoever mends a fault still answers for the version they saw."""
    old = form(root)
    root.sends(form(root), {"site.ward": "8 East", "why": WHY})
    page = root.sends(old, {"site.timezone": "x", "why": WHY})
    assert page.status == 422
    assert root.sends(page.form("/site"), {"site.timezone": "Europe/Berlin"}).status == 409


def test_a_sign_in_that_ends_in_mid_form_loses_nothing(root: Reader) -> None:
    """Everything typed is in the form again, and nothing is set until it is sent."""
    said = {"site.ward": "8 East", "site.small_volume": "- 1\n- 2", "site.products.3.gtin": "99", "why": WHY}
    stranger = Reader(root.hospital, None)
    with root.hospital.unchanged():
        page = stranger.sends(form(root), said)
        assert page.status == 401 and "What you typed is kept." in page.text
        back = stranger.sends(page.form("/sign-in"), name="root", password=PASSWORD)
        again: Page = root.sends(back.form("/site"))
    assert again.status == 200
    assert {name: again.form("/site").fields[name] for name in said} == {name: [text] for name, text in said.items()}
    assert root.sends(again.form("/site")).status == 200
    assert told(root.hospital)["products"][-1] == {"gtin": "99"}


def test_so_many_rows_are_read_as_were_sent(root: Reader) -> None:
    """Rows far apart or without end cost nothing."""
    rows = {"site.products.999999999.gtin": "1", "site.products.1.gtin": "a", "site.products.2.gtin": "b", "why": WHY}
    assert root.posts("/site", urlencode({**rows, "version": "1"})).status == 200
    assert told(root.hospital) == {"products": [{"gtin": "a"}, {"gtin": "b"}]}
