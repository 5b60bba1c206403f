"""CPU time of the command line as fresh processes, as on a second start, and where importing spends it."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from yardstick import SIX_CYCLES, aim, table

RUNS = 15
ONCOURSE = str(Path(sys.executable).with_name("oncourse"))
COMMANDS = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "oncourse --version": ([ONCOURSE, "--version"], 60),
    "oncourse decide": ([ONCOURSE, "decide", str(SIX_CYCLES)], 120),
    "oncourse decide --json": ([ONCOURSE, "decide", "--json", str(SIX_CYCLES)], 120),
    "oncourse plan": ([ONCOURSE, "plan", str(SIX_CYCLES)], 120),
}
IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")


def main() -> None:
    """Print the CPU of each command, then the dearest imports of `decide`."""
    with tempfile.TemporaryDirectory() as folder:
        # Bytecode is kept, as any installation keeps it, but not among the sources.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment = {**kept, "PYTHONPYCACHEPREFIX": folder}
        rows = [row(name, command, most, environment) for name, (command, most) in COMMANDS.items()]
        table(f"CPU of a fresh process, median of {RUNS}", ("", "ms", "from", "to", "aim"), rows)
        imports(environment)


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


def imports(environment: dict[str, str]) -> None:
    """The ten modules that take longest by themselves, and what all take together."""
    command = [sys.executable, "-X", "importtime", ONCOURSE, "decide", str(SIX_CYCLES)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = [(int(alone), name) for alone, _, _, name in IMPORTED.findall(done.stderr)]
    ours = sum(alone for alone, name in found if name.startswith("oncourse"))
    total = sum(alone for alone, _ in found)
    rows = [(name, f"{alone / 1000:.1f}") for alone, name in sorted(found, reverse=True)[:10]]
    rows += [("all of oncourse", f"{ours / 1000:.1f}"), (f"all {len(found)} modules", f"{total / 1000:.1f}")]
    table("Imports of `oncourse decide`, each by itself", ("", "ms"), rows)


if __name__ == "__main__":
    main()
