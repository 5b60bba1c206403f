"""Is the record what was kept? The chain gone through from the first entry to the last, every fault with its place.

What no look at the record alone can find: that it was cut short, or put back to an older state, or that all of it was
computed anew. A head that was noted elsewhere finds all three, as far back as it reaches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, text

from oncourse.record.database import Database
from oncourse.record.entry import BEGINNING, Entry, Head, linked
from oncourse.record.log import walk
from oncourse.record.patients import sought, told
from oncourse.record.tables import patient

GUARDS = ("entry_goes_on", "entry_stays", "entry_stays_as_it_is")
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
}


@dataclass(slots=True)
class Chain:
    """A walk along the chain: where it stands, the versions of each stream, and what was wrong on the way."""

    head: Head = BEGINNING
    versions: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    noted: Head | None = None

    def follow(self, entries: Iterable[Entry]) -> None:
        """Go on along those entries."""
        for entry in entries:
            self.faults += self._wrong(entry)
            self.head = Head(entry.seq, entry.hash)
            self.versions[entry.stream] = entry.version

    def _wrong(self, entry: Entry) -> Iterator[str]:
        place = f"entry {entry.seq} ({entry.stream}, version {entry.version})"
        missing = range(self.head.seq + 1, entry.seq)
        if missing:
            yield f"{_entries(missing)} missing before {place}"
        elif linked(self.head.hash, entry) != entry.hash:
            yield f"{place} is not what was chained here: it, or the entry before it, was changed"
        expected = self.versions.get(entry.stream, 0) + 1
        if entry.version != expected:
            yield f"{place} follows version {expected - 1} of its stream: what lay between is missing"
        if self.noted is not None and entry.seq == self.noted.seq and entry.hash != self.noted.hash:
            yield f"{place} is not the one with the head that was given: another record, or an older one gone on with"


def verified(database: Database, noted: Head | None = None) -> Chain:
    """The whole record gone through; its `faults` are empty if it is sound and holds the head that was noted."""
    chain = Chain(noted=noted)
    with database.reading() as connection:
        chain.follow(walk(connection))
        if noted is not None and noted.seq > chain.head.seq:
            gone = range(chain.head.seq + 1, noted.seq + 1)
            chain.faults.append(f"{_entries(gone)} missing at the end: the record was cut short, or is an older one")
        chain.faults += _patients(connection, chain.versions)
        chain.faults += _guards(connection)
    return chain


def _entries(missing: range) -> str:
    return f"entry {missing[0]} is" if len(missing) == 1 else f"entries {missing[0]} to {missing[-1]} are"


def _patients(connection: Connection, versions: Mapping[str, int]) -> Iterator[str]:
    """The table of patients beside what the log says."""
    known = dict(told(connection))
    for row in connection.execute(select(patient).order_by(patient.c.course)):
        shown = known.pop(row.course, {})
        if row.course not in versions:
            yield f"{row.course} is among the patients and nothing of its course is kept"
        elif shown != json.loads(row.shown) or row.sought != sought(shown):
            yield f"{row.course} is another among the patients than in the log"
    yield from (f"{course} is missing among the patients" for course in sorted(known))


def _guards(connection: Connection) -> Iterator[str]:
    there = set(connection.execute(text(TRIGGERS[connection.dialect.name])).scalars())
    yield from (f"the guard {guard} is gone: entries could be changed" for guard in GUARDS if guard not in there)
