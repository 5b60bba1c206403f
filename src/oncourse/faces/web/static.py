"""What pages load: each file under a name that changes with its content, so that a browser keeps it for good."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

FOLDER = Path(__file__).parent / "static"
PLACE = "/static"
FIRST, LAST = ("tokens.css", "shell.css"), "print.css"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
PACKED_ALREADY = frozenset({".woff2"})
HASHED = 10  # hex digits
HEADERS = {"cache-control": "max-age=31536000, immutable", "vary": "accept-encoding"}
REFERENCE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


@dataclass(frozen=True)
class Piece:
    """A file as it is sent: its hashed name, its content type, its bytes plain and, if that is shorter, by gzip."""

    name: str
    type: str
    body: bytes
    packed: bytes | None


def load(folder: Path) -> Mapping[str, Piece]:
    """The files under a folder by their plain names, all sheets as one `app.css`; raises KeyError.

    KeyError names a file that a sheet refers to and that is not there.
    """
    found = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix in TYPES}
    sheets = [path for name, path in found.items() if path.suffix == ".css"]
    pieces = {name: _piece(name, path.read_bytes()) for name, path in found.items() if path not in sheets}
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(sheets, key=_place))
    told = REFERENCE.sub(lambda link: f'url("{pieces[Path(link[1]).name].name}")', text)
    return pieces | {"app.css": _piece("app.css", told.encode())}


def _place(sheet: Path) -> tuple[bool, int, str]:
    """Where a sheet stands among the others: what comes later overrules."""
    name = sheet.name
    return name == LAST, FIRST.index(name) if name in FIRST else len(FIRST), name


def _piece(name: str, body: bytes) -> Piece:
    """A file under the name that its content gives it."""
    stem, dot, ending = name.rpartition(".")
    packed = None if dot + ending in PACKED_ALREADY else gzip.compress(body, mtime=0)
    return Piece(f"{stem}.{sha256(body).hexdigest()[:HASHED]}.{ending}", TYPES[dot + ending], body, packed)


@cache
def _ours() -> Mapping[str, Piece]:
    return load(FOLDER)


@cache
def _by_hashed_name() -> Mapping[str, Piece]:
    return {piece.name: piece for piece in _ours().values()}


def asset(name: str) -> str:
    """Where a browser finds a file, such as `/static/app.1a2b3c4d5e.css` for `app.css`; raises KeyError."""
    return f"{PLACE}/{_ours()[name].name}"


async def _send(request: Request) -> Response:
    """The file of that hashed name; 404 for any other."""
    piece = _by_hashed_name().get(request.path_params["name"])
    if piece is None:
        return PlainTextResponse("There is no such file.\n", status_code=404)
    if piece.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(piece.packed, media_type=piece.type, headers=HEADERS | {"content-encoding": "gzip"})
    return Response(piece.body, media_type=piece.type, headers=HEADERS)


def _takes_gzip(accepted: str) -> bool:
    """Whether a browser asks for gzip, and not for `gzip;q=0`."""
    parts = (part.partition(";") for part in accepted.replace(" ", "").lower().split(","))
    return any(name == "gzip" and not re.fullmatch(r"q=0(\.0*)?", weight) for name, _, weight in parts)


files = Router([Route("/{name:path}", _send)])
