"""What is drawn of a course: the timeline of its slots, and a chart for each result that decides a dose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from markupsafe import Markup

from oncourse.board import Standing
from oncourse.checklist import Bound, bounds
from oncourse.course import history
from oncourse.decide import Decision
from oncourse.event import Event
from oncourse.explain import Words, calendar_date
from oncourse.faces.web.charts import Chart, Point, chart
from oncourse.faces.web.page import aloud, number, signs, text, words
from oncourse.faces.web.timeline import Lane, Mark, timeline
from oncourse.facts import span
from oncourse.plan import Slot, plan
from oncourse.quantity import show

AXIS = (0, 7, 14, 21, 27)  # days from the first of a cycle that are named
MARGIN = timedelta(days=2)


def lanes(decision: Decision, near: bool = False) -> list[Lane]:
    """Every cycle of the plan as a lane of its slots, true to the days between them; or those near the slot at hand."""
    cycles: dict[int, list[Slot]] = {}
    for slot in plan(decision).slots:
        cycles.setdefault(slot.cycle, []).append(slot)
    starts = {cycle: _start(slots) for cycle, slots in cycles.items()}
    hand = decision.slot["cycle"] or max(cycles, default=1)
    shown = [cycle for cycle in cycles if not near or abs(cycle - int(str(hand))) <= 1]
    return [_lane(decision, cycle, cycles[cycle], starts) for cycle in shown]


def _start(slots: Sequence[Slot]) -> date:
    first = slots[0]
    return first.on - timedelta(days=first.day - 1)


def _lane(decision: Decision, cycle: int, slots: Sequence[Slot], starts: Mapping[int, date]) -> Lane:
    start = starts[cycle]
    gap = (starts[cycle + 1] - start).days if cycle + 1 in starts else AXIS[-1] + 1
    length = max((slots[-1].on - start).days, min(gap - 1, AXIS[-1])) + 1
    return Lane(text("cycle", cycle=cycle), length, tuple(_mark(decision, slot, start) for slot in slots))


def _mark(decision: Decision, slot: Slot, start: date) -> Mark:
    mg = "" if slot.mg is None else f"{show(slot.mg)} mg"
    at_hand = slot.status in ("due", "conditional") and _is(decision, slot)
    state = _state(decision, slot, at_hand)
    where = text("slot", cycle=slot.cycle, day=slot.day)
    told = text(f"timeline.{state}", slot=where, mg=mg or text("not_recorded"), on=calendar_date(slot.on))
    more = "; ".join(slot.conditions)
    return Mark((slot.on - start).days, state, mg, f"{told} ({more})" if more else told, at_hand)


def _is(decision: Decision, slot: Slot) -> bool:
    return (slot.cycle, slot.day) == (decision.slot["cycle"], decision.slot["day"])


def _state(decision: Decision, slot: Slot, at_hand: bool) -> str:
    if slot.status == "given":
        full = decision.moment.slots
        level = next((one.level for one in full if (one.cycle, one.day) == (slot.cycle, slot.day)), 0)
        return "reduced" if level else "given"
    if at_hand and decision.verdict in ("hold", "stop"):
        return "held" if decision.verdict == "hold" else "stopped"
    return slot.status


def drawn(decision: Decision, title: str, near: bool = False) -> Markup:
    """The timeline of a course, or of the cycle at hand with the ones before and after it."""
    axis = [(day, text("axis", day=day + 1)) for day in AXIS]
    legend = {name.partition(".")[2]: said for name, said in words().items() if name.startswith("legend.")}
    return timeline(lanes(decision, near), axis, title, legend)


def charts(of: Standing) -> Iterator[Markup]:
    """The results that decide a dose, one chart for each, all over the same days."""
    known, happened = Words(of.decision), history(of.decision.course, of.decision.at)
    labs, doses = ([event for event in happened if event.kind == kind] for kind in ("labs", "given"))
    limits = bounds(of.decision)
    days = [event.day for event in (*labs, *doses)]
    first, last = min(days, default=of.today), max([*days, of.today])
    for facts in known.words["charts"]:
        made = _chart(known, facts, happened, limits.get(facts[0]))
        made = replace(made, patient=of.patient.course, doses=tuple(event.day for event in doses))
        yield chart(made, first - MARGIN, last + MARGIN, _words(known, facts))


def _chart(known: Words, facts: Sequence[str], happened: Sequence[Event], limit: Bound | None) -> Chart:
    points = tuple(_points(known, happened, facts))
    unit = known.words["units"].get(_unit(known, facts[0]), "")
    plain = Chart(
        f"chart-{facts[0]}", "", _name(known, facts), signs(f" {unit}").strip(), points, None, "", False, False
    )
    if limit is None:
        return plain
    said = text("chart.max" if limit.above else "chart.min", limit=number(limit.limit))
    counted = [point for point in points if not point.masked]
    outside = bool(counted) and counted[-1] is points[-1] and limit.forbids(counted[-1].value)
    return replace(plain, limit=limit.limit, limit_said=said, above=limit.above, outside=outside)


def _name(known: Words, facts: Sequence[str]) -> str:
    names = text("chart.between").join(known.words["names"][fact] for fact in facts)
    return text("chart.or", names=names) if len(facts) > 1 else names


def _unit(known: Words, fact: str) -> str:
    return known.decision.protocol.types[fact].unit or ""


def _points(known: Words, happened: Sequence[Event], facts: Sequence[str]) -> Iterator[Point]:
    """The highest of those values at each time of drawing; masked if something before it makes it say nothing."""
    kind, within = _masking(known, facts[0])
    masking: list[date] = []
    for event in happened:
        if event.kind == kind and all(value is not False for value in event.fields.values()):
            masking.append(event.day)
        found = [(event.fields[fact], fact) for fact in facts if isinstance(event.fields.get(fact), Fraction)]
        if found:
            value, fact = max(found)
            shown = aloud(known.written(value, _unit(known, fact)))
            said = f"{known.words['names'][fact]} {shown}, {calendar_date(event.day)}"
            masked = any(0 <= (event.day - day).days < within for day in masking)
            yield Point(event.day, value, _short(value), said, masked)


def _masking(known: Words, fact: str) -> tuple[str | None, int]:
    """The kind of event after which a value says nothing, and for how many days."""
    declared = next(one for one in known.decision.protocol.facts if one.name == fact)
    return declared.masked, span(declared.within, known.moment.engine.settings) if declared.masked else 0


def _short(value: Fraction) -> str:
    """A value as it stands beside a point: to two places, which the table beside it gives exactly."""
    return show(Fraction(round(value * 100), 100))


def _words(known: Words, facts: Sequence[str]) -> Mapping[str, str]:
    """What a chart says beside its numbers."""
    names = text("chart.between").join(known.words["names"][fact] for fact in facts)
    fixed = {key.partition(".")[2]: said for key, said in words().items() if key.startswith("chart.")}
    return fixed | {"none": text("chart.none", name=names)}
