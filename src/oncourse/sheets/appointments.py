"""The plan of a course as a file for the patient's calendar: visits, and the days on which precautions end.

A slot without a known time is a whole day; where times are known they are written in UTC, which no change
of the clocks moves. The file brings an older one up to date: what a calendar may hold from any earlier state
of the course, and the plan no longer has, is in it as cancelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from icalendar import Calendar
from icalendar import Event as Entry

from oncourse.clocks import bedside, clocks
from oncourse.course import day_of, history, zone_of
from oncourse.decide import Decision, decide
from oncourse.event import CORRECTED, EXPECT, Event
from oncourse.explain import Words, calendar_date
from oncourse.plan import FollowUp, Plan, Slot, plan
from oncourse.quantity import show
from oncourse.sheets.said import caption

MAKER = "-//Oncourse//Plan of a course//EN"
NOBODY = "invalid:nomail"  # a published entry must name an organizer, and nobody takes mail for one

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Appointment:
    """One entry: its state in iCalendar's word, a day or an instant, the end if it is known, and what it says."""

    status: str
    start: date
    what: str
    details: tuple[str, ...] = ()
    ends: datetime | None = None
    busy: bool = True


def ics(decision: Decision, stamped: datetime, sequence: int) -> bytes:
    """The calendar file of a course at the moment of a decision, as UTF-8 text of iCalendar.

    `stamped` is the instant of which the file tells, `sequence` a number that grows with every event told:
    of two files, calendars keep the entries of the higher number, then of the later instant.
    """
    calendar = Calendar()
    for name, value in (("version", "2.0"), ("prodid", MAKER), ("method", "PUBLISH")):
        calendar.add(name, value)
    for key, appointment in _appointments(decision).items():
        calendar.add_component(_entry(_uid(decision, key), appointment, stamped, sequence))
    return bytes(calendar.to_ical())


def asked(decision: Decision) -> datetime:
    """The instant that was asked about; for a day its last second, by the site's clocks or else in UTC."""
    if isinstance(decision.at, datetime):
        return decision.at
    return datetime.combine(decision.at, time(23, 59, 59, fold=1), zone_of(decision.course) or UTC)


def told(decision: Decision) -> int:
    """How many events had been told at the moment asked about; a correction counts whatever its date."""
    day = day_of(decision.course, decision.at)
    events = (event for event in decision.course.events if event.kind != EXPECT)
    return sum(event.kind == CORRECTED or event.day <= day for event in events)


def _uid(decision: Decision, key: Key) -> str:
    """The same for the same slot of the same patient, whatever was told, and the patient's id not in clear."""
    named = "\0".join((decision.protocol.id, decision.course.id, *key))
    return f"oncourse-{sha256(named.encode()).hexdigest()[:40]}"


def _entry(uid: str, of: _Appointment, stamped: datetime, sequence: int) -> Entry:
    entry = Entry()
    entry.add("uid", uid)
    entry.add("dtstamp", stamped)
    entry.add("sequence", sequence)
    entry.add("organizer", NOBODY)
    entry.add("class", "PRIVATE")
    entry.add("status", of.status)
    entry.add("transp", "OPAQUE" if of.busy else "TRANSPARENT")
    entry.add("dtstart", of.start)
    if of.ends is not None:
        entry.add("dtend", of.ends)
    entry.add("summary", of.what)
    if of.details:
        entry.add("description", "\n".join(map(_printable, of.details)))
    return entry


