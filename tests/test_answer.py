"""Answers are the JSON of the contract: its keys, exact decimals, and the same bytes for the same question."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import CASES, CYCLE_1, LIVER, PROTOCOL, READY, STARTED, Told, course, decided, moments

from oncourse import course as courses
from oncourse.answer import answer, dumps, plan_answer, sheet_answer
from oncourse.course import Course
from oncourse.decide import decide
from oncourse.plan import plan
from oncourse.prepare import prepare
from oncourse.quantity import show

KEYS = [
    "course",
    "at",
    "protocol",
    "verdict",
    "headline",
    "cycle",
    "day",
    "due",
    "earliest",
    "late",
    "omit_on",
    "level",
    "interruption_days",
    "dose",
    "findings",
    "needs",
    "choices",
    "omitted",
    "change_since_last",
    "overrides",
]
DOSE = ["mg_per_m2", "percent", "bsa_m2", "mg", "volume_mL", "vials", "bag_mL", "rate_mL_per_h"]
FINDING = ["clause", "act", "says", "values", "cites", "readings"]


def worked(name: str) -> Course:
    """A course of the suite that was worked out by hand."""
    return courses.read((CASES / "worked" / f"{name}.yaml").read_bytes(), name, PROTOCOL.vocabulary)


def read(text: str) -> Any:
    """JSON as another program reads it, without binary floats."""
    return json.loads(text, parse_float=Decimal)


def told(*events: Told) -> dict[str, Any]:
    return dict(read(dumps(answer(decided(*events)))))


def test_the_contract_s_example_is_answered_as_written() -> None:
    """Every value of the contract's example, as text and as numbers."""
    text = dumps(answer(decide(PROTOCOL, worked("01-contract-patient"))))
    assert read(text) == {
        "course": "P-001",
        "at": "2026-01-12",
        "protocol": {"id": "inotuzumab-ozogamicin", "version": PROTOCOL.version, "sha256": PROTOCOL.sha256},
        "verdict": "hold",
        "headline": "Hold today's dose. Total bilirubin is 1.7 × ULN; at most 1.5 × ULN before any dose.",
        "cycle": 1,
        "day": 8,
        "due": "2026-01-12",
        "earliest": "2026-01-11",
        "late": 0,
        "omit_on": "2026-01-19",
        "level": 0,
        "interruption_days": 0,
        "dose": {
            "mg_per_m2": Decimal("0.5"),
            "percent": 100,
            "bsa_m2": Decimal("1.77"),
            "mg": Decimal("0.89"),
            "volume_mL": Decimal("3.56"),
            "vials": 1,
            "bag_mL": 50,
            "rate_mL_per_h": 50,
        },
        "findings": [
            {
                "clause": "liver-hold",
                "act": "hold",
                "says": "Total bilirubin is 1.7 × ULN; at most 1.5 × ULN before any dose.",
                "values": {"bilirubin": "1.7 ULN"},
                "cites": ["A34", "A47"],
                "readings": ["R3"],
                "until": "bilirubin ≤ 1.5 × ULN",
            }
        ],
        "needs": [],
        "choices": None,
        "omitted": [],
        "change_since_last": {"from_mg": Decimal("1.42"), "to_mg": Decimal("0.89"), "clause": "day-8-dose"},
        "overrides": [],
    }
    for exact in ('"mg": 0.89,', '"bag_mL": 50,', '"mg_per_m2": 0.5,', '"volume_mL": 3.56,'):
        assert exact in text


@pytest.mark.uncounted
def test_every_answer_has_the_contract_s_keys_in_its_order() -> None:
    """Whatever the verdict: no key is missing and none is new."""
    for moment in moments():
        found = answer(moment.decision())
        assert list(found) == KEYS, moment.path
        assert found["dose"] is None or list(found["dose"]) == DOSE, moment.path
        for finding in found["findings"]:
            assert [key for key in finding if key != "until"] == FINDING, moment.path
            assert ("until" in finding) == (finding["act"] == "hold"), moment.path


@pytest.mark.uncounted
def test_every_answer_reads_back_as_itself() -> None:
    """Decisions, plans and sheets of the whole suite are JSON, and their numbers are exact."""
    for moment in moments():
        decision = moment.decision()
        for made in (answer(decision), plan_answer(plan(decision)), sheet_answer(prepare(decision))):
            assert read(dumps(made)) == _plain(made), moment.path


