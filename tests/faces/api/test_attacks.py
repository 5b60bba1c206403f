"""Texts that have broken other programs, wherever one can be put: kept exactly as text, or refused and not kept."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from limits import parse
from starlette.testclient import TestClient
from tests.faces.api.hospital import HERE, Hospital, is_problem
from tests.faces.api.hostile import BROKEN, TEXTS, spots
from tests.faces.api.kinds import EVENTS, event
from tests.test_clinic import P_9

from oncourse.clinic import MOST
from oncourse.faces import doors
from oncourse.faces.api import courses

ALL = {**TEXTS, **BROKEN}
AS_JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def _often() -> Iterator[None]:
    """Whoever attacks here is not stopped by counting."""
    often = parse("100000/minute")
    with patch.object(courses, "TELL", often), patch.object(doors, "FROM", often):
        yield


def refused(answer: Any, *statuses: int) -> bool:
    """Whether this says what is wrong, in a few words, with one of those statuses."""
    return is_problem(answer) and answer.status_code in (statuses or (422,)) and len(answer.content) < 40_000


def sound(hospital: Hospital) -> bool:
    """Whether the record is what was kept, and its course can still be read."""
    return not hospital.clinic.verified().faults and hospital.get("adams", "/api/courses/P-9").status_code == 200


@pytest.mark.parametrize("kind", EVENTS)
def test_any_text_in_any_field_of_an_event(hospital: Hospital, kind: str) -> None:
    """Each field in turn: a text is kept to the letter where one may stand, and refused anywhere else."""
    version, kept = hospital.version(), 0
    for place, (name, text) in enumerate(ALL.items()):
        for spot in spots(kind, text):
            if not spot.any_text and name not in ("sql", "script", *BROKEN):
                continue
            body = json.dumps({"at": "2026-11-24", kind: spot.said}, ensure_ascii=bool(place % 2 or name in BROKEN))
            answer = hospital.tell("davis", body, version=version)
            if answer.status_code == 201:
                assert spot.any_text, spot
                assert answer.json()["events"][0]["said"][kind] == spot.said
                version, kept = version + 1, kept + 1
            else:
                assert refused(answer), answer.text[:500]
                assert name in (*BROKEN, "no character") or not spot.any_text or kind in ("judged", "checked"), spot
    assert hospital.version() == version == 5 + kept
    assert (kept > 0) == any(spot.any_text for spot in spots(kind, "x"))
    assert sound(hospital)


def test_any_text_in_the_head_of_an_event(either: Hospital) -> None:
    """Its id, its date, who is said to have told it, when it was recorded; as a key, as an event, as everything."""
    version = either.version()
    for text in ALL.values():
        for part in ("id", "by", "at", "recorded", text):
            said = {"at": "2026-11-24", "vod": {"status": "suspected"}} | {part: text}
            answer = either.tell("adams", json.dumps(said), version=version)
            if answer.status_code == 201:
                told = answer.json()["events"][0]["said"]
                assert part == "id" and told[part] == text
                right = {"at": "2026-11-24", "corrected": {"event": told["id"]}}
                assert either.tell("adams", json.dumps(right), version=version + 1).status_code == 201
                version += 2
            else:
                assert refused(answer), answer.text[:400]
        correction = {"at": "2026-11-24", "corrected": {"event": f"no {text}", "with": text}}
        for said in (text, [text], {text: text}, correction):
            assert refused(either.tell("adams", json.dumps(said), version=version))
        assert either.version() == version
    assert sound(either)


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Course documents with a text in each part in turn."""
    patient = {"id": "T-1", "born": "1979-03-04", "sex": "female"}
    whole = {"oncourse": "1", "protocol": "inotuzumab-ozogamicin", "patient": patient, "events": []}
    site = {"ward": text, "pharmacy_phone": text, "small_volume": {text: [text]}, "products": [{"gtin": text}]}
    for key in patient:
        yield whole | {"patient": {**patient, key: text}}
    for key in whole:
        yield whole | {key: text}
    for place, (key, value) in enumerate(site.items()):
        yield whole | {"site": {key: value}, "patient": {**patient, "id": f"{text[:10]}{place}"}}


def test_any_text_in_a_course_document(either: Hospital) -> None:
    """As the id of a patient, the protocol, the settings of a site: found again by that id, or refused."""
    opened = 0
    for text in ALL.values():
        for document in documents(text):
            head = either.clinic.record.head()
            answer = either.ask("adams", "POST", "/api/courses", content=json.dumps(document))
            if answer.status_code == 201:
                made, opened = answer.json()["course"], opened + 1
                known = either.get("adams", f"/api/courses/{quote(made, safe='')}")
                assert known.json()["course"]["patient"]["id"] == made == document["patient"]["id"]
                assert known.json()["course"]["site"] == document.get("site", {})
                assert either.get("adams", "/api/courses", params={"q": made}).json()["courses"] != []
            else:
                assert refused(answer), answer.text[:400]
                assert either.clinic.record.head() == head
    assert opened > 30
    assert sound(either)


