"""A dose is given only where nothing speaks against it, never too much, and always where it is owed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.builders import ALL_LABS, FIRST, PROTOCOL, READY, also, clauses, course, moments
from tests.walks import Asked, asked_courses, slow

from oncourse.course import Course, history
from oncourse.decide import Decision, Disagreement, decide
from oncourse.event import Event
from oncourse.expression import BOOL, Const, Node, parse
from oncourse.quantity import show

# ------------------------------------------------------------------------------------------- the permit


@given(asked_courses())
@settings(slow, max_examples=80)
def test_a_dose_is_given_exactly_where_the_permit_says_so(asked: Asked) -> None:
    """The clauses and the permit are exact opposites: never both, never neither."""
    decision = asked.decision()
    assert (decision.moment.evaluate(PROTOCOL.permit) is True) == (decision.verdict == "give")


def test_no_dose_leaves_without_the_permit() -> None:
    """Where the permit does not agree with the clauses there is no decision at all."""
    never = Const(PROTOCOL.permit.type, PROTOCOL.permit.place, False)
    refusing = replace(PROTOCOL, sha256="refusing", permit=never)
    gives = [moment for moment in moments() if moment.expected.fields.get("verdict") == "give"]
    assert len(gives) > 100
    for moment in gives[::7]:
        with pytest.raises(Disagreement, match="no clause forbids a dose"):
            decide(refusing, moment.course, moment.expected.at, moment.listed)


def test_a_permit_that_is_not_known_is_none() -> None:
    """Only a permit that surely holds lets a dose out."""
    unknown = parse('counts_attribution == "drug"', PROTOCOL.permit.place, PROTOCOL.types, BOOL)
    assert isinstance(unknown, Node)
    with pytest.raises(Disagreement):
        decide(replace(PROTOCOL, permit=unknown), course(*READY))


# ------------------------------------------------------------------------------------------- how much


def ceiling(height: Fraction, weight: Fraction) -> Fraction:
    """0.8 mg/m² for a Mosteller surface, both rounded half-up, worked out by a long square root."""
    with localcontext() as context:
        context.prec = 60
        squared = height * weight / 3600
        root = (Decimal(squared.numerator) / Decimal(squared.denominator)).sqrt()
        surface = root.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return Fraction((Decimal("0.8") * surface).quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(asked_courses(), st.integers(400, 2300), st.integers(20, 3000))
@settings(slow, max_examples=60)
def test_no_dose_is_above_its_ceiling(asked: Asked, millimetres: int, hectograms: int) -> None:
    """No dose is above the rounded 0.8 mg/m² for the body it is meant for, and none after day 1 above 0.5."""
    height, weight = Fraction(millimetres, 10), Fraction(hectograms, 10)
    assume(height > weight and Fraction(1, 20) < height * weight / 3600 < 12)
    assume(asked.course.site.get("bsa_formula", "mosteller") == "mosteller")
    course = replace(asked.course, events=tuple(e for e in asked.course.events if e.kind != "measured"))
    size = f"measured: {{height: {show(height)} cm, weight: {show(weight)} kg}}"
    decision = decide(PROTOCOL, also(course, min(asked.day, FIRST), size), asked.day)
    if decision.dose is not None:
        assert decision.dose.mg <= ceiling(height, weight)
        assert decision.dose.mg_per_m2 <= (Fraction(4, 5) if decision.slot["day"] == 1 else Fraction(1, 2))


# ------------------------------------------------------------------------------------------- what a dose presupposes


def last(events: list[Event], kind: str, name: str) -> tuple[Any, date] | None:
    """The last value of a field on record, with its day."""
    return next(((e.fields[name], e.day) for e in events[::-1] if e.kind == kind and name in e.fields), None)


def objections(course: Course, day: date) -> Iterator[str]:
    """Why no dose may be given, read from the bare record by the plainest rules."""
    events = history(course, day)
    age = course.site.get("result_age", 3)
    waived = any((last(events, "attested", name) or (False,))[0] for name in ("gilbert", "haemolysis"))
    for name, limit in (("bilirubin", "1.5"), ("ast", "2.5"), ("alt", "2.5")):
        value = last(events, "labs", name)
        good = value is not None and (day - value[1]).days <= age and value[0] <= Fraction(limit)
        if not good and not (name == "bilirubin" and waived):
            yield name
    yield from (e.kind for e in events if e.kind == "stopped" or (e.kind == "reaction" and e.fields["grade"] >= 3))
    yield from ("vod" for e in events if e.kind == "vod" and e.fields["status"] == "confirmed")
    if (last(events, "vod", "status") or ("",))[0] == "suspected":
        yield "vod suspected"
    if any((day - e.day).days < 6 for e in events if e.kind == "given"):
        yield "6 days"
    for term in {e.fields["term"] for e in events if e.kind == "toxicity"}:
        of_term = [e for e in events if e.kind == "toxicity" and e.fields["term"] == term]
        grade, baseline = of_term[-1].fields["grade"], last(of_term, "toxicity", "baseline_grade") or (0,)
        if grade >= 2 and grade > baseline[0]:
            yield term
    for name, good in (("disease", ("relapsed", "refractory")), ("cd22", ("positive",)), ("contraindications", ((),))):
        if (last(events, "enrolled", name) or (None,))[0] not in good:
            yield name


@given(asked_courses())
@settings(slow, max_examples=80)
def test_a_dose_meets_no_plain_objection(asked: Asked) -> None:
    """Where the verdict is give, the bare record holds nothing that a second, simple reading would object to."""
    decision = asked.decision()
    if decision.verdict == "give":
        started = any(event.kind == "given" for event in history(asked.course, asked.day))
        found = set(objections(asked.course, asked.day))
        assert found <= ({"disease", "cd22", "contraindications"} if started else set())
        assert decision.slot["cycle"] <= 6
        assert decision.needs == ()


def test_the_plain_objections_are_met_somewhere() -> None:
    """The simple reading objects to many of the suite's moments, and to every hold that is not for counts or blasts."""
    objected = 0
    for moment in (moment for moment in moments()[::2] if moment.expected.instant is None):
        decision = moment.decision()
        found = list(objections(moment.so_far(), moment.expected.day))
        objected += bool(found)
        if decision.verdict == "hold" and not {"counts-hold", "cytoreduce"} & set(clauses(decision)):
            assert found or "toxicity-hold" in clauses(decision), moment.path.name
    assert objected > 100


