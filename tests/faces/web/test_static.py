"""What pages load: names that change with the content, what a browser may keep, and what others made."""

import gzip
import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hatchling.builders.wheel import WheelBuilder
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from oncourse.faces.web.static import FOLDER, Piece, asset, files, load

ROOT = Path(__file__).resolve().parents[3]
VENDOR = FOLDER / "vendor"
ASSETS = ("app.css", "app.js", "htmx.min.js", "icon.svg", "ibm-plex-sans-latin-400-normal.woff2")
HASHED = r"/static/[\w.-]+\.[0-9a-f]{10}\.(css|js|svg|woff2)"


@pytest.fixture
def client() -> TestClient:
    """A browser that asks for files and follows nothing."""
    return TestClient(Starlette(routes=[Mount("/static", files)]), follow_redirects=False)


def folder(place: Path, **contents: str) -> Mapping[str, Piece]:
    """The files of a folder with those sheets and a font."""
    (place / "fonts").mkdir(exist_ok=True)
    (place / "fonts/plex.woff2").write_bytes(b"font")
    for name, text in contents.items():
        (place / f"{name}.css").write_text(text)
    return load(place)


@pytest.mark.parametrize("name", ASSETS)
def test_a_browser_keeps_a_file_for_good(client: TestClient, name: str) -> None:
    """Its name has its content's hash, so nobody asks for it a second time."""
    assert re.fullmatch(HASHED, asset(name))
    answer = client.get(asset(name))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "max-age=31536000, immutable"
    assert sha256(answer.content).hexdigest()[:10] in asset(name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("ibm-plex-sans-latin-400-normal.woff2", "font/woff2"),
    ],
)
def test_a_browser_is_told_what_a_file_is(client: TestClient, name: str, kind: str) -> None:
    """It need not guess, and is told elsewhere not to."""
    assert client.get(asset(name)).headers["content-type"] == kind


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("deflate, gzip;q=1.0", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("x-gzipped", False),
        ("", False),
    ],
)
def test_text_is_packed_for_whoever_takes_it(client: TestClient, accepted: str, packed: bool) -> None:
    """Both ways the browser has the same text, and what stands between is told that they differ."""
    plain = load(FOLDER)["app.css"].body
    answer = client.get(asset("app.css"), headers={"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.content == plain
    assert (int(answer.headers["content-length"]) < len(plain)) == packed


def test_a_font_is_not_packed_twice(client: TestClient) -> None:
    """It is packed already."""
    answer = client.get(asset("ibm-plex-sans-latin-400-normal.woff2"), headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/app.css",
        "/static/app.0000000000.css",
        "/static/tokens.css",
        "/static/LICENSE",
        "/static/vendor/VENDOR.toml",
        "/static/../static.py",
        "/static/%2e%2e/static.py",
        "/static/..%2fstatic.py",
        "/static//etc/passwd",
        "/static/app.css%00",
    ],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    """Only whole names that were given out lead to a file; no path does."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_files_are_only_read(client: TestClient) -> None:
    """Nobody writes here, and a question for the headers alone is answered."""
    assert client.post(asset("app.js")).status_code == 405
    asked = client.head(asset("app.js"))
    assert asked.status_code == 200 and asked.content == b""


def test_a_page_names_only_files_that_are_there() -> None:
    """A name that leads nowhere is told when the page is made."""
    with pytest.raises(KeyError, match=r"app\.scss"):
        asset("app.scss")


def test_a_changed_file_changes_its_name_and_that_of_the_sheet(tmp_path: Path) -> None:
    """A browser that kept the old sheet does not meet it with the new font."""
    link = "@font-face { src: url('fonts/plex.woff2') format('woff2'); }"
    before = folder(tmp_path, tokens=link)
    assert before["plex.woff2"].name in before["app.css"].body.decode()
    assert folder(tmp_path, tokens=link) == before
    (tmp_path / "fonts/plex.woff2").write_bytes(b"another")
    after = load(tmp_path)
    assert after["plex.woff2"].name in after["app.css"].body.decode()
    assert all(before[name].name != after[name].name for name in ("plex.woff2", "app.css"))


def test_all_sheets_are_one_in_a_fixed_order(tmp_path: Path) -> None:
    """First what all build on, last what paper overrules; between them by name."""
    sheets = {name: f".{name} {{}}" for name in ("print", "verdict", "shell", "drawings", "tokens")}
    pieces = folder(tmp_path, **sheets)
    order = re.findall(r"\.(\w+) ", pieces["app.css"].body.decode())
    assert order == ["tokens", "shell", "drawings", "verdict", "print"]
    assert set(pieces) == {"app.css", "plex.woff2"}
    assert gzip.decompress(pieces["app.css"].packed or b"") == pieces["app.css"].body


def test_a_sheet_that_refers_to_no_file_is_not_loaded(tmp_path: Path) -> None:
    """A missing font is found when the program starts, not by a nurse."""
    with pytest.raises(KeyError, match="sans"):
        folder(tmp_path, tokens='@font-face { src: url("fonts/sans.woff2"); }')


def test_no_two_files_have_one_name() -> None:
    """Files are served without their folders."""
    names = [path.name for path in FOLDER.rglob("*") if path.is_file() and path.name != "LICENSE"]
    assert sorted(names) == sorted(set(names))


def vendored() -> list[dict[str, object]]:
    """What others made, as it is listed."""
    listed: list[dict[str, object]] = tomllib.loads((VENDOR / "VENDOR.toml").read_text(encoding="utf-8"))["vendored"]
    return listed


def test_what_others_made_is_listed_byte_for_byte() -> None:
    """Every file with its hash, and no file that is not listed."""
    listed = {f"{part['folder']}/{name}": told for part in vendored() for name, told in dict(part["sha256"]).items()}  # type: ignore[call-overload]
    there = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDOR.toml"
    }
    assert listed == there


@pytest.mark.parametrize("part", vendored(), ids=lambda part: part["folder"])
def test_what_others_made_says_whose_it_is(part: dict[str, object]) -> None:
    """Its licence lies beside it; where it came from, and why it is here, is told."""
    text = (VENDOR / str(part["folder"]) / "LICENSE").read_text(encoding="utf-8")
    wanted = {"0BSD": "Zero-Clause BSD", "OFL-1.1": "SIL OPEN FONT LICENSE Version 1.1"}
    assert wanted[str(part["licence"])] in text
    source = urlsplit(str(part["from"]))
    assert (source.scheme, source.netloc) == ("https", "registry.npmjs.org")
    assert str(part["name"]) in source.path and f"-{part['version']}.tgz" in source.path
    assert str(part["folder"]).endswith(f"-{part['version']}")
    assert str(part["why"]).endswith(".")


def test_the_wheel_carries_every_file() -> None:
    """What is installed looks as it does here."""
    packed = {file.relative_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    there = {str(path.relative_to(ROOT)) for path in FOLDER.rglob("*") if path.is_file()}
    assert there
    assert there - packed == set()
