"""Everything on record of one patient: what was told, by whom, when and why, and what was advised just before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing
from oncourse.course import ENVELOPE
from oncourse.event import CORRECTED
from oncourse.explain import Words
from oncourse.faces import hiding
from oncourse.faces.web import verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.drawings import drawn
from oncourse.faces.web.forms import Faults, labelled, measured, optioned
from oncourse.faces.web.page import Visit, clock, day, text
from oncourse.faces.web.patient import day_path, form, keep, text_of
from oncourse.faces.web.telling import previewed
from oncourse.faces.web.typed import dated
from oncourse.plan import plan
from oncourse.problem import Refused
from oncourse.protocol import Protocol

HIDDEN = (hiding.HIDDEN, hiding.UNNAMED)
IDENTIFIER = {"system", "value"}  # a number and whose it is, read as one
router = APIRouter(prefix="/patients/{name}")


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as people read it: when it was, what it says, who told it and why, and the verdict before it."""

    version: int
    id: str | None
    kind: str
    title: str
    at: str
    says: tuple[tuple[str, str], ...]
    by: str
    recorded: str
    why: str | None
    advised: str
    struck: bool


@router.get("/course")
def course(visit: Visitor, name: str) -> Response:
    """The whole course, newest first."""
    visit.require("read")
    of = visit.board.of(name)
    words = Words(of.decision)
    return form(
        visit,
        of,
        "course.html",
        look=verdict.look(of.decision),
        title=words.spoken()["title"],
        timeline=drawn(of.decision, text("timeline.title")),
        told=list(_told(visit, of))[::-1],
        follow_up=[
            words.fill(words.words["follow_up"][one.id], on=day(one.until)) for one in plan(of.decision).follow_up
        ],
    )


@router.get("/correct/{event}")
def ask(visit: Visitor, name: str, event: str) -> Response:
    """What would be struck, and what the verdict would be without it."""
    return _correction(visit, visit.board.of(name), event)


@router.post("/correct/{event}")
def strike(visit: Visitor, name: str, event: str) -> Response:
    """Strike an event; it stays on record as struck, with the reason."""
    visit.require("tell")
    of, faults = visit.board.of(name), Faults()
    if visit.typed.again:
        return _correction(visit, of, event)
    if not visit.typed["why"]:
        faults.add("why", text("correct.why_needed"))
    between = keep(visit, name, [_struck(of, event)], faults, visit.typed["why"])
    if faults or between is not None:
        return _correction(visit, visit.board.of(name), event, faults=faults, between=between)
    return visit.go(day_path(name, of.today))


def _struck(of: Standing, event: str) -> Mapping[str, Any]:
    return {"at": str(of.today), CORRECTED: {"event": event}}


def _correction(visit: Visit, of: Standing, event: str, **said: Any) -> Response:
    found = next((one for one in _told(visit, of) if one.id == event and not one.struck), None)
    if found is None or found.kind not in of.decision.protocol.vocabulary.kinds:
        raise Refused("nothing of that name can be struck", "look at everything on record")
    visit.require(found.kind)
    without = previewed(visit, of, [_struck(of, event)])
    return form(visit, of, "correct.html", one=found, heading=text("correct.ahead"), **without, **said)


def _told(visit: Visit, of: Standing) -> Iterator[Told]:
    name, protocol = of.patient.course, of.decision.protocol
    entries = visit.clinic.entries(name)
    hidden = visit.clinic.checks(name).hidden(visit.actor.account)  # after them: what comes between is then hidden too
    shown = {account.name: account.shown for account in visit.clinic.accounts}
    struck = {entry.said[CORRECTED].get("event") for entry in entries if CORRECTED in entry.said}
    zone = visit.clinic.here(of.decision.course).tzinfo
    for seen in hiding.shown(entries, hidden, visit.may(hiding.FIND)):
        yield _one(protocol, seen, shown, struck, zone)


def _one(
    protocol: Protocol, seen: hiding.Shown, shown: Mapping[str, str], struck: Set[str | None], zone: tzinfo | None
) -> Told:
    entry, said = seen.entry, seen.said
    kind = next((key for key in said if key not in ENVELOPE), entry.kind) if entry.kind == "event" else entry.kind
    own = said.get("id")
    parts = said.get(kind) if entry.kind == "event" else said
    advised = json.loads(entry.advised["answer"])["headline"] if entry.advised else ""
    return Told(
        version=entry.version,
        id=own,
        kind=kind,
        title=text_of(kind),
        at=_when(said.get("at", ""), zone),
        says=tuple(_says(protocol, kind, parts)),
        by=shown.get(entry.by, entry.by),
        recorded=_when(entry.recorded, zone),
        why=seen.why,
        advised=advised,
        struck=own in struck,
    )


def _says(protocol: Protocol, kind: str, parts: Any) -> Iterator[tuple[str, str]]:
    if parts in HIDDEN:
        yield _plain(protocol, parts), ""
        return
    known = protocol.vocabulary.kinds[kind].record.fields if kind in protocol.vocabulary.kinds else {}
    for name, value in parts.items() if isinstance(parts, dict) else ():
        quantity = name in known and known[name].type == "quantity"
        yield labelled(protocol, f"{kind}.{name}"), measured(value) if quantity else _plain(protocol, value)


def _plain(protocol: Protocol, value: Any) -> str:
    """A part of an entry in words; what was typed as text stands as it was typed."""
    if value in HIDDEN:
        return text("course.hidden" if value == hiding.HIDDEN else "course.unnamed")
    if isinstance(value, dict) and set(value) == IDENTIFIER:
        return f"{value['system']} {value['value']}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(protocol, part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(protocol, part) for part in value) or text("none")
    if (on := dated(str(value))) is not None:
        return day(on)
    return optioned(protocol, str(value)) if str(value).isalpha() else str(value)


def _when(at: str, zone: tzinfo | None) -> str:
    """A date as people write it, or an instant on the clocks of the site."""
    if (on := dated(at)) is not None:
        return day(on)
    try:
        when = datetime.fromisoformat(at).astimezone(zone)
    except ValueError:
        return at
    return f"{day(when)} {clock(when)}"
