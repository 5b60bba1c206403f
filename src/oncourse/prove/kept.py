"""What the proofs take for granted of the state, proved: whatever happens, each variable keeps to its domain.

A step of an induction begins in a state whose parts are known, and never only where they may be. Were a
step to leave that behind, the states beyond it would be in no proof. That numbers which count stay whole
is seen when the file is read.
"""

from __future__ import annotations

from typing import Any

import z3

from oncourse.protocol import Protocol, Variable
from oncourse.prove.claims import Claims
from oncourse.prove.prover import PATIENCE, granted, happenings
from oncourse.prove.situation import Situation
from oncourse.prove.terms import Choices, Term, Truth
from oncourse.value import NEVER


def unkept(protocol: Protocol, claims: Claims) -> tuple[str, ...]:
    """The variables that something might leave outside their domain, and after what."""
    found: list[str] = []
    for kind in happenings(protocol):
        before = Situation(protocol, Choices())
        after = before.after(kind)
        solver = z3.Solver()
        solver.set("timeout", PATIENCE)
        solver.add(*granted(before, claims, moment=False), *before.always)
        found += [
            f"{variable.name} after {kind}"
            for variable in protocol.state
            if solver.check(z3.Not(in_domain(after.names[variable.name], variable))) != z3.unsat
        ]
    return tuple(found)


def in_domain(value: Term, variable: Variable) -> Any:
    """The value is known, and never only where the variable may be."""
    if isinstance(value, Truth):
        return value.yes != value.no
    never = variable.type.kind == "date" or variable.initial is NEVER
    return z3.And(value.known, z3.Not(value.stale), z3.BoolVal(never) if never else z3.Not(value.never))
