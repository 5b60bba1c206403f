"""A protocol as it is written: each clause, name, amount and step in the file's own text, beside what is said of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from oncourse import document
from oncourse.faces.web.sentences import Sentence, flow, linked, sentences
from oncourse.protocol import Clause, Protocol, answer_name
from oncourse.prove.proved import Claimed, read_proved

EXPECTED = re.compile(r"\bclauses: \[([^\]]*)\]")
MARKS = {"omit": "skip"}  # acts whose sign has another name
NO_MARK = "note"
CONDITIONS = ("scope", "when", "asks", "occasion")  # what of a clause is written in names
BESIDE = ("clause", "act", "cites", "readings")  # what is shown of a clause in another way


@dataclass(frozen=True, slots=True)
class Missing:
    """What is asked for where a clause cannot be told, under an id of its own."""

    id: str
    anchor: str
    title: str
    asks: str
    cases: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause: what it does and says, its conditions as they are written, what it stands on, who looks after it."""

    anchor: str
    id: str
    act: str
    mark: str
    title: str
    says: tuple[Sentence, ...]
    written: tuple[tuple[str, Markup], ...]
    missing: Missing | None
    cites: tuple[str, ...]
    readings: tuple[str, ...]
    cases: int
    claims: tuple[Claimed, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A name that conditions use: what people call it, and how it is written."""

    name: str
    shown: str
    written: Markup


def rules(protocol: Protocol) -> Iterator[Rule]:
    """Every clause in its order."""
    links, words, cases = anchors(protocol), _words(protocol), cases_of(protocol)
    there = set(places(protocol))
    for anchor, clause, as_written in zip(places(protocol), protocol.clauses, _file(protocol)["clauses"], strict=True):
        missing = None
        if clause.unknown:
            missing = _missing(clause.unknown, clause.unknown not in there, words, cases)
            there.add(clause.unknown)
        yield Rule(
            anchor=anchor,
            id=clause.id,
            act=words["acts"][clause.act],
            mark="" if clause.act == NO_MARK else MARKS.get(clause.act, clause.act),
            title=words["clauses"][clause.id]["title"],
            says=tuple(sentences(protocol, clause, links)),
            written=tuple(
                (key, linked(flow(part), links if key in CONDITIONS else {}))
                for key, part in as_written.items()
                if key not in BESIDE
            ),
            missing=missing,
            cites=clause.cites,
            readings=clause.readings,
            cases=cases[clause.id],
            claims=tuple(claim for claim in proved(protocol) if _concerns(claim, clause)),
        )


def places(protocol: Protocol) -> list[str]:
    """The anchor of each clause: its id, for the first that has it; for another with the same id its act too."""
    made: list[str] = []
    for clause in protocol.clauses:
        made.append(clause.id if clause.id not in made else f"{clause.id}-{clause.act}")
    return made


def findings(protocol: Protocol) -> frozenset[str]:
    """Every anchor under which a finding is explained: of a clause, or of what is asked for where it cannot be told."""
    return frozenset(places(protocol)) | {clause.unknown for clause in protocol.clauses if clause.unknown}


def _concerns(claim: Claimed, clause: Clause) -> bool:
    """Whether a claim names what the clause finds or asks for, or stands on one of its statements."""
    return not {clause.id, clause.unknown}.isdisjoint(claim.clauses) or not set(clause.cites).isdisjoint(claim.cites)


def _missing(name: str, first: bool, words: Any, cases: Mapping[str, int]) -> Missing:
    said = words["clauses"][name]
    return Missing(name, name if first else "", said["title"], said.get("asks", ""), cases[name])


def anchors(protocol: Protocol) -> Mapping[str, str]:
    """Where on the page it is told what a name in a condition means."""
    names = (*protocol.derived, *(fact.name for fact in protocol.facts), *(of.name for of in protocol.settings))
    asked = zip(protocol.clauses, places(protocol), strict=True)
    answers = {answer_name(clause.id): place for clause, place in asked if clause.options}
    return {**{name: f"name-{name}" for name in names}, **answers}


def names(protocol: Protocol, part: str) -> Iterator[Named]:
    """The settings, the facts, or what follows from them, as the file has them."""
    words, links = _words(protocol), anchors(protocol) if part == "derived" else {}
    for name, as_written in _file(protocol)[part].items():
        shown = words["names"].get(name) or words["labels"].get(name) or name.replace("_", " ").capitalize()
        yield Named(name, shown, linked(flow(as_written, ""), links))


def written(protocol: Protocol, *keys: str) -> Markup:
    """One part of the file as it is written, by the keys that lead to it."""
    part: Any = _file(protocol)
    for key in keys:
        part = part[key]
    return linked(flow(part), anchors(protocol))


@lru_cache(maxsize=2)
def proved(protocol: Protocol) -> tuple[Claimed, ...]:
    """What came of the claims, read once."""
    return read_proved(protocol)


@lru_cache(maxsize=2)
def cases_of(protocol: Protocol) -> Counter[str]:
    """How many courses of the public suite expect each clause, seen once in their texts.

    Reading every course would keep whoever asks first waiting; that it comes to the same is tested.
    """
    found = Counter[str]()
    for file in (protocol.folder / "cases").rglob("*.yaml"):
        expected = EXPECTED.findall(file.read_text(encoding="utf-8"))
        found.update({clause for listed in expected for clause in listed.replace(" ", "").split(",") if clause})
    return found


@lru_cache(maxsize=2)
def _file(protocol: Protocol) -> Any:
    """The file itself as texts, lists and mappings."""
    path = protocol.folder / "protocol.yaml"
    return document.read(path.read_bytes(), path.name).plain()


def _words(protocol: Protocol) -> Any:
    return protocol.words
