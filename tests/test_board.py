"""Where every patient stands today: decided once, kept until something is told, never older than the last word."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from tests.test_clinic import NOW, P_9, begun

from oncourse import board
from oncourse.board import Board, Standing, supposed
from oncourse.clinic import Clinic, NoCourse
from oncourse.problem import BadInput

LABS = "{at: 2026-11-25, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}}"
HELD = "{at: 2026-11-25, held: {reason: liver, recheck: 2026-11-27}}"


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    """A clinic with one course at version 5."""
    return begun(str(tmp_path / "record.db"))


def told(clinic: Clinic, said: str) -> None:
    """One more event."""
    clinic.append("P-9", len(clinic.entries("P-9")), said, "Dr Adams")


def test_a_decision_is_taken_once_until_something_is_told(clinic: Clinic) -> None:
    """The same standing again, and another one after an event."""
    here = Board(clinic)
    first = here.of("P-9")
    assert here.of("P-9") is first and list(here) == [first]
    told(clinic, LABS)
    after = here.of("P-9")
    assert (first.version, after.version) == (5, 6) and after.decision != first.decision
    assert after.decision.verdict == clinic.decision("P-9", after.today).verdict


def test_a_new_day_is_decided_anew(clinic: Clinic) -> None:
    """The calendar of the site goes on although nothing is told."""
    here, first = Board(clinic), Board(clinic).of("P-9")
    clinic.clock = lambda: NOW + timedelta(days=1)
    assert here.of("P-9").today == first.today + timedelta(days=1)


def test_nobody_stands_where_no_course_is(clinic: Clinic) -> None:
    """Also not under a part of an id."""
    for name in ("P-", "P-10", ""):
        with pytest.raises(NoCourse):
            Board(clinic).of(name)


STEPS = (  # who tells what at which minute before half past nine, and the step that follows
    ("Dr Adams", 0, "id: order, ordered: {dose: 1.37 mg}", "verify", "pharmacist"),
    ("Price", 1, "checked: {point: order, first: order, dose: 1.37 mg}", "vials", "pharmacist"),
    ("Price", 2, "reconstituted: {appearance: clear}", "dilute", "pharmacist"),
    ("Price", 4, "id: bag, diluted: {drawn: 5.48 mL, volume: 50 mL}", "check", "pharmacist"),
    (
        "Quinn",
        5,
        "checked: {point: preparation, first: bag, dose: 1.37 mg, drawn: 5.48 mL, volume: 50 mL,"
        " reconstituted: '09:02'}",
        "release",
        "pharmacist",
    ),
    ("Price", 6, "released: {}", "start", "nurse"),
    (
        "Brown",
        7,
        "premedicated: {corticosteroid: '09:07', antipyretic: '09:07', antihistamine: '09:07'}",
        "start",
        "nurse",
    ),
    ("Brown", 8, "id: one, checked: {point: bag, bag: W-1}", "start", "nurse"),
    ("Young", 9, "checked: {point: bag, first: one, bag: W-1}", "start", "nurse"),
    ("Brown", 10, "id: two, checked: {point: pump, rate: 50 mL/h}", "start", "nurse"),
    ("Young", 11, "checked: {point: pump, first: two, rate: 50 mL/h}", "start", "nurse"),
    ("Brown", 12, "infusion: {state: started}", "run", "nurse"),
    ("Brown", 13, "infusion: {state: paused}", "paused", "nurse"),
    ("Brown", 14, "infusion: {state: resumed}", "run", "nurse"),
    ("Brown", 28, "infusion: {state: finished}", "watch", "nurse"),
    ("Brown", 28, "given: {dose: 1.37 mg}", "watch", "nurse"),
)


def test_whose_the_next_step_is(clinic: Clinic) -> None:
    """The prescriber's until there is an order, then the pharmacy's, then the nurse's until the watch is over."""
    here = Board(clinic)
    assert (here.of("P-9").waits_for, here.of("P-9").told) == ("haematologist", None)
    for who, minute, said, step, whose in STEPS:
        event = f"{{at: 2026-11-25T09:{minute:02}:00Z, {said}}}"
        clinic.append("P-9", len(clinic.entries("P-9")), event, who)
        of = here.of("P-9")
        assert of.stage is not None and (of.stage.step, of.waits_for, of.open) == (step, whose, True), said
    assert of.decision.verdict == "wait"
    told(clinic, "{at: 2026-11-25T09:30:00Z, watch_ended: {}}")
    after = here.of("P-9")
    assert (after.stage, after.waits_for, after.open) == (None, None, False)


