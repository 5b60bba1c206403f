"""The summary of a treatment: what was given against what was advised, what happened, why, and what comes next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from oncourse.course import history
from oncourse.decide import Decision, Finding, decide
from oncourse.dose import Dose
from oncourse.engine import Settled
from oncourse.event import Event
from oncourse.explain import Words, calendar_date
from oncourse.plan import Slot, plan
from oncourse.quantity import show
from oncourse.sheets.paper import Part, pdf
from oncourse.sheets.preparation import drug, headed
from oncourse.sheets.said import caption, captions, clinical, plain
from oncourse.sheets.who import Printed, Who

GIVEN, PAGES = "given", 2
LATEST = 60  # events; what is older stays on the screen, and the page says so
CHANGES = ("reduce", "note")  # acts that tell why a dose is not the full one
AHEAD = 3  # slots

Row = tuple[str, ...]


def summary(decision: Decision, who: Who, printed: Printed, paper: str, unspoken: Collection[str | None] = ()) -> bytes:
    """The summary of a course at the moment of the decision, at most two pages of `a4` or `letter`.

    Overrides with an id in `unspoken` are printed without their reason.
    """
    words, ahead = Words(decision), plan(decision)
    said = words.words["follow_up"]
    events = list(_events(decision, words))
    told = {
        **headed(decision, who, "summary.title"),
        **drug(decision.protocol),
        "captions": captions()["summary"],
        "allergies": caption("allergies", said=who.allergies or caption("not-recorded")),
        "now": plain(words.headline()),
        "next": [_next(slot) for slot in ahead.slots if slot.status not in (GIVEN, "omitted")][:AHEAD],
        "doses": list(_doses(decision, words)),
        "level": list(_level(decision, words)),
        "results": list(_results(decision, words)),
        "events": events[-LATEST:],
        "earlier": caption("summary.earlier", number=str(len(events) - LATEST)) if len(events) > LATEST else None,
        "overrides": list(_overrides(words, unspoken)),
        "care": [words.fill(said[end.id], on=calendar_date(end.until)) for end in ahead.follow_up],
    }
    return pdf([Part("summary", told, paper, PAGES)], printed)


def _next(slot: Slot) -> str:
    mg = caption("not-recorded") if slot.mg is None else caption("worksheet.mg", mg=show(slot.mg))
    where = caption("slot", cycle=str(slot.cycle), day=str(slot.day))
    return "; ".join([caption("summary.ahead", slot=where, on=calendar_date(slot.on), mg=mg), *slot.conditions])


def _doses(decision: Decision, words: Words) -> Iterator[Row]:
    """Every slot so far: cycle, day, date, what was advised that day, what was given, and why it differs."""
    events = history(decision.course, decision.at)
    given = (place for place, event in enumerate(events) if event.kind == GIVEN)
    for slot in decision.moment.slots:
        told = (str(slot.cycle), str(slot.day), calendar_date(date.fromordinal(slot.on)))
        if slot.status == GIVEN:
            yield (*told, *_given(decision, slot, events, next(given)))
        else:
            yield (*told, _forgone(decision, slot), caption("summary.omitted"), words.says(_omission(decision, slot)))


def _given(decision: Decision, slot: Settled, events: list[Event], place: int) -> Row:
    """What was advised just before a dose, what went in, and what was advised instead."""
    before = replace(decision.course, events=tuple(events[:place]))
    advised = decide(decision.protocol, before, events[place].day)
    dose, mg = advised.dose, slot.mg if isinstance(slot.mg, Fraction) else Fraction(0)
    fits = dose is not None and decision.protocol.amounts.fits(mg, dose.mg)
    same = advised.verdict == "give" and fits
    why = caption("summary.as-advised") if same else caption("summary.instead", said=plain(Words(advised).headline()))
    return _mg(dose), caption("worksheet.mg", mg=show(mg)), why


def _forgone(decision: Decision, slot: Settled) -> str:
    """The amount that an omitted slot would have got the day before."""
    before = decide(decision.protocol, decision.course, date.fromordinal(slot.on - 1))
    open_still = (before.slot["cycle"], before.slot["day"]) == (slot.cycle, slot.day)
    return _mg(before.dose) if open_still else caption("not-recorded")


def _mg(dose: Dose | None) -> str:
    return caption("not-recorded") if dose is None else caption("worksheet.mg", mg=show(dose.mg))


def _omission(decision: Decision, slot: Settled) -> Finding:
    clause = next(clause for clause in decision.protocol.clauses if clause.act == "omit")
    return Finding(clause.id, clause.act, clause.cites, clause.readings, slot=slot)


def _level(decision: Decision, words: Words) -> Iterator[str]:
    """The level of the dose, and every reason on record why it is not the full one."""
    percent = None if decision.dose is None else str(decision.dose.percent)
    level = str(decision.slot["level"])
    yield caption("summary.level", level=level, percent=percent) if percent else caption("summary.bare", level=level)
    for found in decision.findings:
        if found.act in CHANGES and (said := words.says(found)):
            yield f"{plain(said)} [{', '.join((found.clause, *found.cites))}]"


def _results(decision: Decision, words: Words) -> Iterator[Row]:
    """The last of each result, whatever its age: its name, its value, its day."""
    none = caption("not-recorded")
    for name in clinical(decision.protocol)["summary"]["facts"]:
        seen = decision.moment.observation(name)
        if seen is None:
            said = words.shown(name) if decision.protocol.types[name].kind == "number" else ""
            yield words.words["names"][name], plain(said) or words.words["findings"]["none-reported"], none
            continue
        value = seen.event.fields.get(name, seen.event.fields.get("status", none))
        said = words.written(value, decision.protocol.types[name].unit)
        yield words.words["names"][name], plain(said), calendar_date(date.fromordinal(seen.day))


def _events(decision: Decision, words: Words) -> Iterator[Row]:
    """What happened beside the doses: its day, what it was, what it says, and who told it where that is on record."""
    kinds, told = captions()["summary"]["kinds"], clinical(decision.protocol)["summary"]["events"]
    events = [event for event in history(decision.course, decision.at) if event.kind in told]
    signed = any(event.by for event in events)
    for event in events:
        row = (calendar_date(event.day), kinds.get(event.kind, event.kind), _says(event, words.words))
        yield (*row, event.by or caption("not-recorded")) if signed else row


def _says(event: Event, words: Mapping[str, Any]) -> str:
    return ", ".join(f"{_label(event, name, words)} {_value(event, name, words)}" for name in event.fields)


def _label(event: Event, name: str, words: Mapping[str, Any]) -> str:
    known = words["labels"].get(f"{event.kind}.{name}") or words["labels"].get(name) or words["names"].get(name)
    return f"{known or name.replace('_', ' ').capitalize()}:"


def _value(event: Event, name: str, words: Mapping[str, Any]) -> str:
    value = event.fields[name]
    if isinstance(value, bool):
        return caption("answers.yes" if value else "answers.no")
    if isinstance(value, date):
        return calendar_date(value)
    return event.shown.get(name) or str(words["options"].get(value, value))


def _overrides(words: Words, unspoken: Collection[str | None]) -> Iterator[Row]:
    """Every override, shown for ever: its day, the clause, its reason, and whose it is."""
    for one in words.overrides(unspoken):
        on, clause = one["at"], str(one["clause"])
        assert isinstance(on, date)
        why = caption("not-shown") if one["why"] is None else one["why"]
        yield (
            calendar_date(on),
            words.titled(clause),
            f"{one['kind']}: {why}",
            str(one["by"] or caption("not-recorded")),
        )
