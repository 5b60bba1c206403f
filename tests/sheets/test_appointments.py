"""The calendar file: two readers agree on it, what changed replaces, what is gone is cancelled, and little is told."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.builders import ALL_LABS, CYCLE_1, ENROLLED, LIVER, MEASURED, PROTOCOL, READY, STARTED, course, moments, on
from tests.sheets.calendars import Entry, Phone, entries, visits
from tests.text_rules import faults, long_sentences
from tests.walks import walked

from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.plan import plan
from oncourse.sheets.appointments import asked, ics, told

PLANNED = ENROLLED.replace("not planned", "planned")
MEN = ENROLLED.replace("childbearing_potential: false", "partner_childbearing: true")

TWO_CYCLES = (
    *CYCLE_1[1:],
    (21, ALL_LABS),
    *((day, f"given: {{dose: {mg} mg}}") for day, mg in ((21, "1.46"), (28, "0.91"), (35, "0.91"))),
)


def made(of: Decision) -> bytes:
    """The file at the moment of a decision."""
    return ics(of, asked(of), told(of))


def file(of: Course, at: date | datetime | None = None) -> bytes:
    """The file of a course at a moment."""
    return made(decide(PROTOCOL, of, at))


def test_every_slot_is_a_day_of_the_plan() -> None:
    """Each slot ahead is an entry on its day; one that hangs on something is tentative."""
    of = decide(PROTOCOL, course(*STARTED))
    slots = {f"Medicine visit, cycle {slot.cycle}, day {slot.day}": slot for slot in plan(of).slots}
    read = visits(made(of))
    assert len(slots) == 18 and set(slots) < set(read)
    for title, slot in slots.items():
        assert read[title].start == slot.on and read[title].end is None
        assert (read[title].status == "TENTATIVE") == bool(slot.conditions)
    assert {slot.status for slot in slots.values()} == {"given", "due", "planned", "conditional"}


@pytest.mark.parametrize("moment", moments()[::12], ids=lambda moment: moment.path.stem)
@pytest.mark.uncounted
def test_the_cases_read_alike(moment: Any) -> None:
    """Two readers agree on every entry of the suite's courses, whose dates are the plan's."""
    of = decide(PROTOCOL, moment.so_far(), moment.expected.at)
    read = [one for one in entries(made(of)) if one.status != "CANCELLED"]
    days = [one.start.astimezone(UTC).date() if isinstance(one.start, datetime) else one.start for one in read]
    ahead = plan(of)
    dates = [slot.on for slot in ahead.slots if slot.status != "omitted"] + [end.until for end in ahead.follow_up]
    assert sorted(days) == sorted(dates)


CHANGES = [
    ("America/New_York", "2026-11-01T01:15-04:00", "2026-11-01T01:15-05:00"),
    ("America/New_York", "2026-03-08T01:45-05:00", "2026-03-08T03:45-04:00"),
    ("Europe/Berlin", "2026-10-25T02:15+02:00", "2026-10-25T02:15+01:00"),
    ("Europe/Berlin", "2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"),
    ("Australia/Lord_Howe", "2026-04-05T01:45+11:00", "2026-04-05T02:15+10:30"),
    ("Australia/Lord_Howe", "2026-10-04T01:30+10:30", "2026-10-04T03:00+11:00"),
    ("America/Santiago", "2026-04-04T23:15-03:00", "2026-04-04T23:15-04:00"),
    ("America/Santiago", "2026-09-06T01:15-03:00", "2026-09-06T02:15-03:00"),
]


@pytest.mark.parametrize(("zone", "started", "finished"), CHANGES)
def test_instants_hold_across_a_change_of_the_clocks(zone: str, started: str, finished: str) -> None:
    """The visit of that night is as long as it was, and those after it stay on their days."""
    begun, ended = datetime.fromisoformat(started), datetime.fromisoformat(finished)
    day = begun.date()
    before = (day - on(0)).days
    of = course(
        (before, ENROLLED),
        (before, MEASURED),
        (before, ALL_LABS),
        (f"{day}T00:30{started[-6:]}", "reconstituted: {}"),
        (started, "infusion: {state: started}"),
        (finished, "infusion: {state: finished}"),
        (finished, "given: {dose: 1.46 mg}"),
        site=f"{{timezone: {zone}}}",
    )
    read = visits(file(of))
    visit = read["Medicine visit, cycle 1, day 1"]
    watched = PROTOCOL.preparation.clocks["observation"].amount
    assert watched is not None
    assert visit.start == begun.astimezone(UTC)
    assert visit.end == ended.astimezone(UTC) + timedelta(hours=int(watched))
    starts = [read[f"Medicine visit, cycle 1, day {one}"].start for one in (8, 15)]
    assert starts == [day + timedelta(7), day + timedelta(14)]


@pytest.mark.parametrize(("zone", "first", "second"), CHANGES)
def test_stamps_follow_the_clock_of_the_site(zone: str, first: str, second: str) -> None:
    """A file of a day is newer than any of an instant of that day, whatever its clocks do."""
    of = course(*READY, site=f"{{timezone: {zone}}}")
    instants = [datetime.fromisoformat(first), datetime.fromisoformat(second)]
    day = instants[1].date()
    stamps = [asked(decide(PROTOCOL, of, at)).astimezone(UTC) for at in (*instants, day)]
    assert stamps == sorted(stamps) and stamps[:2] == [at.astimezone(UTC) for at in instants]
    around = [(stamps[2] + timedelta(seconds=more)).astimezone(ZoneInfo(zone)).date() for more in (0, 1)]
    assert around == [day, day + timedelta(1)]


def test_a_dose_with_its_time_is_an_instant() -> None:
    """Without an infusion on record the visit begins at the time of the dose, and nobody knows when it ended."""
    of = course(*READY, ("2026-01-05T10:40+01:00", "given: {dose: 1.46 mg}"))
    visit = visits(file(of))["Medicine visit, cycle 1, day 1"]
    assert (visit.start, visit.end) == (datetime(2026, 1, 5, 9, 40, tzinfo=UTC), None)
    written = re.findall(rb"\r\nDT[^\r]+", file(of, datetime.fromisoformat("2026-01-05T12:00+01:00")))
    assert len(written) == 38 and b"\r\nDTSTAMP:20260105T110000Z" in written
    assert [line for line in written if not re.search(rb"T\d{6}Z|;VALUE=DATE:\d{8}", line)] == []


def test_what_was_watched_ends_the_visit() -> None:
    """The end of the watch that is on record counts, and only once it is reached."""
    of = course(
        *READY,
        ("2026-01-05T10:00+01:00", "reconstituted: {}"),
        ("2026-01-05T10:30+01:00", "infusion: {state: started}"),
        ("2026-01-05T11:00+01:00", "given: {dose: 1.46 mg}"),
        ("2026-01-05T11:30+01:00", "infusion: {state: finished}"),
        ("2026-01-05T13:10+01:00", "observed: {watch_ended: yes}"),
    )
    ends = {
        f"{at:%H:%M}": visits(file(of, at))["Medicine visit, cycle 1, day 1"].end
        for at in (datetime(2026, 1, 5, hour, 20, tzinfo=UTC) for hour in (10, 11, 12))
    }
    assert ends == {
        "10:20": None,
        "11:20": datetime(2026, 1, 5, 11, 30, tzinfo=UTC),
        "12:20": datetime(2026, 1, 5, 12, 10, tzinfo=UTC),
    }


def test_an_update_replaces() -> None:
    """A dose given late moves what follows: the same entries, a higher number, the new days, nothing twice."""
    before = course(*STARTED)
    after = course(*STARTED, (10, LIVER), (10, "given: {dose: 0.91 mg}"))
    old, new = entries(file(before)), entries(file(after))
    assert [one.uid for one in old] == [one.uid for one in new if one.uid in {one.uid for one in old}]
    assert {one.sequence for one in old} == {4} and {one.sequence for one in new} == {6}
    phone = Phone().take(file(before)).take(file(after))
    assert phone.shown() == Phone().take(file(after)).shown() != Phone().take(file(before)).shown()
    assert ("Medicine visit, cycle 1, day 15", on(16), "CONFIRMED") in phone.shown()


def test_an_older_file_changes_nothing() -> None:
    """Files that come in the wrong order leave what the newest says; of a day without events too."""
    before, after = course(*STARTED), course(*STARTED, (3, "stopped: {reason: wish}"))
    for old, new in ((file(before), file(after)), (file(before, on(9)), file(before, on(12)))):
        assert Phone().take(new).take(old).shown() == Phone().take(new).shown() != Phone().take(old).shown()


GONE = {
    "a slot omitted by time": (course(*STARTED), course(*STARTED), on(15), "cycle 1, day 8"),
    "a slot given up": (course(*STARTED), course(*STARTED, (7, "omitted: {reason: liver}")), None, "cycle 1, day 8"),
    "a course that ended": (
        course(*STARTED),
        course(*STARTED, (3, "stopped: {reason: wish}")),
        None,
        "cycle 1, day 15",
    ),
    "fewer cycles": (course(*READY), course(*READY, (0, "replanned: {transplant: planned}")), None, "cycle 4, day 1"),
    "no third cycle": (
        course((0, PLANNED), *TWO_CYCLES),
        course((0, PLANNED), *TWO_CYCLES, (36, "response: {status: CR, mrd: negative}")),
        None,
        "cycle 3, day 1",
    ),
}


@pytest.mark.parametrize(("before", "after", "at", "slot"), GONE.values(), ids=GONE)
def test_a_cancellation_cancels(before: Course, after: Course, at: date | None, slot: str) -> None:
    """What is gone is in the new file under the name it had, as cancelled, and then in no calendar."""
    title = f"Medicine visit, {slot}"
    was, now = visits(file(before))[title], visits(file(after, at))[f"Cancelled: {title}"]
    assert (now.uid, now.start, now.status) == (was.uid, was.start, "CANCELLED")
    assert (now.sequence, now.stamped) > (was.sequence, was.stamped)
    phone = Phone().take(file(before))
    assert title in {one[0] for one in phone.shown()}
    assert title not in {one[0] for one in phone.take(file(after, at)).shown()}


def test_what_was_never_planned_is_not_cancelled() -> None:
    """A first file holds no cancellations, and a course that never began has no entries."""
    assert "CANCELLED" not in {one.status for one in entries(file(course(*READY)))}
    assert entries(file(course((0, MEASURED)))) == []


def test_what_was_told_late_is_brought_up_to_date_too() -> None:
    """A fact of an earlier day that was entered later, and then taken back, leaves nothing in a calendar."""
    partner = "enrolled: {{partner_childbearing: {}}}".format
    of = course((-2, ENROLLED), (-2, partner("no")), *STARTED[1:], (-1, partner("yes")), (0, partner("no")))
    phone = Phone().take(file(replace(of, events=of.events[:-1])))
    assert "Medicine precaution, last day" in {one[0] for one in phone.shown()}
    assert not any("precaution" in one[0] for one in phone.take(file(of)).shown())


def test_a_dose_struck_from_the_record_is_planned_again() -> None:
    """A correction brings the slot back under its name, and takes away the ends of precautions."""
    of = course(*READY, (0, "id: d1, given: {dose: 1.46 mg}"), (1, "corrected: {event: d1}"))
    before = replace(of, events=of.events[:-1])
    phone = Phone().take(file(before)).take(file(of))
    assert phone.shown() == Phone().take(file(of)).shown()
    assert {one.sequence for one in entries(file(of))} == {5}
    assert entries(file(of, on(0)))[0].sequence == 5


def test_a_slot_given_again_after_its_omission_is_one_entry() -> None:
    """A dose for a slot that time had taken away takes up its entry; two doses for one slot are two."""
    late = course(*STARTED, (14, LIVER), (14, "given: {dose: 0.91 mg, cycle: 1, day: 8}"))
    name = "Medicine visit, cycle 1, day 8"
    assert visits(file(late))[name].uid == visits(file(course(*STARTED)))[name].uid
    twice = course(*STARTED, (7, "given: {dose: 0.91 mg}"), (9, "given: {dose: 0.91 mg, cycle: 1, day: 8}"))
    assert [one.start for one in entries(file(twice)) if one.summary == name] == [on(7), on(9)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_a_calendar_is_as_the_last_file_has_it(random: Random) -> None:
    """Whatever was told and whichever files came before, a calendar shows what it would show with the last alone."""
    of = walked(random)
    last = of.events[-1].day + timedelta(random.choice((0, 1, 8, 30)))
    phone = Phone()
    for listed in sorted(random.sample(range(1, len(of.events)), min(3, len(of.events) - 1))):
        so_far = replace(of, events=of.events[:listed])
        day = so_far.events[-1].day + timedelta(random.choice((0, 0, 3, 15)))
        phone.take(file(so_far, min(day, last)))
    final = file(of, last)
    assert phone.take(final).shown() == Phone().take(final).shown()


def texts() -> Iterator[Entry]:
    """Entries of every kind."""
    for told_of in (
        (*CYCLE_1, (18, "stopped: {reason: wish}")),
        ((0, MEN), *CYCLE_1[1:]),
        ((0, PLANNED), *CYCLE_1[1:]),
    ):
        of = course(*told_of, site="{patient_phone: '5120'}", sex="male")
        yield from entries(file(of))
        yield from entries(file(of, on(16)))


def test_titles_tell_no_more_than_a_locked_screen_may_show() -> None:
    """A title is plain words, the cycle and the day; neither the drug nor a dose nor whose it is stands in it."""
    title = re.compile("(Cancelled: )?(Medicine visit, cycle [1-6], day (1|8|15)|Medicine precaution, last day)")
    assert all(title.fullmatch(one.summary) for one in texts())
    content = file(course(*STARTED)).replace(b"\r\n ", b"")
    assert b"T-1" not in content and b"1961" not in content
    other = entries(file(replace(course(*STARTED), id="T-2")))
    assert {one.uid for one in other} & {one.uid for one in entries(content)} == set()
    assert content.count(b"CLASS:PRIVATE") == content.count(b"BEGIN:VEVENT") > 0


def test_what_is_said_keeps_the_rules_for_texts() -> None:
    """Every text of every kind of entry is fit to be read."""
    said = {line for one in texts() for line in (one.summary, *one.description.split("\n"))}
    assert len(said) > 25
    assert [fault for line in said for fault in faults(line)] == []
    assert [line for line in said for line in long_sentences(line)] == []


def test_descriptions_tell_the_dose_the_conditions_and_whom_to_call() -> None:
    """Details are for whoever opens the entry."""
    of = course(*STARTED, site="{patient_phone: '5120'}")
    foot = "Questions: call 5120.\nAs recorded up to 05-Jan-2026, by inotuzumab-ozogamicin " + PROTOCOL.version + "."
    said = {title: one.description for title, one in visits(file(of)).items()}
    may = "Date and dose may change."
    assert said["Medicine visit, cycle 1, day 1"] == f"inotuzumab ozogamicin\nGiven: 1.46 mg.\n{foot}"
    assert said["Medicine visit, cycle 1, day 8"] == f"inotuzumab ozogamicin\nPlanned dose: 0.91 mg.\n{may}\n{foot}"
    condition = "Condition: without CR or CRi by then; 0.91 mg after CR or CRi."
    assert said["Medicine visit, cycle 2, day 1"].split("\n")[1:3] == ["Planned dose: 1.46 mg.", condition]
    unweighed = course((0, ENROLLED), (0, ALL_LABS))
    assert "Planned dose: Not recorded." in visits(file(unweighed))["Medicine visit, cycle 1, day 1"].description


def test_a_visit_that_is_on_hold_is_tentative() -> None:
    """While today's dose is held, nobody is told that the visit is certain."""
    held = course(*STARTED, (7, LIVER.replace("0.8 ULN", "1.7 ULN")))
    assert visits(file(held))["Medicine visit, cycle 1, day 8"].status == "TENTATIVE"
    assert visits(file(course(*STARTED, (7, LIVER))))["Medicine visit, cycle 1, day 8"].status == "CONFIRMED"