def test_the_prescriber_is_told_of_a_reaction(clinic: Clinic) -> None:
    """Beside the nurse, whose the next step is."""
    for who, minute, said, step, _ in STEPS:
        clinic.append("P-9", len(clinic.entries("P-9")), f"{{at: 2026-11-25T09:{minute:02}:00Z, {said}}}", who)
        if step == "run":
            break
    here = Board(clinic)
    assert not here.of("P-9").waits_for_any(["haematologist"])
    told(clinic, "{at: 2026-11-25T09:20:00Z, reaction: {grade: 1}}")
    of = here.of("P-9")
    assert (of.waits_for, of.waits_for_any(["haematologist"]), of.waits_for_any(["pharmacist"])) == (
        "nurse",
        True,
        False,
    )


def test_a_verdict_is_answered_by_what_it_says_or_by_an_order_against_it(clinic: Clinic) -> None:
    """A hold of this morning does not answer the question for results; an order against advice answers everything."""
    here = Board(clinic)
    assert not here.of("P-9").answered
    told(clinic, "{at: 2026-11-25, held: {reason: logistics}}")
    assert here.of("P-9").decision.verdict == "need" and here.of("P-9").answered
    told(clinic, LABS)
    told(clinic, "{at: 2026-11-25, response: {status: none}}")
    given = here.of("P-9")
    assert given.decision.verdict == "give" and given.told is not None and not given.answered
    told(clinic, "{at: 2026-11-25, vod: {status: suspected}}")
    told(clinic, "{at: 2026-11-25, ordered: {dose: 1.42 mg, against: [vod-suspected], why: discussed}}")
    against = here.of("P-9")
    assert against.decision.verdict == "hold" and against.answered


def test_a_day_to_look_again_closes_the_row_until_then(clinic: Clinic) -> None:
    """And is the day that counts; on that day it is open again."""
    here = Board(clinic)
    assert here.of("P-9").open and here.of("P-9").recheck is None
    told(clinic, HELD)
    held = here.of("P-9")
    assert (held.recheck, held.due, held.open) == (date(2026, 11, 27), date(2026, 11, 27), False)
    clinic.clock = lambda: NOW + timedelta(days=2)
    assert here.of("P-9").open


def test_a_course_that_is_over_waits_for_nobody(clinic: Clinic) -> None:
    """It has no day that counts, and comes last."""
    clinic.open(P_9.replace("P-9", "P-1"), "clerk")
    told(clinic, "{at: 2026-11-25, stopped: {reason: wish}}")
    here = Board(clinic)
    assert [of.patient.course for of in here] == ["P-1", "P-9"]
    over = here.of("P-9")
    assert (over.waits_for, over.due, over.open, over.answered) == (None, None, False, True)
    clinic.clock = lambda: NOW + timedelta(days=3)
    assert here.of("P-9").answered and not here.of("P-1").answered
    clinic.clock = lambda: NOW
    assert here.of("P-1").due == here.of("P-1").today


def test_what_is_older_than_the_last_word_is_never_kept(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads a course while another tells something of it: the older reading is not what the next one sees."""
    here, met = Board(clinic), Barrier(2)
    slowly = board.standing

    def read(of: Clinic, patient: Any) -> Standing:
        made = slowly(of, patient)
        met.wait()  # it is read ...
        met.wait()  # ... and meanwhile somebody has told something and looked
        return made

    monkeypatch.setattr(board, "standing", read)
    seen: list[Standing] = []
    reader = Thread(target=lambda: seen.append(here.of("P-9")))
    reader.start()
    met.wait()
    monkeypatch.setattr(board, "standing", slowly)
    told(clinic, LABS)
    assert here.of("P-9").version == 6
    met.wait()
    reader.join()
    assert seen[0].version == 5 and here.of("P-9").version == 6


def test_what_is_supposed_is_decided_and_not_kept(clinic: Clinic) -> None:
    """Like an event that was told, with every fault of it; the record stays as it is."""
    today = Board(clinic).of("P-9").today
    made = supposed(clinic, "P-9", LABS.replace("0.7 ULN", "1.7 ULN"), today)
    assert made.verdict == "hold" and len(clinic.entries("P-9")) == 5
    with pytest.raises(BadInput, match="no unit"):
        supposed(clinic, "P-9", LABS.replace("0.7 ULN", "1.7"), today)


def test_what_is_supposed_takes_no_id_that_is_taken(clinic: Clinic) -> None:
    """Somebody has given an event of theirs the very id that the next one would have."""
    told(clinic, "{at: 2026-11-25, id: e7, vod: {status: suspected}}")
    assert supposed(clinic, "P-9", LABS, Board(clinic).of("P-9").today).verdict == "hold"


def test_a_standing_is_of_a_day(clinic: Clinic) -> None:
    """Whatever the hour."""
    of = Board(clinic).of("P-9")
    assert not isinstance(of.today, datetime) and replace(of).today == of.today
