"""What can be seen of one open page without judgement; each look tells faults in words, and an empty list is good.

Every look works in a window without scripts too, except those of `axe` and `speed`.
"""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Page
from tests.faces.web.axe import OF_COLOUR, axe
from tests.faces.web.chromium import DESK, VIEWS, ZOOMED, View
from tests.faces.web.question import ask
from tests.text_rules import faults as text_faults

SMALLEST_TEXT = 11  # CSS pixels, as drawn
TARGET, BEDSIDE = 56, 76  # CSS pixels of what is pressed
IN_TEXT = 24  # CSS pixels of a link inside a sentence or a table, or of the room around its middle
BEDSIDE_GAP = 12  # CSS pixels between two buttons at the bedside
SLACK = 1  # CSS pixels lost in rounding

TEXT_SIZES = """(smallest) => {
  const small = new Map();
  const note = (e, said, size) => {
    if (said.trim() && size < smallest - 0.01 && shows(e)) small.set(e, [called(e), size]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const svg = e instanceof SVGElement && e.closest('text');
    const seen = svg && e.getScreenCTM ? e.getScreenCTM() : null;
    const scale = seen ? Math.sqrt(Math.abs(seen.a * seen.d - seen.b * seen.c)) : 1;
    note(e, walker.currentNode.data, parseFloat(getComputedStyle(e).fontSize) * scale);
  }
  for (const e of document.querySelectorAll('input, select, textarea'))
    note(e, 'value', parseFloat(getComputedStyle(e).fontSize));
  return [...small.values()];
}"""


def text_sizes(page: Page) -> list[str]:
    """Text drawn smaller than 11 px, also where an SVG is scaled down."""
    return [f"text of {size:.1f} px: {name}" for name, size in ask(page, TEXT_SIZES, SMALLEST_TEXT)]


SIDEWAYS = """(slack) => {
  const room = document.documentElement.clientWidth;
  const turns = (e) => e && e !== document.documentElement && e !== document.body
    && (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) || turns(e.parentElement));
  const out = [...document.body.querySelectorAll('*')].filter((e) =>
    shows(e) && !(e instanceof SVGElement && e.ownerSVGElement) && !turns(e.parentElement)
    && (e.getBoundingClientRect().right + scrollX > room + slack || e.getBoundingClientRect().left + scrollX < -slack));
  return [document.scrollingElement.scrollWidth - room, out.slice(0, 5).map(called)];
}"""


def sideways(page: Page) -> list[str]:
    """A page wider than its window, and what sticks out of it though it is cut off."""
    over, out = ask(page, SIDEWAYS, SLACK)
    return [f"scrolls sideways by {over} px"] * (over > SLACK) + [f"sticks out: {name}" for name in out]


TARGETS = """([target, bedside, inText, gap]) => {
  const area = (e) => {
    const boxes = e.matches('[type=radio], [type=checkbox]') ? [e, ...(e.labels || [])] : [e];
    return boxes.filter(shows).map((each) => each.getClientRects()[0])
      .reduce((best, box) => !best || box.height > best.height ? box : best, null);
  };
  const inSentence = (e) => {
    if (e.localName !== 'a') return false;
    if (e.closest('td, th')) return true;
    const blockOf = (part) => getComputedStyle(part).display === 'inline' ? blockOf(part.parentElement) : part;
    const block = blockOf(e), beside = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (block !== e && beside.nextNode()) {
      const by = beside.currentNode.parentElement;
      if (beside.currentNode.data.trim() && !by.closest(PRESSED) && blockOf(by) === block) return true;
    }
    return false;
  };
  const all = [...document.querySelectorAll(PRESSED)].filter((e) => !e.disabled).map((e) => [e, area(e)])
    .filter(([e, box]) => box);
  const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
  const away = ([x, y], box) => Math.hypot(
    Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  const faults = [];
  for (const [e, box] of all) {
    const [x, y] = middle(box);
    if (inSentence(e)) {
      if (Math.min(box.height, box.width) >= inText) continue;
      const near = all.find(([other, its]) => other !== e && !other.contains(e) && (away([x, y], its) < inText / 2
        || inSentence(other) && its.height < inText && Math.hypot(x - middle(its)[0], y - middle(its)[1]) < inText));
      if (near) faults.push(`${called(e)} is in a text and too near to ${called(near[0])}`);
      continue;
    }
    const needed = e.matches('.button--bedside') ? bedside : target;
    if (box.height < needed - 0.5) faults.push(`${called(e)} is ${Math.round(box.height)} px high, not ${needed}`);
    if (box.width < inText) faults.push(`${called(e)} is ${Math.round(box.width)} px wide, not ${inText}`);
  }
  const beds = all.filter(([e]) => e.matches('.button--bedside'));
  beds.forEach(([e, a], place) => beds.slice(place + 1).forEach(([other, b]) => {
    const apart = Math.max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom);
    if (apart < gap - 0.5) faults.push(`${called(e)} is ${Math.round(apart)} px from ${called(other)}, not ${gap}`);
  }));
  return faults;
}"""


