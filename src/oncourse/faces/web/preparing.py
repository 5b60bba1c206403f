"""Reconstitution, dilution, the second check and the release of a dose, step by step; discarding it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from fractions import Fraction
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.clinic import Conflict
from oncourse.course import history
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, Input, Leaf, blank, sentence, value
from oncourse.faces.web.hand import (
    PAGES,
    RECONSTITUTE,
    Hand,
    another,
    at_step,
    bar,
    digits,
    halt,
    hand,
    moment,
    moved,
    nothing,
    show,
    slip,
    step_path,
    told,
)
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.papers import label
from oncourse.faces.web.patient import page_path
from oncourse.faces.web.vials import query, taken_so_far
from oncourse.prepare import wall
from oncourse.problem import Fault, Refused
from oncourse.quantity import decimal
from oncourse.record.checks import PREPARATION, Point, values
from oncourse.stage import CHECK, DILUTE, RELEASE, START, VIALS

router = APIRouter(prefix="/patients/{name}/prepare")
TIME = "discard.time"
LOOKS = ("clear", "colour", "particles")  # each is looked at, and each must be right


@router.get("")
def prepare(visit: Visitor, name: str) -> Response:
    """The step that is next."""
    visit.require("read")
    return visit.go(step_path(visit, hand(visit, name), name))


# Reconstitute


@router.get("/reconstitute")
def ask_reconstitute(visit: Visitor, name: str) -> Response:
    """When the first vial was reconstituted, and how it looks."""
    visit.require("reconstituted")
    of = at_step(visit, name, VIALS)
    if isinstance(of, Response):
        return of
    return _reconstitute(visit, of, visit.request.query_params.getlist("vial"))


@router.post("/reconstitute")
def reconstitute(visit: Visitor, name: str) -> Response:
    """Keep it, which starts the clocks; what does not look right is kept and discarded at once."""
    visit.require("reconstituted")
    of, faults = hand(visit, name), Faults()
    if of is None or of.stage.step != VIALS:
        return moved(visit, name)
    if visit.typed.again:
        return _reconstitute(visit, of, visit.typed.all("vial"))
    taken = list(taken_so_far(of, visit.typed.all("vial"), faults))
    if of.sheet.portion is not None and len(taken) < of.sheet.portion.vials:
        return visit.go(f"{page_path(name, PAGES[VIALS])}?{query(taken)}")
    blank(_looks(), visit.typed, faults)
    at = moment(visit, of, faults, not_before=_earliest(of))
    wrong = [text(f"reconstitute.not_{look}") for look in LOOKS if visit.typed[look] == "no"]
    looks = "; ".join(wrong) or text("reconstitute.right")
    events: list[Any] = [{"at": at, "reconstituted": {"vials": [one.plain() for one in taken], "appearance": looks}}]
    if wrong:
        events.append({"at": at, "discarded": {"reason": looks}})
    between = told(visit, of, events, faults)
    if faults or between is not None:
        of = hand(visit, name) or of
        return _reconstitute(visit, of, visit.typed.all("vial"), faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


def _earliest(of: Hand) -> datetime:
    """What no first vial can be before: the day of the order, and the last vial that was discarded."""
    order, zone = of.sheet.order, of.now.tzinfo
    day = of.now.date() if order is None else order.day
    events = history(of.of.decision.course, of.of.today)
    discards = (event.instant for event in events if event.kind == "discarded" and event.instant is not None)
    return max([datetime.combine(day, time(), zone), *discards])


def _looks() -> list[Input]:
    answers = (("yes", text("yes")), ("no", text("no")))
    return [Input(look, text(f"reconstitute.{look}"), "choice", answers, required=True) for look in LOOKS]


def _time(label: str, hint: str = "") -> Input:
    return Input("time", text(label), "text", required=True, hint=text(hint) if hint else "")


def _reconstitute(visit: Visit, of: Hand, sent: Sequence[str], **said: Any) -> Response:
    return show(
        visit,
        of,
        "reconstitute.html",
        [_time("reconstitute.time", "reconstitute.time_hint"), *_looks()],
        title=text("steps.reconstitute"),
        steps=bar(RECONSTITUTE, VIALS),
        sent=sent,
        does=[step for step in of.sheet.steps if step.id in ("reconstitute", "swirl", "inspect", "protect-from-light")],
        **said,
    )


# Dilute


@router.get("/dilute")
def ask_dilute(visit: Visitor, name: str) -> Response:
    """What was drawn, what it was diluted to, and when; also once more, where two people differed."""
    visit.require("diluted")
    of = hand(visit, name)
    if of is None or not _may_dilute(of):
        return nothing(visit, name) if of is None else visit.go(step_path(visit, of, name))
    return _dilute(visit, of)


@router.post("/dilute")
def dilute(visit: Visitor, name: str) -> Response:
    """Keep the amounts if they are those of the worksheet; what those are is not said."""
    visit.require("diluted")
    of, faults = hand(visit, name), Faults()
    if of is None or not _may_dilute(of):
        return moved(visit, name)
    if visit.typed.again:
        return _dilute(visit, of)
    portion, typed = of.sheet.portion, visit.typed
    assert portion is not None
    fields = _amounts(of)
    blank([one for one in fields if one.required], typed, faults)
    at = moment(visit, of, faults, not_before=of.sheet.bedside.t0)
    if _late(of, at):
        faults.add("time", text("dilute.late"))
    for one, right in ((fields[0], portion.volume_ml), (fields[1], portion.bag_ml)):
        if slip(typed[one.name], right):
            return halt(visit, of, text("halt.slip"), text("halt.slipped", said=f"{typed[one.name]} mL"))
        if typed[one.name] and right is not None and not _fits(of, typed[one.name], right):
            faults.add(one.name, text("dilute.differs"))
    said = {one.name.rpartition(".")[2]: made for one in fields if (made := value(one, typed)) is not None}
    between = told(visit, of, [{"at": at, "diluted": said}], faults)
    if faults or between is not None:
        return _dilute(visit, hand(visit, name) or of, faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


def _may_dilute(of: Hand) -> bool:
    """Whether it is next, or was done and two people did not agree on it."""
    point = of.point(PREPARATION)
    return of.stage.step == DILUTE or (of.stage.step == CHECK and point is not None and point.state == "differing")


def _passed(of: Hand) -> bool:
    """Whether the time to dilute is over, so that it is discarded unless it was diluted in time."""
    limit = _limit(of)
    return of.sheet.bedside.diluted is None and limit is not None and of.now > limit


def _late(of: Hand, at: Leaf) -> bool:
    limit = _limit(of)
    return limit is not None and at.said is not None and datetime.fromisoformat(at.said) > limit


def _limit(of: Hand) -> datetime | None:
    return next((clock.at for clock in of.sheet.clocks if clock.id == "dilute-by"), None)


def _fits(of: Hand, said: str, right: Fraction) -> bool:
    """Whether a volume is that of the worksheet, as nearly as a dose has to be that of its order."""
    try:
        return of.sheet.decision.protocol.amounts.fits(decimal(said, ""), right)
    except Fault:
        return True  # what is no number is told by the record


def _amounts(of: Hand) -> list[Input]:
    units = (("mL", "mL"),)
    return [
        Input("diluted.drawn", text("dilute.drawn"), "number", units=units, required=True, hint=text("dilute.blind")),
        Input("diluted.volume", text("dilute.volume"), "number", units=units, required=True),
        Input("diluted.container", text("dilute.container"), "text", hint=text("form.optional")),
    ]


def _dilute(visit: Visit, of: Hand, **said: Any) -> Response:
    return show(
        visit,
        of,
        "dilute.html",
        [*_amounts(of)[:2], _time("dilute.time"), _amounts(of)[2]],
        title=text("steps.dilute"),
        steps=bar(DILUTE, DILUTE),
        passed=_passed(of),
        does=[step for step in of.sheet.steps if step.id in ("dilute", "protect-from-light")],
        small=of.sheet.decision.course.site.get("small_volume"),
        storage=of.sheet.decision.course.site.get("bag_storage"),
        **said,
    )


# The second check


@router.get("/check")
def ask_check(visit: Visitor, name: str) -> Response:
    """Another person's own values; those of the first are shown once both agree."""
    visit.require("checked")
    of = hand(visit, name)
    point = None if of is None else of.point(PREPARATION)
    if of is None or point is None:
        return nothing(visit, name) if of is None or of.stage.step == CHECK else visit.go(step_path(visit, of, name))
    return _check(visit, of, point)


