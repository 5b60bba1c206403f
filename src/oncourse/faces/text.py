"""Answers as plain text for a terminal: what to do, why, where it is written, how much, what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from textwrap import fill

from oncourse.decide import Decision, Finding
from oncourse.dose import Dose, Portion
from oncourse.explain import Words, calendar_date
from oncourse.plan import Plan, Slot, following
from oncourse.prepare import Sheet, current, headline, said, wall
from oncourse.problem import excerpt
from oncourse.quantity import show

WIDTH = 96
LABEL = 12


def decision(of: Decision) -> str:
    """The whole decision on half a screen."""
    words = Words(of)
    first = [found for found in of.findings if found.act == of.verdict]
    beside = [found for found in of.findings if found.act != of.verdict]
    parts = [
        [_head(of, words), *_reasons(of, words, first)],
        [*_facts(of, words, first)],
        [line for found in beside for line in _beside(words, found)] + [*_overrides(words)],
        [_foot(of, words)],
    ]
    return _sheet(parts)


def _sheet(parts: Sequence[Sequence[str]]) -> str:
    """Parts with an empty line between them; whatever was typed, only printable characters."""
    text = "\n\n".join("\n".join(part) for part in parts if part)
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text) + "\n"


def _head(of: Decision, words: Words) -> str:
    title = words.spoken()["title"].upper()
    slot = "" if of.slot["cycle"] is None else f"cycle {of.slot['cycle']} day {of.slot['day']}"
    where = "   ".join(part for part in (excerpt(of.course.id), slot, _moment(of.at)) if part)
    return f"{title}  {where:>{WIDTH - len(title) - 2}}"


def _reasons(of: Decision, words: Words, first: list[Finding]) -> Iterator[str]:
    if of.verdict == "give" and of.dose is not None:
        yield _amount(words, of.dose) + _bag(of.dose)
        yield from _written(of, words, of.dose)
    if of.verdict == "wait":
        yield words.headline().partition(". ")[2]
    for found in first:
        if text := words.says(found):
            yield _wrapped(text)
        readings = f" (reading {', '.join(found.readings)})" if found.readings else ""
        yield f"  {found.clause}: written in {', '.join(found.cites)}{readings}"


def _amount(words: Words, dose: Portion) -> str:
    return f"{show(dose.mg)} mg = {show(dose.volume_ml)} mL from {words.counted(dose.vials, 'vial')}"


def _bag(dose: Portion) -> str:
    if dose.bag_ml is None or dose.rate is None:
        return ""
    return f", in a bag of {show(dose.bag_ml)} mL in all at {show(dose.rate)} mL per hour"


def _reckoned(dose: Dose) -> str:
    percent = "" if dose.percent == 100 else f", {dose.percent} % of full"
    return f"{show(dose.mg_per_m2)} mg per m² × {show(dose.bsa)} m²{percent}"


def _written(of: Decision, words: Words, dose: Dose) -> Iterator[str]:
    row = next(row for row in of.protocol.amounts.rows if row.id == dose.row)
    yield f"  {dose.row}: {_reckoned(dose)}; written in {', '.join(row.cites)}"


def _facts(of: Decision, words: Words, first: list[Finding]) -> Iterator[str]:
    if of.choices is not None:
        options = [f"{option} (default)" if option == of.choices.default else option for option in of.choices.options]
        yield _row("Choose", ", ".join(options))
    for text in filter(None, map(words.until, first)):
        yield _row("Until", text)
    if of.verdict in ("stop", "done"):
        return
    if of.verdict != "give" and of.dose is not None:
        yield _row("Dose then", f"{_amount(words, of.dose)} ({_reckoned(of.dose)})")
    yield from _changed(of, words)
    if of.verdict != "wait" and isinstance(of.slot["due"], date):
        late = of.slot["late"]
        days = f", {words.counted(late, 'day')} late" if isinstance(late, int) and late else ""
        yield _row("Due", f"{calendar_date(of.slot['due'])}{days}")
    if of.verdict in ("hold", "need", "judge") and isinstance(of.slot["omit_on"], date):
        yield _row("Omitted on", f"{calendar_date(of.slot['omit_on'])}, if not given before")
    if of.verdict == "give" and (after := following(of)) is not None:
        yield _row("Then", _next(after))


def _changed(of: Decision, words: Words) -> Iterator[str]:
    change = of.change
    if change is not None:
        amount, clause = words.words["amounts"].get(change.clause), words.words["clauses"].get(change.clause)
        why = f"; now {amount}" if amount else f"; changed: {clause['title'].lower()}" if clause else ""
        yield _row("Last dose", f"{show(Fraction(str(change.from_mg)))} mg{why}")


def _next(slot: Slot) -> str:
    mg = "" if slot.mg is None else f", {show(slot.mg)} mg"
    return f"cycle {slot.cycle} day {slot.day} on {calendar_date(slot.on)}{mg}" + "".join(
        f", {condition}" for condition in slot.conditions
    )


def _beside(words: Words, found: Finding) -> Iterator[str]:
    if text := words.says(found):
        yield _row(words.words["acts"][found.act], f"{text} [{found.clause}, {', '.join(found.cites)}]")


def _overrides(words: Words) -> Iterator[str]:
    for override in words.overrides():
        yield _row("Override", f"{override['clause']}: {override['why']} ({override['by'] or 'no name'})")


def _foot(of: Decision, words: Words) -> str:
    protocol = of.protocol
    return f"{words.words['notice']}\n{protocol.id} {protocol.version}, {protocol.sha256[:12]}"


def _row(label: str, text: str) -> str:
    return _wrapped(f"{label:<{LABEL}}{text}", " " * LABEL)


def _wrapped(text: str, indent: str = "") -> str:
    return fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def plan(of: Decision, ahead: Plan) -> str:
    """The calendar of a course: one line a slot, marked with the conditions it hangs on."""
    words = Words(of)
    conditions = list(dict.fromkeys(condition for slot in ahead.slots for condition in slot.conditions))
    marks = {condition: chr(ord("a") + number) for number, condition in enumerate(conditions)}
    parts = [
        [f"{excerpt(of.course.id)}   {_moment(of.at)}", _wrapped(words.headline())],
        ["cycle day   status       on            mg     if", *(_slot(slot, marks) for slot in ahead.slots)],
        [_wrapped(f"{mark}  {condition}", "   ") for condition, mark in marks.items()],
        [
            _wrapped(words.fill(words.words["follow_up"][end.id], on=calendar_date(end.until)))
            for end in ahead.follow_up
        ],
        [_foot(of, words)],
    ]
    return _sheet(parts)


def _slot(slot: Slot, marks: dict[str, str]) -> str:
    mg = "" if slot.mg is None else show(slot.mg)
    marked = ", ".join(marks[condition] for condition in slot.conditions)
    line = f"{slot.cycle:>5} {slot.day:>3}   {slot.status:<12} {calendar_date(slot.on)}   {mg:<4}   {marked}"
    return line.rstrip()


def sheet(of: Sheet) -> str:
    """The worksheet of one dose as text; no amounts and no steps while the dose may not be given."""
    words, on, dose = Words(of.decision), of.decision, of.decision.dose
    parts: list[list[str]] = [[_head(on, words), str(words.words["protocol"])]]
    parts.append([_wrapped(said(of, refusal)) for refusal in of.refusals])
    if not of.due or of.against:
        parts.append([_wrapped(headline(of))])
    if of.due and of.portion is not None:
        drugs = (f"[{'x' if done else ' '}] {drug}" for drug, done in of.premedication.items())
        written = [] if dose is None or dose.mg != of.portion.mg else _written(on, words, dose)
        parts.append([_amount(words, of.portion) + _bag(of.portion), *written])
        parts.append([_row("Recorded", "  ".join(drugs))])
        parts.append([_step(number, step.says, step.cites) for number, step in enumerate(of.steps, 1)])
    parts.append([_row(words.words["clocks"][clock.id], wall(of, clock.at)) for clock in current(of)])
    parts.append([_foot(on, words)])
    return _sheet(parts)


def _step(number: int, says: str, cites: Sequence[str]) -> str:
    return _wrapped(f"{number:>2}. {says} [{', '.join(cites)}]", "    ")


def _moment(at: date | datetime) -> str:
    return f"{calendar_date(at.date())} {at:%H:%M%z}" if isinstance(at, datetime) else calendar_date(at)
