"""Fill .venv with exactly what uv.lock names. Needs Python 3.11 and nothing else; a second run is quick.

Pip does every download, so a mirror, proxy or certificate set up for pip is honoured, and every file is
checked against the hash in uv.lock. Usage: `python3 tools/bootstrap.py [GROUP...]`, groups beside `dev`.
"""

from __future__ import annotations

import configparser
import hashlib
import html
import os
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.parse
import urllib.request
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Settings of someone else's environment that would make pip, uv or Python look or write elsewhere.
FOREIGN = re.compile(r"PYTHON(PATH|HOME)$|VIRTUAL_ENV|UV_|PIP_(USER|TARGET|PREFIX|ROOT|REQUIRE_VIRTUALENV)$")


class CannotSetUp(Exception):
    """Why the environment cannot be made, and what to do."""


def main(groups: list[str]) -> None:
    """Make .venv what the lock says, unless it is so already."""
    stamp, wanted = VENV / "-".join(["filled", *groups]), fingerprint()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    make_venv()
    ensure_pip()
    pip("installing uv", "--no-deps", "--require-hashes", "-r", str(write("uv.txt", pinned("uv"))))
    requirements = write("requirements.txt", export(groups))
    pip("installing the locked packages", "--no-deps", "--require-hashes", "-r", str(requirements))
    pip("installing oncourse", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp.write_text(wanted)


def fingerprint() -> str:
    """What .venv depends on: the locked packages, the project's metadata, this file and the place."""
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"\0".join([*parts, Path(__file__).read_bytes(), bytes(ROOT)])).hexdigest()


def environment() -> dict[str, str]:
    """The caller's environment without what would lead elsewhere."""
    return {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}


def run(doing: str, *command: str, remedy: str) -> str:
    """Run a command quietly and return what it printed; show that, and what to do, only if it fails."""
    print(f"setup: {doing}", file=sys.stderr)
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise CannotSetUp(f"{doing} failed; {remedy}\n{done.stdout}{done.stderr}")
    return done.stdout


def works(*command: str) -> bool:
    """Whether a command can be started and ends well."""
    try:
        return not subprocess.run(command, env=environment(), capture_output=True).returncode
    except OSError:
        return False


def pip(doing: str, *arguments: str) -> None:
    """Run `pip install` inside .venv."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location")
    remedy = "is the package index reachable? pip's own settings (PIP_INDEX_URL, PIP_CERT, pip.conf) are used"
    run(doing, str(PYTHON), "-m", "pip", "install", *quiet, *arguments, remedy=remedy)


def write(name: str, text: str) -> Path:
    """Keep a list of requirements inside .venv, where it can be looked at."""
    path = VENV / name
    path.write_text(text)
    return path


def make_venv() -> None:
    """Make .venv, or keep the one there if it was made in this place and its Python runs."""
    config = VENV / "pyvenv.cfg"
    made_here = config.exists() and f" {VENV}\n" in config.read_text()
    if not made_here or not works(str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        print("setup: making .venv", file=sys.stderr)
        venv.EnvBuilder(with_pip=False, clear=True, symlinks=os.name != "nt").create(VENV)


def ensure_pip() -> None:
    """Get pip into .venv: Python's own copy, the system's pip, the package index, Debian's package."""
    lacking = [str(PYTHON), "-m", "pip", "--version"]
    if works(*lacking) or works(str(PYTHON), "-m", "ensurepip"):
        return
    if works(sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip"):
        return
    try:
        wheel = download_pip()
    except OSError as problem:
        if not install_debian_pip() or not works(str(PYTHON), "-m", "ensurepip"):
            raise CannotSetUp(
                f"this Python has no pip, and none could be downloaded ({problem}).\n"
                "Install one and run again; on Debian and Ubuntu: apt-get install python3-venv"
            ) from problem
        return
    command = (str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel))
    run("installing pip", *command, remedy="remove .venv and try again")


def install_debian_pip() -> bool:
    """Install Debian's own pip and certificates, where this is Debian and we may."""
    apt = shutil.which("apt-get")
    if not apt or os.name == "nt" or os.geteuid():
        return False
    print("setup: installing Debian's python3-venv and ca-certificates", file=sys.stderr)
    packages = ("python3-venv", "ca-certificates")
    return works(apt, "update") and works(apt, "install", "-y", "--no-install-recommends", *packages)


def locked(name: str) -> dict[str, Any]:
    """One package's entry in uv.lock."""
    with (ROOT / "uv.lock").open("rb") as lock:
        return next(package for package in tomllib.load(lock)["package"] if package["name"] == name)


def pinned(name: str) -> str:
    """One package as a requirement with the hashes of its wheels."""
    package = locked(name)
    hashes = " ".join(f"--hash={wheel['hash']}" for wheel in package["wheels"])
    return f"{name}=={package['version']} {hashes}\n"


def export(groups: list[str]) -> str:
    """Everything the lock names, as requirements with hashes; fails if uv.lock lags behind pyproject.toml."""
    uv = PYTHON.with_name("uv.exe" if os.name == "nt" else "uv")
    chosen = [f"--group={group}" for group in ("dev", *groups)]
    settings = ("--locked", "--offline", "--no-config", "--no-cache", "--quiet", f"--python={PYTHON}")
    form = ("--no-emit-project", "--format=requirements-txt", "--no-header", "--no-annotate")
    remedy = "if pyproject.toml has other dependencies now, run .venv/bin/uv lock"
    return run("reading uv.lock", str(uv), "export", *settings, *form, *chosen, remedy=remedy)


def download_pip() -> Path:
    """Download the locked pip wheel with the standard library alone, and check its hash."""
    print("setup: downloading pip", file=sys.stderr)
    wheel = locked("pip")["wheels"][0]
    name: str = wheel["url"].rsplit("/", 1)[1]
    index = pip_setting("index-url") or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/pip/"
    links = re.findall(r'href="([^"]+)"', fetch(page).decode())
    found = [link for link in map(html.unescape, links) if f"/{name}" in f"/{link}"]
    if not found:
        raise OSError(f"{page} does not list {name}")
    data = fetch(urllib.parse.urljoin(page, found[0]))
    if "sha256:" + hashlib.sha256(data).hexdigest() != wheel["hash"]:
        raise CannotSetUp(f"{name} from {index} is not the file that uv.lock names; nothing was installed")
    path = VENV / name
    path.write_bytes(data)
    return path


def fetch(url: str) -> bytes:
    """Read one address, trusting the certificates that pip was told to trust."""
    context = ssl.create_default_context(cafile=pip_setting("cert"))
    with urllib.request.urlopen(url, context=context, timeout=60) as answer:
        data: bytes = answer.read()
        return data


def pip_setting(name: str) -> str | None:
    """One setting of pip, from the environment or its configuration files, as pip would read it."""
    if value := os.environ.get("PIP_" + name.upper().replace("-", "_")):
        return value
    home = Path.home()
    usual = (home / ".config/pip/pip.conf", home / ".pip/pip.conf", "/etc/pip.conf")
    for file in filter(None, (os.environ.get("PIP_CONFIG_FILE"), *usual)):
        parser = configparser.RawConfigParser()
        parser.read(str(file))
        if value := parser.get("global", name, fallback=None):
            return value
    return None


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (CannotSetUp, OSError) as problem:
        sys.exit(f"setup: {problem}")
