"""Two versions of a protocol side by side: the lines of each file that were added or removed, and the clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from functools import lru_cache

from oncourse.expression import Node, names_in
from oncourse.faces.web.clauses import places
from oncourse.protocol import TEXTS, Clause, Fact, Protocol, Setting

AROUND = 3  # lines shown before and after what differs
ADDED, REMOVED, SAME, CHANGED, LEANING = "added", "removed", "same", "changed", "leaning"
Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what became of it, its number in the old file and in the new one, and what it says."""

    became: str
    old: int | None
    new: int | None
    says: str


def texts_of(protocol: Protocol) -> Texts:
    """The texts of a protocol by file."""
    return tuple((name, (protocol.folder / name).read_text(encoding="utf-8")) for name in TEXTS)


@lru_cache(maxsize=8)
def differing(old: Texts, new: Texts) -> Mapping[str, tuple[tuple[Line, ...], ...]]:
    """For each file that differs, its pieces with a few lines around each."""
    before = dict(old)
    pieces = {name: tuple(_pieces(before.get(name, "").splitlines(), text.splitlines())) for name, text in new}
    return {name: found for name, found in pieces.items() if found}


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Line, ...]]:
    compared = SequenceMatcher(None, old, new, autojunk=False)
    for group in compared.get_grouped_opcodes(AROUND):
        yield tuple(line for step in group for line in _lines(step, old, new))


def _lines(step: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    kind, first, last, start, end = step
    if kind == "equal":
        yield from (Line(SAME, first + at + 1, start + at + 1, said) for at, said in enumerate(new[start:end]))
        return
    yield from (Line(REMOVED, at + 1, None, old[at]) for at in range(first, last))
    yield from (Line(ADDED, None, at + 1, new[at]) for at in range(start, end))


def clauses(old: Protocol, new: Protocol) -> Mapping[str, list[str]]:
    """The clauses added, removed and changed, and those that use a name whose meaning changed; each by its anchor."""
    before, after = (dict(zip(places(of), of.clauses, strict=True)) for of in (old, new))
    both = [name for name in after if name in before]
    changed = [name for name in both if _parts(after[name]) != _parts(before[name])]
    means = _meanings(old), _meanings(new)
    moved = {name for name in {**means[0], **means[1]} if means[0].get(name) != means[1].get(name)}
    return {
        ADDED: [name for name in after if name not in before],
        REMOVED: [name for name in before if name not in after],
        CHANGED: changed,
        LEANING: [
            name for name in both if name not in changed and not moved.isdisjoint(_names(new, _trees(after[name])))
        ],
    }


def _parts(part: Clause | Fact | Setting) -> list[object]:
    """What a part of a protocol consists of, wherever it is written."""
    return [getattr(part, field.name) for field in fields(part)]


def _meanings(protocol: Protocol) -> Mapping[str, object]:
    """What each name of a condition stands for."""
    facts = {fact.name: _parts(fact) for fact in protocol.facts}
    return {**protocol.derived, **facts, **{setting.name: _parts(setting) for setting in protocol.settings}}


def _trees(clause: Clause) -> Iterator[Node]:
    yield from (tree for tree in (clause.scope, clause.when, *clause.asks, clause.occasion) if tree is not None)


def _names(protocol: Protocol, trees: Iterable[Node]) -> set[str]:
    """The names in conditions, and all that those stand on."""
    found, queue = set[str](), [name for tree in trees for name in names_in(tree)]
    while queue:
        if (name := queue.pop()) not in found:
            found.add(name)
            queue += names_in(protocol.derived[name]) if name in protocol.derived else ()
            spans = ((fact.fresh, fact.within) for fact in protocol.facts if fact.name == name)
            queue += (span for both in spans for span in both if span)
    return found
