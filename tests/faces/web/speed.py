"""What loading a page costs: bytes over the wire, seconds until it can be used, how far it jumps."""

from __future__ import annotations

from typing import Any, NamedTuple

from playwright.sync_api import Page

# A middling phone on a slow mobile network, as Lighthouse's "slow 4G" has it.
DELAY, DOWN, UP = 150, 1_638_400 / 8, 768_000 / 8  # ms, and bytes each second
SLOWER = 4  # times

TIMES = """() => {
  const [seen] = performance.getEntriesByType('navigation');
  return [seen.domContentLoadedEventEnd / 1000, seen.loadEventEnd / 1000];
}"""
SHIFTS = """() => new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((seen) => seen.getEntries().forEach((e) => { if (!e.hadRecentInput) moved += e.value; }))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(moved), 100);
})"""


class Load(NamedTuple):
    """One loading of a page: bytes with headers, those of scripts among them, seconds, and the shift of layout."""

    bytes: int
    script_bytes: int
    usable: float  # what can be pressed is there: DOMContentLoaded, when deferred scripts have run
    loaded: float
    shift: float


def load(page: Page, address: str) -> Load:
    """Open an address and measure, in a window with scripts."""
    session = page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def answered(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = round(event["encodedDataLength"])

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    usable, loaded = page.evaluate(TIMES)
    shift = page.evaluate(SHIFTS)
    session.detach()
    scripts = sum(size for request, size in sizes.items() if kinds.get(request) == "Script")
    return Load(sum(sizes.values()), scripts, usable, loaded, shift)


def cold_and_warm(page: Page, address: str) -> tuple[Load, Load]:
    """The first loading in a new window, and the next one."""
    return load(page, address), load(page, address)


def slow_down(page: Page) -> None:
    """Let the window be that of a middling phone on a slow network from now on."""
    session = page.context.new_cdp_session(page)
    network = {"offline": False, "latency": DELAY, "downloadThroughput": DOWN, "uploadThroughput": UP}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", network)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
