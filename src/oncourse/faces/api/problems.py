"""What is told when something cannot be done: RFC 9457 problem documents that name every fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from oncourse.clinic import Conflict, NoCourse, NotAllowed, Unavailable
from oncourse.faces.doors import Refusal
from oncourse.problem import BadInput, Refused
from oncourse.record.entry import Entry

MEDIA = "application/problem+json"
OUR_FAULT = "this is a fault of ours; look whether anything was kept before you send it again"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem document."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(told, status, dict(headers or {}), MEDIA)


def told_by(app: FastAPI) -> None:
    """Let every error of the clinic be told as a problem document."""
    app.add_exception_handler(Refusal, lambda _, error: _refusal(error))
    app.add_exception_handler(BadInput, lambda _, error: _bad_input(error))
    app.add_exception_handler(Conflict, lambda _, error: _conflict(error))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, lambda _, error: _invalid(error))
    app.add_exception_handler(HTTPException, lambda _, error: _http(error))
    app.add_exception_handler(ClientDisconnect, lambda _, error: problem(400, "the rest did not come"))
    app.add_exception_handler(Exception, lambda _, error: problem(500, OUR_FAULT))


def _refusal(error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error.status, error.detail, error.headers, **error.more)


def _bad_input(error: Exception) -> Response:
    assert isinstance(error, BadInput)
    faults = [{"where": str(one.place), "what": one.what, "remedy": one.remedy} for one in error.problems]
    return problem(422, "nothing was kept; every fault is named", problems=faults)


def _conflict(error: Exception) -> Response:
    assert isinstance(error, Conflict)
    detail = "somebody else was first; nothing of this was kept"
    return problem(412, detail, {"ETag": f'"{error.version}"'}, version=error.version, since=_plain(error.since))


def _plain(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """That something was told, by whom and when; what was told is read by asking for the course."""
    return [{"version": one.version, "by": one.by, "recorded": one.recorded} for one in entries]


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if isinstance(error, Unavailable):  # where the record lies is for the log
        request.state.fault = error.what
        return problem(503, f"the record cannot be read or written now; {error.remedy}")
    return problem({NotAllowed: 403, NoCourse: 404}.get(type(error), 409), str(error))


def _invalid(error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {"where": ".".join(map(str, one["loc"])), "what": one["msg"], "remedy": "see /openapi.json"}
        for one in error.errors()
    ]
    return problem(422, "the request is not understood", problems=faults)


def _http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), error.headers)
