"""Other sites: what they make a browser send is refused, and what they could make of an answer is told to it."""

import pytest
from sqlalchemy import select
from tests.faces.api.hospital import BY_ROLE, PASSWORD, Hospital, is_problem
from tests.faces.api.kinds import event

from oncourse.record.tables import session

ADAMS = {"name": "adams", "password": PASSWORD}
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://testserver"},
    {"Sec-Fetch-Site": "none of these"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://testserver.evil.example"},
    {"Origin": "https://testserver:8443"},
    {"Origin": "http://testserver"},
    {"Origin": "null"},
    {"Origin": ""},
]
FROM_HERE = [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://testserver"}]


def sessions(hospital: Hospital) -> int:
    """How many sessions are kept."""
    with hospital.clinic.record.database.reading() as connection:
        return len(connection.execute(select(session)).all())


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_what_another_site_sends_is_refused(hospital: Hospital, headers: dict[str, str]) -> None:
    """With the cookie or without: nothing is told, nobody signed in or out."""
    before = sessions(hospital)
    with hospital.unchanged():
        more = {"If-Match": '"5"'}
        path = "/api/courses/P-9/events"
        assert is_problem(hospital.ask("adams", "POST", path, content=event("labs"), headers=headers | more), 403)
        for path in ("/api/courses", "/api/decide?at=2026-11-09", "/api/sign-out", "/api/sign-out?everywhere=true"):
            assert is_problem(hospital.ask("adams", "POST", path, content="{}", headers=headers), 403)
        for method, path in (("PATCH", "/api/courses/P-9?why=so"), ("PUT", "/api/courses/P-9/patient")):
            answer = hospital.ask("adams", method, path, content="{name: A, site: {}}", headers=headers | more)
            assert is_problem(answer, 403)
        assert is_problem(hospital.ask(None, "POST", "/api/sign-in", json=ADAMS, headers=headers), 403)
    assert sessions(hospital) == before
    assert hospital.get("adams", "/api/me").status_code == 200


@pytest.mark.parametrize("headers", FROM_HERE, ids=str)
def test_what_the_own_pages_send_is_taken(hospital: Hospital, headers: dict[str, str]) -> None:
    """And what is sent by no browser; a program with its token is asked for neither."""
    path, more = "/api/courses/P-9/events", {"If-Match": '"5"'}
    answer = hospital.ask("adams", "POST", path, content=event("labs"), headers=headers | more)
    assert answer.status_code == 201
    for elsewhere in ELSEWHERE:
        assert hospital.ask("lis", "POST", "/api/sign-out", headers=elsewhere).status_code == 204


@pytest.mark.parametrize("role", BY_ROLE)
def test_what_a_browser_shows_elsewhere_stays_on_this_site(hospital: Hospital, role: str) -> None:
    """Every answer says that it is not kept, framed, sniffed or passed on, also a refusal."""
    for path in ("/api/me", "/api/courses", "/api/courses/nobody", "/nowhere", "/healthz", "/openapi.json"):
        headers = hospital.get(BY_ROLE[role], path).headers
        assert headers["cache-control"] == "no-store"
        told = headers["content-security-policy"].split("; ")
        assert told[0] == "default-src 'none'" and told[-1] == "frame-ancestors 'none'"
        assert all(part.endswith((" 'self'", " 'none'")) for part in told)
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "server" not in headers and "access-control-allow-origin" not in headers
