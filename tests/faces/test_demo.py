"""The demo: its patients tell their stories on any day, and a clinic is furnished with them once."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docs.refresh import ROOT
from hatchling.builders.wheel import WheelBuilder
from tests.builders import PROTOCOL
from tests.faces.api.running import Process
from tests.faces.test_cli import run

from oncourse import course as courses
from oncourse.board import Board
from oncourse.cases import run as differences
from oncourse.clinic import Clinic, frozen
from oncourse.clinic import now as the_time
from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.event import EXPECT
from oncourse.faces.demo.clinic import ACCOUNTS, BY, PASSWORD, furnish, furnished
from oncourse.faces.demo.dated import FOLDER, Invented, invented
from oncourse.problem import Refused
from oncourse.roles import PROGRAM, table

PATIENTS = list(invented())
ORDINARY = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
INSTANTS = {
    "ordinary": ORDINARY,
    "leap day": datetime(2028, 2, 29, 12, tzinfo=UTC),
    "end of a month": datetime(2027, 3, 31, 17, tzinfo=UTC),
    "new year": datetime(2027, 1, 1, 5, 0, 1, tzinfo=UTC),
    "just after midnight in Berlin": datetime(2026, 7, 14, 22, 0, 1, tzinfo=UTC),
    "just after midnight in New York": datetime(2026, 7, 14, 4, 0, 1, tzinfo=UTC),
    "spring in Berlin": datetime(2027, 3, 28, 1, tzinfo=UTC),
    "autumn in Berlin": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    "spring in New York": datetime(2027, 3, 14, 7, tzinfo=UTC),
    "autumn in New York": datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    "night": datetime(2026, 11, 28, 6, 22, 40, tzinfo=UTC),  # a start just after midnight in New York
    "today": the_time(),
}
CLAUSES = """
    baseline blasts-data counts-data counts-hold cytoreduce ladder-end late-omit late-reason liver-data liver-hold
    long-interruption low-concentration max-cycles mrd-needed no-reescalation no-remission not-eligible outside-window
    pregnancy reaction-stop remission-lost response-needed third-cycle toxicity-hold transplant-complete
    transplant-needed two-doses vod vod-suspected weight-change interruption-reduce
"""
READINGS = """
    R1 R2 R3 R4 R5 R6 R7 R8 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 R21 R22 R24 R25 R27 R28 R30 R32 R33 R36 R37 R38
    R39
