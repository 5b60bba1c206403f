"""Who a sheet is about and who printed it when: what stands on every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from oncourse.course import Course
from oncourse.explain import calendar_date
from oncourse.problem import Refused
from oncourse.sheets.said import caption

SHORT = 28  # characters


@dataclass(frozen=True, slots=True)
class Who:
    """One patient as paper names them: `numbers` are identifiers with their system, such as MRN 000 4417.

    `name`, `born`, `sex`, `ward` and `allergies` are None where the record has none. `synthetic` is nobody: a patient
    made up to try the program.
    """

    course: str
    name: str | None
    numbers: tuple[str, ...]
    born: date | None
    sex: str | None
    ward: str | None
    allergies: str | None
    synthetic: bool

    @property
    def two(self) -> tuple[str, str]:
        """The two identifiers of every page; raises Refused where the record has fewer."""
        return _two(list(self._known()))

    @property
    def short(self) -> tuple[str, str]:
        """Two identifiers that have room on the smallest label: without the name where others do."""
        known = list(self._known())
        return _two([one for one in known if len(one) <= SHORT] if len(known) > 2 else known)

    def _known(self) -> Iterator[str]:
        if self.name:
            yield self.name
        yield from self.numbers
        if self.born:
            yield caption("born", on=calendar_date(self.born))
        yield caption("course", id=self.course)


def _two(known: Sequence[str]) -> tuple[str, str]:
    if len(known) < 2:
        raise Refused(caption("refused.identifiers"), caption("refused.add-identifiers"))
    return known[0], known[1]


@dataclass(frozen=True, slots=True)
class Printed:
    """The moment of a print, an instant on the site's wall or the end of a day, and who printed it.

    Without a moment there is a place to write it.
    """

    at: date | datetime | None
    by: str

    @property
    def said(self) -> str:
        """When and by whom, as it stands on every page."""
        return caption("printed", at=caption("line") if self.at is None else moment(self.at), by=self.by)


def who(course: Course, known: Mapping[str, Any] | None = None) -> Who:
    """The patient of a course; `known` is what a record shows of them: name, identifiers, allergies, synthetic."""
    known = known or {}
    numbers = (f"{one.get('system') or ''} {one['value']}".strip() for one in known.get("identifiers") or ())
    return Who(
        course=course.id,
        name=str(known.get("name") or "").strip() or None,
        numbers=tuple(numbers),
        born=course.born,
        sex=course.sex,
        ward=course.site.get("ward"),
        allergies=known.get("allergies"),
        synthetic=known.get("synthetic") == "yes",
    )


def moment(at: date | datetime) -> str:
    """An instant as 05-Jan-2026 09:40; a date means the end of that day."""
    if isinstance(at, datetime):
        return f"{calendar_date(at.date())} {at:%H:%M}"
    return caption("end-of-day", day=calendar_date(at))
