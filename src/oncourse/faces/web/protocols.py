"""The protocol that is followed: its rules, sources, proof, what changed since another version, and who signed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from oncourse.faces.doors import TELL
from oncourse.faces.web import clauses, difference, sentences, statements
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.page import Visit, day, render, text
from oncourse.faces.web.typed import dated
from oncourse.problem import BadInput
from oncourse.protocol import Protocol
from oncourse.protocol_file import load
from oncourse.record import protocols
from oncourse.record.entry import Entry
from oncourse.record.signatures import Signature

router = APIRouter(prefix="/protocol")
READ, SIGN = "decide", "settle"
PLACES = ("", "sources", "proof", "diff")
SHORT = 12  # hex digits of a hash that are shown


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what it is, since when it is on record, and who signed it."""

    version: str
    sha256: str
    kept: datetime | None
    signature: Signature | None


@router.get("")
def rules(visit: Visitor) -> Response:
    """Every clause with what it says, how it is written, where it comes from and who looks after it."""
    return _rules(visit)


@router.get("/sources")
def sources(visit: Visitor) -> Response:
    """Every statement, side by side where article and labels differ, and every reading."""
    return _page(visit, "protocol_sources.html", body=_drawn("statements.html", load()))


@router.get("/proof")
def proof(visit: Visitor) -> Response:
    """Every claim with what came of it when it was last put to the solver."""
    return _page(visit, "protocol_proof.html", body=_drawn("claims.html", load()))


@router.get("/diff")
def diff(visit: Visitor, old: str = "") -> Response:
    """The versions on record, and how the one that was chosen differs from the one in force."""
    new, kept = load(), protocols.texts(visit.clinic.record)
    chosen = next((entry for entry in kept if entry.said["sha256"] == old), None)
    if old and chosen is None:
        raise HTTPException(404)
    said: dict[str, Any] = {"versions": _versions(visit, kept), "chosen": chosen and chosen.said, "files": {}}
    if chosen is not None:
        said["files"] = difference.differing(tuple(chosen.said["texts"].items()), difference.texts_of(new))
        said["clauses"] = _clauses(visit, old, new)
    return _page(visit, "protocol_diff.html", **said)


@router.post("")
def sign(visit: Visitor) -> Response:
    """Sign the version that was read, for the site."""
    visit.require(SIGN)
    visit.request.app.state.rates.hit(TELL, "tell", visit.actor.account)
    if visit.typed.again:
        return _rules(visit)
    if visit.typed["sha256"] != load().sha256:
        return _rules(visit, 409)
    visit.request.app.state.signatures.sign(load(), visit.actor)
    return visit.go("/protocol#signed")


def _rules(visit: Visit, status: int = 200) -> Response:
    said = {"signature": _signature(visit, load().sha256), "mine": visit.may(SIGN), "other": status == 409}
    return _page(visit, "protocol.html", status, body=_drawn("clauses.html", load()), **said)


def _page(visit: Visit, template: str, status: int = 200, **said: Any) -> Response:
    """A page of the protocol."""
    visit.require(READ)
    protocol = load()
    frame = {"protocol": protocol, "tabs": PLACES, "short": protocol.sha256[:SHORT], "label": _label(protocol)}
    return visit.show(template, status, **frame, **said)


@lru_cache(maxsize=8)
def _drawn(template: str, protocol: Protocol) -> Markup:
    """A part that is the same for everybody as long as the protocol is."""
    return Markup(render(f"protocol_{template}", protocol=protocol, words=protocol.words, **_PARTS[template](protocol)))


def _of_clauses(protocol: Protocol) -> dict[str, Any]:
    return {
        "rules": list(clauses.rules(protocol)),
        "differs": statements.differing(protocol),
        "written": lambda *keys: clauses.written(protocol, *keys),
        "names": {part: list(clauses.names(protocol, part)) for part in ("settings", "facts", "derived")},
        "blanks": sentences.blanks,
    }


def _of_statements(protocol: Protocol) -> dict[str, Any]:
    return {
        "statements": list(statements.statements(protocol)),
        "further": list(statements.further(protocol)),
        "readings": list(statements.readings(protocol)),
        "sources": protocol.sources["sources"],
        "same": statements.SAME,
    }


def _of_claims(protocol: Protocol) -> dict[str, Any]:
    found = {"rules": list(clauses.rules(protocol)), "anchors": clauses.findings(protocol)}
    return {"claims": clauses.proved(protocol), **found}


_PARTS = {"clauses.html": _of_clauses, "statements.html": _of_statements, "claims.html": _of_claims}


def _label(protocol: Protocol) -> str:
    """The dates of what the protocol follows."""
    said = {name: day(on) if (on := dated(when)) else when for name, when in protocol.label.items()}
    return " ".join(text(f"protocol_page.follows_{name}", on=on) for name, on in said.items())


def _versions(visit: Visit, kept: list[Entry]) -> list[Version]:
    """The version in force, then the others on record, the newest first."""
    now = load()
    known = {entry.said["sha256"]: entry for entry in kept}
    here = known.pop(now.sha256, None)
    versions = [
        (now.version, now.sha256, here),
        *((of.said["version"], sha, of) for sha, of in reversed(known.items())),
    ]
    return [
        Version(version, sha, of and _local(visit, datetime.fromisoformat(of.recorded)), _signature(visit, sha))
        for version, sha, of in versions
    ]


def _signature(visit: Visit, sha256: str) -> Signature | None:
    """Who signed, at the time of the site."""
    found: Signature | None = visit.request.app.state.signatures.of(sha256)
    return found and found._replace(at=_local(visit, found.at))


def _local(visit: Visit, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(visit.clinic.settings().get("timezone", "UTC")))


def _clauses(visit: Visit, old: str, new: Protocol) -> Any:
    """The clauses that differ; None if the old file is of a kind that can no longer be read."""
    try:
        before = protocols.by_hash(visit.clinic.record, old)
    except BadInput:
        return None
    return None if before is None else difference.clauses(before, new)
