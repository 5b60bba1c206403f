"""Paper asked for on the command line: of the moment asked about, written whole or not at all."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from oncourse.course import Course, zone_of
from oncourse.decide import Decision
from oncourse.prepare import Sheet
from oncourse.problem import Refused
from oncourse.protocol import Protocol
from oncourse.sheets.calendar import calendar
from oncourse.sheets.downtime import downtime
from oncourse.sheets.labels import worksheet_and_labels
from oncourse.sheets.summary import summary
from oncourse.sheets.who import Printed, who

BY = "the command line"


def preparation(sheet: Sheet, paper: str, path: Path) -> None:
    """Save the worksheet, with the labels that may be printed yet."""
    told = sheet.decision.course
    save(worksheet_and_labels(sheet, who(told), printed(told, sheet.decision.at), paper), path)


def ahead(decision: Decision, paper: str, path: Path) -> None:
    """Save the patient's calendar."""
    save(calendar(decision, who(decision.course), printed(decision.course, decision.at), paper), path)


def behind(decision: Decision, paper: str, path: Path) -> None:
    """Save the treatment summary."""
    save(summary(decision, who(decision.course), printed(decision.course, decision.at), paper), path)


def pack(protocol: Protocol, paper: str, path: Path) -> None:
    """Save the pack for when nothing runs; it has a line for the day on which it was printed."""
    save(downtime(protocol, Printed(None, BY), paper), path)


def printed(course: Course, at: date | datetime) -> Printed:
    """The moment asked about, on the site's wall: the same question gives the same paper."""
    return Printed(at.astimezone(zone_of(course) or at.tzinfo) if isinstance(at, datetime) else at, BY)


def save(made: bytes, path: Path) -> None:
    """Write a print whole or not at all; raises Refused where it cannot be written."""
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_bytes(made)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Refused(f"{path} cannot be written: {error.strerror or error}", "give another file") from None
