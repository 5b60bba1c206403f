"""What is looked at before a dose: each value with its limit, and whether it is within it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from oncourse.decide import Decision, Moment
from oncourse.evaluate import COMPARE
from oncourse.explain import Words
from oncourse.expression import OPPOSITE, Compare, Const, If, Name, Node, Not, parts_of
from oncourse.value import Unknown

MET, OUTSIDE, ALLOWED, NEEDED, UNASKED = "met", "outside", "allowed", "needed", "unasked"
FIRST = (OUTSIDE, NEEDED)


@dataclass(frozen=True, slots=True)
class Look:
    """One value: its fact, name, value and limit in words, the day it was observed, the clause that asks.

    `state` is met, outside (it forbids the dose), allowed (it is outside, and something else releases it),
    needed (it is not known and must be), or unasked (it is not known, and another value settles it).
    """

    fact: str
    name: str
    shown: str
    limit: str
    state: str
    on: date | None
    clause: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The limit of a fact, how a value is compared with it when it forbids a dose, and the clause that says so."""

    limit: Fraction
    op: str
    clause: str

    @property
    def above(self) -> bool:
        """Whether what is above the limit forbids; else what is below it."""
        return self.op in (">", ">=")

    def forbids(self, value: Fraction) -> bool:
        """Whether that value forbids a dose by itself."""
        return bool(COMPARE[self.op](value, self.limit))


def bounds(decision: Decision) -> dict[str, Bound]:
    """The limit of each fact that some rule compares with one, whether or not that rule asks at this slot."""
    found: dict[str, Bound] = {}
    for clause in decision.protocol.clauses:
        if clause.act == "hold" and clause.when is not None:
            for atom, forbids in _limits(clause.when, True, decision.moment, set()):
                limit = decision.moment.evaluate(atom.right)
                if isinstance(atom.left, Name) and isinstance(limit, (int, Fraction)):
                    found.setdefault(atom.left.name, Bound(Fraction(limit), _forbidding(atom, forbids), clause.id))
    return found


def looked_at(decision: Decision) -> list[Look]:
    """Every value that a rule of this slot compares with a limit, and every fact that is needed; what forbids first."""
    words, found = Words(decision), dict[str, Look]()
    for look in (*_limited(decision, words), *_needed(decision, words)):
        asked = look.state == NEEDED and look.fact in decision.needs
        if look.fact not in found or asked or _rank(look) < _rank(found[look.fact]):
            found[look.fact] = look
    return sorted(found.values(), key=_rank)


def _rank(look: Look) -> int:
    return FIRST.index(look.state) if look.state in FIRST else len(FIRST)


def _limited(decision: Decision, words: Words) -> Iterator[Look]:
    moment = decision.moment
    for rule in moment.engine.before_dose:
        clause = rule.clause
        if clause.when is None or clause.act != "hold" or not rule.applies(moment.env):
            continue
        holds = rule.holds(moment.env)
        for atom, forbids in _limits(clause.when, True, moment, set()):
            name = atom.left.name if isinstance(atom.left, Name) else ""
            value = moment.evaluate(atom)
            if isinstance(value, Unknown):
                state = NEEDED if isinstance(holds, Unknown) else UNASKED
            else:
                state = MET if value is not forbids else ALLOWED if holds is False else OUTSIDE
            limit = _limit(words, atom, forbids)
            yield _look(words, name, limit, state, clause.id)


def _needed(decision: Decision, words: Words) -> Iterator[Look]:
    for found in decision.findings:
        for fact in found.lacks if found.act == "need" else ():
            yield _look(words, fact, words.lacking(fact), NEEDED, found.clause)


def _look(words: Words, fact: str, limit: str, state: str, clause: str) -> Look:
    seen = words.moment.observation(fact)
    on = None if seen is None else date.fromordinal(seen.day)
    said = words.words["findings"]
    known = fact in words.decision.protocol.types  # the patient's birth is no fact of the course
    shown = (words.shown(fact) or said["none-reported"]) if known else said["not-recorded"]
    return Look(fact, str(words.words["names"].get(fact, fact)), shown, limit, state, on, clause)


def _limits(tree: Node, forbids: bool, moment: Moment, opened: set[str]) -> Iterator[tuple[Compare, bool]]:
    """The comparisons of a fact with a limit in a condition; whether each forbids when it holds, or when it does not.

    Of words only those that the clause itself names: those behind a derived name are its other ways out. `opened` are
    the derived names looked into so far: each is looked into where it is first named.
    """
    protocol = moment.engine.protocol
    match tree:
        case Not(part=part):
            yield from _limits(part, not forbids, moment, opened)
        case If(test=test, then=then, other=other):
            chosen = moment.evaluate(test)
            for branch in (then, other) if isinstance(chosen, Unknown) else (then if chosen else other,):
                yield from _limits(branch, forbids, moment, opened)
        case Name(name=name) if name in protocol.derived:
            if name not in opened:
                opened.add(name)
                yield from _limits(protocol.derived[name], forbids, moment, opened)
        case Compare(left=Name(name=name), right=Const()):
            kind = protocol.types[name].kind
            if name in {fact.name for fact in protocol.facts} and (kind == "number" or (kind != "date" and not opened)):
                yield tree, forbids
        case _:
            for part in parts_of(tree):
                yield from _limits(part, forbids, moment, opened)


def _forbidding(atom: Compare, forbids: bool) -> str:
    return atom.op if forbids else OPPOSITE[atom.op]


def _limit(words: Words, atom: Compare, forbids: bool) -> str:
    op = _forbidding(atom, forbids)
    unit = atom.left.type.unit or atom.right.type.unit
    return f"{words.words['bounds'][op]} {words.written(words.moment.evaluate(atom.right), unit)}"
