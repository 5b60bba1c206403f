"""The preparation worksheet: one page on which two people write what they did beside what was worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from oncourse.clocks import span
from oncourse.dose import Portion
from oncourse.explain import Words, calendar_date
from oncourse.prepare import Sheet, deviation, headline
from oncourse.problem import Refused
from oncourse.quantity import show
from oncourse.sheets.paper import Part, pdf
from oncourse.sheets.preparation import at_site, code, drug, filled, given, headed, slot, volume
from oncourse.sheets.said import caption, captions, clinical, plain
from oncourse.sheets.who import Printed, Who

Row = tuple[str, str, str | None]
LIMITS = ("dilute-by", "start-by", "end-by")


def worksheet(sheet: Sheet, who: Who, printed: Printed, paper: str) -> bytes:
    """The worksheet on `a4` or `letter`, one page; raises Refused when nothing is to be prepared."""
    return pdf([part(sheet, who, paper)], printed)


def part(sheet: Sheet, who: Who, paper: str) -> Part:
    """The worksheet as a part of a print; raises Refused when nothing is to be prepared."""
    drawn = to_prepare(sheet)
    protocol = sheet.decision.protocol
    went = given(sheet)
    told = {
        **headed(sheet.decision, who, "worksheet.title"),
        **drug(protocol),
        **code(sheet),
        "captions": captions()["worksheet"],
        "slot": slot(sheet),
        "dose": _dose(sheet, drawn),
        "deviation": deviation(sheet),
        "given": None if went is None else caption("worksheet.given", mg=show(went.fields["dose"])),
        "rows": list(_rows(sheet, drawn)),
        "premedication": [list(_premedication(drug, done)) for drug, done in sheet.premedication.items()],
        "vials": list(_vials(sheet, drawn)),
        "instructions": [f"{step.says} [{', '.join(step.cites)}]" for step in sheet.steps],
        "reasons": list(_why(sheet, drawn)),
    }
    told["facts"] = [*told["facts"], *_facts(sheet, who)]
    return Part("worksheet", told, paper)


def to_prepare(sheet: Sheet) -> Portion:
    """What is prepared; raises Refused, with the verdict, when the dose may not be given and was not ordered."""
    done = sheet.order is not None and given(sheet) is not None
    if sheet.portion is None or not (sheet.due or done):
        raise Refused(caption("refused.not-due"), headline(sheet))
    return sheet.portion


def _dose(sheet: Sheet, drawn: Portion) -> str:
    whole = volume(sheet)
    if whole is None:
        return caption("worksheet.site-table", mg=show(drawn.mg))
    return caption("worksheet.in", mg=show(drawn.mg), mL=show(whole))


def _facts(sheet: Sheet, who: Who) -> Iterator[str]:
    dose = sheet.decision.dose
    if dose is not None:
        yield caption("surface", bsa=show(dose.bsa))
    if who.ward:
        yield caption("ward", ward=who.ward)
    yield caption("allergies", said=who.allergies or caption("not-recorded"))


def _rows(sheet: Sheet, drawn: Portion) -> Iterator[Row]:
    """Each step: what it is, its value, and what is on record of it."""
    words, amounts = captions()["worksheet"], sheet.decision.protocol.amounts
    own = {"volume_mL": show(drawn.volume_ml)}
    if drawn.bag_ml is not None:
        own["bag_mL"] = show(drawn.bag_ml)
    rows = {name: tuple(filled(sheet, text, **own) for text in said) for name, said in _spoken(sheet, drawn).items()}
    yield _reckoned(sheet, drawn), words["mg"].format(mg=show(drawn.mg)), None
    yield words["vials"], str(drawn.vials), None
    for name in ("reconstitute", "inspect", "draw", "dilute"):
        step, value = rows[name]
        yield step, value, None
    if drawn.bag_ml is not None:
        amount = show(drawn.mg / drawn.bag_ml)
        yield words["concentration"], words["mg-per-mL"].format(amount=amount), None
    yield from _times(sheet)
    left = amounts.vial_mg * drawn.vials - drawn.mg
    yield words["left"], words["mg"].format(mg=show(left)), None


def _spoken(sheet: Sheet, drawn: Portion) -> Mapping[str, Any]:
    """The protocol's rows; where the bag would be too dilute, those that say otherwise."""
    rows = clinical(sheet.decision.protocol)["rows"]
    if drawn.bag_ml is not None:
        return {name: said for name, said in rows.items() if not name.endswith("-otherwise")}
    return {name: rows.get(f"{name}-otherwise", said) for name, said in rows.items() if not name.endswith("-otherwise")}


def _reckoned(sheet: Sheet, drawn: Portion) -> str:
    """How the dose was worked out, where it is the one that is prepared."""
    dose = sheet.decision.dose
    if dose is None or dose.mg != drawn.mg or not sheet.due:
        return caption("worksheet.dose")
    said = caption("worksheet.reckoned", per_m2=show(dose.mg_per_m2), bsa=show(dose.bsa))
    return said if dose.percent == 100 else caption("worksheet.percent", reckoned=said, percent=str(dose.percent))


def _times(sheet: Sheet) -> Iterator[Row]:
    """When it was done, and by when the next must be: filled in once the first vial has its time."""
    state, rules, clocks = sheet.bedside, sheet.decision.protocol.preparation, Words(sheet.decision).words["clocks"]
    known = {clock.id: clock.at for clock in sheet.clocks}
    yield caption("worksheet.first-vial"), "", _at(sheet, state.t0)
    yield caption("worksheet.diluted"), "", _at(sheet, state.diluted)
    for name in LIMITS:
        hours = str(int(span(rules, name).total_seconds()) // 3600)
        yield caption("worksheet.limit", clock=clocks[name], hours=hours), _at(sheet, known.get(name)) or "", None


def _at(sheet: Sheet, instant: datetime | None) -> str | None:
    return None if instant is None else at_site(sheet, instant)


def _premedication(drug: str, done: bool) -> tuple[str, bool]:
    return caption("worksheet.recorded" if done else "worksheet.to-record", drug=drug), done


def _vials(sheet: Sheet, drawn: Portion) -> Iterator[tuple[str, str, str]]:
    """A row for each vial, with what is on record of it."""
    known = sheet.vials
    for number in range(max(drawn.vials, len(known))):
        vial = known[number] if number < len(known) else {}
        expiry = vial.get("expiry")
        product = " ".join(str(vial[key]) for key in ("name", "gtin") if vial.get(key))
        yield product, str(vial.get("lot") or ""), calendar_date(expiry) if isinstance(expiry, date) else ""


def _why(sheet: Sheet, drawn: Portion) -> Iterator[str]:
    """The rule behind the amount with its statements, and all that the verdict adds."""
    decision, words = sheet.decision, Words(sheet.decision)
    dose = decision.dose
    if sheet.order is not None and not sheet.due:
        return
    if dose is not None and dose.mg == drawn.mg:
        row = next(row for row in decision.protocol.amounts.rows if row.id == dose.row)
        yield f"{words.words['amounts'][row.id]} [{row.id}, {', '.join(row.cites)}]"
    if sheet.against:
        yield words.fill(words.words["preparation"]["advised"], verdict=plain(words.headline()))
    for found in decision.findings:
        if said := words.says(found):
            yield f"{plain(said)} [{', '.join((found.clause, *found.cites))}]"
