"""What others changed between the look and the answer, in words; and whether it was only the same, sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from oncourse.clinic import Conflict
from oncourse.faces.web.page import Visit, clock, day, text
from oncourse.record.entry import Entry

Read = Callable[[Mapping[str, Any]], Mapping[str, str]]


def sentence(visit: Visit, entry: Entry, zone: tzinfo | None, what: str) -> str:
    """Who told what, and when on the clocks of the site."""
    known = visit.clinic.accounts.named(entry.by)
    at = datetime.fromisoformat(entry.recorded).astimezone(zone)
    return text("form.told", who=known.shown if known else entry.by, at=f"{day(at)} {clock(at)}", what=what)


def changes(visit: Visit, entries: Sequence[Entry], seen: int, read: Read, otherwise: str) -> Iterator[str]:
    """What each of the entries after version `seen` changed of what they are all about.

    `read` gives what an entry says by its label; `otherwise` is what is told of one that shows nothing new.
    """
    before: Mapping[str, str] = {}
    for entry in entries:
        now = read(entry.said)
        if entry.version > seen:
            new = (text("form.set", label=label, said=said) for label, said in now.items() if said != before.get(label))
            yield sentence(visit, entry, visit.clinic.here().tzinfo, "; ".join(new) or otherwise)
        before = now


def ours(conflict: Conflict, by: str, said: Any, why: str | None = None) -> bool:
    """Whether nobody else was first: the same person sent the same twice."""
    return [(entry.by, entry.said, entry.why) for entry in conflict.since] == [(by, said, why)]
