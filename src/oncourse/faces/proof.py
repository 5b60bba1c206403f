"""The proof as text: each claim with what came of it, the course that breaks one, and the limits of it all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import fill
from time import process_time

from click.termui import progressbar

from oncourse.protocol import Protocol
from oncourse.prove.claims import Claim, Claims, clauses_named, read_claims
from oncourse.prove.differ import differ
from oncourse.prove.explore import Exploration, Explored, Refuted, moments_of
from oncourse.prove.kept import unkept
from oncourse.prove.kills import head, percent, read_table
from oncourse.prove.proved import Row, keep
from oncourse.prove.prover import PROVED, Result, dead, prove
from oncourse.prove.refute import documents, refute, world_of
from oncourse.prove.second import AGREES, second
from oncourse.prove.twins import more_drug

Say = Callable[[str], None]
REFUTED = "REFUTED"
ROUNDS = 10  # situations for each expression
STEPS = 1000  # of the progress bar
LIMITS = (
    "This proves the file against its claims, not against medicine. PROVED holds for every situation, decision by "
    "decision; an exploration holds within its bounds. Rounding, body surface and vials are left to tests; the "
    "solver, Python and the translation are trusted, with differential tests as evidence. NOT INDUCTIVE names a "
    "situation that breaks a claim and that no course found has reached."
)


def tell(protocol: Protocol, say: Say, into: Path, again: bool = False, troubles: int | None = None) -> bool:
    """Prove every claim and say each result as it comes.

    `again` asks a second solver too; `troubles` is for an exploration. Whether all is well: each claim proved, none
    broken by a course, no clause that never wins, both readers alike. Courses that break a claim are written into
    the folder.
    """
    claims = read_claims(protocol)
    say(f"{protocol.id} {protocol.version}, {protocol.sha256[:12]}")
    well = _proved(protocol, claims, say, into)
    never, unsound = dead(protocol, claims), unkept(protocol, claims)
    if claims.gone:
        say(f"Findings that claims speak of and no clause makes: {', '.join(claims.gone)}.")
    say(f"Clauses that can never win: {', '.join(never) or 'none'}.")
    say(f"State that could leave its domain: {', '.join(unsound) or 'none'}.")
    say(f"Small mistakes in the file: {_noticed(protocol)}.")
    well = _read_alike(protocol, claims, say) and well and not (never or unsound or claims.gone)
    if again:
        well = _asked_again(protocol, claims, say) and well
    if troubles is not None:
        well = _explored(protocol, claims, say, into, troubles) and well
    say(fill(LIMITS, 96))
    return well


def _proved(protocol: Protocol, claims: Claims, say: Say, into: Path) -> bool:
    started, rows = process_time(), list[Row]()
    for result, seconds in _timed(prove(protocol, claims)):
        claim = result.claim
        refuted = None if result.outcome == PROVED else refute(protocol, claims, claim)
        outcome = REFUTED if refuted else result.outcome
        rows.append(Row(claim.id, outcome, clauses_named(protocol, claim)))
        say(_line(claim, outcome, seconds, "induction" if claim in claims.invariants else "one step"))
        for line in _broken(refuted, protocol, into) if refuted else _situation(result):
            say(line)
    proved = sum(row.outcome == PROVED for row in rows)
    say(f"{proved} of {len(rows)} claims proved, in {process_time() - started:.0f} s of CPU.")
    keep(protocol, rows)
    return proved == len(rows)


def _noticed(protocol: Protocol) -> str:
    table = read_table(protocol)
    return percent(table) if table.head == head(protocol) else "not known for this text; see oncourse prove --mutants"


def _timed(results: Iterator[Result]) -> Iterator[tuple[Result, float]]:
    before = process_time()
    for result in results:
        yield result, process_time() - before
        before = process_time()


def _line(claim: Claim, outcome: str, seconds: float, method: str) -> str:
    cites = f" [{', '.join(claim.cites)}]" if claim.cites else ""
    text = f"{claim.id:<6}{outcome:<15}{method:<13}{seconds:5.2f} s  {' '.join(claim.says.split())}{cites}"
    return fill(text, 120, subsequent_indent=" " * 43)


def _situation(result: Result) -> Iterator[str]:
    yield from (f"      {name} = {value}" for name, value in result.situation.items())


def _broken(refuted: Refuted, protocol: Protocol, into: Path) -> Iterator[str]:
    """The courses that break a claim, written down, and how to see it."""
    for made in documents(refuted):
        path = into / made.name
        path.write_text(made.text, encoding="utf-8")
        yield f"      see it: oncourse decide {path} --protocol {protocol.folder} --at {refuted.day}"


def _read_alike(protocol: Protocol, claims: Claims, say: Say) -> bool:
    """The engine's reading of every expression beside the solver's."""
    compared = differ(protocol, claims, ROUNDS, seed=1)
    say(f"Engine and solver read alike: {compared.comparisons} comparisons, {len(compared.differences)} differ.")
    for difference in compared.differences:
        say(f"      {difference}")
    return not compared.differences


def _asked_again(protocol: Protocol, claims: Claims, say: Say) -> bool:
    """The same questions put to a solver of another make."""
    opinions = list(second(protocol, claims))
    agree = sum(opinion.outcome == AGREES for opinion in opinions)
    say(f"A second solver agrees on {agree} of {len(opinions)} claims.")
    for opinion in opinions:
        if opinion.outcome != AGREES:
            say(f"      {opinion.claim.id}: {opinion.outcome}")
    return agree == len(opinions)


def _explored(protocol: Protocol, claims: Claims, say: Say, into: Path, troubles: int) -> bool:
    """The real engine run through courses: from the starts with so many troubles, from the suite with none more."""
    world, started = world_of(protocol, claims), process_time()
    rounds = [
        Exploration(protocol, claims, world, troubles),
        Exploration(protocol, claims, world, 0, firsts=moments_of(protocol)),
    ]
    for exploration in rounds:
        _follow(exploration)
    found = [exploration.found for exploration in rounds]
    say(
        f"Explored: {sum(one.states for one in found)} states in {sum(one.runs for one in found)} runs of the engine, "
        f"{process_time() - started:.0f} s of CPU, nothing left within {troubles} trouble(s)."
    )
    refuted = {name: told for one in found for name, told in one.refuted.items()}
    for told in refuted.values():
        say(_line(told.claim, REFUTED, 0, "exploration"))
        for line in _broken(told, protocol, into):
            say(line)
    unreached = _unreached(protocol, found)
    say(f"Clauses that win on no course found: {', '.join(unreached) or 'none'}.")
    twins = more_drug(protocol, world)
    if twins is not None:
        say(
            f"Over a course a worse result can lead to more drug: {float(twins[1].mg):.2f} mg in all against "
            f"{float(twins[0].mg):.2f} mg (docs/worse-results.md)."
        )
    return not refuted and not unreached


def _follow(exploration: Exploration) -> None:
    """Run an exploration to its end under a progress bar on the error stream."""
    with progressbar(length=STEPS, label="exploring", file=sys.stderr) as bar:
        done = 0
        for _, found in exploration.run():
            now = STEPS * found.states // (found.states + found.waiting + 1)
            if found.states % 500 == 0 and now > done:
                bar.update(now - done)
                done = now
        bar.update(STEPS - done)


def _unreached(protocol: Protocol, found: list[Explored]) -> list[str]:
    reached = {name for one in found for name in one.reached}
    return [f"{clause.id} ({clause.act})" for clause in protocol.clauses if (clause.id, clause.act) not in reached]
