"""What the article and the labels say, statement by statement, what acts on each, and how the loose ones were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oncourse.faces.web.clauses import findings
from oncourse.faces.web.page import text
from oncourse.protocol import Protocol

SIDES = ("article", "label_us", "label_eu")
SAME = "same"
NOTHING = "nothing"
ANCHORED = {"instruction": "step", "clock": "clock", "follow-up": "follow-up"}  # kinds under whose name anchors begin


@dataclass(frozen=True, slots=True)
class Side:
    """What one source says, nothing if it is silent, and how sure that is."""

    source: str
    says: str | None
    grade: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """What acts on a statement, with where it stands on the page of the protocol; no place if it is not there."""

    kind: str
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: what each source says, whether they agree, what acts on it, or why nothing does."""

    id: str
    sides: tuple[Side, ...]
    agree: str
    carriers: Mapping[str, tuple[Carrier, ...]]
    nothing: tuple[str, ...]
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the sources leave something open, what was chosen and why, and whether a label has it so."""

    id: str
    where: str
    question: str
    chosen: str
    why: str
    statements: tuple[str, ...]
    marked: str


def statements(protocol: Protocol) -> Iterator[Statement]:
    """Those of the article, in its order, each beside the labels."""
    known = _Known(protocol)
    for name, said in known.sources["statements"].items():
        yield known.statement(name, said["agree"], _sides(said), said["carried_out_by"], said["readings"])


def further(protocol: Protocol) -> Iterator[Statement]:
    """Those that the article leaves out, each from one source."""
    known = _Known(protocol)
    for name, said in known.sources["missing"].items():
        side = Side(known.sources["sources"][said["source"]]["title"], said["text"], said["evidence"])
        yield known.statement(name, "", (side,), said["used_by"], [])


def differing(protocol: Protocol) -> set[str]:
    """The statements in which article and labels differ."""
    known: Any = protocol.sources
    return {name for name, said in known["statements"].items() if said["agree"] != SAME}


def readings(protocol: Protocol) -> Iterator[Reading]:
    """Every reading, in its order."""
    known: Any = protocol.readings
    for name, said in known.items():
        yield Reading(name, **{**said, "statements": tuple(said["statements"])})


def _sides(said: Mapping[str, Any]) -> tuple[Side, ...]:
    """The article and the labels. The grade is that of the labels, or of the article where both are silent."""
    grades = said["evidence"]
    if isinstance(grades, str):
        graded = [side for side in SIDES[1:] if said[side]] or SIDES[:1]
        grades = dict.fromkeys(graded, grades)
    return tuple(Side(text(f"protocol_page.{side}"), said[side], grades.get(side, "")) for side in SIDES)


class _Known:
    """What is read once for every statement of a protocol."""

    def __init__(self, protocol: Protocol) -> None:
        self.sources: Any = protocol.sources
        self.words: Any = protocol.words
        self.places = findings(protocol)
        self.settings = {setting.name for setting in protocol.settings}
        self.facts = {fact.name for fact in protocol.facts}

    def statement(
        self, name: str, agree: str, sides: tuple[Side, ...], carriers: list[Any], readings: list[str]
    ) -> Statement:
        nothing = tuple(carrier[NOTHING] for carrier in carriers if isinstance(carrier, dict))
        grouped: dict[str, tuple[Carrier, ...]] = {}
        for carrier in carriers:
            if isinstance(carrier, str):
                kind, _, named = carrier.partition(":")
                grouped[kind] = (*grouped.get(kind, ()), self.carrier(kind, named))
        return Statement(name, sides, agree, grouped, nothing, tuple(readings))

    def carrier(self, kind: str, name: str) -> Carrier:
        """A carrier as people call it."""
        plain = name.replace("_", " ").replace("-", " ")
        if kind == "clause":
            return Carrier(kind, self.words["clauses"][name]["title"], name if name in self.places else "")
        if kind in ("fact", "setting"):
            shown = self.words["names"].get(name) or self.words["labels"].get(name) or plain
            known = name in self.facts or name in self.settings
            return Carrier(kind, shown, f"name-{name}" if known else "")
        if kind == "amount":
            return Carrier(kind, plain, f"amount-{name}")
        return Carrier(kind, plain, f"{ANCHORED[kind]}-{name}" if kind in ANCHORED else "")
