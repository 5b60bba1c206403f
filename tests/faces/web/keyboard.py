"""A page as it is walked through with the Tab key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Page
from tests.faces.web.question import ask

RING = 3  # CSS pixels that a focus ring is wide at least
MOST = 400  # stops on one page

# Where Tab goes on from is the place of what had the focus last, even if it is gone.
BEGIN = """
const begin = () => {
  const first = document.createElement('span');
  first.tabIndex = -1;
  document.body.prepend(first);
  first.focus();
  first.remove();
  scrollTo(0, 0);
};
"""

START = """() => {
  begin();
  const all = [...document.querySelectorAll(PRESSED)].filter((e) => !e.disabled && e.tabIndex >= 0
    && e.checkVisibility({visibilityProperty: true}));
  const ring = (e) => { const style = getComputedStyle(e); return [style.outline, style.boxShadow].join(); };
  window.walked = {all, stops: [], ring, boxes: new Map(all.map((e) => [e, e.getBoundingClientRect()])),
    before: new Map([...document.querySelectorAll('*')].map((e) => [e, ring(e)]))};
}"""

# Of a radio button or box that the style sheet draws, the label has the ring and is seen.
COVERED = """
const coveredBy = (e) => {
  const seen = [e, ...(e.labels || [])].filter(shows);
  const over = seen.map((each) => {
    const box = each.getClientRects()[0];
    return [[0.5, 0], [0.5, 1], [0.5, 0.5], [0, 0.5], [1, 0.5]].map(([across, down]) => {
      const x = Math.min(Math.max(box.left + box.width * across, box.left + 2), box.right - 2);
      const y = Math.min(Math.max(box.top + box.height * down, box.top + 2), box.bottom - 2);
      const top = document.elementFromPoint(x, y);
      const free = top && (each.contains(top) || top.contains(each) || seen.includes(top));
      return free ? null : top ? called(top) : 'the edge of the window';
    }).find(Boolean);
  });
  if (!seen.length) return [`${called(e)} has the focus and cannot be seen`];
  return over.every(Boolean) ? [`${called(e)} has the focus and is under ${over[0]}`] : [];
};
"""

STOP = """(least) => {
  const e = document.activeElement, {stops, boxes, ring, before} = window.walked;
  if (!e || e === document.body || e === document.documentElement || stops.includes(e)) return null;
  const last = stops.at(-1), faults = coveredBy(e);
  stops.push(e);
  const a = boxes.get(last), b = boxes.get(e);
  const above = a && b && b.bottom <= a.top && b.left < a.right;
  const left = a && b && b.right <= a.left && b.top < a.bottom && b.bottom > a.top;
  if (above || left) faults.push(`${called(e)} is reached after ${called(last)}, but is read before it`);
  const widths = [e, ...(e.labels || [])].filter((each) => ring(each) !== before.get(each)).map((each) => {
    const style = getComputedStyle(each);
    const line = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
    const spreads = [...style.boxShadow.matchAll(/ (-?[\\d.]+)px(?: inset)?(?:,|$)/g)];
    return Math.max(line, ...spreads.map((found) => parseFloat(found[1])));
  });
  const width = Math.max(0, ...widths);
  if (width < least) faults.push(`${called(e)} has a focus ring of ${width} px, not ${least}`);
  return [called(e), faults];
}"""

BACK = "() => coveredBy(document.activeElement)"

LEFT_OUT = """() => {
  const {all, stops} = window.walked, group = (e) => e.type === 'radio' ? (e.form?.id ?? '') + ':' + e.name : null;
  const groups = new Set(stops.map(group).filter(Boolean));
  delete window.walked;
  return all.filter((e) => !stops.includes(e) && !groups.has(group(e))).map(called);
}"""

STANDS = "(selector) => document.activeElement?.matches(selector) ?? false"


@dataclass
class Walk:
    """Every stop by its name, in order, and what is wrong with any."""

    stops: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def walk(page: Page) -> Walk:
    """Go through a page by Tab from its beginning to its end, and back.

    Wrong is an order against the way a page is read; a stop that is covered, on the way there or back, or has no ring
    of 3 px; and what can be pressed but is never reached.
    """
    walked = Walk()
    ask(page, START, None, BEGIN)
    while len(walked.stops) < MOST:
        page.keyboard.press("Tab")
        if (stop := ask(page, STOP, RING, COVERED)) is None:
            break
        name, faults = stop
        walked.stops.append(name)
        walked.faults += faults
    walked.faults += [f"{name} is not reached by Tab" for name in ask(page, LEFT_OUT)]
    walked.faults += [f"on the way back {fault}" for fault in _back(page, len(walked.stops))]
    return walked


def _back(page: Page, stops: int) -> Iterator[str]:
    """What is covered on the way back; the first press may only lead from beyond the end to the last stop."""
    page.keyboard.press("Shift+Tab")
    if ask(page, STANDS, "body"):
        page.keyboard.press("Shift+Tab")
    for _ in range(stops):
        yield from ask(page, BACK, None, COVERED)
        page.keyboard.press("Shift+Tab")


def tabs_to(page: Page, selector: str) -> int | None:
    """How often Tab is pressed from the beginning of a page until that has the focus; None if it never has."""
    ask(page, "begin", None, BEGIN)
    for presses in range(1, MOST):
        page.keyboard.press("Tab")
        if ask(page, STANDS, selector):
            return presses
        if ask(page, STANDS, "body"):
            return None
    return None
