"""The vocabulary says what can happen; the order of a day is fixed."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oncourse
from oncourse.event import Event, Vocabulary, order
from oncourse.problem import BadInput

FILE = Path(oncourse.__file__).parent / "protocols" / "inotuzumab-ozogamicin" / "events.yaml"
VOCABULARY = Vocabulary.read(FILE.read_bytes(), "events.yaml")
DAY = date(2026, 1, 5)


def event(kind: str, clock: str | None = None, name: str | None = None, day: date = DAY) -> Event:
    instant = datetime.fromisoformat(f"{day}T{clock}:00+01:00") if clock else None
    return Event(kind, day, instant, {}, id=name or f"{kind}{clock or ''}")


def names(events: list[Event]) -> list[str | None]:
    return [one.id for one in order(events, VOCABULARY)]


def test_the_contract_s_events_are_known() -> None:
    """Every event of the contract is a kind, and nothing else is but a label printed again."""
    contract = """enrolled replanned measured labs pregnancy_test response toxicity vod attested transfused held
    counselled ordered checked premedicated reconstituted diluted discarded released infusion observed watch_ended
    reaction given omitted judged overrode stopped corrected expect"""
    assert set(VOCABULARY.kinds) == {*contract.split(), "printed"}


def test_fields_know_their_type_and_unit() -> None:
    """A field says how it is read and in which unit it counts."""
    labs = VOCABULARY.fields("labs")
    assert [(labs[name].type, labs[name].unit) for name in ("anc", "ast", "qtcf")] == [
        ("quantity", "10*9/L"),
        ("quantity", "ULN"),
        ("quantity", "ms"),
    ]
    assert VOCABULARY.fields("response")["status"].options == ("CR", "CRi", "none")


def test_a_day_runs_from_what_was_known_to_what_was_done() -> None:
    """However it is listed, a day without times has one order."""
    day = """enrolled replanned measured transfused labs pregnancy_test response attested toxicity held judged
    ordered premedicated reconstituted infusion given observed reaction stopped"""
    kinds = day.split()
    assert names([event(kind) for kind in reversed(kinds)]) == kinds


def test_days_come_before_kinds() -> None:
    """Yesterday's dose precedes today's results."""
    assert names([event("labs"), event("given", day=date(2026, 1, 4))]) == ["given", "labs"]


def test_instants_order_events_of_one_place() -> None:
    """A preparation discarded and made again stands in the order of the clock."""
    steps = [
        event("reconstituted", "08:00"),
        event("discarded", "08:30"),
        event("reconstituted", "09:00"),
        event("diluted", "09:10"),
    ]
    assert all(order(listed, VOCABULARY) == steps for listed in permutations(steps))


def test_events_without_a_time_keep_their_place() -> None:
    """Of one place in the day, only the timed ones move, and only among themselves."""
    listed = [event("labs", "12:00"), event("labs", name="a"), event("labs", "08:00"), event("labs", name="b")]
    assert names(listed) == ["labs08:00", "a", "labs12:00", "b"]


@pytest.mark.parametrize(
    ("listed", "ordered"),
    [
        (["labs", "transfused"], ["transfused", "labs"]),
        (["labs 08:00", "transfused 10:00"], ["labs08:00", "transfused10:00"]),
        (["labs 12:00", "transfused 10:00"], ["transfused10:00", "labs12:00"]),
        (["labs 10:00", "transfused 10:00"], ["transfused10:00", "labs10:00"]),
        (["labs", "transfused 10:00"], ["transfused10:00", "labs"]),
        (["labs 08:00", "labs", "transfused 10:00"], ["labs08:00", "transfused10:00", "labs"]),
        (["transfused 10:00", "given"], ["transfused10:00", "given"]),
        (["transfused 11:00", "labs 12:00", "transfused 10:00"], ["transfused10:00", "transfused11:00", "labs12:00"]),
    ],
)
def test_a_transfusion_precedes_results_not_known_to_be_earlier(listed: list[str], ordered: list[str]) -> None:
    """Only a count that was surely drawn before a transfusion stands before it."""
    assert names([event(*one.split()) for one in listed]) == ordered


TIMED = st.sampled_from([None, "08:00", "09:00", "10:00"])
SOME = st.lists(st.tuples(st.sampled_from(["labs", "transfused", "vod", "toxicity", "given"]), TIMED), max_size=7)


@given(SOME)
def test_order_is_total_and_stable(parts: list[tuple[str, str | None]]) -> None:
    """Nothing is lost, ordering twice changes nothing, and timed events of a kind rise."""
    listed = [event(kind, clock, str(i)) for i, (kind, clock) in enumerate(parts)]
    ordered = order(listed, VOCABULARY)
    assert sorted(one.id or "" for one in ordered) == sorted(one.id or "" for one in listed)
    assert order(ordered, VOCABULARY) == ordered
    for kind in ("labs", "transfused", "given"):
        instants = [one.instant for one in ordered if one.kind == kind and one.instant]
        assert instants == sorted(instants)


def faults(source: str) -> Iterator[str]:
    with pytest.raises(BadInput) as caught:
        Vocabulary.read(source, "events.yaml")
    return map(str, caught.value.problems)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("colour", "colour is not a type by itself"),
        ("{choice: [a], text: b}", "x has 2 types"),
        ("{quantity: charm}", "charm is no kind of quantity"),
        ("{quantity: count, units: [mg]}", "mg is no unit of count"),
        ("{quantity: count, least: 3}", "least has no unit"),
        ("{integer: 1 to 3}", "x is not understood"),
        ("{choice: a}", "this is not a list"),
        ("{text: a, foo: b}", "x has no foo"),
        ("[a]", "x is not a mapping"),
    ],
)
def test_a_wrong_vocabulary_says_where(spec: str, words: str) -> None:
    """A fault of the vocabulary file is reported with its place."""
    sections = "patient: {}\nsite: {}\nexpect: {}\nbody_surface: text\n"
    assert any(words in fault for fault in faults(f"{sections}events: [{{happened: {{fields: {{x: {spec}}}}}}}]"))


def test_a_vocabulary_needs_all_its_sections() -> None:
    """Every missing section is named."""
    assert [fault.split(": ")[1].split(";")[0] for fault in faults("patient: {}")] == [
        f"the vocabulary has no {name}" for name in ("body_surface", "events", "expect", "site")
    ]
