"""What a server writes while it is at work: by route and account, and never a word of a patient."""

import io
import json
import sys
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import pytest
from tests.faces.api import running
from tests.faces.api.hospital import Hospital, is_problem
from tests.faces.api.kinds import event
from tests.test_clinic import P_9

from oncourse.clinic import Clinic

NAME, NUMBER, BORN, ID, TALK = "Zwoelfender-Quark", "MRN-77129043", "1931-07-19", "PAT-XQ-55817", "a-very-odd-cough"
SECRETS = (NAME, NAME.lower(), NUMBER, "77129043", BORN, ID, "XQ-55", TALK)
TOLD = f"{NAME}+{NUMBER}+{BORN}+{ID}+{TALK}"
# The program with faults deep inside it, whose messages name the patient, also where a fault is being told.
FAULTY = f"""
import sys
from oncourse import clinic, decide
from oncourse.faces.api import problems
from oncourse.faces.cli import main

class Odd(Exception):
    def __str__(self):
        raise RuntimeError({TOLD!r})

def deep(*_, **__):
    try:
        raise KeyError({TOLD!r})
    except KeyError as cause:
        fault = ValueError({TOLD!r}, cause)
        fault.add_note({TOLD!r})
        raise fault from cause

def odder(*_, **__):
    raise Odd({TOLD!r})

def gone(*_, **__):
    raise clinic.Unavailable("the disk is full", "make room")

clinic.decide = deep
clinic.Clinic.checks = odder
clinic.Clinic.search = gone
problems._plain = deep
main()
"""


def requests(hospital: Hospital, process: running.Process) -> int:
    """Everything that can be asked of one patient, rightly and wrongly; how many requests were made."""
    made = 0
    for who in ("adams", "lis", None):
        for method, path, body, more in asked():
            headers = {"If-Match": '"1"', **hospital.keys.headers(who), **more}
            answer = process.ask(method, path, body, headers=headers)
            assert answer.status != 500 or b"a fault of ours" in answer.body
            if answer.status == 500:
                assert not any(secret.encode() in answer.body for secret in SECRETS)
            made += 1
    return made


def asked() -> list[tuple[str, str, str | None, dict[str, str]]]:
    """Method, path, body and headers, a patient in each of them."""
    course, told = f"/api/courses/{ID}", quote(TOLD)
    document = P_9.replace("P-9", ID).replace("1979-03-04", BORN)
    talk = f"{{at: 2026-11-24, id: {ID}-1, by: {NAME}, stopped: {{reason: '{NAME} {TALK}'}}}}"
    wrong = f"{{at: {BORN}, {NAME}: {{{NUMBER}: {TALK}}}}}"
    reads = [course, *(f"{course}/{part}" for part in ("events", "decision", "plan", "checks", told))]
    reads += [f"/api/courses?q={told}", f"{course}/decision?at={told}", f"{course}/events?since={told}", f"/{told}"]
    reads += [f"/api/courses/{told}/events", f"/api/courses/{ID}%00{NAME}", f"{course}/?{told}"]
    reads += ["/api/me", "/healthz", "/readyz", "/metrics", "/openapi.json"]
    plain: list[tuple[str, str, str | None, dict[str, str]]] = [("GET", path, None, {}) for path in reads]
    posts = [("/api/courses", document), ("/api/courses", document.replace("female", NAME))]
    posts += [("/api/decide", document), ("/api/decide", wrong), (f"/api/decide?at={told}", document)]
    posts += [(f"{course}/events?why={told}", talk), (f"{course}/events", wrong), (f"{course}/events", talk)]
    posts += [(f"{course}/events", event("labs")), ("/api/sign-in", json.dumps({"name": NAME, "password": NUMBER}))]
    plain += [("POST", path, body, {"Content-Type": "application/json"}) for path, body in posts]
    heads = (
        "Idempotency-Key",
        "If-Match",
        "Authorization",
        "Cookie",
        "Origin",
        "Referer",
        "User-Agent",
        "X-Request-Id",
    )
    plain += [("POST", f"{course}/events", talk, {head: TOLD}) for head in heads]
    plain += [("PUT", f"{course}/patient", f"{{name: '{TOLD}'}}", {}), ("PUT", "/api/site", f"{{ward: '{TOLD}'}}", {})]
    plain += [("PATCH", f"{course}?why={told}", f"{{patient: {{id: {ID}, born: {BORN}, sex: {NAME}}}}}", {})]
    plain += [(method, course, talk, {}) for method in ("PUT", "DELETE", "OPTIONS", "HEAD", NAME)]
    return plain


