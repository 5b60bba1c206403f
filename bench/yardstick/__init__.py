"""What every measurement here shares: one course, a clock of CPU time, and a table with the aim beside the figure."""

from __future__ import annotations

import gc
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SIX_CYCLES = Path(__file__).parent / "six-cycles.yaml"


@dataclass(frozen=True, slots=True)
class Timing:
    """The median of single calls in microseconds, and the calls in a second; of CPU time, so that others on the
    machine do not show."""

    p50: float
    rate: float


def timed(call: Callable[[], object], seconds: float = 1.0) -> Timing:
    """One call timed again and again for about so many seconds, while the garbage collector rests."""
    for _ in range(20):
        call()
    singles: list[int] = []
    gc.collect()
    gc.disable()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        before = time.process_time_ns()
        call()
        singles.append(time.process_time_ns() - before)
    gc.enable()
    return Timing(median(singles) / 1000, len(singles) / sum(singles) * 1_000_000_000)


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print rows under a head, the first column to the left and the others to the right."""
    lines = [[str(part) for part in row] for row in (head, *rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    print(f"\n{title} ({machine()})")
    for line in lines:
        first, *others = (
            part.ljust(width) if place == 0 else part.rjust(width)
            for place, (part, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())


def machine() -> str:
    """The interpreter and the kind of machine."""
    return f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"


def aim(most: float, figure: float, unit: str) -> str:
    """An upper bound beside the figure that should keep to it."""
    return f"≤ {most:g} {unit}: " + ("met" if figure <= most else f"missed by {figure / most:.1f} ×")
