"""Signing in and out, and choosing light or dark."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from oncourse.faces.doors import COOKIE, Refusal, TheClinic, come_in, from_here, let_in, let_out
from oncourse.faces.web.app import STOPS, Visitor
from oncourse.faces.web.page import THEME, THEMES, shown, text
from oncourse.faces.web.typed import AGAIN, Typed, parsed, typed

router = APIRouter()
Sent = Annotated[Typed, Depends(typed)]
HOME = "/"
YEAR = 31_536_000  # seconds


@router.get("/")
def begin(visit: Visitor) -> Response:
    """The first page that is somebody's."""
    return visit.go(f"/{visit.places[0]}")


@router.get("/sign-in")
def ask(request: Request, to: str = HOME) -> Response:
    """The page to sign in on."""
    return shown(request, "signin.html", to=inside(to), kept="", name="", faults=[], expired="")


@router.post("/sign-in")
def sign_in(request: Request, clinic: TheClinic, said: Sent) -> Response:
    """Sign in and go on where one wanted to go, or go back to what was typed before."""
    to, kept = inside(said["to"]), said["kept"]
    try:
        made, _ = come_in(request, clinic, said["name"], said.secret())
    except Refusal as refused:
        fault = text("signin.wrong") if refused.status == 401 else text("signin.later")
        told = {"to": to, "kept": kept, "name": said["name"], "faults": [fault], "expired": ""}
        return shown(request, "signin.html", refused.status, **told)
    if kept:
        pairs = [pair for pair in parsed(kept).pairs() if pair[0] != AGAIN]
        answer = shown(request, "again.html", to=to, pairs=[*pairs, (AGAIN, "yes")], stops=to.endswith(STOPS))
    else:
        answer = RedirectResponse(to, 303)
    return let_in(answer, made)


@router.post("/sign-out")
def sign_out(visit: Visitor) -> Response:
    """Sign out here, or everywhere."""
    accounts, made = visit.clinic.accounts, visit.request.cookies.get(COOKIE)
    if "everywhere" in visit.typed:
        accounts.sign_out_everywhere(visit.actor.account)
    elif made is not None:
        accounts.sign_out(made)
    return let_out(visit.go("/sign-in"))


@router.post("/theme")
def choose(request: Request, said: Sent) -> Response:
    """Light, dark, or whatever the machine likes."""
    from_here(request)
    answer = RedirectResponse(inside(said["to"]), 303)
    if said["theme"] in THEMES:
        answer.set_cookie(THEME, said["theme"], max_age=YEAR, path="/", httponly=True, samesite="strict")
    else:
        answer.delete_cookie(THEME, path="/", httponly=True, samesite="strict")
    return answer


def inside(to: str) -> str:
    """A path of ours, whatever somebody wrote into an address."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else HOME
