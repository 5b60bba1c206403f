"""How much may be sent, how slowly, by which method and as what: over a real socket where that matters."""

import gzip
import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from tests.faces.api import running
from tests.faces.api.hospital import PASSWORD, Hospital, is_problem
from tests.faces.api.kinds import event
from tests.faces.api.test_table import ROUTES

from oncourse.faces import guard
from oncourse.faces.guard import LARGEST, SLOWEST

BODIES = (
    ("POST", "/api/decide"),
    ("POST", "/api/courses"),
    ("POST", "/api/courses/P-9/events"),
    ("PATCH", "/api/courses/P-9?why=typed+wrongly"),
    ("PUT", "/api/courses/P-9/patient"),
    ("PUT", "/api/site"),
    ("POST", "/api/sign-in"),
)
each_body = pytest.mark.parametrize(("method", "path"), BODIES)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "MUELLER")


@contextmanager
def served(hospital: Hospital, slowest: float = SLOWEST) -> Iterator[int]:
    """The port of a hospital's service."""
    with patch.object(guard, "SLOWEST", slowest), running.in_a_thread(hospital.service) as port:
        yield port


def who(path: str) -> str:
    """Somebody whose a request is."""
    return "root" if path == "/api/site" else "adams"


def head(hospital: Hospital, method: str, path: str, *more: str) -> bytes:
    """The first lines of a request by whose it is, after which a body is expected."""
    key, value = next(iter(hospital.keys.headers(who(path)).items()))
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", 'If-Match: "5"', *more)
    return "\r\n".join([*lines, f"{key}: {value}", "", ""]).encode()


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_the_limits_are_these() -> None:
    """A million bytes, within twenty seconds."""
    assert (LARGEST, SLOWEST) == (1_000_000, 20)


@each_body
def test_a_body_that_is_too_large_is_refused(hospital: Hospital, method: str, path: str) -> None:
    """By what it says of itself before it comes, or as soon as it is: 413, and the connection is closed."""
    with served(hospital) as port, hospital.unchanged():
        at_once = running.raw(port, head(hospital, method, path, f"Content-Length: {LARGEST + 1}"))
        chunk = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
        chunks = [chunk] * (LARGEST // 100_000) + [b"1\r\nx\r\n"]
        as_it_comes = running.raw(port, head(hospital, method, path, "Transfer-Encoding: chunked"), *chunks)
        for answer in (at_once, as_it_comes):
            assert status(answer) == 413, answer
            assert b"application/problem+json" in answer and b"connection: close" in answer.lower()
        headers = hospital.keys.headers(who(path)) | {"If-Match": '"5"'}
        assert running.ask(port, method, path, b" " * LARGEST, headers=headers).status == 422


def test_the_size_counts_whatever_is_said_of_it(hospital: Hospital) -> None:
    """A length that is none, or two of them, is no way around."""
    with served(hospital) as port, hospital.unchanged():
        for lie in (
            "Content-Length: 1e9",
            "Content-Length: -1",
            "Content-Length: 5\r\nContent-Length: 2000000",
            "X: y",
        ):
            assert status(running.raw(port, head(hospital, *BODIES[2], lie, "Connection: close"))) in (
                400,
                413,
                422,
                428,
            )
        huge = f"Content-Length: {'9' * 30}"
        assert status(running.raw(port, head(hospital, *BODIES[2], huge))) in (400, 413)


@each_body
def test_a_body_that_comes_too_slowly_is_refused(hospital: Hospital, method: str, path: str) -> None:
    """One that stops, and one that drips: 408 after the time there is, and the connection is closed."""
    with served(hospital, 0.4) as port, hospital.unchanged():
        for parts in ([b"{"], [b"{"] * 30):
            began = time.monotonic()
            answer = running.raw(port, head(hospital, method, path, "Content-Length: 1000"), *parts, pause=0.05)
            assert status(answer) == 408, answer
            assert b"application/problem+json" in answer and b"connection: close" in answer.lower()
            assert 0.35 < time.monotonic() - began < 10
        in_time = running.ask(port, "GET", "/api/me", headers=hospital.keys.headers("adams"))
        assert in_time.status == 200


def test_whoever_hangs_up_does_no_harm(hospital: Hospital, logged: io.StringIO) -> None:
    """In the middle of what they send: nothing is kept, and it is no fault of ours."""
    with served(hospital) as port, hospital.unchanged():
        for method, path in BODIES:
            running.raw(port, head(hospital, method, path, "Content-Length: 1000"), b"{at: ", pause=0.05, end=True)
        running.raw(port, b"POST /api/decide HTTP/1.1\r\nHost: x\r\n", end=True)
        until = time.monotonic() + 10
        while logged.getvalue().count('"status": 400') < len(BODIES) and time.monotonic() < until:
            time.sleep(0.02)
        assert running.ask(port, "GET", "/healthz").status == 200
    assert logged.getvalue().count('"status": 400') == len(BODIES)
    assert '"status": 5' not in logged.getvalue() and "fault" not in logged.getvalue()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /nowhere HTTP/9.9\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\nCookie\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\nIf-Match: a\0b\r\n\r\n",
        b"GET /api/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    ],
    ids=lambda sent: repr(sent[:30]),
)
def test_what_is_no_request_gets_a_short_answer(hospital: Hospital, sent: bytes) -> None:
    """Of the server itself, or none; the next one is served."""
    with served(hospital) as port:
        assert status(running.raw(port, sent)) in (0, 400, 401, 404, 431)
        assert running.ask(port, "GET", "/healthz").status == 200