# ------------------------------------------------------------------------------------------- the healthy patient


def treated(transplant: str, *responses: str) -> tuple[list[tuple[int, Fraction]], Decision]:
    """The days and mg/m² of a patient with good results who comes whenever a dose is due, and how it ends."""
    asked, day, doses = course(*READY, (0, f"replanned: {{transplant: {transplant}}}")), FIRST, []
    while True:
        asked = also(asked, day, ALL_LABS)
        decision = decide(PROTOCOL, asked, day)
        if decision.verdict != "give" or decision.dose is None:
            return doses, decision
        doses.append(((day - FIRST).days, decision.dose.mg_per_m2))
        asked = also(asked, day, f"given: {{dose: {show(decision.dose.mg)} mg}}")
        if decision.slot["day"] == 15 and int(str(decision.slot["cycle"])) <= len(responses):
            status = responses[int(str(decision.slot["cycle"])) - 1]
            asked = also(asked, day + timedelta(3), f"response: {{{status}}}")
        due = decide(PROTOCOL, asked, day + timedelta(4)).slot["due"]
        day = due if isinstance(due, date) else day + timedelta(4)


@pytest.mark.parametrize(
    ("transplant", "responses", "opened", "full", "ends"),
    [
        ("not planned", ("status: CR",), (0, 28, 56, 84, 112, 140), 1, "max-cycles"),
        ("not planned", ("status: none", "status: CRi"), (0, 21, 49, 77, 105, 133), 2, "max-cycles"),
        ("planned", ("status: none", "status: CR, mrd: negative"), (0, 21), 2, "transplant-complete"),
        ("planned", ("status: CR, mrd: negative",), (0, 28), 1, "mrd-needed"),
        ("not planned", ("status: none", "status: none", "status: none"), (0, 21, 49), 3, "no-remission"),
    ],
)
def test_a_healthy_patient_who_always_comes_gets_every_dose_on_its_day(
    transplant: str, responses: tuple[str, ...], opened: tuple[int, ...], full: int, ends: str
) -> None:
    """Three doses a cycle, each on its day, 0.8 mg/m² on day 1 until remission, and no dose more than planned."""
    doses, end = treated(transplant, *responses)
    eight, half = Fraction(4, 5), Fraction(1, 2)
    planned = [(cycle, start) for cycle, start in enumerate(opened) for _ in range(3)]
    expected = [start + 7 * (place % 3) for place, (_, start) in enumerate(planned)]
    firsts = [eight if place % 3 == 0 and cycle < full else half for place, (cycle, _) in enumerate(planned)]
    assert doses == list(zip(expected, firsts, strict=True))
    assert clauses(end) == [ends]
