"""What the proofs rely on, checked when a protocol is read: domains, counts that stay whole, no circles, days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oncourse.days import Days
from oncourse.expression import (
    BOOL,
    Arithmetic,
    Const,
    If,
    Name,
    Node,
    inside,
    names_in,
    parts_of,
)
from oncourse.problem import Place, Problem
from oncourse.protocol import Fact, Protocol, Transition, answer_name, standing, type_of

Places = Mapping[str, Place]
CIRCLE = "let it stand on what comes before it"


def faults(protocol: Protocol, places: Places) -> Iterator[Problem]:
    """Everything in a protocol that no proof could deal with; `places` says where each name is declared."""
    for fact in protocol.facts:
        for what, remedy in _of_fact(fact, protocol):
            yield Problem(places[fact.name], what, remedy)
    yield from _counts(protocol, places)
    yield from _circles(protocol, places)
    for transition in protocol.happens:
        yield from _events(transition, protocol)
    moves = [tree for move in protocol.happens for tree in (move.when, *(tree for _, tree in move.sets)) if tree]
    once = {id(tree): tree for tree in (*standing(protocol), *moves)}  # a move named once stands in many transitions
    yield from Days(protocol).faults(list(once.values()))


def _of_fact(fact: Fact, protocol: Protocol) -> Iterator[tuple[str, str]]:
    known = protocol.vocabulary.kinds
    fields = [known[kind].record.fields.get(field or "") for kind, field in fact.sources if kind in known]
    types = {type_of(field) for field in fields if field is not None}
    if fact.type.kind == "choice" and not fact.type.options:
        yield f"{fact.name} has no set of values", "read a field with options, a number, a date, or a yes or no"
    if fact.take in ("latest", "worst") and len(types) > 1:
        yield f"{fact.name} reads fields of different types", "read fields of one type"
    if fact.take == "worst" and fact.type.kind != "number":
        yield f"a {fact.type} has no worst", "take the worst of a number"
    if fact.fresh or fact.worse:
        yield from _ageing(fact)
    if fact.take == "each" and fact.value is not None:
        yield from _items(fact, protocol)


def _ageing(fact: Fact) -> Iterator[tuple[str, str]]:
    sides = {"number": ("high", "low"), "choice": (None, *fact.type.options)}.get(fact.type.kind, ())
    if not sides or fact.take not in ("latest", "worst"):
        yield f"{fact.name} cannot grow old", "let only the latest or worst number or choice be fresh for some days"
    elif fact.worse not in sides:
        yield f"{fact.name} is worse on no side", "write worse, with one of " + ", ".join(filter(None, sides))


def _items(fact: Fact, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """What an item does not say must be carried forward or supposed."""
    kind = protocol.vocabulary.kinds.get(fact.sources[0][0])
    assert fact.value is not None
    for name in dict.fromkeys(names_in(fact.value)):
        supplied = {*(fact.carried or ()), *(fact.unsaid or ())}
        if kind is not None and name not in supplied and not kind.record.fields[name].required:
            yield f"{fact.name} uses {name}, which may be missing", "say under carried or unsaid what it is then"


def _counts(protocol: Protocol, places: Places) -> Iterator[Problem]:
    """Numbers without a unit, and days, are whole: whatever a count is set to must be."""
    counting = {v.name: v for v in protocol.state if v.type.kind == "number" and v.type.unit in (None, "d")}
    for variable in counting.values():
        if getattr(variable.initial, "denominator", 1) != 1:
            yield Problem(
                places[variable.name], f"{variable.name} counts and does not begin whole", "use a whole number"
            )
    sets = {id(tree): (name, tree) for move in protocol.happens for name, tree in move.sets}
    for name, tree in sets.values():
        if name in counting and not _is_whole(tree, protocol):
            yield Problem(tree.place, f"{name} counts, and this need not be whole", "count in whole numbers")


def _is_whole(tree: Node, protocol: Protocol) -> bool:
    match tree:
        case Const(value=value):
            return getattr(value, "denominator", 1) == 1
        case Name(name=name, type=of):
            tree_of = protocol.derived.get(name)
            return of.unit in (None, "d") and (tree_of is None or _is_whole(tree_of, protocol))
        case If(then=then, other=other):
            return _is_whole(then, protocol) and _is_whole(other, protocol)
        case Arithmetic(op="/"):
            return False
    return all(_is_whole(part, protocol) for part in parts_of(tree) if part.type.kind == "number")


def _circles(protocol: Protocol, places: Places) -> Iterator[Problem]:
    """A fact, an answer or a dose that in the end depends on itself."""
    occasions = {answer_name(c.id): c.occasion for c in protocol.clauses if c.act == "judge" and c.occasion is not None}
    uses = _uses(protocol) | {name: set(names_in(occasion)) for name, occasion in occasions.items()}
    for fact in protocol.facts:
        if fact.name in _reached(fact.name, uses):
            yield Problem(places[fact.name], f"{fact.name} counts since a date that depends on it", CIRCLE)
    for name, occasion in occasions.items():
        if name in _reached(name, uses):
            yield Problem(occasion.place, f"the occasion of an answer depends on that answer, {name}", CIRCLE)
    if "dose_mg" in _reached("dose_mg", uses):
        yield Problem(protocol.amounts.percent.place, "the amounts depend on dose_mg, which follows from them", CIRCLE)


def _uses(protocol: Protocol) -> dict[str, set[str]]:
    """For each name that is worked out, those it is worked out from."""
    holders = [clause for clause in protocol.clauses if clause.act == "hold" or clause.holds]
    trees: dict[str, Iterable[Node | None]] = {name: (tree,) for name, tree in protocol.derived.items()}
    trees["dose_mg"] = (*(row.when for row in protocol.amounts.rows), protocol.amounts.percent)
    trees["holding"] = [tree for clause in holders for tree in (clause.scope, clause.when, *clause.asks)]
    uses = {name: {used for tree in made if tree for used in names_in(tree)} for name, made in trees.items()}
    return uses | {fact.name: {fact.since} for fact in protocol.facts if fact.since is not None}


def _reached(name: str, uses: Mapping[str, set[str]]) -> set[str]:
    """All that a name stands on."""
    found: set[str] = set()
    queue = [name]
    while queue:
        fresh = uses.get(queue.pop(), set()) - found
        found |= fresh
        queue += fresh
    return found


def _events(transition: Transition, protocol: Protocol) -> Iterator[Problem]:
    """What is read of an event must be there whatever happened, or be never; a yes or no cannot be never."""
    trees = [tree for tree in (transition.when, *(tree for _, tree in transition.sets)) if tree]
    read = {part.name: part for tree in trees for part in inside(tree) if isinstance(part, Name)}
    for name, part in read.items():
        if not name.startswith("event_"):
            continue
        for kind in transition.on:
            known = protocol.vocabulary.kinds.get(kind)
            field = known.record.fields.get(name.removeprefix("event_")) if known is not None else None
            if field is None:
                yield Problem(part.place, f"{kind} has no {name}", "write a transition for each kind by itself")
            elif part.type == BOOL and not field.required:
                yield Problem(part.place, f"{name} may be neither yes nor no", "require the field in events.yaml")
