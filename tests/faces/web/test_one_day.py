"""The whole day of one dose by three people in a real browser; then the same day with a fault at every step."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.chromium import View
from tests.faces.web.nursing import NUMBER, worksheet
from tests.faces.web.ordered import MG, ML, P_9, THEIRS, code, made_ready, wall
from tests.faces.web.person import Person
from tests.faces.web.serving import Ward

TABLET = View(800, 1280)
DRUG = "inotuzumab ozogamicin"
VITALS = {"Temperature": "36.9", "Pulse": "72", "Blood pressure in mmHg": "118/74", "Oxygen saturation": "97"}


@dataclass
class Day:
    """A doctor, a pharmacist and a nurse, each at a screen; colleagues sign on theirs."""

    hospital: Hospital
    doctor: Person
    pharmacist: Person
    nurse: Person

    def later(self, **time: float) -> None:
        """Let time go by; everybody comes back to their screen before it locks."""
        left = timedelta(**time)
        while left > timedelta():
            step = min(left, timedelta(minutes=10))
            self.hospital.clock.on(seconds=step.total_seconds())
            left -= step
            for person in (self.doctor, self.pharmacist, self.nurse):
                person.page.request.get(person.origin + "/me")

    def orders(self) -> None:
        """The doctor signs what the verdict says."""
        self.doctor.goes(P_9)
        self.doctor.presses(f"Sign order for {MG} mg")
        self.doctor.reads(f"Ordered today: {MG} mg.")

    def verifies(self, mg: str = MG) -> None:
        """The pharmacist works the dose out."""
        self.pharmacist.goes("/today")
        self.pharmacist.clicks += 1
        self.pharmacist.page.locator(".queue__first a").click()
        self.pharmacist.types("Your own dose", mg)
        self.pharmacist.presses("Verify")

    def takes(self) -> None:
        """Two vials are scanned."""
        self.pharmacist.presses("Go on to the vials")
        self.scans_vials("AB1", "AB2")

    def scans_vials(self, *lots: str) -> None:
        """Those vials, of which each is seen to be taken."""
        for number, lot in enumerate(lots):
            self.pharmacist.reads(f"Vials taken: {number} of 2")
            self.pharmacist.scans("Scan the vial", code(lot=lot))
        self.pharmacist.presses("Go on to reconstitution")
        self.pharmacist.reads("Time of the first vial")

    def reconstitutes(self, clear: str = "Yes") -> None:
        """The first vial, how it looks, and when that was."""
        self.pharmacist.types("Time of the first vial", wall(self.hospital))
        self.pharmacist.chooses(clear, "Clear to opalescent")
        self.pharmacist.chooses("Yes", "Colourless to slightly yellow")
        self.pharmacist.chooses("Yes", "Free of particles")
        self.pharmacist.presses("Save and go to dilution")

    def dilutes(self, drawn: str = ML) -> None:
        """What was drawn, and the whole volume."""
        self.pharmacist.reads("Volume drawn")
        self.pharmacist.types("Volume drawn", drawn)
        self.pharmacist.types("Total volume in the bag", "50")
        self.pharmacist.types("Time of dilution", wall(self.hospital))
        self.pharmacist.presses("Save and call second checker")

    def checks(self, first_vial: str, who: str = "quinn") -> None:
        """A colleague types own values and signs on the pharmacist's screen."""
        person = self.pharmacist
        person.reads("Type your own values")
        for label, said in (
            ("Drug on the vial", DRUG),
            ("Dose", MG),
            ("Time of the first vial", first_vial),
            ("Volume drawn", ML),
            ("Total volume in the bag", "50"),
            ("User name of the second person", who),
            ("Password of the second person", PASSWORD),
        ):
            person.types(label, said)
        person.presses("Sign second check")

    def releases(self) -> None:
        """The label is looked at, and the bag leaves."""
        self.pharmacist.reads("Both agree")
        self.pharmacist.presses("Go on to the label")
        self.pharmacist.presses("Print and release")
        self.pharmacist.reads("Released at")

    def prepares(self) -> None:
        """From the order to the bag, without a fault."""
        self.orders()
        self.verifies()
        self.takes()
        first_vial = wall(self.hospital)
        self.reconstitutes()
        self.later(minutes=10)
        self.dilutes()
        self.checks(first_vial)
        self.releases()

    def makes_ready(self, premedicated: bool = True) -> None:
        """The nurse scans, records what was given and seen, and sets the pump."""
        nurse = self.nurse
        nurse.goes("/today")
        nurse.clicks += 1
        nurse.page.locator(".queue__first a").click()
        nurse.reads("Before you start", "0 of 6 ready")
        nurse.scans("Scan wristband or bag label", NUMBER)
        nurse.reads("1 of 6 ready")
        nurse.scans("Scan wristband or bag label", worksheet(self.hospital))
        nurse.reads("2 of 6 ready", "Do next: Premedication")
        for drug in ("Corticosteroid", "Antipyretic", *(["Antihistamine"] if premedicated else [])):
            nurse.types(drug, wall(self.hospital, ago=5))
        nurse.presses("Save premedication")
        if not premedicated:
            return
        nurse.reads("Do next: Observations")
        for label, said in VITALS.items():
            nurse.types(label, said)
        nurse.presses("Save observations")
        nurse.reads("Do next: Rate on the pump")
        nurse.types("Rate shown on the pump", "50")
        nurse.presses("Save and call second nurse")

    def second_nurse(self, who: str = "young") -> None:
        """A second nurse scans and reads, and signs on the same screen."""
        nurse = self.nurse
        nurse.reads("Do next: Second nurse")
        nurse.scans("Scan wristband or bag label", NUMBER)
        nurse.page.locator("p.ready__state").first.wait_for()  # the own scan was taken
        nurse.scans("Scan wristband or bag label", worksheet(self.hospital))
        nurse.reads("Rate that you read on the pump")
        nurse.types("Rate that you read on the pump", "50")
        nurse.types("User name of the second person", who)
        nurse.types("Password of the second person", PASSWORD)
        nurse.presses("Sign as second nurse")

    def starts(self) -> None:
        """One touch, and the clocks run."""
        self.nurse.reads("6 of 6 ready")
        self.nurse.presses("Start infusion")
        self.nurse.reads("Infusion running")

    def reacts(self, grade: str, *symptoms: str) -> None:
        """The infusion is stopped with one touch, then the reaction is told."""
        self.nurse.presses("Reaction: stop infusion")
        self.nurse.reads("Stopped at 11:00")
        self.nurse.chooses(grade, "Grade")
        for symptom in ("Fever", "Chills", "Rash", "Dyspnoea"):
            self.nurse.chooses("Yes" if symptom in symptoms else "No", symptom)
        self.nurse.presses("Save and tell doctor")

    def runs(self) -> None:
        """Everything up to the running infusion."""
        self.prepares()
        self.makes_ready()
        self.second_nurse()
        self.starts()


