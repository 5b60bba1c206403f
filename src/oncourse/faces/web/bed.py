"""What the nurse's pages share: the dose at the bedside, what was told of it so far, and how something is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from fastapi.responses import Response

from oncourse.course import history
from oncourse.event import Event
from oncourse.faces.web.forms import Faults, Input
from oncourse.faces.web.hand import Hand, show, told
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.typed import Typed
from oncourse.quantity import show as shown

INFUSION, OBSERVED, REACTION, GIVEN, DILUTED = "infusion", "observed", "reaction", "given", "diluted"


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
    """What the bag holds: as the worksheet says, else as it was diluted; None where neither is known."""
    if of.sheet.portion is not None and of.sheet.portion.bag_ml is not None:
        return of.sheet.portion.bag_ml
    volumes = [event.fields.get("volume") for event in since(of, DILUTED, of.sheet.bedside.t0)]
    return next((volume for volume in reversed(volumes) if isinstance(volume, Fraction)), None)


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


def anyway(visit: Visit, of: Hand, events: Sequence[dict[str, object]], faults: Faults) -> None:
    """Keep what is true whatever others told meanwhile, such as that the infusion was stopped."""
    name = of.of.patient.course
    while True:
        version = str(visit.board.of(name).version)
        newest = Typed({**visit.typed.fields, "version": [version], "today": [str(of.of.today)]})
        if told(Visit(visit.request, visit.clinic, visit.board, visit.actor, newest), of, events, faults) is None:
            return
