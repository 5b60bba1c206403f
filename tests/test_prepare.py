"""The sheet for one dose has its numbers filled in, its clocks on the site's wall, and never prepares what is held."""

import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ENROLLED, LIVER, MEASURED, PROTOCOL, READY, STARTED, Told, course, moments

from oncourse.answer import sheet_answer
from oncourse.decide import decide
from oncourse.dose import portion
from oncourse.faces import text
from oncourse.prepare import Sheet, current, headline, prepare, said, wall

CHILD = ((0, ENROLLED), (0, "measured: {height: 80 cm, weight: 10 kg}"), READY[2])
DRUGS = "{corticosteroid: '08:30', antipyretic: '08:30', antihistamine: '08:30'}"
PREMEDICATED = (0, f"premedicated: {DRUGS}")
VIAL = ("2026-01-05T09:00:00+01:00", "reconstituted: {}")
DILUTED = ("2026-01-05T09:30:00+01:00", "diluted: {volume: 50 mL}")
RAN = (
    ("2026-01-05T10:00:00+01:00", "infusion: {state: started}"),
    ("2026-01-05T11:00:00+01:00", "infusion: {state: finished}"),
)
NO_CLOCKS = dict.fromkeys(("dilute_by", "start_by", "end_by", "observe_until"))


def sheet(*told: Told, at: str | None = None, site: str = "{}") -> Sheet:
    """The sheet at a moment."""
    moment = None if at is None else datetime.fromisoformat(at)
    return prepare(decide(PROTOCOL, course(*told, site=site), moment))


def steps(of: Sheet) -> dict[str, str]:
    return {step.id: step.says for step in of.steps}


def test_the_answer_has_the_keys_of_the_contract() -> None:
    """The dose block, premedication, steps and clocks, beside what says for whom and when."""
    answer = sheet_answer(sheet(*READY))
    assert list(answer) == [
        "course",
        "at",
        "verdict",
        "headline",
        "cycle",
        "day",
        "dose",
        "premedication",
        "steps",
        "clocks",
        "findings",
    ]
    assert [set(step) for step in answer["steps"]] == [{"id", "says", "cites"}] * len(PROTOCOL.preparation.steps)
    assert answer["premedication"] == [
        {"drug": drug, "recorded": False} for drug in ("corticosteroid", "antipyretic", "antihistamine")
    ]
    assert (answer["clocks"], answer["findings"]) == (NO_CLOCKS, [])


def test_steps_name_the_amounts_of_this_dose() -> None:
    """What is drawn, from how many vials, to which volume and at which rate."""
    said_of = steps(sheet(*READY))
    assert said_of["draw"].startswith("Draw 5.84 mL from 2 vials;")
    assert "a total of 50 mL" in said_of["dilute"]
    assert "50 mL per hour" in said_of["pump"]


def test_a_small_dose_is_not_diluted_to_50_ml() -> None:
    """Where the bag would be too dilute the sheet names neither its volume nor its rate."""
    of = sheet(*CHILD)
    assert of.decision.dose is not None and of.decision.dose.bag_ml is None
    said_of = steps(of)
    assert said_of["dilute"].startswith("Do not use a 50 mL bag.")
    assert said_of["draw"].startswith("Draw 1.52 mL from 1 vial;")
    assert said_of["pump"] == "Run by pump, the whole volume over 1 hour."


def test_every_step_cites_its_statements() -> None:
    """No instruction without a source."""
    assert all(step.says and step.cites for step in sheet(*READY).steps)


@pytest.mark.uncounted
def test_only_a_dose_to_be_given_is_prepared() -> None:
    """Whatever the verdict of a case, its sheet says so unless it is give or ordered against it; no step has a gap."""
    for moment in moments():
        of = prepare(moment.decision())
        due = of.decision.verdict == "give" or of.against
        assert headline(of).startswith("Not for preparation. ") == (not due), moment.path
        assert bool(of.steps) == (of.portion is not None), moment.path
        assert [step.says for step in of.steps if re.search(r"[{}]|None|Not recorded", step.says)] == [], moment.path


