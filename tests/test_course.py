"""Course documents are read whole or refused with every fault; histories have their corrections applied."""

import contextlib
import json
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.documents import CONTRACT, FILE, HEAD, VOCABULARY, faults, only, read

from oncourse import course, document
from oncourse.event import CORRECTED
from oncourse.field import Field
from oncourse.problem import BadInput
from oncourse.quantity import show


def test_the_contract_s_course_is_read() -> None:
    """Exact values, days, instants, and what was typed."""
    read_course = course.read(CONTRACT, "ana.yaml", VOCABULARY)
    enrolled, measured, _, labs, expect, dose = read_course.events
    assert (read_course.id, read_course.born, read_course.sex) == ("P-001", date(1979, 3, 4), "female")
    assert read_course.site == {"jurisdiction": "US"}
    assert enrolled.fields["contraindications"] == ()
    assert enrolled.fields["childbearing_potential"] is True
    assert measured.fields == {"height": Fraction(165), "weight": Fraction(68)}
    assert (labs.fields["anc"], labs.shown["anc"]) == (Fraction("1.8"), "1.8 10*9/L")
    assert (labs.fields["ast"], labs.shown["ast"]) == (Fraction("0.9"), "0.9 ULN")
    assert expect.fields == {"verdict": "give", "mg": Fraction("1.42")}
    assert (dose.day, dose.instant) == (date(2026, 1, 5), datetime.fromisoformat("2026-01-05T10:40:00+01:00"))
    assert str(dose.place) == "ana.yaml:12:3"


@pytest.mark.parametrize(
    ("written", "ratio"),
    [
        ("{value: 0.8 mg/dL, uln: 1.2 mg/dL}", Fraction(2, 3)),
        ("{value: 0.8 mg/dL, uln: 20 umol/L}", Fraction("0.8") / (20 * Fraction("0.058466"))),
        ("1.5 ULN", Fraction(3, 2)),
        ("{value: 1.5 ULN}", Fraction(3, 2)),
    ],
)
def test_liver_results_are_exact_multiples_of_the_limit(written: str, ratio: Fraction) -> None:
    """A value over its limit, in one unit or two, is a fraction and never rounded."""
    bilirubin = only(f"{{at: 2026-01-05, labs: {{bilirubin: {written}}}}}").fields["bilirubin"]
    assert bilirubin == ratio


@given(st.integers(1, 9999))
def test_one_and_a_half_times_any_limit_is_exactly_that(limit: int) -> None:
    """No limit of normal makes a value at the limit look above it."""
    uln = Fraction(limit, 100)
    value = f"{{value: {show(uln * 3 / 2)} mg/dL, uln: {show(uln)} mg/dL}}"
    assert only(f"{{at: 2026-01-05, labs: {{bilirubin: {value}}}}}").fields["bilirubin"] == Fraction(3, 2)


@pytest.mark.parametrize("word", ["yes", "Yes", "TRUE", "true", "on", "y"])
def test_yes_in_any_spelling(word: str) -> None:
    """Where yes or no is asked, every spelling of YAML's booleans is one of them."""
    event = only(f"{{at: 2026-01-05, attested: {{gilbert: {word}}}}}")
    assert event.fields["gilbert"] is True
    judged = only(f"{{at: 2026-01-05, toxicity: {{term: rash, grade: 1, related: {word}}}}}")
    assert judged.fields["related"] == "yes"


def test_a_boolean_answers_a_question() -> None:
    """A judgement answered by a boolean is answered by yes or no; other words stay."""
    answers = ("true", "no", "two doses")
    events = read(*(f"{{at: 2026-01-05, judged: {{clause: c, choice: {answer}}}}}" for answer in answers)).events
    assert [event.fields["choice"] for event in events] == ["yes", "no", "two doses"]


def test_philadelphia_may_be_positive() -> None:
    """What haematologists call positive is a yes."""
    assert only("{at: 2026-01-05, enrolled: {philadelphia: positive}}").fields["philadelphia"] is True


