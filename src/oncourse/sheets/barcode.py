"""Bar codes that a scanner of a ward reads: a text as a square DataMatrix."""

from __future__ import annotations

import zxingcpp

PIXELS = 2  # a module; at 96 to the inch that is half a millimetre, four dots of a label printer


def datamatrix(text: str) -> str:
    """The text as a square DataMatrix with its quiet zone, drawn in SVG; a rectangle would stop older scanners."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return str(zxingcpp.write_barcode_to_svg(made, scale=PIXELS))
