"""From the first event to a moment: the state moved by what happened, day by day.

A day is: its beginning, the omissions that time brings, its events in their order, and a look at
whether a hold stands. Only days on which something can change are visited.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from oncourse.course import Course
from oncourse.engine import EVENT, MEMORY, RECORDS, TODAY, Answer, Engine, Memory, Move, Settled
from oncourse.event import Event
from oncourse.value import Env
from oncourse.weigh import is_open, weigh

MOST_OMISSIONS = 9
LOOKED_BEFORE = ("judged", "overrode", "given")  # events before which the holds are looked at


def fold(engine: Engine, course: Course, events: Sequence[Event], at: int) -> Env:
    """The environment at the end of day `at` (a day number), after those events in their order."""
    env = engine.start(course)
    pending = [(day, list(group)) for day, group in groupby(events, lambda event: event.day.toordinal())]
    today = pending[0][0] if pending else at
    while True:
        of_today: Sequence[Event] = pending.pop(0)[1] if pending and pending[0][0] == today else ()
        live(engine, env, today, of_today)
        if today >= at:
            return env
        ahead = [day for day in wakes(engine, env) if day > today]
        today = min([*ahead, at, *(day for day, _ in pending[:1])])


def wakes(engine: Engine, env: Env) -> Iterator[int]:
    """The days on which the passing of time alone can move the state."""
    for wake in engine.wakes:
        day = wake(env)
        if isinstance(day, int):
            yield day


def live(engine: Engine, env: Env, today: int, events: Sequence[Event]) -> None:
    """One day."""
    for _ in hours(engine, env, today, events):
        pass


def hours(engine: Engine, env: Env, today: int, events: Sequence[Event]) -> Iterator[str]:
    """One day, step by step: before anything moves the state, its kind is told."""
    env[TODAY], env[EVENT] = today, {}
    engine.forget(env)
    yield "dawn"
    move(engine, env, "dawn")
    yield "time"
    settle(engine, env, "time")
    for event in events:
        if event.kind in LOOKED_BEFORE:
            yield "settle"
            settle(engine, env, "settle")
        yield event.kind
        _note(engine, env, event)
    yield "settle"
    env[EVENT] = {}
    settle(engine, env, "settle")


def happen(engine: Engine, env: Env, event: Event) -> None:
    """One event: a look at the holds where it needs one, then whatever it moves."""
    if event.kind in LOOKED_BEFORE:
        settle(engine, env, "settle")
    _note(engine, env, event)


def _note(engine: Engine, env: Env, event: Event) -> None:
    """Note one event, then carry out whatever it moves."""
    if event.kind == "judged":
        _judge(engine, env, event)
    if event.kind == "overrode":
        _note_override(engine, env[MEMORY], event)
    if event.kind == "given":
        _settle_questions(engine, env)
        dose = engine.dose(env)
    for reader in engine.readers.get(event.kind, ()):
        reader(env[RECORDS], event, env[TODAY])
    env[EVENT] = event.fields
    engine.forget(env)
    move(engine, env, event.kind)
    if event.kind == "given":
        _log_dose(engine, env, event, dose)


def settle(engine: Engine, env: Env, kind: str) -> None:
    """Carry out the transitions of a moment of the day, again for as long as they omit slots."""
    for _ in range(MOST_OMISSIONS):
        before = len(env[MEMORY].slots)
        move(engine, env, kind)
        if len(env[MEMORY].slots) == before:
            return


def move(engine: Engine, env: Env, kind: str) -> None:
    """Carry out every transition of that kind whose condition surely holds."""
    for transition in engine.moves.get(kind, ()):
        if transition.when is None or transition.when(env) is True:
            _apply(engine, env, transition)


def _apply(engine: Engine, env: Env, transition: Move) -> None:
    if transition.omits:
        cycle, day = slot_of(engine, env)
        given_up = Settled(cycle, day, "omitted", env[TODAY], by=transition.omits, reason=env[EVENT].get("reason"))
        env[MEMORY].slots.append(given_up)
    slots = [slot for slot, _ in transition.sets]
    values = [value(env) for _, value in transition.sets]
    if any(env[slot] is not value for slot, value in zip(slots, values, strict=True)):
        for slot, value in zip(slots, values, strict=True):
            env[slot] = value
        engine.forget(env)


def slot_of(engine: Engine, env: Env) -> tuple[int, int]:
    """The next slot: cycle and day."""
    cycle, day = engine.protocol.slot
    return env[engine.slots[cycle]], env[engine.slots[day]]


def _judge(engine: Engine, env: Env, event: Event) -> None:
    """An answer counts only while its question is open, for that occasion."""
    memory: Memory = env[MEMORY]
    clause, choice = str(event.fields.get("clause")), str(event.fields.get("choice"))
    rule = next((rule for rule in engine.judgements if rule.clause.id == clause), None)
    if rule is None or choice not in rule.clause.options or not _asked(engine, env, clause):
        memory.unasked.append(clause)
    else:
        assert rule.occasion is not None
        memory.answers[clause] = Answer(choice, rule.occasion(env), env[TODAY])
        if choice == rule.clause.stops:
            memory.stopped_by = memory.stopped_by or clause
    engine.forget(env)


def _note_override(engine: Engine, memory: Memory, event: Event) -> None:
    """An override is shown for ever; one of an unknown clause is kept and ignored."""
    memory.overrides.append(event)
    if event.fields.get("clause") not in engine.protocol.may_be_overridden:
        memory.unasked.append(str(event.fields.get("clause")))


def _asked(engine: Engine, env: Env, clause: str) -> bool:
    return any(found.act == "judge" and found.id == clause for found in weigh(engine, env).fired)


def _settle_questions(engine: Engine, env: Env) -> None:
    """A dose given while a question is open settles it."""
    for rule in engine.judgements:
        if rule.applies(env) and rule.holds(env) is True and is_open(engine, rule, env):
            assert rule.occasion is not None
            answer = Answer(rule.clause.dose_means, rule.occasion(env), env[TODAY])
            env[MEMORY].answers[rule.clause.id] = answer
    engine.forget(env)


def _log_dose(engine: Engine, env: Env, event: Event, dose: object) -> None:
    memory: Memory = env[MEMORY]
    memory.unasked.clear()
    engine.forget(env)
    cycle, day = (env[engine.slots[name]] for name in engine.protocol.dose_slot)
    row, bsa = getattr(dose, "row", None), getattr(dose, "bsa", None)
    level = engine.answers["level"](env)
    memory.slots.append(
        Settled(cycle, day, "given", env[TODAY], event.fields.get("dose"), row=row, level=level, bsa=bsa)
    )
