"""Who a patient is, and what a running course says of patient and site: put right, and nobody overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse import document
from oncourse.board import Standing
from oncourse.clinic import Conflict
from oncourse.faces.doors import TELL
from oncourse.faces.web import settings
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.between import ours
from oncourse.faces.web.forms import YES, Faults, Input, blank, checked, filled, same, sheet, tell, within
from oncourse.faces.web.page import Visit, day, text
from oncourse.faces.web.patient import form, page_path
from oncourse.faces.web.settings import WHY
from oncourse.faces.web.typed import Typed, dated
from oncourse.problem import BadInput
from oncourse.record.kept import head
from oncourse.record.patients import WHO, same_number

router = APIRouter(prefix="/patients/{name}")
PATIENT = "patient"  # begins the names of the fields of who it is
BORN, SAME = f"{PATIENT}.born", "same"
KNOWN_BY = ("name", "identifiers", "allergies")  # what people say of who a patient is
Act = Callable[[Visit, Standing, Sequence[Input], Faults], Conflict | None]


# Who it is


@router.get("/who")
def who(visit: Visitor, name: str) -> Response:
    """By what the patient is known, to be put right."""
    visit.require("identify")
    of = visit.board.of(name)
    fields = _known_by(of)
    return form(replace(visit, typed=filled(fields, of.patient.shown)), of, "who.html", fields)


@router.post("/who")
def identified(visit: Visitor, name: str) -> Response:
    """Keep by what the patient is known from now on."""
    visit.require("identify")
    of = visit.board.of(name)
    fields = _known_by(of)
    if _shared(visit, of, fields):
        fields.append(Input(SAME, text("who.shared"), "many", ((YES, text("who.same")),)))
    return _done(visit, of, "who.html", fields, _identify)


def _known_by(of: Standing) -> list[Input]:
    """The fields; what was said once may be changed, not left out."""
    known = of.patient.shown
    fields = within(of.decision.protocol, WHO, PATIENT, KNOWN_BY)
    return [replace(one, required=one.kind == "text" and _last(one) in known) for one in fields]


def _last(of: Input) -> str:
    return of.name.rpartition(".")[2]


def _identify(visit: Visit, of: Standing, fields: Sequence[Input], faults: Faults) -> Conflict | None:
    said, before = [one for one in fields if one.name != SAME], of.patient.shown
    blank(said, visit.typed, faults)
    if YES not in visit.typed.all(SAME):
        for name, other in _shared(visit, of, said).items():
            faults.add(name, text("who.taken", name=other))
    none: Mapping[str, Any] = {"identifiers": []} if "identifiers" in before else {}
    if not none and not any(visit.typed[name] for name in visit.typed.fields if name.startswith(f"{PATIENT}.")):
        faults.add(None, text("faults.nothing"))
        return None
    tree = checked(WHO, said, visit.typed, faults, none)
    if faults:
        return None
    known = {part: before[part] for part in tree if part in before}
    if visit.typed.version == of.version and same(WHO, _plain(tree), known):
        tree = {}

    def keep(source: str) -> None:
        visit.clinic.identify(of.patient.course, visit.typed.version, source, visit.actor.account)

    return _keep(visit, tree, faults, keep)


def _shared(visit: Visit, of: Standing, fields: Sequence[Input]) -> Mapping[str, str]:
    """The fields with a number that belongs to another patient too, each with who that is."""
    found: dict[str, str] = {}
    rows = next(one for one in fields if one.kind == "rows").rows(visit.typed)
    for one in (one for row in rows for one in row if _last(one) == "value" and visit.typed[one.name]):
        number = visit.typed[one.name]
        for other in visit.clinic.search(number):
            numbers = (known["value"] for known in other.shown.get("identifiers", ()))
            if other.course != of.patient.course and any(same_number(number, known) for known in numbers):
                found[one.name] = other.shown.get("name") or other.course
    return found


# What the course says


@router.get("/amend")
def amend(visit: Visitor, name: str) -> Response:
    """What a running course says of patient and site, to be put right."""
    visit.require("amend")
    of = visit.board.of(name)
    told, (patient, site) = _told(visit, of, of.version), _parts(of)
    known = Typed({**filled(patient, told["patient"]).fields, **filled(site, told["site"]).fields})
    return form(replace(visit, typed=known), of, "amend.html", [*patient, *site, settings.reason()])


@router.post("/amend")
def amended(visit: Visitor, name: str) -> Response:
    """Keep what a running course says from now on, with the reason."""
    visit.require("amend")
    of = visit.board.of(name)
    patient, site = _parts(of)
    return _done(visit, of, "amend.html", [*patient, *site, settings.reason()], _amend)


def _parts(of: Standing) -> tuple[list[Input], list[Input]]:
    """The fields of the patient and those of the site; the id of a patient is that of the course and stays."""
    protocol = of.decision.protocol
    names = [name for name in protocol.vocabulary.patient.fields if name != "id"]
    return within(protocol, protocol.vocabulary.patient, PATIENT, names), settings.fields(protocol)


def _told(visit: Visit, of: Standing, version: int) -> Mapping[str, Any]:
    """What the course said of both at a version; the first is the least."""
    said = head(visit.clinic.entries(of.patient.course)[: max(version, 1)])
    return {"patient": said["patient"], "site": said.get("site", {})}


def _amend(visit: Visit, of: Standing, _: Sequence[Input], faults: Faults) -> Conflict | None:
    (patient, site), vocabulary = _parts(of), of.decision.protocol.vocabulary
    said = checked(vocabulary.patient, patient, visit.typed, faults, {"id": of.patient.course})
    tree = {"patient": said, "site": checked(vocabulary.site, site, visit.typed, faults)}
    _born_first(visit, of, faults)
    if not visit.typed[WHY]:
        faults.add(WHY, text("faults.why"))
    if faults:
        return None
    before, new = _told(visit, of, visit.typed.version), _plain(tree)
    records = {"patient": vocabulary.patient, "site": vocabulary.site}
    changed = {part: tree[part] for part in tree if not same(records[part], new[part], before[part])}

    def keep(source: str) -> None:
        visit.clinic.amend(of.patient.course, visit.typed.version, source, visit.actor.account, visit.typed[WHY])

    return _keep(visit, changed, faults, keep)


def _born_first(visit: Visit, of: Standing, faults: Faults) -> None:
    """Note a birth after something happened."""
    born = dated(visit.typed[BORN])
    first = min([of.today, *(event.day for event in of.decision.course.events)])
    if born is not None and born > first:
        faults.add(BORN, text("amend.born_later", on=day(first)))


# How it is kept


def _done(visit: Visit, of: Standing, template: str, fields: Sequence[Input], act: Act) -> Response:
    """Do what was sent and go back to the patient, or show the form again as it was typed.

    Whoever did not see what others told meanwhile still answers for the version that they saw.
    """
    seen = replace(of, version=visit.typed.version)
    if visit.typed.again:
        return form(visit, seen, template, fields)
    visit.request.app.state.rates.hit(TELL, "tell", visit.actor.account)
    faults = Faults()
    between = act(visit, of, fields, faults)
    if between is not None:
        return form(visit, visit.board.of(of.patient.course), template, fields, between=between)
    if faults:
        return form(visit, seen, template, fields, faults=faults)
    return visit.go(page_path(of.patient.course))


def _keep(visit: Visit, tree: Mapping[str, Any], faults: Faults, keep: Callable[[str], None]) -> Conflict | None:
    """Keep what is another than before, if anything is. Gives what others told meanwhile; nothing is kept then."""
    if not tree:
        faults.add(None, text("faults.unchanged"))
        return None
    try:
        keep(sheet(tree)[0])
    except BadInput as bad:
        tell(bad.problems, {1: WHY}, faults, "record")
    except Conflict as conflict:
        sent = _plain(tree), visit.typed[WHY] or None
        return None if ours(conflict, visit.actor.account, *sent) else conflict
    return None


def _plain(tree: Mapping[str, Any]) -> Any:
    """A tree of leaves as it would be kept."""
    return document.read(sheet(tree)[0], "text").plain()
