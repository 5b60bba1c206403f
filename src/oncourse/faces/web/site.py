"""The settings with which new courses begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse import document
from oncourse.clinic import SITE, Conflict
from oncourse.faces.web import settings
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.between import changes, ours
from oncourse.faces.web.forms import Faults, Input, checked, filled, same, sheet, summary, tell
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.settings import WHY
from oncourse.faces.web.typed import Typed
from oncourse.problem import BadInput
from oncourse.protocol_file import load

router = APIRouter(prefix="/site")


@router.get("")
def site(visit: Visitor) -> Response:
    """What is set; for whoever may, as a form."""
    visit.require("settings")
    version, told = visit.clinic.site()
    fields = settings.fields(load())
    if not visit.may("settle"):
        return visit.show("settings.html", told=settings.read(fields, told))
    return _form(visit, fields, filled(fields, told), version)


@router.post("")
def settled(visit: Visitor) -> Response:
    """Set all of them, if nobody else did meanwhile."""
    visit.require("settle")
    fields, typed = settings.fields(load()), visit.typed
    if typed.again:
        return _form(visit, fields, typed, typed.version)
    faults = Faults()
    tree = checked(load().vocabulary.site, fields, typed, faults)
    between = _keep(visit, tree, faults)
    if between is not None:
        return _form(visit, fields, typed, between.version, between=between)
    if faults:
        return _form(visit, fields, typed, typed.version, faults)
    return visit.go("/site")


def _keep(visit: Visit, tree: Mapping[str, Any], faults: Faults) -> Conflict | None:
    """Keep the settings with their reason. Gives what others set meanwhile; nothing is kept then, nor if at fault."""
    version, why, by = visit.typed.version, visit.typed[WHY], visit.actor.account
    source, _ = sheet(tree)
    if not why:
        faults.add(WHY, text("faults.why"))
    if faults:
        return None
    new = document.read(source, SITE).plain()
    newest, told = visit.clinic.site()
    if version == newest and same(load().vocabulary.site, new, told):
        faults.add(None, text("faults.unchanged"))
        return None
    try:
        visit.clinic.settle(version, source, by, why)
    except BadInput as bad:
        tell(bad.problems, {1: WHY}, faults, "record")
    except Conflict as conflict:
        return None if ours(conflict, by, new, why) else conflict
    return None


def _form(
    visit: Visit,
    fields: Sequence[Input],
    typed: Typed,
    version: int,
    faults: Faults | None = None,
    between: Conflict | None = None,
) -> Response:
    """The form with every setting: as it is by that version, or as it was typed."""
    faults, asked = faults or Faults(), [*fields, settings.reason()]
    return visit.show(
        "site.html",
        409 if between is not None else 422 if faults else 200,
        fields=asked,
        typed=typed,
        version=version,
        faults=faults,
        summary=list(summary(faults, asked)),
        between=[] if between is None else list(_meanwhile(visit, fields, typed.version)),
    )


def _meanwhile(visit: Visit, fields: Sequence[Input], seen: int) -> Iterator[str]:
    """What others set since."""
    entries = visit.clinic.record.entries(SITE)
    return changes(visit, entries, seen, lambda said: settings.read(fields, said), text("form.same"))
