"""What the nurse's pages share: the dose at the bedside, what was told of it so far, and how something is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import uuid4

from fastapi.responses import Response

from oncourse.clinic import Conflict
from oncourse.course import history
from oncourse.event import Event
from oncourse.faces.web.forms import Faults, Input
from oncourse.faces.web.hand import Hand, show, told
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.typed import Typed
from oncourse.quantity import show as shown

INFUSION, OBSERVED, REACTION, GIVEN = "infusion", "observed", "reaction", "given"
ENDED = "abandoned"  # the state of an infusion that was ended before its time


def bed(visit: Visit, of: Hand, template: str, fields: Sequence[Input] = (), **said: Any) -> Response:
    """A page of the nurse's, with the dose in its volume, and whom to call."""
    phone = of.sheet.decision.course.site.get("pharmacy_phone", "")
    reloads = visit.request.method == "GET"  # what is shown after a form has no address of its own
    return show(visit, of, template, fields, amount=" ".join(amounts(of)), phone=phone, reloads=reloads, **said)


def amounts(of: Hand) -> Iterator[str]:
    """The dose in its volume, for the title."""
    mg, whole = ordered_mg(of), bag_ml(of)
    if mg is not None:
        yield f"{shown(mg)} mg"
    if mg is not None and whole is not None:
        yield text("hand.in_bag", ml=shown(whole))


def ordered_mg(of: Hand) -> Fraction | None:
    """The dose in hand."""
    return None if of.sheet.portion is None else of.sheet.portion.mg


def bag_ml(of: Hand) -> Fraction | None:
    """What the bag holds: as it was diluted, else as the worksheet says; None where neither is known."""
    volume = None if of.sheet.mixed is None else of.sheet.mixed.fields.get("volume")
    if isinstance(volume, Fraction):
        return volume
    return None if of.sheet.portion is None else of.sheet.portion.bag_ml


def rate(of: Hand) -> Fraction | None:
    """The mL per hour at which that bag runs in its time; None where nobody knows its volume."""
    whole = bag_ml(of)
    return None if whole is None else whole / of.sheet.decision.protocol.amounts.hours


def given(of: Hand, mg: Fraction) -> Mapping[str, Any]:
    """The dose that went in, of the slot for which it was ordered."""
    order, slot = of.sheet.order, of.sheet.decision.slot
    ordered = {} if order is None else order.fields
    place = {part: str(ordered.get(part, slot[part])) for part in ("cycle", "day")}
    return {GIVEN: {"dose": f"{shown(mg)} mg", **place}}


def since(of: Hand, kind: str, begun: datetime | None) -> list[Event]:
    """The events of a kind with a time from that moment on, in order."""
    if begun is None:
        return []
    events = (event for event in history(of.sheet.decision.course, of.now) if event.kind == kind)
    return [event for event in events if event.instant is not None and event.instant >= begun]


def unmeasured(of: Hand) -> bool:
    """Whether an infusion has ended, and nobody has said how much of it went in."""
    state = of.sheet.bedside
    ends = since(of, INFUSION, state.started or state.finished)
    measured = (event.fields.get("volume") is not None for event in ends if event.fields["state"] == ENDED)
    return (state.over or state.watched) and not state.gave and not any(measured)


def afresh(visit: Visit, of: Hand) -> Visit:
    """The same, as if it were sent from a page of this moment, and for the first time."""
    newest = {"version": [str(of.of.version)], "today": [str(of.of.today)], "key": [uuid4().hex]}
    return replace(visit, typed=Typed({**visit.typed.fields, **newest}))


def anyway(
    visit: Visit, of: Hand, events: Sequence[Mapping[str, Any]], faults: Faults, whatever: bool = True
) -> Conflict | None:
    """Keep what is true whatever others told meanwhile, such as that the infusion was stopped.

    With `whatever` false only if nobody told more than what they saw of the patient; else what came between.
    """
    name = of.of.patient.course
    between = told(visit, of, events, faults)
    while between is not None and (whatever or all(OBSERVED in entry.said for entry in between.since)):
        version = str(visit.board.of(name).version)
        newest = Typed({**visit.typed.fields, "version": [version], "today": [str(of.of.today)]})
        visit = replace(visit, typed=newest)
        between = told(visit, of, events, faults)
    return between
