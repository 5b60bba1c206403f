"""The state moves by what happened; omitted slots settle by themselves; only days that matter are visited."""

from typing import Any
from unittest.mock import patch

import pytest
from tests.builders import CYCLE_1, FIRST, LIVER, PROTOCOL, READY, STARTED, Told, clauses, course, decided, on

import oncourse.fold
from oncourse.course import history
from oncourse.engine import Engine
from oncourse.fold import fold, live

BAD = "labs: {bilirubin: 2 ULN, ast: 1 ULN, alt: 1 ULN}"
GIVEN = "given: {dose: 0.91 mg}"


def state(*told: Told, at: int | None = None) -> Any:
    """A function that reads a name at the end of a day; dates as days from the first."""
    moment = decided(*told, at=at).moment

    def value(name: str) -> Any:
        found = moment.value(name)
        return found - FIRST.toordinal() if isinstance(found, int) and found > 700_000 else found

    return value


def slots(*told: Told, at: int) -> list[tuple[int, int, str, int]]:
    """Every slot settled so far: cycle, day, how, on which day."""
    return [(s.cycle, s.day, s.status, s.on - FIRST.toordinal()) for s in decided(*told, at=at).moment.slots]


def test_a_dose_settles_its_slot_and_the_next_follows() -> None:
    """Three slots a cycle, then the next cycle."""
    assert slots(*CYCLE_1, at=18) == [(1, 1, "given", 0), (1, 8, "given", 7), (1, 15, "given", 14)]
    value = state(*CYCLE_1)
    assert [value(name) for name in ("cycle", "day", "last_dose", "cycle_start", "earliest", "due")] == [
        2,
        1,
        14,
        0,
        21,
        21,
    ]


@pytest.mark.parametrize(
    ("at", "settled"),
    [
        (13, []),
        (14, [(1, 8, "omitted", 14)]),
        (20, [(1, 8, "omitted", 14)]),
        (21, [(1, 8, "omitted", 14), (1, 15, "omitted", 21)]),
        (400, [(1, 8, "omitted", 14), (1, 15, "omitted", 21)]),
    ],
)
def test_days_8_and_15_are_omitted_by_time_alone(at: int, settled: list[tuple[int, int, str, int]]) -> None:
    """Seven days after each was due, on the day it happens, however late one looks; day 1 is never omitted."""
    assert slots(*STARTED, at=at)[1:] == settled


def test_the_omission_of_the_last_slot_moves_the_next_cycle() -> None:
    """Day 1 comes no earlier than the day on which the cycle's last slot was omitted."""
    told = (*STARTED, (9, LIVER), (9, GIVEN))
    assert state(*told, at=21)("closed_on") != 22
    value = state(*told, at=30)
    assert (value("cycle"), value("day"), value("closed_on"), value("earliest")) == (2, 1, 22, 22)


def test_only_days_on_which_something_can_change_are_visited() -> None:
    """A year without an event takes a handful of days, and the first visited is that of the first event."""
    days: list[int] = []

    def noting(engine: Engine, env: Any, today: int, events: Any) -> None:
        days.append(today - FIRST.toordinal())
        live(engine, env, today, events)

    with patch.object(oncourse.fold, "live", noting):
        decided(*STARTED, at=365)
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == (0, 365)
    assert {14, 21} <= set(days)
    assert len(days) < 20


def test_a_course_looked_at_before_its_first_event() -> None:
    """There is nothing yet but the day itself."""
    asked = course(*STARTED)
    env = fold(Engine(PROTOCOL, {}), asked, history(asked, on(-1)), on(-1).toordinal())
    assert env[1] == on(-1).toordinal()
    assert env[3].slots == []


@pytest.mark.parametrize(
    ("told", "settled"),
    [
        # on or after the earliest day of the next slot
        (((6, GIVEN),), (1, 8, "given", 6)),
        # before it, with nothing omitted: the next slot, too early
        (((3, GIVEN),), (1, 8, "given", 3)),
        # day 8 omitted, before the earliest day of day 15: the omitted slot
        (((5, "omitted: {reason: patient, cycle: 1, day: 8}"), (9, GIVEN)), (1, 8, "given", 9)),
        # said outright
        (((7, "given: {dose: 0.91 mg, cycle: 1, day: 15}"),), (1, 15, "given", 7)),
        (((7, "given: {dose: 0.91 mg, cycle: 3, day: 1}"),), (3, 1, "given", 7)),
    ],
)
def test_to_which_slot_a_dose_belongs(told: tuple[Told, ...], settled: tuple[int, int, str, int]) -> None:
    """By its date, or as it says."""
    assert slots(*STARTED, *told, at=9)[-1] == settled


def test_a_dose_for_an_omitted_slot_moves_the_floor_and_opens_no_cycle() -> None:
    """The slot stays omitted in the calendar's eyes; the next is still the next."""
    value = state(*STARTED, (5, "omitted: {reason: patient, cycle: 1, day: 8}"), (9, GIVEN))
    assert (value("cycle"), value("day"), value("last_dose"), value("cycle_start")) == (1, 15, 9, 0)
    assert value("earliest") == 15


