"""A protocol made ready: settings, names, what is worked out once, and what a dose would be."""

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.builders import CYCLE_1, FIRST, PROTOCOL, READY, STARTED, course, decided, on

from oncourse.decide import engine_for
from oncourse.engine import EVENT, MEMORY, RECORDS, TODAY, Answer, Engine, Memory, Settled
from oncourse.expression import BOOL, Const
from oncourse.protocol_file import answer_name
from oncourse.value import NEVER, UNSET, Unknown

ENGINE = Engine(PROTOCOL, {})


def test_settings_are_the_protocol_s_unless_the_site_says_otherwise() -> None:
    """Each has its default; what is no setting of the protocol makes no other engine."""
    assert ENGINE.settings == {"jurisdiction": "US", "result_age": 3, "transfusion_washout": 7}
    site = Engine(PROTOCOL, {"result_age": 5, "jurisdiction": "EU"})
    assert (site.settings["result_age"], site.settings["jurisdiction"]) == (5, "EU")
    assert site.lookup["jurisdiction"]([]) == "EU"
    assert engine_for(PROTOCOL, {"ward": "7B"}) is engine_for(PROTOCOL, {})
    assert engine_for(PROTOCOL, {"result_age": 5}) is not engine_for(PROTOCOL, {})
    assert engine_for(replace(PROTOCOL), {}) is not engine_for(PROTOCOL, {})


def test_nothing_has_happened_at_the_start() -> None:
    """The state is as declared, no fact is seen, no slot settled."""
    env = ENGINE.start(course((0, "stopped: {}")))
    assert [env[ENGINE.slots[name]] for name in ("cycle", "day", "level", "first_dose")] == [1, 1, 0, NEVER]
    assert (env[EVENT], env[MEMORY].slots, env[RECORDS].masking) == ({}, [], [])
    assert len(env[RECORDS].latest) == len(PROTOCOL.facts)
    assert env[MEMORY].last_given() is None


def test_a_value_is_kept_until_something_moves() -> None:
    """What was worked out stays until it is forgotten; then it is worked out anew."""
    env = ENGINE.start(course(*READY))
    env[TODAY] = FIRST.toordinal()
    assert ENGINE.lookup["started"](env) is False
    env[ENGINE.slots["first_dose"]] = FIRST.toordinal()
    assert ENGINE.lookup["started"](env) is False
    ENGINE.forget(env)
    assert set(env[ENGINE.first_lazy :]) == {UNSET}
    assert ENGINE.lookup["started"](env) is True


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1961-01-05", 0, 65),
        ("1961-01-06", 0, 64),
        ("2024-02-29", 54, 1),
        ("2024-02-29", 55, 2),
        ("2025-01-05", 0, 1),
        ("2025-01-06", 0, 0),
    ],
)
def test_age_in_full_years(born: str, day: int, age: int) -> None:
    """Counted on birthdays; one born on 29 February is older from 1 March."""
    env = ENGINE.start(course(born=born))
    env[TODAY] = on(day).toordinal()
    assert ENGINE.lookup["age"](env) == age


@pytest.mark.parametrize(("name", "asked"), [("age", "born"), ("sex", "sex")])
def test_what_is_not_said_of_the_patient_is_unknown(name: str, asked: str) -> None:
    """And it is the patient's own entry that is asked for."""
    value = ENGINE.lookup[name](ENGINE.start(course(born=None, sex=None)))
    assert isinstance(value, Unknown) and value.facts == {asked}
    assert isinstance(ENGINE.lookup["sex"](ENGINE.start(course(sex="unknown"))), Unknown)
    assert ENGINE.lookup["sex"](ENGINE.start(course(sex="female"))) == "female"


@pytest.mark.parametrize(
    ("told", "mg"),
    [
        (READY, "1.46"),
        (READY[:1] + READY[2:], None),
        ((*READY, (0, "measured: {weight: 80 kg}")), "1.55"),
        (STARTED, "0.91"),
        (CYCLE_1[:-1], None),
        (CYCLE_1, "1.46"),
        ((*CYCLE_1, (19, "response: {status: CR}")), "0.91"),
    ],
)
def test_the_dose_is_known_as_soon_as_it_can_be(told: tuple[tuple[int, str], ...], mg: str | None) -> None:
    """Nothing while body size or the response that it hangs on is missing."""
    decision = decided(*told)
    assert (decision.dose and decision.dose.mg) == (mg and Fraction(mg))
    unknown = isinstance(decision.moment.value("dose_mg"), Unknown)
    assert unknown == (mg is None)


@pytest.mark.parametrize(
    ("told", "holding"),
    [
        ((), False),
        (((0, "labs: {ast: 9 ULN}"),), True),
        (((0, "labs: {ast: 9 ULN}"), (4, "labs: {alt: 1 ULN}")), True),
        (((4, "labs: {alt: 1 ULN}"),), None),
        (((0, "vod: {status: suspected}"), (4, "labs: {alt: 1 ULN}")), True),
        (((0, "reaction: {grade: 4}"),), False),
    ],
)
def test_whether_some_hold_stands(told: tuple[tuple[int, str], ...], holding: bool | None) -> None:
    """Surely, surely not, or unknown; stops are no holds."""
    value = decided(*STARTED, *told).moment.value("holding")
    assert value is holding or (holding is None and isinstance(value, Unknown))


def test_a_clause_that_asks_in_place_of_a_hold_holds() -> None:
    """A need with `holds` stands as a hold while what it asks for is missing."""
    late = [(day, "labs: {anc: 0.4 10*9/L, platelets: 20 10*9/L}") for day in (21, 57)]
    moment = decided(*CYCLE_1, *late, (57, "labs: {bilirubin: 1 ULN, ast: 1 ULN, alt: 1 ULN}")).moment
    assert moment.value("counts_unattested") is True
    assert moment.value("holding") is True


def test_an_answer_lives_as_long_as_its_occasion() -> None:
    """The same answer counts for the test it was given for, and not for the next positive one."""
    positive = "pregnancy_test: {result: positive}"
    told = (*READY, (0, positive), (0, "judged: {clause: pregnancy, choice: continue}"))
    assert decided(*told).moment.value(answer_name("pregnancy")) == "continue"
    assert decided(*told, (1, positive)).moment.value(answer_name("pregnancy")) == "none"
    assert decided(*READY).moment.value(answer_name("pregnancy")) == "none"


def test_the_slots_so_far() -> None:
    """The last dose given, and what was omitted since."""
    given, lost, late = Settled(1, 1, "given", 1), Settled(1, 8, "omitted", 2), Settled(1, 15, "omitted", 3)
    memory = Memory(slots=[lost, given, lost, late], answers={"x": Answer("y", 1, 1)})
    assert memory.last_given() is given
    assert memory.omitted() == [lost, late]
    copy = memory.copy()
    copy.slots.clear()
    copy.answers.clear()
    assert (len(memory.slots), len(memory.answers), copy.omitted()) == (4, 1, [])


def test_every_rule_and_move_of_the_protocol_is_ready() -> None:
    """Each clause once, in the order of the file; each transition under every kind of happening it is on."""
    assert [rule.clause for rule in ENGINE.rules] == list(PROTOCOL.clauses)
    assert {rule.clause.act for rule in ENGINE.judgements} == {"judge"}
    moves = [(kind, move.id) for kind, moves in ENGINE.moves.items() for move in moves]
    assert sorted(moves) == sorted((kind, move.id) for move in PROTOCOL.happens for kind in move.on)
    assert ENGINE.compiled(Const(BOOL, PROTOCOL.permit.place, True))([]) is True