def test_premedication_is_told_drug_by_drug() -> None:
    """What is on record for the day of the dose, with or without any other time."""
    assert sheet(*READY, PREMEDICATED).premedication == dict.fromkeys(PROTOCOL.preparation.premedication, True)
    some = sheet(*READY, (0, "premedicated: {antipyretic: '08:30'}"), VIAL, at="2026-01-05T09:10:00+01:00")
    assert some.premedication == {"corticosteroid": False, "antipyretic": True, "antihistamine": False}
    assert [refusal.clause for refusal in some.refusals] == ["premedication"]
    assert said(some, some.refusals[0]) == (
        "Do not start yet. Not recorded before the start: corticosteroid, antihistamine."
    )


def test_premedication_of_the_last_dose_does_not_count() -> None:
    """Every dose has its own."""
    of = sheet(*STARTED, PREMEDICATED, (7, LIVER))
    assert (of.decision.verdict, set(of.premedication.values())) == ("give", {False})


def test_the_clocks_of_the_last_dose_are_over() -> None:
    """A week later nothing of them is left, whether asked by day or by instant."""
    told = (*READY, PREMEDICATED, VIAL, DILUTED, *RAN, STARTED[-1], (7, LIVER))
    for at in (None, "2026-01-12T09:00:00+01:00"):
        of = sheet(*told, at=at)
        assert (of.decision.slot["day"], sheet_answer(of)["clocks"], of.refusals) == (8, NO_CLOCKS, ())


def test_a_date_means_the_last_time_of_its_day() -> None:
    """Without an instant the clocks are held against the last one on record that day."""
    of = sheet(*READY, PREMEDICATED, VIAL)
    assert of.now == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert [clock.id for clock in of.clocks] == ["dilute-by", "start-by", "end-by"]


@pytest.mark.parametrize(
    ("at", "bind"),
    [
        ("09:10", ["dilute-by", "start-by", "end-by"]),
        ("09:40", ["start-by", "end-by"]),
        ("10:20", ["end-by"]),
        ("11:20", ["observe-until"]),
    ],
)
def test_only_clocks_that_still_bind_are_shown(at: str, bind: list[str]) -> None:
    """What is done has no limit any more; the answer for programs keeps all four."""
    of = sheet(*READY, PREMEDICATED, VIAL, DILUTED, *RAN, at=f"2026-01-05T{at}:00+01:00")
    assert [clock.id for clock in current(of)] == bind
    assert sheet_answer(of)["clocks"]["end_by"] is not None


@pytest.mark.parametrize(
    ("site", "at", "shown"),
    [
        ("{timezone: America/New_York}", "2026-01-05T09:10:00+01:00", "07:00"),
        ("{timezone: America/New_York}", "2026-01-05T08:10:00Z", "07:00"),
        ("{}", "2026-01-05T09:10:00+01:00", "13:00"),
        ("{}", "2026-01-05T08:10:00Z", "13:00"),
        ("{}", None, "13:00"),
    ],
)
def test_times_are_those_of_the_wall(site: str, at: str | None, shown: str) -> None:
    """In the site's zone; in the record's offset where the site names none, however the moment was written."""
    of = sheet(*READY, PREMEDICATED, VIAL, at=at, site=site)
    assert wall(of, of.clocks[0].at) == shown
    assert sheet_answer(of)["clocks"]["dilute_by"].isoformat()[11:16] == shown


def test_a_limit_after_midnight_says_its_day() -> None:
    """A time of another day is never shown bare."""
    of = sheet(*READY, PREMEDICATED, ("2026-01-05T21:00:00+01:00", "reconstituted: {}"))
    assert [wall(of, clock.at) for clock in of.clocks] == [
        "01:00 on 06-Jan-2026",
        "04:00 on 06-Jan-2026",
        "05:00 on 06-Jan-2026",
    ]


def test_a_limit_after_a_change_of_the_clocks_says_its_zone() -> None:
    """The hour that comes twice is told apart."""
    told = tuple((f"2026-10-2{4 if day == 0 else 5}", text) for day, text in READY)
    vial = ("2026-10-24T23:30:00+02:00", "reconstituted: {}")
    of = sheet(*told, vial, site="{timezone: Europe/Vienna}")
    assert wall(of, of.clocks[0].at) == "02:30 CET on 25-Oct-2026"
    assert wall(of, of.clocks[0].at - timedelta(hours=1)) == "02:30 on 25-Oct-2026"


