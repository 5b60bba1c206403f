"""Any number of synthetic courses: the course of six cycles cut after 50 events, under other ids and on other days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from yardstick import SIX_CYCLES

EVENTS = 50
DAYS = 9000  # back from 2026, to 2001
DATE = re.compile(r"\d{4}-\d\d-\d\d")
LINES = SIX_CYCLES.read_text(encoding="utf-8").splitlines()
TOLD = [line for line in LINES if line.startswith("- ")]


@dataclass(frozen=True, slots=True)
class Synthetic:
    """The course of that number; nobody's, as its id says."""

    number: int

    @property
    def id(self) -> str:
        """Its name in the record."""
        return f"synthetic-{self.number:06}"

    @property
    def document(self) -> tuple[str, str]:
        """The name of its file, and its text."""
        lines = (line for line in LINES if not line.startswith(("- ", "#")))
        text = "\n".join([*lines, *TOLD[:EVENTS]])
        return f"{self.id}.yaml", self._moved(text.replace("id: B-01", f"id: {self.id}"))

    @property
    def given(self) -> str:
        """The event that comes after those of the document: a dose, which is signed."""
        return self._moved(TOLD[EVENTS].removeprefix("- "))

    @property
    def labs(self) -> str:
        """The event after that, which nobody signs."""
        return self._moved(TOLD[EVENTS + 1].removeprefix("- "))

    @property
    def day(self) -> date:
        """The day of that dose."""
        found = DATE.search(self.given)
        assert found is not None
        return date.fromisoformat(found[0])

    def _moved(self, text: str) -> str:
        back = timedelta(days=self.number * 7919 % DAYS)  # a prime, so that neighbours are far apart
        return DATE.sub(lambda found: (date.fromisoformat(found[0]) - back).isoformat(), text)


def courses(number: int) -> Iterator[Synthetic]:
    """The first so many of them."""
    return map(Synthetic, range(1, number + 1))
