"""Several things done at the same time, and waiting for one that happens soon."""

import time
from collections.abc import Callable
from threading import Barrier, Thread

SOON = 30  # seconds


def at_once(*works: Callable[[], object]) -> None:
    """Do all of it at the same time; whatever is raised is raised here."""
    start = Barrier(len(works))
    raised: list[Exception] = []

    def begin(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001
            raised.append(error)

    workers = [Thread(target=begin, args=(work,)) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if raised:
        raise raised[0]


def until(met: Callable[[], object]) -> None:
    """Wait for something that happens soon."""
    deadline = time.monotonic() + SOON
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)
