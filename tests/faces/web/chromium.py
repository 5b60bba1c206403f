"""A real browser: windows of a given size and colour scheme, in which nothing goes wrong without being told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
    expect,
    sync_playwright,
)
from tools.browser import FLAGS, chromium

HERE = "127.0.0.1"
PATIENCE = 20_000  # milliseconds for anything to appear, on a machine that does much else
NOT_LOADED = "Failed to load resource"
Scheme = Literal["light", "dark"]
GIVEN_UP = "net::ERR_ABORTED"  # by a person who went on before it was there


@dataclass(frozen=True)
class View:
    """How somebody looks at a page: CSS pixels, colour scheme, magnification, with scripts or without."""

    width: int = 1280
    height: int = 800
    scheme: Scheme = "light"
    script: bool = True
    zoom: int = 1

    def __str__(self) -> str:
        """A name for a test."""
        zoom, script = ("" if self.zoom == 1 else f"-zoom{self.zoom}"), ("" if self.script else "-noscript")
        return f"{self.scheme}-{self.width}x{self.height}{zoom}{script}"


SIZES = ((1280, 800), (800, 1280), (360, 740))  # desk, tablet held upright, phone
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
VIEWS = tuple(View(width, height, scheme) for scheme in SCHEMES for width, height in SIZES)
DESK = VIEWS[0]
ZOOMED = View(320, 200, zoom=4)  # 1280 x 800 at 400 %


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium of one's own; raises NoBrowser."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


class Windows:
    """The windows that a test opens, each with cookies of its own; `close` tells all that went wrong in any."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._contexts: list[BrowserContext] = []
        self._faults: list[str] = []
        self._not_loaded: list[tuple[str, str]] = []
        self._refused: set[str] = set()
        self._expected: list[str] = []
        self._passed_over: list[str] = []

    def open(self, view: View = DESK) -> Page:
        """A new window with an empty page."""
        context = self.browser.new_context(
            viewport={"width": view.width, "height": view.height},
            device_scale_factor=view.zoom,
            color_scheme=view.scheme,
            java_script_enabled=view.script,
            reduced_motion="reduce",
            service_workers="block",
        )
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", self._thrown)
        self._contexts.append(context)
        return context.new_page()

    def expect(self, pattern: str) -> None:
        """One fault that a test brings about: the next that matches is passed over; it is a fault if none does."""
        self._expected.append(pattern)

    def pass_over(self, pattern: str) -> None:
        """Faults of which nobody can say how many there will be, as while a server is away."""
        self._passed_over.append(pattern)

    def close(self) -> list[str]:
        """Close all windows; what went wrong in them."""
        while self._contexts:
            self._contexts.pop().close()
        # That a page was refused is an answer, though the console complains about it.
        self._faults += [f"{said} {url}" for said, url in self._not_loaded if url not in self._refused]
        self._not_loaded.clear()
        left = [fault for fault in self._faults if not any(re.search(over, fault) for over in self._passed_over)]
        missed = []
        for pattern in self._expected:
            found = next((fault for fault in left if re.search(pattern, fault)), None)
            left.remove(found) if found else missed.append(f"did not happen: {pattern}")
        return left + missed

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in (None, HERE):
            self._faults.append(f"asked another host: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != GIVEN_UP and urlsplit(request.url).hostname == HERE:
            self._faults.append(f"no answer: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._faults.append(f"the server failed: {response.status} {response.url}")
        if response.status >= 400 and response.request.is_navigation_request():
            self._refused.add(response.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and message.text.startswith(NOT_LOADED):
            self._not_loaded.append((message.text, message.location["url"]))
        elif message.type in ("error", "warning"):
            self._faults.append(f"console {message.type}: {message.text}")

    def _thrown(self, error: WebError) -> None:
        self._faults.append(f"a script failed: {error.error.message}")
