"""One entry of the log, and the link that chains it to the one before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from oncourse.problem import Fault

NOTHING = "0" * 64  # what the first entry is chained to
HEX = frozenset("0123456789abcdef")
ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be kept; `body` is a tree of text, `advice` what the program said when it was signed."""

    kind: str
    body: Any
    advice: Any = None


class Entry(NamedTuple):
    """One row of the log, every part as it is kept.

    `stream` is a course, or begins with @; `seq` counts the whole record from 1, `version` the stream; `batch` is
    the `seq` of the first entry that was kept together with this one; `body` and `advice` are JSON; `key` is what
    the sender called the batch; `recorded` is an instant in UTC; `hash` chains it to the entry before.
    """

    seq: int
    stream: str
    version: int
    batch: int
    kind: str
    body: str
    advice: str | None
    by: str
    why: str | None
    key: str | None
    recorded: str
    hash: str

    @property
    def said(self) -> Any:
        """The body as a tree of text."""
        return json.loads(self.body)

    @property
    def advised(self) -> Any:
        """What the program said when this was signed; None for what nobody signed."""
        return None if self.advice is None else json.loads(self.advice)


def link(before: str, *parts: object) -> str:
    """SHA-256 in hex over the hash of the entry before and all parts of an entry but its own hash."""
    return hashlib.sha256(dumps([before, *parts]).encode()).hexdigest()


def linked(before: str, entry: Entry) -> str:
    """The hash that an entry must have after the one with that hash."""
    return link(before, *entry[:-1])


def dumps(tree: object) -> str:
    """A tree as the one JSON text under which it is kept: ASCII, which no database changes or refuses."""
    return ENCODER.encode(tree)


class Head(NamedTuple):
    """The end of a record: the number of its entries, and the hash of the last."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Head:
        """A head as it is printed; raises Fault."""
        seq, _, link = text.strip().partition(":")
        if not (seq.isascii() and seq.isdigit() and len(link) == len(NOTHING) and HEX.issuperset(link)):
            raise Fault(f"{text[:80]!r} is no head of a record", "give it as it was printed: number:hash")
        return cls(int(seq), link)


BEGINNING = Head(0, NOTHING)