"""  # the others are named by no clause


def dated(patient: Invented, now: datetime) -> Course:
    """The course of a patient as of an instant."""
    return courses.read(patient.dated(now), patient.number, PROTOCOL.vocabulary, choices=PROTOCOL.choices)


def today(patient: Invented, now: datetime = ORDINARY) -> Decision:
    """What to do for a patient at an instant."""
    return decide(PROTOCOL, dated(patient, now), now.astimezone(patient.zone))


@pytest.mark.parametrize("now", INSTANTS.values(), ids=INSTANTS)
def test_every_patient_is_as_expected_on_any_day(now: datetime) -> None:
    """Each says of today what it must be, it is so, and nothing has happened later than now."""
    for patient in PATIENTS:
        course = dated(patient, now)
        here = now.astimezone(patient.zone)
        expected, differing = differences(PROTOCOL, course)
        assert (expected, list(map(str, differing))) == (1, [])
        assert [event.at for event in course.events if event.kind == EXPECT] == [here.date()]
        happened = [event for event in course.events if event.kind != EXPECT]
        assert all(event.instant <= now if event.instant else event.day <= here.date() for event in happened)
        assert course.born is not None and course.born < here.date()


def test_the_demo_shows_what_the_protocol_can_say() -> None:
    """Patients with every verdict, those clauses and every reading that a clause names."""
    found = {patient.number: today(patient) for patient in PATIENTS}
    assert list(found) == [f"{number:02}" for number in range(1, 31)]
    verdicts = Counter(decision.verdict for decision in found.values())
    assert verdicts == {"give": 8, "wait": 1, "hold": 5, "need": 4, "judge": 5, "stop": 5, "done": 2}
    findings = [finding for decision in found.values() for finding in decision.findings]
    assert {finding.clause for finding in findings} == set(CLAUSES.split())
    assert {reading for finding in findings for reading in finding.readings} == set(READINGS.split())
    assert {reading for clause in PROTOCOL.clauses for reading in clause.readings} == set(READINGS.split())
    assert {found["01"].slot["level"], found["02"].slot["level"], found["21"].slot["level"]} == {0, 1, 2}


def test_what_was_given_is_what_the_engine_advised() -> None:
    """Every dose is the one advised that day, but for one against advice and one that a reaction cut short."""
    doses, otherwise = 0, []
    for patient in PATIENTS:
        course = dated(patient, ORDINARY)
        for place, event in enumerate(course.events):
            if event.kind not in ("ordered", "given"):
                continue
            doses += 1
            advised = decide(PROTOCOL, course, event.day, place)
            assert advised.dose is not None
            right = abs(event.fields["dose"] - advised.dose.mg) * 100 <= PROTOCOL.amounts.as_ordered * advised.dose.mg
            if not right or advised.verdict != "give":
                otherwise.append((patient.number, event.kind, advised.verdict, right))
    assert doses > 100
    assert otherwise == [
        ("19", "given", "stop", False),
        ("20", "ordered", "hold", True),
        ("20", "given", "hold", True),
    ]


def test_results_are_a_series() -> None:
    """Every patient has at least three results of each value that is drawn."""
    for patient in PATIENTS:
        labs = [event.fields for event in dated(patient, ORDINARY).events if event.kind == "labs"]
        for value in ("anc", "platelets", "bilirubin", "ast", "alt"):
            least = 2 if today(patient).slot["cycle"] == 1 and patient.number == "12" else 3
            assert sum(value in fields for fields in labs) >= least, (patient.number, value)


def test_dates_count_from_the_day_of_the_site() -> None:
    """Behind and ahead of today, over a change of the clocks, and births on a day that their year has not."""
    text = (
        "site: {timezone: Europe/Berlin}\nday-0 day+7 day-1T09:40 day-0T09:40 years-3-days-0 years-4-days-1 day-8-dose"
    )
    patient = Invented("0", "", "", "", text)
    told = patient.dated(datetime(2028, 2, 28, 23, 30, tzinfo=UTC)).split("\n")[1]
    assert told == (
        "2028-02-29 2028-03-07 2028-02-28T09:40+01:00 2028-02-29T09:40+01:00 2025-02-28 2024-02-28 day-8-dose"
    )
    told = patient.dated(datetime(2027, 3, 28, 12, tzinfo=UTC))
    assert "2027-03-27T09:40+01:00 2027-03-28T09:40+02:00" in told


@pytest.mark.parametrize("now", [INSTANTS["spring in New York"], INSTANTS["night"]])
def test_an_empty_record_is_furnished_once(tmp_path: Path, now: datetime) -> None:
    """Synthetic patients with names and numbers, settings, a sound record; a second time is refused."""
    clinic = Clinic.at(str(tmp_path / "record.db"), BY, frozen(now))
    assert not furnished(clinic)
    furnish(clinic)
    assert furnished(clinic)
    shown = [patient.shown for patient in clinic.search()]
    assert len({who["name"] for who in shown}) == len({who["identifiers"][0]["value"] for who in shown}) == 30
    assert all(re.fullmatch("[A-Z]+, [A-Z][a-z]+", who["name"]) and who["synthetic"] == "yes" for who in shown)
    assert [patient.shown["name"] for patient in clinic.search("9000101")] == ["TESTCASE, Ada"]
    told = {patient.course: clinic.decision(patient.course).verdict for patient in clinic.search()}
    expected = {f"DEMO-{patient.number}": today(patient, now).verdict for patient in PATIENTS}
    assert told == {**expected, "DEMO-28": "wait"}  # whose dose went in since
    steps = {of.patient.course: of.stage.step for of in Board(clinic) if of.stage is not None}
    pharmacy = {"DEMO-02": "verify", "DEMO-29": "vials", "DEMO-30": "dilute", "DEMO-25": "check"}
    assert steps == {**pharmacy, "DEMO-26": "start", "DEMO-27": "run", "DEMO-28": "watch"}
    assert clinic.settings()["timezone"] == "America/New_York"
    assert clinic.verified(decisions=True).faults == []
    head = clinic.record.head()
    with pytest.raises(Refused, match="this record is not empty; give the demo a record of its own"):
        furnish(clinic)
    assert clinic.record.head() == head
    clinic.record.database.engine.dispose()


def test_no_midnight_comes_between_what_must_be_of_one_day() -> None:
    """An order and its first vial, premedication and start: at any minute of the night."""
    pairs = {"ordered: {": "reconstituted: {", "premedicated: {": "infusion: {state: started"}
    for patient in (one for one in PATIENTS if one.told and "now-" in one.told):
        midnight = datetime(2026, 11, 25, tzinfo=patient.zone)
        for minute in range(180):
            told = [event for _, event in patient.steps(midnight + timedelta(minutes=minute, seconds=17))]
            days = {kind: at[5:15] for at in told for kind in (*pairs, *pairs.values()) if f" {kind}" in at}
            assert all(days.get(one) == days.get(other, days.get(one)) for one, other in pairs.items()), patient.number


def test_every_role_of_a_person_can_sign_in(tmp_path: Path) -> None:
    """With the one password; of those who check each other there are two."""
    clinic = Clinic.at(str(tmp_path / "record.db"), BY, frozen(ORDINARY))
    furnish(clinic)
    for account in ACCOUNTS:
        session = clinic.accounts.sign_in(account.name, PASSWORD)
        assert session is not None and clinic.accounts.signed_in(session) == account.actor
    people = Counter(role for account in ACCOUNTS for role in account.roles)
    assert set(people) == set(table().roles) - {PROGRAM}
    assert min(people[role] for role in ("haematologist", "pharmacist", "nurse")) == 2
    clinic.record.database.engine.dispose()


def test_only_the_demos_own_record_is_taken(tmp_path: Path) -> None:
    """Not one with a patient, an account or settings already, be they of a demo that was cut short."""
    patient = PATIENTS[0]
    for number, begin in enumerate(
        (
            lambda clinic: clinic.open(patient.dated(ORDINARY), BY),
            lambda clinic: clinic.accounts.set(ACCOUNTS[0], "root", PASSWORD),
            lambda clinic: clinic.settle(0, "{jurisdiction: EU}", "root"),
        )
    ):
        address = str(tmp_path / f"{number}.db")
        clinic = Clinic.at(address, "root", frozen(ORDINARY))
        begin(clinic)
        head = clinic.record.head()
        done = run("serve", "--demo", "--db", address)
        assert (done.status, done.out) == (2, "")
        assert "this record is not empty; give the demo a record of its own" in done.err
        assert clinic.record.head() == head
        clinic.record.database.engine.dispose()


def test_the_demo_is_served_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where to go and how to come in; its folder is gone at the end, and no other record is touched."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("ONCOURSE_DB", str(tmp_path / "hospital.db"))
    written = tmp_path / "written"
    with Process(None, written, "--demo", "--now", "2026-11-25T09:30:00Z") as process:
        assert len(list(tmp_path.glob("oncourse-demo-*/record.db"))) == 1
        said = written.read_text()
        assert f"http://127.0.0.1:{process.port}/" in said and PASSWORD in said
        assert all(account.name in said and account.shown in said for account in ACCOUNTS)
        page = process.ask("GET", "/sign-in").body.decode()
        assert PASSWORD in page and all(account.name in page for account in ACCOUNTS)
        assert process.stop() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["written"]


def test_a_demo_that_is_kept_goes_on(tmp_path: Path) -> None:
    """What was told of it is there when it is started again."""
    address = str(tmp_path / "record.db")
    clinic = Clinic.at(address, BY, frozen(ORDINARY))
    furnish(clinic)
    version = len(clinic.entries("DEMO-04"))
    clinic.append("DEMO-04", version, "{at: 2026-11-25, held: {reason: liver}}", "haematologist")
    clinic.record.database.engine.dispose()
    with Process(address, tmp_path / "written", "--demo") as process:
        assert process.stop() == 0
    again = Clinic.there(address, frozen(ORDINARY + timedelta(days=1)))
    assert len(again.entries("DEMO-04")) == version + 1
    again.record.database.engine.dispose()


def test_the_wheel_carries_every_patient() -> None:
    """What is installed has the demo whole."""
    packed = {file.relative_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    files = {str(path.relative_to(ROOT)) for path in FOLDER.iterdir()}
    assert len(files) == 30
    assert files - packed == set()
