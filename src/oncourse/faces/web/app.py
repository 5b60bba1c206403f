"""The pages of the clinic as one application: a form is sent, kept, and answered by a page to go to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from oncourse.board import Board
from oncourse.clinic import Clinic, NoCourse, NotAllowed, Unavailable
from oncourse.faces.doors import BY_ITSELF, Rates, Refusal, TheClinic, whoever
from oncourse.faces.web.forms import sentence
from oncourse.faces.web.page import Trial, Visit, shown, text
from oncourse.faces.web.static import files
from oncourse.faces.web.typed import SENT, Typed, typed
from oncourse.problem import BadInput, Refused
from oncourse.record.signatures import Signatures
from oncourse.roles import Actor

PAGES = (
    *("signin", "me", "today", "patients", "telling", "identity", "otherwise", "planning", "told"),
    *("verifying", "vials", "preparing", "papers", "starting", "bedside", "observing", "reaction", "watching", "since"),
    *("day", "accounts", "site", "protocols"),
)
STOPS = "/infusion/stop"  # ends the one address that cannot wait
SMALL = 1000  # bytes, under which packing does not pay


def visitor(request: Request, clinic: TheClinic, said: Annotated[Typed, Depends(typed)]) -> Visit:
    """Whoever is signed in, with what they sent; refuses strangers and what another site made a browser send."""
    return Visit(request, clinic, request.app.state.board, whoever(request, clinic), said)


Visitor = Annotated[Visit, Depends(visitor)]


def pages(clinic: Clinic, rates: Rates, trial: Trial | None = None) -> FastAPI:
    """The pages of a clinic; `trial` says on each that no patient is real."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    state = app.state
    state.clinic, state.rates, state.board, state.trial = clinic, rates, Board(clinic), trial
    state.signatures = Signatures(clinic.record, clinic.clock)
    for router in _routers():
        app.include_router(router)
    app.add_api_route("/now", _now)
    app.mount("/static", files)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL, compresslevel=5)
    app.add_exception_handler(Refusal, _refused)
    for kind in (Refused, BadInput, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _failed)
    return app


def _routers() -> Iterator[APIRouter]:
    """Those of every page; where two could answer, the first does."""
    for name in PAGES:  # they need the Visitor of this module
        yield import_module(f"{__package__}.{name}").router
    yield import_module(f"{__package__}.papers").clinic


def _now(clinic: TheClinic) -> PlainTextResponse:
    """The time by which everything here is measured."""
    return PlainTextResponse(clinic.clock().isoformat())


def _refused(request: Request, error: Exception) -> Response:
    """Strangers are asked to sign in, and what they typed is kept for them; everybody else is told why."""
    assert isinstance(error, Refusal)
    if error.status != 401:
        return _told(request, error.status, error.detail, error.headers)
    if BY_ITSELF in request.headers:  # a page that is open: it locks itself
        return Response(status_code=204, headers={"HX-Trigger": "signed-out"})
    if "hx-request" in request.headers:  # a part of a page that is open: what stands there stays
        return Response(status_code=401)
    said: Typed | None = getattr(request.state, "typed", None)
    to = _address(request)
    if said is None:
        return RedirectResponse(f"/sign-in?to={quote(to, safe='/')}", 303)
    return signs_in(request, said, 401)


def signs_in(
    request: Request, said: Typed, status: int, faults: Sequence[str] = (), actor: Actor | None = None
) -> Response:
    """The page on which whoever may send a form signs in: what was sent is kept for them, and when that was."""
    to = _address(request)
    word = "expired_stop" if to.endswith(STOPS) else "expired_secret" if said.secrets else "expired"
    kept = Typed({SENT: [request.app.state.clinic.clock().isoformat()], **said.fields}).written()
    told = {"to": to, "kept": kept, "name": "", "faults": faults, "expired": text(f"signin.{word}")}
    return shown(request, "signin.html", status, actor=actor, **told)


def _address(request: Request) -> str:
    """Where somebody wanted to go, as a browser writes it."""
    asked = request.url.query
    return quote(request.scope["path"]) + (f"?{asked}" if asked else "")


def _failed(request: Request, error: Exception) -> Response:
    match error:
        case HTTPException():
            status = error.status_code
            return _told(request, status, text("told.none" if status == 404 else "told.wrong"), error.headers)
        case RequestValidationError():
            return _told(request, 404, text("told.none"))
        case NotAllowed():
            return _told(request, 403, f"{error.remedy[:1].upper()}{error.remedy[1:]}. {text('told.not_yours')}")
        case NoCourse():
            return _told(request, 404, text("told.no_course"))
        case Unavailable():
            request.state.fault = error.what
            return _told(request, 503, text("told.unavailable"))
        case Refused():
            return _told(request, 422, sentence(error))
        case BadInput():
            return _told(request, 422, str(error))
    return _told(request, 500, text("told.fault"))


def _told(request: Request, status: int, said: str, headers: Mapping[str, str] | None = None) -> Response:
    made = shown(request, "told.html", status, said=said)
    made.headers.update(headers or {})
    return made
