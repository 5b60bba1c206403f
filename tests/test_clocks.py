"""Four limits count from the first vial, in true time, whatever the clock on the wall does."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import PROTOCOL, course

from oncourse.clocks import Bedside, Refusal, bedside, clocks, refusals
from oncourse.course import history
from oncourse.event import Event

RULES = PROTOCOL.preparation
DAY = date(2026, 1, 5)
SECOND = timedelta(seconds=1)
ZONES = ("Europe/Vienna", "America/New_York")
PREMEDICATED = ("09:00", "premedicated: {corticosteroid: '08:30', antipyretic: '08:30', antihistamine: '08:30'}")
VIAL = ("09:00", "reconstituted: {}")
DILUTED = ("09:30", "diluted: {volume: 50 mL}")
READY = (PREMEDICATED, VIAL, DILUTED)
Told = tuple[str, str]


def instant(clock: str) -> datetime:
    """That time on the day of the dose, at the site's offset; with seconds if they are given."""
    return datetime.fromisoformat(f"{DAY}T{clock}+01:00")


def told(*events: Told) -> Sequence[Event]:
    """What happened at those times on the day of the dose; a whole date stands for itself."""
    stamps = [(at if len(at) > 8 else instant(at).isoformat(), event) for at, event in events]
    return history(course(*stamps))


def state(*events: Told, now: str = "23:59", zone: tzinfo | None = None) -> Bedside:
    """The preparation at a time of that day."""
    return bedside(told(*events), RULES, instant(now), zone)


def refused(*events: Told, now: str) -> list[Refusal]:
    """What must not be done at a time of that day."""
    return list(refusals(state(*events, now=now), RULES, instant(now)))


def names(*events: Told, now: str) -> list[str]:
    """The clauses of what must not be done."""
    return [refusal.clause for refusal in refused(*events, now=now)]


def limits(*events: Told, now: str = "23:59") -> dict[str, str]:
    """The clocks that run, as times of that day."""
    running = clocks(state(*events, now=now), RULES)
    return {clock.id: f"{clock.at.astimezone(instant(now).tzinfo):%H:%M}" for clock in running}


def run(step: str) -> str:
    return f"infusion: {{state: {step}}}"


def test_the_limits_count_from_the_first_vial() -> None:
    """4 h to dilute, 7 h to start, 8 h to end; a second vial starts nothing anew."""
    assert limits(VIAL) == {"dilute-by": "13:00", "start-by": "16:00", "end-by": "17:00"}
    assert limits(VIAL, ("09:20", "reconstituted: {}")) == limits(VIAL)
    assert limits(PREMEDICATED) == {}


def test_every_clock_says_where_it_is_written() -> None:
    """A limit carries its statements with it."""
    running = clocks(state(*READY, ("10:00", run("started")), ("11:00", run("finished"))), RULES)
    assert {clock.id: clock.cites for clock in running} == {
        "dilute-by": ("A26",),
        "start-by": ("A25", "A28"),
        "end-by": ("A25", "A26"),
        "observe-until": ("A05",),
    }


@pytest.mark.parametrize(
    ("clause", "events", "edge"),
    [
        ("dilute-by", (PREMEDICATED, VIAL), "13:00:00"),
        ("start-by", READY, "16:00:00"),
        ("end-by", (*READY, ("16:00", run("started")), ("16:30", run("paused"))), "16:30:00"),
        ("end-by", (*READY, ("10:00", run("started")), ("10:45", run("paused"))), "16:45:00"),
    ],
)
def test_each_limit_holds_to_the_second(clause: str, events: tuple[Told, ...], edge: str) -> None:
    """At the limit nothing is refused, a second after it just that."""
    later = (instant(edge) + SECOND).strftime("%H:%M:%S")
    assert names(*events, now=edge) == []
    assert names(*events, now=later) == [clause]


def test_what_is_diluted_in_time_stays_so() -> None:
    """Only a dilution after its limit, or none, is refused, until the infusion runs."""
    late = (PREMEDICATED, VIAL, ("13:00:01", "diluted: {volume: 50 mL}"))
    assert names(PREMEDICATED, VIAL, ("13:00", "diluted: {volume: 50 mL}"), now="15:00") == []
    assert names(*late, now="13:30") == ["dilute-by"]
    assert names(*late, ("13:30", run("started")), now="13:40") == []


