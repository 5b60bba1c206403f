"""What nurses see of a patient during the infusion and the watch: one touch each, and when the next is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.clocks import span
from oncourse.event import Event
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.bed import OBSERVED, anyway, bed, since
from oncourse.faces.web.forms import NO, YES, Faults, labelled
from oncourse.faces.web.hand import Hand, at_step, step_path, touched
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.typed import Typed
from oncourse.prepare import wall
from oncourse.protocol import Protocol
from oncourse.record.typed import plain
from oncourse.stage import PAUSED, RUN, WATCH

router = APIRouter(prefix="/patients/{name}")
WELL = "well"
SYMPTOMS = "symptoms"


@dataclass(frozen=True, slots=True)
class Dot:
    """One interval of the watch: until when on the wall, and whether somebody looked in it."""

    at: str
    done: bool


@router.post("/observe")
def observe(visit: Visitor, name: str) -> Response:
    """Keep what was seen now: well, or one symptom."""
    visit.require(OBSERVED)
    of = at_step(visit, name, RUN, PAUSED, WATCH)
    if isinstance(of, Response):
        return of
    said = visit.typed["seen"]
    asked = of.sheet.decision.protocol.preparation.symptoms
    if said not in (WELL, *asked):
        return visit.go(step_path(visit, of, name))
    if visit.typed.again:
        names = dict(symptoms(of.sheet.decision.protocol))
        return _pad(visit, of, lost=text("pad.lost", said=names.get(said, text("pad.well"))))
    noted = dict.fromkeys(asked, NO) if said == WELL else {said: YES}
    faults = Faults()
    anyway(_by_button(visit, of, said), of, [{OBSERVED: {SYMPTOMS: noted}}], faults)
    return _pad(visit, of, faults=faults) if faults else visit.go(step_path(visit, of, name))


def _by_button(visit: Visit, of: Hand, said: str) -> Visit:
    """The same with a key of its own for each button of the pad, and for each time that it is touched."""
    key = visit.typed.key
    return (
        visit
        if key is None
        else replace(visit, typed=Typed({**visit.typed.fields, "key": [_key(visit, of, f"{key}-{said}")]}))
    )


def _key(visit: Visit, of: Hand, first: str) -> str:
    """The key of this touch: on a page that stays open the same button is touched again and again."""
    if not plain(first):
        return first
    keys = (first if number == 1 else f"{first}-{number}" for number in count(1))
    return next(key for key in keys if touched(visit.clinic.record.keyed(of.of.patient.course, key), of.now))


def _pad(visit: Visit, of: Hand, lost: str = "", **said: Any) -> Response:
    """Only the pad, after a touch that was not kept."""
    state = of.sheet.bedside
    return bed(
        visit,
        of,
        "seen.html",
        title=text("pad.title"),
        lost=lost,
        symptoms=symptoms(of.sheet.decision.protocol),
        seen=seen(of, state.finished if of.stage.step == WATCH else state.started),
        back=step_path(visit, of, of.of.patient.course),
        **said,
    )


def symptoms(protocol: Protocol) -> list[tuple[str, str]]:
    """What patients are watched for, and how it is called."""
    return [(one, labelled(protocol, f"{OBSERVED}.{one}")) for one in protocol.preparation.symptoms]


def interval(of: Hand) -> timedelta | None:
    """How often the site wants somebody to look; None where it does not say."""
    said = of.sheet.decision.course.site.get("observation_interval")
    return timedelta(seconds=int(said * 60)) if isinstance(said, Fraction) else None


def due(of: Hand) -> datetime | None:
    """When somebody must look again during the infusion; None where the site sets no interval."""
    started, every = of.sheet.bedside.started, interval(of)
    if started is None or every is None:
        return None
    seen = [event.instant for event in since(of, OBSERVED, started) if event.instant is not None]
    return (seen[-1] if seen else started) + every


def seen(of: Hand, begun: datetime | None) -> list[str]:
    """What was seen since then, each with its time, newest first."""
    told = reversed(since(of, OBSERVED, begun))
    return [f"{wall(of.sheet, event.instant)} {_said(of, event)}" for event in told if event.instant is not None]


def _said(of: Hand, event: Event) -> str:
    told = event.fields.get(SYMPTOMS) or {}
    found = [label for one, label in symptoms(of.sheet.decision.protocol) if told.get(one) is True]
    if found:
        return ", ".join(found)
    return text("pad.well") if told else text("pad.vitals")


def dots(of: Hand) -> Iterator[Dot]:
    """The intervals of the watch, filled where somebody looked."""
    finished, every = of.sheet.bedside.finished, interval(of)
    if finished is None or every is None:
        return
    until = finished + span(of.sheet.decision.protocol.preparation, "observation")
    looked = [event.instant for event in since(of, OBSERVED, finished) if event.instant is not None]
    begins = finished
    while begins < until:
        ends = min(begins + every, until)
        yield Dot(wall(of.sheet, ends), any(begins < at <= ends for at in looked))
        begins = ends