def targets(page: Page) -> list[str]:
    """What is pressed and too small for a gloved finger.

    Everything that stands by itself is 56 px high and 24 px wide; with class `button--bedside` 76 px high, and 12 px
    from the next such. Of a radio button or box its label counts. A link among the words of a sentence, or in a table,
    is 24 px either way, or nothing else that can be pressed is within 12 px of its middle.
    """
    found: list[str] = ask(page, TARGETS, [TARGET, BEDSIDE, IN_TEXT, BEDSIDE_GAP])
    return found


CUT_OFF = """([selector, slack]) => [...document.querySelectorAll(selector)].map((e) =>
  [called(e), e.scrollHeight - e.clientHeight - slack, e.scrollWidth - e.clientWidth - slack])"""


def cut_off(page: Page, selector: str) -> list[str]:
    """Boxes that hold more than they show, or that are not there; in print if the page is emulated so."""
    boxes = ask(page, CUT_OFF, [selector, SLACK])
    high = [f"{name} holds {over + SLACK} px more than its height" for name, over, _ in boxes if over > 0]
    wide = [f"{name} holds {over + SLACK} px more than its width" for name, _, over in boxes if over > 0]
    return high + wide + [f"there is no {selector}"] * (not boxes)


AT_ONCE = """(selector) => {
  scrollTo(0, 0);
  const e = document.querySelector(selector), box = e?.getBoundingClientRect();
  if (!e || !shows(e)) return 'there is no ' + selector;
  const inside = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
  return inside ? '' : `${called(e)} is not in the first view: ${Math.round(box.bottom)} px down`;
}"""


def at_once(page: Page, selectors: Iterable[str]) -> list[str]:
    """What is not wholly inside the first view, before anything is scrolled."""
    return [fault for selector in selectors if (fault := ask(page, AT_ONCE, selector))]


FILLS = """(selector) => {
  const paint = document.createElement('canvas').getContext('2d');
  const hex = (colour) => { paint.fillStyle = '#000'; paint.fillStyle = colour; return paint.fillStyle; };
  const drawn = (part) => {
    const style = getComputedStyle(part);
    return [style.fill, style.stroke].filter((colour) => colour !== 'none').map(hex);
  };
  return [...document.querySelectorAll(selector)].map((e) => [called(e), [...e.querySelectorAll('*')].flatMap(drawn)]);
}"""


def colours(page: Page, selector: str, *wanted: str) -> list[str]:
    """Glyphs that lack a colour, `#rrggbb`, among the fills and strokes of their shapes; or that are not there."""
    drawn = ask(page, FILLS, selector)
    lacking = [(name, colour) for name, found in drawn for colour in wanted if colour not in found]
    return [f"{name} has no {colour}" for name, colour in lacking] + [f"there is no {selector}"] * (not drawn)


WORDS = """() => {
  const read = [...document.querySelectorAll('[aria-label], [alt], [placeholder], [title]')].filter(shows);
  const said = read.flatMap((e) => ['aria-label', 'alt', 'placeholder', 'title'].map((name) => e.getAttribute(name)));
  const written = [...document.querySelectorAll('code, cite')];
  for (const e of written) e.style.setProperty('display', 'none', 'important');
  const seen = document.body.innerText;
  for (const e of written) e.style.removeProperty('display');
  return [document.title, seen, ...said].filter(Boolean);
}"""


def words(page: Page) -> list[str]:
    """What should not be read: in the title, in all that can be seen, and in the names that are read aloud.

    What is shown as it is written elsewhere, as `code` or as a title in `cite`, keeps to the rules of that place.
    """
    return [fault for text in ask(page, WORDS) for fault in text_faults(text)]


def look(page: Page) -> list[str]:
    """All that holds of every page, whatever is on it, in a window with scripts."""
    return [*axe(page), *text_sizes(page), *sideways(page), *targets(page), *words(page)]


def everywhere(page: Page) -> list[str]:
    """The same of an open page in each width, its colours in each theme, and what sticks out at 400 percent."""
    found: list[str] = []
    for view in VIEWS:
        seen_as(page, view)
        faults = look(page) if view.scheme == DESK.scheme else axe(page, OF_COLOUR)
        found += [f"{view}: {fault}" for fault in faults]
    seen_as(page, ZOOMED)
    return found + [f"{ZOOMED}: {fault}" for fault in sideways(page)]


def seen_as(page: Page, view: View) -> None:
    """Give the window of an open page another size and theme."""
    page.set_viewport_size({"width": view.width, "height": view.height})
    page.emulate_media(color_scheme=view.scheme)
    page.evaluate("scrollTo(0, 0)")
