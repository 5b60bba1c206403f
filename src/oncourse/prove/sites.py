"""Every place of a protocol where an expression stands, and how to put another one there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from oncourse.expression import Node
from oncourse.protocol import Clause, Protocol, Transition

Put = Callable[[Node], Protocol]


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One mistake: its name and kind, how to make the protocol that has it, and what may judge it.

    `solved` says that the solver reads the part of the file that it changes; `near` is the clause it belongs to.
    """

    name: str
    kind: str
    make: Callable[[], Protocol]
    solved: bool = False
    near: str = ""


class Site(NamedTuple):
    """Where an expression stands; `solved` says that the solver reads it too; `near` is a clause it belongs to."""

    where: str
    tree: Node
    put: Put
    solved: bool = True
    near: str = ""


def sites(protocol: Protocol) -> Iterator[Site]:
    """Every expression of the protocol, in the order of the file."""
    yield from _of_facts(protocol)
    for part in ("derived", "answers"):
        yield from _of_mapping(protocol, part)
    for place, tree in enumerate(protocol.wakes):
        yield Site(f"wakes {place + 1}", tree, _at(protocol, "wakes", protocol.wakes, place), False)
    for name in ("wait", "permit"):
        yield Site(name, getattr(protocol, name), _field(protocol, name))
    for clause in protocol.clauses:
        yield from _of_clause(protocol, clause)
    yield from _of_happenings(protocol)
    yield from _of_amounts(protocol)
    for part in ("follow_up", "suppositions"):
        for place, item in enumerate(getattr(protocol, part)):
            if item.when is not None:
                yield Site(f"{part} {place + 1} when", item.when, _item(protocol, part, place, "when"))


def name_of(clause: Clause) -> str:
    """A clause by its id and act; two clauses may share an id."""
    return f"clause {clause.id} {clause.act}"


def with_item(protocol: Protocol, part: str, place: int, changed: object) -> Protocol:
    """The protocol with another item at that place of one of its lists."""
    items = list(getattr(protocol, part))
    items[place] = changed
    return replaced(protocol, part, tuple(items))


def without(protocol: Protocol, part: str, place: int) -> Protocol:
    """The protocol without the item at that place of one of its lists."""
    items = getattr(protocol, part)
    return replaced(protocol, part, items[:place] + items[place + 1 :])


def replaced(protocol: Protocol, part: str, value: object) -> Protocol:
    """The protocol with another value of one of its parts."""
    changed: dict[str, Any] = {part: value}
    return replace(protocol, **changed)


def _field(protocol: Protocol, name: str) -> Put:
    return lambda tree: replaced(protocol, name, tree)


def _at(protocol: Protocol, part: str, items: Sequence[Node], place: int) -> Put:
    return lambda tree: replaced(protocol, part, (*items[:place], tree, *items[place + 1 :]))


def _item(protocol: Protocol, part: str, place: int, attribute: str) -> Put:
    item = getattr(protocol, part)[place]
    return lambda tree: with_item(protocol, part, place, replace(item, **{attribute: tree}))


def _of_facts(protocol: Protocol) -> Iterator[Site]:
    for place, fact in enumerate(protocol.facts):
        if fact.value is not None:
            yield Site(f"fact {fact.name} value", fact.value, _item(protocol, "facts", place, "value"), False)


def _of_mapping(protocol: Protocol, part: str) -> Iterator[Site]:
    trees: Mapping[str, Node] = getattr(protocol, part)

    def put(name: str) -> Put:
        return lambda tree: replaced(protocol, part, {**trees, name: tree})

    for name, tree in trees.items():
        yield Site(f"{part} {name}", tree, put(name))


def _of_clause(protocol: Protocol, clause: Clause) -> Iterator[Site]:
    place, name = protocol.clauses.index(clause), name_of(clause)
    for attribute in ("scope", "when", "occasion"):
        tree = getattr(clause, attribute)
        if tree is not None:
            yield Site(f"{name} {attribute}", tree, _item(protocol, "clauses", place, attribute), near=clause.id)
    for number, tree in enumerate(clause.asks):
        yield Site(f"{name} asks {number + 1}", tree, _asking(protocol, place, number), near=clause.id)


def _asking(protocol: Protocol, place: int, number: int) -> Put:
    clause = protocol.clauses[place]
    asks = clause.asks
    return lambda tree: with_item(
        protocol, "clauses", place, replace(clause, asks=(*asks[:number], tree, *asks[number + 1 :]))
    )


def _of_happenings(protocol: Protocol) -> Iterator[Site]:
    done: set[int] = set()
    for place, transition in enumerate(protocol.happens):
        name = f"happens {transition.id}"
        if transition.when is not None:
            yield Site(f"{name} when", transition.when, _item(protocol, "happens", place, "when"))
        if id(transition.sets) not in done:
            done.add(id(transition.sets))
            for number, (variable, tree) in enumerate(transition.sets):
                yield Site(
                    f"{moved(protocol, transition)} sets {variable}", tree, _setting(protocol, transition, number)
                )


def moved(protocol: Protocol, transition: Transition) -> str:
    """The transitions that carry out the same assignments, written once in the file."""
    together = [other.id for other in protocol.happens if other.sets is transition.sets]
    return f"happens {' and '.join(together)}"


def with_sets(protocol: Protocol, transition: Transition, sets: tuple[tuple[str, Node], ...]) -> Protocol:
    """The protocol with other assignments in a transition, and in those that share them."""
    happens = tuple(replace(other, sets=sets) if other.sets is transition.sets else other for other in protocol.happens)
    return replace(protocol, happens=happens)


def _setting(protocol: Protocol, transition: Transition, number: int) -> Put:
    sets, (name, _) = transition.sets, transition.sets[number]
    return lambda tree: with_sets(protocol, transition, (*sets[:number], (name, tree), *sets[number + 1 :]))


def _of_amounts(protocol: Protocol) -> Iterator[Site]:
    amounts = protocol.amounts

    def row(place: int) -> Put:
        def put(tree: Node) -> Protocol:
            rows = list(amounts.rows)
            rows[place] = replace(rows[place], when=tree)
            return replace(protocol, amounts=replace(amounts, rows=tuple(rows)))

        return put

    for place, item in enumerate(amounts.rows):
        yield Site(f"amounts {item.id} when", item.when, row(place))
    yield Site(
        "amounts percent", amounts.percent, lambda tree: replace(protocol, amounts=replace(amounts, percent=tree))
    )
