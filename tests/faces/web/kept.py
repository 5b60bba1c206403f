"""What many tests begin with is told once, and copied for the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from typing import Concatenate, ParamSpec

from tests.faces.api.hospital import Hospital
from tests.test_clinic import NOW

P = ParamSpec("P")
FRESH = 5  # the version of P-9 in a hospital of which no test has told anything


def once(make: Callable[Concatenate[Hospital, P], None]) -> Callable[Concatenate[Hospital, P], None]:
    """Make it so in the first fresh hospital that asks for it, and put a copy of that record into the later ones."""
    kept: dict[object, tuple[sqlite3.Connection, float]] = {}

    @wraps(make)
    def made(hospital: Hospital, *args: P.args, **named: P.kwargs) -> None:
        fresh = hospital.version() == FRESH and hospital.clock.at == NOW
        if not fresh or hospital.address.startswith("postgresql"):
            return make(hospital, *args, **named)
        key = args, tuple(sorted(named.items()))
        if key not in kept:
            make(hospital, *args, **named)
            memory = sqlite3.connect(":memory:", check_same_thread=False)
            with closing(sqlite3.connect(hospital.address)) as record:
                record.backup(memory)
            kept[key] = memory, (hospital.clock.at - NOW).total_seconds()
            return None
        memory, passed = kept[key]
        with closing(sqlite3.connect(hospital.address)) as record:
            memory.backup(record)
        hospital.clock.on(seconds=passed)
        return None

    return made