@pytest.fixture
def day(hospital: Hospital, ward: Ward) -> Day:
    """A morning on which P-9 may have a dose."""
    made_ready(hospital)
    return Day(hospital, ward.person("adams"), ward.person("price"), ward.person("brown", TABLET))


def test_a_dose_from_the_order_to_the_end_of_the_watch(day: Day) -> None:
    """Three people, two colleagues who sign beside them; everything is on record, by whom and when."""
    day.runs()
    inputs = day.pharmacist.inputs
    assert inputs <= 18
    day.nurse.presses("Well, no symptoms")
    day.later(hours=1)
    day.nurse.presses("Infusion finished")
    day.nurse.reads("Watch after the infusion", "End watch is locked until")
    day.later(hours=1)
    day.nurse.goes(f"{P_9}/watch")
    day.nurse.presses("End watch")
    day.nurse.misses("Watch after the infusion")
    clinic = day.hospital.clinic
    events = clinic.course("P-9").course.events
    told = [event.kind for event in events if event.day == events[-1].day]
    for kind in ("ordered", "reconstituted", "diluted", "released", "premedicated", "given", "watch_ended"):
        assert told.count(kind) == 1, kind
    assert told.count("checked") == 6 and events[-1].kind == "watch_ended"
    assert {entry.by for entry in clinic.entries("P-9")} >= {"adams", "price", "quinn", "brown", "young"}
    assert clinic.verified(decisions=True).faults == []
    day.doctor.goes(P_9)
    day.doctor.reads("Not due")


def test_the_same_day_with_a_fault_at_each_step_of_the_pharmacy(day: Day) -> None:
    """A wrong drug, an expired lot, a cloudy vial, a ten-fold volume, one person twice; and still a dose at its end."""
    person = day.pharmacist
    day.orders()
    day.verifies("14.2")
    person.reads("Check the decimal point", "Nothing was saved.")
    person.page.keyboard.press("Escape")
    person.types("Your own dose", MG)
    person.presses("Verify")
    person.presses("Go on to the vials")
    person.scans("Scan the vial", code(gtin=THEIRS))
    person.reads("Wrong drug", "Put it back. This is gemtuzumab ozogamicin.")
    assert person.page.locator("a, button").filter(visible=True).count() == 1
    person.presses("Back")
    person.scans("Scan the vial", code(expiry="261124"))
    person.reads("Put it back. It expired on 24-Nov-2026.", "Vials taken: 0 of 2")
    day.scans_vials("AB1", "AB2")
    day.reconstitutes(clear="No")
    person.reads("Vials taken: 0 of 2")
    day.scans_vials("AB3", "AB4")
    first_vial = wall(day.hospital)
    day.reconstitutes()
    day.dilutes("56.8")
    person.reads("Check the decimal point", "56.8 mL is at least ten times too much or too little")
    person.presses("Back")
    day.dilutes()
    day.checks(first_vial, who="price")
    person.reads("The second check is never the same person's.")
    day.checks(first_vial)
    day.releases()


