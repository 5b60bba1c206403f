"""Calendars as their owners have them: a file read by two readers, and entries that later files replace."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import icalendar
import vobject


class Entry(NamedTuple):
    """An entry as a calendar reads it: its days or instants in UTC."""

    uid: str
    sequence: int
    stamped: datetime
    status: str
    start: date
    end: date | None
    summary: str
    description: str


def first_reader(content: bytes) -> list[Entry]:
    """The entries as icalendar reads them."""
    calendar: Any = icalendar.Calendar.from_ical(content)
    return [
        Entry(
            str(one["uid"]),
            int(one["sequence"]),
            one["dtstamp"].dt,
            str(one["status"]),
            utc(one["dtstart"].dt),
            utc(one["dtend"].dt) if "dtend" in one else None,
            str(one["summary"]),
            str(one.get("description", "")),
        )
        for one in calendar.walk("VEVENT")
    ]


def second_reader(content: bytes) -> list[Entry]:
    """The entries as vobject reads them."""
    calendar: Any = vobject.readOne(content.decode())
    return [
        Entry(
            one.uid.value,
            int(one.sequence.value),
            utc(one.dtstamp.value),
            one.status.value,
            utc(one.dtstart.value),
            utc(one.dtend.value) if hasattr(one, "dtend") else None,
            one.summary.value,
            one.description.value if hasattr(one, "description") else "",
        )
        for one in calendar.contents.get("vevent", [])
    ]


def utc(moment: Any) -> Any:
    """An instant in UTC; a day is a day."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


def entries(content: bytes) -> list[Entry]:
    """What both readers read, which is the same; no entry is there twice."""
    read = first_reader(content)
    assert read == second_reader(content)
    assert len({one.uid for one in read}) == len(read)
    return read


class Phone:
    """A calendar that takes in files as RFC 5546 has it: higher numbers win, then later stamps; cancelled is gone."""

    def __init__(self) -> None:
        self.known: dict[str, Entry] = {}

    def take(self, content: bytes) -> "Phone":
        """Bring the calendar up to date with a file."""
        for one in entries(content):
            before = self.known.get(one.uid)
            if before is None or (one.sequence, one.stamped) >= (before.sequence, before.stamped):
                self.known[one.uid] = one
        return self

    def shown(self) -> list[tuple[str, date, str]]:
        """What its owner sees."""
        kept = (one for one in self.known.values() if one.status != "CANCELLED")
        return sorted(((one.summary, one.start, one.status) for one in kept), key=str)


def visits(content: bytes) -> dict[str, Entry]:
    """The entries of a file by their titles."""
    return {one.summary: one for one in entries(content)}
