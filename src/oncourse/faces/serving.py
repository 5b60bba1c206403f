"""The whole service: the pages for people and the API for programs, behind one guard."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from oncourse.clinic import Clinic
from oncourse.faces.api.app import PATHS, programs
from oncourse.faces.api.problems import OUR_FAULT, problem
from oncourse.faces.doors import Rates
from oncourse.faces.guard import Guard, Metrics
from oncourse.faces.web.app import pages
from oncourse.faces.web.page import Trial


def service(clinic: Clinic, trial: Trial | None = None) -> ASGIApp:
    """Everything that a clinic serves; `trial` says on each page that no patient is real."""
    rates, metrics = Rates(), Metrics()
    api, web = programs(clinic, rates, metrics), pages(clinic, rates, trial)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        for_programs = scope["type"] != "http" or scope["path"].startswith(PATHS)
        await (api if for_programs else web)(scope, receive, send)

    return Guard(either, metrics, problem(500, OUR_FAULT))
