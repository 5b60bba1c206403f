"""What the future of a course can depend on: two courses with one footprint go on alike."""

from __future__ import annotations

from collections.abc import Hashable

from oncourse.engine import MEMORY, RECORDS, TODAY, Engine
from oncourse.expression import names_in
from oncourse.facts import COURSE, Item, Observation, span
from oncourse.protocol import Fact
from oncourse.prove.trees import every_tree
from oncourse.value import Env, Stale, Unknown

FAR = 99  # days; no constant of a protocol reaches so far back


class Footprint:
    """Reads footprints off the environments of one engine: every date is its age in days, far ones alike."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dated = {variable.name for variable in engine.protocol.state if variable.type.kind == "date"}
        self.read = {name for tree in every_tree(engine.protocol) for name in names_in(tree)}
        self.washout = max((span(fact.within, engine.settings) for fact in engine.protocol.facts), default=0)

    def of(self, env: Env) -> Hashable:
        """State, living answers and what the record says."""
        engine, today, memory = self.engine, env[TODAY], env[MEMORY]
        slots = engine.slots.items()
        answers = (engine.answered(rule, env) for rule in engine.judgements)
        records = zip(engine.protocol.facts, env[RECORDS].latest, strict=True)
        return (
            env[COURSE].born,
            env[COURSE].sex,
            tuple(_aged(env[slot], today) if name in self.dated else _plain(env[slot]) for name, slot in slots),
            tuple(answer and answer.choice for answer in answers),
            memory.stopped_by,
            bool(memory.unasked),
            tuple(seen and self._said(env, fact, seen) for fact, seen in records),
            frozenset(today - day for day in env[RECORDS].masking if today - day < self.washout),
        )

    def _said(self, env: Env, fact: Fact, seen: Observation | dict[str, Item]) -> Hashable:
        """What the record says of a fact, its age only as far as it matters."""
        today = env[TODAY]
        if isinstance(seen, dict):
            return tuple((key, _fields(item), _aged(item.day, today)) for key, item in seen.items())
        if fact.type.kind == "date":
            return _aged(seen.value, today)
        age = _aged(seen.day, today) if fact.since or f"{fact.name}_on" in self.read else None
        if not fact.fresh:
            return seen.value, seen.masked, age
        value = self.engine.lookup[fact.name](env)
        if isinstance(value, Unknown):
            return "unknown"
        return seen.value, age if isinstance(value, Stale) else today - seen.day


def _plain(value: object) -> Hashable:
    """A value of the state as it compares; one that is not surely known, by what it says of itself."""
    return repr(value) if isinstance(value, (Unknown, Stale)) else value


def _fields(item: Item) -> Hashable:
    return item.value, tuple(sorted((name, str(value)) for name, value in item.fields.items()))


def _aged(day: object, today: int) -> Hashable:
    return min(today - day, FAR) if isinstance(day, int) else None