def test_text_may_hold_commas() -> None:
    """A reason needs no quotes, and only a text goes on after a comma."""
    event = only("{at: 2026-01-05, judged: {clause: c, choice: yes, why: MRD positive, donor ready, soon}}")
    assert event.fields["why"] == "MRD positive, donor ready, soon"
    assert faults("{at: 2026-01-05, judged: {clause: c, choice: yes, why: 'quoted', donor ready}}")
    assert faults("{at: 2026-01-05, toxicity: {term: rash, grade: 2, worse}}")


def test_events_of_every_shape_are_read() -> None:
    """Records, symptoms, the second person's values, and events with nothing to say."""
    events = read(
        "{at: 2026-01-05, reconstituted: {vials: [{gtin: 0300, lot: A1, expiry: 2027-01-31}], appearance: clear}}",
        "{at: 2026-01-05, released: {}}",
        "{at: 2026-01-05, watch_ended: true}",
        "{at: 2026-01-05, observed: {symptoms: {fever: no, chills: yes}, vitals: {pulse: 80}}}",
        "{at: 2026-01-05, reaction: {grade: 2, symptoms: [fever]}}",
        "{at: 2026-01-05, checked: {point: bag, first: o1, volume: 5.68 mL}}",
        "{at: 2026-01-05, premedicated: {antipyretic: 2026-01-05T09:40:00+01:00}}",
    ).events
    vials = ({"gtin": "0300", "lot": "A1", "expiry": date(2027, 1, 31)},)
    assert [dict(event.fields) for event in events] == [
        {"vials": vials, "appearance": "clear"},
        {},
        {},
        {"symptoms": {"fever": False, "chills": True}, "vitals": {"pulse": "80"}},
        {"grade": 2, "symptoms": {"fever": True}},
        {"point": "bag", "first": "o1", "volume": "5.68 mL"},
        {"antipyretic": datetime.fromisoformat("2026-01-05T09:40:00+01:00")},
    ]


def test_the_site_s_calendar_counts() -> None:
    """An instant falls on the site's date if the site names its zone, else on the date as written."""
    late = "{at: 2026-01-05T23:30:00Z, given: {dose: 1.42 mg}}"
    assert only(late).day == date(2026, 1, 5)
    assert only(late, head=f"{HEAD}site: {{timezone: Europe/Vienna}}\n").day == date(2026, 1, 6)


def test_site_policy_is_exact() -> None:
    """The site's spans are counted in days."""
    said = "{result_age: 3 d, idle_lock: 90 s, products: [{gtin: 1, name: n}], small_volume: [[0.01, 25]]}"
    site = read(head=f"{HEAD}site: {said}\n").site
    assert (site["result_age"], site["idle_lock"]) == (3, Fraction(3, 2))
    assert (site["products"], site["small_volume"]) == (({"gtin": "1", "name": "n"},), [["0.01", "25"]])


def test_events_before_birth_are_found() -> None:
    """Nothing happens to a patient before birth."""
    (problem,) = faults("{at: 2026-01-05, held: {}}", head=HEAD.replace("1979", "2027"))
    assert problem.startswith("c:5:8: 2026-01-05 is before the birth on 2027-03-04")


def test_bodies_are_checked_across_events() -> None:
    """Height and weight are compared whichever event each came in, by the site's formula."""
    found = faults("{at: 2026-01-05, measured: {height: 68 cm}}", "{at: 2026-01-06, measured: {weight: 165 kg}}")
    assert [problem.split(": ")[0] for problem in found] == ["c:6:39"]
    small = "{at: 2026-01-05, measured: {height: 50 cm, weight: 2.7 kg}}"
    assert read(small, head=f"{HEAD}site: {{bsa_formula: haycock}}\n")
    assert faults(small, head=f"{HEAD}site: {{bsa_formula: dubois}}\n")


def test_ids_are_given_once() -> None:
    """Two events cannot share an id."""
    (problem,) = faults("{at: 2026-01-05, id: a, held: {}}", "{at: 2026-01-06, id: a, held: {}}")
    assert problem.startswith("c:6:24: another event has the id a")


DOSE = "{at: 2026-01-05T10:00:00+01:00, id: dose, by: A, given: {dose: 14.2 mg}}"
RIGHT = "{at: 2026-02-01, corrected: {event: dose, with: {given: {dose: 1.42 mg}}}}"


