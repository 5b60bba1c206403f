"""The service as others meet it: behind a real socket, in a thread of this process or in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from starlette.types import ASGIApp
from tests.faces.test_cli import PROGRAM

PATIENCE = 30  # seconds for a process to start or to end


class Answered(NamedTuple):
    """A status, the headers in lower case, and what was said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What was said, read."""
        return json.loads(self.body)


def ask(
    port: int, method: str, path: str, body: Any = None, tls: ssl.SSLContext | None = None, **more: Any
) -> Answered:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    if tls is not None:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=tls)
    try:
        connection.request(method, path, body, **more)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answered(answer.status, headers, answer.read())
    finally:
        connection.close()


def raw(port: int, *parts: bytes, pause: float = 0, end: bool = False) -> bytes:
    """What is answered to those bytes, sent one part after the other; until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            if end:
                return b""
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except (BrokenPipeError, ConnectionResetError):
            return _rest(connection)


def _rest(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def in_a_thread(service: ASGIApp) -> Iterator[int]:
    """The port of the service in this process, where its parts can be changed."""
    port = free_port()
    quiet = {"log_level": "error", "access_log": False, "server_header": False, "timeout_keep_alive": 1}
    server = uvicorn.Server(uvicorn.Config(service, port=port, **quiet))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


class Process:
    """`oncourse serve` in a process of its own; all that it writes goes into one file."""

    def __init__(
        self,
        address: str | None,
        written: Path,
        *words: str,
        tls: ssl.SSLContext | None = None,
        program: Sequence[str | Path] = (PROGRAM,),
        port: int | None = None,
    ) -> None:
        self.port, self.written, self.tls = port or free_port(), written, tls
        where = () if address is None else ("--db", address)
        command = [*program, "serve", *where, "--port", str(self.port), *words]
        with written.open("ab") as file:
            self.process = subprocess.Popen(
                command, stdout=file, stderr=file, env=os.environ | {"PYTHONUNBUFFERED": "1"}
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                assert self.ask("GET", "/healthz").status == 200
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < until, self.written.read_text()
                time.sleep(0.05)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answered:
        """One request."""
        return ask(self.port, method, path, body, self.tls, **more)

    def stop(self) -> int:
        """Ask it to end as a system does; its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
