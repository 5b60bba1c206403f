"""The haematologist's day on plain forms: every flow from end to end, on both databases, without JavaScript."""

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital
from tests.faces.web.reading import Page, Reader

P_9 = "/patients/P-9"
NEW = {
    "family": "Testcase",
    "given": "Zoë",
    "number": "000 4418",
    "allergies": "none known",
    "patient.born": "04-Mar-1979",
    "patient.sex": "female",
    "enrolled.disease": "relapsed",
    "enrolled.cd22": "positive",
    "enrolled.transplant": "planned",
    "enrolled.contraindications": "none",
    "enrolled.childbearing_potential": "no",
    "measured.height": "165",
    "measured.weight": "68",
}
LABS = {"labs.bilirubin": "0.7", "labs.ast": "0.9", "labs.alt": "1.1", "labs.anc": "1.8", "labs.platelets": "85"}
ULN = {f"labs.{name}.unit": "ULN" for name in ("bilirubin", "ast", "alt")}


@pytest.fixture
def adams(either: Hospital) -> Reader:
    """A haematologist of the hospital."""
    return Reader(either, "adams")


def enrolled(adams: Reader) -> Page:
    """The page that follows an enrolment."""
    return adams.sends(adams.goes("/patients/new").form("/patients/new"), NEW)


def entered(adams: Reader, course: str, **more: str) -> Page:
    """The page that follows results that allow a first dose."""
    form = adams.goes(f"{course}/results").form("/results")
    return adams.sends(form, {**LABS, **ULN, "labs.blasts": "3", **more})


def test_from_enrolment_to_a_signed_order(adams: Reader) -> None:
    """Enrolled on one page, planned, examined, ordered; each page says what comes next."""
    plan = enrolled(adams)
    assert plan.status == 200 and plan.path.endswith("/plan")
    assert "TESTCASE, Zoë" in plan.text and "000 4418" in plan.text
    day = adams.sends(plan.form("/plan"))
    assert day.title.startswith("Need a result") and "Enter results" in day.text
    course = day.path.partition("/days")[0]
    given = entered(adams, course)
    assert given.title.startswith("Give the dose") and "Give the dose: 1.42 mg" in given.text
    assert "Sign order for 1.42 mg" in given.text and "0.8 mg per m² × 1.77 m² = 1.42 mg" in given.text
    after = adams.sends(given.form("/acts/order"))
    assert "Ordered today: 1.42 mg." in after.text and "Sign order" not in after.text
    event = adams.hospital.clinic.course(course.rpartition("/")[2]).course.events[-1]
    assert event.kind == "ordered" and event.raw["ordered"] == {"dose": "1.42 mg", "cycle": "1", "day": "1"}


def test_a_hold_is_recorded_with_the_day_to_look_again(adams: Reader) -> None:
    """The reason follows from the clause; the day is kept and shown, and must be after today."""
    course = enrolled(adams).path.partition("/plan")[0]
    held = entered(adams, course, **{"labs.bilirubin": "1.7"})
    assert "Hold today's dose" in held.title and "Total bilirubin is 1.7 × ULN; at most 1.5 × ULN" in held.text
    form = held.form("/acts/hold")
    for wrong, told in (("25-Nov-2026", "Choose a later day"), ("soon", "Write the date as 22-Nov-2026")):
        again = adams.sends(form, recheck=wrong)
        assert again.status == 422 and again.title.startswith("Error:") and told in again.text
        assert again.form("/acts/hold").fields["recheck"] == [wrong]
    day = adams.sends(form, recheck="27-Nov-2026")
    assert "Hold recorded today. Look again on 27-Nov-2026." in day.text
    event = adams.hospital.clinic.course(course.rpartition("/")[2]).course.events[-1]
    assert event.raw["held"] == {"reason": "liver", "recheck": "2026-11-27"}
    assert "27-Nov-2026" in adams.goes("/today").text


