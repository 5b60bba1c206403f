"""Any situation a protocol can be asked about, as solver terms: facts, state, what follows, the verdict.

The terms come from the same trees as the engine's closures. What the engine adds to the file, the order
of the verdicts, is written once more here, as formulas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

import z3

from oncourse.expression import BOOL, Node, Type
from oncourse.field import Field
from oncourse.protocol import ACTS, Clause, Fact, Protocol
from oncourse.protocol_file import answer_name, type_of
from oncourse.prove.terms import NO, YES, Choices, Term, Truth, Value, choose, constant, free, term
from oncourse.value import NEVER

VERDICTS = ACTS[:7]
VERDICT, PER_M2, PERMIT, QUESTION, DEFAULT = "verdict", "mg_per_m2", "permit", "question", "question_default"
FIRES, LACKS, NONE = "fires_", "lacks_", "none"
EXTRA: Mapping[str, Type] = {VERDICT: Type("choice", options=VERDICTS), PER_M2: Type("number"), PERMIT: BOOL}


def names_of(protocol: Protocol) -> Mapping[str, Type]:
    """What a claim may name beside the protocol's own words: the verdict and amount, each finding, the question."""
    judgements = [clause for clause in protocol.clauses if clause.act == "judge"]
    questions = Type("choice", options=(*(clause.id for clause in judgements), NONE))
    defaults = Type("choice", options=(*dict.fromkeys(clause.default for clause in judgements), NONE))
    findings = dict.fromkeys((*findings_of(protocol), *needs_of(protocol)), BOOL)
    return {**EXTRA, QUESTION: questions, DEFAULT: defaults, **findings}


def findings_of(protocol: Protocol) -> Mapping[str, Clause]:
    """For each `fires_` name, the clause that is then a finding of its own act."""
    told = (clause for clause in protocol.clauses if clause.act not in ("need", "omit"))
    return {f"{FIRES}{clause.id.replace('-', '_')}": clause for clause in told}


def needs_of(protocol: Protocol) -> Mapping[str, str]:
    """For each `lacks_` name, the id under which something is then asked for."""
    return {f"{LACKS}{need.replace('-', '_')}": need for clause in protocol.clauses for need in lacking_as(clause)}


def lacking_as(clause: Clause) -> tuple[str, ...]:
    """The id under which a clause asks for what it lacks, if it ever does."""
    if clause.act == "need":
        return (clause.id,)
    return (clause.unknown or clause.id,) if clause.act in ("stop", "hold") else ()


