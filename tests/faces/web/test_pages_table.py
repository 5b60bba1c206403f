"""Every page and every role: shown or refused as the table of roles says, and nothing in between."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.faces.api.hospital import BY_ROLE, Hospital
from tests.faces.web.reading import Reader

from oncourse.faces.doors import Rates
from oncourse.faces.web.app import pages
from oncourse.roles import table

ANYBODY, SIGNED_IN = "anybody", "signed in"
P_9 = "/patients/P-9"
TOLD = {"results": "labs", "measure": "measured", "toxicity": "toxicity", "response": "response"}  # whose each is
START = {
    "scan": "infusion",
    "premedication": "premedicated",
    "observations": "observed",
    "pump": "infusion",
    "second": "infusion",
    "otherwise": "infusion",
    "begin": "infusion",
}
INFUSION = ("finish", "stop", "pause", "resume", "undo", "overran")
ACTS = {  # whose each page is, by what it is for
    "GET /": SIGNED_IN,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": SIGNED_IN,
    "POST /theme": ANYBODY,
    "GET /me": SIGNED_IN,
    "POST /me/password": SIGNED_IN,
    "GET /today": "find",
    "GET /today/queue": "find",
    "GET /patients": "find",
    "GET /patients/new": "open",
    "POST /patients/new": "open",
    "GET /patients/{name}": "read",
    "GET /patients/{name}/days/{on}": "read",
    "POST /patients/{name}/acts/{act}": "ordered",
    "GET /patients/{name}/enrolment": "enrolled",
    "POST /patients/{name}/enrolment": "enrolled",
    "GET /patients/{name}/plan": "read",
    "POST /patients/{name}/plan": "replanned",
    "POST /patients/{name}/plan/on": "read",
    "GET /patients/{name}/what-if": "read",
    "POST /patients/{name}/what-if": "read",
    "POST /patients/{name}/{page}/preview": "read",
    "GET /patients/{name}/otherwise": "overrode",
    "POST /patients/{name}/otherwise": "overrode",
    "GET /patients/{name}/stop": "stopped",
    "POST /patients/{name}/stop": "stopped",
    "GET /patients/{name}/course": "read",
    "GET /patients/{name}/correct/{event}": "measured",
    "POST /patients/{name}/correct/{event}": "measured",
    "GET /patients/{name}/who": "identify",
    "POST /patients/{name}/who": "identify",
    "GET /patients/{name}/amend": "amend",
    "POST /patients/{name}/amend": "amend",
    **{f"GET /patients/{{name}}/{page}": "read" for page in ("start", "infusion", "reaction", "watch")},
    **{f"POST /patients/{{name}}/start/{act}": whose for act, whose in START.items()},
    **{f"POST /patients/{{name}}/infusion/{act}": "infusion" for act in INFUSION},
    "GET /patients/{name}/infusion/end": "infusion",
    "POST /patients/{name}/infusion/end": "infusion",
    "POST /patients/{name}/observe": "observed",
    "POST /patients/{name}/reaction": "reaction",
    "POST /patients/{name}/watch/list": "counselled",
    "POST /patients/{name}/watch/end": "watch_ended",
    "POST /patients/{name}/watch/early": "watch_ended",
    "GET /now": ANYBODY,
    "GET /patients/{name}/since": "read",
    "GET /patients/{name}/prepare": "read",
    "GET /patients/{name}/prepare/verify": "verify",
    "POST /patients/{name}/prepare/verify": "verify",
    "GET /patients/{name}/prepare/vials": "reconstituted",
    "GET /patients/{name}/prepare/reconstitute": "reconstituted",
    "POST /patients/{name}/prepare/reconstitute": "reconstituted",
    "GET /patients/{name}/prepare/dilute": "diluted",
    "POST /patients/{name}/prepare/dilute": "diluted",
    "GET /patients/{name}/prepare/check": "checked",
    "POST /patients/{name}/prepare/check": "checked",
    "GET /patients/{name}/prepare/release": "released",
    "POST /patients/{name}/prepare/release": "released",
    "POST /patients/{name}/prepare/discard": "discarded",
    "POST /patients/{name}/prepare/reprint": "printed",
    "GET /patients/{name}/worksheet.pdf": "read",
    "GET /patients/{name}/calendar.pdf": "find",
    "GET /patients/{name}/calendar.ics": "find",
    "GET /patients/{name}/summary.pdf": "read",
    "GET /downtime.pdf": "find",
    "GET /patients/{name}/label.pdf": "released",
    "GET /patients/{name}/label.png": "released",
    "GET /patients/{name}/vial-label.pdf": "reconstituted",
    "GET /accounts": "accounts",
    "GET /accounts/new": "accounts",
    "POST /accounts/new": "accounts",
    "GET /accounts/change": "accounts",
    "POST /accounts/change": "accounts",
    "POST /accounts/token": "accounts",
    "GET /site": "settings",
    "POST /site": "settle",
    "GET /protocol": "decide",
    "POST /protocol": "settle",
    "GET /protocol/sources": "decide",
    "GET /protocol/proof": "decide",
    "GET /protocol/diff": "decide",
    **{f"{method} /patients/{{name}}/{page}": act for method in ("GET", "POST") for page, act in TOLD.items()},
}  # fmt: skip
MADE = {"{name}": "P-9", "{on}": "2026-11-25", "{act}": "order", "{event}": "e3", "{page}": "results"}


def routes(hospital: Hospital) -> set[str]:
    """Every method and path of a page."""

    def found(router: Any) -> Iterator[str]:
        for route in router.routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from found(inner)
            elif getattr(route, "methods", None):
                yield from (f"{method} {route.path or '/'}" for method in route.methods if method != "HEAD")

    return {one.replace("/days/{on:date}", "/days/{on}") for one in found(pages(hospital.clinic, Rates()))}


def test_every_page_has_its_row(hospital: Hospital) -> None:
    """No page is forgotten here, and none is left over."""
    assert routes(hospital) == set(ACTS)


@pytest.mark.parametrize("role", [None, *(role for role in BY_ROLE if role != "program")])
def test_a_page_is_shown_to_those_whose_it_is(hospital: Hospital, role: str | None) -> None:
    """Everybody else is refused with 403, a stranger asked to sign in; nothing is kept by an empty form."""
    reader = Reader(hospital, None if role is None else BY_ROLE[role])
    for row, act in ACTS.items():
        method, _, path = row.partition(" ")
        for part, made in MADE.items():
            path = path.replace(part, made)
        if path in ("/sign-out", "/theme"):
            continue  # tested where one signs in
        with hospital.unchanged():
            answer = hospital.ask(
                reader.who, method, path, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False
            )
        mine = act == ANYBODY or (role is not None and (act == SIGNED_IN or table().allows(act, [role])))
        if mine:
            assert answer.status_code not in (403, 405, 500, 503), f"{row}: {answer.status_code}"
        elif role is None:
            asked = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            assert asked or answer.status_code == 401, f"{row}: {answer.status_code}"
        else:
            assert answer.status_code == 403, f"{row}: {answer.status_code}"
