"""A hospital in which a dose was ordered this morning, and how its people go on with it by plain forms."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.faces.api.hospital import Hospital
from tests.faces.web.reading import Page, Reader

P_9 = "/patients/P-9"
MG, ML, BAG = "1.42", "5.68", "50"
OURS, THEIRS = "09520123450014", "09520123450021"
PRODUCTS = f"[{{gtin: '{OURS}', name: inotuzumab ozogamicin}}, {{gtin: '{THEIRS}', name: gemtuzumab ozogamicin}}]"
SITE = f"pharmacy_phone: '5120', products: {PRODUCTS}"
READY = (
    "{at: 2026-11-24, response: {status: none}}",
    "{at: 2026-11-24, held: {reason: logistics}}",
    "{at: 2026-11-25, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}}",
)
WHO = "{name: 'TESTCASE, Ada', identifiers: [{system: MRN, value: '0004417'}]}"
RIGHT = {"clear": "yes", "colour": "yes", "particles": "yes"}


def made_ready(hospital: Hospital, zone: str = "Europe/Berlin") -> None:
    """P-9 may have the dose of cycle 2 day 1 today, at a site with a pharmacy."""
    course = f"{{site: {{timezone: {zone}, {SITE}}}}}"
    hospital.clinic.amend("P-9", hospital.version(), course, "adams", "where this course is treated")
    hospital.clinic.identify("P-9", hospital.version(), WHO, "adams")
    for said in READY:
        hospital.told("adams", said)


def ordered(hospital: Hospital, zone: str = "Europe/Berlin") -> str:
    """The same, and the dose is ordered; the id of the order."""
    made_ready(hospital, zone)
    return hospital.told("adams", f"{{at: 2026-11-25, ordered: {{dose: {MG} mg, cycle: 2, day: 1}}}}")


def wall(hospital: Hospital, ago: int = 0) -> str:
    """The time on the site's wall, so many minutes ago."""
    hospital.clock.on(minutes=-ago)
    said = hospital.clinic.here(hospital.clinic.course("P-9").course).strftime("%H:%M")
    hospital.clock.on(minutes=ago)
    return said


def code(gtin: str = OURS, expiry: str = "271130", lot: str = "AB1") -> str:
    """What a scanner types for a vial."""
    return f"]d201{gtin}17{expiry}10{lot}"


def verified(hospital: Hospital, who: str = "price", mg: str = MG) -> Page:
    """The order is verified by somebody who works the dose out."""
    reader = Reader(hospital, who)
    return reader.sends(reader.goes(f"{P_9}/prepare").form("/prepare/verify"), {"checked.dose": mg})


def scans(reader: Reader, page: Page, said: str) -> Page:
    """A code into the scan box of a page."""
    form = next(one for one in page.forms if "scan" in one.names)
    pairs = [*(("vial", one) for one in form.fields.get("vial", [])), ("scan", said)]
    return reader.goes(f"{form.action}?{urlencode(pairs)}")


def taken(hospital: Hospital) -> Page:
    """The page for the first vial's time, with two vials scanned."""
    reader = Reader(hospital, "price")
    page = reader.goes(f"{P_9}/prepare/vials")
    for lot in ("AB1", "AB2"):
        page = scans(reader, page, code(lot=lot))
    return reader.goes(page.links["Go on to reconstitution"])


def reconstituted(hospital: Hospital, ago: int = 0, **looks: str) -> Page:
    """The page that follows the first vial."""
    form = taken(hospital).form("/reconstitute")
    return Reader(hospital, "price").sends(form, {**RIGHT, "time": wall(hospital, ago), **looks})


def diluted(hospital: Hospital, drawn: str = ML, volume: str = BAG, time: str = "") -> Page:
    """The page that follows the dilution."""
    reader = Reader(hospital, "price")
    form = reader.goes(f"{P_9}/prepare/dilute").form("/prepare/dilute")
    said = {"diluted.drawn": drawn, "diluted.volume": volume, "time": time or wall(hospital)}
    return reader.sends(form, said)


def own(hospital: Hospital, **other: str) -> dict[str, str]:
    """What a second person reads from syringe, bag and label."""
    sheet = hospital.clinic.course("P-9").course
    begun = next(event for event in reversed(sheet.events) if event.kind == "reconstituted")
    assert begun.instant is not None
    at = begun.instant.strftime("%H:%M")
    drug = "inotuzumab ozogamicin"
    return {"drug": drug, "dose": MG, "drawn": ML, "volume": BAG, "reconstituted": at, **other}


def checked(hospital: Hospital, who: str = "quinn", **other: str) -> Page:
    """The page that follows the second check."""
    reader = Reader(hospital, who)
    return reader.sends(reader.goes(f"{P_9}/prepare/check").form("/prepare/check"), own(hospital, **other))


def released(hospital: Hospital) -> Page:
    """The page that follows the release of the bag, with all that comes before."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    hospital.clock.on(minutes=10)
    diluted(hospital)
    checked(hospital)
    reader = Reader(hospital, "price")
    return reader.sends(reader.goes(f"{P_9}/prepare/release").form("/prepare/release"))
