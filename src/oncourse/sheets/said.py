"""Texts of the paper: captions from one file, clinical sentences from the protocol's words, amounts and signs."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from oncourse import document
from oncourse.problem import Refused
from oncourse.protocol import Protocol
from oncourse.quantity import show

FILE = Path(__file__).parent / "words.en.yaml"
SIGNS = ((" × 10⁹/L", " × 10⁹ per L"), ("≤", "at most"), ("≥", "at least"), (" > ", " more than "), (" < ", " under "))


@lru_cache(maxsize=1)
def captions() -> Mapping[str, Any]:
    """Every text of the paper, by sheet and name."""
    content = document.read(FILE.read_bytes(), FILE.name).plain()
    assert isinstance(content, dict)
    return content


def caption(name: str, /, **told: str) -> str:
    """One text by its name, such as `worksheet.title`, with every {name} filled in."""
    part: Any = captions()
    for step in name.split("."):
        part = part[step]
    return str(part).format_map(told)


def clinical(protocol: Protocol) -> Mapping[str, Any]:
    """What paper says of this drug, and nothing of another; raises Refused where its protocol says nothing."""
    words: Any = protocol.words.get("paper")
    if not isinstance(words, dict):
        raise Refused(caption("refused.no-words"), caption("refused.write-words", file=f"{protocol.id}/{FILE.name}"))
    return words


def plain(text: str) -> str:
    """A sentence with words in place of signs, which on paper are read one for another."""
    for sign, word in SIGNS:
        text = text.replace(sign, word)
    return text


def amounts(protocol: Protocol) -> dict[str, str]:
    """The protocol's own amounts as text, for a template to name: mg, mL, mg per mL and hours."""
    of = protocol.amounts
    told: dict[str, Fraction] = {
        "solution": of.mg_per_ml,
        "vial_mg": of.vial_mg,
        "bag_mL": of.bag_ml,
        "least": of.least_mg_per_ml,
        "hours": of.hours,
    }
    clocks = {f"{name}_h": clock.amount for name, clock in protocol.preparation.clocks.items()}
    return {name: show(value) for name, value in (told | clocks).items() if value is not None}
