"""See to it that there is a Chromium for the tests; a second run does nothing.

Asked for are `chromium` or what ONCOURSE_TEST_CHROMIUM names, a command or a path. Where neither is there, Debian's
package is installed, if that is allowed without asking anyone. Usage: `python tools/browser.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMED = "ONCOURSE_TEST_CHROMIUM"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-auto-reload",  # of a page that could not be had: who drives the browser says when to try again
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing outside this machine has an address
)
REMEDY = (
    "Install one and run again; on Debian: apt-get install chromium.\n"
    f"Or name the one there is: {NAMED}=/path/to/chromium"
)


class NoBrowser(Exception):
    """Why there is no browser, and what to do."""


def chromium() -> str:
    """The path of the browser that the tests drive; raises NoBrowser."""
    wanted = os.environ.get(NAMED) or "chromium"
    if found := shutil.which(wanted):
        return found
    raise NoBrowser(f"there is no {wanted}. {REMEDY}")


def main() -> None:
    """Install Debian's Chromium, unless one is there; raises NoBrowser."""
    try:
        chromium()
    except NoBrowser:
        install(apt(os.geteuid() == 0, shutil.which("apt-get"), shutil.which("sudo")))
        chromium()


def apt(root: bool, program: str | None, sudo: str | None) -> list[str]:
    """How packages are installed here without asking anyone; raises NoBrowser where they are not."""
    if program is None or not (root or sudo):
        raise NoBrowser(f"there is no Chromium, and none may be installed. {REMEDY}")
    quietly = ("env", "DEBIAN_FRONTEND=noninteractive", program, "-qq", "-o", "DPkg::Lock::Timeout=300")
    return [*quietly] if root else [str(sudo), "-n", *quietly]


def install(apt: list[str]) -> None:
    """Install Debian's package, after fresh lists if the old ones do not lead to it; raises NoBrowser."""
    print("setup: installing Debian's chromium", file=sys.stderr)
    package = [*apt, "install", "-y", "--no-install-recommends", "chromium"]
    done = run(package)
    if done.returncode:
        run([*apt, "update"])
        done = run(package)
    if done.returncode:
        raise NoBrowser(f"Debian's chromium could not be installed. {REMEDY}\n{done.stdout}{done.stderr}")


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)


if __name__ == "__main__":
    try:
        main()
    except NoBrowser as problem:
        sys.exit(f"setup: {problem}")
