"""What holds over whole courses: those of the case suite, random edits of them, and random walks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, product
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.builders import ALL_LABS, CYCLE_1, PROTOCOL, READY, also, clauses, decided, moments, suite
from tests.walks import ANSWERS, Asked, asked_courses, slow

import oncourse.decide
import oncourse.fold
from oncourse.answer import answer, dumps
from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.engine import TODAY, Engine
from oncourse.event import CORRECTED, Event
from oncourse.fold import live, slot_of
from oncourse.value import Env, Unknown

REFUSALS = ("stop", "done", "judge", "wait", "hold")


def said(decision: Decision) -> str:
    """The whole answer as JSON text."""
    return dumps(answer(decision))


# ------------------------------------------------------------------------------------------- purity


@given(asked_courses())
@slow
def test_deciding_changes_nothing_and_says_the_same_twice(asked: Asked) -> None:
    """The same course and moment give the same bytes, whatever was decided before, and the course stays as it was."""
    before = repr(asked.course)
    first = said(asked.decision())
    decide(PROTOCOL, asked.course, asked.day - timedelta(1))
    oncourse.decide.engine_for(PROTOCOL, {"result_age": 4})
    assert said(asked.decision()) == first
    assert repr(asked.course) == before


def everything_in(value: Any, seen: set[int]) -> Iterator[Any]:
    """A value and all that it holds, however deep."""
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    parts: list[Any] = []
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = list(value)
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in fields(value)]
    for part in parts:
        yield from everything_in(part, seen)


@given(asked_courses())
@slow
def test_no_decision_holds_a_binary_float(asked: Asked) -> None:
    """However deep one looks into a decision, its state or its answer, there is no float."""
    decision = asked.decision()
    parts = list(everything_in((decision, answer(decision), decision.moment.env), {id(PROTOCOL)}))
    assert [part for part in parts if isinstance(part, (float, complex))] == []
    assert len(parts) > 50


def test_the_protocol_holds_no_binary_float() -> None:
    """Nor does anything that was read from its folder."""
    parts = list(everything_in((PROTOCOL, PROTOCOL.words), set()))
    assert [part for part in parts if isinstance(part, (float, complex))] == []
    assert any(part == Fraction(5, 2) for part in parts)


# ------------------------------------------------------------------------------------------- time


def every_day(engine: Engine, env: Env) -> Iterator[int]:
    """Tomorrow, always."""
    yield env[TODAY] + 1


@given(asked_courses())
@slow
def test_visiting_every_day_changes_nothing(asked: Asked) -> None:
    """The engine's own days are enough: living through each single day gives the same answer."""
    expected = asked.decision()
    with patch.object(oncourse.fold, "wakes", every_day):
        assert asked.decision() == expected


@pytest.mark.uncounted
def test_every_course_of_the_suite_ends_alike_when_every_day_is_visited() -> None:
    """At the last expectation of each course nothing differs when no day is skipped."""
    last = {moment.path: moment for moment in moments()}
    assert len(last) == len(suite())
    for moment in last.values():
        expected = moment.decision()
        with patch.object(oncourse.fold, "wakes", every_day):
            assert moment.decision() == expected, moment.path.name


@given(asked_courses(), st.randoms(use_true_random=False))
@slow
def test_the_order_in_which_a_day_is_written_down_does_not_matter(asked: Asked, random: Random) -> None:
    """Entries change places in the document without effect, except among those that share a place in the day."""
    events, kinds = asked.course.events, PROTOCOL.vocabulary.kinds
    assume(all(event.kind != CORRECTED for event in events))
    queues: dict[tuple[date, int], list[Event]] = {}
    for event in events:
        queues.setdefault((event.day, kinds[event.kind].rank), []).append(event)
    places = [key for key, queue in queues.items() for _ in queue]
    random.shuffle(places)
    shuffled = replace(asked.course, events=tuple(queues[key].pop(0) for key in places))
    again = replace(decide(PROTOCOL, shuffled, asked.day), course=asked.course)
    assert again == asked.decision()


