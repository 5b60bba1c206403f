"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from oncourse.faces.api.schemas import answers, refusals
from oncourse.faces.doors import COOKIE, TheClinic, come_in, let_in, let_out, whoever
from oncourse.roles import Actor

router = APIRouter(prefix="/api", responses=refusals(401, 503))


class SignIn(BaseModel):
    """What a person signs in with."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)
    password: str = Field(max_length=200)


@router.post("/sign-in", responses=answers("Who", 400, 403, 408, 413, 422, 429))
def sign_in(said: SignIn, request: Request, clinic: TheClinic) -> Response:
    """Sign in: the answer sets the cookie of a new session, and ends the one there was."""
    made, actor = come_in(request, clinic, said.name, said.password)
    return let_in(_who(actor), made)


@router.post("/sign-out", status_code=204, response_class=Response, responses=refusals(403, 422))
def sign_out(
    request: Request, clinic: TheClinic, actor: Annotated[Actor, Depends(whoever)], everywhere: bool = False
) -> Response:
    """Sign out here, or everywhere."""
    if everywhere:
        clinic.accounts.sign_out_everywhere(actor.account)
    elif (made := request.cookies.get(COOKIE)) is not None:
        clinic.accounts.sign_out(made)
    return let_out(Response(status_code=204))


@router.get("/me", responses=answers("Who"))
def me(actor: Annotated[Actor, Depends(whoever)]) -> Response:
    """Who is signed in."""
    return _who(actor)


def _who(actor: Actor) -> JSONResponse:
    return JSONResponse({"account": actor.account, "shown": actor.shown, "roles": list(actor.roles)})
