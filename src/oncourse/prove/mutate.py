"""Every protocol that differs from this one in a single mistake: a limit moved, a rule weakened, a line left out.

A mutant is made in memory from what was read; its name says what was done, not on which line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from oncourse.protocol import Clause, Protocol
from oncourse.prove import declared, measures, rules
from oncourse.prove.sites import Mutant, Site, sites
from oncourse.prove.twist import Twist, twists

__all__ = ["Mutant", "mutants", "refused"]


def mutants(protocol: Protocol) -> Iterator[Mutant]:
    """Every mutant of the protocol, one after the other; those of one name are numbered."""
    counted: Counter[str] = Counter()
    for mutant in _all(protocol):
        counted[mutant.name] += 1
        number = counted[mutant.name]
        yield replace(mutant, name=f"{mutant.name} ({number})") if number > 1 else mutant


def _all(protocol: Protocol) -> Iterator[Mutant]:
    for site in sites(protocol):
        for twist in twists(site.tree):
            yield _of_tree(site, twist)
    yield from declared.mistakes(protocol)
    yield from rules.mistakes(protocol)
    yield from measures.mistakes(protocol)


def _of_tree(site: Site, twist: Twist) -> Mutant:
    return Mutant(f"{site.where}: {twist.says}", twist.kind, lambda: site.put(twist.tree), site.solved, site.near)


def refused(protocol: Protocol) -> bool:
    """Whether reading such a file would have found a fault; names that are missing show when it is made ready."""
    omits = any(move.omits for move in protocol.happens)
    silent = omits and all(clause.act != "omit" for clause in protocol.clauses)
    greatest = max((row.mg_per_m2 for row in protocol.amounts.rows), default=None)
    return silent or greatest != protocol.amounts.ceiling or any(map(_unsound, protocol.clauses))


def _unsound(clause: Clause) -> bool:
    bare = clause.when is None and clause.act not in ("need", "omit")
    named = {clause.default, clause.dose_means, clause.stops or clause.default}
    asks_wrongly = clause.act == "judge" and (clause.occasion is None or not named <= set(clause.options))
    return bare or asks_wrongly or (clause.act == "need" and not clause.asks)