@pytest.mark.parametrize("path", sorted({route.partition(" ")[2] for route in ROUTES}))
def test_a_method_that_is_not_meant_is_refused(hospital: Hospital, path: str) -> None:
    """405 with those that are, to anybody; nothing happens, also not for what no standard knows."""
    allowed = {route.partition(" ")[0] for route in ROUTES if route.partition(" ")[2] == path}
    with hospital.unchanged():
        for method in set(METHODS) - allowed:
            for caller in ("adams", None):
                answer = hospital.ask(caller, method, path.replace("{name}", "P-9"), content=event("vod"))
                assert answer.status_code == 405
                assert set(answer.headers["allow"].split(", ")) <= allowed
                assert method == "HEAD" or is_problem(answer)
    measured = hospital.get(None, "/metrics").text
    assert 'method="other"' in measured
    assert not any(f'"{method}"' in measured for method in ("MUELLER", "PROPFIND", "TRACE"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe\x00{",
        gzip.compress(b"{at: 2026-11-24, vod: {status: suspected}}", mtime=0),
        b"<event><at>2026-11-24</at></event>",
        b"at=2026-11-24&vod=suspected",
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--",
        "{at: 2026-11-24, stopped: {reason: Müller}}".encode("latin-1"),
        "{at: 2026-11-24, stopped: {reason: M}}".encode("utf-16"),
    ],
    ids=lambda body: repr(body[:20]),
)
@each_body
def test_what_is_no_document_is_refused(hospital: Hospital, method: str, path: str, body: bytes) -> None:
    """Whatever it says it is."""
    with hospital.unchanged():
        for media in ("application/json", "application/xml", "multipart/form-data; boundary=x", "application/gzip", ""):
            headers = {"If-Match": '"5"', "Content-Type": media, "Content-Encoding": "gzip"}
            answer = hospital.ask(who(path), method, path, content=body, headers=headers)
            assert is_problem(answer) and answer.status_code in (400, 422)


def test_a_compressed_body_is_not_opened(hospital: Hospital) -> None:
    """A small one cannot become a large one here."""
    with hospital.unchanged():
        packed = gzip.compress(b" " * 50_000_000, mtime=0)
        for method, path in BODIES:
            headers = {"If-Match": '"5"', "Content-Encoding": "gzip", "Content-Type": "application/json"}
            assert is_problem(hospital.ask(who(path), method, path, content=packed, headers=headers))


def test_many_at_once_are_all_answered(hospital: Hospital) -> None:
    """More than there are threads and connections: each gets its answer, and how it is doing is told meanwhile."""
    headers = hospital.keys.headers("adams")
    with served(hospital) as port, ThreadPoolExecutor(60) as threads:
        asked = [threads.submit(running.ask, port, "GET", "/api/courses/P-9", headers=headers) for _ in range(120)]
        assert running.ask(port, "GET", "/healthz").status == 200
        assert [one.result().status for one in asked] == [200] * 120


def test_sign_in_works_over_a_socket(hospital: Hospital) -> None:
    """As a browser does it: the cookie of the answer opens the next request."""
    with served(hospital) as port:
        said = f'{{"name": "adams", "password": "{PASSWORD}"}}'
        answer = running.ask(port, "POST", "/api/sign-in", said, headers={"Content-Type": "application/json"})
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert running.ask(port, "GET", "/api/me", headers={"Cookie": cookie}).json["account"] == "adams"
        assert "server" not in answer.headers
