"""Paper asked for on the command line: of the moment asked about, so that it can be repeated."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from oncourse.course import Course, zone_of
from oncourse.decide import Decision
from oncourse.faces.written import write
from oncourse.prepare import Sheet
from oncourse.protocol import Protocol
from oncourse.sheets.calendar import calendar
from oncourse.sheets.downtime import downtime
from oncourse.sheets.labels import worksheet_and_labels
from oncourse.sheets.summary import summary
from oncourse.sheets.who import Printed, who

BY = "the command line"


def preparation(sheet: Sheet, paper: str, path: Path) -> None:
    """Write the worksheet, with the labels that may be printed yet."""
    told = sheet.decision.course
    write(path, worksheet_and_labels(sheet, who(told), printed(told, sheet.decision.at), paper))


def course(decision: Decision, paper: str, ahead: Path | None, behind: Path | None) -> None:
    """Write the patient's calendar, the treatment summary, or both; neither if one of them cannot be made."""
    asked = decision, who(decision.course), printed(decision.course, decision.at), paper
    made = [(path, sheet(*asked)) for path, sheet in ((ahead, calendar), (behind, summary)) if path is not None]
    for path, content in made:
        write(path, content)


def pack(protocol: Protocol, paper: str, path: Path) -> None:
    """Write the pack for when nothing runs; it has a line for the day on which it was printed."""
    write(path, downtime(protocol, Printed(None, BY), paper))


def printed(course: Course, at: date | datetime) -> Printed:
    """The moment asked about, on the site's wall: the same question gives the same paper."""
    return Printed(at.astimezone(zone_of(course) or at.tzinfo) if isinstance(at, datetime) else at, BY)
