"""Paper by typst: templates with their data become one PDF, tagged, the same bytes for the same input.

Nothing is cut off and nothing is a box: a text that does not fit its place at the smallest legible size, or has a
character that no font of this machine draws, is refused with the name of its field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typst

from oncourse.problem import Refused, excerpt
from oncourse.sheets.said import caption, captions
from oncourse.sheets.who import Printed

HERE = Path(__file__).parent
TEMPLATES, FONTS = HERE / "templates", HERE / "vendor"
PAPERS = {"a4": "a4", "letter": "us-letter"}
EPOCH = date(1970, 1, 1)
SCREEN = 192  # pixels an inch
SIZES = ("10", "9.5", "9", "8.5", "8", "7.5", "7")  # points; the last is the smallest that is still read with ease
UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# What is not seen and turns what stands around it about: a lot read backwards is another lot.
UNSEEN = dict.fromkeys((0xAD, 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF))
FULL = "no room for "  # begins the templates' word that a text does not fit; the name of its field follows


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a print: its template, what the template is told, and how many pages it may have.

    `paper` is a4 or letter, or nothing for a label on a page of its own size.
    """

    template: str
    told: Mapping[str, Any]
    paper: str | None
    pages: int = 1


def pdf(parts: Sequence[Part], printed: Printed) -> bytes:
    """The parts one after another as one PDF; raises Refused for a text that does not fit or that no font can draw."""
    return _drawn(parts, printed, {"format": "pdf", "pdf_standards": ["ua-1"]})


def png(part: Part, printed: Printed) -> bytes:
    """A label as a picture for a screen, twice as fine as it is shown; raises Refused as `pdf` does."""
    pdf([part], printed)  # a picture by itself would show a box for a character that no font has
    return _drawn([part], printed, {"format": "png", "ppi": SCREEN})


def _drawn(parts: Sequence[Part], printed: Printed, how: Mapping[str, Any]) -> bytes:
    told = {
        "parts": [{"template": part.template, **_page(part), **part.told} for part in parts],
        "words": captions()["page"],
        "title": parts[0].told["title"],
        "printed": printed.said,
    }
    room = "page"
    for size in SIZES:
        made = _made({**told, "size": size}, printed, how)
        if isinstance(made, bytes):
            return made
        room = made
        if room != "page":
            break  # a field with a place of its own has been shrunk in the template
    raise _too_long(told["parts"], room)


def _page(part: Part) -> dict[str, Any]:
    return {"pages": part.pages, "paper": None if part.paper is None else PAPERS[part.paper]}


def _made(told: Mapping[str, Any], printed: Printed, how: Mapping[str, Any]) -> bytes | str:
    """The PDF, or the name of what has no room in it."""
    try:
        made = typst.compile(
            str(TEMPLATES / "print.typ"),
            root=str(TEMPLATES),
            font_paths=[str(FONTS)],
            sys_inputs={"told": json.dumps(told, ensure_ascii=False).translate(UNSEEN)},
            timestamp=_stamp(printed),
            **how,
        )
    except typst.TypstError as fault:
        if FULL in str(fault):
            return str(fault).partition(FULL)[2].strip('`"')
        if undrawn := UNDRAWN.search(str(fault)):
            raise _undrawn(told["parts"], _character(undrawn[1])) from None
        raise
    assert isinstance(made, bytes)
    return made


def _stamp(printed: Printed) -> int:
    """The moment of the print in seconds, as the document's date; the epoch where none is told."""
    day = printed.at or EPOCH
    at = day.astimezone(UTC) if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(at.timestamp())


def _character(written: str) -> str:
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), written)


def _undrawn(parts: Any, text: str) -> Refused:
    """That a character has no font, with the field it stands in."""
    field, whole = next(((name, said) for name, said in _leaves(parts) if text in said), ("", text))
    what = caption("refused.no-font", character=excerpt(text), code=f"U+{ord(text[0]):04X}", field=_named(field))
    return Refused(f"{what}: {excerpt(whole)}", caption("refused.install-font"))


def _too_long(parts: Any, room: str) -> Refused:
    """That a text has no room, with its field; of a whole page the longest text that somebody typed is named."""
    typed = [leaf for leaf in _leaves(parts) if leaf[0] in captions()["fields"]]
    named = [leaf for leaf in typed if leaf[0] == room]
    name, said = max(named or typed, key=lambda leaf: len(leaf[1]))
    what = caption("refused.no-room", field=_named(name), number=str(len(said)))
    return Refused(what, caption("refused.shorten"))


def _leaves(part: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text that is told, with the name of its field."""
    if isinstance(part, Mapping):
        for key, below in part.items():
            yield from _leaves(below, key)
    elif isinstance(part, (list, tuple)):
        for below in part:
            yield from _leaves(below, name)
    elif isinstance(part, str) and not part.startswith("<?xml"):
        yield name, part


def _named(field: str) -> str:
    fields = captions()["fields"]
    return str(fields.get(field, field.replace("_", " ")))
