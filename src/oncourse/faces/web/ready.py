"""The ready list before a start: six things, each done or to do, and why the start is still locked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from oncourse.board import Standing
from oncourse.clocks import refused
from oncourse.course import history
from oncourse.faces.web.bed import OBSERVED, since
from oncourse.faces.web.forms import labelled
from oncourse.faces.web.hand import Hand
from oncourse.faces.web.page import Visit, text
from oncourse.prepare import said, wall
from oncourse.record.checks import BAG, PUMP, Point

PATIENT, PREMEDICATED, RATE, SECOND_NURSE = "patient", "premedicated", "rate", "second"
PREMEDICATION = "premedication"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that must be ready: what is known of it, and whether that is enough."""

    id: str
    label: str
    detail: str
    done: bool
    differs: bool = False


def ready(visit: Visit, of: Hand) -> list[Row]:
    """The six, in the order in which they are done."""
    return [*_scans(visit, of), _premedication(of), _observations(of), _pump(visit, of), _second(visit, of)]


def numbers(of: Standing) -> list[str]:
    """The numbers of a patient as they are on record; the course's id where none is."""
    return [one["value"] for one in of.patient.shown.get("identifiers", ())] or [of.patient.course]


def so_far(visit: Visit, of: Hand) -> Mapping[str, str]:
    """What a form says was scanned, by the name of its row: only what is of this patient, and of this bag by now."""
    right = {PATIENT: numbers(of.of), BAG: [of.sheet.number]}
    return {name: said for name, known in right.items() if (said := visit.typed[name]) in known}


def waits(of: Hand) -> list[Point]:
    """The points at the bedside at which the first nurse has told and no second has agreed."""
    points = [of.point(name) for name in (BAG, PUMP)]
    return [point for point in points if point is not None and point.state == "waiting"]


def why_locked(visit: Visit, of: Hand) -> list[str]:
    """Why the infusion cannot be started now; nothing if it can."""
    return list(_locks(visit, of))


def _locks(visit: Visit, of: Hand) -> Iterator[str]:
    if not of.stands:
        yield text("start.changed")
    for refusal in refused(of.sheet.bedside, of.sheet.decision.protocol.preparation, of.now):
        if refusal.clause != PREMEDICATION:
            phone = of.sheet.decision.course.site.get("pharmacy_phone")
            call = text("start.call", phone=phone) if phone else ""
            yield f"{said(of.sheet, refusal)} {call}".strip()
    if missing := [row.label for row in ready(visit, of) if not row.done]:
        yield text("start.missing", missing=", ".join(missing))


def _shown(visit: Visit, point: Point, said: str) -> str:
    """A first value, for whoever told it; for others once both agree."""
    seen = point.agreed or visit.actor.account == point.told_by
    return said if seen else text("start.hidden")


def _scans(visit: Visit, of: Hand) -> Iterator[Row]:
    point, scans = of.point(BAG), so_far(visit, of)
    for name in (PATIENT, BAG):
        label, there = text(f"start.row_{name}"), point is not None and point.state != "differing"
        if point is not None and there:
            detail = _shown(visit, point, text("start.matches", said=point.values.get(name, "")))
        else:
            detail = text("start.matches", said=scans[name]) if name in scans else text("not_recorded")
        yield Row(name, label, detail, there or name in scans, _differs(of, point, name))


def _differs(of: Hand, point: Point | None, name: str) -> bool:
    differing = point is not None and point.state == "differing"
    return point is not None and differing and not point.alike(of.stage.checks.tolerance).get(name, True)


def _premedication(of: Hand) -> Row:
    protocol, state = of.sheet.decision.protocol, of.sheet.bedside
    names = {drug: labelled(protocol, f"{PREMEDICATED}.{drug}") for drug in protocol.preparation.premedication}
    times = _times(of)
    parts = [f"{name} {wall(of.sheet, times[drug])}" for drug, name in names.items() if drug in times]
    if before := [name for drug, name in names.items() if drug in times and drug not in state.premedicated]:
        parts.append(text("start.before", given=", ".join(before)))
    if missing := [name for drug, name in names.items() if drug not in times]:
        parts.append(text("start.lacks", missing=", ".join(missing)))
    over, lacks = PREMEDICATION in state.overridden, bool(before or missing)
    if lacks and over:
        parts.append(text("start.overridden"))
    return Row(PREMEDICATED, text("start.row_premedication"), "; ".join(parts), over or not lacks)


def _times(of: Hand) -> dict[str, datetime]:
    """When each drug was given last, today or the day before."""
    found, since = {}, of.of.today - timedelta(days=1)
    for event in history(of.sheet.decision.course, of.now):
        if event.kind == PREMEDICATED and event.day >= since:
            for drug, at in event.fields.items():
                on_wall = isinstance(at, str)
                found[drug] = datetime.combine(event.day, time.fromisoformat(at), of.now.tzinfo) if on_wall else at
    return {drug: at for drug, at in found.items() if at.astimezone(UTC) <= of.now.astimezone(UTC)}


def _observations(of: Hand) -> Row:
    seen = [event.fields["vitals"] for event in since(of, OBSERVED, of.sheet.bedside.t0) if event.fields.get("vitals")]
    detail = ", ".join(map(str, seen[-1].values())) if seen else text("not_recorded")
    return Row(OBSERVED, text("start.row_observations"), detail, bool(seen))


def _pump(visit: Visit, of: Hand) -> Row:
    point = of.point(PUMP)
    there = point is not None and point.state != "differing" and RATE in point.values
    rate = "" if point is None else point.values.get(RATE, "").replace("mL/h", text("units.mL/h"))
    detail = _shown(visit, point, rate) if point is not None and there else text("not_recorded")
    return Row(PUMP, text("start.row_pump"), detail, there, _differs(of, point, RATE))


def _second(visit: Visit, of: Hand) -> Row:
    points = [point for name in (BAG, PUMP) if (point := of.point(name)) is not None]
    agreed = len(points) == 2 and all(point.agreed for point in points)
    waived = of.stage.checks.waived is not None
    if agreed:
        detail = ", ".join(dict.fromkeys(_signed(visit, of, point) for point in points))
    else:
        differ = any(point.state == "differing" for point in points)
        detail = text("start.overridden" if waived else "start.differ" if differ else "start.not_signed")
    return Row(SECOND_NURSE, text("start.row_second"), detail, agreed or waived)


def _signed(visit: Visit, of: Hand, point: Point) -> str:
    """Who agreed, and when."""
    account = visit.clinic.accounts.named(point.checked_by or "")
    at = None if point.second is None else point.second.instant
    return f"{account.shown if account else point.checked_by} {'' if at is None else wall(of.sheet, at)}".strip()
