"""A decision says verdict, slot, dose, findings, needs, question and change, for a day or an instant."""

from datetime import date, datetime
from fractions import Fraction

import pytest
from tests.builders import CYCLE_1, LIVER, PROTOCOL, READY, STARTED, clauses, course, decided, moments, on

from oncourse.decide import decide
from oncourse.expression import BOOL, Compare, parse
from oncourse.problem import Place

DAY_8 = (*STARTED, (7, LIVER))


def test_the_readme_s_patient_in_one_decision() -> None:
    """Day 8 a week after the first dose, with good liver values."""
    decision = decided(*DAY_8)
    assert decision.verdict == "give"
    assert dict(decision.slot) == {
        "cycle": 1,
        "day": 8,
        "due": date(2026, 1, 12),
        "earliest": date(2026, 1, 11),
        "late": 0,
        "omit_on": date(2026, 1, 19),
        "level": 0,
        "interruption_days": 0,
    }
    assert decision.dose is not None and decision.dose.mg == Fraction("0.91")
    assert (decision.findings, decision.needs, decision.choices, decision.omitted) == ((), (), None, ())
    assert decision.at == date(2026, 1, 12)


def test_without_a_date_it_is_the_last_event_s() -> None:
    """Never today: an answer can be repeated."""
    assert decided(*STARTED).at == date(2026, 1, 5)
    assert decided(*STARTED, at=30).at == date(2026, 2, 4)
    with pytest.raises(ValueError, match="say at which date"):
        decide(PROTOCOL, course())
    assert decide(PROTOCOL, course(), on(0)).needs[0] == "enrolment"


def test_an_instant_sees_the_events_up_to_it() -> None:
    """A date is the end of its day; an instant is itself."""
    asked = course(*READY, ("2026-01-05T10:40:00+01:00", "given: {dose: 1.46 mg}"))
    before, after = (datetime.fromisoformat(f"2026-01-05T{time}:00+01:00") for time in ("10:39", "10:40"))
    assert [decide(PROTOCOL, asked, at).verdict for at in (before, after, on(0))] == ["give", "wait", "wait"]
    assert decide(PROTOCOL, asked, before).at == before


def test_only_what_is_listed_so_far_can_be_looked_at() -> None:
    """As expectations do, which stand between the events of a day."""
    asked = course(*DAY_8, (7, "labs: {ast: 9 ULN}"))
    assert [decide(PROTOCOL, asked, on(7), listed).verdict for listed in (None, 5, 4, 3)] == [
        "hold",
        "give",
        "need",
        "need",
    ]


def test_a_finding_names_what_made_it_fire() -> None:
    """Each comparison that held, with its limit, and the statements and readings it leans on."""
    decision = decided(*STARTED, (7, "labs: {bilirubin: 1.7 ULN, ast: 1 ULN, alt: 3 ULN}"))
    (found,) = decision.findings
    assert (found.clause, found.act, found.cites, found.readings) == ("liver-hold", "hold", ("A34", "A47"), ("R3",))
    atoms = [ground.atom for ground in found.grounds if isinstance(ground.atom, Compare)]
    limits = {(str(atom.left.name), atom.op, decision.moment.evaluate(atom.right)) for atom in atoms}  # type: ignore[attr-defined]
    assert limits == {("bilirubin", ">", Fraction(3, 2)), ("alt", ">", Fraction(5, 2))}


def test_needs_come_in_the_order_of_the_protocol() -> None:
    """Enrolment first, then as the facts are declared; what is no fact of it first of all."""
    named = [fact.name for fact in PROTOCOL.facts]
    for moment in moments():
        needs = moment.decision().needs if moment.expected.fields.get("verdict") == "need" else ()
        known = [need for need in needs if need in named]
        assert known == sorted(known, key=named.index)
        assert list(needs[len(needs) - len(known) :]) == known


