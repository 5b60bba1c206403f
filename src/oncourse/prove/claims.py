"""The claims file of a protocol, read and checked: what must always hold, and for which situations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncourse import document
from oncourse.expression import BOOL, Node, Type, names_in
from oncourse.problem import BadInput, Problem
from oncourse.protocol import Protocol, event_types
from oncourse.protocol_amounts import MISSING
from oncourse.prove.situation import FIRES, LACKS, findings_of, names_of, needs_of
from oncourse.section import Section

THEN, ANYTHING = "then_", "anything"
COMMENT = re.compile(r"^ *#.*", re.MULTILINE)
FINDING = re.compile(rf"(?:{FIRES}|{LACKS})[a-z0-9_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """One sentence and its condition; for claims of two situations, how the second comes from the first."""

    id: str
    says: str
    cites: tuple[str, ...]
    holds: Node
    given: Node | None = None
    after: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    learning: bool = False
    but: tuple[str, ...] = ()
    all_known: bool = False
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one protocol, and what they stand on: invariants, and transitions that the day has done.

    `gone` are findings that they speak of and that no clause makes; such a finding never fires.
    """

    at_rest: tuple[str, ...]
    invariants: tuple[Claim, ...]
    claims: tuple[Claim, ...]
    gone: tuple[str, ...] = ()


def read_claims(protocol: Protocol) -> Claims:
    """The claims beside a protocol; raises BadInput with every fault of the file."""
    problems: list[Problem] = []
    path = protocol.folder / "claims.yaml"
    text = path.read_text(encoding="utf-8")
    top = Section(document.read(text, path.name), "the claims", problems)
    one = {**protocol.types, **names_of(protocol)}
    gone = tuple(sorted(set(FINDING.findall(COMMENT.sub("", text))) - one.keys()))
    one |= dict.fromkeys(gone, BOOL)
    two = one | {f"{THEN}{name}": of for name, of in one.items()}
    claims = Claims(
        _at_rest(top, protocol),
        tuple(_claim(part, one, protocol) for _, part in top.parts("invariants")),
        tuple(_claim(part, two, protocol) for _, part in top.parts("claims")),
        gone,
    )
    top.finish()
    if problems:
        raise BadInput(problems)
    return claims


def clauses_named(protocol: Protocol, claim: Claim) -> tuple[str, ...]:
    """The ids of the findings that a claim names, in the order in which it names them."""
    known = {**{name: clause.id for name, clause in findings_of(protocol).items()}, **needs_of(protocol)}
    trees = (tree for tree in (claim.given, claim.holds) if tree is not None)
    named = (name.removeprefix(THEN) for tree in trees for name in names_in(tree))
    return tuple(dict.fromkeys(known[name] for name in named if name in known))


def _at_rest(top: Section, protocol: Protocol) -> tuple[str, ...]:
    named, known = top.texts("at_rest"), {transition.id for transition in protocol.happens}
    for name in named:
        if name not in known:
            top.fault(top.place, f"{name} is no transition of the protocol", "name one by its id")
    return named


def _claim(part: Section, names: Mapping[str, Type], protocol: Protocol) -> Claim:
    after = part.texts("after")
    names = {**names, **_said(protocol, after)}
    claim = Claim(
        id=part.text("id"),
        says=part.text("says"),
        cites=part.texts("cites"),
        holds=part.expression("holds", names, BOOL, needed=True) or MISSING,
        given=part.expression("given", names, BOOL),
        after=after,
        worse=part.texts("worse"),
        learning=part.flag("learning"),
        but=part.texts("but"),
        all_known=part.flag("all_known"),
        readings=part.texts("readings"),
    )
    part.finish()
    return claim


def _said(protocol: Protocol, after: Sequence[str]) -> Mapping[str, Type]:
    """What an event says that each of these happenings has."""
    each = [dict(event_types(protocol.vocabulary, kind)) for kind in after]
    shared = set[str]().union(*each).intersection(*each)
    return {name: of for name, of in (each[0].items() if each else ()) if name in shared}
