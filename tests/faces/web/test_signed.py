"""What is signed is what was shown: the dose, the day, the verdict; and nothing slips by a digit or a unit."""

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital, Keys
from tests.faces.web.reading import Page, Reader

P_9 = "/patients/P-9"
READY = (
    "{at: 2026-11-24, response: {status: none}}",
    "{at: 2026-11-24, held: {reason: logistics}}",
    "{at: 2026-11-25, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, bilirubin: {value: 12 umol/L, uln: 21 umol/L}, "
    "ast: 0.9 ULN, alt: 1.1 ULN}}",
)
WHY = {"way": "give", "kind": "clinical", "why": "discussed at length"}
SECOND = {"second": "clark", "password": PASSWORD}


@pytest.fixture
def adams(hospital: Hospital) -> Reader:
    """A haematologist, before a patient who may have 1.42 mg today."""
    for said in READY:
        hospital.told("adams", said)
    return Reader(hospital, "adams")


def otherwise(adams: Reader, **said: str) -> Page:
    """The answer to deciding otherwise."""
    return adams.sends(adams.goes(f"{P_9}/otherwise").form("/otherwise"), {**WHY, **said})


def last(adams: Reader) -> dict[str, object]:
    """What was told last."""
    raw: dict[str, object] = adams.hospital.clinic.course("P-9").course.events[-1].raw
    return raw


@pytest.mark.parametrize(
    ("unit", "limit", "status"), [("umol/L", "21", 200), ("mg/dL", "21", 422), ("umol/L", "2.1", 422)]
)
def test_an_upper_limit_is_of_the_unit_it_was_typed_for(adams: Reader, unit: str, limit: str, status: int) -> None:
    """With another unit the limit that stood there is refused, and so is one that jumps without being typed twice."""
    form = adams.goes(f"{P_9}/results").form("/results")
    assert form.fields["labs.bilirubin.uln"] == ["21"] and form.fields["labs.bilirubin.unit"] == ["umol/L"]
    page = adams.sends(form, {"labs.bilirubin": "20", "labs.bilirubin.unit": unit, "labs.bilirubin.uln": limit})
    assert page.status == status
    if unit == "mg/dL":
        assert "Type the upper limit in mg per dL." in page.text
    elif status == 422:
        assert "Type it again below. 20, or its upper limit" in page.text


def test_a_limit_in_another_unit_than_its_value_is_not_proposed(adams: Reader) -> None:
    """A laboratory may tell them so; the form begins with an empty limit."""
    adams.hospital.told("adams", "{at: 2026-11-25, labs: {bilirubin: {value: 20 umol/L, uln: 1.2 mg/dL}}}")
    assert adams.goes(f"{P_9}/results").form("/results").fields["labs.bilirubin.uln"] == [""]


def test_what_is_changed_after_it_was_shown_is_shown_again(adams: Reader) -> None:
    """Another dose, another way, another reason: nothing is kept that was not seen."""
    shown = otherwise(adams, dose="1.3", **SECOND)
    assert "Look at the new calendar" in shown.text and "Order 1.3 mg instead of 1.42 mg." in shown.text
    with adams.hospital.unchanged():
        again = adams.sends(shown.form("/otherwise"), {"dose": "1.2", "password": PASSWORD})
        assert "Order 1.2 mg instead of 1.42 mg." in again.text
    adams.sends(again.form("/otherwise"), password=PASSWORD)
    kept = {"dose": "1.2 mg", "cycle": "2", "day": "1", "against": ["day-1-dose"], "why": WHY["why"]}
    assert last(adams)["ordered"] == kept


def test_another_dose_than_advised_needs_a_second_name(adams: Reader) -> None:
    """Within the five percent of an order nobody else is asked."""
    alone = otherwise(adams, dose="1.2")
    assert alone.status == 422 and "Let the second haematologist sign" in alone.text
    assert otherwise(adams, dose="1.45").status == 200


def test_a_slip_of_a_digit_is_typed_twice(adams: Reader) -> None:
    """Ten times the dose, or a tenth, whoever signs beside."""
    page = otherwise(adams, dose="14.2", **SECOND)
    assert page.status == 422 and "Type the dose again below." in page.text
    wrong = adams.sends(page.form("/otherwise"), {"dose.again": "1.42", "password": PASSWORD})
    assert wrong.status == 422
    right = adams.sends(wrong.form("/otherwise"), {"dose.again": "14.2", "password": PASSWORD})
    assert right.status == 200 and "Order 14.2 mg instead of 1.42 mg." in right.text


def test_too_many_tries_of_a_second_name_lose_nothing(adams: Reader) -> None:
    """The form stays as it was typed."""
    for _ in range(12):
        page = otherwise(adams, dose="1.2", second="clark", password="wrong")
    assert page.status == 422 and "Somebody tried too often" in page.text
    assert page.form("/otherwise").fields["why"] == [WHY["why"]]


