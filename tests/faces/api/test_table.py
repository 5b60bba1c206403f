"""The table of who may do what, put to every route and every kind of event: nothing is allowed that it does not say."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml
from tests.builders import PROTOCOL
from tests.faces.api.hospital import BY_ROLE, LEFT, OLD_PROGRAM, PASSWORD, Hospital, is_problem
from tests.faces.api.kinds import EVENTS, corrected, event
from tests.test_clinic import P_9

from oncourse.event import CORRECTED, EXPECT
from oncourse.faces.api.app import programs
from oncourse.faces.doors import Rates
from oncourse.faces.guard import Metrics
from oncourse.roles import FILE, table

ROLES = ("haematologist", "pharmacist", "nurse", "auditor", "administrator", "program")
STRANGERS = (None, LEFT, OLD_PROGRAM)
ANYBODY, SIGNED_IN = "anybody", "whoever is signed in"
SAID = yaml.safe_load(FILE.read_text(encoding="utf-8"))


class Asked(NamedTuple):
    """A sound request, whose it is, and what is answered to those."""

    act: str
    status: int = 200
    path: str = ""
    more: dict[str, Any] = {}  # noqa: RUF012 - read only


DOCUMENT = P_9.replace("P-9", "P-10")
BIRTH = "{patient: {id: P-9, born: 1979-04-03, sex: female}}"
WHO = "{name: 'Testcase, Ada', identifiers: [{system: MRN, value: '0042'}]}"
ROUTES = {
    "GET /healthz": Asked(ANYBODY),
    "GET /readyz": Asked(ANYBODY),
    "GET /metrics": Asked(ANYBODY),
    "GET /openapi.json": Asked(ANYBODY),
    "HEAD /openapi.json": Asked(ANYBODY),
    "POST /api/sign-in": Asked(ANYBODY, more={"json": {"name": "ellis", "password": PASSWORD}}),
    "GET /api/me": Asked(SIGNED_IN),
    "POST /api/sign-out": Asked(SIGNED_IN, 204),
    "POST /api/decide": Asked("decide", path="/api/decide?at=2026-11-09", more={"content": P_9}),
    "GET /api/courses": Asked("find"),
    "POST /api/courses": Asked("open", 201, more={"content": DOCUMENT}),
    "GET /api/courses/{name}": Asked("read"),
    "GET /api/courses/{name}/events": Asked("read"),
    "POST /api/courses/{name}/events": Asked(
        "tell", 201, more={"content": event("labs"), "headers": {"If-Match": '"5"'}}
    ),
    "GET /api/courses/{name}/decision": Asked("read"),
    "GET /api/courses/{name}/plan": Asked("read"),
    "GET /api/courses/{name}/checks": Asked("read"),
    "PATCH /api/courses/{name}": Asked(
        "amend", path="/api/courses/P-9?why=typed+wrongly", more={"content": BIRTH, "headers": {"If-Match": '"5"'}}
    ),
    "PUT /api/courses/{name}/patient": Asked("identify", more={"content": WHO, "headers": {"If-Match": '"5"'}}),
    "GET /api/site": Asked("settings"),
    "PUT /api/site": Asked("settle", more={"content": "{result_age: 4}", "headers": {"If-Match": '"0"'}}),
}


def routes(hospital: Hospital) -> set[str]:
    """Every method and path that the service answers."""

    def found(router: Any, before: str = "") -> Iterator[str]:
        for route in router.routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from found(inner)
            else:
                yield from (f"{method} {before}{route.path}" for method in route.methods)

    return set(found(programs(hospital.clinic, Rates(), Metrics())))


def ours(act: str, role: str | None) -> bool:
    """Whether the table, as it is written, gives an act or a kind of event to a role."""
    if act in (ANYBODY, SIGNED_IN):
        return act == ANYBODY or role is not None
    return role in (SAID["acts"] | SAID["events"])[act]


def answered(hospital: Hospital, route: str, who: str | None) -> Any:
    """What somebody is answered to the sound request of a route."""
    method, _, path = route.partition(" ")
    asked = ROUTES[route]
    return hospital.ask(who, method, asked.path or path.replace("{name}", "P-9"), **asked.more)


def test_every_route_and_every_kind_has_its_example(hospital: Hospital) -> None:
    """A new route, act, role or kind of event cannot be added without a row here and in the table."""
    assert routes(hospital) == set(ROUTES)
    assert tuple(SAID["roles"]) == ROLES == table().roles
    assert set(PROTOCOL.vocabulary.kinds) - {CORRECTED, EXPECT} == set(EVENTS) == set(SAID["events"])
    reached = {asked.act for asked in ROUTES.values()} - {ANYBODY, SIGNED_IN}
    assert set(SAID["acts"]) - reached == {"accounts", "verify"}  # not for programs


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES)
def test_a_route_is_open_to_those_roles_alone(hospital: Hospital, route: str, role: str) -> None:
    """What the table gives is done; anything else is refused with 403, and nothing is kept of it."""
    head = hospital.clinic.record.head()
    answer = answered(hospital, route, BY_ROLE[role])
    if ours(ROUTES[route].act, role):
        assert answer.status_code == ROUTES[route].status, answer.text
    else:
        assert is_problem(answer, 403)
        assert hospital.clinic.record.head() == head
        assert "may not do this" in answer.json()["detail"]


@pytest.mark.parametrize("who", STRANGERS)
def test_strangers_and_those_who_left_are_let_in_nowhere(hospital: Hospital, who: str | None) -> None:
    """Everything but signing in and how the program is doing asks who is there, with 401."""
    for route, asked in ROUTES.items():
        answer = answered(hospital, route, who)
        if asked.act == ANYBODY:
            assert answer.status_code == asked.status
        else:
            assert is_problem(answer, 401), route
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/api/decide?at=soon", "["),
        ("GET", "/api/courses/P-9/decision?at=soon", ""),
        ("GET", "/api/courses/P-9/events?since=yesterday", ""),
        ("GET", "/api/courses/nobody", ""),
        ("POST", "/api/courses/P-9/events", "["),
        ("POST", "/api/courses", "["),
        ("PATCH", "/api/courses/P-9", "["),
        ("PUT", "/api/courses/nobody/patient", "["),
        ("PUT", "/api/site", "["),
        ("POST", "/api/sign-out?everywhere=perhaps", ""),
    ],
)
def test_who_is_there_is_asked_before_anything_else(
    hospital: Hospital, who: str | None, method: str, path: str, sent: str
) -> None:
    """A stranger learns nothing from a request that is wrong in itself."""
    assert is_problem(hospital.ask(who, method, path, content=sent), 401)


@pytest.mark.parametrize("role", ROLES)
def test_a_kind_of_event_is_told_by_those_roles_alone(hospital: Hospital, role: str) -> None:
    """Every kind by every role: kept if the table says so, else refused with 403 and not kept."""
    for kind in EVENTS:
        before = hospital.version()
        answer = hospital.tell(BY_ROLE[role], event(kind))
        allowed = ours("tell", role) and ours(kind, role)
        assert answer.status_code == (201 if allowed else 403), (kind, answer.text)
        assert hospital.version() == before + allowed


@pytest.mark.parametrize("role", ROLES)
def test_one_event_that_is_not_theirs_refuses_all(hospital: Hospital, role: str) -> None:
    """Wherever it stands among others."""
    own = next((kind for kind in EVENTS if ours(kind, role)), "labs")
    for kind in EVENTS:
        if not ours(kind, role):
            with hospital.unchanged():
                for said in ((event(own), event(kind)), (event(kind), event(own))):
                    assert is_problem(hospital.tell(BY_ROLE[role], f"[{', '.join(said)}]"), 403)


@pytest.mark.parametrize("role", ROLES)
def test_a_correction_is_measured_by_what_it_corrects(hospital: Hospital, role: str) -> None:
    """Struck, or put right by something that is theirs: only where the first one was theirs to tell."""
    ids = {}
    for kind in EVENTS:
        (kept,) = hospital.clinic.append("P-9", hospital.version(), event(kind, f"id: {kind}, "), "somebody")
        ids[kind] = kept.said["id"]
    own = next((kind for kind in EVENTS if ours(kind, role)), "labs")
    for kind, wrong in ids.items():
        expected = 201 if ours("tell", role) and ours(kind, role) else 403
        for right in (None, own):
            answer = hospital.tell(BY_ROLE[role], corrected(wrong, right))
            assert answer.status_code == expected, (kind, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_a_correction_is_measured_by_what_it_puts_in_place(hospital: Hospital, role: str) -> None:
    """What is not theirs to tell is not theirs to put in the place of something else."""
    own = next((kind for kind in EVENTS if ours(kind, role)), "labs")
    for kind in EVENTS:
        (kept,) = hospital.clinic.append("P-9", hospital.version(), event(own), "somebody")
        answer = hospital.tell(BY_ROLE[role], corrected(kept.said["id"], kind))
        expected = 201 if ours("tell", role) and ours(kind, role) else 403
        assert answer.status_code == expected, (kind, answer.text)


def test_a_correction_is_measured_by_what_stands_there_by_now(hospital: Hospital) -> None:
    """What a laboratory told and a physician made a diagnosis is no longer the laboratory's to change."""
    wrong = hospital.told("lis", event("labs"))
    assert hospital.tell("adams", corrected(wrong, "vod")).status_code == 201
    with hospital.unchanged():
        for right in (None, "labs"):
            assert is_problem(hospital.tell("lis", corrected(wrong, right)), 403)
    assert hospital.tell("adams", corrected(wrong, "labs")).status_code == 201