class Situation:
    """One moment: `names` are terms for facts, state and built-in words; derived ones come when asked for.

    `always` holds of every situation: types and domains, and what is known of one moment's facts.
    """

    def __init__(self, protocol: Protocol, choices: Choices) -> None:
        self.protocol, self.choices = protocol, choices
        self.always: list[Any] = []
        self.names: dict[str, Any] = {}
        self._built_in()
        for fact in protocol.facts:
            self.names[fact.name] = self._fact(fact)
            self.names.setdefault(f"{fact.name}_on", self._date(f"{fact.name}_on"))
        self._coherent()
        for variable in protocol.state:
            self.names[variable.name] = self._variable(variable.name, variable.type, variable.initial)

    def with_names(self, names: Mapping[str, Any]) -> Situation:
        """The same situation but for those names; everything that follows is worked out anew."""
        other = Situation.__new__(Situation)
        other.protocol, other.choices, other.always = self.protocol, self.choices, self.always
        gone = {*self.protocol.derived, "holding", "dose_mg", *names_of(self.protocol)}
        other.names = {name: made for name, made in self.names.items() if name not in gone} | dict(names)
        return other

    def free(self, name: str, of: Type, known: bool = False) -> Any:
        """A new name of which only the type is known."""
        made, holds = free(name, of, self.choices, known)
        self.always += holds
        return made

    def lookup(self, name: str) -> Any:
        """The term of any name."""
        if name not in self.names:
            tree = self.protocol.permit if name == PERMIT else self.protocol.derived.get(name)
            self.names[name] = self._own(name) if tree is None else self.read(tree)
        return self.names[name]

    def _own(self, name: str) -> Any:
        """A name that the engine adds to the file."""
        if name.startswith((FIRES, LACKS)):
            found = self._found(name)
            return Truth(found, z3.Not(found))
        own = {"holding": self._holding, "dose_mg": self._dose, VERDICT: self._verdict, PER_M2: self._amount}
        own |= {QUESTION: lambda: self._question("id"), DEFAULT: lambda: self._question("default")}
        return own[name]()

    def _found(self, name: str) -> Any:
        clauses, needs = findings_of(self.protocol), needs_of(self.protocol)
        if name in clauses:
            return self.finding(clauses[name])
        return self.asked(needs[name]) if name in needs else NO

    def read(self, tree: Node) -> Any:
        """The term of an expression of the protocol."""
        return term(tree, self.lookup, self.choices)

    def _built_in(self) -> None:
        types = self.protocol.types
        self.names["today"] = Value(z3.ToReal(z3.Int("today")), YES)
        self.names["age"], self.names["sex"] = (self.free(name, types[name]) for name in ("age", "sex"))
        for name in ("judged_stop", "unasked", *(setting.name for setting in self.protocol.settings)):
            self.names[name] = self.free(name, types[name], known=True)
        for clause in self.protocol.clauses:
            if clause.act != "judge":
                continue
            name = answer_name(clause.id)
            made = self.names[name] = self.free(name, types[name], known=True)
            if clause.stops:  # such an answer has stopped the course
                stops = made.value == self.choices.code(clause.stops)
                self.always.append(z3.Implies(stops, self.names["judged_stop"].yes))

    def _fact(self, fact: Fact) -> Any:
        if fact.take == "nothing":
            return Truth(NO, NO)
        if fact.type.kind == "date":
            return self._date(fact.name)
        said = fact.absent is not None and (not fact.masked or fact.skip_masked)
        made = self.free(fact.name, fact.type, known=said or fact.take == "each")
        if fact.take == "any" and fact.absent is None:
            self.always.append(z3.Not(made.no))
        if not isinstance(made, Value) or fact.type.kind != "number":
            return made
        self.always.append(made.value > 0 if fact.type.unit in ("cm", "kg") else made.value >= 0)
        if fact.type.unit is None:
            self.always.append(z3.IsInt(made.value))
        if fact.absent is NEVER:
            made = made._replace(never=z3.Bool(f"{fact.name}.never"))
        if fact.fresh:
            made = made._replace(stale=z3.Bool(f"{fact.name}.stale"), high=fact.worse == "high")
            self.always.append(z3.Not(z3.And(made.stale, made.known)))
        return made

    def _coherent(self) -> None:
        """What one record cannot say at once: a value that was never observed, one event seen and not seen."""
        seen: dict[object, Any] = {}
        for fact in self.protocol.facts:
            value, on = self.names[fact.name], self.names[f"{fact.name}_on"]
            if fact.take in ("any", "first-date", "last-date"):
                here = value.yes if isinstance(value, Truth) else z3.Not(value.never)
                self.always.append(here == seen.setdefault((fact.sources, fact.only), here))
            elif fact.take != "nothing" and isinstance(on, Value):
                self.always.append(z3.Implies(on.never, self._absent(fact, value)))

    def _absent(self, fact: Fact, value: Any) -> Any:
        """The fact is what silence means."""
        if fact.absent is None and fact.take != "each":
            stale = value.stale if isinstance(value, Value) else NO
            return z3.Not(z3.Or(is_known(value), stale))
        silent = constant(0 if fact.take == "each" else fact.absent, self.choices)
        if isinstance(value, Truth):
            return value.yes == silent.yes
        return value.never if fact.absent is NEVER else value.value == silent.value

    def _date(self, name: str) -> Value:
        return Value(z3.ToReal(z3.Int(name)), YES, z3.Bool(f"{name}.never"))

    def _variable(self, name: str, of: Type, initial: object) -> Any:
        if of.kind == "date":
            return self._date(name)
        made = self.free(name, of, known=True)
        if isinstance(made, Value):
            if of.unit in (None, "d"):
                self.always.append(z3.IsInt(made.value))
            if initial is NEVER:
                return made._replace(never=z3.Bool(f"{name}.never"))
        return made

    # What the engine adds: which clauses fire, and which verdict is the one.

    def scope(self, clause: Clause) -> Any:
        """The clause surely applies."""
        return YES if clause.scope is None else self.read(clause.scope).yes

    def when(self, clause: Clause) -> Truth:
        """The clause's condition."""
        return Truth(YES, NO) if clause.when is None else self.read(clause.when)

    def fires(self, clause: Clause) -> Any:
        """The clause is a finding of its own act, its time given."""
        when, scope = self.when(clause), self.scope(clause)
        if clause.act == "judge":
            unanswered = self.lookup(answer_name(clause.id)).value == self.choices.code("none")
            return z3.And(scope, when.yes, unanswered)
        if clause.act == "need":
            lacking = z3.Or([z3.Not(is_known(self.read(ask))) for ask in clause.asks])
            return z3.And(scope, z3.Or(z3.And(when.yes, lacking), is_open(when)))
        return z3.And(scope, when.yes)

    def undecided(self, clause: Clause) -> Any:
        """A stop or hold applies, and what it asks about is not known."""
        return z3.And(self.scope(clause), is_open(self.when(clause)))

    def finding(self, clause: Clause) -> Any:
        """The clause is told as a finding of its own act."""
        if clause.act == "hold":
            return z3.And(self._before_a_dose(), self.fires(clause))
        if clause.last:
            return z3.And(self.is_verdict("judge"), z3.Not(self.acts["judge"]), self.fires(clause))
        return z3.And(self.fires(clause), z3.Not(self.is_verdict("done"))) if clause.slot else self.fires(clause)

    def asked(self, need: str) -> Any:
        """Something is asked for under that id."""
        lacking = [self._lacks(clause) for clause in self.protocol.clauses if need in lacking_as(clause)]
        return z3.And(self.is_verdict("need"), z3.Or(lacking))

    def is_verdict(self, verdict: str) -> Any:
        """That verdict is the one."""
        return self.lookup(VERDICT).value == self.choices.code(verdict)

    def _lacks(self, clause: Clause) -> Any:
        return self.fires(clause) if clause.act == "need" else self.undecided(clause)

    def _question(self, part: str) -> Value:
        """Of the question that is asked first, its id or its default."""
        judgements = [clause for clause in self.protocol.clauses if clause.act == "judge"]
        asked = self.choices.code(NONE)
        for clause in sorted(judgements, key=lambda clause: clause.last)[::-1]:
            asked = z3.If(self.finding(clause), self.choices.code(getattr(clause, part)), asked)
        return Value(z3.ToReal(z3.If(self.is_verdict("judge"), asked, self.choices.code(NONE))), YES)

    def _before_a_dose(self) -> Any:
        """Neither too early nor complete: holds and needs are asked about."""
        return z3.And(z3.Not(self.acts["wait"]), z3.Not(self.acts["done"]))

    def _of(self, act: str, last: bool = False) -> list[Clause]:
        return [clause for clause in self.protocol.clauses if clause.act == act and clause.last == last]

    def _holding(self) -> Truth:
        extra = [self.fires(clause) for clause in self.protocol.clauses if clause.holds]
        holds = self._of("hold")
        no = [z3.Or(z3.Not(self.scope(clause)), self.when(clause).no) for clause in holds]
        return Truth(z3.Or([*map(self.fires, holds), *extra]), z3.And([*no, *map(z3.Not, extra)]))

    @cached_property
    def acts(self) -> Mapping[str, Any]:
        """For each act, whether something calls for it; `last` for the questions asked last."""
        wait = self.read(self.protocol.wait).yes
        done = z3.Or([self.fires(clause) for clause in self._of("done")])
        before = z3.And(z3.Not(wait), z3.Not(done))
        needs = [self._lacks(clause) for clause in self.protocol.clauses if lacking_as(clause)]
        stopped = self.lookup("judged_stop")
        assert isinstance(stopped, Truth)
        return {
            "stop": z3.Or([stopped.yes, *map(self.fires, self._of("stop"))]),
            "done": done,
            "judge": z3.Or([*map(self.fires, self._of("judge"))]),
            "wait": wait,
            "hold": z3.And(before, z3.Or([*map(self.fires, self._of("hold"))])),
            "need": z3.And(before, z3.Or(needs)),
            "last": z3.Or([*map(self.fires, self._of("judge", last=True))]),
        }

    def _verdict(self) -> Value:
        """The strongest act that something calls for; the last questions only where a dose would go."""
        code = self.choices.code
        otherwise = z3.If(self.acts["last"], code("judge"), code("give"))
        for verdict in reversed(VERDICTS[:6]):
            otherwise = z3.If(self.acts[verdict], code(verdict), otherwise)
        return Value(z3.ToReal(otherwise), YES)

    def _amount(self) -> Value:
        """mg/m² of the next slot; unknown while a row before the one that applies is open, or body size."""
        value, settled, known = z3.RealVal(0), NO, NO
        for row in self.protocol.amounts.rows:
            when, exact = self.read(row.when), row.mg_per_m2
            here = z3.And(z3.Not(settled), when.yes)
            value = z3.If(here, z3.Q(exact.numerator, exact.denominator), value)
            known, settled = z3.Or(known, here), z3.Or(settled, z3.Not(when.no))
        known = z3.And(known, *(is_known(self.lookup(name)) for name in ("height", "weight")))
        return Value(value * self.read(self.protocol.amounts.percent).value / 100, known)

    def _dose(self) -> Value:
        """Some positive amount, known where it can be computed; rounding is not the solver's business."""
        value = z3.Real("dose_mg")
        self.always.append(value > 0)
        return Value(value, self.lookup(PER_M2).known)

    # How what happens moves the state.

    def at_rest(self, ids: Collection[str]) -> Iterable[Any]:
        """Those transitions have nothing left to do."""
        for transition in self.protocol.happens:
            if transition.id in ids and transition.when is not None:
                yield z3.Not(self.read(transition.when).yes)

    def after(self, kind: str) -> Situation:
        """The situation once everything that such a happening moves has moved, in the file's order."""
        now = self
        self._happens(kind)
        for transition in self.protocol.happens:
            if kind not in transition.on:
                continue
            cond = YES if transition.when is None else now.read(transition.when).yes
            kept = Truth(cond, z3.Not(cond))
            now = now.with_names(
                {name: choose(kept, now.read(tree), now.names[name]) for name, tree in transition.sets}
            )
        return now

    def _happens(self, kind: str) -> None:
        """An event of that kind with any fields it may have; for a moment of the day there are none."""
        known = self.protocol.vocabulary.kinds.get(kind)
        for name, of in (known.record.fields if known is not None else {}).items():
            self.names[f"event_{name}"] = self._event_field(f"event_{name}", of)
        together = [self.names[f"event_{name}"] for name in (known.record.together if known is not None else ())]
        self.always += [one.never == other.never for one, other in pairwise(together)]

    def _event_field(self, name: str, of: Field) -> Any:
        made = self.free(name, type_of(of), known=True)
        if isinstance(made, Value):
            made = made._replace(never=z3.Bool(f"{name}.never"))
            if of.numbers:
                self.always.append(z3.IsInt(made.value))
                self.always.append(z3.And(made.value >= min(of.numbers), made.value <= max(of.numbers)))
                if not isinstance(of.numbers, range):
                    self.always.append(z3.Or([made.value == number for number in of.numbers]))
        return made


def is_known(value: Term) -> Any:
    """A condition is decided, a value known."""
    return z3.Or(value.yes, value.no) if isinstance(value, Truth) else value.known


def is_open(value: Truth) -> Any:
    """A condition is undecided."""
    return z3.And(z3.Not(value.yes), z3.Not(value.no))
