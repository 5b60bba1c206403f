"""The proof as text: each claim with what came of it, what breaks those left open, and the limits of it all."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill

from oncourse.protocol import Protocol
from oncourse.prove.claims import read_claims
from oncourse.prove.prover import PROVED, Result, dead, prove

LIMITS = (
    "This proves the file against its claims, not against medicine, and decision by decision, not over a course. "
    "Rounding, body surface and vials are left to tests; the solver, Python and the translation are trusted, with "
    "differential tests as evidence. OPEN names a situation that breaks a claim; nobody has shown yet that a course "
    "can reach it."
)


def tell(protocol: Protocol, say: Callable[[str], None]) -> bool:
    """Prove every claim and say each result as it comes; whether all are proved and no clause is dead."""
    claims = read_claims(protocol)
    say(f"{protocol.id} {protocol.version}, {protocol.sha256[:12]}")
    results = []
    for result in prove(protocol, claims):
        results.append(result)
        say(_line(result))
    never = dead(protocol, claims)
    say(f"Clauses that can never win: {', '.join(never) or 'none'}.")
    proved = sum(result.outcome == PROVED for result in results)
    say(f"{proved} of {len(results)} claims proved.")
    say(fill(LIMITS, 96))
    return proved == len(results) and not never


def _line(result: Result) -> str:
    cites = f" [{', '.join(result.claim.cites)}]" if result.claim.cites else ""
    lines = [fill(f"{result.claim.id:<6}{result.outcome:<9}{result.claim.says}{cites}", 96, subsequent_indent=" " * 15)]
    lines += [f"      {name} = {value}" for name, value in result.situation.items()]
    return "\n".join(lines)