def test_a_number_that_is_there_already_opens_no_second_record(adams: Reader) -> None:
    """The patient who has it is named, with a link; nothing is kept and nothing typed is lost."""
    enrolled(adams)
    form = adams.goes("/patients/new").form("/patients/new")
    with adams.hospital.unchanged():
        page = adams.sends(form, NEW | {"family": "Other"})
    assert page.status == 422 and "Open the patient who has this number" in page.text
    assert "TESTCASE, Zoë" in page.links and page.form("/patients/new").fields["family"] == ["Other"]


def test_all_that_is_wrong_with_an_enrolment_is_told_at_once(adams: Reader) -> None:
    """Each fault beside its field, with what to do first, in an order that follows the page."""
    wrong = {
        "family": "",
        "number": "",
        "patient.born": "31-Feb-2020",
        "measured.weight": "720",
        "measured.height": "1.72",
    }
    with adams.hospital.unchanged():
        page = adams.sends(adams.goes("/patients/new").form("/patients/new"), NEW | wrong)
    assert page.status == 422 and page.title.startswith("Error:")
    for said in ("Fill in this field: Family name.", "Fill in this field: MRN.", "31-Feb-2020", "720", "Is it in cm?"):
        assert said in page.text, page.text
    for name in ("family", "number", "patient.born", "measured.weight", "measured.height"):
        assert f'href="#{name}"' in page.html and name in page.ids
        assert page.form("/patients/new").fields[name] == [{**NEW, **wrong}[name]]


def test_a_surprising_value_is_typed_twice(adams: Reader) -> None:
    """Ten times the last one, or a tenth: once more, and only then is it kept."""
    course = enrolled(adams).path.partition("/plan")[0]
    entered(adams, course)
    form = adams.goes(f"{course}/results").form("/results")
    with adams.hospital.unchanged():
        page = adams.sends(form, {"labs.platelets": "850"})
        assert page.status == 422 and "Type it again below" in page.text
        page = adams.sends(page.form("/results"), {"labs.platelets.again": "85"})
        assert page.status == 422
    assert adams.sends(page.form("/results"), {"labs.platelets.again": "850"}).status == 200


def test_confirmed_veno_occlusive_disease_is_asked_once_more(adams: Reader) -> None:
    """A page of its own says what stops; going back keeps nothing, going on ends treatment."""
    form = adams.goes(f"{P_9}/toxicity").form("/toxicity")
    with adams.hospital.unchanged():
        page = adams.sends(form, {"vod.status": "confirmed"})
    assert "Stop treatment for good?" in page.text and page.links["Go back, save nothing"] == f"{P_9}/toxicity"
    after = adams.sends(page.form("/toxicity"))
    assert after.title.startswith("Stop treatment for good") and "Hepatic VOD is confirmed" in after.text


def test_a_question_is_answered_where_it_is_asked(adams: Reader) -> None:
    """A positive pregnancy test: the choices with the proposed one, the answer kept with its reason."""
    page = adams.sends(adams.goes(f"{P_9}/results").form("/results"), {"pregnancy_test.result": "positive"})
    assert page.title.startswith("Your decision") and page.form("/acts/judge").fields["choice"] == ["stop"]
    after = adams.sends(page.form("/acts/judge"), choice="continue", why="discussed with the patient")
    assert not after.title.startswith("Your decision")
    event = adams.hospital.clinic.course("P-9").course.events[-1]
    assert event.raw["judged"] == {"clause": "pregnancy", "choice": "continue", "why": "discussed with the patient"}


