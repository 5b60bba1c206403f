"""From the text of a course to its verdict, and on to the text of the answer."""

from __future__ import annotations

from datetime import date

from yardstick import SIX_CYCLES, Timing, aim, table, timed

from oncourse import course, document
from oncourse.answer import answer, dumps
from oncourse.decide import Decision, decide
from oncourse.protocol_file import load

AT = date(2026, 6, 10)


def main() -> None:
    """Print the figures of one document of 60 events."""
    protocol, text = load(), SIX_CYCLES.read_bytes()

    def verdict() -> Decision:
        return decide(protocol, course.read(text, SIX_CYCLES.name, protocol.vocabulary), AT)

    patient = course.read(text, SIX_CYCLES.name, protocol.vocabulary)
    decision = verdict()
    assert (len(patient.events), decision.verdict) == (60, "done")
    rows = [
        row("text to verdict", timed(verdict), 3000),
        row("  text to tree", timed(lambda: document.read(text, SIX_CYCLES.name))),
        row("  text to course", timed(lambda: course.read(text, SIX_CYCLES.name, protocol.vocabulary))),
        row("  course to verdict", timed(lambda: decide(protocol, patient, AT))),
        row("text to JSON text", timed(lambda: dumps(answer(verdict())))),
        row("  verdict to JSON text", timed(lambda: dumps(answer(decision)))),
    ]
    table(f"A whole document, {len(text):,} bytes", ("", "CPU µs", "a CPU s", "aim"), rows)


def row(what: str, timing: Timing, most: float | None = None) -> tuple[str, str, str, str]:
    """One line of the table."""
    wanted = "" if most is None else aim(most, timing.p50, "µs")
    return what, f"{timing.p50:,.0f}", f"{timing.rate:,.0f}", wanted


if __name__ == "__main__":
    main()
