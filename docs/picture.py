"""Draws docs/decision.svg: the README's patient day by day, from the program's own answers.

`python docs/refresh.py` writes it anew with the pages; a test says when that is due.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from html import escape
from itertools import groupby
from pathlib import Path

from oncourse import course
from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.explain import Words, calendar_date
from oncourse.expression import Compare, Const, Name
from oncourse.protocol import Protocol
from oncourse.protocol_file import load
from oncourse.quantity import show

HERE = Path(__file__).parent
FIRST, DAYS = date(2026, 1, 5), 15
LEFT, STEP, WIDTH, HEIGHT = 64, 50, 840, 470
RESULT = "bilirubin"
BOTTOM, UNIT = 270, 70  # where the chart's zero stands, and the height of 1 × ULN

LIGHT = {
    "ink": "#15232e",
    "muted": "#475866",
    "line": "#bcc8d1",
    "limit": "#8a4b00",
    "zone": "#fff1d6",
    "card": "#ffffff",
    "plain": "#eef2f5",
    "give": "#139b70",
    "hold": "#fed731",
}
DARK = {
    "ink": "#eef4f8",
    "muted": "#a9bac7",
    "line": "#475866",
    "limit": "#ffb845",
    "zone": "#33280f",
    "card": "#16222c",
    "plain": "#0e161d",
    "give": "#62eec5",
    "hold": "#f5d619",
}
FONT = """svg { font-family: "IBM Plex Sans", system-ui, "Segoe UI", sans-serif; font-size: 15px }
.bold, .on-fill { font-weight: 600 }"""


def style() -> str:
    """The rules for light, and those for dark where the reader's system asks for it."""
    return f"{FONT}\n{rules(LIGHT)}\n@media (prefers-color-scheme: dark) {{\n{rules(DARK)}\n}}"


def rules(hue: dict[str, str]) -> str:
    """What each kind of mark looks like; what stands on the fill of a verdict is dark in either."""
    return "\n".join(
        [
            f"text {{ fill: {hue['ink']} }} .muted {{ fill: {hue['muted']} }} .limit {{ fill: {hue['limit']} }}",
            f".on-fill {{ fill: {LIGHT['ink']} }}",
            f".card {{ fill: {hue['card']}; stroke: {hue['line']} }} .zone {{ fill: {hue['zone']} }}",
            f".line {{ stroke: {hue['line']} }} .mark {{ stroke: {LIGHT['ink']}; stroke-width: 4; fill: none }}",
            f".dot {{ fill: {hue['ink']} }} .curve {{ stroke: {hue['ink']}; stroke-width: 2; fill: none }}",
            f".limit-line {{ stroke: {hue['limit']}; stroke-width: 2; stroke-dasharray: 7 4 }}",
            f".give {{ fill: {hue['give']}; stroke: {hue['ink']} }}",
            f".hold {{ fill: {hue['hold']}; stroke: {hue['ink']} }}",
            f".wait {{ fill: {hue['plain']}; stroke: {hue['ink']} }}",
            f".need {{ fill: {hue['plain']}; stroke: {hue['ink']}; stroke-dasharray: 4 3 }}",
        ]
    )