@router.post("/check")
def check(visit: Visitor, name: str) -> Response:
    """Keep what the second person typed, under the account of whoever that is."""
    visit.require("checked")
    of, faults, typed = hand(visit, name), Faults(), visit.typed
    if of is None or of.stage.step != CHECK or (point := of.point(PREPARATION)) is None:
        return moved(visit, name)
    if typed.again:
        return _check(visit, of, point)
    drug = of.sheet.decision.protocol.drug
    blank(_own(point), typed, faults)
    for one in _own(point):
        if one.kind == "number" and typed[one.name] and not digits(typed[one.name]):
            faults.add(one.name, text("verify.digits"))
    if typed["drug"] and typed["drug"].casefold() not in (drug["name"].casefold(), drug["brand"].casefold()):
        says = text("vials.wrong", said=typed["drug"]), text("vials.ordered", drug=f"{drug['name']} ({drug['brand']})")
        return halt(visit, of, text("halt.product"), *says)
    actor = another(visit, point.told_by, "checked", faults)
    own = {one.name: made for one in _own(point) if (made := value(one, typed)) is not None}
    event = {"checked": {"point": PREPARATION, "first": point.first.id, **own}}
    between = told(visit, of, [event], faults, actor=actor)
    if faults or between is not None:
        of = hand(visit, name) or of
        return _check(visit, of, of.point(PREPARATION) or point, faults=faults, between=between)
    return visit.go(page_path(name, PAGES[CHECK]))


