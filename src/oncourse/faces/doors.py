"""Who is calling: a person by the cookie of their session, a program by its token; and whether it is theirs to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException

from oncourse.clinic import Clinic
from oncourse.roles import Actor, table

COOKIE = "__Host-oncourse"
BY_ITSELF = "by-itself"  # a header of what an open page asks: yes, if nobody did anything there since it asked last
WRONG = "user name or password is not right"
SAFE = ("GET", "HEAD", "OPTIONS")
NOBODY = {"WWW-Authenticate": 'Bearer realm="oncourse"'}


class TooMuch(HTTPException):
    """A body is too large, or comes too slowly; of a kind that no reader of bodies takes for its own fault."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail, {"Connection": "close"})


class Refusal(Exception):
    """An answer other than what was asked for, with its status and further members."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, headers, more


def clinic_of(request: Request) -> Clinic:
    """The clinic that this face shows."""
    clinic: Clinic = request.app.state.clinic
    return clinic


TheClinic = Annotated[Clinic, Depends(clinic_of)]


def whoever(request: Request, clinic: TheClinic) -> Actor:
    """The person or program that calls; refuses strangers, and what another site made a browser send."""
    scheme, _, made = request.headers.get("authorization", "").partition(" ")
    if scheme:
        actor = clinic.accounts.with_token(made.strip()) if scheme.lower() == "bearer" else None
    else:
        if request.method not in SAFE:
            from_here(request)
        session = request.cookies.get(COOKIE)
        actor = None if session is None else clinic.accounts.signed_in(session, request.headers.get(BY_ITSELF) != "yes")
    if actor is None:
        raise Refusal(401, "sign in, or send the token of a program", NOBODY)
    request.state.account = actor.account
    return actor


def from_here(request: Request) -> None:
    """Refuse what a browser sends for another site."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    here = f"{request.url.scheme}://{request.headers.get('host', '')}"
    ours = site in ("same-origin", "none") if site is not None else origin in (None, here)
    if not ours:
        raise Refusal(403, "this was sent by another site")


def come_in(request: Request, clinic: Clinic, name: str, password: str) -> tuple[str, Actor]:
    """Sign a person in: the secret of a new session, which ends the one there was, and who they are.

    Refuses another site, whoever tries too often, and a name or password that is not right.
    """
    from_here(request)
    attempt(request, name)
    made = clinic.accounts.sign_in(name, password)
    actor = None if made is None else clinic.accounts.signed_in(made)
    if made is None or actor is None:
        raise Refusal(401, WRONG)
    if (before := request.cookies.get(COOKIE)) is not None:
        clinic.accounts.sign_out(before)
    return made, actor


def attempt(request: Request, name: str) -> None:
    """Count one more try at the password of that name; refuses whoever tries too often."""
    rates = request.app.state.rates
    rates.hit(FROM, "from", request.client.host if request.client else "")
    rates.hit(SIGN_IN, "sign-in", name)


def let_in(answer: Response, made: str) -> Response:
    """The answer with which a browser gets a session."""
    answer.set_cookie(COOKIE, made, path="/", secure=True, httponly=True, samesite="strict")
    return answer


def let_out(answer: Response) -> Response:
    """The answer with which a browser loses its session."""
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


def vouched(request: Request, clinic: Clinic, name: str, password: str) -> Actor | None:
    """Who that is, if the password is theirs: a colleague who signs beside somebody, on the same screen."""
    attempt(request, name)
    known = clinic.accounts.named(name) if clinic.accounts.right(name, password) else None
    return None if known is None else known.actor


def allowed(act: str) -> Callable[[Actor], Actor]:
    """Whoever calls, if the table says that this act is theirs."""

    def checked(actor: Annotated[Actor, Depends(whoever)]) -> Actor:
        table().require(act, actor)
        return actor

    return checked


class Rates:
    """How often somebody may try: whoever comes too often is told when to come again."""

    def __init__(self) -> None:
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, rate: RateLimitItem, *who: str) -> None:
        """Count one more; raises Refusal if it is too many."""
        if not self.limiter.hit(rate, *who):
            raise Refusal(429, "too often; wait, then try again", {"Retry-After": str(rate.get_expiry())})


SIGN_IN = parse("10/minute")  # for one name
FROM = parse("60/minute")  # sign-ins from one address
TELL = parse("120/minute")  # events told by one person