@pytest.mark.parametrize(
    ("with_", "words"),
    [
        ("{corrected: {event: dose}}", "corrected cannot stand in place"),
        ("{expect: {mg: 1}}", "expect cannot stand in place"),
        ("{id: other, held: {}}", "keeps its id"),
        ("{at: 2026-02-30, held: {}}", "does not exist"),
        ("{given: {dose: 99 mg}}", "more than 28 mg"),
        ("{}", "has no event"),
        ("3", "not a mapping"),
    ],
)
def test_a_correction_holds_a_right_event(with_: str, words: str) -> None:
    """What stands in place of an event is checked as one."""
    correction = f"{{at: 2026-02-01, corrected: {{event: dose, with: {with_}}}}}"
    assert any(words in fault for fault in faults(DOSE, correction))


def test_corrections_are_not_corrected() -> None:
    """A correction, or an expectation, is no event to correct."""
    again = "{at: 2026-02-02, corrected: {event: fix}}"
    assert "itself a correction" in faults(DOSE, RIGHT.replace("corrected", "id: fix, corrected"), again)[0]
    assert "expectation" in faults("{at: 2026-01-05, id: fix, expect: {mg: 1}}", again)[0]


def test_a_correction_counts_from_the_beginning() -> None:
    """The right event takes the wrong one's place, moment, id and author, whatever the correction's date."""
    whole = read(DOSE, RIGHT)
    (dose,) = course.history(whole, date(2026, 1, 5))
    assert (dose.fields["dose"], dose.id, dose.by) == (Fraction("1.42"), "dose", "A")
    assert dose.instant == datetime.fromisoformat("2026-01-05T10:00:00+01:00")
    assert course.history(whole, listed=1)[0].fields["dose"] == Fraction("14.2")


def test_the_last_correction_wins_and_nothing_strikes() -> None:
    """Each correction is of the event itself; one with nothing takes it out."""
    strike = "{at: 2026-02-02, corrected: {event: dose}}"
    assert course.history(read(DOSE, RIGHT, strike)) == []
    assert len(course.history(read(DOSE, strike, RIGHT))) == 1
    assert course.history(read(DOSE, strike.replace("dose}", "dose, with: ~}"))) == []


def test_a_struck_measurement_is_not_compared() -> None:
    """Plausibility is that of the corrected history."""
    wrong = "{at: 2026-01-05, id: m, measured: {height: 68 cm, weight: 165 kg}}"
    assert faults(wrong)
    assert read(wrong, "{at: 2026-01-05, corrected: {event: m, with: {measured: {height: 165 cm, weight: 68 kg}}}}")


def test_history_ends_with_the_day_or_the_instant() -> None:
    """A date sees its whole day; an instant sees what came up to it and what has no time."""
    whole = read(
        "{at: 2026-01-05T10:00:00+01:00, given: {dose: 1.42 mg}}",
        "{at: 2026-01-05, labs: {anc: 1 10*9/L}}",
        "{at: 2026-01-05, expect: {mg: 1}}",
        "{at: 2026-01-06, held: {}}",
    )

    def kinds(at: date | datetime | None) -> list[str]:
        return [event.kind for event in course.history(whole, at)]

    assert kinds(None) == ["labs", "given", "held"]
    assert kinds(date(2026, 1, 5)) == ["labs", "given"]
    assert kinds(datetime.fromisoformat("2026-01-05T08:59:59Z")) == ["labs"]
    assert kinds(datetime.fromisoformat("2026-01-05T09:00:00Z")) == ["labs", "given"]
    assert kinds(date(2026, 1, 4)) == []


def test_the_last_day_is_that_of_the_last_event() -> None:
    """Expectations do not count, corrections do, and a struck date does not."""
    late = "{at: 2027-01-05, id: a, held: {}}"
    fix = "{at: 2026-01-08, corrected: {event: a, with: {at: 2026-01-05, held: {}}}}"
    assert course.last_day(read(late, "{at: 2028-01-01, expect: {mg: 1}}")) == date(2027, 1, 5)
    assert course.last_day(read(late, fix)) == date(2026, 1, 8)
    assert course.last_day(read()) is None