def _own(point: Point) -> list[Input]:
    """A field for the drug, and for each value of the first person's."""
    known = {"dose": "mg", "drawn": "mL", "volume": "mL"}
    fields = [Input("drug", text("check.drug"), "text", required=True)]
    for name in point.values:
        units = ((known[name], known[name]),) if name in known else ()
        fields.append(Input(name, text(f"check.{name}"), "number" if units else "text", units=units, required=True))
    return fields


def _check(visit: Visit, of: Hand, point: Point, **said: Any) -> Response:
    both = point if point.second is not None else None
    second = {} if both is None or both.second is None else values(both.second)
    alike = {} if both is None else both.alike(of.stage.checks.tolerance)
    return show(
        visit,
        of,
        "check.html",
        _own(point),
        title=text("steps.check"),
        steps=bar(CHECK, of.stage.step),
        here=visit.actor.account == point.told_by,
        agreed=point.agreed,
        rows=[
            (text(f"check.{name}"), first, second.get(name, ""), alike.get(name, True))
            for name, first in point.values.items()
        ],
        differs=both is not None and not point.agreed,
        **said,
    )


# Label and release


@router.get("/release")
def ask_release(visit: Visitor, name: str) -> Response:
    """The label as it will be printed, and whether the bag may leave."""
    visit.require("released")
    of = at_step(visit, name, RELEASE, START)
    if isinstance(of, Response):
        return of
    return _release(visit, of)


@router.post("/release")
def release(visit: Visitor, name: str) -> Response:
    """Let the bag leave; its label is printed from the page that follows."""
    visit.require("released")
    of, faults = hand(visit, name), Faults()
    if of is None or of.stage.step != RELEASE:
        return moved(visit, name)
    if visit.typed.again:
        return _release(visit, of)
    if not of.stands:
        faults.add(None, text("release.changed"))
    if unlabelled := _unlabelled(visit, of):
        faults.add(None, unlabelled)
    between = told(visit, of, [{"released": {}}], faults)
    if faults or between is not None:
        return _release(visit, hand(visit, name) or of, faults=faults, between=between)
    return visit.go(page_path(name, PAGES[RELEASE]))


def _unlabelled(visit: Visit, of: Hand) -> str:
    """Why no label can be printed, if none can."""
    try:
        label(visit, of)
    except Refused as refused:
        return sentence(refused)
    return ""


def _release(visit: Visit, of: Hand, **said: Any) -> Response:
    released = of.stage.checks.released
    unlabelled = _unlabelled(visit, of) if released is None else ""
    return show(
        visit,
        of,
        "release.html",
        title=text("steps.release"),
        steps=bar(RELEASE, of.stage.step),
        released=None if released is None else wall(of.sheet, released.instant or of.now),
        unlabelled=unlabelled,
        locked=not of.stands or unlabelled != "",
        **said,
    )


# Discard


@router.post("/discard")
def discard(visit: Visitor, name: str) -> Response:
    """End this preparation now, or when it was, with the reason; the next begins with new vials."""
    visit.require("discarded")
    of, faults, reason = hand(visit, name), Faults(), visit.typed["discard.reason"]
    if of is None or of.sheet.bedside.t0 is None or of.sheet.bedside.started is not None:
        return moved(visit, name)
    if not reason:
        faults.add("discard.reason", text("discard.why"))
    at = {"at": moment(visit, of, faults, TIME, not_before=_last_step(of))} if visit.typed[TIME] else {}
    between: Conflict | None = None
    if not visit.typed.again:
        between = told(visit, of, [{**at, "discarded": {"reason": Leaf("discard.reason", reason)}}], faults)
    if faults or between is not None or visit.typed.again:
        return show(visit, of, "discard.html", title=text("discard.title"), faults=faults, between=between)
    return visit.go(step_path(visit, hand(visit, name), name))


def _last_step(of: Hand) -> datetime:
    """The step of a preparation that its discard cannot be before."""
    state = of.sheet.bedside
    released = None if of.stage.checks.released is None else of.stage.checks.released.instant
    return max(at for at in (state.t0, state.diluted, released) if at is not None)