def roughly(port: int) -> None:
    """What is no sound request at all, a patient in it."""
    line, told = f"GET /api/courses/{ID}?{TOLD}", TOLD.encode()
    running.raw(port, f"{line}\r\n{TOLD}\r\n\r\n".encode())
    running.raw(port, f"{line} HTTP/1.1\r\nHost: {NAME}\r\n{NAME}\r\n\r\n".encode())
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA=="
    running.raw(port, f"{line} HTTP/1.1\r\nHost: {NAME}\r\n{upgrade}\r\nConnection: close\r\n\r\n".encode(), end=True)
    running.raw(port, f"POST /api/decide HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{TOLD}".encode(), end=True)
    running.raw(port, b"POST /" + told + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + told, end=True)


@pytest.mark.parametrize("faulty", [False, True], ids=["sound", "faulty"])
def test_no_patient_is_named_in_what_a_server_writes(hospital: Hospital, tmp_path: Path, faulty: bool) -> None:
    """Not in its own lines nor in those of the server under it, not in what is measured; also not when it fails."""
    hospital.clinic.open(P_9.replace("P-9", ID).replace("1979-03-04", BORN), "clerk")
    who = {"name": NAME, "identifiers": [{"system": "MRN", "value": NUMBER}]}
    hospital.clinic.identify(ID, 1, json.dumps(who), "clerk")
    written = tmp_path / "written"
    program = (sys.executable, "-c", FAULTY) if faulty else (running.PROGRAM,)
    now = ("--now", "2026-11-25T09:30:00Z")
    with running.Process(hospital.address, written, *now, program=program) as process:
        made = requests(hospital, process)
        roughly(process.port)
        measured = process.ask("GET", "/metrics").body.decode()
        process.stop()
    text = written.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert len(lines) >= made and '"account": "adams"' in text and "/api/courses/{name}/events" in text
    for secret in SECRETS:
        assert secret not in text and secret not in measured
    assert "Traceback" not in text
    faults = [line["fault"] for line in lines if "fault" in line]
    assert any("ValueError at deep:" in fault for fault in faults) == faulty
    assert any("Odd at odder:" in fault for fault in faults) == faulty
    assert any("< _conflict:" in fault for fault in faults) == faulty  # while something else is being told
    assert ("the disk is full" in faults) == faulty
    assert {line["status"] for line in lines if line["status"] >= 500} == ({500, 503} if faulty else set())


def test_a_line_says_what_was_asked_and_by_whom(hospital: Hospital, logged: io.StringIO) -> None:
    """The route and not the path, the account, the status and the time it took."""
    hospital.get("brown", "/api/courses/P-9/decision?at=2026-11-24")
    hospital.get(None, "/api/courses/P-9")
    hospital.get(None, "/api/courses/P-9/nothing/of/this")
    first, second, third = map(json.loads, logged.getvalue().splitlines())
    assert {name: first[name] for name in ("method", "route", "status", "account")} == {
        "method": "GET",
        "route": "/api/courses/{name}/decision",
        "status": 200,
        "account": "brown",
    }
    assert isinstance(first["ms"], int) and first["timestamp"].endswith("Z")
    assert (second["status"], second["account"], second["route"]) == (401, None, "/api/courses/{name}")
    assert (third["status"], third["route"]) == (404, "none")


def test_a_fault_of_ours_is_told_as_such_and_nothing_else(hospital: Hospital, logged: io.StringIO) -> None:
    """500 with no word of what was at work; the log says where, and the next request is served."""
    with patch.object(Clinic, "decision", side_effect=RuntimeError(f"of {NAME}")):
        answer = hospital.get("adams", "/api/courses/P-9/decision")
    assert is_problem(answer, 500)
    assert "look whether anything was kept" in answer.json()["detail"]
    assert NAME not in answer.text + logged.getvalue()
    assert json.loads(logged.getvalue())["fault"].startswith("RuntimeError at ")
    assert hospital.get("adams", "/api/courses/P-9/decision").status_code == 200


def test_what_is_measured_goes_by_route(hospital: Hospital) -> None:
    """Counts and times, for each route and status; guessed paths do not make it grow."""
    for number in range(20):
        hospital.get("adams", f"/api/courses/guess-{number}")
        hospital.get("adams", f"/guess-{number}")
        hospital.ask("adams", f"GUESS{number}", "/api/me")
    measured = hospital.get(None, "/metrics")
    assert measured.headers["content-type"].startswith("text/plain")
    counted = 'oncourse_requests_total{method="GET",route="/api/courses/{name}",status="404"} 20.0'
    assert counted in measured.text and "guess" not in measured.text.lower()
    assert 'oncourse_request_seconds_count{route="/api/courses/{name}"} 20.0' in measured.text
    assert len(measured.text) < 20_000
