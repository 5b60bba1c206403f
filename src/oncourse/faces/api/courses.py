"""Courses over HTTP: decided, opened, read, told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from oncourse import course as courses
from oncourse import document
from oncourse.answer import answer, dumps, plan_answer
from oncourse.decide import decide
from oncourse.faces import hiding
from oncourse.faces.api.schemas import ETAG, JSON, answers, refusals, sent
from oncourse.faces.doors import TELL, Refusal, TheClinic, allowed
from oncourse.field import moment
from oncourse.plan import plan
from oncourse.problem import BadInput, Fault, Place, Problem
from oncourse.protocol_file import named
from oncourse.roles import PROGRAM, Actor, table

router = APIRouter(prefix="/api", responses=refusals(401, 403, 422, 503))
SENT = (400, 408, 413)  # what may be wrong with a body before it is read

Asked = Annotated[
    str | None,
    Query(description="a date, or an instant with its offset", examples=["2026-11-24", "2026-11-24T10:40:00+01:00"]),
]


async def whole(request: Request) -> bytes:
    """What was sent."""
    return await request.body()


def at_moment(at: Asked = None) -> date | datetime | None:
    """The moment asked about."""
    try:
        return None if at is None else moment(at, "at")
    except Fault as fault:
        raise BadInput([fault.at(Place("query", 1, 1))]) from None


Body = Annotated[bytes, Depends(whole)]
At = Annotated[date | datetime | None, Depends(at_moment)]
Match = Annotated[str | None, Header(description="the ETag that was seen")]
Name = Annotated[str, Path(description="the id of the course")]
Words = Annotated[str, Query(max_length=200, description="words that all must be found")]


def told(text: str, status: int = 200, version: int | None = None) -> Response:
    """JSON that was written by the program itself, with the version of the course as its tag."""
    headers = {} if version is None else {"ETag": f'"{version}"'}
    return Response(text + "\n", status, headers, JSON)


@router.post("/decide", responses=answers("Decision", *SENT), openapi_extra=sent("document"))
def decided(_: Annotated[Actor, Depends(allowed("decide"))], body: Body, at: At) -> Response:
    """The decision on a course document that is not kept: what `oncourse decide --json` prints."""
    doubles: list[Problem] = []
    root = document.read(body, "course", doubles=doubles)
    protocol = named(root)
    course = courses.read(root, "course", protocol.vocabulary, doubles, protocol.choices)
    if at is None and courses.last_day(course) is None:
        raise BadInput([Problem(root.place, "nothing happened in this course", "add an event, or say at which date")])
    return told(dumps(answer(decide(protocol, course, at))))


@router.get("/courses", responses=answers("Found"))
def found(_: Annotated[Actor, Depends(allowed("find"))], clinic: TheClinic, q: Words = "") -> Response:
    """The patients in whose id, name, identifiers or date of birth every word stands."""
    return JSONResponse({"courses": [{"course": one.course, **one.shown} for one in clinic.search(q)]})


@router.post(
    "/courses",
    status_code=201,
    responses=answers("Opened", *SENT, status=201, headers=ETAG),
    openapi_extra=sent("document"),
)
def opened(
    actor: Annotated[Actor, Depends(allowed("open"))],
    body: Body,
    clinic: TheClinic,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Begin a course from its document, whose events may be none."""
    made = clinic.open(body, actor.account, idempotency_key, actor)
    now = clinic.course(made.course).version
    return told(dumps({"course": made.course, "version": now, "left_out": made.left_out}), 201, now)


@router.get("/courses/{name}", responses=answers("Course", 404, headers=ETAG))
def read(actor: Annotated[Actor, Depends(allowed("read"))], name: Name, clinic: TheClinic) -> Response:
    """The course document, and its version; what waits for a second person is hidden from everybody else."""
    known = clinic.course(name)
    hidden = clinic.checks(name).hidden(actor.account)
    unspoken = hiding.unspoken(clinic.entries(name), hidden)
    seen = ((event.id, hiding.event(event.raw, hidden)) for event in known.course.events)
    events = [hiding.reasonless(said) if id_ in unspoken else said for id_, said in seen]
    said = {"id": known.course.id, "born": known.course.born, "sex": known.course.sex}
    head = {"oncourse": 1, "protocol": known.course.protocol, "patient": said, "site": known.course.site_as_written}
    return told(dumps({"version": known.version, "course": {**head, "events": events}}), version=known.version)


@router.get("/courses/{name}/events", responses=answers("Told", 404, headers=ETAG))
def entries(
    actor: Annotated[Actor, Depends(allowed("read"))], name: Name, clinic: TheClinic, since: int = 0
) -> Response:
    """What was told after a version: each entry with who told it, when and why."""
    kept = clinic.entries(name)
    hidden = clinic.checks(name).hidden(actor.account)  # after them: what comes between is then hidden too
    seen = [*hiding.shown(kept, hidden, table().allows(hiding.FIND, actor.roles))]
    return told(dumps({"version": len(kept), "events": [*_entries(seen[max(since, 0) :])]}), version=len(kept))


