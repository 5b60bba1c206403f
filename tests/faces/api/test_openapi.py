"""What /openapi.json promises, put to the test by requests made from it: nothing is answered that it does not say."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from limits import parse
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from tests.builders import PROTOCOL, suite
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.api.kinds import EVENTS, corrected, event
from tests.faces.api.test_table import ANYBODY, ROUTES, answered

from oncourse import document
from oncourse.answer import answer, dumps, plan_answer
from oncourse.decide import decide
from oncourse.faces import doors
from oncourse.faces.api import courses
from oncourse.faces.api.schemas import components
from oncourse.plan import plan
from oncourse.record.accounts import Account
from oncourse.roles import PROGRAM, table

EVERY = Account("every", "Dr Every", tuple(role for role in table().roles if role != PROGRAM))
PROMISED = [route for route in ROUTES if "openapi" not in route]
BARE = ("/healthz", "/readyz", "/metrics", "/api/me", "/api/site", "/api/courses/{name}", "/api/courses/{name}/checks")
WRONG = [route for route in PROMISED if route.removeprefix("GET ") not in BARE]  # where something can be wrong
ASKED = [(route, GenerationMode.POSITIVE) for route in PROMISED] + [(route, GenerationMode.NEGATIVE) for route in WRONG]
HELD_TO = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def busy(hospital: Hospital) -> Iterator[Hospital]:
    """A hospital in which one person may do everything, as often as they like."""
    hospital.clinic.accounts.set(EVERY, "root", PASSWORD)
    hospital.keys.made["every"] = str(hospital.clinic.accounts.sign_in("every", PASSWORD))
    often = parse("100000/minute")
    with patch.object(courses, "TELL", often), patch.multiple(doors, FROM=often, SIGN_IN=often):
        yield hospital
    assert hospital.clinic.verified().faults == []


SOUND = {"at": "2026-11-24", "protocol": "inotuzumab-ozogamicin", "born": "1979-03-04"}


def nearer(said: Any) -> Any:
    """What was made up brought nearer to what is sound, where the description cannot say it: days, a protocol."""
    if isinstance(said, list):
        return [nearer(part) for part in said]
    if isinstance(said, dict):
        parts = {key: nearer(part) for key, part in said.items() if key not in ("timezone", "recorded")}
        return parts | {key: SOUND[key] for key in parts.keys() & SOUND.keys()}
    return said


@pytest.mark.parametrize(("route", "mode"), ASKED, ids=str)
def test_nothing_is_answered_that_is_not_promised(busy: Hospital, route: str, mode: GenerationMode) -> None:
    """No fault of ours, no status, header, type or part that the description does not name, whatever is asked."""
    promised = schemathesis.openapi.from_asgi("/openapi.json", busy.service)
    promised.config.generation.update(with_security_parameters=False)
    method, path = route.split(" ")
    operation, sound = promised[path][method], mode == GenerationMode.POSITIVE
    known: dict[str, Any] = {"path_parameters": {"name": "P-9"}} if sound and "{name}" in path else {}
    who = "lis" if path == "/api/sign-out" else "every"  # which does not sign itself out

    @given(operation.as_strategy(mode, **known))
    @settings(max_examples=15, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    def asked(case: schemathesis.Case) -> None:
        headers = busy.keys.headers(who)
        if sound:
            case.body, case.query = nearer(case.body), nearer(case.query)
            headers["If-Match"] = f'"{busy.version()}"'
        case.call_and_validate(headers=headers, checks=HELD_TO)

    asked()


@pytest.mark.parametrize("route", PROMISED)
def test_a_sound_answer_has_the_parts_that_are_promised(busy: Hospital, route: str) -> None:
    """Each route asked rightly: the status that is promised, and an answer of the shape that is promised with it."""
    promised = schemathesis.openapi.from_asgi("/openapi.json", busy.service)
    method, path = route.split(" ")
    answer = answered(busy, route, "every")
    assert answer.status_code == ROUTES[route].status
    promised[path][method].validate_response(answer)


def fits(name: str, said: Any) -> bool:
    """Whether something is of the shape with that name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": components()}}
    return jsonschema.Draft202012Validator(schema).is_valid(said)


@pytest.mark.parametrize("kind", EVENTS)
def test_a_sound_event_is_one_that_is_promised_to_be_taken(kind: str) -> None:
    """The examples of these tests are what the description means, alone or in a list, also as a correction."""
    for text in (event(kind), corrected("e1", kind), corrected("e1", None)):
        said = document.read(text, kind).plain()
        assert fits("events", said) and fits("events", [said, said]), text
        assert not fits("events", {**said, "more": {}}) and not fits("events", [])
    assert not fits("events", {kind: {}})


def test_every_decision_and_plan_is_as_promised(busy: Hospital) -> None:
    """Of all cases of the suite, at their last day."""
    for path, course in suite():
        answers = {"Decision": answer(decide(PROTOCOL, course)), "Plan": plan_answer(plan(decide(PROTOCOL, course)))}
        for name, said in answers.items():
            assert fits(name, json.loads(dumps(said))), path
            assert said.keys() <= components()[name]["properties"].keys()


def test_the_description_says_how_one_comes_in(hospital: Hospital) -> None:
    """By the cookie of a session or the token of a program, wherever somebody must be known."""
    told = hospital.get(None, "/openapi.json").json()
    assert told["components"]["securitySchemes"] == {
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-oncourse"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    asked = {route for route, ask in ROUTES.items() if ask.act != ANYBODY}
    secured = {
        f"{method.upper()} {path}"
        for path, methods in told["paths"].items()
        for method, said in methods.items()
        if said.get("security") == [{"session": []}, {"token": []}]
    }
    assert secured == asked
    assert told == hospital.get(None, "/openapi.json").json()
