"""The haematologist's day in a real browser, with and without JavaScript, and what each task costs in clicks."""

import json
from pathlib import Path

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.api.running import Process, free_port
from tests.faces.web.chromium import View, Windows
from tests.faces.web.keyboard import tabs_to
from tests.faces.web.person import Person
from tests.faces.web.serving import Ward

P_9 = "/patients/P-9"
PLAIN = View(script=False)
BOTH = pytest.mark.parametrize("view", [View(), PLAIN], ids=["scripts", "no scripts"])
READY = [
    "{at: 2026-11-24, response: {status: none}}",
    "{at: 2026-11-25, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}}",
    "{at: 2026-11-24, held: {reason: logistics}}",
]


NEW = {
    "Family name": "Testcase",
    "Given name": "Zoë",
    "MRN": "000 4418",
    "Date of birth": "04-Mar-1979",
    "Height": "165",
    "Weight": "68",
}
ASKED = {
    "Sex at birth": "Female",
    "Disease status": "Relapsed",
    "CD22 result": "Positive",
    "Transplant plan": "Planned",
    "Contraindications": "None of these",
    "Childbearing potential": "No",
}
RESULTS = {
    "Total bilirubin": "1.6",
    "AST": "0.9",
    "ALT": "1.1",
    "ANC": "1.8",
    "Platelets": "85",
    "Circulating blasts": "2",
}


def ready(hospital: Hospital, *more: str) -> None:
    """P-9 may have the dose of cycle 2 day 1 today, unless more was told."""
    for said in (*READY, *more):
        hospital.told("adams", said)


def enrols(person: Person) -> None:
    """A new patient, all on one page."""
    person.goes("/patients/new")
    for label, said in NEW.items():
        person.types(label, said)
    for label, option in ASKED.items():
        person.chooses(option, label)
    person.presses("Save and plan course")


@BOTH
def test_a_normal_day_takes_two_clicks(hospital: Hospital, ward: Ward, view: View) -> None:
    """From today's list to the signed order: open the patient, sign; the button is reached by few tabs."""
    ready(hospital)
    person = ward.person("adams", view)
    person.goes("/today")
    opens(person)
    person.reads("Give the dose: 1.42 mg", "Source")
    assert (tabs_to(person.page, ".verdict .button") or 99) <= 12
    person.presses("Sign order for 1.42 mg")
    person.reads("Ordered today: 1.42 mg.")
    assert person.clicks == 2


def opens(person: Person) -> None:
    """The first patient of the list, whatever stands in the row."""
    person.clicks += 1
    person.page.locator(".queue__first a").click()


@BOTH
def test_a_hold_is_recorded_in_two_clicks(hospital: Hospital, ward: Ward, view: View) -> None:
    """With the day to look again, which is proposed."""
    ready(hospital, "{at: 2026-11-25, vod: {status: suspected}}")
    person = ward.person("adams", view)
    person.goes("/today")
    opens(person)
    person.reads("Hold today's dose", "VOD was suspected on 25-Nov-2026 and is not excluded.")
    person.presses("Record hold")
    person.reads("Hold recorded today. Look again on 26-Nov-2026.")
    assert person.clicks == 2


@BOTH
def test_enrolment_is_one_page_of_at_most_16_fields(either_ward: Ward, view: View) -> None:
    """And leads to the plan, which is signed with one click; nothing is typed twice."""
    person = either_ward.person("adams", view)
    enrols(person)
    person.reads("TESTCASE, Zoë", "000 4418", "Cycle 1, day 1")
    fields = person.inputs + person.clicks - 1
    person.presses("Sign plan")
    person.reads("Need a result", "Enter results")
    assert fields <= 16


@BOTH
def test_eight_results_are_entered_by_keyboard_alone(ward: Ward, view: View) -> None:
    """No click but on Save; the verdict they lead to is shown before, where there are scripts."""
    person = ward.person("adams", view)
    person.goes(f"{P_9}/results")
    for label, said in RESULTS.items():
        person.types(label, said)
    if view.script:
        person.page.keyboard.press("Tab")
        person.reads("With what is typed, nothing saved yet", "Total bilirubin is 1.6 × ULN")
    person.presses("Save results")
    person.reads("Total bilirubin is 1.6 × ULN; at most 1.5 × ULN before any dose.")
    assert person.clicks == 1


