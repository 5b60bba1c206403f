"""What others made and we print with: listed byte for byte, with its licence, and carried by what is installed."""

import tomllib
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from hatchling.builders.wheel import WheelBuilder

from oncourse import sheets

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(sheets.__file__).parent
VENDOR = HERE / "vendor"
LISTED = tomllib.loads((VENDOR / "VENDOR.toml").read_text(encoding="utf-8"))["vendored"]


def test_what_others_made_is_listed_byte_for_byte() -> None:
    """Every file with its hash, and no file that is not listed."""
    listed = {f"{part['folder']}/{name}": told for part in LISTED for name, told in part["sha256"].items()}
    there = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDOR.toml"
    }
    assert listed == there


def test_what_others_made_says_whose_it_is() -> None:
    """Its licence lies beside it; where it came from, and why it is here, is told."""
    for part in LISTED:
        text = (VENDOR / part["folder"] / "LICENSE").read_text(encoding="utf-8")
        assert {"OFL-1.1": "SIL OPEN FONT LICENSE Version 1.1"}[part["licence"]] in text
        source = urlsplit(part["from"])
        assert (source.scheme, source.netloc) == ("https", "registry.npmjs.org")
        assert source.path.startswith(f"/{part['name']}/") and source.path.endswith(f"-{part['version']}.tgz")
        assert part["folder"].endswith(f"-{part['version']}") and part["why"].endswith(".")


def test_the_wheel_carries_templates_and_fonts() -> None:
    """What is installed prints as it does here."""
    packed = {file.relative_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    there = {str(path.relative_to(ROOT)) for path in HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {Path(name).suffix for name in there} >= {".ttf", ".typ", ".yaml", ".toml"}
    assert there - packed == set()
