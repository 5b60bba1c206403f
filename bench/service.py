"""The web service under 16 clients on both databases, and restarted in the middle of it.

Usage: `python bench/service.py [SECONDS]`. The clients run on the same machine, in a process of their own, and take
their share of its cores; CPU is that of the server's process alone.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from statistics import quantiles

from yardstick import table
from yardstick.processes import ONCOURSE
from yardstick.synthetic import Synthetic, courses

sys.path.append(str(Path(__file__).resolve().parent.parent))
from tests.databases import KINDS, fresh, server

from oncourse.clinic import Clinic
from oncourse.record.accounts import Account

CLIENTS, COURSES = 16, 64
TICKS = os.sysconf("SC_CLK_TCK")
WHAT = ("decision", "course", "append")
WEIGHTS = (7, 2, 1)  # of 10 requests


@dataclass
class Load:
    """One client: what it asked, how long each took in milliseconds, and what it was told was kept."""

    token: str
    port: int
    number: int
    times: dict[str, list[float]] = field(default_factory=lambda: {what: [] for what in WHAT})
    kept: list[tuple[str, int]] = field(default_factory=list)
    broken: int = 0

    def run(self, seconds: int) -> Load:
        """Ask again and again for so many seconds; a server that is away is tried again."""
        chance, end = Random(self.number), time.perf_counter() + seconds
        mine = list(courses(COURSES))[self.number :: CLIENTS]
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        while time.perf_counter() < end:
            what, course = chance.choices(WHAT, WEIGHTS)[0], chance.choice(mine)
            began = time.perf_counter()
            try:
                self._ask(connection, what, course)
                self.times[what].append(1000 * (time.perf_counter() - began))
            except (OSError, HTTPException):
                self.broken += 1
                connection.close()
                time.sleep(0.05)
        return self

    def _ask(self, connection: HTTPConnection, what: str, course: Synthetic) -> None:
        path = f"/api/courses/{course.id}"
        if what == "append":
            _, version = self._told(connection, "GET", path, course)
            status, told = self._told(connection, "POST", f"{path}/events", course, version)
            assert status == 201, status
            self.kept.append((course.id, int(told.strip('"'))))
        else:
            status, _ = self._told(connection, "GET", path + ("/decision" if what == "decision" else ""), course)
            assert status == 200, status

    def _told(
        self, connection: HTTPConnection, method: str, path: str, course: Synthetic, version: str = ""
    ) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"If-Match": version} if version else {})
        connection.request(method, path, course.labs.encode() if method == "POST" else None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("ETag", "")


@contextmanager
def serving(address: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server process; killed at the end."""
    command = [ONCOURSE, "serve", "--db", address, "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Both databases in turn."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder, server() as postgresql:
        for kind in KINDS:
            address = fresh(kind, Path(folder), postgresql)
            clinic = Clinic.at(address, "bench")
            clinic.take_in([course.document for course in courses(COURSES)], "bench")
            clinic.accounts.set(Account("bench", "bench", ("program",)), "bench")
            token = clinic.accounts.new_token("bench")
            measured(kind, address, token, seconds)
            restarted(kind, address, token)


def measured(kind: str, address: str, token: str, seconds: int) -> None:
    """Times of each kind of request, and CPU of the server for one."""
    port = free()
    with serving(address, port) as process:
        before = cpu(process.pid)
        loads = together(token, port, seconds)
        spent = cpu(process.pid) - before
    rows = []
    for what in WHAT:
        times = [one for load in loads for one in load.times[what]]
        cuts = quantiles(times, n=100)
        rows.append((what, len(times), f"{cuts[49]:.1f}", f"{cuts[98]:.1f}"))
    requests = sum(row[1] for row in rows) + rows[-1][1]  # an append first asks for the version
    head = ("request", "number", "p50 ms", "p99 ms")
    table(f"{CLIENTS} clients for {seconds} s, {kind}", head, rows)
    print(f"{requests / seconds:.0f} requests a second, {1000 * spent / requests:.1f} ms CPU of the server for one")


def restarted(kind: str, address: str, token: str) -> None:
    """Killed and started again under the same load: what was acknowledged is there."""
    port, half = free(), 5
    with ThreadPoolExecutor(1) as pool:
        with serving(address, port) as process:
            going = pool.submit(together, token, port, 2 * half)
            time.sleep(half)
            process.send_signal(signal.SIGKILL)
            process.wait()
        with serving(address, port):
            loads = going.result()
    clinic = Clinic.there(address)
    lost = [(name, version) for load in loads for name, version in load.kept if clinic.course(name).version < version]
    kept, broken = sum(len(load.kept) for load in loads), sum(load.broken for load in loads)
    faults = clinic.verified().faults
    print(
        f"{kind}, server killed in the middle: {kept} events acknowledged, {len(lost)} lost, {broken} requests failed"
    )
    print(f"record: {json.dumps(faults) if faults else 'sound'}")


def together(token: str, port: int, seconds: int) -> list[Load]:
    """All clients at once."""
    loads = [Load(token, port, number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(lambda load: load.run(seconds), loads))


def cpu(process: int) -> float:
    """User and system time of a process in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
