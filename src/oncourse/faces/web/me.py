"""Oneself: who is signed in, as what, with which password, and how pages look."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.clinic import Conflict
from oncourse.faces.doors import Refusal, attempt, let_in
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, summary, tell
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.typed import SECRET
from oncourse.record.accounts import ACCOUNT, LONGEST, PARTS, SHORTEST, Account

router = APIRouter(prefix="/me")
OLD, AGAIN = f"{SECRET}.old", f"{SECRET}.again"
WHERE = dict(enumerate(PARTS, 1))  # the field of each line of an account


@router.get("")
def me(visit: Visitor, done: str = "") -> Response:
    """Who is signed in; `done` tells that the password was just changed."""
    return _page(visit, Faults(), 200, done == SECRET)


@router.post("/password")
def changed(visit: Visitor) -> Response:
    """Change one's own password, which ends every other session of one's own."""
    if visit.typed.again:
        return _page(visit, Faults(), 200)
    accounts, new = visit.clinic.accounts, visit.typed.secret()
    version = accounts.version  # before the account: what is said of it from here on is not overwritten
    account = accounts.named(visit.actor.account)
    assert account is not None
    faults = _new(visit, account)
    status = _proven(visit, account, faults)
    if faults:
        return _page(visit, faults, status)
    try:
        accounts.set(account, account.name, new, version)
    except Conflict:
        faults.add(None, text("me.meanwhile"))
        return _page(visit, faults, 409)
    made = accounts.sign_in(account.name, new)
    return visit.go("/sign-in") if made is None else let_in(visit.go(f"/me?done={SECRET}"), made)


def _new(visit: Visit, account: Account) -> Faults:
    """What speaks against the new password."""
    faults, new = Faults(), visit.typed.secret()
    tell(visit.clinic.accounts.faults(account, new), WHERE, faults, ACCOUNT)
    if new and new == visit.typed.secret(OLD):
        faults.add(SECRET, text("me.the_old_one"))
    if new != visit.typed.secret(AGAIN):
        faults.add(AGAIN, text("accounts.differ"))
    return faults


def _proven(visit: Visit, account: Account, faults: Faults) -> int:
    """Note an old password that is not right; the status with which faults are told."""
    try:
        attempt(visit.request, account.name)
    except Refusal as refused:
        faults.add(OLD, text("signin.later"))
        return refused.status
    if not visit.clinic.accounts.right(account.name, visit.typed.secret(OLD)):
        faults.add(OLD, text("me.wrong"))
    return 422


def _page(visit: Visit, faults: Faults, status: int, done: bool = False) -> Response:
    told = {"faults": faults, "summary": list(summary(faults, ())), "between": (), "done": done}
    return visit.show("me.html", status, **told, lengths={"shortest": SHORTEST, "longest": LONGEST})