@pytest.mark.parametrize(("first", "later", "verdict"), [("2.5", "2.6", "hold"), ("2.6", "2.5", "give")])
def test_of_two_results_of_one_day_the_later_in_the_document_counts(first: str, later: str, verdict: str) -> None:
    """Without times, the document's order decides between results of the same analyte."""
    assert decided(*READY, (0, f"labs: {{ast: {first} ULN}}"), (0, f"labs: {{ast: {later} ULN}}")).verdict == verdict


# ------------------------------------------------------------------------------------------- limits

LIVER_LIMITS = [("bilirubin", "1.5", "mg/dL"), ("ast", "2.5", "U/L"), ("alt", "2.5", "ukat/L")]
digits = st.integers(1, 99_999)


def written(number: Fraction) -> str:
    """An exact decimal in full."""
    places = next(n for n in range(13) if 10**n % number.denominator == 0)
    text = str(number * 10**places).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}" if places else text


@given(
    st.sampled_from([("bilirubin", "1.5", "mg/dL"), ("ast", "2.5", "U/L"), ("alt", "2.5", "ukat/L")]), digits, digits
)
@slow
def test_a_liver_value_exactly_at_its_limit_passes_and_a_last_digit_more_does_not(
    limit: tuple[str, str, str], whole: int, places: int
) -> None:
    """Whatever the upper limit of normal, the value at the multiple is allowed and the smallest step above is not."""
    name, multiple, unit = limit
    uln = Fraction(whole, 10 ** (places % 5))
    value = Fraction(multiple) * uln
    for step, verdict in ((Fraction(0), "give"), (Fraction(1, 10**7), "hold")):
        result = f"{{value: {written(value + step)} {unit}, uln: {written(uln)} {unit}}}"
        assert decided(*READY, (0, f"labs: {{{name}: {result}}}")).verdict == verdict


@given(st.integers(1, 9999), st.booleans())
@slow
def test_bilirubin_and_its_limit_may_be_in_different_units(parts: int, turned: bool) -> None:
    """In mg/dL against µmol/L, either way round, exactly 1.5 × ULN passes and the smallest step above does not."""
    in_mg, in_umol = (Fraction("0.58466") * parts / 100, "mg/dL"), (Fraction(parts, 10), "umol/L")
    (value, of_value), (uln, of_uln) = (in_umol, in_mg) if turned else (in_mg, in_umol)
    for step, verdict in ((Fraction(0), "give"), (Fraction(1, 10**9), "hold")):
        result = f"{{value: {written(value * Fraction(3, 2) + step)} {of_value}, uln: {written(uln)} {of_uln}}}"
        assert decided(*READY, (0, f"labs: {{bilirubin: {result}}}")).verdict == verdict


@pytest.mark.parametrize(("name", "limit"), [("anc", "1"), ("platelets", "50")])
@pytest.mark.parametrize("unit", ["10*9/L", "10*3/uL", "/uL", "/mm3"])
def test_a_count_exactly_at_its_limit_passes(name: str, limit: str, unit: str) -> None:
    """Before a new cycle the count at its limit is enough, and the smallest step below is not, in every unit."""
    in_unit = Fraction(limit) * (1000 if unit.startswith("/") else 1)
    before = (*CYCLE_1, (21, ALL_LABS))
    for step, verdict in ((Fraction(0), "give"), (Fraction(1, 10**9), "hold")):
        count = f"labs: {{{name}: {written(in_unit - step)} {unit}}}"
        assert decided(*before, (21, count)).verdict == verdict


# ------------------------------------------------------------------------------------------- what is needed


def answered(course: Course, day: date, fact: str, text: str) -> Course:
    """The course with that fact answered on that day; a masked count is answered as if no transfusion stood before."""
    if fact == "born":
        return replace(course, born=date.fromisoformat(text))
    if fact == "sex":
        return replace(course, sex=text)
    if fact == "platelets":
        course = replace(course, events=tuple(event for event in course.events if event.kind != "transfused"))
    return also(course, day, text)


