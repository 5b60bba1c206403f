"""Accounts: the people and programs that may come in, as what, and what they come in with at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.clinic import Conflict
from oncourse.faces.doors import Refusal
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.between import changes
from oncourse.faces.web.forms import NO, YES, Faults, Input, sentence, summary, tell
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.typed import SECRET, Typed
from oncourse.problem import BadInput, Refused
from oncourse.record.accounts import ACCOUNT, LONGEST, LOOKS_AFTER, PARTS, SHORTEST, Account
from oncourse.roles import PROGRAM, table

router = APIRouter(prefix="/accounts")
AGAIN = f"{SECRET}.again"
WHERE = dict(enumerate(PARTS, 1))  # the field of each line of an account


@router.get("")
def everybody(visit: Visitor) -> Response:
    """Every account, a row each."""
    visit.require(LOOKS_AFTER)
    return visit.show("accounts.html", accounts=list(visit.clinic.accounts))


@router.get("/new")
def new(visit: Visitor) -> Response:
    """The empty form of an account."""
    visit.require(LOOKS_AFTER)
    return _form(visit, None, visit.typed)


@router.post("/new")
def added(visit: Visitor) -> Response:
    """Add an account that was not there before."""
    visit.require(LOOKS_AFTER)
    if visit.typed.again:
        return _form(visit, None, visit.typed)
    faults, name = Faults(), visit.typed["name"]
    known = visit.clinic.accounts.named(name)
    between = _keep(visit, _said(visit.typed, name, active=True), 0, faults)
    if (known is not None and faults) or between is not None:
        faults.add("name", text("accounts.taken"))
    if faults:
        return _form(visit, None, visit.typed, faults)
    return visit.go(_path(name) if PROGRAM in visit.typed.all("roles") else "/accounts")


@router.get("/change")
def one(visit: Visitor, name: str = "") -> Response:
    """One account, as it is now."""
    visit.require(LOOKS_AFTER)
    version = visit.clinic.accounts.version  # before the account: what changes in between is not seen
    account = _known(visit, name)
    return _form(visit, account, _typed(account), version=version)


@router.post("/change")
def changed(visit: Visitor) -> Response:
    """Change an account, if nobody else did meanwhile."""
    visit.require(LOOKS_AFTER)
    before = _known(visit, visit.typed["name"])
    if visit.typed.again:
        return _form(visit, before, visit.typed)
    faults = Faults()
    if visit.typed["active"] not in (YES, NO):
        faults.add("active", text("faults.blank", label=text("accounts.active")))
    account = _said(visit.typed, before.name, visit.typed["active"] == YES)
    between = _keep(visit, account, visit.typed.version, faults)
    if faults or between is not None:
        return _form(visit, before, visit.typed, faults, between)
    return visit.go("/accounts")


@router.post("/token")
def token(visit: Visitor) -> Response:
    """Make a new token and show it: only here, only now."""
    visit.require(LOOKS_AFTER)
    version = visit.clinic.accounts.version
    account = _known(visit, visit.typed["name"])
    if visit.typed.again:
        return _form(visit, account, _typed(account), version=version)
    try:
        made = visit.clinic.accounts.new_token(account.name, [_instant(visit.typed["made"])])
    except Refused as refused:
        return _form(visit, account, _typed(account), Faults(others=[sentence(refused)]), version=version, status=409)
    return visit.show("token.html", account=account, made=made)


def _instant(said: str) -> datetime | None:
    """When a token was made, as a form says it; refuses what no form of ours says."""
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        raise Refusal(400, text("told.wrong")) from None


def _known(visit: Visit, name: str) -> Account:
    """An account; refuses the name of none."""
    if (account := visit.clinic.accounts.named(name)) is None:
        raise Refusal(404, text("accounts.none"))
    return account


def _path(name: str) -> str:
    return f"/accounts/change?{urlencode({'name': name})}"


def _typed(account: Account) -> Typed:
    """What would have to be typed to say what an account is."""
    return Typed(
        {
            "name": [account.name],
            "shown": [account.shown],
            "roles": account.roles,
            "active": [YES if account.active else NO],
        }
    )


def _said(typed: Typed, name: str, active: bool) -> Account:
    """The account that was typed."""
    return Account(name, typed["shown"], tuple(dict.fromkeys(typed.all("roles"))), active)


def _keep(visit: Visit, account: Account, version: int, faults: Faults) -> Conflict | None:
    """Keep an account with the password that was typed; faults go beside their fields.

    Gives what others said of it meanwhile. Nothing is kept then, nor if there are faults.
    """
    accounts, first = visit.clinic.accounts, visit.typed.secret()
    tell(accounts.faults(account, first or None), WHERE, faults, ACCOUNT)
    if first != visit.typed.secret(AGAIN):
        faults.add(AGAIN, text("accounts.differ"))
    _oneself(visit, account, faults)
    if faults:
        return None
    try:
        accounts.set(account, visit.actor.account, first or None, version, visit.typed.key)
    except BadInput as bad:
        tell(bad.problems, WHERE, faults, ACCOUNT)
    except Conflict as conflict:
        return conflict
    return None


def _oneself(visit: Visit, account: Account, faults: Faults) -> None:
    """Nobody locks themself out, nor changes their own password without the old one."""
    if account.name != visit.actor.account:
        return
    if visit.typed.secret():
        faults.add(SECRET, text("accounts.own_password"))
    part = "roles" if account.active else "active"
    if not (account.active and table().allows(LOOKS_AFTER, account.roles)) and not faults.of(part):
        faults.add(part, text("accounts.yourself"))


def _form(
    visit: Visit,
    account: Account | None,
    typed: Typed,
    faults: Faults | None = None,
    between: Conflict | None = None,
    version: int | None = None,
    status: int = 0,
) -> Response:
    """The form of an account, or of a new one: as it is by that version, or as it was typed, but for passwords."""
    accounts, faults, fields = visit.clinic.accounts, faults or Faults(), list(_fields(account))
    meanwhile: list[str] = []
    if between is not None and account is not None:
        version, told = accounts.version, accounts.told(account.name)
        meanwhile += changes(visit, told, typed.version, _read, text("accounts.secret"))
    return visit.show(
        "account.html",
        status or (409 if between is not None else 422 if faults else 200),
        account=account,
        program=account is not None and PROGRAM in account.roles,
        fields=fields,
        typed=typed,
        faults=faults,
        summary=list(summary(faults, fields)),
        between=meanwhile,
        version=typed.version if version is None else version,
        key=typed.key if typed.again else uuid4().hex,
        retype=visit.typed.again or visit.typed.secrets,
        made=None if account is None else accounts.token_made(account.name),
        zone=visit.clinic.here().tzinfo,
        lengths={"shortest": SHORTEST, "longest": LONGEST},
    )


def _fields(account: Account | None) -> Iterator[Input]:
    if account is None:
        yield Input("name", text("accounts.name"), "text", required=True, hint=text("accounts.name_hint"))
    yield Input("shown", text("accounts.shown"), "text", required=True, hint=text("accounts.shown_hint"))
    roles = tuple((role, text(f"accounts.role.{role}")) for role in table().roles)
    yield Input("roles", text("accounts.roles"), "many", roles, required=True)
    if account is not None:
        lets = ((YES, text("accounts.lets_in")), (NO, text("accounts.keeps_out")))
        yield Input("active", text("accounts.active"), "choice", lets, required=True)


def _read(said: Mapping[str, Any]) -> Mapping[str, str]:
    """What is said of an account by its label."""
    return {
        text("accounts.shown"): said["shown"],
        text("accounts.roles"): ", ".join(text(f"roles.{role}") for role in said["roles"]),
        text("accounts.active"): text("accounts.lets_in" if said["active"] == YES else "accounts.keeps_out"),
    }