def test_an_infusion_begun_in_time_may_run_its_hour() -> None:
    """Begun at the last moment it ends at the limit; begun a second later it would not."""
    assert names(*READY, ("16:00", run("started")), now="16:59") == []
    assert names(*READY, ("16:00:01", run("started")), now="16:01") == ["end-by"]


def test_pauses_count_into_the_end() -> None:
    """The projected end moves with every pause, and the refusal says where to."""
    paused = (*READY, ("15:30", run("started")), ("15:50", run("paused")))
    (refusal,) = refused(*paused, ("16:30", run("resumed")), now="16:40")
    assert (refusal.clause, refusal.act) == ("end-by", "stop")
    assert (refusal.ends, refusal.limit) == (instant("17:10"), instant("17:00"))
    assert names(*paused, ("16:00", run("resumed")), now="16:40") == []


def test_a_late_end_is_still_told_afterwards() -> None:
    """The end on record counts once there is one."""
    ran = (*READY, ("15:50", run("started")))
    assert names(*ran, ("17:00", run("finished")), now="18:00") == []
    assert names(*ran, ("17:00:01", run("finished")), now="18:00:01") == ["end-by"]


def test_a_discarded_preparation_ends_its_limits() -> None:
    """After it nothing counts until a new vial does."""
    discarded = (*READY, ("12:00", "discarded: {reason: particles}"))
    assert limits(*discarded) == {}
    assert names(*discarded, now="12:30") == []
    assert limits(*discarded, ("14:00", "reconstituted: {}")) == {
        "dilute-by": "18:00",
        "start-by": "21:00",
        "end-by": "22:00",
    }
    assert names(*discarded, ("14:00", "reconstituted: {}"), now="18:00:01") == ["dilute-by"]


def test_discarding_a_bag_does_not_end_the_watch() -> None:
    """What went in is watched for an hour, and the new bag has its own limits and its whole hour."""
    ran = (*READY, ("10:00", run("started")), ("10:30", run("paused")), ("10:40", "discarded: {reason: leak}"))
    assert limits(*ran) == {"observe-until": "11:40"}
    again = (*ran, ("11:00", "reconstituted: {}"))
    assert limits(*again)["observe-until"] == "11:40"
    assert names(*again, now="15:00:01") == ["dilute-by"]
    assert names(*again, ("18:00:01", run("started")), now="18:01") == ["end-by"]
    assert limits(*READY, ("10:00", run("started")), ("11:00", run("finished")), ("11:05", "discarded: {}")) == {
        "observe-until": "12:00"
    }


def test_a_bag_after_one_that_was_ended_runs_its_whole_hour() -> None:
    """What ran of the bag before is no part of it."""
    ran = (*READY, ("10:00", run("started")), ("10:40", run("abandoned")), ("11:00", "reconstituted: {}"))
    assert names(*ran, ("18:00", run("started")), now="18:01") == []
    assert names(*ran, ("18:00:01", run("started")), now="18:01") == ["end-by"]


def test_an_infusion_that_nobody_ended_is_still_it_a_day_later() -> None:
    """What is told of it then does not begin another."""
    paused = ("2026-01-06T11:00:00+01:00", run("paused"))
    late = bedside(told(*READY, ("10:00", run("started")), paused), RULES, instant("12:00") + timedelta(days=1))
    assert late.paused and late.t0 == instant("09:00")


@pytest.mark.parametrize("ended", ["watch_ended: {}", "observed: {watch_ended: true}"])
def test_the_watch_lasts_an_hour_from_the_actual_end(ended: str) -> None:
    """No discharge before it; a watch that ended early stays refused, in either way of writing it."""
    ran = (*READY, ("10:00", run("started")), ("11:07", run("finished")))
    assert limits(*ran)["observe-until"] == "12:07"
    assert names(*ran, now="12:06:59") == ["observation"]
    assert names(*ran, now="12:07") == []
    assert names(*ran, ("12:00", ended), now="13:00") == ["observation"]
    assert names(*ran, ("12:07", ended), now="13:00") == []


@pytest.mark.parametrize("seen", ["observed: {watch_ended: false}", "observed: {symptoms: {fever: no}}"])
def test_looking_at_a_patient_does_not_end_the_watch(seen: str) -> None:
    """An observation ends the watch only if it says so."""
    ran = (*READY, ("10:00", run("started")), ("11:00", run("finished")))
    assert names(*ran, ("11:30", seen), now="12:00") == []
    assert state(*ran, ("11:30", seen)).watch_ended is None


