"""Reading the parts of a protocol file that say how much, how prepared, by when, and what a plan supposes."""

from __future__ import annotations

from collections.abc import Mapping

from oncourse.expression import BOOL, PLAIN, Const, Type
from oncourse.problem import Place
from oncourse.protocol import AmountRow, Amounts, Cited, Preparation, Supposition
from oncourse.section import Section

Types = Mapping[str, Type]
MISSING = Const(BOOL, Place("", 0, 0), False)  # stands in where a fault was noted


def all_texts(part: Section) -> Mapping[str, str]:
    """Every key of a section with its text."""
    return {name: part.text(name) for name in part.keys()}


def amounts(part: Section, types: Types) -> Amounts:
    """What turns a slot into mg, mL and vials."""
    rows = tuple(_row(row, types) for _, row in part.parts("rows"))
    bsa, dose, bag = part.section("bsa"), part.section("dose"), part.section("bag")
    read = Amounts(
        rows=rows,
        percent=part.expression("percent", types, PLAIN, needed=True) or MISSING,
        levels=part.texts("levels"),
        size=part.text("size"),
        formula=bsa.text("default"),
        bsa_step=bsa.number("round"),
        mg_step=dose.number("round"),
        ceiling=dose.number("ceiling"),
        mg_per_ml=part.number("solution"),
        vial_mg=part.number("vial"),
        bag_ml=bag.number("volume"),
        least_mg_per_ml=bag.number("least"),
        hours=bag.number("hours"),
        as_ordered=part.number("as_ordered"),
    )
    greatest = max((row.mg_per_m2 for row in rows), default=read.ceiling)
    if greatest != read.ceiling:
        part.fault(part.place, "the ceiling is not the greatest amount of any row", "let the two agree")
    for section in (bsa, dose, bag, part):
        section.finish()
    return read


def _row(part: Section, types: Types) -> AmountRow:
    when = part.expression("when", types, BOOL, needed=True)
    row = AmountRow(part.text("id"), when or MISSING, part.number("mg_per_m2"), part.texts("cites"))
    part.finish()
    return row


def cited(part: Section, types: Types, amount: str = "") -> Cited:
    """A named thing with the statements it carries out, and its amount if it has one."""
    when = part.expression("when", types, BOOL)
    number = part.number(amount) if amount else None
    result = Cited(part.text("id", part.what.split()[-1]), part.texts("cites"), number, when)
    part.finish()
    return result


def supposition(part: Section, types: Types) -> Supposition:
    """What a plan supposes, and the other way it may go."""
    when = part.expression("when", types, BOOL, needed=True) or MISSING
    event = part.text("event")
    fields, otherwise = part.section("fields"), part.section("otherwise")
    part.finish()
    return Supposition(when, event, all_texts(fields), all_texts(otherwise))


def preparation(part: Section, types: Types) -> Preparation:
    """Premedication, steps, symptoms and clocks."""
    drugs = part.section("premedication")
    read = Preparation(
        premedication=drugs.texts("drugs"),
        premedication_cites=drugs.texts("cites"),
        steps=tuple(cited(step, types) for _, step in part.parts("steps")),
        symptoms=part.texts("symptoms"),
        clocks={name: cited(clock, types, "hours") for name, clock in part.parts("clocks")},
    )
    drugs.finish()
    part.finish()
    return read
