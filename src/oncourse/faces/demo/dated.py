"""The invented patients: course documents whose dates count from today, and those documents as of a day.

A file has two YAML documents: who the patient is, then the course. In both, `day-14` is a fortnight ago and `day+7` in
a week, `day-14T09:40` an instant on the wall of the site, and `years-47-days-120` a birth. `day-0` is today. A third
document is what the staff has told of a dose in hand, each by their account: `now-25` is 25 minutes ago, `wall-25` the
same on the wall of the site, and `worksheet` the number on the bag. Order and first vial are of one minute there, and
so are premedication and start: each pair must be of one day, also just after midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).with_name("patients")
ABOUT = re.compile(
    r"# (?P<story>.+)\n# See: (?P<see>.+)\n(?P<who>(?s:.+?))---\n(?P<course>(?s:.+?))(?:---\n(?P<told>(?s:.+)))?"
)
ZONE = re.compile(r"^site: .*\btimezone: ([\w/+-]+)", re.MULTILINE)
DAY = re.compile(r"\bday([+-][0-9]+)(?:T([0-9]{2}:[0-9]{2}))?(?![\w-])")
MINUTES = re.compile(r"\b(now|wall)-([0-9]+)\b")
BY = re.compile(r" by: ([\w-]+),")
BIRTH = re.compile(r"\byears-([0-9]+)-days-([0-9]+)\b")


@dataclass(frozen=True)
class Invented:
    """One patient: the number of the file, the story, what to look at, who it is, and the course, not yet dated.

    `told` is what the staff has told since, if anything.
    """

    number: str
    story: str
    see: str
    who: str
    course: str
    told: str | None = None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the site that treats this patient."""
        found = ZONE.search(self.course)
        assert found is not None, self.number
        return ZoneInfo(found[1])

    def dated(self, now: datetime) -> str:
        """The course document when it is `now`."""
        return self._dated(self.course, now)

    def _dated(self, text: str, now: datetime) -> str:
        today = now.astimezone(self.zone).date()

        def moment(found: re.Match[str]) -> str:
            day = today + timedelta(days=int(found[1]))
            if found[2] is None:
                return day.isoformat()
            return datetime.combine(day, time.fromisoformat(found[2]), self.zone).isoformat(timespec="minutes")

        def birth(found: re.Match[str]) -> str:
            return (_years_before(today, int(found[1])) - timedelta(days=int(found[2]))).isoformat()

        return BIRTH.sub(birth, DAY.sub(moment, text))

    def steps(self, now: datetime) -> Iterator[tuple[str, str]]:
        """The account and the event of each thing that the staff has told, when it is `now`."""

        def moment(found: re.Match[str]) -> str:
            at = (now - timedelta(minutes=int(found[2]))).astimezone(self.zone)
            return f"{at:%H:%M}" if found[1] == "wall" else at.isoformat(timespec="minutes")

        for line in self._dated(self.told or "", now).splitlines():
            event = MINUTES.sub(moment, line.removeprefix("- "))
            found = BY.search(event)
            assert found is not None, line
            yield found[1], BY.sub("", event)


def invented() -> Iterator[Invented]:
    """Every patient of the demo, by number."""
    for file in sorted(FOLDER.glob("*.yaml")):
        found = ABOUT.fullmatch(file.read_text(encoding="utf-8"))
        assert found is not None, file.name
        yield Invented(file.stem.partition("-")[0], **found.groupdict())


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; the 28th where February has no 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
