"""Labels: of the bag, and of a vial that stands until it is drawn up; none without the times that bind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

from oncourse.explain import Words
from oncourse.prepare import Sheet, said
from oncourse.problem import Refused
from oncourse.quantity import show
from oncourse.sheets.paper import Part, pdf
from oncourse.sheets.preparation import at_site, code, drug, filled, headed, lots, slot, volume
from oncourse.sheets.said import caption, captions, clinical
from oncourse.sheets.who import Printed, Who
from oncourse.sheets.worksheet import part, to_prepare

BAG, VIAL = (100, 70, 3), (50, 25, 1)  # mm: width, height, and what is left free at the edge
LATE = "stop"  # what a refusal asks that ends a preparation


def bag_label(sheet: Sheet, who: Who, printed: Printed, copy: int = 1, paper: str | None = None) -> bytes:
    """The label of the bag, 100 x 70 mm, or at the top left of a sheet of `a4` or `letter`.

    Raises Refused while the first vial or the dilution has no time, and once the preparation must not be used.
    """
    return pdf([bag_part(sheet, who, copy, paper)], printed)


def vial_label(sheet: Sheet, who: Who, printed: Printed, copy: int = 1, paper: str | None = None) -> bytes:
    """A label for each vial, 50 x 25 mm, or at the top left of a sheet of `a4` or `letter`.

    Raises Refused while the first vial has no time, and once the preparation must not be used.
    """
    return pdf([vial_part(sheet, who, copy, paper)], printed)


def worksheet_and_labels(sheet: Sheet, who: Who, printed: Printed, paper: str) -> bytes:
    """The worksheet, and after it the labels as far as they may be printed yet, on pages of their own size."""
    parts = [part(sheet, who, paper)]
    for label in (vial_part, bag_part):
        with suppress(Refused):
            parts.append(label(sheet, who))
    return pdf(parts, printed)


def bag_part(sheet: Sheet, who: Who, copy: int = 1, paper: str | None = None) -> Part:
    """The bag's label as a part of a print; raises Refused as `bag_label` does."""
    drawn, state = to_prepare(sheet), sheet.bedside
    if state.t0 is None or sheet.mixed is None or sheet.mixed.instant is None:
        raise Refused(caption("refused.no-times"), caption("refused.record-times"))
    whole = volume(sheet)
    if whole is None:
        raise Refused(caption("refused.no-volume"), caption("refused.record-volume"))
    _in_time(sheet)
    spoken, words = clinical(sheet.decision.protocol), captions()["bag"]
    ends = next(clock.at for clock in sheet.clocks if clock.id == "end-by")
    told = {
        **_label(sheet, who, "bag.title", BAG, copy),
        "place": " · ".join([slot(sheet), *([caption("ward", ward=who.ward)] if who.ward else [])]),
        "cytotoxic": spoken["cytotoxic"],
        "against": caption("against") if sheet.against else None,
        "dose": caption("worksheet.in", mg=show(drawn.mg), mL=show(whole)),
        "diluent": spoken["diluent"],
        "contains": filled(sheet, spoken["contains"], volume_mL=show(drawn.volume_ml)),
        "infuse": filled(sheet, spoken["infuse"], rate=show(_rate(sheet, whole))),
        "light": spoken["light"],
        "handle": spoken["handle"],
        "reconstituted": words["reconstituted"].format(at=at_site(sheet, state.t0)),
        "diluted": words["diluted"].format(at=at_site(sheet, sheet.mixed.instant)),
        "ends": words["ends"].format(at=at_site(sheet, ends)),
        "lots": words["lots"].format(lots=", ".join(lots(sheet)) or caption("not-recorded")),
        "phone": words["phone"].format(phone=sheet.decision.course.site.get("pharmacy_phone", caption("not-recorded"))),
        "storage": sheet.decision.course.site.get("bag_storage"),
        "captions": words,
    }
    return Part("bag", told, paper)


def vial_part(sheet: Sheet, who: Who, copy: int = 1, paper: str | None = None) -> Part:
    """The vials' labels as a part of a print; raises Refused as `vial_label` does."""
    drawn, t0 = to_prepare(sheet), sheet.bedside.t0
    if t0 is None:
        raise Refused(caption("refused.no-vial-time"), caption("refused.record-vial-time"))
    _in_time(sheet)
    words, clocks = captions()["vial"], Words(sheet.decision).words["clocks"]
    many = max(drawn.vials, len(sheet.vials))
    dilute = next(clock for clock in sheet.clocks if clock.id == "dilute-by")
    told = {
        **(label := _label(sheet, who, "vial.title", VIAL, copy)),
        "short": who.short,
        "tags": [*([caption("against")] if sheet.against else []), *label["tags"]],
        "strength": filled(sheet, clinical(sheet.decision.protocol)["strength"]),
        "reconstituted": words["reconstituted"].format(at=at_site(sheet, t0)),
        "dilute": f"{clocks[dilute.id]} {at_site(sheet, dilute.at)}",
        "labels": [words["one"].format(n=number + 1, m=many) for number in range(many)],
        "captions": words,
    }
    return Part("vial", told, paper, pages=many)


def _in_time(sheet: Sheet) -> None:
    """Nothing is labelled that has to be discarded."""
    for refusal in sheet.refusals:
        if refusal.act == LATE:
            raise Refused(caption("refused.late"), said(sheet, refusal))


def _label(sheet: Sheet, who: Who, title: str, size: tuple[int, int, int], copy: int) -> dict[str, Any]:
    """What both labels say: who, which drug, which worksheet, and the how manieth copy it is."""
    tags = [caption("synthetic")] if who.synthetic else []
    return {
        **headed(sheet.decision, who, title),
        **drug(sheet.decision.protocol),
        **code(sheet),
        "numbers": " · ".join(_numbers(who)),
        "tags": [*tags, *([caption("reprint", copy=str(copy))] if copy > 1 else [])],
        "size": size[:2],
        "inset": size[2],
    }


def _numbers(who: Who) -> Iterator[str]:
    yield from who.numbers
    if who.name is not None and not who.numbers:
        yield caption("course", id=who.course)


def _rate(sheet: Sheet, whole: Fraction) -> Fraction:
    """The rate in mL per hour at which the whole volume runs in its time."""
    return whole / sheet.decision.protocol.amounts.hours
