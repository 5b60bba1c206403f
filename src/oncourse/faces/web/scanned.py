"""What a scanner types into a field as a keyboard would: the code of a vial, a wristband, a worksheet's label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gs1_element_strings import GS1ElementString
from biip.symbology import GS1Symbology

from oncourse.problem import Fault, excerpt

BLANKS = " \t\r\n"  # not all that Python strips: it takes FNC1 for a blank
FNC1 = re.compile(r"<GS>|\{GS\}|[\x1d|~^]")
AT_AN_END = re.compile(rf"^(?:{FNC1.pattern})+|(?:{FNC1.pattern})+$")
SIGNS = re.compile(r"""[!"%-?A-Z_a-z]+""")  # the 82 that GS1 allows in a value
SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
OF_GS1 = {f"]{kind.value}" for kind in GS1Symbology.with_gs1_messages()}
BRACKETED = re.compile(r"\(([0-9]{2,4})\)")
UNMARKED = re.compile(r"8018[0-9]{18}|91W-\S+")  # fit to be told from a plain number without a mark

PRODUCT, LOT, EXPIRY, SERIAL, RECIPIENT, OWN = "01", "10", "17", "21", "8018", "91"
OF_ONE_LENGTH = {PRODUCT, EXPIRY, "11", "13", "15", "16"}
SHORTEST_SERIAL = 6  # one that nobody guesses is no shorter; many lots have a 21 in them

AGAIN = "scan the vial's code again, or type lot and expiry"
SET_UP = "type lot and expiry, and let the scanner be set to send | for FNC1"


@dataclass(frozen=True, slots=True)
class Vial:
    """What the code of a vial says: the product's number in 14 digits, and lot and expiry if it has them."""

    gtin: str
    lot: str | None
    expiry: date | None


def vial(said: str) -> Vial | None:
    """The vial whose GS1 code was scanned, or typed with its brackets; None if nothing was.

    A year of two digits is the one within fifty years, a day 00 the last of its month.
    Raises Fault for what is no such code, and where a value may have swallowed the next.
    """
    text = said.strip(BLANKS)
    if not text:
        return None
    if SYMBOLOGY.match(text) and text[:3] not in OF_GS1:
        raise Fault(f"this is another kind of code than GS1: {excerpt(text)}", AGAIN)
    found = _elements(SYMBOLOGY.sub("", text, count=1))
    if PRODUCT not in found:
        raise Fault(f"this code names no product: {excerpt(text)}", AGAIN)
    return Vial(
        gtin=found[PRODUCT].value,
        lot=found[LOT].value if LOT in found else None,
        expiry=found[EXPIRY].date if EXPIRY in found else None,
    )


def number(said: str) -> str:
    """The number on a wristband or on a worksheet's label: plain, or as GS1 element 8018 or 91.

    Without a mark of GS1, 8018 is read before a number with its check digit, 91 before that of a worksheet.
    Whatever else was scanned comes back as it is, so that it can be shown beside what was expected.
    """
    text = said.strip(BLANKS)
    plain = AT_AN_END.sub("", SYMBOLOGY.sub("", text, count=1))
    if not (text[:3] in OF_GS1 or plain.startswith("(") or UNMARKED.fullmatch(plain)):
        return plain
    try:
        found = _elements(plain)
    except Fault:
        return plain
    if RECIPIENT in found and _checked(found[RECIPIENT].value):
        return found[RECIPIENT].value
    return found[OWN].value if OWN in found else plain


def _elements(text: str) -> dict[str, GS1ElementString]:
    """Every element of a text by its number; raises Fault."""
    found: dict[str, GS1ElementString] = {}
    for one in _bracketed(text) if text.startswith("(") else _parted(text):
        if found.setdefault(one.ai.ai, one).value != one.value:
            raise Fault(f"element {one.ai.ai} is in the code twice: {excerpt(text)}", AGAIN)
    return found


def _bracketed(text: str) -> Iterator[GS1ElementString]:
    """The elements of a text as it is printed under a code."""
    before, *parts = BRACKETED.split(text)
    if before:
        raise _no_gs1(text)
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        one = _first(name + value.strip(BLANKS))
        if one.ai.ai != name or len(one) != len(name + value.strip(BLANKS)):
            raise Fault(f"element {name} cannot be {excerpt(value)}", AGAIN)
        yield one


def _parted(text: str) -> Iterator[GS1ElementString]:
    """The elements of a text as it stands in a code, with a separator after those of many lengths."""
    found = [one for part in FNC1.split(text) for one in _run(part)]
    if found and not FNC1.search(text) and (tail := _swallowed(found)):
        raise Fault(f"{excerpt(found[-1].value)} may hold the next element: {excerpt(tail)}", SET_UP)
    yield from found


def _run(text: str) -> Iterator[GS1ElementString]:
    """The elements of a text without separators; only the last may be one of many lengths."""
    while text:
        one = _first(text)
        text = text[len(one) :]
        if text and one.ai.separator_required:
            raise Fault(f"element {one.ai.ai} is too long: {excerpt(one.value + text)}", SET_UP)
        yield one


def _swallowed(found: list[GS1ElementString]) -> str | None:
    """The end of the last value that reads like elements which the code lacks otherwise."""
    *_, last = found
    known = {one.ai.ai for one in found}
    tails = (last.value[start:] for start in range(1, len(last.value)) if last.ai.separator_required)
    return next((tail for tail in tails if tail[:2] not in known and _goes_on(tail)), None)


def _goes_on(tail: str) -> bool:
    if tail.startswith(SERIAL):
        return len(tail) >= len(SERIAL) + SHORTEST_SERIAL
    try:
        return tail[:2] in OF_ONE_LENGTH and bool(list(_run(tail)))
    except Fault:
        return False


def _first(text: str) -> GS1ElementString:
    """The element with which a text begins; raises Fault if there is none, or its digits cannot be."""
    if not SIGNS.fullmatch(text):
        raise _no_gs1(text)
    try:
        one = GS1ElementString.extract(text)
    except ParseError:
        if text.startswith(EXPIRY):
            raise Fault(f"the expiry is no date: {excerpt(text[2:8])}", AGAIN) from None
        raise _no_gs1(text) from None
    if one.ai.ai == PRODUCT and not _checked(one.value):
        raise Fault(f"the product's number has a wrong check digit: {one.value}", AGAIN)
    return one


def _no_gs1(text: str) -> Fault:
    return Fault(f"this is not the text of a GS1 code: {excerpt(text)}", AGAIN)


def _checked(digits: str) -> bool:
    return gs1_standard_check_digit(digits[:-1]) == int(digits[-1])
