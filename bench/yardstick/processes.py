"""The command line as fresh processes, as on a second start."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from yardstick import aim

RUNS = 15
ONCOURSE = str(Path(sys.executable).with_name("oncourse"))


@contextmanager
def settled() -> Iterator[dict[str, str]]:
    """An environment in which bytecode is kept, as any installation keeps it, but not among the sources."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") or name == "PYTHONPATH"}
    with tempfile.TemporaryDirectory() as folder:
        yield {**ours, "PYTHONPYCACHEPREFIX": folder}


def row(name: str, command: list[str], most: int | None, environment: dict[str, str]) -> tuple[str, ...]:
    """One line of the table; the first run, which writes bytecode, does not count."""
    spent = [cpu(command, environment) for _ in range(RUNS + 1)][1:]
    middle = median(spent)
    wanted = "" if most is None else aim(most, middle, "ms")
    return name, f"{middle:.0f}", f"{min(spent):.0f}", f"{max(spent):.0f}", wanted


def cpu(command: list[str], environment: dict[str, str]) -> float:
    """User and system time in milliseconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
