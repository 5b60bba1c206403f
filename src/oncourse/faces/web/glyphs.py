"""The sign of each verdict: its shape tells it apart without colour, on the screen, in print and by fax."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from oncourse.faces.web.drawing import px, safe

BOX = 24  # the side of the square that every sign is drawn in

RING = '<circle class="glyph-shape" cx="12" cy="12" r="9.8"/>'
DASHED = '<circle class="glyph-ring" cx="12" cy="12" r="9.8"/>'

GLYPHS: Mapping[str, Markup] = {
    name: Markup(shapes)
    for name, shapes in {
        "give": RING + '<path class="glyph-line" d="M7.2 12.4l3.3 3.3 6.4-7"/>',
        "hold": '<rect class="glyph-shape" x="2.4" y="2.4" width="19.2" height="19.2" rx="2.6"/>'
        '<path class="glyph-line" d="M9 7.6v8.8M15 7.6v8.8"/>',
        "reduce": '<path class="glyph-shape" d="M1.6 3.4h20.8L12 22z"/><path class="glyph-line" d="M8.6 8.4h6.8"/>',
        "skip": '<path class="glyph-shape" d="M12 1l11 11-11 11L1 12z"/>'
        '<path class="glyph-line" d="M7.4 7.9l4.1 4.1-4.1 4.1M12.4 7.9l4.1 4.1-4.1 4.1"/>',
        "stop": '<path class="glyph-shape" d="M7.9 2.2h8.2l5.7 5.7v8.2l-5.7 5.7H7.9l-5.7-5.7V7.9z"/>'
        '<path class="glyph-line" d="M8.3 8.3l7.4 7.4M15.7 8.3l-7.4 7.4"/>',
        "need": DASHED + '<path class="glyph-line" d="M9 9.5a3 3 0 1 1 4.6 2.5c-1.1.7-1.6 1.2-1.6 2.3"/>'
        '<circle class="glyph-dot" cx="12" cy="17.4" r="1.5"/>',
        "judge": '<path class="glyph-shape" d="M12 1.4l9.2 5.3v10.6L12 22.6l-9.2-5.3V6.7z"/>'
        '<path class="glyph-line" d="M12 18v-4.6L7.8 9.2M12 13.4l4.2-4.2M7.6 12V8.9h3.1M16.4 12V8.9h-3.1"/>',
        "wait": RING + '<path class="glyph-line" d="M12 6.4V12l3.9 2.7"/>',
        "done": RING + '<path class="glyph-line" d="M9 18V6.8"/><path class="glyph-dot" d="M9 6.2l8 3-8 3.2z"/>',
        "due": DASHED,
        "planned": DASHED,
        "conditional": DASHED,
    }.items()
}


def glyph(name: str, size: int = BOX, said: str | None = None) -> Markup:
    """A sign as an image of its own, size pixels wide; it is hidden from screen readers unless it is said."""
    told = Markup(' role="img" aria-label="{}"').format(safe(said)) if said else Markup(' aria-hidden="true"')
    return Markup('<svg class="glyph glyph-{}" width="{}" height="{}" viewBox="0 0 {} {}"{}>{}</svg>').format(
        name, size, size, BOX, BOX, told, GLYPHS[name]
    )


def placed(name: str, x: float, y: float, size: int) -> Markup:
    """The same sign as part of a drawing, its middle at x and y."""
    corner = (px(x - size / 2), px(y - size / 2), px(size / BOX))
    return Markup('<g class="glyph glyph-{}" transform="translate({} {}) scale({})">{}</g>').format(
        name, *corner, GLYPHS[name]
    )