def test_json_reads_as_yaml_does() -> None:
    """The same document in JSON is the same course."""
    whole = course.read(CONTRACT, "c", VOCABULARY)
    parts = document.read(CONTRACT, "c").plain()
    assert course.read(json.dumps(parts), "c", VOCABULARY) == whole
    assert course.read(json.dumps(parts, indent="\t").encode(), "c", VOCABULARY) == whole


TEXT = st.text(min_size=1, max_size=12).filter(str.strip)
COUNT = st.integers(1, 60).map(lambda tenth: f"{tenth / 10:.1f}")
INSTANTS = st.datetimes(datetime(2001, 1, 2), datetime(2099, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+02:00")  # noqa: DTZ001
DAYS = st.dates(date(2001, 1, 1), date(2099, 1, 1)).map(str)
PLAIN = {"height": "165 cm", "weight": "68 kg", "qtcf": "430 ms"}
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "yesno": st.booleans(),
    "clock": st.sampled_from(["07:30", "23:59"]),
    "number": COUNT,
    "text": TEXT,
    "answer": TEXT,
    "date": DAYS,
    "time": INSTANTS,
    "answers": st.dictionaries(TEXT, st.booleans(), max_size=2),
    "notes": st.dictionaries(TEXT, TEXT, max_size=2),
    "event": st.none(),
}


def values(known: Field) -> st.SearchStrategy[Any]:
    if known.type in ("choice", "list") and known.options:
        one = st.sampled_from(known.options)
        return st.lists(one, max_size=2) if known.type == "list" else one
    if known.type in ("integer", "days"):
        return st.sampled_from(known.numbers[:9])
    if known.type == "quantity":
        return st.just(PLAIN[known.name]) if known.name in PLAIN else COUNT.map(lambda text: f"{text} {known.unit}")
    if known.parts is not None:
        parts = {name: values(part) for name, part in known.parts.fields.items()}
        return st.lists(st.fixed_dictionaries(parts), max_size=2)
    return st.lists(TEXT, max_size=2) if known.type == "list" else BY_TYPE[known.type]


def contents(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: values(known) for name, known in VOCABULARY.fields(kind).items()}
    return st.fixed_dictionaries({"at": st.one_of(DAYS, INSTANTS), "by": TEXT, kind: st.fixed_dictionaries(fields)})


EVENTS = st.lists(st.sampled_from(sorted(set(VOCABULARY.kinds) - {CORRECTED})).flatmap(contents), max_size=5)


@given(TEXT, EVENTS, st.booleans())
def test_what_is_written_reads_as_the_same_course(name: str, events: list[dict[str, Any]], fixed: bool) -> None:
    """Any course survives writing and reading, apart from its places."""
    if fixed:
        events.append({"at": "2026-01-05", "id": name, "held": {}})
        events.append({"at": "2026-01-06", CORRECTED: {"event": name, "with": {"held": {"reason": "liver"}}}})
    whole = {"oncourse": 1, "protocol": "p@1", "patient": {"id": name}, "site": {"ward": name}, "events": events}
    first = course.read(json.dumps(whole), "c", VOCABULARY)
    again = course.read(course.write(first), "again", VOCABULARY)
    assert again == first
    assert course.write(again) == course.write(first)


def test_every_case_is_read_and_written() -> None:
    """The documents of the case suite survive as well."""
    cases = sorted((FILE.parent / "cases").rglob("*.yaml"))
    for path in cases[::10]:
        whole = course.read(path.read_bytes(), path.name, VOCABULARY)
        assert course.read(course.write(whole), path.name, VOCABULARY) == whole


SHUFFLED = st.text(alphabet="{}[]:,-'\"# \n", max_size=6)


@given(st.integers(0, len(CONTRACT)), st.integers(0, 12), SHUFFLED)
def test_no_damage_is_a_traceback(start: int, length: int, patch: str) -> None:
    """A document damaged anywhere is a course or bad input."""
    damaged = CONTRACT[:start] + patch + CONTRACT[start + length :]
    with contextlib.suppress(BadInput):
        course.history(course.read(damaged, "c", VOCABULARY))
