"""What of a course's record is hidden from somebody: values that wait for a second person, and who the patient is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from oncourse.course import ENVELOPE
from oncourse.event import CORRECTED
from oncourse.record.entry import Entry
from oncourse.record.patients import PATIENT

FIND = "find"  # whoever may look for patients may see who they are
HIDDEN = {"hidden": "until a second person has typed their own values"}
UNNAMED = {"hidden": "from whoever may not look for patients"}
REASON, OVERRODE = "why", "overrode"


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as somebody may see it: what it says, and its reason."""

    entry: Entry
    said: Mapping[str, Any]
    why: str | None


def shown(entries: Sequence[Entry], hidden: Set[str | None], names: bool) -> Iterator[Shown]:
    """Entries without what is hidden: the values of those ids, and unless `names` is true who the patient is.

    A reason is hidden for everything that was told together with such a value, for it may name the value.
    """
    together = _together(entries, hidden)
    for one in entries:
        said = event(one.said, hidden)
        beside = one.batch in together
        if one.kind == PATIENT and not names:
            said = UNNAMED
        elif OVERRODE in said and beside:
            said = reasonless(said)
        yield Shown(one, said, None if beside else one.why)


def _together(entries: Sequence[Entry], hidden: Set[str | None]) -> set[int]:
    """The batches in which something was told that is hidden."""
    return {one.batch for one in entries if event(one.said, hidden) != one.said}


def unspoken(entries: Sequence[Entry], hidden: Set[str | None]) -> frozenset[str | None]:
    """The ids of the events whose reasons are hidden, since they were told together with such a value."""
    together = _together(entries, hidden)
    return frozenset(one.said.get("id") for one in entries if one.batch in together)


def reasonless(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """An override without its reason."""
    return {**said, OVERRODE: {**said[OVERRODE], REASON: HIDDEN}} if OVERRODE in said else said


def event(said: Mapping[str, Any], hidden: Set[str | None]) -> Mapping[str, Any]:
    """An event; of one that waits for a second person only what it is, when and by whom."""
    correction = said.get(CORRECTED, {})
    if correction.get("event") in hidden:
        return {**said, CORRECTED: {**correction, "with": HIDDEN}}
    if said.get("id") in hidden:
        return {name: part if name in ENVELOPE else HIDDEN for name, part in said.items()}
    return said
