"""The whole service: the pages for people and the API for programs, behind one guard."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from oncourse.clinic import Clinic
from oncourse.faces.api.app import programs
from oncourse.faces.api.problems import OUR_FAULT, problem
from oncourse.faces.doors import Rates
from oncourse.faces.guard import Guard, Metrics


def service(clinic: Clinic) -> ASGIApp:
    """Everything that a clinic serves."""
    rates, metrics = Rates(), Metrics()
    api = programs(clinic, rates, metrics)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await api(scope, receive, send)

    return Guard(either, metrics, problem(500, OUR_FAULT))
