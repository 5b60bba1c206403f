"""What other programs use: everything under /api, and how the service is doing."""

from __future__ import annotations

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from oncourse import __version__
from oncourse.clinic import Clinic
from oncourse.faces.api import accounts, courses
from oncourse.faces.api.problems import told_by
from oncourse.faces.api.schemas import Described, plain
from oncourse.faces.doors import Rates, TheClinic
from oncourse.faces.guard import Metrics

PATHS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def programs(clinic: Clinic, rates: Rates, metrics: Metrics) -> FastAPI:
    """The API of a clinic."""
    app = Described(title="Oncourse", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.clinic, app.state.rates, app.state.metrics = clinic, rates, metrics
    told_by(app)
    app.include_router(courses.router)
    app.include_router(accounts.router)

    @app.get("/healthz", responses=plain(), response_class=Response)
    async def alive() -> Response:
        """The program runs, also while every thread waits for the record."""
        return Response("alive\n", media_type="text/plain")

    @app.get("/readyz", responses=plain(503), response_class=Response)
    def ready(clinic: TheClinic) -> Response:
        """The record can be read; 503 if not."""
        clinic.record.head()
        return Response("ready\n", media_type="text/plain")

    @app.get("/metrics", responses=plain(), response_class=Response)
    def measured() -> Response:
        """Counts and times by route, for Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return app