def all_answered(asked: Asked, facts: Iterable[str], most: int) -> Iterator[Decision]:
    """The decisions with those facts answered, in every way there is, up to so many."""
    known = tuple(facts)
    for texts in islice(product(*(ANSWERS[fact] for fact in known)), most):
        course = asked.course
        for fact, text in zip(known, texts, strict=True):
            course = answered(course, asked.day, fact, text)
        yield decide(PROTOCOL, course, asked.day)


def matters(asked: Asked, fact: str, others: list[str]) -> bool:
    """Whether some answer to the fact, others open or answered somehow, brings more than a shorter list of needs."""

    def brought(decision: Decision) -> object:
        acts = {(found.clause, found.act) for found in decision.findings if found.act != "need"}
        return decision.verdict, acts, decision.dose, set(decision.needs) - {fact, *others}

    without = [asked.decision(), *all_answered(asked, others, 12)]
    for answer_ in ANSWERS[fact]:
        known = Asked(answered(asked.course, asked.day, fact, answer_), asked.day)
        answers = (known.decision(), *all_answered(known, others, 12))
        if any(brought(one) != brought(other) for one, other in zip(without, answers, strict=True)):
            return True
    return False


@given(asked_courses())
@settings(slow, max_examples=60)
def test_every_need_is_needed_and_answering_all_never_leaves_the_same_list(asked: Asked) -> None:
    """Each fact asked for can change the answer, and once all are answered, none of them is asked for again."""
    needs = asked.decision().needs
    for need in needs:
        assert matters(asked, need, [other for other in needs if other != need]), need
    for decision in all_answered(asked, needs, 16) if needs else ():
        assert set(decision.needs) & set(needs) == set()


@given(asked_courses())
@settings(slow, max_examples=60)
def test_learning_what_is_missing_never_turns_a_refusal_into_a_dose(asked: Asked) -> None:
    """Beside a stop, an end, a question, a wait or a hold, no answer to an open fact makes the verdict give."""
    decision = asked.decision()
    assume(decision.verdict not in ("need", "give"))
    # What causes low counts is attested, and absent means not attested (semantics 2).
    attested = {"enrolment", "late_reason", "counts_attribution"}
    # Where a remission is lost, the response is known, and another one is news.
    known = {"response"} if "remission-lost" in clauses(decision) else set()
    for fact in set(ANSWERS) - attested - known:
        if isinstance(decision.moment.value("age" if fact == "born" else fact), Unknown):
            assert all(learned.verdict != "give" for learned in all_answered(asked, [fact], 9)), fact


# ------------------------------------------------------------------------------------------- over a course


def days_of(course: Course, end: date) -> list[tuple[int, tuple[int, int]]]:
    """The level and the next slot at the end of each day lived through."""
    seen: list[tuple[int, tuple[int, int]]] = []

    def recording(engine: Engine, env: Env, today: int, events: list[Event]) -> None:
        live(engine, env, today, events)
        seen.append((env[engine.slots["level"]], slot_of(engine, env)))

    with patch.object(oncourse.fold, "live", recording):
        decide(PROTOCOL, course, end)
    return seen


@given(asked_courses())
@settings(slow, max_examples=60)
def test_the_level_never_falls_and_no_slot_comes_back(asked: Asked) -> None:
    """Over a course the level only rises, and the next slot only moves on, so an omitted one is never given later."""
    levels, slots = zip(*days_of(asked.course, asked.day + timedelta(40)), strict=True)
    assert list(levels) == sorted(levels)
    assert list(slots) == sorted(slots)
    decision = asked.decision()
    next_slot = slot_of(decision.moment.engine, decision.moment.env)
    assert all((slot.cycle, slot.day) < next_slot for slot in decision.moment.slots if slot.status == "omitted")
    assert levels[0] <= decision.moment.value("level") <= decision.slot["level"] <= 2