@BOTH
def test_deciding_otherwise_takes_five_clicks_and_a_reason(hospital: Hospital, ward: Ward, view: View) -> None:
    """Give despite a hold: the way, the kind, a second name, seen and signed."""
    ready(hospital, "{at: 2026-11-25, vod: {status: suspected}}")
    person = ward.person("adams", view)
    person.goes(P_9)
    person.presses("Decide otherwise")
    person.reads("What the protocol says", "VOD was suspected on 25-Nov-2026 and is not excluded.")
    person.chooses("Give a dose today")
    person.chooses("Clinical")
    person.types("Why", "ultrasound normal, discussed with hepatology")
    person.types("User name of the second haematologist", "clark")
    person.types("Password of the second haematologist", PASSWORD)
    person.presses("Show where it leads")
    person.reads("Look at the new calendar. Nothing is saved yet.")
    person.types("Password of the second haematologist", PASSWORD)
    person.presses("Sign deviation")
    person.reads("Ordered today: 1.42 mg.", "Decided otherwise before", "by Dr Clark")
    assert person.clicks <= 5


def test_two_people_on_one_patient(hospital: Hospital, ward: Ward) -> None:
    """The second to save is told of the first, and finds everything typed."""
    adams, brown = ward.person("adams"), ward.person("brown")
    adams.goes(f"{P_9}/results")
    adams.types("ANC", "1.8")
    brown.goes(f"{P_9}/measure")
    brown.types("Weight", "70")
    brown.presses("Save height and weight")
    brown.reads("decision for 25-Nov-2026")
    adams.presses("Save results")
    adams.reads("Somebody else was first. Nothing of yours was saved.", "height or weight")
    assert adams.field("ANC").input_value() == "1.8"
    adams.presses("Save results")
    adams.reads("decision for 25-Nov-2026")
    assert adams.path().startswith(f"{P_9}/days/")


@BOTH
def test_a_sign_in_that_expires_in_mid_form_loses_nothing(hospital: Hospital, ward: Ward, view: View) -> None:
    """Sign in again, go back, save: what was typed is still there."""
    person = ward.person("adams", view)
    person.goes(f"{P_9}/results")
    person.types("ANC", "1.8")
    hospital.clock.on(minutes=20)
    person.presses("Save results")
    person.reads("Sign in again to go on. What you typed is kept.")
    person.types("User name", "adams")
    person.types("Password", PASSWORD)
    person.presses("Sign in")
    person.presses("Go back to the form")
    person.reads("Enter results")
    assert person.field("ANC").input_value() == "1.8"
    person.presses("Save results")
    person.reads("decision for 25-Nov-2026")
    assert hospital.clinic.course("P-9").course.events[-1].kind == "labs"


def test_a_server_that_is_away_in_mid_form_loses_nothing(hospital: Hospital, windows: Windows, tmp_path: Path) -> None:
    """The page says so and keeps what was typed; once the server is back it is saved."""
    port, now = free_port(), ("--now", "2026-11-25T09:30:00Z")
    windows.pass_over("ERR_CONNECTION_REFUSED|htmx:")
    with Process(hospital.address, tmp_path / "log", *now, port=port) as process:
        person = Person(windows.open(), f"http://127.0.0.1:{port}")
        person.carries(hospital.keys.headers("adams")["Cookie"])
        person.goes(f"{P_9}/results")
        person.types("ANC", "1.8")
        process.kill()
        person.page.get_by_role("button", name="Save results").click()
        person.reads("Not saved. The server does not answer.")
        assert person.field("ANC").input_value() == "1.8"
    with Process(hospital.address, tmp_path / "log", *now, port=port):
        person.presses("Save results")
        person.reads("decision for 25-Nov-2026")
    assert json.dumps(hospital.clinic.course("P-9").course.events[-1].raw["labs"]) == '{"anc": "1.8 10*9/L"}'


def test_the_list_of_today_goes_on_by_itself(hospital: Hospital, ward: Ward) -> None:
    """What somebody else does is seen without a click, and while the server is away the list is as it was."""
    ready(hospital)
    person = ward.person("adams")
    person.goes("/today")
    person.reads("Give the dose")
    hospital.told("clark", "{at: 2026-11-25, vod: {status: suspected}}")
    person.page.evaluate("htmx.trigger('#queue', 'refresh')")
    person.reads("Hold today's dose")
    ward.windows.pass_over("/today/queue|htmx:|icon")
    person.page.context.set_offline(True)
    person.page.evaluate("htmx.trigger('#queue', 'refresh')")
    person.reads("Not updated. The server does not answer; times still count.", "Hold today's dose")