def test_deciding_otherwise_needs_a_reason_a_kind_and_a_second_name(adams: Reader) -> None:
    """Where the protocol holds the dose: nobody alone, not without saying why, and seen before it is kept."""
    adams.hospital.told("adams", "{at: 2026-11-24, response: {status: none}}")
    adams.sends(adams.goes(f"{P_9}/toxicity").form("/toxicity"), {"vod.status": "suspected"})
    form = adams.goes(f"{P_9}/otherwise").form("/otherwise")
    with adams.hospital.unchanged():
        page = adams.sends(form, way="give", why="too short")
        for said in ("Say why, so that pharmacy and audit can read it", "Choose the kind of reason", "Let the second"):
            assert said in page.text, page.text
        said = {"way": "give", "kind": "clinical", "why": "discussed at length", "password": PASSWORD}
        own = adams.sends(form, said, second="adams", password="x")
        assert "Let the second haematologist sign" in own.text
        mine = adams.sends(
            form, way="give", kind="clinical", why="discussed at length", second="adams", password=PASSWORD
        )
        assert "Let another haematologist sign" in mine.text
        nurse = adams.sends(
            form, way="give", kind="clinical", why="discussed at length", second="brown", password=PASSWORD
        )
        assert "Let another haematologist sign" in nurse.text
        seen = adams.sends(
            form, way="give", kind="clinical", why="discussed at length", second="clark", password=PASSWORD
        )
        assert "Look at the new calendar. Nothing is saved yet." in seen.text
    adams.sends(seen.form("/otherwise"), password=PASSWORD)
    told = [event.raw for event in adams.hospital.clinic.course("P-9").course.events]
    assert any(event.get("overrode", {}).get("by") == "Dr Clark" for event in told)
    assert told[-1]["ordered"]["why"] == "discussed at length" and told[-1]["ordered"]["against"] == ["vod-suspected"]


def test_the_plan_shows_the_new_calendar_before_it_is_signed(adams: Reader) -> None:
    """A change of the transplant plan is shown first; the same plan is signed at once."""
    form = adams.goes(f"{P_9}/plan").form("/plan")
    assert form.fields["replanned.transplant"] == ["planned"]
    with adams.hospital.unchanged():
        page = adams.sends(form, {"replanned.transplant": "not planned"})
        assert "Look at the new calendar. Nothing is saved yet." in page.text and "Cycle 6, day 15" in page.text
    adams.sends(page.form("/plan"))
    assert adams.hospital.clinic.course("P-9").course.events[-1].raw["replanned"] == {"transplant": "not planned"}


def test_a_date_too_close_to_the_last_dose_is_refused_with_the_earliest(adams: Reader) -> None:
    """Another day for the next dose is only looked at, and never one before it may be given."""
    adams.hospital.told("adams", "{at: 2026-11-24, response: {status: none}}")
    with adams.hospital.unchanged():
        form = adams.goes(f"{P_9}/plan").form("/plan/on")
        early = adams.sends(form, on="24-Nov-2026")
        assert early.status == 422 and "Choose 25-Nov-2026 or later" in early.text
        later = adams.sends(form, on="30-Nov-2026")
        assert later.status == 200 and "Look at the new calendar" in later.text


def test_an_entry_is_struck_with_a_reason(adams: Reader) -> None:
    """It stays on record as struck; the verdict without it is shown before."""
    adams.sends(adams.goes(f"{P_9}/toxicity").form("/toxicity"), {"vod.status": "suspected"})
    course = adams.goes(f"{P_9}/course")
    path = next(path for path in course.links.values() if "/correct/" in path and path.endswith("e6"))
    page = adams.goes(path)
    assert "This entry is struck" in page.text and "Without this entry" in page.text
    assert "Need a result" in page.text and "The verdict changes." in page.text
    with adams.hospital.unchanged():
        assert adams.sends(page.form("/correct/e6")).status == 422
    adams.sends(page.form("/correct/e6"), why="typed for another patient")
    after = adams.goes(f"{P_9}/course")
    assert "Struck" in after.text and "typed for another patient" in after.text
    assert adams.goes(path).status == 422


def test_stopping_says_what_it_means_and_asks_why(adams: Reader) -> None:
    """No reason, no stop; then nothing more is due."""
    form = adams.goes(f"{P_9}/stop").form("/stop")
    with adams.hospital.unchanged():
        assert adams.sends(form, reason="").status == 422
    after = adams.sends(form, reason="the patient wishes so")
    assert after.title.startswith("Stop treatment for good")
    assert adams.goes("/today").text.count("TESTCASE") == 0


