"""axe's rules for one open page, and the contrast of text where axe cannot tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page
from tests.faces.web.question import ask

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
CONTRAST = "color-contrast"
OF_COLOUR = (CONTRAST, "link-in-text-block")  # the rules that look at colours

CONTRASTS = """(selector) => {
  const e = document.querySelector(selector);
  e.scrollIntoView({block: 'center'});
  const paint = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const over = (layers) => {
    paint.clearRect(0, 0, 1, 1);
    for (const [colour, alpha] of layers) {
      paint.globalAlpha = alpha; paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    }
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const faded = (e) => e ? parseFloat(getComputedStyle(e).opacity) * faded(e.parentElement) : 1;
  const style = getComputedStyle(e);
  const ink = [e instanceof SVGElement ? style.fill : style.color,
    faded(e) * (e instanceof SVGElement ? parseFloat(style.fillOpacity) : 1)];
  const layersAt = (x, y) => {
    const layers = [];
    for (const below of document.elementsFromPoint(x, y)) {
      if (e.contains(below)) { if (below !== e || e instanceof SVGElement) continue; }
      const its = getComputedStyle(below);
      if (below instanceof SVGElement && below.localName !== 'svg') {
        if (below.closest('text')) continue;
        if (/^url/.test(its.fill)) return null;
        const line = below.localName === 'line', colour = line ? its.stroke : its.fill;
        const alpha = faded(below) * parseFloat(line ? its.strokeOpacity : its.fillOpacity);
        if (colour !== 'none') layers.push([colour, alpha]);
        continue;
      }
      if (its.backgroundImage !== 'none') return null;
      layers.push([its.backgroundColor, faded(below)]);
    }
    const halo = /^stroke/.test(style.paintOrder) && style.stroke !== 'none' ? [[style.stroke, faded(e)]] : [];
    return [['Canvas', 1], ...layers.reverse(), ...halo];
  };
  const ratios = [];
  for (const box of e.getClientRects())
    for (const [across, down] of [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]) {
      const layers = layersAt(box.left + box.width * across, box.top + box.height * down);
      if (!layers) return null;
      const [a, b] = [light(over(layers)), light(over([...layers, ink]))];
      ratios.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
  const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700;
  return ratios.length ? [Math.min(...ratios), large ? 3 : 4.5] : null;
}"""


@cache
def _axe() -> Axe:
    return Axe()


def axe(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds against WCAG 2.2 AA and good practice; the page must run in a window with scripts.

    With `rules` only those are tried. axe runs in the page's own world. It is put there by the browser and not by the
    page, so that the strictest policy need not be loosened, and what the page does against it is still told.
    """
    only = {"type": "rule", "values": rules} if rules else list(TAGS)
    options = {"runOnly": only, "resultTypes": ["violations", "incomplete"]}
    found: dict[str, Any] = _axe().run(page, options=options).response
    faults = [f"{rule['id']}: {rule['help']}: {said(node)}" for rule in found["violations"] for node in rule["nodes"]]
    unsure = [node for rule in found["incomplete"] if rule["id"] == CONTRAST for node in rule["nodes"]]
    return faults + [fault for node in unsure for fault in contrast(page, node["target"][-1])]


def said(node: dict[str, Any]) -> str:
    """Where a node stands and how it begins."""
    return f"{json.dumps(node['target'])} {node['html'][:80]}"


def contrast(page: Page, selector: str) -> list[str]:
    """Whether a text is told from what lies under it at five points of each line: 4.5, or 3 if it is large."""
    measured = ask(page, CONTRASTS, selector)
    if measured is None:
        return [f"{CONTRAST}: nobody can tell what lies under {selector}"]
    ratio, needed = measured
    return [f"{CONTRAST}: {ratio:.2f}, not {needed}: {selector}"] if ratio < needed else []
