"""What came of each claim when it was last put to the solver: kept beside the protocol, and read without a solver."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from oncourse import document
from oncourse.protocol import Protocol, digest

TABLE = "proved.tsv"
TEXTS = ("protocol.yaml", "events.yaml", "claims.yaml")  # all that a proof reads


class Row(NamedTuple):
    """One claim by its id: what came of it, and the clauses whose findings it names."""

    claim: str
    outcome: str
    clauses: tuple[str, ...]


class Claimed(NamedTuple):
    """The same with the claim's sentence, and the statements and readings that it stands on."""

    id: str
    outcome: str
    clauses: tuple[str, ...]
    says: str
    cites: tuple[str, ...]
    readings: tuple[str, ...]


def head(protocol: Protocol) -> str:
    """What a table is for: the very texts that were proved."""
    return f"# {protocol.id} {protocol.version}, protocol, events and claims {digest(protocol.folder, TEXTS)}"


def keep(protocol: Protocol, rows: Iterable[Row]) -> None:
    """Write what came of the claims beside them; nothing is written where that stands there already."""
    lines = (f"{row.claim}\t{row.outcome}\t{' '.join(row.clauses)}" for row in rows)
    text = "\n".join([head(protocol), *lines]) + "\n"
    file = protocol.folder / TABLE
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def read_proved(protocol: Protocol) -> tuple[Claimed, ...]:
    """Every claim with what came of it, in the order of the file; none if nobody proved these very texts."""
    file = protocol.folder / TABLE
    if not file.exists():
        return ()
    first, *lines = file.read_text(encoding="utf-8").splitlines()
    if first != head(protocol):
        return ()
    path = protocol.folder / "claims.yaml"
    claims = document.read(path.read_bytes(), path.name).plain()
    written = {claim["id"]: claim for claim in (*claims["invariants"], *claims["claims"])}
    return tuple(_claimed(written[name], outcome, clauses) for name, outcome, clauses in map(_columns, lines))


def _columns(line: str) -> tuple[str, str, str]:
    name, outcome, clauses = line.split("\t")
    return name, outcome, clauses


def _claimed(claim: dict[str, object], outcome: str, clauses: str) -> Claimed:
    says = " ".join(str(claim["says"]).split())
    return Claimed(
        str(claim["id"]), outcome, tuple(clauses.split()), says, _texts(claim, "cites"), _texts(claim, "readings")
    )


def _texts(claim: dict[str, object], key: str) -> tuple[str, ...]:
    said = claim.get(key, [])
    assert isinstance(said, list)
    return tuple(said)
