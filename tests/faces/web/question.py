"""Asking an open page about itself, by a function that runs in it for a moment; also in a window without scripts."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

# What questions share: whether something shows at all, how it is called in a fault, and what can be pressed.
SHARED = """
const shows = (e) => {
  const box = e.getBoundingClientRect();
  return e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && box.width > 1 && box.height > 1
    && box.right + scrollX > 0 && box.bottom + scrollY > 0;
};
const called = (e) => {
  const name = e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || e.textContent || e.name || '';
  const kinds = [...e.classList].map((kind) => '.' + kind).join('');
  return (e.localName + kinds + ' ' + name.trim().replace(/\\s+/g, ' ').slice(0, 40)).trim();
};
const PRESSED = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex="0"]';
"""


def ask(page: Page, question: str, given: Any = None, more: str = "") -> Any:
    """What a function says of the page, with what questions share at hand, and more if some share more."""
    return page.evaluate(f"(given) => {{ {SHARED} {more} return ({question})(given); }}", given)