@pytest.mark.parametrize(
    ("told", "question"),
    [
        (((5, "pregnancy_test: {result: positive}"),), ("pregnancy", ("stop", "continue"), "stop")),
        (((5, "pregnancy_test: {result: positive}"), (5, "stopped: {}")), None),
        ((), None),
    ],
)
def test_a_question_has_its_options_and_its_default(
    told: tuple[tuple[int, str], ...], question: tuple[str, tuple[str, ...], str] | None
) -> None:
    """It is put only where the verdict is to judge."""
    choices = decided(*STARTED, *told).choices
    assert (choices and (choices.clause, choices.options, choices.default)) == question


@pytest.mark.parametrize(
    ("told", "change"),
    [
        (READY, None),
        (STARTED, ("1.46", "0.91", "day-8-dose")),
        ((*DAY_8, (7, "given: {dose: 0.91 mg}")), None),
        ((*DAY_8, (7, "given: {dose: 0.91 mg}"), (8, "measured: {weight: 80 kg}")), ("0.91", "0.97", "body-size")),
        ((*DAY_8, (7, "given: {dose: 0.90 mg}")), ("0.9", "0.91", None)),
        (CYCLE_1, ("0.91", "1.46", "day-1-dose")),
        ((*CYCLE_1, (19, "response: {status: CR}")), None),
        ((*CYCLE_1[:-1],), None),
    ],
)
def test_what_differs_from_the_last_dose_and_why(
    told: tuple[tuple[int, str], ...], change: tuple[str, str, str | None] | None
) -> None:
    """From mg to mg, with the amount or clause behind it; nothing if nothing differs."""
    found = decided(*told).change
    expected = change and (Fraction(change[0]), Fraction(change[1]), change[2])
    assert (found and (found.from_mg, found.to_mg, found.clause)) == expected


def test_a_reduction_is_the_first_cause_of_a_change() -> None:
    """After an interruption of 14 days the lower dose is put down to that, whatever else changed."""
    bad = [(day, "labs: {bilirubin: 2 ULN, ast: 1 ULN, alt: 1 ULN}") for day in (7, 14)]
    good = "labs: {bilirubin: 1 ULN, ast: 1 ULN, alt: 1 ULN, anc: 2 10*9/L, platelets: 90 10*9/L}"
    decision = decided(
        *STARTED, *bad, (18, "response: {status: none}"), (21, good), (21, "measured: {weight: 80 kg}"), at=28
    )
    assert (decision.slot["level"], decision.change and decision.change.clause) == (1, "interruption-reduce")
    assert "interruption-reduce" in clauses(decision)


def test_omitted_slots_stand_beside_the_verdict() -> None:
    """Each since the last dose, with its day, as a finding of its own."""
    decision = decided(*STARTED, at=22)
    assert [(slot.cycle, slot.day, slot.on) for slot in decision.omitted] == [
        (1, 8, on(14).toordinal()),
        (1, 15, on(21).toordinal()),
    ]
    assert clauses(decision).count("late-omit") == 2
    assert [found.slot for found in decision.findings if found.act == "omit"] == list(decision.omitted)


def test_on_done_the_slot_is_empty_and_on_stop_it_stays() -> None:
    """What stands where a course has ended."""
    verdicts = {moment.expected.fields.get("verdict"): moment for moment in moments()}
    done, stop = verdicts["done"].decision(), verdicts["stop"].decision()
    assert [done.slot[name] for name in ("cycle", "day", "due", "earliest", "late", "omit_on")] == [None] * 6
    assert done.dose is None and done.change is None
    assert stop.slot["cycle"] is not None and stop.slot["day"] is not None


def test_a_moment_answers_any_question_of_the_protocol() -> None:
    """Names and whole expressions."""
    moment = decided(*DAY_8).moment
    tree = parse("ast <= 2.5 and started", Place("t", 1, 1), PROTOCOL.types, BOOL)
    assert moment.evaluate(tree) is True  # type: ignore[arg-type]
    assert moment.value("cycle") == 1
    assert [slot.status for slot in moment.slots] == ["given"]
