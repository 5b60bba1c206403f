"""A record in one file: every entry as it is kept, one a line, and its head last. The same for both databases."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import insert

from oncourse.record.database import Database, Unavailable
from oncourse.record.entry import Entry, Head, dumps
from oncourse.record.log import head_of, walk
from oncourse.record.patients import found_again
from oncourse.record.tables import entry, patient
from oncourse.record.upgrade import upgrade
from oncourse.record.verify import Chain

FORMAT = {"oncourse": "backup", "entries": list(Entry._fields)}
ROWS = 5000  # kept at once by a restore
LEVEL = 6


def back_up(database: Database, path: Path) -> Head:
    """Write the record as it is at this moment, while others go on writing to it; the head of what was written.

    Raises Unavailable if the file is there already or cannot be written, or if what was read back is not sound; then
    the file is left, for it holds what there is.
    """
    with _new(path) as file, database.reading() as connection:
        _write(file, walk(connection))
    return checked(path, "keep it, and every backup before it, and look at oncourse verify")


def _write(file: IO[str], entries: Iterable[Entry]) -> None:
    file.write(dumps(FORMAT) + "\n")
    last = None
    for last in entries:
        file.write(dumps(last) + "\n")
    file.write(dumps({"head": str(Head(last.seq, last.hash)) if last else None}) + "\n")


@contextmanager
def _new(path: Path) -> Iterator[IO[str]]:
    """A file that is there whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        if path.exists():
            raise Unavailable(f"{path}: this file is there already", "give another name")
        try:
            with partial.open("wb") as plain:
                with gzip.open(plain, "wt", LEVEL, encoding="utf-8", newline="\n") as file:
                    yield file
                plain.flush()
                os.fsync(plain.fileno())
            partial.replace(path)
            _settled(path.parent)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror or error}", "give a place that may be written") from error


def _settled(folder: Path) -> None:
    """The name of a file is kept for good only when its folder is, where folders can be opened."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def checked(path: Path, remedy: str = "use another backup") -> Head:
    """The head of a backup whose chain is sound from end to end; raises Unavailable with the first fault."""
    chain = Chain()
    chain.follow(read(path))
    if chain.faults:
        raise Unavailable(f"{path}: {chain.faults[0]}", remedy)
    return chain.head


def read(path: Path) -> Iterator[Entry]:
    """The entries of a backup; raises Unavailable if the file is not a whole one."""
    broken = Unavailable(f"{path}: this is not a whole backup", "use another one")
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            if next(file, "") != dumps(FORMAT) + "\n":
                raise broken
            last = None
            for line in file:
                told = json.loads(line)
                if isinstance(told, dict):
                    break
                last = Entry(*told)
                yield last
            else:
                raise broken
            if told["head"] != (str(Head(last.seq, last.hash)) if last else None) or next(file, None) is not None:
                raise broken
    except FileNotFoundError:
        raise Unavailable(f"{path}: there is no such file", "give the file of a backup") from None
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise broken from error


def restore(path: Path, database: Database) -> Head:
    """Fill an empty database from a backup, all of it or nothing; the head of the record then.

    Raises Unavailable if the database holds something, or the backup is not sound.
    """
    checked(path)
    upgrade(database)
    with database.writing() as connection:
        if head_of(connection).seq:
            raise Unavailable(f"{database.name}: this record is not empty", "restore into a new one")
        entries = read(path)
        while rows := [one._asdict() for one in islice(entries, ROWS)]:
            connection.execute(insert(entry), rows)
        connection.execute(patient.delete())
        found_again(connection)
        return head_of(connection)