def test_an_order_stands_beside_the_dose_it_was_for(adams: Reader) -> None:
    """When the dose changes, the button is there again, and the order that stands is told of."""
    signed = adams.sends(adams.goes(P_9).form("/acts/order"))
    assert "Ordered today: 1.42 mg." in signed.text and "Sign order" not in signed.text
    adams.hospital.told("adams", "{at: 2026-11-25, measured: {weight: 90 kg}}")
    after = adams.goes(P_9)
    assert "Tell the pharmacy. The order of 1.42 mg that stands does not fit this verdict." in after.text
    assert "Sign order for 1.62 mg" in after.text


def test_an_order_against_one_clause_answers_no_other(adams: Reader) -> None:
    """Confirmed VOD after it: the stop has its button, and the pharmacist still has the patient."""
    adams.hospital.told("adams", "{at: 2026-11-25, vod: {status: suspected}}")
    adams.sends(otherwise(adams, dose="1.42", **SECOND).form("/otherwise"), password=PASSWORD)
    assert "Record hold" not in adams.goes(P_9).text
    assert adams.goes(P_9).title.startswith("Hold today's dose")
    adams.hospital.told("adams", "{at: 2026-11-25, vod: {status: excluded}}")
    adams.hospital.told("adams", "{at: 2026-11-25, labs: {ast: 3 ULN}}")
    liver = adams.goes(P_9)
    assert "Record hold" in liver.text and "The order of 1.42 mg that stands does not fit this verdict." in liver.text
    adams.hospital.told("adams", "{at: 2026-11-25, vod: {status: confirmed}}")
    page = adams.goes(P_9)
    assert "Stop treatment" in page.links and "does not fit this verdict" in page.text
    assert "P-9" in Reader(adams.hospital, "price").goes("/today").text.partition("Complete or stopped")[0]


def test_a_day_to_look_again_hides_nobody_whose_situation_changed(adams: Reader) -> None:
    """A hold with a day, then a result that releases it: the patient is due again, and the order waits for pharmacy."""
    adams.hospital.told("adams", "{at: 2026-11-25, vod: {status: suspected}}")
    page = adams.goes(P_9)
    adams.sends(page.form("/acts/hold"), recheck="30-Nov-2026")
    assert "Nothing is due for you." in adams.goes("/today").text
    adams.hospital.told("adams", "{at: 2026-11-25, vod: {status: excluded}}")
    assert "For you: 1" in adams.goes("/today").text
    adams.sends(adams.goes(P_9).form("/acts/order"))
    assert "For you: 1" in Reader(adams.hospital, "price").goes("/today").text


def test_nothing_is_signed_on_another_day_than_was_shown(adams: Reader) -> None:
    """A page that is open over midnight is shown again first."""
    stop, order = adams.goes(f"{P_9}/stop").form("/stop"), adams.goes(P_9).form("/acts/order")
    adams.hospital.clock.on(minutes=14 * 60 + 50)
    adams.hospital.keys = Keys({"adams": str(adams.hospital.clinic.accounts.sign_in("adams", PASSWORD))})
    with adams.hospital.unchanged():
        for page in (adams.sends(stop, reason="wish"), adams.sends(order)):
            assert page.status == 422 and "The day has changed" in page.text


def test_the_plan_of_somebody_whose_transplant_is_not_known_is_shown(adams: Reader) -> None:
    """Enrolled with nothing but a name, a number, a birth and a sex."""
    form = adams.goes("/patients/new").form("/patients/new")
    said = {"family": "Least", "number": "7", "patient.born": "04-Mar-1979", "patient.sex": "female"}
    page = adams.sends(form, said)
    assert page.status == 200 and page.path.endswith("/plan")
    assert adams.sends(page.form("/plan")).status == 422


@pytest.mark.parametrize("on", ["31-Feb-2026", "31-Dec-2026"])
def test_a_wrong_or_later_date_shows_no_verdict(adams: Reader, on: str) -> None:
    """Neither as a preview nor as a trial; on a form it is a fault beside the field."""
    form = adams.goes(f"{P_9}/what-if").form("/what-if")
    assert adams.sends(form, {"labs.anc": "1.7"}).status == 200
    assert adams.sends(form, {"labs.anc": "1.7", "on": on}).status == 422
    page = adams.sends(form, {"labs.bilirubin": "1.7", "labs.bilirubin.unit": "ULN", "on": on})
    assert page.status == 422 and "Hold today" not in page.text
    results = adams.goes(f"{P_9}/results").form("/results")
    assert adams.sends(results, {"labs.anc": "1.8", "on": on}).status == 422


def test_body_surface_is_shown_also_where_no_dose_is_known(hospital: Hospital) -> None:
    """While the response is open, and once treatment has ended; it is that of the dose where there is one."""
    adams = Reader(hospital, "adams")
    assert "BSA 1.77 m² (02-Nov-2026)" in adams.goes(P_9).text
    hospital.told("adams", "{at: 2026-11-25, stopped: {reason: wish}}")
    assert "BSA 1.77 m² (02-Nov-2026)" in adams.goes(P_9).text
    hospital.told("adams", "{at: 2026-11-25, measured: {weight: 90 kg}}")
    assert "BSA 2.03 m² (25-Nov-2026)" in adams.goes(P_9).text
