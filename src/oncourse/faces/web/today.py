"""Today: one queue for each person, by the nearest day; and the patients that have nothing to do today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing
from oncourse.explain import Words
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import day_path
from oncourse.faces.web.verdict import look, reason

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Row:
    """One patient in a queue: when, who, which dose, what to do, whose it is, and where to go."""

    due: date | None
    name: str
    synthetic: bool
    slot: str
    look: str
    title: str
    reason: str
    waits_for: str | None
    ward: str
    path: str
    born: date | None
    number: str


@router.get("/today")
def today(visit: Visitor, ward: str = "") -> Response:
    """Everybody for whom there is something to do, first whoever waits for the one who asks."""
    return _queue(visit, "today.html", ward)


@router.get("/today/queue")
def queue(visit: Visitor, ward: str = "") -> Response:
    """The list alone, for a page that is open already."""
    return _queue(visit, "queue.html", ward)


def _queue(visit: Visit, template: str, ward: str) -> Response:
    visit.require("find")
    standings = list(visit.board)
    wards = sorted({said for of in standings if (said := _ward(of))})
    chosen = [of for of in standings if not ward or _ward(of) == ward]
    mine = [of for of in chosen if of.waits_for_any(visit.actor.roles)]
    others = [of for of in chosen if of.open and of not in mine]
    later = sorted((of for of in chosen if not of.open and of.due), key=lambda of: of.due or date.max)
    return visit.show(
        template,
        rows=[row(of) for of in mine],
        others=[row(of) for of in others],
        later=[row(of) for of in later],
        over=[row(of) for of in chosen if of.due is None and not of.open],
        ward=ward,
        wards=wards,
        patients=len(standings),
        now=visit.clinic.here(),
    )


def row(of: Standing) -> Row:
    """A patient as a row of a queue."""
    words = Words(of.decision)
    shown = of.patient.shown
    return Row(
        due=of.due,
        name=shown.get("name") or of.patient.course,
        synthetic=shown.get("synthetic") == "yes",
        slot=" ".join(_slot(of)),
        look=look(of.decision),
        title=words.spoken()["title"],
        reason=_first(reason(of.decision, words)),
        waits_for=of.waits_for,
        ward=_ward(of),
        path=day_path(of.patient.course, of.today),
        born=of.decision.course.born,
        number=", ".join(one["value"] for one in shown.get("identifiers", ())),
    )


def _first(said: str) -> str:
    """The first sentence, which is enough to know which patient to open."""
    return said.partition(". ")[0].rstrip(".") + "."


def _slot(of: Standing) -> Iterator[str]:
    slot = of.decision.slot
    if slot["cycle"] is not None:
        yield text("slot", cycle=slot["cycle"], day=slot["day"])


def _ward(of: Standing) -> str:
    said = of.decision.course.site.get("ward", "")
    return str(said)
