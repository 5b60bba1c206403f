"""Verify an order: the pharmacist works the dose out again before seeing it, then both stand side by side."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.course import HEIGHT, MEASURED, WEIGHT, history
from oncourse.event import Event
from oncourse.faces.web import verdict
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, Input, value
from oncourse.faces.web.hand import PAGES, Hand, bar, digits, halt, hand, moved, nothing, show, slip, told
from oncourse.faces.web.page import Visit, day, number, text
from oncourse.faces.web.patient import page_path
from oncourse.quantity import show as written
from oncourse.record.checks import ORDER, Point
from oncourse.stage import RETURNED, VERIFY, VIALS

router = APIRouter(prefix="/patients/{name}/prepare/verify")
OWN = "checked.dose"
LAST = 3  # doses that are shown


@router.get("")
def ask(visit: Visitor, name: str) -> Response:
    """What the dose follows from, and a field for one's own; once both are in, both."""
    visit.require("verify")
    of = hand(visit, name)
    return nothing(visit, name) if of is None or of.point(ORDER) is None else _page(visit, of)


@router.post("")
def verify(visit: Visitor, name: str) -> Response:
    """Keep the own dose as the second of two; whether it is the order's is seen afterwards."""
    visit.require("verify")
    of, faults = hand(visit, name), Faults()
    if of is None or of.stage.step != VERIFY or (point := of.point(ORDER)) is None:
        return moved(visit, name)
    if visit.typed.again:
        return _page(visit, of)
    own, dose = value(_field(), visit.typed), of.of.decision.dose
    if own is None:
        faults.add(OWN, text("verify.type"))
    elif not digits(visit.typed[OWN]):
        faults.add(OWN, text("verify.digits"))
    elif slip(visit.typed[OWN], None if dose is None else dose.mg):  # not of the order: that may be the slip
        return halt(visit, of, text("halt.slip"), text("halt.slipped", said=f"{visit.typed[OWN]} mg"))
    between = told(visit, of, [{"checked": {"point": ORDER, "first": point.first.id, "dose": own}}], faults)
    if faults or between is not None:
        return _page(visit, hand(visit, name) or of, faults=faults, between=between)
    return visit.go(page_path(name, PAGES[VERIFY]))


def _field() -> Input:
    return Input(OWN, text("verify.own"), "number", units=(("mg", "mg"),), required=True, hint=text("verify.own_hint"))


def _page(visit: Visit, of: Hand, **said: Any) -> Response:
    point = of.point(ORDER)
    both = point if point is not None and point.second is not None else None
    mine = point is not None and point.told_by == visit.actor.account
    return show(
        visit,
        of,
        "verify.html",
        fields=[] if both or mine else [_field()],
        steps=bar(VERIFY if of.stage.step in (VERIFY, RETURNED) else VIALS, of.stage.step),
        mine=mine,
        basis=list(_basis(of)),
        before=_before(of),
        both=list(_both(of, both)) if both else [],
        agreed=both is not None and both.agreed,
        check=both.second.id if both is not None and both.second is not None else None,
        own_check=both is not None and both.checked_by == visit.actor.account,
        look=verdict.look(of.of.decision),
        title=text("verify.title"),
        **said,
    )


def _basis(of: Hand) -> Iterator[tuple[str, str]]:
    """What the dose follows from: the verdict, body size with its days, the formula, the amount of the slot."""
    decision, words = of.of.decision, of.words
    yield text("verify.verdict"), f"{words.spoken()['title']}. {verdict.reason(decision, words)}"
    for name in (HEIGHT, WEIGHT):
        seen = [
            event for event in history(decision.course, of.of.today) if event.kind == MEASURED and name in event.fields
        ]
        shown = (
            text("verify.measured", value=seen[-1].shown[name], on=day(seen[-1].day)) if seen else text("not_recorded")
        )
        yield str(words.words["names"][name]), shown
        if name == WEIGHT and len(seen) > 1:
            yield text("verify.weight_before"), _change(seen[-2], seen[-1])
    if (dose := decision.dose) is not None:
        settings, amounts = decision.moment.engine.settings, decision.protocol.amounts
        formula = text(f"verify.formula_{settings.get('bsa_formula', amounts.formula)}")
        yield text("banner.bsa"), f"{number(dose.bsa)} m², {formula}"
        row = next(row for row in amounts.rows if row.id == dose.row)
        percent = "" if dose.percent == 100 else " " + text("day.percent", percent=dose.percent)
        yield (
            text("verify.amount"),
            text("verify.per_m2", per=number(dose.mg_per_m2), cites=", ".join(row.cites)) + percent,
        )


def _change(before: Event, now: Event) -> str:
    """The weight before, and by how much it has changed."""
    percent = (now.fields[WEIGHT] / before.fields[WEIGHT] - 1) * 100
    name = "verify.more" if percent > 0 else "verify.less"
    return text(
        name, value=before.shown[WEIGHT], on=day(before.day), percent=written(Fraction(round(abs(percent) * 10), 10))
    )


def _before(of: Hand) -> list[tuple[str, str]]:
    """The last doses that were really given."""
    given = [event for event in history(of.of.decision.course, of.of.today) if event.kind == "given"]
    return [(day(event.day), event.shown["dose"]) for event in given[-LAST:]]


def _both(of: Hand, point: Point) -> Iterator[tuple[str, str]]:
    """The ordered dose, that of whoever checked it, and that which follows from the record."""
    yield text("verify.ordered"), point.values["dose"]
    yield text("verify.checked"), str(point.second.fields["dose"]) if point.second is not None else ""
    dose = of.of.decision.dose
    yield text("verify.worked_out"), text("not_recorded") if dose is None else f"{number(dose.mg)} mg"
