"""A dose at the bedside: released by the pharmacy, ready to start, running; and what nurses send from their pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.faces.api.hospital import Hospital
from tests.faces.web.kept import once
from tests.faces.web.ordered import BAG, MG, ML, P_9, ordered, wall
from tests.faces.web.person import Person
from tests.faces.web.reading import Page, Reader

from oncourse.prepare import prepare

RATE = "50"
VITALS = {
    "vitals.temperature": "37.1",
    "vitals.pulse": "72",
    "vitals.blood_pressure": "118/74",
    "vitals.oxygen_saturation": "96",
}
DRUGS = {f"premedicated.{drug}": "10:05" for drug in ("corticosteroid", "antipyretic", "antihistamine")}
NUMBER = "0004417"
JUMP = timedelta(seconds=5)  # after which a page takes its own clock for set or slept
HALF_AN_HOUR = timedelta(minutes=30)
INFUSION, WATCH, START = (f"{P_9}/{page}" for page in ("infusion", "watch", "start"))


@once
def released(hospital: Hospital, ago: timedelta = HALF_AN_HOUR, bag: str = BAG, zone: str = "Europe/Berlin") -> None:
    """P-9 has a bag that has just left the pharmacy, of vials that were opened so long ago."""
    order = ordered(hospital, zone)
    begun = hospital.clinic.here(hospital.clinic.course("P-9").course) - ago
    for teller, said in (
        ("price", f"checked: {{point: order, first: {order}, dose: {MG} mg}}"),
        ("price", "reconstituted: {appearance: clear}"),
        ("price", f"id: mixed, diluted: {{drawn: {ML} mL, volume: {bag} mL}}"),
        (
            "quinn",
            f"checked: {{point: preparation, first: mixed, dose: {MG} mg, drawn: {ML} mL, volume: {bag} mL,"
            f" reconstituted: '{begun:%H:%M}'}}",
        ),
        ("price", "released: {}"),
    ):
        hospital.told(teller, f"{{at: {begun.isoformat()}, {said}}}")


def at_night(hospital: Hospital, zone: str, t0: datetime, bag: bool = True) -> None:
    """Another patient, P-20, of a night in which the clocks change: the first vial is opened, or the bag released."""
    day = (t0 - timedelta(days=1)).date()
    events = [
        f"{{at: {day}, enrolled: {{disease: relapsed, cd22: positive, transplant: planned, contraindications: []}}}}",
        f"{{at: {day}, measured: {{height: 165 cm, weight: 68 kg}}}}",
        f"{{at: {day}, labs: {{anc: 1.8 10*9/L, platelets: 85 10*9/L, blasts: 2 10*9/L, bilirubin: 0.7 ULN,"
        " ast: 0.9 ULN, alt: 1.1 ULN}}",
        f"{{at: {t0.date()}, id: order, ordered: {{dose: 1.42 mg}}}}",
        f"{{at: {t0.isoformat()}, reconstituted: {{}}}}",
        f"{{at: {t0.isoformat()}, overrode: {{clause: second-check, kind: logistics, why: nobody else at night}}}}",
    ]
    if bag:
        events += [
            f"{{at: {t0.isoformat()}, id: mixed, diluted: {{volume: 50 mL}}}}",
            f"{{at: {t0.isoformat()}, released: {{}}}}",
        ]
    hospital.clock.at = t0.astimezone(ZoneInfo("UTC")) + timedelta(minutes=1)
    lines = "\n".join(f"- {event}" for event in events)
    head = "oncourse: 1\nprotocol: inotuzumab-ozogamicin\npatient: {id: P-20, born: 1979-03-04, sex: female}\n"
    hospital.clinic.open(f"{head}site: {{timezone: {zone}}}\nevents:\n{lines}\n", "clerk")


def small(hospital: Hospital) -> None:
    """A dose so small that the bag is of the site's own table; ordered against advice, and released."""
    released(hospital)
    begun = hospital.clinic.here(hospital.clinic.course("P-9").course)
    against = "against: [day-1-dose], why: a trial"
    for teller, said in (
        ("price", "discarded: {reason: another order}"),
        ("adams", f"id: small, ordered: {{dose: 0.4 mg, cycle: 2, day: 1, {against}}}"),
        ("price", "checked: {point: order, first: small, dose: 0.4 mg}"),
        ("price", "reconstituted: {appearance: clear}"),
        ("price", "id: less, diluted: {drawn: 1.6 mL, volume: 20 mL}"),
        (
            "quinn",
            "checked: {point: preparation, first: less, dose: 0.4 mg, drawn: 1.6 mL, volume: 20 mL,"
            f" reconstituted: '{begun:%H:%M}'}}",
        ),
        ("price", "released: {}"),
    ):
        hospital.clock.on(seconds=1)
        now = hospital.clinic.here(hospital.clinic.course("P-9").course)
        hospital.told(teller, f"{{at: {now.isoformat()}, {said}}}")


