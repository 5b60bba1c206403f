"""The public cases of a protocol, read once, and put to any protocol: the first answer that differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from oncourse import course as courses
from oncourse.answer import answer, dumps, plan_answer, sheet_answer
from oncourse.cases import run
from oncourse.course import Course
from oncourse.decide import Decision, Disagreement, decide
from oncourse.dose import DoseRefused
from oncourse.plan import plan
from oncourse.prepare import prepare
from oncourse.protocol import Protocol

PERMIT, CEILING, CRASH = "permit", "ceiling", "crash"
_RICH = ("worked", "courses")  # long courses, tried early


class Case(NamedTuple):
    """One course with its folder and file name, and what it is held against."""

    folder: str
    file: str
    course: Course
    differs: Callable[[Protocol], bool]


@dataclass(frozen=True, slots=True)
class Suite:
    """Every case of a protocol."""

    cases: tuple[Case, ...]

    def killer(self, protocol: Protocol, near: str = "") -> str:
        """The first case that differs under that protocol, those near it first; nothing if all hold.

        Where the engine itself refuses to answer, the name of its own guard.
        """
        for case in sorted(self.cases, key=lambda case: case.folder != near):
            try:
                if case.differs(protocol):
                    return f"case {case.folder}/{case.file}"
            except Disagreement:
                return PERMIT
            except DoseRefused:
                return CEILING
            except Exception:  # noqa: BLE001 - a broken protocol may break in any way, and is caught in each
                return CRASH
        return ""


def read_suite(protocol: Protocol) -> Suite:
    """The cases beside a protocol, in the order in which they are tried."""
    files = sorted((protocol.folder / "cases").rglob("*.yaml"), key=lambda path: (path.parent.name not in _RICH, path))
    return Suite(tuple(case for file in files for case in _of_file(protocol, file)))


def _of_file(protocol: Protocol, file: Path) -> Iterator[Case]:
    course = courses.read(file.read_bytes(), file.name, protocol.vocabulary)
    folder = file.parent.name
    yield Case(folder, file.name, course, lambda changed: bool(run(changed, course)[1]))
    for ending, told in _TOLD.items():
        beside = file.with_suffix(ending)
        if beside.exists():
            yield Case(folder, beside.name, course, _against(beside, course, told))


def _against(file: Path, course: Course, told: Callable[[Decision], dict[str, Any]]) -> Callable[[Protocol], bool]:
    expected = json.loads(file.read_text(encoding="utf-8"), parse_float=Fraction)
    at = moment_at(course, expected["at"])

    def differs(protocol: Protocol) -> bool:
        found = json.loads(dumps(told(decide(protocol, course, at))), parse_float=Fraction)
        return any(True for _ in differing(comparable(expected), comparable(found)))

    return differs


_TOLD: dict[str, Callable[[Decision], dict[str, Any]]] = {
    ".json": answer,
    ".plan.json": lambda decision: {"at": decision.at, **plan_answer(plan(decision))},
    ".prepare.json": lambda decision: sheet_answer(prepare(decision)),
}


def moment_at(case: Course, at: str) -> date | datetime:
    """The moment of a course that is written so; its last if none is."""
    return next((event.at for event in case.events if event.at.isoformat() == at), None) or case.events[-1].at


def differing(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Every key of the expected answer that the found one does not meet; a clause may cite more than was named."""
    if where.endswith(".cites") and set(expected) <= set(found):
        return
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected:
            yield from differing(expected[key], found.get(key, "missing"), f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differing(one, other, f"{where}[{place}]")
    elif expected != found:
        yield f"{where}: expected {expected}, found {found}"


def comparable(told: dict[str, Any]) -> dict[str, Any]:
    """An answer without what it leaves to the program, its findings sorted within each act."""
    told = {key: value for key, value in told.items() if key != "headline"}
    if "protocol" in told:
        told["protocol"] = {"id": told["protocol"]["id"]}
    if "findings" in told:
        told["findings"] = _sorted(told["findings"])
    return told


def _sorted(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [{key: value for key, value in finding.items() if key != "says"} for finding in findings]
    acts = list(dict.fromkeys(finding["act"] for finding in found))
    return sorted(found, key=lambda finding: (acts.index(finding["act"]), finding["clause"]))
