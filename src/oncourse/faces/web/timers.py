"""The clocks of a dose in hand as a page shows them: the time on the wall first, what is left, and words for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from oncourse.clocks import refusals, resume_by, runs_until, span
from oncourse.faces.web.page import text
from oncourse.prepare import Sheet, said, wall

DILUTE, START, END, INFUSION, WATCH = "dilute-by", "start-by", "end-by", "infusion", "observation"
FIRST_VIAL = "first-vial"
IDLE, RUNS, STANDS, DONE = "idle", "runs", "stands", "done"
SOON = timedelta(minutes=30)  # before a limit: "soon"
ANNOUNCED = (60, 30, 15, 5, 0)  # minutes before a limit at which it is said aloud


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock: what it counts to and from, whether it runs, and how it is said.

    `until` and `begins` are instants; `at` is `until` on the site's wall; `done` is a sentence once it no longer
    counts. A clock that counts up to a minimum is never over. `late` is since when the infusion, if it goes on, ends
    after this limit.
    """

    id: str
    state: str
    until: datetime | None = None
    begins: datetime | None = None
    at: str = ""
    done: str = ""
    up: bool = False
    cites: tuple[str, ...] = ()
    late: datetime | None = None

    def left(self, now: datetime) -> str:
        """How long it is until then, in words; how long ago that was, once it is over."""
        if self.until is None:
            return ""
        seconds = int((self.until - now).total_seconds() // 1)
        return remaining(max(seconds, 0) if self.up else seconds)

    def word(self, now: datetime) -> str:
        """On time, soon, or over."""
        if self.until is None:
            return ""
        left = self.until - now
        if self.up:
            return text("clock.on_time" if left > timedelta() else "clock.reached")
        if left < timedelta():
            return text("clock.over")
        if self.late is not None and now >= self.late:
            return text("clock.too_late")
        return text("clock.on_time" if left > SOON else "clock.soon")

    def mark(self, now: datetime) -> str:
        """The look of it: idle, done, runs, stands, soon, over."""
        if self.state != RUNS or self.until is None or self.up:
            return self.state
        left = self.until - now
        late = self.late is not None and now >= self.late
        return "over" if left < timedelta() else "soon" if late or left <= SOON else RUNS

    def share(self, now: datetime) -> int:
        """How much of it has passed, in percent."""
        if self.until is None or self.begins is None:
            return 0
        return max(0, min(100, int((now - self.begins) * 100 / (self.until - self.begins))))


@dataclass(frozen=True, slots=True)
class Alarm:
    """A sentence that must be read from an instant on, now or later while the page is open; its clause."""

    clause: str
    says: str
    since: datetime

    def now(self, now: datetime) -> bool:
        """Whether it is said already."""
        return now >= self.since


def remaining(seconds: int) -> str:
    """A time left, such as `4 h 51 min` or `38 min 05 s`; below zero how long it is over."""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    said = (
        text("clock.hours", h=hours, min=f"{minutes:02}")
        if hours
        else text("clock.minutes", min=minutes, s=f"{left:02}")
    )
    return said if seconds >= 0 else text("clock.ago", said=said)


def timers(sheet: Sheet, now: datetime) -> Iterator[Timer]:
    """The clocks of a dose: to dilution, to the start or the end, the infusion, the watch (statements A05, A25-A28)."""
    state, rules = sheet.bedside, sheet.decision.protocol.preparation
    limits = {} if state.t0 is None else {name: state.t0 + span(rules, name) for name in (DILUTE, START, END)}
    if state.diluted is not None:
        yield _told(sheet, DILUTE, DONE, state.diluted, text("clock.diluted", at=wall(sheet, state.diluted)))
    else:
        yield _since_t0(sheet, DILUTE, limits.get(DILUTE))
    if state.finished is not None and state.over:
        yield _told(sheet, END, DONE, state.finished, text("clock.ended", at=wall(sheet, state.finished)))
    else:
        name = START if state.waiting else END
        late = next((one.since for one in alarms(sheet, now) if one.clause == name == END), None)
        yield replace(_since_t0(sheet, name, limits.get(name)), late=late)
    yield _infusion(sheet, now)
    if state.finished is None or not (state.over or state.watched):
        yield Timer(WATCH, IDLE, done=text("clock.watch_idle"), cites=rules.clocks[WATCH].cites)
    elif state.watch_ended is not None:
        yield _told(sheet, WATCH, DONE, state.watch_ended, text("clock.watch_ended", at=wall(sheet, state.watch_ended)))
    else:
        yield _timer(sheet, WATCH, state.finished + span(rules, WATCH), state.finished, up=True)


def _infusion(sheet: Sheet, now: datetime) -> Timer:
    state, rules = sheet.bedside, sheet.decision.protocol.preparation
    cites = rules.clocks[INFUSION].cites
    if state.over or state.started is None:
        word = "clock.infusion_over" if state.over else "clock.infusion_idle"
        return Timer(INFUSION, DONE if state.over else IDLE, done=text(word), cites=cites)
    left = state.remaining(span(rules, INFUSION), now.astimezone(UTC))
    if state.paused:
        return Timer(
            INFUSION, STANDS, done=text("clock.stands", left=remaining(int(left.total_seconds()))), cites=cites
        )
    until = runs_until(state, rules)
    assert until is not None
    return _timer(sheet, INFUSION, until, state.started)


def _since_t0(sheet: Sheet, name: str, until: datetime | None) -> Timer:
    if until is not None:
        return _timer(sheet, name, until, sheet.bedside.t0)
    cites = sheet.decision.protocol.preparation.clocks[name].cites
    return Timer(name, IDLE, done=text("clock.idle" if sheet.bedside.waiting else "not_recorded"), cites=cites)


def _timer(sheet: Sheet, name: str, until: datetime, begins: datetime | None, up: bool = False) -> Timer:
    cites = sheet.decision.protocol.preparation.clocks[name].cites
    return Timer(name, RUNS, until, begins, wall(sheet, until), up=up, cites=cites)


def _told(sheet: Sheet, name: str, state: str, at: datetime, done: str) -> Timer:
    return Timer(name, state, begins=at, done=done, cites=sheet.decision.protocol.preparation.clocks[name].cites)


def alarms(sheet: Sheet, now: datetime) -> list[Alarm]:
    """What forbids to go on, with the instant from which each holds: now, or later if nobody does anything."""
    state, rules, found = sheet.bedside, sheet.decision.protocol.preparation, dict[str, Alarm]()
    if state.t0 is None and state.started is not None and not state.over:
        found[FIRST_VIAL] = Alarm(FIRST_VIAL, text("clock.no_first_vial"), now)
    for at in sorted({now, *_edges(sheet, now)}):
        for refusal in refusals(state, rules, at):
            if refusal.clause in (DILUTE, START, END):
                found.setdefault(refusal.clause, Alarm(refusal.clause, said(sheet, refusal), at))
    return list(found.values())


def _edges(sheet: Sheet, now: datetime) -> Iterator[datetime]:
    """The first second after each limit that is still ahead."""
    state, rules = sheet.bedside, sheet.decision.protocol.preparation
    if state.t0 is None:
        return
    limits = [state.t0 + span(rules, name) for name in (DILUTE, START, END)]
    resume = resume_by(state, rules, now)
    for limit in (*limits, *([resume] if resume is not None else [])):
        if limit + timedelta(seconds=1) > now:
            yield limit + timedelta(seconds=1)