def test_a_refusal_says_both_times() -> None:
    """What to do, the projected end and the limit."""
    late = ("2026-01-05T16:20:00+01:00", "infusion: {state: started}")
    of = sheet(*READY, PREMEDICATED, VIAL, DILUTED, late)
    assert [said(of, refusal) for refusal in of.refusals] == [
        "Stop and call pharmacy. It will end at 17:20; the limit is 17:00, 8 hours after the first vial."
    ]
    (found,) = sheet_answer(of)["findings"]
    assert (found["clause"], found["act"], found["cites"]) == ("end-by", "stop", ["A25", "A26"])


def test_without_a_size_there_are_no_steps() -> None:
    """A sheet without an amount prepares nothing."""
    of = sheet((0, ENROLLED))
    assert (of.steps, sheet_answer(of)["dose"]) == ((), None)


@given(st.integers(-12 * 60, 14 * 60), st.integers(0, 24 * 60 - 1))
def test_an_instant_means_the_same_in_every_offset(offset: int, minute: int) -> None:
    """Asked in any offset, the limits are the same instants."""
    moment = datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=minute)
    read = course(*READY, PREMEDICATED, VIAL, site="{timezone: Europe/Vienna}")
    here = prepare(decide(PROTOCOL, read, moment.astimezone(timezone(timedelta(minutes=offset)))))
    assert here.clocks == prepare(decide(PROTOCOL, read, moment)).clocks


def test_measurements_alone_make_no_sheet() -> None:
    """Before enrolment there is nothing to prepare."""
    assert headline(sheet((0, MEASURED))) == "Not for preparation. Need a result. Enrol the patient first."


ORDERED = (0, "ordered: {dose: 1.46 mg}")
AGAINST = (0, "ordered: {dose: 0.73 mg, against: [day-1-dose], why: as in the trial}")


def test_what_was_ordered_is_prepared() -> None:
    """Volume, vials and steps are those of the order; an order against advice says so with its reason."""
    plain, other = sheet(*READY, ORDERED), sheet(*READY, AGAINST)
    assert plain.portion == portion(PROTOCOL.amounts, Fraction("1.46")) and not plain.against
    assert steps(other)["draw"].startswith("Draw 2.92 mL from 1 vial;")
    assert headline(other).startswith(
        "Given against advice: 0.73 mg. 0.8 mg per m² on day 1 without CR or CRi. Reason: as in the trial. "
        "The protocol says: Give 1.46 mg today"
    )
    assert "0.73 mg = 2.92 mL from 1 vial, in a bag of 50 mL" in text.sheet(other)
    told = sheet_answer(other)["ordered"]
    assert (told["mg"], told["volume_mL"], told["against"]) == (Fraction("0.73"), Fraction("2.92"), ("day-1-dose",))
    held = sheet(*READY, (0, "vod: {status: suspected}"), (0, "ordered: {dose: 1.46 mg}"))
    assert headline(held).startswith("Not for preparation. Hold") and not held.due
    assert "1.46 mg =" not in text.sheet(held)


def test_every_preparation_has_a_worksheet_of_its_own() -> None:
    """Another patient, day, dose, or one more preparation after a discarded one: another number."""
    first = sheet(*READY, ORDERED).number
    again = sheet(*READY, ORDERED, VIAL, ("2026-01-05T09:20:00+01:00", "discarded: {reason: cloudy}")).number
    assert re.fullmatch(r"W-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-1", first)
    assert again == first.removesuffix("1") + "2"
    other_dose = sheet(*READY, AGAINST).number
    other_day = sheet(*READY, (1, "ordered: {dose: 1.46 mg}"), at="2026-01-06T09:00:00+01:00").number
    assert len({first, again, other_dose, other_day}) == 4
    assert sheet(*READY, ORDERED, ORDERED).number == again