def test_a_course_is_opened_only_with_events_that_are_theirs_to_tell(hospital: Hospital) -> None:
    """A document is no way around the table: a program brings no dose, a physician no release."""
    for who, kind in (("lis", "given"), ("lis", "vod"), ("adams", "released"), ("adams", "diluted")):
        with hospital.unchanged():
            document = DOCUMENT.replace("[]", f"[{event('measured')}, {event(kind)}]")
            assert is_problem(hospital.ask(who, "POST", "/api/courses", content=document), 403)
    document = DOCUMENT.replace("[]", f"[{event('measured')}, {event('labs')}]")
    assert hospital.ask("lis", "POST", "/api/courses", content=document).status_code == 201


@pytest.mark.parametrize(
    "said", ["{at: 2026-11-24, corrected: 7}", "{at: 2026-11-24, corrected: {}}", "{at: 2026-11-24, nothing: {}}", "7"]
)
def test_what_is_no_event_is_nobodys_and_is_told_so(hospital: Hospital, said: str) -> None:
    """Not a question of who tells it."""
    with hospital.unchanged():
        assert is_problem(hospital.tell("adams", said), 422)


def test_two_roles_of_one_person_are_added_up(hospital: Hospital) -> None:
    """Each event by either; what is neither's stays refused."""
    for kind in EVENTS:
        answer = hospital.tell("davis", event(kind))
        assert answer.status_code == (201 if ours(kind, "haematologist") or ours(kind, "pharmacist") else 403)
