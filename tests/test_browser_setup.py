"""`make test` comes to its browser: found, named, installed from Debian, or a word about what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.browser import NAMED, NoBrowser, apt

SCRIPT = Path(__file__).resolve().parent.parent / "tools/browser.py"
APT = """#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> "{folder}/asked"
case "$*" in
*update*) touch "{folder}/lists" ;;
*install*) [ -e "{folder}/lists" ] || {{ echo E: no such package; exit 100; }}; cp "$0" "{folder}/chromium" ;;
esac
"""
SUDO = '#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The folder with all programs of a machine on which packages can be installed, and no browser."""
    for name in ("env", "sh", "touch", "cp"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    for name, said in (("apt-get", APT.format(folder=tmp_path)), ("sudo", SUDO)):
        (tmp_path / name).write_text(said)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def set_up(machine: Path, **named: str) -> tuple[int, str, list[str]]:
    """The exit status, what was said, and what was asked of apt-get."""
    known = {name: value for name, value in os.environ.items() if name != NAMED}
    env = known | {"PATH": str(machine)} | named
    done = subprocess.run([sys.executable, SCRIPT], env=env, capture_output=True, text=True)
    assert done.stdout == ""
    asked = machine / "asked"
    return done.returncode, done.stderr, asked.read_text().splitlines() if asked.exists() else []


def test_a_browser_is_installed_once(machine: Path) -> None:
    """With fresh lists of packages if the old ones do not know it; the second run asks for nothing."""
    status, said, asked = set_up(machine)
    assert (status, said) == (0, "setup: installing Debian's chromium\n")
    assert ["install" in line for line in asked] == [True, False, True]
    assert all(line.startswith("noninteractive -qq ") for line in asked)
    assert set_up(machine) == (0, "", asked)


def test_lists_that_know_it_are_not_fetched_again(machine: Path) -> None:
    """One command is enough where packages were installed before."""
    (machine / "lists").touch()
    status, _, asked = set_up(machine)
    assert status == 0 and len(asked) == 1


def test_a_browser_by_another_name_is_enough(machine: Path) -> None:
    """Whoever names one has it used: a command or a path."""
    mine = machine / "my-browser"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    assert set_up(machine, **{NAMED: str(mine)}) == (0, "", [])
    assert set_up(machine, **{NAMED: "my-browser"}) == (0, "", [])
    status, said, _ = set_up(machine, **{NAMED: "no-browser"})
    assert status == 1 and "there is no no-browser. Install one" in said


def test_what_hinders_is_told_with_a_remedy(machine: Path) -> None:
    """What the installer said stands below what can be done."""
    (machine / "apt-get").write_text("#!/bin/sh\necho E: the disk is full >&2; exit 100\n")
    status, said, _ = set_up(machine)
    assert status == 1
    assert "could not be installed. Install one and run again; on Debian: apt-get install chromium" in said
    assert NAMED in said and said.endswith("E: the disk is full\n\n")
    (machine / "apt-get").unlink()
    status, said, _ = set_up(machine)
    assert status == 1 and "none may be installed" in said and "Traceback" not in said


def test_nobody_is_asked_for_a_password() -> None:
    """The superuser installs, others only by a sudo that asks nothing."""
    assert apt(True, "/apt", None)[:3] == ["env", "DEBIAN_FRONTEND=noninteractive", "/apt"]
    assert apt(False, "/apt", "/sudo")[:3] == ["/sudo", "-n", "env"]
    for root, program, sudo in ((False, "/apt", None), (True, None, None), (False, None, "/sudo")):
        with pytest.raises(NoBrowser):
            apt(root, program, sudo)
