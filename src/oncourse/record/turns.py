"""Writers of one program take turns in the order in which they came; neither SQLite nor a pool of connections does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """One at a time, and first come, first served: however many ask, nobody is passed over again and again."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()  # first of them whoever has the turn; the lock of the others is shut

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def turn(self, patience: int) -> Iterator[bool]:
        """Wait for one's turn, at most so many seconds; whether it came."""
        mine = Lock()
        with self._guard:
            if self._waiting:
                mine.acquire()
            self._waiting.append(mine)
        try:
            yield mine.acquire(timeout=patience)
        finally:
            with self._guard:
                first = self._waiting[0] is mine
                self._waiting.remove(mine)
                if first and self._waiting:
                    self._waiting[0].release()
