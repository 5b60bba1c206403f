"""Today: one queue for each person, by the nearest day; and the patients that have nothing to do today."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.board import Standing
from oncourse.explain import Words
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.hand import PAGES
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import day_path, page_path
from oncourse.faces.web.verdict import look, reason
from oncourse.prepare import wall

router = APIRouter()
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One patient in a queue: when, who, which dose, what to do, whose it is, and where to go.

    `by` is the limit that the next step of a dose in hand must meet, `when` that on the site's wall.
    """

    due: date | None
    by: datetime | None
    when: str
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
    mine = sorted((of for of in chosen if of.waits_for_any(visit.actor.roles)), key=_limit)
    others = sorted((of for of in chosen if of.open and of not in mine), key=_limit)
    later = sorted((of for of in chosen if not of.open and of.due), key=lambda of: of.due or date.max)
    return visit.show(
        template,
        rows=[row(of, visit.actor.roles) for of in mine],
        others=[row(of) for of in others],
        later=[row(of) for of in later],
        over=[row(of) for of in chosen if of.due is None and not of.open],
        ward=ward,
        wards=wards,
        patients=len(standings),
        now=visit.clinic.here(),
    )


def row(of: Standing, roles: Collection[str] = ()) -> Row:
    """A patient as a row of a queue; for whoever has these roles, with the step that is theirs."""
    words = Words(of.decision)
    shown, stage = of.patient.shown, of.stage
    name = of.patient.course
    title, said = words.spoken()["title"], _first(reason(of.decision, words))
    path = day_path(name, of.today)
    if stage is not None and stage.role in roles:
        title, said = text(f"today.step_{stage.step}"), text("today.dose", drug=of.decision.protocol.drug["name"])
        path = page_path(name, PAGES[stage.step])
    elif stage is not None and stage.tells in roles:
        title = text("today.reaction", grade=stage.sheet.bedside.grade)
    by = None if stage is None else stage.by
    return Row(
        due=of.due,
        by=by,
        when="" if stage is None or by is None else wall(stage.sheet, by),
        name=shown.get("name") or name,
        synthetic=shown.get("synthetic") == "yes",
        slot=" ".join(_slot(of)),
        look=look(of.decision),
        title=title,
        reason=said,
        waits_for=of.waits_for,
        ward=_ward(of),
        path=path,
        born=of.decision.course.born,
        number=", ".join(one["value"] for one in shown.get("identifiers", ())),
    )


def _limit(of: Standing) -> tuple[bool, datetime]:
    """First whatever has a limit on the wall, by that; then what only has a day, in the order of the board."""
    by = None if of.stage is None else of.stage.by
    return by is None, by or LAST


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
