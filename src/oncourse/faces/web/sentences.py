"""The sentences and conditions of a protocol as they are before any patient: with their limits, and with blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from oncourse.expression import OPPOSITE, Compare, Const, If, Name, Node, Not, names_in, parts_of
from oncourse.faces.web.page import signs, text
from oncourse.protocol import Clause, Protocol
from oncourse.quantity import show

BLANK = re.compile(r"\{(\w+)\}")
WORD = re.compile(r'"[^"]*"|[a-z_][a-z0-9_]*')
NONE: Mapping[str, str] = {}
NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: on which condition it is said, what it says, with blanks, and what ends what it says."""

    before: Markup
    says: Markup
    until: Markup = NOTHING


class Limit(NamedTuple):
    """How a name is compared, with which number, in which unit (UCUM)."""

    name: str
    op: str
    value: Fraction
    unit: str


def sentences(protocol: Protocol, clause: Clause, links: Mapping[str, str]) -> Iterator[Sentence]:
    """What the words say of a clause: of a need, what it asks for and why; of any other, what was found."""
    words: Any = protocol.words
    said = words["clauses"][clause.id]
    if clause.act == "need":
        own = words["needs"]["own"]
        asked = dict.fromkeys(name for tree in clause.asks for name in names_in(tree) if name in own)
        yield from (Sentence(NOTHING, blanks(own[name])) for name in asked)
        if said.get("asks"):
            yield Sentence(NOTHING, blanks(said["asks"]))
        return
    for part in said.get("says", ()):
        before = _condition(part["if"], links) if "if" in part else NOTHING
        for known in _known(protocol, clause, part.get("each")):
            yield Sentence(before, blanks(part["text"], known), blanks(part.get("until", ""), known))
    for by, sentence in said.get("omitted", {}).items():
        yield Sentence(escape(text(f"protocol_page.omitted_{by}")), blanks(sentence))
    if "ahead" in said:
        yield Sentence(escape(text("protocol_page.ahead")), blanks(said["ahead"]))


def _condition(condition: str, links: Mapping[str, str]) -> Markup:
    return Markup("{} <code>{}</code>:").format(text("protocol_page.if"), linked(condition, links))


def _known(protocol: Protocol, clause: Clause, each: list[str] | None) -> Iterator[Mapping[str, str]]:
    """What can be filled in before any patient: of each name that a sentence is about, the name and its one limit."""
    words: Any = protocol.words
    if each is None:
        yield NONE
        return
    found = dict.fromkeys(limits(protocol, clause.when)) if clause.when is not None else {}
    for name in each:
        known = {"Name": words["names"][name], "short": words["short"].get(name, words["names"][name])}
        its = [limit for limit in found if limit.name == name]
        if len(its) == 1:  # which of two it is hangs on the patient or the site
            known |= {"bound": words["bounds"][its[0].op], "sign": words["signs"][its[0].op]}
            known["limit"] = f"{show(its[0].value)} {words['units'].get(its[0].unit, '')}".strip()
        yield known


def limits(protocol: Protocol, tree: Node) -> Iterator[Limit]:
    """Each name that a condition compares with a number, also behind a derived name where that is first named."""
    return _limits(protocol, tree, True, set())


def _limits(protocol: Protocol, tree: Node, holds: bool, opened: set[str]) -> Iterator[Limit]:
    match tree:
        case Not(part=part):
            yield from _limits(protocol, part, not holds, opened)
        case If(then=then, other=other):
            for part in (then, other):
                yield from _limits(protocol, part, holds, opened)
        case Name(name=name) if name in protocol.derived:
            if name not in opened:
                opened.add(name)
                yield from _limits(protocol, protocol.derived[name], holds, opened)
        case Compare(op=op, left=Name(name=name) as left, right=Const(value=int() | Fraction() as limit)):
            if left.type.kind == "number":
                yield Limit(name, op if holds else OPPOSITE[op], Fraction(limit), left.type.unit or "")
        case _:
            for part in parts_of(tree):
                yield from _limits(protocol, part, holds, opened)


def flow(part: Any, held: str = "{}") -> str:
    """A part of a file in one line: a text as it is, a list with commas, a mapping by its keys within those braces."""
    if isinstance(part, dict):
        said = ", ".join(f"{key}: {flow(value)}" for key, value in part.items())
        return f"{held[:1]}{said}{held[1:]}"
    return ", ".join(map(flow, part)) if isinstance(part, list) else " ".join(str(part).split())


def linked(condition: str, links: Mapping[str, str]) -> Markup:
    """A condition in which each name leads to what it means; what stands in quotes is no name."""
    made, end = Markup(), 0
    for found in WORD.finditer(condition):
        if found[0] in links:
            link = Markup('<a href="#{}">{}</a>').format(links[found[0]], found[0])
            made, end = made + condition[end : found.start()] + link, found.end()
    return made + condition[end:]


def blanks(sentence: str, known: Mapping[str, str] = NONE) -> Markup:
    """A sentence of the protocol with what is known filled in, and the rest as names between brackets."""

    def filled(blank: re.Match[str]) -> str:
        name = blank[1]
        return str(signs(known[name])) if name in known else f"<var>[{name.replace('_', ' ')}]</var>"

    return Markup(BLANK.sub(filled, str(signs(sentence))))
