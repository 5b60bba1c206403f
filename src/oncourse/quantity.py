"""Values with units, exact: a closed table of UCUM units, and decimal text to fractions and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from oncourse.problem import Fault, Place, Problem, either, excerpt

LONGEST = 40
DECIMAL = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,15}))?")
AMOUNT = re.compile(rf"{DECIMAL.pattern} +(\S.*)")
ULN = "ULN"

# Each kind of quantity with its units; a factor turns a unit into the first one.
UNITS: Mapping[str, Mapping[str, Fraction]] = {
    "count": {
        "10*9/L": Fraction(1),
        "10*3/uL": Fraction(1),
        "/uL": Fraction(1, 1000),
        "/mm3": Fraction(1, 1000),
    },
    "catalytic activity": {"U/L": Fraction(1), "ukat/L": Fraction(60)},
    "concentration": {"mmol/L": Fraction(1), "umol/L": Fraction(1, 1000)},
    "length": {"cm": Fraction(1), "m": Fraction(100)},
    "mass": {"kg": Fraction(1), "g": Fraction(1, 1000)},
    "drug amount": {"mg": Fraction(1)},
    "drug concentration": {"mg/mL": Fraction(1)},
    "volume": {"mL": Fraction(1)},
    "rate": {"mL/h": Fraction(1)},
    "time": {
        "d": Fraction(1),
        "h": Fraction(1, 24),
        "min": Fraction(1, 1440),
        "s": Fraction(1, 86_400),
        "ms": Fraction(1, 86_400_000),
    },
    "area": {"m2": Fraction(1)},
}

MISREAD: Mapping[str, str] = {
    "K/uL": "K/uL is kelvin per microlitre in UCUM",
    "k/uL": "k/uL is no unit, k is only a prefix",
    "G/L": "G/L is gauss per litre in UCUM",
    "M/uL": "M/uL is no unit, M is only a prefix",
    "mcg": "mcg is misread as mg and is no UCUM unit",
    "ug": "micrograms are a thousand times smaller than mg",
    "µg": "micrograms are a thousand times smaller than mg",
    "μg": "micrograms are a thousand times smaller than mg",
    "lb": "pounds are not kilograms",
    "lbs": "pounds are not kilograms",
    "[lb_av]": "pounds are not kilograms",
    "in": "inches are not centimetres",
    "[in_i]": "inches are not centimetres",
    "ft": "feet are not centimetres",
    "[ft_i]": "feet are not centimetres",
    "mm": "millimetres are ten times smaller than cm",
    "g/dL": "g/dL is a thousand times mg/dL",
    "mg/L": "mg/L is ten times smaller than mg/dL",
    "cc": "cc is misread as 00 and is no UCUM unit",
    "IU/L": "IU/L is written U/L",
    "u/L": "u is the atomic mass unit in UCUM",
    "µmol/L": "the micro sign is written u in UCUM",
    "μmol/L": "the micro sign is written u in UCUM",
    "/µL": "the micro sign is written u in UCUM",
    "/μL": "the micro sign is written u in UCUM",
    "10^9/L": "a power of ten is written with an asterisk in UCUM",
    "x10*9/L": "a count takes no x before the power of ten",
    "x10^9/L": "a power of ten is written with an asterisk and no x in UCUM",
    "10e9/L": "10e9 is ten times 10*9",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the first unit of its measure, or in ULN, and the text it was read from."""

    value: Fraction
    unit: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """The units that fit one kind of quantity, the canonical one first, each with its factor to that one."""

    units: Mapping[str, Fraction]

    @property
    def unit(self) -> str:
        """The canonical unit."""
        return next(iter(self.units))


