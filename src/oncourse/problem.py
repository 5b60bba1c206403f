"""Problems of a document as values: where, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GUESSES = 200


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a document; line and column count characters from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of a document and its remedy, both as sentences without a full stop."""

    place: Place
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.remedy}"


class BadInput(Exception):
    """A document is at fault; `problems` names every fault, sorted by place, and is never empty."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        if not self.problems:
            raise ValueError("bad input without a problem")
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[BadInput], tuple[tuple[Problem, ...]]]:
        return BadInput, (self.problems,)


class Fault(Exception):
    """A value is wrong; whoever knows the place turns it into a Problem."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy

    def at(self, place: Place) -> Problem:
        """The same fault with its place."""
        return Problem(place, self.what, self.remedy)


class Refused(Exception):
    """What was asked cannot be done here and now, and what to do; nothing is changed by it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what, self.remedy = what, remedy


def either(words: Iterable[str]) -> str:
    """The words as a choice: `a`, `a or b`, `a, b or c`."""
    *most, last = list(words) or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


def nearest(word: str, known: Iterable[str], remedy: str, before: int = 0) -> str:
    """A remedy for an unknown word: the known word most like it, else `remedy`; after many faults always that."""
    if before > GUESSES:  # a guess is slow, and a huge wrong document must not be
        return remedy
    import difflib  # only on the way to a fault: its import is not free

    close = difflib.get_close_matches(word[:60], list(known), n=1)
    return f"did you mean {close[0]}?" if close else remedy


def excerpt(text: str, most: int = 40) -> str:
    """The text on one line of printable characters, cut to `most` characters, for a message."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else "�" for c in cut)
