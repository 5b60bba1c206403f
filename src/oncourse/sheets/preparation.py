"""One preparation as paper shows it: whose it is, which slot, the vials of it, and what every sheet of it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from oncourse.course import day_of, history
from oncourse.decide import Decision
from oncourse.engine import MEMORY, Memory
from oncourse.event import Event
from oncourse.explain import calendar_date
from oncourse.prepare import Sheet, on_site
from oncourse.protocol import Protocol
from oncourse.sheets.barcode import datamatrix
from oncourse.sheets.said import amounts, caption, clinical
from oncourse.sheets.who import Who, moment

GIVEN = "given"


def foot(protocol: Protocol) -> dict[str, str]:
    """What stands at the end of every page: the version of the protocol, and that Oncourse advises."""
    version = caption("version", id=protocol.id, version=protocol.version, sha=protocol.sha256[:12])
    return {"version": version, "notice": str(protocol.words["notice"])}


def headed(decision: Decision, who: Who, title: str) -> dict[str, Any]:
    """What every sheet of a patient says: its title, the two identifiers, the person, and the foot."""
    return {"title": caption(title), **person(who), "ids": who.two, **foot(decision.protocol)}


def person(who: Who) -> dict[str, Any]:
    """The person as sheets name them; what is not known is said to be so."""
    none = caption("not-recorded")
    born = caption("born", on=none if who.born is None else calendar_date(who.born))
    facts = [born, *who.numbers, caption("course", id=who.course), caption(f"sex.{who.sex or 'unknown'}")]
    if who.name is None:
        facts.remove(caption("course", id=who.course))
    if who.sex in (None, "unknown"):
        facts.pop()
    return {
        "names": who.name or caption("course", id=who.course),
        "born": born,
        "facts": facts,
        "tag": caption("synthetic") if who.synthetic else None,
    }


def slot(sheet: Sheet) -> str:
    """The cycle and day that this preparation is for: those of the dose that went in, else as ordered, else as due."""
    if given(sheet) is not None:
        memory: Memory = sheet.decision.moment.env[MEMORY]
        last = memory.last_given()
        assert last is not None
        return caption("slot", cycle=str(last.cycle), day=str(last.day))
    said = {} if sheet.order is None else sheet.order.fields
    own = {name: str(said.get(name, sheet.decision.slot[name])) for name in ("cycle", "day")}
    return caption("slot", **own)


def lots(sheet: Sheet) -> Iterator[str]:
    """The lots of the vials, each once, in their order."""
    yield from dict.fromkeys(str(vial["lot"]) for vial in sheet.vials if vial.get("lot"))


def volume(sheet: Sheet) -> Fraction | None:
    """The whole volume in mL, as recorded at the dilution, else the bag's; nothing where a table of the site says."""
    recorded: Fraction | None = None if sheet.mixed is None else sheet.mixed.fields.get("volume")
    planned = None if sheet.portion is None else sheet.portion.bag_ml
    return planned if recorded is None else recorded


def given(sheet: Sheet) -> Event | None:
    """The dose that went in since the order of the sheet, or on its day."""
    decision = sheet.decision
    day = day_of(decision.course, decision.at) if sheet.order is None else sheet.order.day
    events = history(decision.course, decision.at)
    return next((event for event in events if event.kind == GIVEN and event.day >= day), None)


def drug(protocol: Protocol) -> dict[str, str]:
    """The drug in full, and what it is and is not."""
    return {"drug": protocol.drug["name"], "brand": clinical(protocol)["brand"].format_map(protocol.drug)}


def code(sheet: Sheet) -> dict[str, str]:
    """The worksheet's number, for people and for scanners."""
    number = sheet.number
    return {"number": number, "code": datamatrix(number), "code_says": caption("code", number=number)}


def filled(sheet: Sheet, text: str, **own: str) -> str:
    """A text of the protocol's for paper, with its amounts."""
    return text.format_map(amounts(sheet.decision.protocol) | own)


def at_site(sheet: Sheet, instant: datetime) -> str:
    """An instant with its date, as the site's clock shows it; with its zone where that is another than at the print."""
    here, now = on_site(sheet, instant), on_site(sheet, sheet.now or instant)
    return moment(here) if here.utcoffset() == now.utcoffset() else f"{moment(here)} {here:%Z}"
