"""Mistakes in whole rules: a clause with another act, a line left out, an order changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from oncourse.protocol import Clause, Protocol, Transition
from oncourse.prove.sites import Mutant, moved, name_of, replaced, with_item, with_sets, without

_OTHER_ACTS: Mapping[str, tuple[str, ...]] = {
    "stop": ("hold", "note"),
    "done": ("stop", "note"),
    "judge": ("note",),
    "hold": ("stop", "note"),
    "need": ("note",),
    "reduce": ("note",),
    "note": ("hold",),
    "omit": ("note",),
}


def mistakes(protocol: Protocol) -> Iterator[Mutant]:
    """Every mistake in a whole clause or transition, in the days looked at, and in what an answer names."""
    for place, clause in enumerate(protocol.clauses):
        yield from _of_clause(protocol, place, clause)
    yield from _of_order(protocol)
    for place, transition in enumerate(protocol.happens):
        yield from _of_transition(protocol, place, transition)
    yield from _of_sets(protocol)
    for place in range(len(protocol.wakes)):
        yield Mutant(f"wakes {place + 1}: left out", "left out", partial(without, protocol, "wakes", place))
    for part in ("slot", "dose_slot"):
        turned = getattr(protocol, part)[::-1]
        yield Mutant(f"answers {part}: reversed", "order", partial(replaced, protocol, part, turned))


def _of_clause(protocol: Protocol, place: int, clause: Clause) -> Iterator[Mutant]:
    name = name_of(clause)

    def changed(says: str, kind: str, solved: bool = False, **change: Any) -> Mutant:
        def make() -> Protocol:
            return with_item(protocol, "clauses", place, replace(clause, **change))

        return Mutant(f"{name}: {says}", kind, make, solved, clause.id)

    yield Mutant(f"{name}: left out", "left out", lambda: without(protocol, "clauses", place), True, clause.id)
    for act in _OTHER_ACTS[clause.act]:
        yield changed(f"becomes {act}", "act", True, act=act)
    if clause.scope is not None:
        yield changed("without scope", "left out", True, scope=None)
    if clause.unknown:
        yield changed("without unknown", "left out", unknown="")
    for flag in ("last", "holds", "slot"):
        if getattr(clause, flag) or flag in _flags(clause):
            yield changed(f"{flag} flipped", "flag", True, **{flag: not getattr(clause, flag)})
    for number, _ in enumerate(clause.asks if len(clause.asks) > 1 else ()):
        asks = clause.asks[:number] + clause.asks[number + 1 :]
        yield changed(f"without asks {number + 1}", "left out", True, asks=asks)
    for attribute, option in _other_options(clause):
        yield changed(f"{attribute} {option or 'nothing'}", "option", False, **{attribute: option})
    for option in clause.options:
        left = tuple(other for other in clause.options if other != option)
        yield changed(f"without option {option}", "left out", options=left)


def _flags(clause: Clause) -> tuple[str, ...]:
    """What could have been said of a clause of that act."""
    by_act = {"judge": ("last",), "need": ("holds",), "note": ("slot",), "reduce": ("slot",)}
    return by_act.get(clause.act, ())


def _other_options(clause: Clause) -> Iterator[tuple[str, str]]:
    for attribute in ("default", "stops", "dose_means") if clause.act == "judge" else ():
        for option in clause.options:
            if option != getattr(clause, attribute):
                yield attribute, option
    if clause.stops:
        yield "stops", ""


def _of_order(protocol: Protocol) -> Iterator[Mutant]:
    """Two neighbours in each other's place, where the first that fires counts or the day moves in order."""
    asked = [place for place, clause in enumerate(protocol.clauses) if clause.act == "judge"]
    for one, two in pairwise(asked):
        names = " and ".join(name_of(protocol.clauses[place]) for place in (one, two))
        yield Mutant(f"{names}: in each other's place", "order", _swapped(protocol, "clauses", one, two))
    for kind in dict.fromkeys(kind for transition in protocol.happens for kind in transition.on):
        among = [place for place, transition in enumerate(protocol.happens) if kind in transition.on]
        for one, two in pairwise(among):
            pair = [protocol.happens[place] for place in (one, two)]
            says = f"happens {pair[0].id} and {pair[1].id}: in each other's place on {kind}"
            solved = not (pair[0].omits and pair[1].omits)
            yield Mutant(says, "order", _swapped(protocol, "happens", one, two), solved)


def _swapped(protocol: Protocol, part: str, one: int, two: int) -> Any:
    items = list(getattr(protocol, part))
    items[one], items[two] = items[two], items[one]
    return lambda: replaced(protocol, part, tuple(items))


def _of_transition(protocol: Protocol, place: int, transition: Transition) -> Iterator[Mutant]:
    name = f"happens {transition.id}"

    def changed(says: str, kind: str, solved: bool = False, **change: Any) -> Mutant:
        return Mutant(
            f"{name}: {says}",
            kind,
            lambda: with_item(protocol, "happens", place, replace(transition, **change)),
            solved,
        )

    yield Mutant(f"{name}: left out", "left out", lambda: without(protocol, "happens", place), not transition.omits)
    if transition.when is not None:
        yield changed("without when", "left out", not transition.omits, when=None)
    for kind in transition.on if len(transition.on) > 1 else ():
        left = tuple(other for other in transition.on if other != kind)
        yield changed(f"not on {kind}", "left out", not transition.omits, on=left)
    if transition.omits:
        yield changed("omits nothing", "left out", omits="")


def _of_sets(protocol: Protocol) -> Iterator[Mutant]:
    """Each assignment left out, wherever it is shared."""
    done: set[int] = set()
    for transition in protocol.happens:
        if id(transition.sets) in done:
            continue
        done.add(id(transition.sets))
        for place, (variable, _) in enumerate(transition.sets):
            left = transition.sets[:place] + transition.sets[place + 1 :]
            yield Mutant(
                f"{moved(protocol, transition)}: does not set {variable}",
                "left out",
                partial(with_sets, protocol, transition, left),
                True,
            )
