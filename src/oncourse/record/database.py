"""The database behind a record: SQLite or PostgreSQL, in the one way in which each keeps what it acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import finalize

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoneFree

from oncourse.problem import Refused
from oncourse.record.turns import Turns

LOCK = 0x6F6E636F  # one writer at a time; PostgreSQL's number for it
PATIENCE = 30  # seconds to wait for another writer
TRIES = 100  # to make a new file of SQLite ready while others do the same
SQLITE, POSTGRESQL = "sqlite", "postgresql"


class Unavailable(Refused):
    """The record cannot be read or written here and now; nothing in it is changed or harmed unless that is said."""


class Database:
    """Transactions on one database; nothing of it is known here but how it is opened and locked."""

    def __init__(self, address: str) -> None:
        """`address` is a file of SQLite or a URL; raises Unavailable if no such database is understood."""
        self.url = _url(address)
        self.kind = self.url.get_backend_name()
        self.engine = _engine(self.url)
        self._writer = self.engine.execution_options(writing=True)
        self.turns = Turns()
        finalize(self, self.engine.dispose)

    @property
    def file(self) -> Path | None:
        """The file of SQLite."""
        return Path(self.url.database or "") if self.kind == SQLITE else None

    @property
    def name(self) -> str:
        """What it is called in a message: no password."""
        return str(self.file or self.url.set(drivername=self.kind).render_as_string(hide_password=True))

    def there(self) -> bool:
        """Whether a record may be there: a file that is not empty, or a server."""
        try:
            return self.file is None or self.file.stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise Unavailable(f"{self.name}: {error.strerror}", FAULTS["SQLITE_CANTOPEN"][1]) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One unchanging view of all that is committed."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only writer; on leaving everything is kept for good, or nothing if an error is raised."""
        with self._told(), self.turns.turn(PATIENCE) as came:
            if not came:
                raise Unavailable(f"{self.name}: {BUSY[0]}", BUSY[1])
            with self._writer.connect() as connection, connection.begin() as transaction:
                yield connection
                with self._told(last=True):
                    transaction.commit()

    @contextmanager
    def _told(self, last: bool = False) -> Iterator[None]:
        """Errors in the words of whoever asked; those of the last step leave open whether it was taken."""
        try:
            yield
        except DBAPIError as error:
            raise _unavailable(self.name, error, last and error.connection_invalidated) from error
        except NoneFree as error:
            what = f"{self.name}: too many ask for it at once"
            raise Unavailable(what, "try again in a moment; nothing of this was kept") from error


def _url(address: str) -> URL:
    if "://" not in address:
        return URL.create(SQLITE, database=str(Path(address).absolute()))
    try:
        url = make_url(address)
    except ArgumentError:
        raise Unavailable("this is no address of a database", "give a file, or postgresql://…") from None
    if url.get_backend_name() not in (SQLITE, POSTGRESQL):
        remedy = "give a file for SQLite, or postgresql://…"
        raise Unavailable(f"a record is not kept in {url.get_backend_name()}", remedy)
    if url.get_backend_name() == SQLITE and not url.database:
        raise Unavailable("a record in memory would be lost", "give a file")
    return url if url.get_backend_name() == SQLITE else url.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == SQLITE:
            return _sqlite(url)
        return _postgresql(url)
    except (ModuleNotFoundError, NoSuchModuleError):
        remedy = "pip install 'oncourse[postgresql]'"
        raise Unavailable("what speaks to PostgreSQL is not installed", remedy) from None


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE}, pool_timeout=PATIENCE)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # so that BEGIN is ours alone
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _log_ahead(connection: Any) -> None:
    """Turn WAL on; as SQLite does not wait for others who do so at the same moment, their lock is waited for."""
    for left in reversed(range(TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except connection.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or not left:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


FIRST = """
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCAL synchronous_commit TO on;
SET LOCAL lock_timeout TO '{patience}s'
"""  # of a writer: whatever the server is set to, it sees what the writer before it kept, and keeps its own for good


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, pool_timeout=PATIENCE)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writing"):
            connection.execute(text(FIRST.format(patience=PATIENCE)))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        else:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))

    return engine


BUSY = "another program holds the record", "wait until it is done, and try again"
FAULTS = {
    "SQLITE_FULL": ("the disk is full", "make room and try again; nothing of this was kept, all before it is safe"),
    "SQLITE_READONLY": ("this place can only be read", "give a folder and a file that may be written"),
    "SQLITE_CANTOPEN": ("the file cannot be opened", "give a file in a folder that is there and may be written"),
    "SQLITE_BUSY": BUSY,
    "55P03": BUSY,  # what PostgreSQL calls a lock that did not come in time
    "SQLITE_NOTADB": ("this file is no record", "give a file of oncourse, or restore a backup"),
    "SQLITE_CORRUPT": ("the file is damaged", "restore the last backup, and keep this file"),
    "SQLITE_IOERR": ("the disk does not answer", "see to it, and look whether this was kept before you tell it again"),
}


def _unavailable(name: str, error: DBAPIError, open_whether: bool) -> Unavailable:
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    for known, (what, remedy) in FAULTS.items():
        if code.startswith(known):
            return Unavailable(f"{name}: {what}", remedy)
    said = str(error.orig).strip().partition("\n")[0]
    kept = "look whether this was kept before you tell it again" if open_whether else "nothing of this was kept"
    return Unavailable(f"{name}: {said}", f"see that the database runs and may be written; {kept}")
