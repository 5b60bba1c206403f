"""A protocol made ready to run: every expression a closure over one environment.

The environment is a list: the records, the day, the course, the memory of answers and the event at
hand; then the state; then every fact and derived value, worked out when
first asked for and forgotten when anything moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from oncourse import facts
from oncourse.course import Course
from oncourse.dose import Dose, amount
from oncourse.evaluate import closure, lazy
from oncourse.event import Event
from oncourse.expression import Node
from oncourse.facts import COURSE, EVENT, FIXED, MEMORY, RECORDS, TODAY, Records
from oncourse.protocol import Clause, Protocol
from oncourse.protocol_file import answer_name
from oncourse.value import NEVER, UNSET, Env, Evaluate, Unknown


@dataclass(slots=True)
class Answer:
    """A prescriber's answer to a judgement, and the occasion it was given for."""

    choice: str
    occasion: object
    on: int


@dataclass(slots=True)
class Settled:
    """A slot given or omitted: on which day (day number), with how much, by whose doing."""

    cycle: int
    day: int
    status: str
    on: int
    mg: object = None
    by: str = ""
    reason: str | None = None
    row: str | None = None
    level: int = 0
    bsa: object = None


@dataclass(slots=True)
class Memory:
    """What is remembered beside the protocol's state: answers, overrides, and the slots so far."""

    answers: dict[str, Answer] = field(default_factory=dict)
    stopped_by: str | None = None
    unasked: list[str] = field(default_factory=list)
    overrides: list[Event] = field(default_factory=list)
    slots: list[Settled] = field(default_factory=list)

    def copy(self) -> Memory:
        """The same memory, to be added to without touching this one."""
        return Memory(dict(self.answers), self.stopped_by, list(self.unasked), list(self.overrides), list(self.slots))

    def last_given(self) -> Settled | None:
        """The last dose given, if any."""
        return next((slot for slot in reversed(self.slots) if slot.status == "given"), None)

    def omitted(self) -> list[Settled]:
        """The slots omitted since the last dose, in order."""
        since: list[Settled] = []
        for slot in reversed(self.slots):
            if slot.status == "given":
                break
            since.append(slot)
        return since[::-1]


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause made ready: its scope, condition, questions and occasion as closures."""

    clause: Clause
    scope: Evaluate | None
    when: Evaluate | None
    asks: tuple[Evaluate, ...]
    occasion: Evaluate | None

    def applies(self, env: Env) -> bool:
        """Whether the clause's scope surely holds."""
        return self.scope is None or self.scope(env) is True

    def holds(self, env: Env) -> Any:
        """The clause's condition, or what is unknown in it."""
        return True if self.when is None else self.when(env)

    def lacking(self, env: Env) -> Unknown | None:
        """The facts among those it asks for that are not known."""
        lack: Unknown | None = None
        for ask in self.asks:
            value = ask(env)
            value = getattr(value, "lack", value)
            if isinstance(value, Unknown):
                lack = value if lack is None else lack.joined(value)
        return lack


@dataclass(frozen=True, slots=True)
class Move:
    """A transition made ready."""

    id: str
    when: Evaluate | None
    sets: tuple[tuple[int, Evaluate], ...]
    omits: str


