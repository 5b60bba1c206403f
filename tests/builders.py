"""Courses in the domain's own notation: what happened on which day, counted from the first; and the case suite."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from oncourse import course as courses
from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.event import EXPECT, Event
from oncourse.protocol_file import load

PROTOCOL = load("inotuzumab-ozogamicin")
CASES = PROTOCOL.folder / "cases"
FIRST = date(2026, 1, 5)

ENROLLED = (
    "enrolled: {disease: relapsed, cd22: positive, transplant: not planned, "
    "childbearing_potential: false, contraindications: []}"
)
MEASURED = "measured: {height: 170 cm, weight: 70 kg}"
LIVER = "labs: {bilirubin: 0.8 ULN, ast: 1.0 ULN, alt: 1.0 ULN}"
ALL_LABS = "labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, blasts: 2 10*9/L, bilirubin: 0.8 ULN, ast: 1 ULN, alt: 1 ULN}"
READY = ((0, ENROLLED), (0, MEASURED), (0, ALL_LABS))
STARTED = (*READY, (0, "given: {dose: 1.46 mg}"))
CYCLE_1 = (
    *STARTED,
    (7, LIVER),
    (7, "given: {dose: 0.91 mg}"),
    (14, LIVER),
    (14, "given: {dose: 0.91 mg}"),
    (18, "response: {status: none, mrd: positive}"),
)
Told = tuple[int | str, str]


def on(day: int) -> date:
    """The date so many days after the first."""
    return FIRST + timedelta(day)


def document(*told: Told, born: str | None = "1961-09-17", sex: str | None = "male", site: str = "{}") -> str:
    """A course document; a day is a number of days from the first, or an instant written out."""
    patient = {"id": "T-1"} | {key: value for key, value in (("born", born), ("sex", sex)) if value is not None}
    said = ", ".join(f"{key}: {value}" for key, value in patient.items())
    head = f"oncourse: 1\nprotocol: inotuzumab-ozogamicin\npatient: {{{said}}}\nsite: {site}\n"
    lines = [f"- {{at: {on(day) if isinstance(day, int) else day}, {event}}}\n" for day, event in told]
    return head + ("events:\n" + "".join(lines) if lines else "events: []\n")


def course(*told: Told, born: str | None = "1961-09-17", sex: str | None = "male", site: str = "{}") -> Course:
    """The course of a document with those events."""
    return courses.read(document(*told, born=born, sex=sex, site=site), "test", PROTOCOL.vocabulary)


def decided(*told: Told, at: int | None = None, site: str = "{}") -> Decision:
    """The decision for those events, at the end of a day."""
    return decide(PROTOCOL, course(*told, site=site), None if at is None else on(at))


def clauses(decision: Decision) -> list[str]:
    """The clauses of a decision, in its order."""
    return [found.clause for found in decision.findings]


class Moment(NamedTuple):
    """A course of the suite at one of its expectations."""

    path: Path
    course: Course
    listed: int
    expected: Event

    def decision(self) -> Decision:
        """What is decided there."""
        return decide(PROTOCOL, self.course, self.expected.at, self.listed)

    def so_far(self) -> Course:
        """The course with only what is listed above the expectation, and happened by then."""
        return replace(self.course, events=tuple(happened(self.course.events[: self.listed])))


def happened(events: Sequence[Event]) -> Iterator[Event]:
    """The events without the expectations."""
    return (event for event in events if event.kind != EXPECT)


@cache
def suite() -> tuple[tuple[Path, Course], ...]:
    """Every course of the case suite with its file."""
    files = sorted(CASES.rglob("*.yaml"))
    return tuple((file, courses.read(file.read_bytes(), file.name, PROTOCOL.vocabulary)) for file in files)


@cache
def moments() -> tuple[Moment, ...]:
    """Every expectation of the suite."""
    return tuple(
        Moment(path, case, listed, event)
        for path, case in suite()
        for listed, event in enumerate(case.events)
        if event.kind == EXPECT
    )


@cache
def _told(text: str) -> Event:
    return course((0, text)).events[0]


def event(day: date, text: str) -> Event:
    """One event, as a document would say it, on that day."""
    return replace(_told(text), day=day)


def also(before: Course, day: date, *texts: str) -> Course:
    """The course with those events listed after all others."""
    return replace(before, events=(*before.events, *(event(day, text) for text in texts)))
