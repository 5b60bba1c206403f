"""Every deadline that a page shows, to the second, held against arithmetic of this file, over changes of the clocks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from tests.builders import PROTOCOL, READY, course

from oncourse.clocks import bedside
from oncourse.decide import decide
from oncourse.event import Event
from oncourse.faces.web.page import render
from oncourse.faces.web.timers import alarms, timers
from oncourse.prepare import Sheet, prepare

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DILUTE, START, END = 4 * HOUR, 7 * HOUR, 8 * HOUR  # from the first vial; the infusion and the watch are an hour each
TIMES = 10_000
ZONES = {  # and when their clocks change, in UTC
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),  # by half an hour
    "Africa/Casablanca": ("2026-02-15T02:00", "2026-03-22T02:00"),
    "Asia/Kathmandu": ("2026-06-01T00:00", "2026-06-01T00:00"),  # never
}
TIMER = re.compile(r'<section class="timer timer--(\w+)[^"]*" id="timer-([\w-]+)"(.*?)>(.*?)</section>', re.DOTALL)
ATTRIBUTE = re.compile(r'data-(\w+)="([^"]+)"')
STRONG = re.compile(r"<strong>(.*?)</strong>")


@dataclass
class Night:
    """What happened to one preparation, in instants of UTC."""

    zone: ZoneInfo
    t0: datetime
    now: datetime
    diluted: datetime | None = None
    started: datetime | None = None
    runs: list[tuple[datetime, datetime]] = field(default_factory=list)  # that are over
    running: datetime | None = None
    finished: datetime | None = None

    @property
    def ran(self) -> timedelta:
        """How long the infusion has run."""
        over = sum((end - begin for begin, end in self.runs), timedelta())
        return over + (self.now - self.running if self.running else timedelta())

    @property
    def left(self) -> timedelta:
        """How much of it is left."""
        return max(timedelta(), HOUR - self.ran)

    def wall(self, at: datetime) -> str:
        """An instant on the wall of the site; with the name of its clocks, or its day, where those of now differ."""
        there, now = at.astimezone(self.zone), self.now.astimezone(self.zone)
        said = f"{there:%H:%M}" + ("" if there.utcoffset() == now.utcoffset() else f" {there:%Z}")
        return said if there.date() == now.date() else f"{said} on {there:%d-%b-%Y}"

    def events(self) -> list[Event]:
        """The same as it is told."""
        told = [("reconstituted", self.t0, "")]
        told += [("diluted", self.diluted, "")] if self.diluted else []
        begun = [begin for begin, _ in self.runs] + ([self.running] if self.running else [])
        told += [("infusion", at, "resumed" if place else "started") for place, at in enumerate(begun)]
        told += [("infusion", end, "paused") for _, end in self.runs if end != self.finished]
        told += [("infusion", self.finished, "finished")] if self.finished else []
        made = [(kind, at, state) for kind, at, state in told if at is not None]
        return [Event(kind, at.astimezone(self.zone).date(), at, {"state": state}) for kind, at, state in made]


def night(chance: Random) -> Night:
    """A preparation at some time of the year, every other near a change of the clocks."""
    name = chance.choice(sorted(ZONES))
    change = datetime.fromisoformat(chance.choice(ZONES[name])).replace(tzinfo=UTC)

    def so_long(most: float) -> timedelta:
        return timedelta(seconds=chance.randrange(1, int(most * 3600)))

    near = chance.random() < 0.5
    t0 = change - 9 * HOUR + so_long(12) if near else datetime(2026, 1, 1, tzinfo=UTC) + so_long(24 * 365)
    made = Night(ZoneInfo(name), t0, t0 + so_long(9))
    if chance.random() < 0.8:
        made.diluted = t0 + so_long(4.5)
        made.now = made.diluted + so_long(5)
    if made.diluted and chance.random() < 0.8:
        _infused(made, chance, so_long)
    return made


def _infused(made: Night, chance: Random, so_long: Callable[[float], timedelta]) -> None:
    """Started, perhaps paused, perhaps resumed, perhaps over."""
    assert made.diluted is not None
    at = made.started = made.diluted + so_long(4)
    for _ in range(chance.randrange(3)):
        begun, at = at, at + so_long(0.4)
        made.runs.append((begun, at))
        at += so_long(1.5)
    if chance.random() < 0.3 and made.runs:
        made.now = made.runs[-1][1] + so_long(2)  # it stands still
        return
    made.running, made.now = at, at + so_long(1.2)
    if chance.random() < 0.4:
        made.finished = made.now
        made.runs.append((made.running, made.finished))
        made.running, made.now = None, made.finished + so_long(2)


def expected(of: Night) -> dict[str, tuple[datetime | None, str]]:
    """Each clock by its name: the instant it counts to, if it counts, and what is said of it in bold."""
    found: dict[str, tuple[datetime | None, str]] = {}

    def until(name: str, at: datetime, word: str = "by") -> None:
        found[name] = at, f"{word} {of.wall(at)}"

    if of.diluted:
        found["dilute-by"] = None, f"Diluted at {of.wall(of.diluted)}"
    else:
        until("dilute-by", of.t0 + DILUTE)
    if of.finished:
        found["end-by"], found["infusion"] = (None, f"Ended at {of.wall(of.finished)}"), (None, "Over")
        until("observation", of.finished + HOUR, "until")
        return found
    found["observation"] = None, "Begins with the end of the infusion"
    if of.started is None:
        until("start-by", of.t0 + START)
        found["infusion"] = None, "Not started"
        return found
    until("end-by", of.t0 + END)
    if of.running:
        until("infusion", of.now + HOUR - of.ran)
    else:
        minutes, seconds = divmod(int(of.left.total_seconds()), 60)
        said = f"{minutes} min {seconds:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
        found["infusion"] = None, f"Stands still. {said} to run."
    return found


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """The sheet of a dose, of which only the clocks matter."""
    return prepare(decide(PROTOCOL, course(*READY), datetime(2026, 1, 5, 12, tzinfo=UTC)))


def held(sheet: Sheet, of: Night) -> Sheet:
    """The same with what happened that night."""
    here = of.now.astimezone(of.zone)
    return replace(sheet, bedside=bedside(of.events(), PROTOCOL.preparation, here, of.zone), now=here, zone=of.zone)


def test_shown_deadlines_are_the_engines_to_the_second(sheet: Sheet) -> None:
    """Over ten thousand random times in five zones, half of them near a change of the clocks: instants and walls."""
    chance, changed = Random(17), 0
    for _ in range(TIMES):
        of = night(chance)
        here = of.now.astimezone(of.zone)
        made = held(sheet, of)
        page = render("timers.html", timers={one.id: one for one in timers(made, here)}, now=here)
        shown = {}
        for _look, name, attributes, inside in TIMER.findall(page):
            told = dict(ATTRIBUTE.findall(attributes))
            until = datetime.fromisoformat(told["until"]) if "until" in told else None
            bold = STRONG.search(inside)
            shown[name] = until, bold[1] if bold else ""
        assert shown == expected(of), of
        changed += of.t0.astimezone(of.zone).utcoffset() != (of.t0 + END).astimezone(of.zone).utcoffset()
    assert changed > TIMES // 20


def test_whatever_cannot_end_in_time_is_said_from_its_first_second(sheet: Sheet) -> None:
    """The projected end against the limit: said now, or from the second after the last moment, and never else."""
    chance, said, later = Random(18), 0, 0
    for _ in range(TIMES // 5):
        of = night(chance)
        if of.started is None or of.finished:
            continue
        here = of.now.astimezone(of.zone)
        found = {one.clause: one for one in alarms(held(sheet, of), here)}.get("end-by")
        limit = of.t0 + END
        if of.now + of.left > limit:
            assert found is not None and found.since == here and of.wall(limit) in found.says, of
            said += 1
        else:
            last = limit if of.running else limit - of.left
            assert found is not None and found.since == last + SECOND, of
            later += 1
    assert min(said, later) > 100


def test_a_clock_that_goes_on_too_long_is_not_on_time(sheet: Sheet) -> None:
    """Half an hour of the eight is left and forty minutes of infusion: no clock says that this is fine."""
    t0 = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    began = t0 + timedelta(hours=7, minutes=10)
    of = Night(ZoneInfo("UTC"), t0, began + timedelta(minutes=10), t0, began, [], began)
    made = held(sheet, of)
    end = next(one for one in timers(made, of.now) if one.id == "end-by")
    assert (end.mark(of.now), end.word(of.now)) == ("soon", "Cannot end in time")
    fine = replace(of, t0=t0 + HOUR)
    end = next(one for one in timers(held(sheet, fine), of.now) if one.id == "end-by")
    assert (end.mark(of.now), end.word(of.now)) == ("runs", "On time")
