"""How far apart two colours are, for every kind of eye: contrast, colour blindness, CIEDE2000.

Contrast is that of WCAG 2.2; blindness is complete (Machado and others 2009, severity 1); the difference is that of
Sharma and others 2005.
"""

from __future__ import annotations

from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

VISIONS: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE: Triple = (0.95047, 1.0, 1.08883)


def linear(colour: str) -> Triple:
    """The light of `#rrggbb`, each part from 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """From 1 for the same to 21 for black and white."""
    dark, light = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in map(linear, (one, other))
    )
    return (light + 0.05) / (dark + 0.05)


def times(matrix: Matrix, of: Triple) -> Triple:
    """A matrix applied."""
    red, green, blue = (sum(a * b for a, b in zip(row, of, strict=True)) for row in matrix)
    return red, green, blue


def lab(colour: str, vision: str) -> Triple:
    """Where a colour lies in CIELAB for a kind of eye."""
    seen = times(VISIONS[vision], linear(colour))
    red, green, blue = (min(max(part, 0.0), 1.0) for part in seen)
    xyz = times(TO_XYZ, (red, green, blue))
    x, y, z = (_root(part / white) for part, white in zip(xyz, WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(part: float) -> float:
    return part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116


def apart(one: Triple, other: Triple) -> float:
    """CIEDE2000 between two places in CIELAB."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (hypot(a1, b1) + hypot(a2, b2)) / 2
    grey = 1 + (1 - sqrt(chroma**7 / (chroma**7 + 25**7))) / 2
    c1, c2 = hypot(a1 * grey, b1), hypot(a2 * grey, b2)
    h1, h2 = degrees(atan2(b1, a1 * grey)) % 360, degrees(atan2(b2, a2 * grey)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    light, c, h = (l1 + l2) / 2, (c1 + c2) / 2, _middle(h1, h2, c1 * c2)
    weight = 1 - 0.17 * _cos(h - 30) + 0.24 * _cos(2 * h) + 0.32 * _cos(3 * h + 6) - 0.2 * _cos(4 * h - 63)
    by_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / sqrt(20 + (light - 50) ** 2))
    by_chroma = (c2 - c1) / (1 + 0.045 * c)
    by_hue = 2 * sqrt(c1 * c2) * sin(radians(turn / 2)) / (1 + 0.015 * c * weight)
    twist = -2 * sqrt(c**7 / (c**7 + 25**7)) * sin(radians(60 * exp(-(((h - 275) / 25) ** 2))))
    return sqrt(by_light**2 + by_chroma**2 + by_hue**2 + twist * by_chroma * by_hue)


def _middle(h1: float, h2: float, coloured: float) -> float:
    """The hue between two; their sum if one of them has none."""
    if not coloured:
        return h1 + h2
    half = (h1 + h2) / 2
    return half if abs(h1 - h2) <= 180 else half + (180 if h1 + h2 < 360 else -180)


def _cos(angle: float) -> float:
    return cos(radians(angle))


def closest(colours: dict[str, str]) -> tuple[float, str, str, str]:
    """The two colours that lie closest for any kind of eye: how far apart, which, for whom."""
    return min(
        (apart(lab(colours[one], vision), lab(colours[other], vision)), one, other, vision)
        for vision in VISIONS
        for one, other in combinations(colours, 2)
    )
