"""Around every request: how much may be sent and how slowly, what every answer says of itself, what is logged."""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter
from traceback import extract_tb

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncourse.faces.doors import TooMuch

LARGEST = 1_000_000  # bytes of a body
SLOWEST = 20  # seconds in which it must have come
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}
SECURE = {b"strict-transport-security": b"max-age=31536000"}
structlog.configure(
    processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)
log = structlog.get_logger()


class Metrics:
    """Counts of requests by route, never by patient."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self.requests = Counter("oncourse_requests", "Requests answered", names, registry=self.registry)
        self.seconds = Histogram("oncourse_request_seconds", "Time to answer", ("route",), registry=self.registry)


class Guard:
    """The outermost room: nothing beyond it sees a body that is too large, and no error passes it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, failed: ASGIApp) -> None:
        """`failed` answers what nothing else did."""
        self.app, self.metrics, self.failed = app, metrics, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, answered whatever happens."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, said = perf_counter(), 0, ""
        scope.setdefault("state", {})

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = {name: value for name, value in message["headers"] if name != b"set-cookie"}
                cookies = [pair for pair in message["headers"] if pair[0] == b"set-cookie"]
                secure = SECURE if scope["scheme"] == "https" else {}
                message["headers"] = [*(HEADERS | secure | said).items(), *cookies]
            await send(message)

        try:
            await self.app(scope, Body(scope, receive).receive, sent)
        except Exception as fault:  # noqa: BLE001 - whatever it is: no patient is named in a log, and nobody waits
            said = f"{type(fault).__name__} at " + " < ".join(
                f"{frame.name}:{frame.lineno}" for frame in reversed(extract_tb(fault.__traceback__)[-3:])
            )
            if not status:
                await self.failed(scope, receive, sent)
        self._note(scope, status, perf_counter() - began, said or scope["state"].get("fault", ""))

    def _note(self, scope: Scope, status: int, seconds: float, said: str) -> None:
        """One line, by route: the path itself may name a patient."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"  # anything may stand there
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        account = scope["state"].get("account")
        more = {"account": account} | ({"fault": said} if said else {})
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000), **more)


class Body:
    """The body of one request, as it comes in."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        told = dict(scope["headers"]).get(b"content-length", b"0")
        self.size = int(told) if told.isdigit() else 0
        self.taken, self.began, self._receive = 0, perf_counter(), receive

    async def receive(self) -> Message:
        """The next part; raises TooMuch."""
        if self.size > LARGEST:
            raise TooMuch(413, f"more than {LARGEST} bytes were sent")
        try:
            left = SLOWEST - (perf_counter() - self.began)
            message = await asyncio.wait_for(self._receive(), max(left, 0)) if self.began else await self._receive()
        except TimeoutError:
            raise TooMuch(408, f"what was sent did not come within {SLOWEST} s") from None
        self.taken += len(message.get("body", b""))
        if self.taken > LARGEST:
            raise TooMuch(413, f"more than {LARGEST} bytes were sent")
        if not message.get("more_body"):
            self.began = 0
        return message
