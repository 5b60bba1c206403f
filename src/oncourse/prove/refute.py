"""From a claim that is not proved to a course that breaks it: sought, made as short as it goes, written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from oncourse.course import write
from oncourse.decide import engine_for
from oncourse.expression import Node
from oncourse.protocol import Protocol
from oncourse.prove.claims import Claim, Claims
from oncourse.prove.explore import Exploration, Refuted, moments_of
from oncourse.prove.watch import Watch
from oncourse.prove.world import World, read_world

RUNS = 150_000  # visits after which a search is given up


def world_of(protocol: Protocol, claims: Claims) -> World:
    """What an exploration tries for this protocol and these claims: the limits of both."""
    trees: list[Node] = []
    for claim in claims.claims:
        trees += [tree for tree in (claim.given, claim.holds) if tree is not None]
    return read_world(protocol, trees)


def refute(protocol: Protocol, claims: Claims, claim: Claim, troubles: int = 2) -> Refuted | None:
    """A course that the engine replays and that breaks the claim, none of its events idle; None if none was found.

    The courses of the protocol's case suite are tried first.
    """
    found = _among_cases(protocol, claims, claim) or _explored(protocol, claims, claim, troubles)
    return found and shortened(protocol, claims, found)


def _among_cases(protocol: Protocol, claims: Claims, claim: Claim) -> Refuted | None:
    watch = Watch(engine_for(protocol, {}), claims, (claim.id,))
    for told in moments_of(protocol):
        broken, _ = watch.followed(told, told.events[-1].day)
        if claim in broken:
            return Refuted(claim, told.events[-1].day, told)
    return None


def _explored(protocol: Protocol, claims: Claims, claim: Claim, troubles: int) -> Refuted | None:
    exploration = Exploration(protocol, claims, world_of(protocol, claims), troubles, only=(claim.id,))
    for _, found in exploration.run():
        if claim.id in found.refuted:
            return found.refuted[claim.id]
        if found.runs > RUNS:
            return None
    return None


def breaks(protocol: Protocol, claims: Claims, refuted: Refuted) -> bool:
    """Whether the engine, run anew over the whole course, breaks the claim on its day."""
    claim = refuted.claim
    watch = Watch(engine_for(protocol, refuted.course.site), claims, (claim.id,))
    broken, look = watch.followed(refuted.course, refuted.day)
    if refuted.other is not None:
        _, other = watch.followed(refuted.other, refuted.day)
        broken = watch.compared(look, other)
    return claim in broken


def shortened(protocol: Protocol, claims: Claims, refuted: Refuted) -> Refuted:
    """The same refutation with every event left out that it does not need."""
    again = True
    while again:
        again = False
        for shorter in _without_one(refuted):
            if breaks(protocol, claims, shorter):
                refuted, again = shorter, True
                break
    return refuted


def _without_one(refuted: Refuted) -> Iterator[Refuted]:
    """The refutation without one event, which is left out of both its courses; the latest first."""
    for place in reversed(range(len(refuted.course.events))):
        event = refuted.course.events[place]
        rest = (*refuted.course.events[:place], *refuted.course.events[place + 1 :])
        course = replace(refuted.course, events=rest)
        if refuted.other is None:
            yield replace(refuted, course=course)
        elif event in refuted.other.events:
            others = tuple(one for one in refuted.other.events if one is not event)
            yield replace(refuted, course=course, other=replace(refuted.other, events=others))


@dataclass(frozen=True, slots=True)
class Written:
    """A course document, and the name of its file."""

    name: str
    text: str


def documents(refuted: Refuted) -> Iterator[Written]:
    """The refutation as course documents that say what they break."""
    claim = refuted.claim
    for course, suffix in ((refuted.course, ""), (refuted.other, "-other")):
        if course is not None:
            head = f"# Synthetic. Breaks {claim.id} on {refuted.day}: {' '.join(claim.says.split())}\n"
            yield Written(f"refuted-{claim.id}{suffix}.yaml", head + write(course))
