"""One decision in process, with all rules and a course already read; then its parts by themselves."""

from __future__ import annotations

from datetime import date

from yardstick import SIX_CYCLES, Timing, aim, table, timed

from oncourse import course
from oncourse.course import Course, history
from oncourse.decide import conclude, decide, engine_for
from oncourse.engine import Engine
from oncourse.fold import fold
from oncourse.protocol import Protocol
from oncourse.protocol_file import load
from oncourse.value import Env
from oncourse.weigh import weigh

# Entries of the course that are known, the day asked about, and the verdict.
MOMENTS = (
    (54, date(2026, 5, 27), "give"),
    (9, date(2026, 1, 14), "hold"),
    (54, date(2026, 6, 10), "need"),
)


def main() -> None:
    """Print the figures of each moment."""
    protocol = load()
    patient = course.read(SIX_CYCLES.read_bytes(), SIX_CYCLES.name, protocol.vocabulary)
    rows: list[tuple[str, str, str, str]] = []
    for listed, at, verdict in MOMENTS:
        rows += measured(protocol, patient, at, listed, verdict)
    table("One decision in process", ("", "CPU µs", "a CPU s", "aim"), rows)


def measured(
    protocol: Protocol, patient: Course, at: date, listed: int, verdict: str
) -> list[tuple[str, str, str, str]]:
    """The rows of one moment: everything, the fold, and what is left when the state is there."""
    engine = engine_for(protocol, patient.site)
    known = history(patient, at, listed)
    ready = fold(engine, patient, known, at.toordinal())
    assert decide(protocol, patient, at, listed).verdict == verdict

    def after_fold() -> object:
        return conclude(engine, list(ready), patient, at)

    return [
        row(f"{verdict}, {listed} events: decide", timed(lambda: decide(protocol, patient, at, listed))),
        row("  the fold alone", timed(lambda: fold(engine, patient, known, at.toordinal())), 150),
        row("  after the fold: weigh and assemble", timed(after_fold), 50),
        row("  weigh alone", timed(lambda: weigh(engine, list(ready)))),
        row("  weigh alone, nothing worked out yet", timed(lambda: weigh(engine, bare(engine, ready)))),
    ]


def bare(engine: Engine, ready: Env) -> Env:
    """The same state, every derived value still to be worked out."""
    env = list(ready)
    engine.forget(env)
    return env


def row(what: str, timing: Timing, most: float | None = None) -> tuple[str, str, str, str]:
    """One line of the table."""
    wanted = "" if most is None else aim(most, timing.p50, "µs")
    return what, f"{timing.p50:.1f}", f"{timing.rate:,.0f}", wanted


if __name__ == "__main__":
    main()