def _plain(value: Any) -> Any:
    """What JSON should say of a value."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return value.isoformat() if isinstance(value, date) else value


def test_the_same_question_gives_the_same_bytes() -> None:
    """Asked twice, of the course read twice, nothing differs."""
    first, second = (dumps(answer(decide(PROTOCOL, worked("05-six-cycles")))).encode() for _ in range(2))
    assert first == second


def test_three_quarters_are_written_in_full() -> None:
    """0.375 mg per m² is neither cut nor rounded."""
    toxicity = "toxicity: {term: neuropathy, grade: %d}"
    labs = READY[2][1]
    events = (*CYCLE_1, (20, "response: {status: CR}"), (21, toxicity % 3), (42, toxicity % 0), (42, labs))
    text = dumps(answer(decided(*events)))
    assert '"mg_per_m2": 0.375,' in text and '"percent": 75,' in text
    assert read(text)["dose"]["mg"] == Decimal("0.68")


def test_a_question_names_its_options() -> None:
    """The clause, the choices and the default; nothing on any other verdict."""
    asked = told(*READY, (1, "pregnancy_test: {result: positive}"))
    assert (asked["verdict"], asked["choices"]) == (
        "judge",
        {"clause": "pregnancy", "options": ["stop", "continue"], "default": "stop"},
    )
    assert told(*READY)["choices"] is None


def test_what_is_missing_is_listed_by_name() -> None:
    """Needs are fact names, and only on the verdict need."""
    assert told(*READY[:2])["needs"] == ["anc", "platelets", "bilirubin", "ast", "alt", "blasts"]
    assert told(*STARTED, (7, "labs: {bilirubin: 1.7 ULN}"))["needs"] == []


def test_omitted_slots_stand_beside_the_verdict() -> None:
    """Those since the last dose, each with its clause."""
    found = told(*STARTED, (15, LIVER))
    assert found["omitted"] == [{"cycle": 1, "day": 8, "clause": "late-omit"}]
    assert found["findings"][0]["act"] == "omit"


def test_done_has_no_slot() -> None:
    """The fields of the slot are null when the course is complete."""
    found = answer(decide(PROTOCOL, worked("03-transplant-two-cycles")))
    assert found["verdict"] == "done"
    assert {found[key] for key in ("cycle", "day", "due", "earliest", "late", "omit_on", "dose")} == {None}


def test_overrides_are_in_the_answer() -> None:
    """An override is shown for ever, with its reason and its name."""
    found = told(*STARTED, (7, "overrode: {clause: liver-hold, kind: clinical, why: Gilbert, by: Dr A}"))
    assert found["overrides"] == [
        {"at": "2026-01-12", "clause": "liver-hold", "kind": "clinical", "why": "Gilbert", "by": "Dr A"}
    ]


def test_a_plan_has_the_contract_s_keys() -> None:
    """Slots with dates, amounts and conditions; the end; and the months of care."""
    found = read(dumps(plan_answer(plan(decided(*CYCLE_1)))))
    assert list(found) == ["slots", "ends", "contraception_until", "breastfeeding_after"]
    assert found["slots"][0] == {
        "cycle": 1,
        "day": 1,
        "status": "given",
        "on": "2026-01-05",
        "earliest": None,
        "mg": Decimal("1.46"),
        "if": None,
    }
    assert found["slots"][3]["status"] == "due"
    assert found["slots"][-1]["if"] == "only if CR or CRi is reached by then"
    assert (found["contraception_until"], found["breastfeeding_after"]) == ("2026-06-19", None)
    assert found["ends"] == found["slots"][-1]["on"]


def test_a_woman_s_plan_dates_both_precautions() -> None:
    """Contraception for 8 months, no breastfeeding for 2."""
    enrolled = READY[0][1].replace("childbearing_potential: false, ", "")
    read_course = course((0, enrolled), *STARTED[1:], sex="female")
    found = plan_answer(plan(decide(PROTOCOL, read_course)))
    assert (found["contraception_until"], found["breastfeeding_after"]) == (date(2026, 9, 5), date(2026, 3, 5))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(89, 100), "0.89"),
        (Fraction(50), "50"),
        (Fraction(3, 8), "0.375"),
        (Decimal("1.420"), "1.42"),
        (Decimal("1E+2"), "100"),
        (0, "0"),
        (True, "true"),
        (None, "null"),
        (date(2026, 1, 5), '"2026-01-05"'),
        (datetime(2026, 1, 5, 9, 30, tzinfo=UTC), '"2026-01-05T09:30:00+00:00"'),
        ("× ≤ 10⁹", '"× ≤ 10⁹"'),
        ('a "b"\n\x1b', '"a \\"b\\"\\n\\u001b"'),
        ([], "[]"),
        ({}, "{}"),
        ([1, "a"], '[1, "a"]'),
        ({"a": Fraction(1, 2)}, '{\n  "a": 0.5\n}'),
        ([{"a": [1, {}]}], '[\n  {\n    "a": [\n      1,\n      {}\n    ]\n  }\n]'),
    ],
)
def test_values_are_written_exactly(value: object, text: str) -> None:
    """Decimals without trailing zeros or exponents, dates as ISO text, text as it is."""
    assert dumps(value) == text


hundredths = st.decimals(0, 1000, places=3).map(Fraction)
leaves = st.none() | st.booleans() | st.integers() | st.text() | hundredths | st.dates()
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(trees)
def test_whatever_is_written_is_json(tree: Any) -> None:
    """Read back by any reader of JSON it is the same."""
    assert read(dumps(tree)) == _plain(tree)


@given(hundredths)
def test_numbers_keep_every_digit(number: Fraction) -> None:
    """A number with a few decimals is written with just those."""
    text = dumps(number)
    assert Fraction(text) == number and text == show(number)
    assert "e" not in text.lower() and not (text.endswith("0") and "." in text)
