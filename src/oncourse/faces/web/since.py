"""What others told of a patient since a page was opened; the page asks by itself."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.faces.web.app import Visitor
from oncourse.faces.web.hand import hand, step_path
from oncourse.faces.web.patient import meanwhile

router = APIRouter(prefix="/patients/{name}")


@router.get("/since")
def since(visit: Visitor, name: str, version: int = 0, told: int = 0) -> Response:
    """Who told what after that version, and where the next step is; nothing if no more than was said already."""
    visit.require("read")
    of, entries = visit.board.of(name), visit.clinic.entries(name)
    if len(entries) == told:
        return Response(status_code=204)
    said = list(meanwhile(visit, of, entries[max(version, 0) :]))
    onward = step_path(visit, hand(visit, name), name)
    return visit.show("since.html", course=name, version=version, told=len(entries), since=said, onward=onward)