def released_again(hospital: Hospital) -> None:
    """The bag is discarded, and another has left the pharmacy since; each step a second after the one before."""
    for teller, said in (
        ("price", "discarded: {reason: leak}"),
        ("price", "reconstituted: {appearance: clear}"),
        ("price", f"id: anew, diluted: {{drawn: {ML} mL, volume: {BAG} mL}}"),
        (
            "quinn",
            f"checked: {{point: preparation, first: anew, dose: {MG} mg, drawn: {ML} mL, volume: {BAG} mL,"
            f" reconstituted: '{wall(hospital)}'}}",
        ),
        ("price", "released: {}"),
    ):
        hospital.clock.on(seconds=1)
        now = hospital.clinic.here(hospital.clinic.course("P-9").course)
        hospital.told(teller, f"{{at: {now.isoformat()}, {said}}}")


def worksheet(hospital: Hospital) -> str:
    """The number on the bag."""
    return prepare(hospital.clinic.decision("P-9")).number


def scans(reader: Reader, page: Page, *codes: str) -> Page:
    """Scan one after the other."""
    for code in codes:
        page = reader.sends(page.form("/start/scan"), scan=code)
    return page


def prepares(reader: Reader, rate: str = RATE) -> Page:
    """All that the first nurse does."""
    page = reader.goes(f"{P_9}/start")
    page = scans(reader, page, NUMBER, worksheet(reader.hospital))
    page = reader.sends(page.form("/start/premedication"), DRUGS)
    page = reader.sends(page.form("/start/observations"), VITALS)
    return reader.sends(page.form("/start/pump"), rate=rate)


def seconds(reader: Reader, **said: str) -> Page:
    """All that the second nurse does, on this screen or on their own."""
    page = scans(reader, reader.goes(f"{P_9}/start"), worksheet(reader.hospital), NUMBER)
    return reader.sends(page.form("/start/second"), {"own_rate": RATE, **said})


def running(hospital: Hospital, ago: timedelta = HALF_AN_HOUR) -> Reader:
    """The first nurse in front of a running infusion."""
    started(hospital, ago)
    return Reader(hospital, "brown")


@once
def started(hospital: Hospital, ago: timedelta) -> None:
    """Two nurses have checked the bag, and one has started it."""
    released(hospital, ago)
    prepares(brown := Reader(hospital, "brown"))
    seconds(Reader(hospital, "young"))
    brown.sends(brown.goes(f"{P_9}/start").form("/start/begin"))


def told(hospital: Hospital, kind: str) -> list[Any]:
    """What was told of P-9 by events of a kind, in order."""
    return [entry.said[kind] for entry in hospital.clinic.entries("P-9") if kind in entry.said]


def passes(hospital: Hospital, minutes: int) -> None:
    """So much time, in which everybody at the bedside looks at a page now and then."""
    for left in range(minutes, 0, -10):
        hospital.clock.on(minutes=min(left, 10))
        for who in ("brown", "young", "adams"):
            hospital.get(who, "/me")


def starts(page: Page) -> bool:
    """Whether the start is offered."""
    return any(form.action.endswith("/start/begin") for form in page.forms)


def state(page: Page, row: str, done: bool) -> bool:
    """Whether the ready list says so of a row."""
    after = page.text.partition(" ready ")[2].partition(row)[2]
    return min((place, said) for said in ("Done", "To do") if (place := after.find(said)) >= 0)[1] == (
        "Done" if done else "To do"
    )


def presses(reader: Reader, act: str, page: str = f"{P_9}/infusion", **said: str) -> Page:
    """One touch on a page."""
    return reader.sends(reader.goes(page).form(act), said)


def finished(reader: Reader) -> Page:
    """The page after an infusion of an hour."""
    passes(reader.hospital, 60)
    return presses(reader, "/infusion/finish")


def goes_on(hospital: Hospital, person: Person, **time: float) -> None:
    """Let time go by for both; a second of it is seen by the page, which asks for the server's time after a jump."""
    passed, page = timedelta(**time), person.page
    hospital.clock.on(**time)
    if passed <= JUMP or not page.locator("meta[name=server-now]").count():
        page.clock.fast_forward(int(passed.total_seconds() * 1000))
        page.wait_for_timeout(0)
        return
    with page.expect_request("**/now") as asked:
        page.clock.fast_forward(int(passed.total_seconds() * 1000))
    if asked.value.response() is not None:  # else the server is away
        asked.value.response().finished()
    page.wait_for_timeout(0)


def left(person: Person, clock: str) -> str:
    """What a clock says is left."""
    return str(person.page.locator(f"#timer-{clock} [data-left]").inner_text())
