"""Prints looked at as a reader or a scanner does: their words, their ink, their bar codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pypdfium2
import zxingcpp
from tests.builders import PROTOCOL, READY, Told, course

from oncourse.decide import Decision, decide
from oncourse.prepare import Sheet, prepare
from oncourse.sheets.who import Printed, Who, who

POINTS = 72  # to the inch
DARK, LIGHT = 64, 224  # of 255: what is surely ink, and what is surely paper
SITE = "{timezone: Europe/Vienna, pharmacy_phone: ext 5120, patient_phone: 555 0142, ward: 7B}"
STORED = (
    "{timezone: Europe/Vienna, pharmacy_phone: ext 5120, ward: 7B, bag_storage: At most 4 hours at room temperature}"
)
ADA = {"name": "TESTCASE, Ada", "identifiers": [{"system": "MRN", "value": "000 4417"}], "allergies": "None known"}
PRINTED = Printed(datetime(2026, 1, 5, 9, 40, tzinfo=UTC), "adams")
ORDERED = (0, "ordered: {dose: 1.46 mg}")
AGAINST = (0, "ordered: {dose: 0.73 mg, against: [interruption-reduce], why: as in the trial}")
VIALS = "[{name: Besponsa, lot: EX1234, expiry: 2027-03-31}, {name: Besponsa, lot: EX1235, expiry: 2027-03-31}]"
VIAL = ("2026-01-05T09:00:00+01:00", f"reconstituted: {{vials: {VIALS}}}")
DILUTED = ("2026-01-05T09:30:00+01:00", "diluted: {volume: 50 mL}")
MADE = (*READY, ORDERED, VIAL, DILUTED)
LONG = "Testcase" * 25  # two hundred characters without a blank


@dataclass(frozen=True)
class Grey:
    """A page as a printer without colours lays it down: rows of grey from 0, black, to 255."""

    rows: tuple[bytes, ...]
    dots: int

    @property
    def edge(self) -> int:
        """The darkest grey within half a millimetre of the edge of the page."""
        wide = max(1, self.dots * 5 // 254)
        sides = (row[:wide] + row[-wide:] for row in self.rows)
        return min(chain(*self.rows[:wide], *self.rows[-wide:], *sides))

    def shares(self) -> dict[str, float]:
        """Of all that is not paper, how much is dark and how much is in between."""
        ink = [dot for row in self.rows for dot in row if dot < LIGHT]
        return {"dark": sum(dot < DARK for dot in ink) / len(ink), "all": len(ink) / sum(map(len, self.rows))}


def pages(pdf: bytes) -> list[str]:
    """The text of each page, as a reader copies it out."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\u200b", "").replace("\ufeff", "") for page in document]


def words(pdf: bytes) -> str:
    """All text of a print on one line."""
    return " ".join(" ".join(pages(pdf)).split())


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in whole millimetres."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [(round(page.get_width() * 25.4 / 72), round(page.get_height() * 25.4 / 72)) for page in document]


def greys(pdf: bytes, dots: int = 100) -> list[Grey]:
    """Each page laid down with so many dots to the inch."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [_grey(page.render(scale=dots / POINTS, grayscale=True), dots) for page in document]


def _grey(made: Any, dots: int) -> Grey:
    laid = bytes(made.buffer)
    rows = (laid[row * made.stride : row * made.stride + made.width] for row in range(made.height))
    return Grey(tuple(rows), dots)


def codes(grey: Grey) -> list[str]:
    """What a scanner reads on a page."""
    high, wide = len(grey.rows), len(grey.rows[0])
    laid = memoryview(b"".join(grey.rows)).cast("B", (high, wide))
    return [found.text for found in zxingcpp.read_barcodes(laid)]


def decision(*told: Told, at: str | None = None, site: str = SITE, **head: str | None) -> Decision:
    """The decision at a moment, of a site with all its telephones."""
    moment = None if at is None else datetime.fromisoformat(at)
    return decide(PROTOCOL, course(*told, site=site, **head), moment)


def sheet(*told: Told, at: str | None = None, site: str = SITE) -> Sheet:
    """What is prepared at a moment."""
    return prepare(decision(*told, at=at, site=site))


def ada(of: Sheet | Decision, **known: Any) -> Who:
    """The patient as a record knows her."""
    told = of.decision if isinstance(of, Sheet) else of
    return who(told.course, {**ADA, **known})


def missing(text: str, wanted: Sequence[str]) -> list[str]:
    """What a page does not say."""
    return [one for one in wanted if one not in text]
