"""The kill table made and told: every mutant put to guards, cases and claims, on all cores, and what came of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from oncourse.protocol import Protocol
from oncourse.protocol_file import read_folder
from oncourse.prove.kills import (
    EQUIVALENT,
    SURVIVOR,
    TABLE,
    Judge,
    Row,
    Table,
    head,
    kept,
    percent,
    read_table,
    reasons,
    unexplained,
)
from oncourse.prove.mutate import Mutant, mutants

Say = Callable[[str], None]
EVERY = 20  # the table is written after so many


def tell(protocol: Protocol, say: Say) -> bool:
    """Ask about every mutant not in the table yet, write the table, and say the summary; whether all is explained."""
    rows = list(kept(protocol, read_table(protocol)))
    done = {row.mutant for row in rows}
    left = [place for place, mutant in enumerate(mutants(protocol)) if mutant.name not in done]
    for number, row in enumerate(_asked(protocol.folder, left), start=1):
        rows.append(row)
        if number % EVERY == 0:
            _write(protocol, rows)
            say(f"{number} of {len(left)} asked, {sum(row.outcome == SURVIVOR for row in rows)} survive")
    _write(protocol, rows)
    table = read_table(protocol)
    say(summary(protocol, table))
    return not unexplained(protocol, table)


def _write(protocol: Protocol, rows: Sequence[Row]) -> None:
    (protocol.folder / TABLE).write_text(Table(head(protocol), tuple(rows)).text(), encoding="utf-8")


def _asked(folder: Path, places: Sequence[int]) -> Iterator[Row]:
    workers = min(len(places), os.cpu_count() or 1)
    if workers > 1:
        with get_context("spawn").Pool(workers) as pool:
            yield from pool.imap_unordered(_ask, [(folder, place) for place in places], chunksize=4)
    else:
        yield from map(_ask, [(folder, place) for place in places])


def _ask(asked: tuple[Path, int]) -> Row:
    """One mutant, by its place; each process reads the protocol and its cases once."""
    folder, place = asked
    judge, known = _ready(folder)
    mutant = known[place]
    return Row(mutant.name, mutant.kind, judge.outcome(mutant))


@cache
def _ready(folder: Path) -> tuple[Judge, Sequence[Mutant]]:
    protocol = read_folder(folder)
    return Judge(protocol), tuple(mutants(protocol))


def summary(protocol: Protocol, table: Table) -> str:
    """The table in figures: by what noticed, by kind of mistake, and each survivor with its reason."""
    equal = table.counted[EQUIVALENT]
    lines = [f"{percent(table)}; {equal} more are proved to decide alike and are no mistakes.", ""]
    lines += ["| noticed by | mutants |", "| --- | --: |"]
    lines += [f"| {_WORDS[by]} | {number} |" for by, number in table.counted.most_common() if by in _WORDS]
    lines += ["", "| mistake | mutants | killed | equivalent | survivors |", "| --- | --: | --: | --: | --: |"]
    lines += list(_by_kind(table))
    said = reasons(protocol)
    lines += ["", *(f"- {row.mutant}: {said.get(row.mutant, 'UNEXPLAINED')}" for row in sorted(table.survivors))]
    return "\n".join(lines).rstrip()


_WORDS = {
    "case": "a public case",
    "permit": "the permit, which says once more what a dose needs",
    "claim": "a claim of `claims.yaml`",
    "load": "the reader of the file, which refuses it",
    "crash": "the engine, which cannot answer",
    "ceiling": "the ceiling that no dose may pass",
    SURVIVOR: "nothing",
}


def _by_kind(table: Table) -> Iterator[str]:
    kinds = Counter(row.kind for row in table.rows)
    for kind in sorted(kinds):
        ends = Counter(row.by for row in table.rows if row.kind == kind)
        killed = kinds[kind] - ends[EQUIVALENT] - ends[SURVIVOR]
        yield f"| {kind} | {kinds[kind]} | {killed} | {ends[EQUIVALENT]} | {ends[SURVIVOR]} |"