def test_what_if_shows_a_verdict_and_keeps_nothing(adams: Reader) -> None:
    """A value near its limit is tried, clearly marked, as often as one likes."""
    course = enrolled(adams).path.partition("/plan")[0]
    entered(adams, course)
    with adams.hospital.unchanged():
        page = adams.goes(f"{course}/what-if")
        assert "Only a trial. Nothing of this page is ever recorded." in page.text
        for value, title in (("1.5", "Give the dose"), ("1.51", "Hold today's dose")):
            shown = adams.sends(page.form("/what-if"), {"labs.bilirubin": value, "labs.bilirubin.unit": "ULN"})
            assert shown.status == 200 and title in shown.text and "Nothing of this page" in shown.text
    assert adams.goes(course).title.startswith("Give the dose")


def test_two_people_on_one_patient(adams: Reader) -> None:
    """The second is told what the first did, loses nothing typed, and sends it again at the newer version."""
    form = adams.goes(f"{P_9}/results").form("/results")
    brown = Reader(adams.hospital, "brown")
    brown.sends(brown.goes(f"{P_9}/toxicity").form("/toxicity"), {"toxicity.term": "mucositis", "toxicity.grade": "1"})
    with adams.hospital.unchanged():
        page = adams.sends(form, LABS | ULN)
    assert page.status == 409 and "Somebody else was first. Nothing of yours was saved." in page.text
    assert "Nurse Brown told at" in page.text and "toxicity" in page.text
    for name, said in LABS.items():
        assert page.form("/results").fields[name] == [said]
    assert adams.sends(page.form("/results")).status == 200
    assert adams.hospital.clinic.course("P-9").course.events[-1].kind == "labs"


def test_what_a_colleague_told_is_not_passed_over_by_a_form_with_a_fault(adams: Reader) -> None:
    """The page that shows the fault does not show what came meanwhile: it is told when the form is sent again."""
    form = adams.goes(f"{P_9}/results").form("/results")
    adams.hospital.told("brown", "{at: 2026-11-25, toxicity: {term: mucositis, grade: 1}}")
    wrong = adams.sends(form, LABS | ULN | {"on": "soon"})
    assert wrong.status == 422
    with adams.hospital.unchanged():
        again = adams.sends(wrong.form("/results"), {"on": "25-Nov-2026"})
    assert again.status == 409 and "Nurse Brown told at" in again.text
    assert adams.sends(again.form("/results")).status == 200


def test_a_double_tap_is_kept_once(adams: Reader) -> None:
    """The same form sent twice, as it was."""
    form = adams.goes(f"{P_9}/results").form("/results")
    for _ in range(2):
        assert adams.sends(form, LABS | ULN).status == 200
    assert adams.hospital.version() == 6


def test_a_sign_in_that_ends_in_mid_form_loses_nothing(adams: Reader) -> None:
    """Sign in again, go back to the form with everything in it, send it: only then is it kept."""
    form = adams.goes(f"{P_9}/results").form("/results")
    stranger = Reader(adams.hospital, None)
    with adams.hospital.unchanged():
        page = stranger.sends(form, LABS | ULN)
        assert page.status == 401 and "Sign in again to go on. What you typed is kept." in page.text
        wrong = stranger.sends(page.form("/sign-in"), name="adams", password="wrong")
        assert wrong.status == 401 and "User name or password is not right" in wrong.text
        back = stranger.sends(wrong.form("/sign-in"), name="adams", password=PASSWORD)
        assert "What you typed is in it, and nothing of it is saved yet" in back.text
        again = adams.sends(back.form("/results"))
        for name, said in LABS.items():
            assert again.form("/results").fields[name] == [said]
    adams.sends(again.form("/results"))
    assert adams.hospital.version() == 6