@router.post(
    "/courses/{name}/events",
    status_code=201,
    responses=answers("Told", *SENT, 404, 412, 428, 429, status=201, headers=ETAG),
    openapi_extra=sent("events"),
)
def append(
    actor: Annotated[Actor, Depends(allowed("tell"))],
    name: Name,
    body: Body,
    request: Request,
    clinic: TheClinic,
    if_match: Match = None,
    idempotency_key: Annotated[str | None, Header()] = None,
    why: str | None = None,
) -> Response:
    """Tell one event or several of a course at the version that If-Match names; all are kept, or none."""
    seen = version(if_match)
    if PROGRAM not in actor.roles:
        request.app.state.rates.hit(TELL, "tell", actor.account)
    kept = clinic.append(name, seen, body, actor.account, why, idempotency_key, actor)
    now = kept[-1].version
    mine = hiding.shown(kept, frozenset(), names=True)  # what they told is theirs to see
    return told(dumps({"version": now, "events": [*_entries(mine)]}), 201, now)


@router.patch(
    "/courses/{name}", responses=answers("Kept", *SENT, 404, 412, 428, headers=ETAG), openapi_extra=sent("head")
)
def amended(
    actor: Annotated[Actor, Depends(allowed("amend"))],
    name: Name,
    body: Body,
    clinic: TheClinic,
    why: Annotated[str, Query(description="the reason")],
    if_match: Match = None,
) -> Response:
    """Put right what a course says of its protocol, patient or site; each part is given whole."""
    now = clinic.amend(name, version(if_match), body, actor.account, why)[-1].version
    return told(dumps({"version": now}), version=now)


@router.put(
    "/courses/{name}/patient",
    responses=answers("Kept", *SENT, 404, 412, 428, headers=ETAG),
    openapi_extra=sent("who"),
)
def identified(
    actor: Annotated[Actor, Depends(allowed("identify"))],
    name: Name,
    body: Body,
    clinic: TheClinic,
    if_match: Match = None,
) -> Response:
    """Say by what name and identifiers a patient is known; each of the two is given whole."""
    now = clinic.identify(name, version(if_match), body, actor.account)[-1].version
    return told(dumps({"version": now}), version=now)


@router.get("/courses/{name}/decision", responses=answers("Decision", 404))
def decision(actor: Annotated[Actor, Depends(allowed("read"))], name: Name, at: At, clinic: TheClinic) -> Response:
    """What to do, now or at a moment."""
    decided = clinic.decision(name, at)
    hidden = clinic.checks(name).hidden(actor.account)
    return told(dumps(answer(decided, hiding.unspoken(clinic.entries(name), hidden))))


@router.get("/courses/{name}/plan", responses=answers("Plan", 404))
def ahead(_: Annotated[Actor, Depends(allowed("read"))], name: Name, at: At, clinic: TheClinic) -> Response:
    """Every slot ahead, dated and dosed."""
    return told(dumps(plan_answer(plan(clinic.decision(name, at)))))


@router.get("/courses/{name}/checks", responses=answers("Checks", 404))
def checks(_: Annotated[Actor, Depends(allowed("read"))], name: Name, clinic: TheClinic) -> Response:
    """What of the dose in hand waits for a second person: the point, whose it is, and no value."""
    points = clinic.checks(name).points.values()
    said = [
        {
            "point": one.name,
            "state": one.state,
            "first": one.first.id,
            "told_by": one.told_by,
            "checked_by": one.checked_by,
        }
        for one in points
    ]
    return told(dumps({"checks": said}))


@router.get("/site", responses=answers("Site", headers=ETAG))
def site(_: Annotated[Actor, Depends(allowed("settings"))], clinic: TheClinic) -> Response:
    """The settings with which new courses begin."""
    now, settings = clinic.site()
    return told(dumps({"version": now, "site": settings}), version=now)


@router.put("/site", responses=answers("Kept", *SENT, 412, 428, headers=ETAG), openapi_extra=sent("site"))
def settled(
    actor: Annotated[Actor, Depends(allowed("settle"))],
    body: Body,
    clinic: TheClinic,
    why: str | None = None,
    if_match: Match = None,
) -> Response:
    """Set them, all at once; courses that run keep theirs."""
    now = clinic.settle(version(if_match), body, actor.account, why)[-1].version
    return told(dumps({"version": now}), version=now)


def version(tag: str | None) -> int:
    """The version that If-Match names."""
    if tag is None:
        raise Refusal(428, "say in If-Match which version you saw")
    plain = tag.strip().removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 12:
        raise Refusal(412, f"{tag[:40]!r} is no version; If-Match is the ETag of the course")
    return int(plain)


def _entries(seen: Iterable[hiding.Shown]) -> Iterator[dict[str, Any]]:
    for one in seen:
        entry = one.entry
        yield {
            "version": entry.version,
            "kind": entry.kind,
            "by": entry.by,
            "recorded": entry.recorded,
            "why": one.why,
            "said": one.said,
        }