@pytest.mark.parametrize(
    ("told", "next_slot"),
    [
        (((8, "omitted: {reason: liver}"),), (1, 15)),
        (((8, "omitted: {reason: liver, cycle: 1, day: 8}"),), (1, 15)),
        (((8, "omitted: {reason: liver, cycle: 1, day: 15}"),), (1, 8)),
        (((8, "omitted: {reason: liver, cycle: 1, day: 15}"), (8, GIVEN)), (2, 1)),
        (((8, "omitted: {reason: liver}"), (8, "omitted: {reason: liver}")), (1, 15)),
        (((14, "omitted: {reason: liver}"),), (1, 15)),
    ],
)
def test_which_slot_a_clinician_omits(told: tuple[Told, ...], next_slot: tuple[int, int]) -> None:
    """The one named, also beforehand; without a name, the one that was next when the day began, and only once."""
    value = state(*STARTED, *told)
    assert (value("cycle"), value("day")) == next_slot


@pytest.mark.parametrize("at", [0, 1, 2, 30])
def test_slots_given_up_beforehand_are_omitted_as_soon_as_they_are_next(at: int) -> None:
    """Both on the day of the dose before them, on whatever day one asks."""
    ahead = tuple((0, f"omitted: {{reason: patient, cycle: 1, day: {day}}}") for day in (8, 15))
    told = (*READY, *ahead, (0, "given: {dose: 1.46 mg}"))
    assert slots(*told, at=at)[1:] == [(1, 8, "omitted", 0), (1, 15, "omitted", 0)]
    assert state(*told, at=at)("closed_on") == 0


def test_an_omission_of_day_1_is_only_a_reason() -> None:
    """Day 1 of a cycle is never omitted, only late."""
    value = state(*CYCLE_1, (22, "omitted: {reason: patient}"))
    assert (value("cycle"), value("day"), value("explained")) == (2, 1, True)


def test_an_interruption_runs_from_the_due_day_to_the_day_all_holds_are_known_to_be_over() -> None:
    """Three dates tell it; waiting afterwards is lateness."""
    told = (*STARTED, (7, BAD), (12, LIVER))
    assert [state(*told, at=day)("interruption_days") for day in (7, 11, 12, 13)] == [0, 4, 5, 5]
    value = state(*told)
    assert (value("held_from"), value("recovered_on"), value("bad_on")) == (7, 12, 7)
    again = state(*told, (13, BAD), at=13)
    assert again("interruption_days") == 6
    assert state(*told, (13, LIVER), (13, GIVEN))("interruption_days") == 0


def test_only_an_open_question_takes_an_answer() -> None:
    """An answer to none, to an unknown one, or with an unknown choice is kept and noted until the next dose."""
    for clause, choice in (("pregnancy", "continue"), ("no-such", "yes"), ("liver-hold", "continue")):
        told = (*STARTED, (5, f"judged: {{clause: {clause}, choice: {choice}}}"))
        assert clauses(decided(*told)) == ["judgement-unasked"]
        assert clauses(decided(*told, (7, LIVER), (7, GIVEN))) == []
    positive = (*STARTED, (5, "pregnancy_test: {result: positive}"))
    assert clauses(decided(*positive, (5, "judged: {clause: pregnancy, choice: perhaps}"))) == [
        "pregnancy",
        "judgement-unasked",
    ]


def test_a_dose_given_while_a_question_is_open_settles_it() -> None:
    """For that occasion the question is not asked again."""
    told = (*STARTED, (5, "pregnancy_test: {result: positive}"), (7, LIVER))
    assert decided(*told).verdict == "judge"
    assert decided(*told, (7, GIVEN)).verdict == "wait"
    assert decided(*told, (7, GIVEN), (8, "pregnancy_test: {result: positive}")).verdict == "judge"


def test_overrides_are_kept_for_ever_and_silence_nothing() -> None:
    """One of a clause that does not exist is noted as well."""
    told = (*STARTED, (7, BAD), (7, "overrode: {clause: liver-hold, kind: clinical, why: haemolysis}"))
    decision = decided(*told)
    assert (decision.verdict, clauses(decision)) == ("hold", ["liver-hold"])
    assert [event.fields["clause"] for event in decision.moment.env[3].overrides] == ["liver-hold"]
    unknown = decided(*STARTED, (5, "overrode: {clause: no-such, kind: other, why: none}"))
    assert clauses(unknown) == ["judgement-unasked"]


def test_what_is_remembered_of_a_dose() -> None:
    """How much, on which amount, at which level and surface."""
    first, second = decided(*STARTED, (7, LIVER), (7, GIVEN)).moment.slots
    assert (first.mg, first.row, first.level, first.bsa) == (
        146 / first.bsa * first.bsa / 100,
        "day-1-dose",
        0,
        first.bsa,
    )
    assert (second.row, second.cycle, second.day) == ("day-8-dose", 1, 8)


def test_the_baseline_is_taken_once() -> None:
    """The counts of the first dose stay, whatever is counted later."""
    value = state(*CYCLE_1, (20, "labs: {anc: 0.2 10*9/L, platelets: 9 10*9/L}"))
    assert (value("baseline_anc") * 10, value("baseline_platelets")) == (18, 85)
    assert value("low_anc_baseline") is False
    low = state(*READY, (0, "labs: {anc: 0.9 10*9/L}"), (0, "given: {dose: 1.46 mg}"))
    assert low("low_anc_baseline") is True
