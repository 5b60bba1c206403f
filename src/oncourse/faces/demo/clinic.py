"""A clinic to try the program on: an empty record filled with the invented patients and one account or two a role."""

from __future__ import annotations

from collections.abc import Iterator

from oncourse.clinic import SITE, Clinic
from oncourse.faces.demo.dated import invented
from oncourse.problem import Refused
from oncourse.protocol_file import load
from oncourse.record.accounts import Account
from oncourse.record.signatures import Signatures
from oncourse.stage import stage

BY = "oncourse demo"  # who signs what is filled in
PASSWORD = "only-for-the-demo"
ACCOUNTS = (
    Account("haematologist", "Dr Hanna Demo", ("haematologist",)),
    Account("haematologist-2", "Dr Henrik Demo", ("haematologist",)),
    Account("pharmacist", "Paula Demo", ("pharmacist",)),
    Account("pharmacist-2", "Peter Demo", ("pharmacist",)),
    Account("nurse", "Nora Demo", ("nurse",)),
    Account("nurse-2", "Nils Demo", ("nurse",)),
    Account("auditor", "Alma Demo", ("auditor",)),
    Account("administrator", "Adam Demo", ("administrator",)),
)
WORKSHEET = "bag: worksheet"  # in an event: the number that stands on the bag
SETTINGS = "{jurisdiction: US, timezone: America/New_York, ward: Day unit, pharmacy_phone: '5120'}"


def furnish(clinic: Clinic) -> None:
    """Fill an empty record with the patients as of the clinic's now, and the accounts; raises Refused for any other."""
    if clinic.search() or any(clinic.accounts) or clinic.site()[0]:
        raise Refused("this record is not empty", "give the demo a record of its own")
    now = clinic.clock()
    for patient in invented():
        clinic.open(patient.dated(now), BY, who=patient.who)
    for account in ACCOUNTS:
        clinic.accounts.set(account, BY, PASSWORD)
    for patient in invented():
        for who, event in patient.steps(now):
            _tell(clinic, f"DEMO-{patient.number}", who, event)
    Signatures(clinic.record, clinic.clock).sign(load(), ACCOUNTS[-1].actor)
    clinic.settle(0, SETTINGS, BY)  # comes last: with it a record is furnished, and one that was cut short is not


def _tell(clinic: Clinic, course: str, account: str, event: str) -> None:
    """One event of a dose in hand, by whoever does it."""
    if WORKSHEET in event:
        known = clinic.course(course)
        of = stage(known.protocol, known.course, clinic.checks(course), clinic.here(known.course))
        assert of is not None
        event = event.replace(WORKSHEET, f"bag: {of.sheet.number}")
    clinic.append(course, len(clinic.entries(course)), event, account)


def furnished(clinic: Clinic) -> bool:
    """Whether the demo has filled this record, whatever was told since."""
    return any(entry.by == BY for entry in clinic.record.entries(SITE)[:1])


def told(url: str) -> Iterator[str]:
    """What somebody who has started the demo must know, line by line."""
    yield f"Open {url} and sign in with the password {PASSWORD} as one of these:"
    width = max(len(account.name) for account in ACCOUNTS)
    for account in ACCOUNTS:
        yield f"  {account.name:<{width}}  {account.shown}"
    yield "Every patient and every name is invented."