def test_an_abandoned_infusion_is_watched_from_its_end() -> None:
    """The watch does not ask whether the whole dose went in."""
    assert limits(*READY, ("10:00", run("started")), ("10:20", run("abandoned")))["observe-until"] == "11:20"


def test_a_mild_reaction_pauses_the_infusion() -> None:
    """The time from the reaction to the resumption counts as a pause."""
    mild = (*READY, ("10:00", run("started")), ("10:20", "reaction: {grade: 2}"))
    whole = timedelta(hours=1)
    assert state(*mild, now="10:50").remaining(whole, instant("10:50")) == timedelta(minutes=40)
    resumed = state(*mild, ("11:00", run("resumed")), now="11:10")
    assert resumed.remaining(whole, instant("11:10")) == timedelta(minutes=30)
    assert state(*mild, now="10:50").finished is None


def test_a_severe_reaction_ends_the_infusion_for_good() -> None:
    """From grade 3 on nothing resumes it, and the watch begins."""
    severe = (*READY, ("10:00", run("started")), ("10:20", "reaction: {grade: 3}"))
    for again in ("resumed", "started"):
        after = state(*severe, ("10:40", run(again)), now="10:50")
        assert (after.for_good, after.running_since, after.finished) == (True, None, instant("10:20"))
    assert limits(*severe)["observe-until"] == "11:20"
    new_bag = (*severe, ("10:30", "discarded: {}"), ("11:00", "reconstituted: {}"))
    assert state(*new_bag, ("11:10", run("started"))).running_since is None


@pytest.mark.parametrize("missing", RULES.premedication)
def test_each_premedication_is_asked_for(missing: str) -> None:
    """The start is refused while one of the three is not on record."""
    given_drugs = ", ".join(f"{drug}: '08:30'" for drug in RULES.premedication if drug != missing)
    (refusal,) = refused(("09:00", f"premedicated: {{{given_drugs}}}"), VIAL, now="09:30")
    assert (refusal.clause, refusal.act, refusal.missing) == ("premedication", "hold", (missing,))
    assert refusal.cites == ("A04",)


def test_premedication_counts_on_the_day_and_before_the_start() -> None:
    """Yesterday's does not count, one after the start does not, one in several entries does."""
    drugs = "corticosteroid: '{0}', antipyretic: '{0}', antihistamine: '{0}'"
    assert state(("2026-01-04T20:00:00+01:00", f"premedicated: {{{drugs.format('20:00')}}}")).premedicated == set()
    after = ("10:05", f"premedicated: {{{drugs.format('10:05')}}}")
    assert state(VIAL, DILUTED, ("10:00", run("started")), after).premedicated == set()
    late_entry = ("10:05", f"premedicated: {{{drugs.format('09:50')}}}")
    assert len(state(VIAL, DILUTED, ("10:00", run("started")), late_entry).premedicated) == 3
    assert state(("09:00", "premedicated: {antipyretic: '09:30'}"), now="09:10").premedicated == set()


@pytest.mark.parametrize("at", ["2026-01-05", "2026-01-05T09:00:00+01:00"])
@pytest.mark.parametrize("when", ["'09:00'", "2026-01-05T09:00:00+01:00", "2026-01-05T08:00:00Z"])
def test_premedication_may_be_timed_on_the_wall_or_as_an_instant(at: str, when: str) -> None:
    """Its time is told by the field, in the site's zone or the record's offset."""
    event = (at, f"premedicated: {{antipyretic: {when}}}")
    for zone in (None, ZoneInfo("Europe/Vienna")):
        assert state(event, now="09:00", zone=zone).premedicated == {"antipyretic"}
        assert state(event, now="08:59", zone=zone).premedicated == set()


def test_missing_premedication_may_be_overridden() -> None:
    """With a reason on record for that day the start is no longer refused; what is missing stays visible."""
    why = "overrode: {clause: premedication, why: allergic to all}"
    assert names(VIAL, DILUTED, ("09:40", why), now="09:50") == []
    assert state(VIAL, DILUTED, ("09:40", why)).premedicated == set()
    assert names(VIAL, ("2026-01-04T09:40:00+01:00", why), now="09:50") == ["premedication"]
    assert names(VIAL, ("09:40", "overrode: {clause: liver-hold, why: x}"), now="09:50") == ["premedication"]