def test_after_four_hours_the_preparation_begins_anew(day: Day) -> None:
    """The page itself says so when the time has come, and offers nothing but discarding."""
    day.orders()
    day.verifies()
    day.takes()
    day.reconstitutes()
    day.later(hours=4, seconds=1)
    day.pharmacist.goes(f"{P_9}/prepare")
    day.pharmacist.reads("Discard. Not diluted by 14:30, 4 hours after the first vial.")
    day.pharmacist.types("Reason", "stood too long")
    day.pharmacist.presses("Record discard, start again")
    day.pharmacist.reads("Vials taken: 0 of 2")


def test_a_bag_that_cannot_end_in_time_is_not_started(day: Day) -> None:
    """Everything is ready, and it is too late: locked, with the number of the pharmacy."""
    day.prepares()
    day.makes_ready()
    day.second_nurse()
    day.nurse.reads("6 of 6 ready")
    day.later(hours=7)
    day.nurse.goes(f"{P_9}/start")
    day.nurse.reads("Do not start. It cannot end by 18:30, 8 hours after the first vial.", "5120")
    day.nurse.reads("Start infusion is locked")
    day.nurse.misses("Start infusion is unlocked")
    assert day.nurse.page.get_by_role("button", name="Start infusion").count() == 0


def test_the_wrong_patient_and_the_wrong_bag_stop_everything(day: Day) -> None:
    """A full screen with one way back, which has the focus; nothing is recorded."""
    day.prepares()
    day.nurse.goes(f"{P_9}/start")
    with day.hospital.unchanged():
        for said, told in (("9999999", "Wrong patient"), ("W-AAAA-BBBB-1", "Wrong bag")):
            day.nurse.scans("Scan wristband or bag label", said)
            day.nurse.reads(told, "Nothing was saved.")
            assert day.nurse.page.evaluate("document.activeElement.textContent") == "Back"
            assert day.nurse.page.locator("a, button").filter(visible=True).count() == 1
            day.nurse.page.keyboard.press("Escape")
            day.nurse.reads("0 of 6 ready")


def test_without_an_antihistamine_nothing_starts(day: Day) -> None:
    """It is named; a haematologist may decide otherwise with kind, reason and name."""
    day.prepares()
    day.makes_ready(premedicated=False)
    day.nurse.reads("missing: Antihistamine", "Start infusion is locked")


def test_one_nurse_is_not_two(day: Day) -> None:
    """The second nurse is another person."""
    day.prepares()
    day.makes_ready()
    day.second_nurse(who="brown")
    day.nurse.reads("The second check is never the same person's.", "Start infusion is locked")


def test_a_mild_reaction_is_stopped_with_one_touch_and_goes_on(day: Day) -> None:
    """What it costs in time moves the end; the prescriber is told."""
    day.runs()
    day.later(minutes=20)
    day.reacts("1: mild, passes without treatment", "Rash")
    day.nurse.reads("Grade 1 recorded at 11:00. The doctor is told.", "Resume infusion")
    day.doctor.goes("/today")
    day.doctor.reads("Infusion reaction, grade 1")
    day.later(minutes=15)
    day.nurse.goes(f"{P_9}/reaction")
    day.nurse.presses("Resume infusion")
    day.nurse.reads("Infusion running", "by 11:55")


def test_a_severe_reaction_ends_it_for_good(day: Day) -> None:
    """It is asked once more; what went in is recorded, nothing can be restarted, and the verdict is to stop."""
    day.runs()
    day.later(minutes=20)
    day.reacts("3: lasts or comes back, hospital care", "Chills", "Dyspnoea")
    day.nurse.reads("Stop treatment for good?")
    day.nurse.presses("Save it and stop")
    day.nurse.types("Volume that went in", "16.5")
    day.nurse.presses("Save the volume")
    day.nurse.reads("Watch after the infusion", "End watch is locked until 12:00")
    assert day.nurse.page.get_by_role("button", name="Resume infusion").count() == 0
    events = day.hospital.clinic.course("P-9").course.events
    doses = [event.shown["dose"] for event in events if event.kind == "given"]
    assert doses[-1] == "0.47 mg"  # 1.42 mg × 16.5 mL / 50 mL
    day.doctor.goes("/today")
    day.doctor.reads("Infusion reaction, grade 3")
    day.doctor.goes(P_9)
    day.doctor.reads("Stop treatment for good")


def test_a_watch_is_not_ended_early_by_a_nurse(day: Day) -> None:
    """Before the hour is over only a haematologist can, with a reason; after it, one touch."""
    day.runs()
    day.later(hours=1)
    day.nurse.presses("Infusion finished")
    day.nurse.reads("End watch is locked until 12:40")
    day.later(minutes=59)
    day.nurse.goes(f"{P_9}/watch")
    assert day.nurse.page.get_by_role("button", name="End watch", exact=True).filter(visible=True).count() == 0
    day.nurse.reads("End watch is locked until 12:40")
    day.later(minutes=1)
    day.nurse.goes(f"{P_9}/watch")
    day.nurse.presses("End watch")
    day.nurse.misses("Watch after the infusion")
    assert day.hospital.clinic.course("P-9").course.events[-1].kind == "watch_ended"
