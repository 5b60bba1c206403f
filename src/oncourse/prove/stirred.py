"""Real moments stirred at random: state, record, answers and day as no course need ever have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from oncourse import course as courses
from oncourse.decide import Moment, decide, engine_for
from oncourse.engine import EVENT, MEMORY, RECORDS, TODAY, Answer, Engine
from oncourse.event import EXPECT, Event, Field
from oncourse.facts import COURSE
from oncourse.protocol import Protocol, Variable
from oncourse.protocol_file import type_of
from oncourse.prove.draws import Draws, Edges
from oncourse.value import NEVER, Env

MOST_STIRS = 9
TERMS = ("one", "another")  # what records of several keys are told apart by


def moments_of_cases(protocol: Protocol) -> Iterator[Moment]:
    """Every moment at which a course of the protocol's own suite expects something."""
    for path in sorted((protocol.folder / "cases").rglob("*.yaml")):
        course = courses.read(path.read_bytes(), path.name, protocol.vocabulary)
        for listed, event in enumerate(course.events):
            if event.kind == EXPECT:
                yield decide(protocol, course, event.at, listed).moment


class Stirrer:
    """Changes a few things of a moment, each for a value at an edge."""

    def __init__(self, protocol: Protocol, edges: Edges, draws: Draws) -> None:
        self.protocol, self.edges, self.draws = protocol, edges, draws
        self.read = sorted({kind for fact in protocol.facts for kind, _ in fact.sources})

    def stirred(self, moment: Moment) -> Moment:
        """The moment after some changes, sometimes at another site; the one given stays as it is."""
        engine, env = moment.engine, list(moment.env)
        if self.draws.percent(25):
            engine = engine_for(self.protocol, self._site())
        env[RECORDS], env[MEMORY] = env[RECORDS].copy(), env[MEMORY].copy()
        stirs = (self._state, self._state, self._observe, self._observe, self._lose, self._pass, self._answer)
        for _ in range(self.draws.below(MOST_STIRS)):
            self.draws.one_of(stirs)(engine, env)
            engine.forget(env)
        if self.draws.percent(20):
            self._patient(env)
        env[EVENT] = {}
        engine.forget(env)
        return Moment(engine, env)

    def _state(self, engine: Engine, env: Env) -> None:
        variable = self.draws.one_of(self.protocol.state)
        env[engine.slots[variable.name]] = self._remembered(variable, env)

    def _remembered(self, variable: Variable, env: Env) -> object:
        if variable.initial is NEVER and self.draws.percent(20):
            return NEVER
        if variable.type.kind == "bool":
            return self.draws.percent(50)
        if variable.type.kind == "date":
            return self.edges.date(self.draws, env[TODAY])
        number = self.edges.number(variable.name, variable.type, self.draws)
        return int(number) if variable.type.unit in (None, "d") else number

    def _observe(self, engine: Engine, env: Env) -> None:
        day = env[TODAY] - self.draws.one_of((0, 1, 3, 4, self.draws.below(40)))
        event = self.event(self.draws.one_of(self.read), day)
        for reader in engine.readers.get(event.kind, ()):
            reader(env[RECORDS], event, day)

    def event(self, kind: str, day: int) -> Event:
        """Any event of a kind on a day."""
        record = self.protocol.vocabulary.kinds[kind].record
        joined = self.draws.percent(50)
        fields = {
            name: self._field(kind, of)
            for name, of in record.fields.items()
            if of.required or (joined if name in record.together else self.draws.percent(70))
        }
        return Event(kind, date.fromordinal(day), None, fields)

    def _field(self, kind: str, of: Field) -> object:
        if of.type == "list":
            return of.options[: self.draws.below(len(of.options) + 1)]
        names = [fact.name for fact in self.protocol.facts if (kind, of.name) in fact.sources]
        name, type_ = self.draws.one_of([*names, f"event_{of.name}"]), type_of(of)
        if type_.kind == "bool":
            return self.draws.percent(50)
        if type_.kind == "choice":
            return self.draws.one_of(of.options or (*self.edges.options(name, type_), *TERMS))
        if of.numbers:
            near = [number for number in of.numbers if number in self.edges.numbers(name, type_)]
            return self.draws.one_of(near if near and self.draws.percent(80) else of.numbers)
        return self._measured(of, self.edges.number(name, type_, self.draws))

    def _measured(self, of: Field, number: int | Fraction) -> Fraction:
        if all(bound.admits(Fraction(number)) for bound in of.bounds) and number >= 0:
            return Fraction(number)
        return sum((bound.value for bound in of.bounds), Fraction(0)) / max(1, len(of.bounds))

    def _lose(self, engine: Engine, env: Env) -> None:
        """One kind of event was never recorded."""
        kind = self.draws.one_of(self.read)
        for index, fact in enumerate(self.protocol.facts):
            if any(kind == source for source, _ in fact.sources):
                env[RECORDS].latest[index] = None

    def _pass(self, engine: Engine, env: Env) -> None:
        env[TODAY] = self.edges.date(self.draws, env[TODAY])

    def _answer(self, engine: Engine, env: Env) -> None:
        """A living answer to a question, or one that died with its occasion; or something nobody asked."""
        rule, memory = self.draws.one_of(engine.judgements), env[MEMORY]
        assert rule.occasion is not None
        choice = self.draws.one_of(rule.clause.options)
        occasion = rule.occasion(env) if self.draws.percent(80) else env[TODAY] - 1000
        memory.answers[rule.clause.id] = Answer(choice, occasion, env[TODAY])
        if choice == rule.clause.stops:
            memory.stopped_by = rule.clause.id
        memory.unasked[:] = TERMS[: self.draws.below(2)]

    def _patient(self, env: Env) -> None:
        today = date.fromordinal(env[TODAY])
        born = self.draws.one_of((None, *(today.replace(year=today.year - age, day=1) for age in (0, 1, 17, 18, 60))))
        sex = self.draws.one_of((None, *self.protocol.types["sex"].options))
        env[COURSE] = replace(env[COURSE], born=born, sex=sex)

    def _site(self) -> Mapping[str, object]:
        """A site's own choice of every setting."""
        return {
            setting.name: self.draws.one_of(setting.type.options or (1, 3, 8)) for setting in self.protocol.settings
        }
