"""Answers as plain text for a terminal: what to do, why, where it is written, how much, what next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from textwrap import fill

from oncourse.decide import Decision, Finding
from oncourse.dose import Dose
from oncourse.explain import Words, calendar_date
from oncourse.plan import Plan, Slot
from oncourse.prepare import Sheet, said, wall
from oncourse.quantity import show

WIDTH = 96
LABEL = 14


def decision(of: Decision) -> str:
    """The whole decision on half a screen."""
    words = Words(of)
    first = [found for found in of.findings if found.act == of.verdict]
    beside = [found for found in of.findings if found.act != of.verdict]
    lines = [_head(of, words), *_reasons(of, words, first), "", *_facts(of, words, first)]
    if beside:
        lines += ["", *(line for found in beside for line in _beside(words, found))]
    for override in words.overrides():
        lines.append(_row("Override", f"{override['clause']}: {override['why']} ({override['by'] or 'no name'})"))
    return "\n".join([*lines, "", _foot(of, words), ""])


def _head(of: Decision, words: Words) -> str:
    title = str(words.words["verdicts"][of.verdict]["title"]).upper()
    slot = "" if of.slot["cycle"] is None else f"cycle {of.slot['cycle']} day {of.slot['day']}"
    where = "   ".join(part for part in (of.course.id, slot, _moment(of.at)) if part)
    return f"{title}{where:>{WIDTH - len(title)}}"


def _reasons(of: Decision, words: Words, first: list[Finding]) -> Iterator[str]:
    if of.verdict == "give" and of.dose is not None:
        yield f"{show(of.dose.mg)} mg = {show(of.dose.volume_ml)} mL from {words.counted(of.dose.vials, 'vial')}"
    if of.verdict == "wait":
        yield words.headline()
    for found in first:
        if text := words.says(found):
            yield _wrapped(text)
        yield f"  {_written(found)}"


def _written(found: Finding) -> str:
    readings = f" (reading {', '.join(found.readings)})" if found.readings else ""
    return f"{found.clause}: written in {', '.join(found.cites)}{readings}"


def _facts(of: Decision, words: Words, first: list[Finding]) -> Iterator[str]:
    if of.choices is not None:
        options = [f"{option} (default)" if option == of.choices.default else option for option in of.choices.options]
        yield _row("Choose", ", ".join(options))
    for text in filter(None, map(words.until, first)):
        yield _row("Until", text)
    if of.dose is not None and of.verdict != "stop":
        yield from _dose_rows(of, words, of.dose)
    if of.slot["due"] is not None and of.verdict != "stop":
        yield _row("Due", _due(of))
    if of.verdict in ("hold", "need", "judge") and isinstance(of.slot["omit_on"], date):
        yield _row("Omitted on", f"{calendar_date(of.slot['omit_on'])}, if not given before")


def _dose_rows(of: Decision, words: Words, dose: Dose) -> Iterator[str]:
    percent = "" if dose.percent == 100 else f", {dose.percent} % of full"
    amount = f"{show(dose.mg)} mg = {show(dose.volume_ml)} mL from {words.counted(dose.vials, 'vial')}"
    yield _row("Dose", f"{amount}   ({show(dose.mg_per_m2)} mg/m² × {show(dose.bsa)} m²{percent})")
    if dose.bag_ml is not None and dose.rate is not None:
        yield _row("Bag", f"{show(dose.bag_ml)} mL in all, {show(dose.rate)} mL per hour")
    if of.change is not None:
        why = words.words["amounts"].get(of.change.clause, of.change.clause or "")
        yield _row("Last dose", f"{show(Fraction(str(of.change.from_mg)))} mg{f'; now {why}' if why else ''}")


def _due(of: Decision) -> str:
    slot = of.slot
    days = f", {slot['late']} days late" if slot["late"] else ""
    return f"{_day(slot['due'])}{days}; may be given from {_day(slot['earliest'])}"


def _day(value: object) -> str:
    return calendar_date(value) if isinstance(value, date) else "not known"


def _beside(words: Words, found: Finding) -> Iterator[str]:
    if text := words.says(found):
        act = words.words["acts"].get(found.act, words.words["verdicts"].get(found.act, {}))
        title = act if isinstance(act, str) else act["title"]
        yield _row(title[: LABEL - 2], f"{text} [{found.clause}, {', '.join(found.cites)}]")


def _foot(of: Decision, words: Words) -> str:
    protocol = of.protocol
    return f"{words.words['notice']}\n{protocol.id} {protocol.version}, {protocol.sha256[:12]}"


def _row(label: str, text: str) -> str:
    return _wrapped(f"{label:<{LABEL}}{text}", " " * LABEL)


def _wrapped(text: str, indent: str = "") -> str:
    return fill(text, WIDTH, subsequent_indent=indent, break_long_words=False)


def plan(of: Decision, ahead: Plan) -> str:
    """The calendar of a course: one line a slot, with the condition it hangs on."""
    lines = [f"{of.course.id}   {_moment(of.at)}", "", "cycle day   status       on            mg"]
    lines += [_slot(slot) for slot in ahead.slots]
    if not any(slot.status not in ("given", "omitted") for slot in ahead.slots):
        lines += ["", Words(of).headline()]
    words = Words(of)
    for end in ahead.follow_up:
        lines += ["", words.fill(words.words["follow_up"][end.id], on=calendar_date(end.until))]
    return "\n".join([*lines, "", _foot(of, words), ""])


def _slot(slot: Slot) -> str:
    mg = "" if slot.mg is None else show(slot.mg)
    line = f"{slot.cycle:>5} {slot.day:>3}   {slot.status:<12} {calendar_date(slot.on)}   {mg:<5}"
    return f"{line} {slot.condition}" if slot.condition else line.rstrip()


def sheet(of: Sheet) -> str:
    """The worksheet of one dose as text."""
    words, on, dose = Words(of.decision), of.decision, of.decision.dose
    lines = [_head(on, words), str(words.words["protocol"]), ""]
    if on.verdict != "give":
        lines += [_wrapped(f"Not for preparation. {words.headline()}"), ""]
    if dose is not None:
        lines += [*_dose_rows(on, words, dose), ""]
    lines += [
        _row("Before start", ", ".join(f"{'x' if done else '_'} {drug}" for drug, done in of.premedication.items()))
    ]
    lines += [
        _wrapped(f"{number}. {step.says} [{', '.join(step.cites)}]", "   ") for number, step in enumerate(of.steps, 1)
    ]
    if of.clocks:
        lines += ["", *(_row(words.words["clocks"][clock.id], wall(of, clock.at)) for clock in of.clocks)]
    lines += [_wrapped(said(of, refusal)) for refusal in of.refusals]
    return "\n".join([*lines, "", _foot(on, words), ""])


def _moment(at: date | datetime) -> str:
    return f"{calendar_date(at.date())} {at:%H:%M%z}" if isinstance(at, datetime) else calendar_date(at)
