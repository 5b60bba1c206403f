"""The pages of the clinic as the server draws them: Today with 200 patients, the day of one; and how large each is.

Usage: `python bench/pages.py`. The time is that until the whole answer is there, in this process, without a network.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from starlette.testclient import TestClient
from yardstick import aim, table
from yardstick.synthetic import courses

from oncourse.clinic import Clinic
from oncourse.faces.serving import service
from oncourse.record.accounts import Account

PATIENTS, TIMES = 200, 100
PASSWORD = "only for a benchmark"
PAGES = (  # path, milliseconds aimed at for 95 of 100
    ("/today", 100),
    ("/patients/{course}", 50),
    ("/patients/{course}/results", 50),
    ("/patients/{course}/plan", 50),
    ("/patients/{course}/course", 50),
    ("/patients", 100),
)


def main() -> None:
    """Each page again and again, after something was told of one patient."""
    with tempfile.TemporaryDirectory() as folder:
        clinic = Clinic.at(str(Path(folder) / "record.db"), "bench")
        made = list(courses(PATIENTS))
        clinic.take_in([course.document for course in made], "bench")
        clinic.accounts.set(Account("bench", "bench", ("haematologist",)), "bench", PASSWORD)
        with TestClient(service(clinic), base_url="https://testserver") as client:
            client.post("/api/sign-in", json={"name": "bench", "password": PASSWORD})
            began = time.perf_counter()
            client.get("/today")
            print(f"the first look at {PATIENTS} patients: {time.perf_counter() - began:.1f} s")
            rows = [measured(client, path.format(course=made[0].id), most) for path, most in PAGES]
    table("pages", ("page", "p50 ms", "p95 ms", "aim ms", "", "kB", "kB by gzip"), rows)


def measured(client: TestClient, path: str, most: float) -> tuple[object, ...]:
    """Times of one page in milliseconds, and its size."""
    times: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = client.get(path)
        times.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, (path, answer.status_code)
    cuts = quantiles(times, n=20)
    size = len(answer.content)
    packed = len(gzip.compress(answer.content))
    return path, f"{cuts[9]:.1f}", f"{cuts[18]:.1f}", most, aim(most, cuts[18], "ms"), size // 1000, packed // 1000


if __name__ == "__main__":
    main()
