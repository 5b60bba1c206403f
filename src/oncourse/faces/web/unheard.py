"""A touch at the bedside that nobody can record any more, or not this person: the page says so, and what is so."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi.responses import Response

from oncourse.faces.web.app import signs_in
from oncourse.faces.web.bed import REACTION, bed
from oncourse.faces.web.hand import HALF_A_DAY, Hand, hand, nothing, sent_before, step_path, touched
from oncourse.faces.web.page import Visit, clock, text
from oncourse.prepare import wall
from oncourse.stage import PAUSED, RUN, WATCH


def too_late(visit: Visit, of: Hand | None, name: str) -> Response:
    """The infusion has ended, or there is none: what was touched is not on record, and where to go on.

    Whoever touched twice is led on: the first touch was kept.
    """
    known = sent_before(visit, name)
    if known and touched(known, _at(visit, name)):
        return visit.go(step_path(visit, of, name))
    lost = " ".join(_lost(visit, of, name))
    if of is None:
        return nothing(visit, name, lost)
    reacts = of.stage.step in (PAUSED, WATCH) and not of.sheet.bedside.for_good and visit.may(REACTION)
    return bed(visit, of, "unheard.html", title=text("moved.title"), lost=lost, reacts=reacts, status=409)


def not_theirs(visit: Visit, name: str) -> Response:
    """Whoever is signed in may not record it: what is so, and the page on which a nurse signs in and records it."""
    told = " ".join(_lost(visit, hand(visit, name), name)) if visit.may("read") else ""
    faults = [text("unheard.sign"), *filter(None, [told])]
    return signs_in(visit.request, visit.typed, 403, faults, visit.actor)


def _lost(visit: Visit, of: Hand | None, name: str) -> tuple[str, str]:
    """What was touched and when, which is not recorded; and how the infusion stands on record."""
    act = visit.request.url.path.rpartition("/")[2]
    step = None if of is None else of.stage.step
    ended = "" if of is None or of.sheet.bedside.finished is None else wall(of.sheet, of.sheet.bedside.finished)
    stands = step if step in (RUN, PAUSED, WATCH) else "none"
    return text(f"unheard.{act}", at=clock(_at(visit, name))), text(f"unheard.on_{stands}", at=ended)


def _at(visit: Visit, name: str) -> datetime:
    """When it was touched, on the clocks of the site; now where nobody had to sign in first."""
    now, sent = visit.clinic.here(visit.board.of(name).decision.course), visit.typed.sent
    return sent.astimezone(now.tzinfo) if sent is not None and timedelta() <= now - sent <= HALF_A_DAY else now