def test_precautions_end_on_a_day_of_their_own() -> None:
    """The protocol's sentence and date, in an entry that keeps nobody busy and moves with every dose."""
    of = decide(PROTOCOL, course((0, MEN), *STARTED[1:]))
    (end,) = plan(of).follow_up
    (entry,) = [one for one in entries(made(of)) if one.summary == "Medicine precaution, last day"]
    assert entry.start == end.until and entry.description.startswith("Effective contraception with partners")
    assert made(of).count(b"TRANSP:TRANSPARENT") == 1


@settings(max_examples=12, deadline=None)
@example("Στην κλινική " * 9)
@example("請致電診所 " * 12)
@example('a\\b;c,d:"e"\r\nEND:VEVENT')
@given(st.text(max_size=90).filter(str.strip))
def test_any_text_is_folded_and_read_back(phone: str) -> None:
    """Whatever stands in the telephone field, lines have at most 75 octets, and both readers get it back."""
    content = file(replace(course(*READY), site={"patient_phone": phone}))
    lines = content.split(b"\r\n")
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines) and lines[-1] == b""
    assert max(map(len, lines)) <= 75 and max(map(len, lines)) > 70
    shown = "".join(c if c.isprintable() else "\ufffd" for c in phone)
    assert f"Questions: call {shown}." in entries(content)[0].description


def test_the_same_question_gives_the_same_bytes() -> None:
    """No clock and no chance is in a file."""
    of = course(*CYCLE_1)
    assert file(of) == file(of)
    assert file(of).startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") and b"\r\nMETHOD:PUBLISH\r\n" in file(of)
    assert file(of).count(b"\r\nORGANIZER:invalid:nomail\r\n") == len(entries(file(of)))
