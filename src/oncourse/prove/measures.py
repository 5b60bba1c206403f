"""Mistakes in what turns a slot into mg and a bag, in its preparation and clocks, and in what follows the last dose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, get_args

from oncourse.body import Formula
from oncourse.protocol import Cited, Protocol
from oncourse.prove.sites import Mutant, replaced, with_item, without
from oncourse.prove.twist import nudged
from oncourse.quantity import show

_NUMBERS = (
    "bsa_step",
    "mg_step",
    "ceiling",
    "mg_per_ml",
    "vial_mg",
    "bag_ml",
    "least_mg_per_ml",
    "hours",
    "as_ordered",
)


def mistakes(protocol: Protocol) -> Iterator[Mutant]:
    """Every mistake in amounts, preparation, follow-up and what a plan supposes."""
    yield from _of_numbers(protocol)
    yield from _of_rows(protocol)
    yield from _of_texts(protocol)
    yield from _of_preparation(protocol)
    yield from _of_follow_up(protocol)
    yield from _of_plan(protocol)


def _amounts(protocol: Protocol, says: str, kind: str, solved: bool = False, **change: Any) -> Mutant:
    made = change
    return Mutant(f"amounts {says}", kind, lambda: replace(protocol, amounts=replace(protocol.amounts, **made)), solved)


def _of_numbers(protocol: Protocol) -> Iterator[Mutant]:
    for name in _NUMBERS:
        for number in nudged(getattr(protocol.amounts, name)):
            yield _amounts(protocol, f"{name}: {_shown(number)}", "amount", False, **{name: Fraction(number)})


def _of_rows(protocol: Protocol) -> Iterator[Mutant]:
    rows = protocol.amounts.rows
    for place, row in enumerate(rows):
        rest = rows[:place], rows[place + 1 :]
        yield _amounts(protocol, f"{row.id}: left out", "left out", True, rows=rest[0] + rest[1])
        for number in nudged(row.mg_per_m2):
            changed = replace(row, mg_per_m2=Fraction(number))
            says = f"{row.id}: {_shown(number)}"
            yield _amounts(protocol, says, "amount", True, rows=(*rest[0], changed, *rest[1]))
        if rest[1]:
            swapped = (*rest[0], rest[1][0], row, *rest[1][1:])
            says = f"{row.id} and {rest[1][0].id}: in each other's place"
            yield _amounts(protocol, says, "order", True, rows=swapped)


def _of_texts(protocol: Protocol) -> Iterator[Mutant]:
    amounts, formulas = protocol.amounts, get_args(Formula)
    for formula in formulas:
        if formula != amounts.formula:
            yield _amounts(protocol, f"bsa: {formula}", "option", formula=formula)
    yield _amounts(protocol, "levels: reversed", "order", levels=amounts.levels[::-1])
    for place, level in enumerate(amounts.levels):
        left = amounts.levels[:place] + amounts.levels[place + 1 :]
        yield _amounts(protocol, f"levels: without {level}", "left out", levels=left)
    yield _amounts(protocol, f"size: {amounts.levels[0]}", "option", size=amounts.levels[0])


def _shown(number: int | Fraction) -> str:
    return show(Fraction(number))


def _of_preparation(protocol: Protocol) -> Iterator[Mutant]:
    prepared = protocol.preparation

    def changed(says: str, kind: str, **change: Any) -> Mutant:
        return Mutant(
            f"preparation {says}", kind, lambda: replaced(protocol, "preparation", replace(prepared, **change))
        )

    lists: Mapping[str, Sequence[Any]] = {
        "premedication": prepared.premedication,
        "steps": prepared.steps,
        "symptoms": prepared.symptoms,
    }
    for name, items in lists.items():
        for item in items:
            left = tuple(other for other in items if other is not item)
            yield changed(f"{name}: without {getattr(item, 'id', item)}", "left out", **{name: left})
    for one, two in pairwise(prepared.steps):
        places = {one.id: two, two.id: one}
        steps = tuple(places.get(step.id, step) for step in prepared.steps)
        yield changed(f"steps: {one.id} and {two.id} in each other's place", "order", steps=steps)
    for name, clock in prepared.clocks.items():
        for hours in nudged(clock.amount or 0):
            changed_clock = replace(clock, amount=Fraction(hours))
            clocks = {**prepared.clocks, name: changed_clock}
            yield changed(f"clock {name}: {_shown(hours)}", "clock", clocks=clocks)
        left_clocks = {key: other for key, other in prepared.clocks.items() if key != name}
        yield changed(f"clock {name}: left out", "left out", clocks=left_clocks)


def _of_follow_up(protocol: Protocol) -> Iterator[Mutant]:
    for place, item in enumerate(protocol.follow_up):
        yield Mutant(f"follow_up {item.id}: left out", "left out", partial(without, protocol, "follow_up", place))
        if item.when is not None:
            yield Mutant(
                f"follow_up {item.id}: without when", "left out", _with(protocol, place, replace(item, when=None))
            )
        for months in nudged(item.amount or 0):
            changed = replace(item, amount=Fraction(months))
            yield Mutant(f"follow_up {item.id}: {_shown(months)}", "clock", _with(protocol, place, changed))


def _with(protocol: Protocol, place: int, item: Cited) -> Callable[[], Protocol]:
    return lambda: with_item(protocol, "follow_up", place, item)


def _of_plan(protocol: Protocol) -> Iterator[Mutant]:
    for place, supposed in enumerate(protocol.suppositions):
        name = f"suppositions {place + 1}"
        yield Mutant(f"{name}: left out", "left out", partial(without, protocol, "suppositions", place))
        turned = replace(supposed, fields=supposed.otherwise, otherwise=supposed.fields)
        yield Mutant(
            f"{name}: the other way round",
            "order",
            partial(with_item, protocol, "suppositions", place, turned),
        )
