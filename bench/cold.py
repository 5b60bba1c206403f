"""CPU time of the command line as fresh processes, as on a second start, and where importing spends it."""

from __future__ import annotations

import re
import subprocess
import sys

from yardstick import SIX_CYCLES, table
from yardstick.processes import ONCOURSE, RUNS, row, settled

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
    with settled() as environment:
        rows = [row(name, command, most, environment) for name, (command, most) in COMMANDS.items()]
        table(f"CPU of a fresh process, median of {RUNS}", ("", "ms", "from", "to", "aim"), rows)
        imports(environment)


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
