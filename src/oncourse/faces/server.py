"""The web service as a process: where it listens, and under which clock."""

from __future__ import annotations

import gc
import getpass
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from oncourse import clinic
from oncourse.clinic import Clinic, Clock
from oncourse.faces.demo import clinic as demo
from oncourse.faces.serving import service
from oncourse.faces.web.page import Trial
from oncourse.problem import Refused

LINGER = 10  # seconds for requests that are being answered when the server is stopped
Say = Callable[[str], None]


class Listening(NamedTuple):
    """Where others come in, with the files of a certificate and its key for TLS."""

    host: str
    port: int
    cert: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        """What is typed into a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.cert is None else 'https'}://{host}:{self.port}/"


def serve(address: str, at: Listening, frozen: date | datetime | None) -> None:
    """Serve until stopped; raises Refused for what would put passwords on a network in the clear."""
    clock = _clock(at, frozen)
    _run(service(Clinic.at(address, getpass.getuser(), clock)), at)


def show(address: str | None, at: Listening, frozen: date | datetime | None, say: Say) -> None:
    """Serve the demo until stopped, from a record that ends with it if no address is given.

    Raises Refused as `serve` does, and for a record that others have begun.
    """
    clock = _clock(at, frozen)
    with _ending(), TemporaryDirectory(prefix="oncourse-demo-") as folder:
        here = Clinic.at(address or str(Path(folder) / "record.db"), demo.BY, clock)
        if not demo.furnished(here):
            demo.furnish(here)
        for line in demo.told(at.url):
            say(line)
        people = tuple((account.name, account.shown) for account in demo.ACCOUNTS)
        _run(service(here, Trial(people, demo.PASSWORD)), at)
        here.record.database.engine.dispose()


@contextmanager
def _ending() -> Iterator[None]:
    """Whoever is asked to end leaves by the door, so that what is to be removed is removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _clock(at: Listening, frozen: date | datetime | None) -> Clock:
    """The clock of a service that may listen there."""
    if (at.cert is None) != (at.key is None):
        raise Refused("a certificate and its key belong together", "give --tls-cert and --tls-key")
    if at.cert is None and not _here(at.host):
        what = f"{at.host} can be reached by others, and without TLS they could read along"
        raise Refused(what, "give --tls-cert and --tls-key")
    if frozen is not None and not isinstance(frozen, datetime):
        raise Refused("the clock stops at an instant, not at a date", "give one with its offset")
    return clinic.now if frozen is None else clinic.frozen(frozen)


def _run(app: ASGIApp, at: Listening) -> None:
    gc.enable()  # what the command line leaves off, for it does not live long
    uvicorn.run(
        app,
        host=at.host,
        port=at.port,
        ssl_certfile=at.cert,
        ssl_keyfile=at.key,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=LINGER,
    )


def _here(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
