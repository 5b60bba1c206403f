"""Vials and lots: each vial of a dose is scanned, or typed from its box; nothing is kept before it is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, sentence
from oncourse.faces.web.hand import PAGES, Hand, at_step, bar, halt, show
from oncourse.faces.web.page import Visit, day, text
from oncourse.faces.web.patient import page_path
from oncourse.faces.web.scanned import vial as scanned
from oncourse.faces.web.typed import dated
from oncourse.problem import Fault
from oncourse.quantity import show as written
from oncourse.stage import VIALS

router = APIRouter(prefix="/patients/{name}/prepare/vials")
PARTS = ("name", "gtin", "lot", "expiry")
BETWEEN = "\t"


@dataclass(frozen=True, slots=True)
class Vial:
    """One vial as it was scanned or typed: the drug as it stands on the box, its number, lot and expiry."""

    name: str
    gtin: str
    lot: str
    expiry: date

    def plain(self) -> dict[str, str]:
        """The vial as an event says it."""
        told = {"name": self.name, "gtin": self.gtin, "lot": self.lot, "expiry": self.expiry.isoformat()}
        return {part: said for part, said in told.items() if said}

    def sent(self) -> str:
        """The vial as a form sends it back."""
        return BETWEEN.join((self.name, self.gtin, self.lot, self.expiry.isoformat()))


@router.get("")
def vials(visit: Visitor, name: str) -> Response:
    """How many vials to open; each is scanned, or typed from its box."""
    visit.require("reconstituted")
    of = at_step(visit, name, VIALS)
    if isinstance(of, Response):
        return of
    asked, faults = visit.request.query_params, Faults()
    taken = list(taken_so_far(of, asked.getlist("vial"), faults))
    typed = {part: asked.get(part, "").strip() for part in ("scan", *PARTS)}
    try:
        new = _new(of, typed, faults)
    except WrongDrug as wrong:
        drug = of.sheet.decision.protocol.drug
        right = f"{drug['name']} ({drug['brand']}, {drug['target']})"
        back = f"{page_path(name, PAGES[VIALS])}?{query(taken)}"
        says = text("vials.wrong", said=wrong.said), text("vials.ordered", drug=right)
        return halt(visit, of, text("halt.product"), *says, back=back)
    if new is not None and not faults:
        return visit.go(f"{page_path(name, PAGES[VIALS])}?{query([*taken, new])}")
    return _vials(visit, of, taken, typed, faults)


class WrongDrug(Exception):
    """Another drug than the ordered one was scanned or typed; `said` is what it is."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def query(taken: Sequence[Vial]) -> str:
    """Those vials as an address carries them."""
    return urlencode([("vial", one.sent()) for one in taken])


def taken_so_far(of: Hand, sent: Sequence[str], faults: Faults) -> Iterator[Vial]:
    """The vials that were taken before, each looked at again: an address can be changed."""
    for one in sent:
        parts = dict(zip(PARTS, one.split(BETWEEN), strict=False))
        try:
            if len(parts) == len(PARTS) and (made := _vial(of, parts, faults)) is not None:
                yield made
        except WrongDrug:
            faults.add("scan", text("vials.again"))


def _new(of: Hand, typed: Mapping[str, str], faults: Faults) -> Vial | None:
    """The vial that was scanned now, or typed; None if neither was, or if it is at fault."""
    if not typed["scan"]:
        return _vial(of, typed, faults) if any(typed[part] for part in PARTS) else None
    try:
        code = scanned(typed["scan"])
    except Fault as fault:
        faults.add("scan", sentence(fault))
        return None
    assert code is not None
    name = _product(of, code.gtin)
    if name is None:
        faults.add("scan", text("vials.unknown", gtin=code.gtin))
        return None
    expiry = "" if code.expiry is None else code.expiry.isoformat()
    return _vial(of, {"name": name, "gtin": code.gtin, "lot": code.lot or "", "expiry": expiry}, faults)


def _product(of: Hand, gtin: str) -> str | None:
    """What the site has under that number; None if it has not."""
    listed = of.sheet.decision.course.site.get("products", ())
    return next((str(one.get("name", "")) for one in listed if one.get("gtin", "").zfill(14) == gtin), None)


def _vial(of: Hand, parts: Mapping[str, str], faults: Faults) -> Vial | None:
    """A vial of the ordered drug that has not expired; raises WrongDrug."""
    drug, expiry = of.sheet.decision.protocol.drug, dated(parts["expiry"])
    if not parts["name"]:
        faults.add("name", text("vials.no_name"))
    elif parts["name"].casefold() not in (drug["name"].casefold(), drug["brand"].casefold()):
        raise WrongDrug(parts["name"])
    if not parts["lot"]:
        faults.add("lot", text("vials.no_lot"))
    if expiry is None:
        faults.add("expiry", text("vials.no_expiry"))
    elif expiry < of.now.date():
        faults.add("scan" if parts["gtin"] else "expiry", text("vials.expired", on=day(expiry)))
    elif parts["name"] and parts["lot"]:
        return Vial(drug["name"], parts["gtin"], parts["lot"], expiry)
    return None


def _vials(visit: Visit, of: Hand, taken: Sequence[Vial], typed: Mapping[str, str], faults: Faults) -> Response:
    amounts, portion = of.sheet.decision.protocol.amounts, of.sheet.portion
    assert portion is not None
    return show(
        visit,
        of,
        "vials.html",
        title=text("vials.title"),
        steps=bar(VIALS, VIALS),
        taken=taken,
        query=query(taken),
        needed=portion.vials,
        left=written(amounts.vial_mg * portion.vials - portion.mg),
        scan=typed,
        listed=bool(of.sheet.decision.course.site.get("products")),
        faults=faults,
    )
