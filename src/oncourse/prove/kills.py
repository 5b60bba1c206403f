"""Who notices each mistake in the protocol file: the engine's own guards, a case, a claim; or nobody, with the reason.

Of what nobody notices, the solver is asked first whether it is a mistake at all: a protocol that decides alike
in every situation is none.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from oncourse import document
from oncourse.engine import Engine
from oncourse.expression import names_in
from oncourse.protocol import Protocol
from oncourse.prove.claims import Claims, read_claims
from oncourse.prove.mutate import Mutant, mutants, refused
from oncourse.prove.prover import NOT_INDUCTIVE, prove
from oncourse.prove.same import Comparison, affected, only_moves
from oncourse.prove.situation import PERMIT
from oncourse.prove.suite import Suite, read_suite
from oncourse.quantity import show
from oncourse.section import Section

LOAD, EQUIVALENT, CLAIM, SURVIVOR = "load", "equivalent", "claim", "survivor"
ASKED_AGAIN = (EQUIVALENT, SURVIVOR)  # when claims or cases have changed
TABLE, REASONS = "kills.tsv", "survivors.yaml"


class Row(NamedTuple):
    """One mutant and what became of it."""

    mutant: str
    kind: str
    outcome: str

    @property
    def by(self) -> str:
        """The outcome without the file or claim."""
        return self.outcome.split()[0]


@dataclass(frozen=True, slots=True)
class Table:
    """The mutants asked about so far, and for which texts."""

    head: str
    rows: tuple[Row, ...]

    def text(self) -> str:
        """The table as its file has it, sorted by name."""
        return "\n".join([self.head, *("\t".join(row) for row in sorted(self.rows))]) + "\n"

    @property
    def survivors(self) -> list[Row]:
        """Those nobody notices."""
        return [row for row in self.rows if row.outcome == SURVIVOR]

    @property
    def counted(self) -> Counter[str]:
        """How many came to each end."""
        return Counter(row.by for row in self.rows)

    @property
    def rate(self) -> Fraction:
        """Killed of all that are not proved equivalent."""
        counted = self.counted
        mistakes = len(self.rows) - counted[EQUIVALENT]
        return Fraction(mistakes - counted[SURVIVOR], mistakes) if mistakes else Fraction(1)


class Judge:
    """What notices a mistake in one protocol: its cases, its claims, and the comparison with itself."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol

    @cached_property
    def suite(self) -> Suite:
        """The public cases."""
        return read_suite(self.protocol)

    @cached_property
    def claims(self) -> Claims:
        """The claims beside the protocol."""
        return read_claims(self.protocol)

    @cached_property
    def comparison(self) -> Comparison:
        """The protocol held against others."""
        return Comparison(self.protocol, self.claims)

    def outcome(self, mutant: Mutant) -> str:
        """Who notices that mistake."""
        changed = mutant.make()
        if not _readable(changed):
            return LOAD
        killer = self.suite.killer(changed, mutant.near)
        if killer or not mutant.solved:
            return killer or SURVIVOR
        if self.comparison.same(changed):
            return EQUIVALENT
        open_claim = next(self._broken(changed), "")
        return f"{CLAIM} {open_claim}" if open_claim else SURVIVOR

    def _broken(self, changed: Protocol) -> Iterator[str]:
        """The claims left open, those that speak of what was changed first."""
        touched = affected(self.protocol, changed) | ({PERMIT} if changed.permit is not self.protocol.permit else set())
        claims = (*self.claims.invariants, *self.claims.claims)
        if only_moves(self.protocol, changed, self.claims.at_rest):
            claims = (*self.claims.invariants, *(claim for claim in self.claims.claims if claim.after))
        first = [claim.id for claim in claims if not touched.isdisjoint(names_in(claim.holds))]
        for only in (first, [claim.id for claim in claims if claim.id not in first]):
            if only:
                yield from (
                    result.claim.id for result in prove(changed, self.claims, only) if result.outcome == NOT_INDUCTIVE
                )


def _readable(protocol: Protocol) -> bool:
    """Whether the file could be read and made ready; a name that is missing shows only then."""
    if refused(protocol):
        return False
    try:
        Engine(protocol, {})
    except KeyError:
        return False
    return True


def head(protocol: Protocol) -> str:
    """What a table is for: the protocol's text, and the claims and cases it was put to."""
    rules = _digest([protocol.folder / "protocol.yaml"])
    nets = _digest([protocol.folder / "claims.yaml", *sorted((protocol.folder / "cases").glob("*/*"))])
    return f"# {protocol.id} {protocol.version}, protocol.yaml {rules}, claims and cases {nets}"


def _digest(files: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()


def read_table(protocol: Protocol) -> Table:
    """The table beside a protocol; an empty one if there is none."""
    file = protocol.folder / TABLE
    first, *lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else [""]
    return Table(first, tuple(Row(*line.split("\t")) for line in lines))


def kept(protocol: Protocol, table: Table) -> tuple[Row, ...]:
    """The rows that still stand: all under unchanged texts; what was noticed, under new claims and cases."""
    now = head(protocol)
    if table.head == now:
        rows = table.rows
    elif table.head.split(", claims")[0] == now.split(", claims")[0]:
        rows = tuple(row for row in table.rows if row.outcome not in ASKED_AGAIN)
    else:
        rows = ()
    names = {mutant.name for mutant in mutants(protocol)}
    return tuple(row for row in rows if row.mutant in names)


def percent(table: Table) -> str:
    """The kill rate in words."""
    counted = table.counted
    mistakes = len(table.rows) - counted[EQUIVALENT]
    rate = Fraction(int(table.rate * 1000), 10)
    return f"{mistakes - counted[SURVIVOR]} of {mistakes} mutants killed ({show(rate)} %)"


def reasons(protocol: Protocol) -> Mapping[str, str]:
    """Why a mutant may survive, by its name; raises BadInput for what is not such a file."""
    file = protocol.folder / REASONS
    if not file.exists():
        return {}
    top = Section(document.read(file.read_bytes(), file.name), "the survivors", [])
    found: dict[str, str] = {}
    for _, part in top.parts("survivors"):
        reason = part.text("reason")
        found |= dict.fromkeys(part.texts("mutants"), reason)
    return found


def unexplained(protocol: Protocol, table: Table) -> list[Row]:
    """The survivors of which nobody has said why."""
    said = reasons(protocol)
    return [row for row in table.survivors if row.mutant not in said]