def test_any_text_beside_what_is_asked(either: Hospital) -> None:
    """As a version, a moment, words to look for, a token, a cookie, a name: it does no harm, and nothing is kept."""
    path = "/api/courses/P-9/events"
    with either.unchanged():
        for name, text in ALL.items():
            bytes_ = text[:20_000].encode("utf-8", "replace")
            for wrong in (f"{path}?since={quote(bytes_)}", f"/api/courses/P-9/decision?at={quote(bytes_)}"):
                assert refused(either.get("adams", wrong))
            found = either.get("adams", f"/api/courses?q={quote(bytes_)}")
            assert refused(found) or found.json() == {"courses": []} or name == "nothing"
            answer = either.ask("adams", "POST", path, content=event("vod"), headers={"If-Match": bytes_})
            assert refused(answer, 412)
            for who in ({"Authorization": bytes_}, {"Cookie": b"__Host-oncourse=" + bytes_}):
                assert refused(either.get(None, "/api/me", headers=who), 401)
            said = json.dumps({"name": text, "password": text})
            assert refused(either.ask(None, "POST", "/api/sign-in", content=said, headers=AS_JSON), 401, 422)


def test_any_text_beside_what_is_told(either: Hospital) -> None:
    """A reason is kept to the letter or refused; under whatever key, the same is kept once."""
    version = either.version()
    for text in ALL.values():
        bytes_ = text[:20_000].encode("utf-8", "replace")
        path = f"/api/courses/P-9/events?why={quote(bytes_)}"
        headers = {"If-Match": f'"{version}"', "Idempotency-Key": bytes_[:150]}
        answer = either.ask("adams", "POST", path, content=event("vod"), headers=headers)
        assert refused(answer) or answer.json()["events"][0]["why"] == bytes_.decode()
        again = either.ask("adams", "POST", path, content=event("vod"), headers=headers)
        assert (again.status_code, again.text) == (answer.status_code, answer.text)
        version += answer.status_code == 201
        headers = {"Idempotency-Key": bytes_[:150]}
        document = P_9.replace("id: P-9", f"id: T-{version}")
        answer = either.ask("adams", "POST", "/api/courses", content=document, headers=headers)
        assert answer.status_code in (201, 422)
    assert either.version() == version > 10
    assert sound(either)


def test_a_name_is_kept_to_the_letter(either: Hospital) -> None:
    """Whatever a patient is called, they are found, shown, and change nothing but their own row."""
    for name, text in ALL.items():
        who = {"name": text, "identifiers": [{"system": text, "value": text}]}
        headers = {"If-Match": f'"{either.version()}"'}
        answer = either.ask("brown", "PUT", "/api/courses/P-9/patient", content=json.dumps(who), headers=headers)
        if answer.status_code == 200:
            (found,) = either.get("adams", "/api/courses?q=p-9").json()["courses"]
            assert (found["name"], found["identifiers"]) == (text, who["identifiers"])
            assert either.get("adams", "/api/courses", params={"q": text[:40]}).json()["courses"] == [found]
        else:
            assert refused(answer) and name in (*BROKEN, "no character"), name
    assert either.version() > 14
    assert sound(either)


def test_any_text_in_what_is_put_right(either: Hospital) -> None:
    """In the head of a course and in the settings of the site: kept to the letter or refused; the course stays."""
    for text in ALL.values():
        ward = {"ward": text, "small_volume": {text: text}}
        parts = [{"site": ward}, {"site": text}, {"protocol": text}, {"patient": {"id": text}}, {text: text}, text]
        for part in parts:
            before, headers = either.version(), {"If-Match": f'"{either.version()}"'}
            path = f"/api/courses/P-9?why={quote(text[:1000].encode('utf-8', 'replace'))}"
            answer = either.ask("adams", "PATCH", path, content=json.dumps(part), headers=headers)
            assert refused(answer) or (part == {"site": ward} and either.version() == before + 1)
            known = either.get("adams", "/api/courses/P-9").json()["course"]
            assert answer.status_code == 422 or known["site"] == ward
            assert known["patient"] == {"id": "P-9", "born": "1979-03-04", "sex": "female"}
        now = either.get("root", "/api/site")
        headers = {"If-Match": now.headers["etag"]}
        answer = either.ask("root", "PUT", "/api/site", content=json.dumps(ward), headers=headers)
        expected = ward if answer.status_code == 200 else now.json()["site"]
        assert either.get("root", "/api/site").json()["site"] == expected
        assert answer.status_code == 200 or refused(answer)
    assert sound(either)