def test_a_clock_that_was_overridden_is_that_of_one_bag() -> None:
    """The next bag has its own limits; premedication is the patient's, and stays."""
    over = [("09:10", f"overrode: {{clause: {clause}, why: x}}") for clause in ("start-by", "premedication")]
    assert state(VIAL, *over).overridden == {"start-by", "premedication"}
    assert state(VIAL, *over, ("09:20", "discarded: {}"), ("09:30", "reconstituted: {}")).overridden == {
        "premedication"
    }


def test_what_happened_later_or_long_before_is_not_seen() -> None:
    """Only the day up to the moment asked about belongs to a preparation."""
    assert limits(VIAL, now="08:59") == {}
    assert limits(("2026-01-04T23:58:00+01:00", "reconstituted: {}"), now="23:59") == {}
    assert limits(("2026-01-04T23:30:00+01:00", "reconstituted: {}"), now="00:30")["end-by"] == "07:30"


def test_the_order_of_the_list_does_not_matter() -> None:
    """Clocks follow their instants, however they were entered."""
    steps = (*READY, ("10:00", run("started")), ("10:20", run("paused")), ("10:40", run("resumed")))
    assert state(*reversed(steps), now="11:00") == state(*steps, now="11:00")


def _changes(zone: str) -> list[datetime]:
    """The instants from 2024 to 2030 at which the clocks of a zone change."""
    hours = (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 365 * 7))
    offsets = [(hour, hour.astimezone(ZoneInfo(zone)).utcoffset()) for hour in hours]
    return [after for (_, old), (after, new) in pairwise(offsets) if old != new]


CHANGES = {zone: _changes(zone) for zone in ZONES}
near_a_change = st.sampled_from([(zone, change) for zone in ZONES for change in CHANGES[zone]])
shift = st.timedeltas(timedelta(hours=-12), timedelta(hours=12))


@settings(max_examples=5000, deadline=None)
@given(near_a_change, shift, st.sampled_from(["dilute-by", "start-by", "end-by"]))
def test_elapsed_time_is_true_time(near: tuple[str, datetime], moved: timedelta, name: str) -> None:
    """Around every change of the clocks a limit comes after its hours in truth, not before and not after."""
    zone, change = near
    vial = (change + moved).astimezone(ZoneInfo(zone))
    at = Event("reconstituted", vial.date(), vial, {})
    hours = {"dilute-by": 4, "start-by": 7, "end-by": 8}[name]
    edge = vial.astimezone(UTC) + timedelta(hours=hours)
    here = edge.astimezone(ZoneInfo(zone))
    seen = bedside([at], RULES, here, ZoneInfo(zone))
    assert {clock.id: clock.at for clock in clocks(seen, RULES)}[name] == edge
    if name != "end-by":
        assert name not in {refusal.clause for refusal in refusals(seen, RULES, here)}
        later = (edge + SECOND).astimezone(ZoneInfo(zone))
        assert name in {refusal.clause for refusal in refusals(seen, RULES, later)}


@settings(max_examples=5000, deadline=None)
@given(near_a_change, shift, st.lists(st.integers(0, 7200), min_size=1, max_size=6))
def test_running_and_pausing_add_up_in_true_time(
    near: tuple[str, datetime], moved: timedelta, spans: list[int]
) -> None:
    """Run and rest in turn, across a change of the clocks: the rest of the hour is the hour less what ran."""
    zone, change = near
    at, ran = (change + moved).astimezone(UTC), timedelta()
    events = []
    for turn, seconds in enumerate(spans):
        step = "paused" if turn % 2 else "resumed" if turn else "started"
        local = at.astimezone(ZoneInfo(zone))
        events.append(Event("infusion", local.date(), local, {"state": step}))
        at += timedelta(seconds=seconds)
        ran += timedelta() if turn % 2 else timedelta(seconds=seconds)
    rest = bedside(events, RULES, at.astimezone(ZoneInfo(zone))).remaining(timedelta(hours=1), at)
    assert rest == max(timedelta(), timedelta(hours=1) - ran)


def test_the_clocks_change_twice_a_year() -> None:
    """The changes that the laws above lean on are really there."""
    assert {zone: len(changes) for zone, changes in CHANGES.items()} == dict.fromkeys(ZONES, 14)
