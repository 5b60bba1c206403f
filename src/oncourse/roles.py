"""Who may do what, read from the one table that says it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from oncourse import document
from oncourse.problem import BadInput, Problem, Refused, either
from oncourse.section import Section

FILE = Path(__file__).with_name("roles.yaml")
PROGRAM = "program"  # the role of what is no person


class NotAllowed(Refused):
    """This is not for this person to do."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the account, the name that is shown and signed with, and what it may be."""

    account: str
    shown: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The roles there are, and for each act and each kind of event the roles that may do it."""

    roles: tuple[str, ...]
    acts: Mapping[str, tuple[str, ...]]
    events: Mapping[str, tuple[str, ...]]

    def allows(self, act: str, roles: Collection[str]) -> bool:
        """Whether one of the roles may do this; an act or kind that is not in the table is nobody's."""
        allowed = self.acts.get(act) or self.events.get(act) or ()
        return not set(roles).isdisjoint(allowed)

    def require(self, act: str, actor: Actor) -> None:
        """Raises NotAllowed, which says whose it is."""
        if not self.allows(act, actor.roles):
            allowed = self.acts.get(act) or self.events.get(act) or ("nobody",)
            raise NotAllowed(f"{actor.shown} may not do this ({act})", f"ask {either(allowed)}")


@lru_cache(maxsize=1)
def table() -> Table:
    """The table."""
    problems: list[Problem] = []
    top = Section(document.read(FILE.read_bytes(), FILE.name), "the table", problems)
    roles = top.texts("roles")
    made = Table(roles, dict(_rows(top.section("acts"), roles)), dict(_rows(top.section("events"), roles)))
    top.finish()
    if problems:
        raise BadInput(problems)
    return made


def _rows(part: Section, roles: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in part.keys():
        named = part.texts(name)
        for role in named:
            if role not in roles:
                part.fault(part.place, f"{role} is no role", f"use {either(roles)}")
        yield name, named