def patient(protocol: Protocol) -> Course:
    """The course that the README shows."""
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(# P-001\.yaml\n.*?)```", readme, re.DOTALL)
    assert found is not None, "the README shows no P-001.yaml"
    return course.read(found[1], "P-001.yaml", protocol.vocabulary)


def answers(protocol: Protocol, of: Course) -> list[Decision]:
    """The decision of each day, before that day's dose."""
    given = {event.day: place for place, event in enumerate(of.events) if event.kind == "given"}
    days = [FIRST + timedelta(number) for number in range(DAYS)]
    return [decide(protocol, of, day, given.get(day)) for day in days]


def middle(day: date) -> int:
    """Where a day stands across the picture."""
    return LEFT + (day - FIRST).days * STEP + STEP // 2


def text(x: int, y: int, said: str, kind: str = "", anchor: str = "middle") -> str:
    """One line of text."""
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def calendar() -> Iterator[str]:
    """The dates across the top, with the slots of the cycle above them."""
    for slot in (1, 8, 15):
        yield text(middle(FIRST + timedelta(slot - 1)), 78, f"day {slot}", "bold")
    for number in range(DAYS):
        day = FIRST + timedelta(number)
        yield text(middle(day), 100, f"{day.day}", "muted")


def limit(days: list[Decision]) -> Fraction:
    """The limit of bilirubin (× ULN) that the hold of the last day names."""
    for ground in (ground for found in days[-1].findings for ground in found.grounds):
        match ground.atom:
            case Compare(left=Name(name=name), right=Const(value=most)) if name == RESULT:
                return Fraction(str(most))
    raise LookupError(f"the last day is not held for {RESULT}")


def chart(of: Course, most: Fraction) -> Iterator[str]:
    """The results against their limit."""
    right, level = LEFT + DAYS * STEP, int(BOTTOM - most * UNIT)
    seen = [(middle(e.day), int(BOTTOM - e.fields[RESULT] * UNIT), e) for e in of.events if e.kind == "labs"]
    yield f'<rect x="{LEFT}" y="120" width="{right - LEFT}" height="{level - 120}" class="zone"/>'
    yield f'<path d="M{LEFT} {BOTTOM}H{right}" class="line"/><path d="M{LEFT} {level}H{right}" class="limit-line"/>'
    yield text(LEFT + 8, level - 9, f"max {show(most)} × ULN", "limit", "start")
    yield text(LEFT + 8, 138, "Total bilirubin", "bold", "start")
    points = [f"{x},{y}" for x, y, _ in seen]
    yield f'<polyline points="{" ".join(points)}" class="curve"/>'
    for x, y, event in seen:
        yield f'<circle cx="{x}" cy="{y}" r="6" class="dot"/>'
        yield text(x, y - 13 if y < level else y + 25, show(event.fields[RESULT]), "bold")


def strip(days: list[Decision]) -> Iterator[str]:
    """The verdict of each day; days of one verdict for one slot run together."""
    at, ends = 0, {0: (LEFT, "start"), DAYS - 1: (LEFT + DAYS * STEP, "end")}
    for (verdict, slot), group in groupby(days, key=lambda of: (of.verdict, of.slot["day"])):
        run = list(group)
        x, wide = LEFT + at * STEP, len(run) * STEP
        title = run[0].protocol.words["verdicts"][verdict]["title"]  # type: ignore[index]
        yield f'<rect x="{x + 2}" y="300" width="{wide - 4}" height="44" rx="6" class="{verdict}"/>'
        if len(run) > 1:
            kind = "bold" if verdict in ("wait", "need") else "on-fill"
            yield text(x + wide // 2, 327, title if verdict == "wait" else f"{title}: day {slot}", kind)
        else:
            yield sign(verdict, x + STEP // 2)
            edge, anchor = ends.get(at, (x + STEP // 2, "middle"))
            yield text(edge, 364, title, "bold", anchor)
        at += len(run)


def sign(verdict: str, x: int) -> str:
    """The sign of a verdict where its words do not fit: a tick, pause bars, a question mark."""
    if verdict == "need":
        return text(x, 328, "?", "bold")
    shape = "l5 6 10-12" if verdict == "give" else "m2-7v14m9-14v14"
    return f'<path d="M{x - 7} 322{shape}" class="mark"/>'


def told(of: Course, days: list[Decision]) -> Iterator[str]:
    """What was given, and what the last day says, in the program's words."""
    words = Words(days[-1])
    given = [f"{calendar_date(e.day)}: {show(e.fields['dose'])} mg given." for e in of.events if e.kind == "given"]
    said = [words.says(found) for found in days[-1].findings if found.act == "omit"]
    last = f"{calendar_date(days[-1].at)}: {words.headline()}"
    for line, sentence in enumerate([*given, *said, last]):
        yield text(LEFT, 400 + 22 * line, sentence, "", "start")


def draw() -> str:
    """The picture as SVG text; the same protocol and README give the same bytes."""
    protocol = load()
    of = patient(protocol)
    days = answers(protocol, of)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        f'<title id="t">The first 15 days of {escape(of.id)}</title>',
        f'<desc id="d">{escape(Words(days[-1]).headline())}</desc>',
        f"<style>\n{style()}\n</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" class="card"/>',
        text(LEFT, 40, f"{of.id}, cycle 1, January 2026: the answer on each day, before any dose", "bold", "start"),
        *calendar(),
        *chart(of, limit(days)),
        *strip(days),
        *told(of, days),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