GUESSED = [
    "p-9", "P-9 ", "P-9%00", "P%009", "P-9%20", "%20P-9", "P-9'--", "P-9%0A", "%", "%25", "_", "P-_", "*", "..%2f",
    "%2e%2e%2f", "P-9%2F", "P-9%2f..%2fP-9", "..%2f..%2fetc%2fpasswd", "@accounts", "@site", "@record", "@protocols",
    "%40accounts", "P-1", "P-10", "0", "-1", "null", "undefined", "%ff", "%c0%ae", "%ed%a0%80", "P%E2%80%8B-9",
    "Р-9", "x" * 5000, "P-9;", "P-9%3Fx=1", "P-9%23",
]  # fmt: skip


def test_a_guessed_id_leads_nowhere(either: Hospital) -> None:
    """What is near an id, a stream of the record itself, or a path: no such course, whatever is asked of it."""
    with either.unchanged():
        for guessed in GUESSED:
            for part in ("", "/events", "/decision", "/plan", "/checks"):
                answer = either.get("adams", f"/api/courses/{guessed}{part}")
                assert refused(answer, 404), (guessed, answer.text[:200])
                assert refused(either.get(None, f"/api/courses/{guessed}{part}"), 401, 404)
            path, headers = f"/api/courses/{guessed}/events", {"If-Match": '"5"'}
            assert refused(either.ask("adams", "POST", path, content=event("vod"), headers=headers), 404)


def test_the_record_itself_has_no_way_in(hospital: Hospital) -> None:
    """No stream of the record's own can be opened, told or read under its name."""
    with hospital.unchanged():
        for stream in ("@accounts", "@site", "@record", "@protocols"):
            document = P_9.replace("id: P-9", f"id: '{stream}'")
            assert refused(hospital.ask("adams", "POST", "/api/courses", content=document))
            assert refused(hospital.tell("adams", event("vod"), version=1, course=stream), 404)


def test_depth_and_breadth_are_refused(hospital: Hospital) -> None:
    """Lists in lists, keys without end, a thousand faults: told in time, and nothing is kept."""
    deep = ["[" * 100_000, '{"a":' * 100_000, "- " * 50_000, "{at: 2026-11-24, observed: " + "{vitals: " * 1000]
    deep += ['{"at": "2026-11-24", "observed": {"vitals": ' + '{"a": ' * 30 + "1" + "}" * 32]
    wide = ["{" + ", ".join(f"k{n}: {n}" for n in range(5000)) + "}", "&a [*a, *a]", "!!python/object:os.system {}"]
    wide += ["[" + ", ".join(["{at: 2026-11-24}"] * 3000) + "]", "{at: 2026-11-24, ? [a] : b}", "a: b\n---\nc: d"]
    with hospital.unchanged():
        for text in deep + wide:
            assert is_problem(hospital.tell("adams", text), 422)
            assert is_problem(hospital.ask("adams", "POST", "/api/courses", content=text), 422)
            assert is_problem(hospital.ask("adams", "POST", "/api/decide", content=text), 422)


def test_no_request_is_a_day_of_work(hospital: Hospital) -> None:
    """So many events are told at once, as many as can be decided in between; one more is refused."""
    most = [event("held")] * MOST
    with hospital.unchanged():
        answer = hospital.tell("adams", f"[{', '.join([*most, event('held')])}]")
        assert refused(answer) and "201 events are told at once" in answer.text
    assert hospital.tell("adams", f"[{', '.join(most)}]").status_code == 201


def test_a_record_that_is_asked_too_much_says_so(either: Hospital) -> None:
    """When every connection is taken: 503, with what to do; afterwards all is well."""
    pool: Any = either.clinic.record.database.engine.pool
    with patch.object(pool, "_timeout", 0.01):
        taken = [pool.connect() for _ in range(pool.size() + pool._max_overflow)]
        answers = [either.get("adams", path) for path in ("/api/courses/P-9", "/readyz")]
        for connection in taken:
            connection.close()
    assert all(refused(answer, 503) for answer in answers)
    assert "try again" in answers[0].json()["detail"] and "://" not in answers[0].text
    assert either.get("adams", "/api/courses/P-9").status_code == 200


def test_a_record_that_is_gone_is_no_fault_of_ours(hospital: Hospital) -> None:
    """The file is damaged or was taken away: 503 for all that needs it, and the program goes on running."""
    hospital.clinic.record.database.engine.dispose()
    for path in Path(hospital.address).parent.glob("record.db*"):
        path.write_bytes(b"this is no database" * 100)
    for path in ("/api/courses/P-9", "/api/me", "/readyz"):
        assert refused(hospital.get("adams", path), 503)
    assert hospital.get("adams", "/healthz").text == "alive\n"


def test_two_who_ask_at_once_do_not_meet(hospital: Hospital) -> None:
    """An answer is made for whoever asked: nobody is told what another was."""

    def told(name: str | None) -> Any:
        client = TestClient(hospital.service, base_url=HERE)
        return client.get("/api/me", headers=hospital.keys.headers(name)).json().get("account")

    names = ["adams", "brown", "price", "ellis", "lis", None] * 20
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(told, names)) == names