def measure(
    kind: str,
    units: Iterable[str] = (),
    molar_mass: Fraction | None = None,
    valence: Fraction | None = None,
    multiples: bool = False,
) -> Measure:
    """The measure of a kind, kept to `units` (the first is canonical) and opened by what more is known.

    A molar mass in g/mol lets a concentration be mg/dL, a valence meq/L; `multiples` admits ULN.
    Raises Fault for an unknown kind, or a unit that the kind does not have.
    """
    if kind not in UNITS:
        raise Fault(f"{kind} is no kind of quantity", f"use {either(UNITS)}")
    known = dict(UNITS[kind])
    if molar_mass is not None:
        known["mg/dL"] = 10 / molar_mass
    if valence is not None:
        known["meq/L"] = 1 / valence
    chosen = tuple(units) or tuple(known)
    if unknown := [unit for unit in chosen if unit not in known]:
        raise Fault(f"{either(unknown)} is no unit of {kind}", f"use {either(known)}")
    table = {unit: known[unit] / known[chosen[0]] for unit in chosen}
    return Measure({**table, ULN: Fraction(1)} if multiples else table)


def parse(text: str, fits: Measure, name: str, place: Place) -> Quantity | Problem:
    """The quantity that `text` says, or the problem with it; `name` is what the message calls it."""
    try:
        return take(text, fits, name)
    except Fault as fault:
        return fault.at(place)


@lru_cache(maxsize=8192)
def take(text: str, fits: Measure, name: str) -> Quantity:
    """The quantity that `text` says; raises Fault with the units that fit."""
    match = AMOUNT.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise _not_a_quantity(text, fits, name)
    unit = match[4]
    if unit not in fits.units:
        raise _wrong_unit(unit, fits, name)
    if match[1]:
        raise Fault(f"{name} is negative: {text}", "give the value as it was measured")
    value = _fraction(match) * fits.units[unit]
    return Quantity(value, ULN if unit == ULN else fits.unit, text)


def decimal(text: str, name: str) -> Fraction:
    """A plain decimal number without a unit; raises Fault."""
    match = DECIMAL.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        what = f"{name} is not a plain decimal number: {excerpt(text)}"
        raise Fault(what, _spelling(text) or "write digits, such as 1.42")
    return _fraction(match)


def show(value: Fraction) -> str:
    """Decimal text without trailing zeros: exact where it ends, else rounded half-up to 4 places."""
    places = _places(value.denominator)
    places = 4 if places is None else places
    doubled = abs(value.numerator) * 10**places * 2 + value.denominator
    digits = str(doubled // (value.denominator * 2)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
    return f"-{text}" if value < 0 and text != "0" else text


def _places(denominator: int) -> int | None:
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _fraction(match: re.Match[str]) -> Fraction:
    part = match[3] or ""
    return Fraction(int(match[1] + match[2] + part), 10 ** len(part))


def _fitting(fits: Measure) -> str:
    return f"use {either(fits.units)}"


def _wrong_unit(unit: str, fits: Measure, name: str) -> Fault:
    why = MISREAD.get(unit, f"{excerpt(unit)} is no unit of {name}")
    return Fault(why if name in why else f"{name} is in {excerpt(unit)}: {why}", _fitting(fits))


def _not_a_quantity(text: str, fits: Measure, name: str) -> Fault:
    short = excerpt(text)
    if DECIMAL.fullmatch(text):
        return Fault(f"{name} has no unit: {short}", f"write {short} with its unit, {either(fits.units)}")
    if re.fullmatch(rf"{DECIMAL.pattern}\S+", text) and not re.match(r"[0-9.]+[,eE]", text):
        what = f"{name} has no space before its unit: {short}"
        return Fault(what, f"write number, space and unit; {_fitting(fits)}")
    remedy = _spelling(text) or f"write a decimal number, a space and a unit; {_fitting(fits)}"
    return Fault(f"{name} is not a quantity: {short}", remedy)


def _spelling(text: str) -> str:
    if len(text) > LONGEST:
        return f"give at most {LONGEST} characters"
    if re.search(r"[0-9],[0-9]", text):
        return "write a decimal point, and no separator between thousands"
    if re.match(r"-?[0-9.]+[eE]", text):
        return "write the number out, without an exponent"
    if text[:1] in "<>≤≥":
        return "give the number alone"
    if re.match(r"-?\.[0-9]", text) or re.match(r"-?[0-9]+\.(?![0-9])", text):
        return "write digits on both sides of the decimal point"
    return ""