def _printable(text: str) -> str:
    """The text on one line, with whatever cannot be shown and could break the file replaced."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _appointments(decision: Decision) -> Mapping[Key, _Appointment]:
    """Every entry of the file: what is planned and was given, and what is gone, in the order first heard of."""
    ahead = plan(decision)
    doses = iter([event for event in history(decision.course, decision.at) if event.kind == "given"])
    now: dict[Key, _Appointment] = {}
    for key, part in _keyed(ahead):
        if isinstance(part, FollowUp):
            now[key] = _precaution(decision, part)
        else:
            now[key] = _visit(decision, part, next(doses) if part.status == "given" else None)
    return {
        key: now.get(key) or _cancelled(part) for key, part in {**_earlier(decision), **dict(_keyed(ahead))}.items()
    }


def _keyed(of: Plan) -> Iterator[tuple[Key, Slot | FollowUp]]:
    """What a plan puts into a calendar, by the name it keeps: a slot that is omitted is not in it."""
    seen: Counter[tuple[int, int]] = Counter()
    for slot in of.slots:
        if slot.status != "omitted":
            yield ("visit", str(slot.cycle), str(slot.day), str(seen[slot.cycle, slot.day])), slot
            seen[slot.cycle, slot.day] += 1
    for end in of.follow_up:
        yield ("until", end.id), end


def _earlier(decision: Decision) -> Mapping[Key, Slot | FollowUp]:
    """What the plan had after any event before the last, as it had it last: a calendar may hold all of it."""
    course, found, day = decision.course, dict[Key, Slot | FollowUp](), date.min
    for listed, event in enumerate(course.events, 1):
        if event.kind != EXPECT:
            day = max(day, event.day)
            at = day if day < day_of(course, decision.at) else decision.at
            found |= _keyed(plan(decide(decision.protocol, course, at, listed)))
    return found


def _says(name: str, /, **told: str) -> str:
    return caption(f"appointments.{name}", **told)


def _cancelled(part: Slot | FollowUp) -> _Appointment:
    """What an entry becomes that the plan no longer has; its title tells too, for not every calendar does."""
    if isinstance(part, FollowUp):
        return _Appointment("CANCELLED", part.until, _says("gone", what=_says("last-day")), busy=False)
    return _Appointment("CANCELLED", part.on, _says("gone", what=_title(part)), busy=False)


def _precaution(decision: Decision, of: FollowUp) -> _Appointment:
    words = Words(decision)
    says = words.fill(words.words["follow_up"][of.id], on=calendar_date(of.until))
    return _Appointment("CONFIRMED", of.until, _says("last-day"), (says, *_foot(decision)), busy=False)


def _title(slot: Slot) -> str:
    return _says("visit", cycle=str(slot.cycle), day=str(slot.day))


def _visit(decision: Decision, slot: Slot, dose: Event | None) -> _Appointment:
    """A slot: on the day it is planned for, or when its dose was given."""
    not_recorded = Words(decision).words["findings"]["not-recorded"]
    mg = not_recorded if slot.mg is None else f"{show(slot.mg)} mg"
    drug = decision.protocol.drug["name"]
    if dose is not None:
        start, ends = _hours(decision, dose)
        details = drug, _says("given", mg=mg), *_foot(decision)
        return _Appointment("CONFIRMED", start, _title(slot), details, ends)
    conditions = (_says("condition", condition=condition) for condition in slot.conditions)
    details = drug, _says("planned", mg=mg), *conditions, _says("may-change"), *_foot(decision)
    unsure = slot.conditions or (slot.status == "due" and decision.verdict in ("hold", "judge"))
    return _Appointment("TENTATIVE" if unsure else "CONFIRMED", slot.on, _title(slot), details)


def _hours(decision: Decision, dose: Event) -> tuple[date, datetime | None]:
    """From the start of the infusion, or the instant of the dose, to the end of the watch; else the day alone."""
    if dose.instant is None:
        return dose.day, None
    course, rules = decision.course, decision.protocol.preparation
    zone = zone_of(course) or dose.instant.tzinfo
    midnight = datetime.combine(dose.day + timedelta(days=1), time(), zone)
    state = bedside(history(course, decision.at), rules, midnight, zone)
    start = min(dose.instant, state.started or dose.instant).astimezone(UTC)
    watched = {clock.id: clock.at for clock in clocks(state, rules)}.get("observe-until")
    ends = state.watch_ended or watched
    return start, ends if ends is not None and ends > start else None


def _foot(decision: Decision) -> Iterator[str]:
    """Whom to ask, and of what state of the record this tells."""
    if phone := decision.course.site.get("patient_phone"):
        yield _says("call", phone=str(phone))
    on = calendar_date(day_of(decision.course, decision.at))
    yield _says("as-of", on=on, protocol=f"{decision.protocol.id} {decision.protocol.version}")
