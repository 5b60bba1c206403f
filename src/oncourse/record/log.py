"""The record: entries are added at its end and read back, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, func, insert, select

from oncourse.record import patients
from oncourse.record.database import Database, Unavailable
from oncourse.record.entry import BEGINNING, Draft, Entry, Head, dumps, link
from oncourse.record.tables import entry
from oncourse.record.upgrade import NEWEST, schema, upgrade

RECORD = "@record"  # the stream that names the record itself
PAGE = 2000  # entries read at once by whoever goes through all of them


class Conflict(Exception):
    """Somebody else was first: `version` is the newer one, `since` the entries after the one that was expected."""

    def __init__(self, stream: str, version: int, since: Sequence[Entry]) -> None:
        super().__init__(f"{stream} is at version {version} by now")
        self.stream, self.version, self.since = stream, version, tuple(since)


class Record:
    """One record. A writer is alone; readers see what is committed and are never kept waiting."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, address: str) -> Record:
        """The record at an address; raises Unavailable if there is none."""
        database = Database(address)
        if not database.there():
            raise Unavailable(f"{database.name}: there is no record", "give its file, or import something first")
        with database.reading() as connection:
            known = schema(connection, database.name)
        if known is None:
            raise Unavailable(f"{database.name}: there is no record", "import something first")
        if known != NEWEST:  # whoever only reads need not wait for a writer
            upgrade(database)
        return cls(database)

    @classmethod
    def at(cls, address: str, by: str, recorded: str) -> Record:
        """The record at an address, begun if there is none."""
        record = cls(Database(address))
        upgrade(record.database)
        with record.writing() as writer:
            if writer.head == BEGINNING:
                writer.append(RECORD, 0, [Draft("record", {"id": str(uuid4())})], by, recorded)
        return record

    def changed(self, since: int) -> tuple[int, set[str]]:
        """How many entries there are by now, and the streams that have any beyond that number of them."""
        with self.database.reading() as connection:
            told = connection.execute(select(entry.c.stream).where(entry.c.seq > since).distinct()).scalars()
            return head_of(connection).seq, set(told)

    def head(self) -> Head:
        """Its end."""
        with self.database.reading() as connection:
            return head_of(connection)

    def entries(self, stream: str, upto: int | None = None) -> list[Entry]:
        """A stream from its first entry on, or as it was when the record had so many entries."""
        with self.database.reading() as connection:
            return entries_of(connection, stream, upto)

    def newest(self, stream: str, kind: str) -> Entry | None:
        """The last entry of that kind in a stream."""
        query = _stream(stream).where(entry.c.kind == kind).order_by(None).order_by(entry.c.version.desc()).limit(1)
        with self.database.reading() as connection:
            return next(_entries(connection, query), None)

    def keyed(self, stream: str, key: str) -> list[Entry]:
        """The batch that its sender called so; empty if there is none."""
        with self.database.reading() as connection:
            return _keyed(connection, stream, key)

    def search(self, words: str = "") -> list[patients.Patient]:
        """The patients in whose id, name, identifiers or date of birth every word stands, by course."""
        with self.database.reading() as connection:
            return list(patients.search(connection, words))

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Whoever may add entries: all that is appended meanwhile is kept together, or nothing of it."""
        with self.database.writing() as connection:
            yield Writer(connection)


class Writer:
    """Adds entries to the end of a record."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.head = head_of(connection)

    def version(self, stream: str) -> int:
        """The version of a stream; 0 if nothing is kept of it."""
        return version_of(self.connection, stream)

    def knows(self, stream: str, key: str) -> bool:
        """Whether a batch was kept under that key."""
        return _first(self.connection, stream, key) is not None

    def append(
        self,
        stream: str,
        version: int,
        drafts: Sequence[Draft],
        by: str,
        recorded: str,
        why: str | None = None,
        key: str | None = None,
    ) -> list[Entry]:
        """Keep the drafts after that version of the stream, as one batch.

        A key that was already used for the stream gives the batch that was kept then, and keeps nothing. Raises
        Conflict if the stream is at another version.
        """
        if key is not None and (known := _keyed(self.connection, stream, key)):
            return known
        if (now := self.version(stream)) != version:
            newer = _stream(stream).where(entry.c.version > version)
            raise Conflict(stream, now, list(_entries(self.connection, newer)))
        made = self._chained(stream, version, drafts, by, why, key, recorded)
        self.connection.execute(insert(entry), [one._asdict() for one in made])
        self.head = Head(made[-1].seq, made[-1].hash)
        for draft in drafts:
            if draft.kind in (patients.COURSE, patients.PATIENT):
                patients.met(self.connection, stream, draft.kind, draft.body)
        return made

    def _chained(
        self,
        stream: str,
        version: int,
        drafts: Sequence[Draft],
        by: str,
        why: str | None,
        key: str | None,
        recorded: str,
    ) -> list[Entry]:
        made: list[Entry] = []
        before, batch = self.head, self.head.seq + 1
        for place, draft in enumerate(drafts):
            advice = None if draft.advice is None else dumps(draft.advice)
            head = (batch + place, stream, version + place + 1, batch, draft.kind, dumps(draft.body), advice)
            parts = (*head, by, why, None if made else key, recorded)
            before = Head(batch + place, link(before.hash, *parts))
            made.append(Entry(*parts, hash=before.hash))
        return made


def walk(connection: Connection) -> Iterator[Entry]:
    """Every entry in order, read as it is asked for; whoever stops on the way leaves nothing open."""
    ordered, seen = select(entry).order_by(entry.c.seq).limit(PAGE), -1
    while page := list(_entries(connection, ordered.where(entry.c.seq > seen))):
        yield from page
        seen = page[-1].seq


def version_of(connection: Connection, stream: str) -> int:
    """The version of a stream; 0 if nothing is kept of it."""
    return connection.execute(select(func.max(entry.c.version)).where(entry.c.stream == stream)).scalar() or 0


def entries_of(connection: Connection, stream: str, upto: int | None = None) -> list[Entry]:
    """A stream from its first entry on, or as it was when the record had so many entries."""
    query = _stream(stream)
    return list(_entries(connection, query if upto is None else query.where(entry.c.seq <= upto)))


def _stream(stream: str) -> Select[Any]:
    return select(entry).where(entry.c.stream == stream).order_by(entry.c.version)


def _entries(connection: Connection, query: Select[Any]) -> Iterator[Entry]:
    yield from map(Entry._make, connection.execute(query))


def _keyed(connection: Connection, stream: str, key: str) -> list[Entry]:
    first = _first(connection, stream, key)
    query = _stream(stream).where(entry.c.batch == first)
    return [] if first is None else list(_entries(connection, query))


def _first(connection: Connection, stream: str, key: str) -> int | None:
    return connection.execute(select(entry.c.seq).where(entry.c.stream == stream, entry.c.key == key)).scalar()


def head_of(connection: Connection) -> Head:
    """The head as of this transaction."""
    row = connection.execute(select(entry.c.seq, entry.c.hash).order_by(entry.c.seq.desc()).limit(1)).first()
    return Head(*row) if row is not None else BEGINNING