class Engine:
    """One protocol under one site's settings. It keeps nothing of any course."""

    def __init__(self, protocol: Protocol, site: Mapping[str, object]) -> None:
        self.protocol = protocol
        self.settings: dict[str, Any] = {setting.name: setting.default for setting in protocol.settings} | dict(site)
        self.slots = {variable.name: FIXED + i for i, variable in enumerate(protocol.state)}
        self.first_lazy = FIXED + len(protocol.state)
        self.lookup: dict[str, Evaluate] = {}
        self._declare_plain()
        self._declare_facts()
        self.readers = facts.readers(protocol, self.settings)
        self._declare_built_in()
        for name, tree in protocol.derived.items():
            self._declare_lazy(name, self.compiled(tree))
        self.rules = tuple(self._rule(clause) for clause in protocol.clauses)
        self.judgements = self._chosen(lambda clause: clause.act == "judge")
        self.holders = self._chosen(lambda clause: clause.act == "hold" or clause.holds)
        self.before_dose = self._chosen(lambda clause: clause.act in ("hold", "need"))
        self.at_any_time = self._chosen(lambda clause: clause.act not in ("hold", "need", "omit"))
        self.wait, self.permit = self.compiled(protocol.wait), self.compiled(protocol.permit)
        self.wakes = tuple(self.compiled(tree) for tree in protocol.wakes)
        self.answers = {name: self.compiled(tree) for name, tree in protocol.answers.items()}
        self.rows = tuple((row, self.compiled(row.when)) for row in protocol.amounts.rows)
        self.percent = self.compiled(protocol.amounts.percent)
        self.amount = lru_cache(maxsize=256)(partial(amount, protocol.amounts))  # many moments share one dose
        self.moves = self._moves()
        self.blank = [UNSET] * (FIXED + len(self.lookup) - self.first_lazy)

    def compiled(self, tree: Node) -> Evaluate:
        """The closure of an expression of this protocol."""
        return closure(tree, self.lookup)

    def start(self, course: Course) -> Env:
        """The environment before anything happened."""
        initial = [variable.initial for variable in self.protocol.state]
        fixed = [Records(len(self.protocol.facts)), 0, course, Memory(), {}]
        return [*fixed, *initial, *self.blank]

    def forget(self, env: Env) -> None:
        """Drop everything worked out, because something moved."""
        env[self.first_lazy :] = self.blank

    def _declare_plain(self) -> None:
        for name, slot in self.slots.items():
            self.lookup[name] = itemgetter(slot)
        for setting in self.protocol.settings:
            self.lookup[setting.name] = _constant(self.settings[setting.name])
        self.lookup["today"] = itemgetter(TODAY)
        self.lookup["judged_stop"] = lambda env: env[MEMORY].stopped_by is not None
        self.lookup["unasked"] = lambda env: bool(env[MEMORY].unasked)
        for kind in {kind for transition in self.protocol.happens for kind in transition.on}:
            known = kind in self.protocol.vocabulary.kinds
            for name in self.protocol.vocabulary.fields(kind) if known else ():
                self.lookup[f"event_{name}"] = _event_field(name)

    def _declare_lazy(self, name: str, body: Evaluate) -> None:
        self.lookup[name] = lazy(FIXED + len(self.lookup), body)

    def _declare_facts(self) -> None:
        for index, fact in enumerate(self.protocol.facts):
            since = None if fact.since is None else self._later(fact.since)
            self._declare_lazy(fact.name, facts.value_of(fact, index, self.settings, since))
            self.lookup[f"{fact.name}_on"] = facts.observed_on(fact, index)

    def _later(self, name: str) -> Evaluate:
        """A name declared further on."""
        return lambda env: self.lookup[name](env)

    def _declare_built_in(self) -> None:
        self._declare_lazy("age", _age)
        self._declare_lazy("sex", _sex)
        self._declare_lazy("holding", self._holding)
        self._declare_lazy("the dose", self._dose)
        self._declare_lazy("dose_mg", self._dose_mg)
        for clause in self.protocol.clauses:
            if clause.act == "judge":
                self._declare_lazy(answer_name(clause.id), self._answer(clause.id))

    def _answer(self, clause: str) -> Evaluate:
        def answer(env: Env) -> object:
            rule = next(rule for rule in self.judgements if rule.clause.id == clause)
            given = self.answered(rule, env)
            return "none" if given is None else given.choice

        return answer

    def answered(self, rule: Rule, env: Env) -> Answer | None:
        """The living answer to a judgement: it dies with the occasion it was given for."""
        answer: Answer | None = env[MEMORY].answers.get(rule.clause.id)
        assert rule.occasion is not None
        return answer if answer is not None and answer.occasion == rule.occasion(env) else None

    def _holding(self, env: Env) -> object:
        """Whether any rule holds: surely, surely not, or unknown."""
        unknown: Unknown | None = None
        for rule in self.holders:
            if not rule.applies(env):
                continue
            value = rule.holds(env) if rule.clause.act == "hold" else rule.lacking(env) is not None
            if value is True:
                return True
            if isinstance(value, Unknown):
                unknown = value if unknown is None else unknown.joined(value)
        return False if unknown is None else unknown

    def _dose_mg(self, env: Env) -> object:
        found = self.dose(env)
        return Unknown(frozenset()) if found is None else found.mg

    def dose(self, env: Env) -> Dose | None:
        """The dose the next slot would get today; nothing while it cannot be computed."""
        found: Dose | None = self.lookup["the dose"](env)
        return found

    def _dose(self, env: Env) -> Dose | None:
        row = next(((row, value) for row, when in self.rows if (value := when(env)) is not False), None)
        sizes = [self.lookup[name](env) for name in ("height", "weight")]
        if row is None or row[1] is not True or any(isinstance(size, Unknown) for size in sizes):
            return None
        formula = self.settings.get("bsa_formula", self.protocol.amounts.formula)
        return self.amount(row[0], self.percent(env), sizes[0], sizes[1], formula)

    def _chosen(self, fits: Callable[[Clause], bool]) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if fits(rule.clause))

    def _rule(self, clause: Clause) -> Rule:
        def compiled(tree: Node | None) -> Evaluate | None:
            return None if tree is None else self.compiled(tree)

        asks = tuple(self.compiled(tree) for tree in clause.asks)
        return Rule(clause, compiled(clause.scope), compiled(clause.when), asks, compiled(clause.occasion))

    def _moves(self) -> dict[str, tuple[Move, ...]]:
        by_kind: dict[str, list[Move]] = {}
        for transition in self.protocol.happens:
            when = None if transition.when is None else self.compiled(transition.when)
            sets = tuple((self.slots[name], self.compiled(tree)) for name, tree in transition.sets)
            for kind in transition.on:
                by_kind.setdefault(kind, []).append(Move(transition.id, when, sets, transition.omits))
        return {kind: tuple(moves) for kind, moves in by_kind.items()}


def _constant(value: object) -> Evaluate:
    return lambda env: value


def _event_field(name: str) -> Evaluate:
    return lambda env: env[EVENT].get(name, NEVER)


def _age(env: Env) -> object:
    born: date | None = env[COURSE].born
    if born is None:
        return Unknown(frozenset(("born",)))
    today = date.fromordinal(env[TODAY])
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _sex(env: Env) -> object:
    sex = env[COURSE].sex
    return Unknown(frozenset(("sex",))) if sex in (None, "unknown") else sex


__all__ = ["EVENT", "MEMORY", "RECORDS", "TODAY", "Answer", "Engine", "Memory", "Move", "Rule", "Settled"]
