"""A dose at the bedside: released by the pharmacy, ready to start, running; and what nurses send from their pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.faces.api.hospital import Hospital
from tests.faces.web.reading import Page, Reader

from oncourse.prepare import prepare

P_9 = "/patients/P-9"
NUMBER = "000 4417"
RATE = "50"
VITALS = {
    "vitals.temperature": "37.1",
    "vitals.pulse": "72",
    "vitals.pressure": "118/74",
    "vitals.saturation": "96",
}
DRUGS = {f"premedicated.{drug}": "09:05" for drug in ("corticosteroid", "antipyretic", "antihistamine")}
RESULTS = "{anc: 1.8 10*9/L, platelets: 85 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}"


def at(moment: datetime) -> str:
    """An instant as it is told."""
    return moment.isoformat()


def released(hospital: Hospital, t0: timedelta = timedelta(minutes=30), dose: str = "1.42 mg") -> None:
    """P-9 has a bag that has just left the pharmacy, of vials that were opened so long ago."""
    now = hospital.clock.at
    drawn, begun = f"{float(dose.split()[0]) * 4:g} mL", now - t0
    who = f"{{name: 'TESTCASE, Ada', identifiers: [{{system: MRN, value: {NUMBER}}}]}}"
    hospital.clinic.identify("P-9", hospital.version(), who, "clerk")
    for teller, said in (
        ("adams", f"{{at: {at(now - timedelta(days=1))}, response: {{status: none}}}}"),
        ("adams", f"{{at: {(now - timedelta(days=1)).date()}, held: {{reason: logistics}}}}"),
        ("adams", f"{{at: {now.date()}, labs: {RESULTS}}}"),
        ("adams", f"{{at: {now.date()}, id: order, ordered: {{dose: {dose}, cycle: 2, day: 1}}}}"),
        ("price", f"{{at: {at(begun)}, checked: {{point: order, first: order, dose: {dose}}}}}"),
        ("price", f"{{at: {at(begun)}, reconstituted: {{appearance: clear}}}}"),
        ("price", f"{{at: {at(begun)}, id: mixed, diluted: {{drawn: {drawn}, volume: 50 mL}}}}"),
        (
            "quinn",
            f"{{at: {at(begun)}, checked: {{point: preparation, first: mixed, dose: {dose}, drawn: {drawn},"
            f" volume: 50 mL, reconstituted: '{begun:%H:%M}'}}}}",
        ),
        ("price", f"{{at: {at(begun)}, released: {{}}}}"),
    ):
        hospital.told(teller, said)


def worksheet(hospital: Hospital) -> str:
    """The number on the bag."""
    return prepare(hospital.clinic.decision("P-9")).number


def scans(reader: Reader, page: Page, *codes: str) -> Page:
    """Scan one after the other."""
    for code in codes:
        page = reader.sends(page.form("/start/scan"), scan=code)
    return page


def prepares(reader: Reader) -> Page:
    """All that the first nurse does."""
    page = reader.goes(f"{P_9}/start")
    page = scans(reader, page, NUMBER, worksheet(reader.hospital))
    page = reader.sends(page.form("/start/premedication"), DRUGS)
    page = reader.sends(page.form("/start/observations"), VITALS)
    return reader.sends(page.form("/start/pump"), rate=RATE)


def seconds(reader: Reader, **said: str) -> Page:
    """All that the second nurse does, on this screen or on their own."""
    page = scans(reader, reader.goes(f"{P_9}/start"), worksheet(reader.hospital), NUMBER)
    return reader.sends(page.form("/start/second"), {"own_rate": RATE, **said})


def running(hospital: Hospital, t0: timedelta = timedelta(minutes=30)) -> Reader:
    """The first nurse in front of a running infusion."""
    released(hospital, t0)
    brown, young = Reader(hospital, "brown"), Reader(hospital, "young")
    prepares(brown)
    seconds(young)
    brown.sends(brown.goes(f"{P_9}/start").form("/start/begin"))
    return brown


def told(hospital: Hospital) -> list[dict[str, object]]:
    """Everything on record of P-9, as it was told."""
    return [entry.said for entry in hospital.clinic.entries("P-9")]


def passes(hospital: Hospital, minutes: int) -> None:
    """So much time, in which everybody at the bedside looks at a page now and then."""
    for left in range(minutes, 0, -10):
        hospital.clock.on(minutes=min(left, 10))
        for who in ("brown", "young", "adams"):
            hospital.get(who, "/me")
