"""Versions and keys over HTTP: nobody writes over what they have not seen, and a double tap stores once."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.faces.api.hospital import HERE, Hospital, is_problem
from tests.faces.api.kinds import event
from tests.test_clinic import P_9

PATH = "/api/courses/P-9/events"
LABS, VOD = event("labs"), event("vod")


def test_a_version_must_be_named(either: Hospital) -> None:
    """Without If-Match: 428, and nothing is kept."""
    with either.unchanged():
        assert is_problem(either.ask("adams", "POST", PATH, content=LABS), 428)
        assert is_problem(either.ask("adams", "POST", PATH, content=LABS, headers={"If-None-Match": "*"}), 428)


def test_every_answer_names_its_version(hospital: Hospital) -> None:
    """As an ETag, which the next If-Match repeats as it is."""
    for path in ("/api/courses/P-9", PATH):
        answer = hospital.get("adams", path)
        assert (answer.headers["etag"], answer.json()["version"]) == ('"5"', 5)
    told = hospital.ask("adams", "POST", PATH, content=f"[{LABS}, {VOD}]", headers={"If-Match": '"5"'})
    assert (told.headers["etag"], told.json()["version"]) == ('"7"', 7)
    assert [one["version"] for one in told.json()["events"]] == [6, 7]
    again = hospital.ask("adams", "POST", PATH, content=LABS, headers={"If-Match": told.headers["etag"]})
    assert again.status_code == 201
    opened = hospital.ask("adams", "POST", "/api/courses", content=P_9.replace("P-9", "P-10"))
    assert (opened.headers["etag"], opened.json()["version"]) == ('"1"', 1)


def test_events_are_asked_for_since_a_version(hospital: Hospital) -> None:
    """All, those after it, none; a number out of all bounds is only a number."""
    hospital.told("adams", LABS)
    for since, versions in (("", range(1, 7)), ("?since=4", [5, 6]), ("?since=6", []), ("?since=-7", range(1, 7))):
        answer = hospital.get("ellis", PATH + since).json()
        assert (answer["version"], [one["version"] for one in answer["events"]]) == (6, list(versions))
    for since in ("9" * 30, "9" * 4000):
        assert hospital.get("ellis", f"{PATH}?since={since}").json()["events"] == []
    for since in ("9" * 6000, "1.5", "x", "", "1e3"):
        assert is_problem(hospital.get("ellis", f"{PATH}?since={since}"), 422)


def test_the_second_of_two_is_told_what_came_between(either: Hospital) -> None:
    """412 with the version by now and who told something when; the same sent again at that version is kept."""
    either.told("adams", VOD)
    either.told("price", event("diluted"))
    with either.unchanged():
        answer = either.tell("brown", LABS, version=5)
    assert is_problem(answer, 412) and answer.headers["etag"] == '"7"'
    said = answer.json()
    assert said["version"] == 7
    assert [(one["version"], one["by"]) for one in said["since"]] == [(6, "adams"), (7, "price")]
    assert "50 mL" not in answer.text and "suspected" not in answer.text
    since = either.get("brown", f"{PATH}?since=5").json()["events"]
    assert since[0]["said"]["vod"] == {"status": "suspected"}
    assert since[1]["said"]["diluted"] == {"hidden": "until a second person has typed their own values"}
    assert either.ask("brown", "POST", PATH, content=LABS, headers={"If-Match": answer.headers["etag"]}).is_success


CHANGES = {
    "only the settings": ("PATCH", "/api/courses/P-9?why=so", "{site: {result_age: 7}}"),
    "only the protocol": ("PATCH", "/api/courses/P-9?why=so", "{protocol: inotuzumab-ozogamicin}"),
    "only the patient": ("PATCH", "/api/courses/P-9?why=so", "{patient: {id: P-9, born: 1980-03-04, sex: male}}"),
    "who it is": ("PUT", "/api/courses/P-9/patient", "{name: 'Testcase, Ada'}"),
    "the site": ("PUT", "/api/site", "{result_age: 7}"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_put_right_is_put_right_at_a_version(either: Hospital, change: str) -> None:
    """Each part alone; whoever has not seen the newest is told so, and the answer names the version there is then."""
    method, path, body = CHANGES[change]
    who, read = ("root", "/api/site") if "site" in path else ("adams", "/api/courses/P-9")
    before = either.get(who, read)
    with either.unchanged():
        assert is_problem(either.ask(who, method, path, content=body), 428)
        answer = either.ask(who, method, path, content=body, headers={"If-Match": '"99"'})
        assert is_problem(answer, 412) and answer.headers["etag"] == before.headers["etag"]
        assert is_problem(either.ask(who, method, path, content="{more: 1}", headers={"If-Match": '"5"'}), 422)
    answer = either.ask(who, method, path, content=body, headers={"If-Match": before.headers["etag"]})
    assert answer.status_code == 200, answer.text
    after = either.get(who, read)
    assert after.headers["etag"] == answer.headers["etag"] != before.headers["etag"]
    told = after.text + either.get("adams", "/api/courses?q=p-9").text
    assert ("Testcase" in told or "1980" in told or '"result_age": "7"' in told) == (change != "only the protocol")
    with either.unchanged():
        again = either.ask(who, method, path, content=body, headers={"If-Match": before.headers["etag"]})
        assert is_problem(again, 412) and again.json()["since"][0]["by"] == who
    assert either.clinic.verified(decisions=True).faults == []


def test_what_is_taken_back_is_gone(either: Hospital) -> None:
    """A date of birth that a course no longer says is shown and found no more; the name stays."""
    either.clinic.identify("P-9", 5, "{name: 'Testcase, Ada'}", "clerk")
    path, headers = "/api/courses/P-9?why=another+patient", {"If-Match": '"6"'}
    assert either.ask("adams", "PATCH", path, content="{patient: {id: P-9}}", headers=headers).is_success
    (found,) = either.get("adams", "/api/courses?q=testcase").json()["courses"]
    assert found == {"course": "P-9", "id": "P-9", "name": "Testcase, Ada"}
    assert either.get("adams", "/api/courses?q=1979").json() == {"courses": []}
    assert either.clinic.verified().faults == []


def test_a_version_that_is_not_there_yet_is_refused(hospital: Hospital) -> None:
    """Nobody can have seen it."""
    with hospital.unchanged():
        for version in (6, 99, 999_999_999_999):
            answer = hospital.tell("adams", LABS, version=version)
            assert is_problem(answer, 412) and (answer.json()["version"], answer.json()["since"]) == (5, [])


@pytest.mark.parametrize("tag", ["*", '""', '"', "5 6", '"5", "6"', '"-5"', "٥", "5.0", "0x5", '"5"x', "9" * 400, ""])
def test_what_is_no_version_is_refused(hospital: Hospital, tag: str) -> None:
    """Nothing is guessed of a tag that this service did not give."""
    with hospital.unchanged():
        answer = hospital.ask("adams", "POST", PATH, content=VOD, headers={"If-Match": tag.encode()})
        assert is_problem(answer, 412)


@pytest.mark.parametrize("tag", ['"5"', "5", 'W/"5"', ' "5" '])
def test_a_version_may_be_written_as_programs_do(hospital: Hospital, tag: str) -> None:
    """With quotes or without, and marked as weak by what lies between."""
    assert hospital.ask("adams", "POST", PATH, content=VOD, headers={"If-Match": tag}).status_code == 201


def test_a_double_tap_stores_once(either: Hospital) -> None:
    """The same key with the same events gives the same answer, also when others have told more since."""
    headers = {"If-Match": '"5"', "Idempotency-Key": "tap-1"}
    first = either.ask("adams", "POST", PATH, content=f"[{LABS}, {VOD}]", headers=headers)
    assert first.status_code == 201 and either.version() == 7
    either.told("brown", LABS)
    with either.unchanged():
        for tag in ('"5"', '"8"', '"99"'):
            again = either.ask("adams", "POST", PATH, content=f"[{LABS}, {VOD}]", headers=headers | {"If-Match": tag})
            assert (again.status_code, again.text) == (201, first.text)
        lists = (f"[{LABS}]", f"[{VOD}, {LABS}]", f"[{LABS}, {VOD}, {VOD}]", "[]", "[one, two]", "[[], {a: b}]")
        for other in (LABS, VOD, *lists, "one", "{", "{}"):
            assert is_problem(either.ask("adams", "POST", PATH, content=other, headers=headers), 422)
    assert either.clinic.verified().faults == []


def test_a_key_is_its_senders_own(hospital: Hospital) -> None:
    """Another who guesses it is told nothing of what was kept under it, and stores nothing."""
    headers = {"If-Match": '"5"', "Idempotency-Key": "tap-1"}
    order = "{at: 2026-11-24, ordered: {dose: 1.3719 mg}}"
    assert hospital.ask("adams", "POST", PATH, content=order, headers=headers).status_code == 201
    with hospital.unchanged():
        for said in (order, "{at: 2026-11-24}", "{}"):
            answer = hospital.ask("clark", "POST", PATH, content=said, headers=headers)
            assert is_problem(answer, 422) and "1.3719" not in answer.text
    assert hospital.ask("adams", "POST", PATH, content=order, headers=headers).status_code == 201


def test_the_same_key_for_another_course_is_another(hospital: Hospital) -> None:
    """A key belongs to one course; that of an opening to the course it opened."""
    document = P_9.replace("P-9", "P-10")
    first = hospital.ask("adams", "POST", "/api/courses", content=document, headers={"Idempotency-Key": "k"})
    with hospital.unchanged():
        again = hospital.ask("adams", "POST", "/api/courses", content=document, headers={"Idempotency-Key": "k"})
        assert (again.status_code, again.text) == (201, first.text)
        other = document.replace("female", "male")
        for headers in ({}, {"Idempotency-Key": "k"}, {"Idempotency-Key": "other"}):
            assert is_problem(hospital.ask("adams", "POST", "/api/courses", content=other, headers=headers), 422)
    answer = hospital.ask("adams", "POST", PATH, content=LABS, headers={"If-Match": '"5"', "Idempotency-Key": "k"})
    assert answer.status_code == 201


@pytest.mark.parametrize("key", [None, "one tap"])
def test_of_many_at_once_one_is_kept(either: Hospital, key: str | None) -> None:
    """Eight send the same at the same version: one is first, the others are told so, or get the same answer."""

    def tell(number: int) -> Any:
        client = TestClient(either.service, base_url=HERE)
        headers = {**either.keys.headers("adams"), "If-Match": '"5"'} | ({"Idempotency-Key": key} if key else {})
        return client.post(PATH, content=LABS, headers=headers)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(tell, range(8)))
    assert either.version() == 6
    assert sorted(answer.status_code for answer in answers) == ([201] * 8 if key else [201] + [412] * 7)
    assert len({answer.text for answer in answers if answer.status_code == 201}) == 1
    assert either.clinic.verified().faults == []


def test_all_faults_are_told_at_once(hospital: Hospital) -> None:
    """Each with its place in what was sent, and its remedy; nothing of a list is kept if one event is wrong."""
    with hospital.unchanged():
        answer = hospital.tell("adams", f"[{LABS},\n{{at: 2026-11-26, labs: {{anc: 3}}}}]")
    assert is_problem(answer, 422)
    told = {(one["where"], one["what"]) for one in answer.json()["problems"]}
    late = "2026-11-26 is later than now (2026-11-25 09:30 UTC)"
    assert told == {("events:2:6", late), ("events:2:30", "anc has no unit: 3")}
    assert all(one["remedy"] for one in answer.json()["problems"])


def test_json_and_yaml_are_the_same(hospital: Hospital) -> None:
    """Whatever the type that a program names."""
    said = {"at": "2026-11-24", "labs": {"anc": "1.5 10*9/L"}}
    for body, media in ((json.dumps(said), "application/json"), (LABS, "application/yaml"), (LABS, "text/plain")):
        headers = {"If-Match": f'"{hospital.version()}"', "Content-Type": media}
        answer = hospital.ask("adams", "POST", PATH, content=body, headers=headers)
        assert answer.json()["events"][0]["said"]["labs"] == said["labs"]


def test_nobody_tells_in_the_name_of_another(hospital: Hospital) -> None:
    """A person tells as themselves, also in a correction; a program says who did what it passes on."""
    own, other = ({"at": "2026-11-24", "by": who, "labs": {"alt": "1 ULN"}} for who in ("adams", "Dr Brown"))
    corrected = {"at": "2026-11-24", "corrected": {"event": "e6", "with": other}}
    assert hospital.tell("adams", json.dumps(own)).status_code == 201
    with hospital.unchanged():
        for said in (other, corrected):
            answer = hospital.tell("adams", json.dumps(said))
            assert is_problem(answer, 422) and "this is told in the name of somebody else" in answer.text
    told = hospital.tell("lis", json.dumps(other))
    assert told.json()["events"][0]["said"]["by"] == "Dr Brown"
