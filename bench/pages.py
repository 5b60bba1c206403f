"""The pages of the clinic: drawn by the server with 200 patients on record, and loaded by a browser.

Usage: `python bench/pages.py`. The server's time is that until the whole answer is there, in this process, without a
network; the browser's is from opening an address until its scripts have run, on this machine and as a phone would.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from starlette.testclient import TestClient
from yardstick import aim, table
from yardstick.synthetic import courses

sys.path.append(str(Path(__file__).resolve().parent.parent))
from tests.faces.api.running import in_a_thread
from tests.faces.web import chromium
from tests.faces.web.chromium import DESK, HERE, View, Windows
from tests.faces.web.person import Person
from tests.faces.web.speed import cold_and_warm, load, slow_down

from oncourse.clinic import Clinic
from oncourse.faces.demo.clinic import PASSWORD, furnish
from oncourse.faces.doors import COOKIE
from oncourse.faces.serving import service
from oncourse.record.accounts import Account

PATIENTS, TIMES = 200, 100
PHONE = View(360, 740)
DRAWN = (  # path, milliseconds aimed at for 95 of 100
    ("/today", 100),
    ("/patients/{course}", 50),
    ("/patients/{course}/results", 50),
    ("/patients/{course}/plan", 50),
    ("/patients/{course}/course", 50),
    ("/patients", 100),
    ("/protocol", 50),
)
LOADED = ("/today", "/patients/DEMO-04", "/patients/DEMO-04/results", "/patients/new", "/protocol")


def main() -> None:
    """The server's part, then the browser's."""
    with tempfile.TemporaryDirectory() as folder:
        drawn(Clinic.at(str(Path(folder) / "record.db"), "bench"))
        loaded(Clinic.at(str(Path(folder) / "demo.db"), "bench"))


def drawn(clinic: Clinic) -> None:
    """Times of the server for each page, in milliseconds."""
    made = list(courses(PATIENTS))
    clinic.take_in([course.document for course in made], "bench")
    clinic.accounts.set(Account("bench", "bench", ("haematologist",)), "bench", PASSWORD)
    with TestClient(service(clinic), base_url="https://testserver") as client:
        client.post("/api/sign-in", json={"name": "bench", "password": PASSWORD})
        began = time.perf_counter()
        client.get("/today")
        print(f"the first look at {PATIENTS} patients: {time.perf_counter() - began:.1f} s")
        rows = [timed(client, path.format(course=made[0].id), most) for path, most in DRAWN]
    table("drawn by the server", ("page", "p50 ms", "p95 ms", ""), rows)


def timed(client: TestClient, path: str, most: float) -> tuple[object, ...]:
    """One page again and again."""
    times: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = client.get(path)
        times.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, (path, answer.status_code)
    cuts = quantiles(times, n=20)
    return path, f"{cuts[9]:.1f}", f"{cuts[18]:.1f}", aim(most, cuts[18], "ms")


def loaded(clinic: Clinic) -> None:
    """What each page costs a browser that has never been here, and one that has."""
    furnish(clinic)
    cookie = f"{COOKIE}={clinic.accounts.sign_in('haematologist', PASSWORD)}"
    rows = []
    with in_a_thread(service(clinic)) as port, chromium.browser() as browser:
        origin = f"http://{HERE}:{port}"
        for path in LOADED:
            with window(Windows(browser), origin, cookie, DESK) as desk:
                cold, warm = cold_and_warm(desk.page, origin + path)
            with window(Windows(browser), origin, cookie, PHONE) as phone:
                slow_down(phone.page)
                far = load(phone.page, origin + path)
            sizes = (cold.bytes / 1000, warm.bytes / 1000, cold.script_bytes / 1000)
            seconds = (cold.usable, far.usable, max(cold.shift, warm.shift, far.shift))
            rows.append((path, *(f"{size:.1f}" for size in sizes), *(f"{one:.2f}" for one in seconds)))
    head = ("page", "cold kB", "warm kB", "scripts kB", "usable s", "on a phone s", "shift")
    table("loaded by a browser", head, rows)


@contextmanager
def window(windows: Windows, origin: str, cookie: str, view: View) -> Iterator[Person]:
    """A window of somebody who is signed in."""
    person = Person(windows.open(view), origin)
    person.carries(cookie)
    yield person
    windows.close()


if __name__ == "__main__":
    main()
