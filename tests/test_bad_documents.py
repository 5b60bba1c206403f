"""Bad course documents: every fault is told at once, with its place and what to do."""

import pytest
from tests.documents import HEAD, faults, problems

BAD = [
    ("{at: 2026-01-05, labs: {anc: ▲1.8}}", ["anc has no unit", "10*9/L, 10*3/uL, /uL or /mm3"]),
    ("{at: 2026-01-05, labs: {platelets: ▲85 K/uL}}", ["kelvin", "10*9/L"]),
    ("{at: 2026-01-05, labs: {ast: ▲30 U/L}}", ["ast has no upper limit of normal; add uln, or give it as ULN"]),
    ("{at: 2026-01-05, labs: {ast: ▲{value: 30 U/L}}}", ["no upper limit", "add uln"]),
    ("{at: 2026-01-05, labs: {ast: {value: 30 U/L, uln: ▲0 U/L}}}", ["not above 0", "upper limit"]),
    ("{at: 2026-01-05, labs: {ast: ▲{uln: 30 U/L}}}", ["no value", "add value"]),
    ("{at: 2026-01-05, labs: {anc: ▲1800 10*9/L}}", ["not below", "per uL?"]),
    ("{at: 2026-01-05, labs: {platelets: ▲50000 10*9/L}}", ["not below", "per uL?"]),
    ("{at: 2026-01-05, labs: {blasts: ▲10000 10*9/L}}", ["not below", "per uL?"]),
    ("{at: 2026-01-05, labs: {potassium: ▲-3 mmol/L}}", ["negative"]),
    ("{at: 2026-01-05, labs: ▲{}}", ["nothing in it", "anc"]),
    ("{at: 2026-01-05, labs: {▲hb: 9 g/dL}}", ["labs has no hb", "use anc"]),
    ("{at: 2026-01-05, labs: {▲platelet: 9 10*9/L}}", ["labs has no platelet", "did you mean platelets?"]),
    ("{at: 2026-01-05, labs: ▲[anc]}", ["not a mapping"]),
    ("{at: 2026-01-05, ▲lab: {anc: 1 10*9/L}}", ["no event lab", "did you mean labs?"]),
    ("▲{at: 2026-01-05}", ["has no event"]),
    ("{at: 2026-01-05, vod: {status: excluded}, ▲held: {}}", ["2 events: vod, held", "one entry for each"]),
    ("▲given", ["not a mapping"]),
    ("▲{given: {dose: 1 mg}}", ["has no date", "add at"]),
    ("{at: ▲2026-02-30, held: {}}", ["does not exist"]),
    ("{at: ▲05.01.2026, held: {}}", ["not a date", "2026-01-05"]),
    ("{at: ▲2026-01-05T10:40:00, held: {}}", ["no offset", "add the offset"]),
    ("{at: ▲2026-01-05T25:40:00Z, held: {}}", ["does not exist"]),
    ("{at: ▲2026-01-05 soon, held: {}}", ["not an instant"]),
    ("{at: ▲1978-01-05, held: {}}", ["out of range", "2000 to 2100"]),
    ("{at: ▲9999-01-05, held: {}}", ["out of range"]),
    ("{at: 2026-01-05, recorded: ▲2026-01-05, held: {}}", ["recorded is not an instant"]),
    ("{at: 2026-01-05, id: ▲'', held: {}}", ["id is empty"]),
    ("{at: 2026-01-05, measured: {height: ▲400 cm}}", ["more than 230 cm", "is it in cm?"]),
    ("{at: 2026-01-05, measured: {height: ▲65 in}}", ["inches", "cm or m"]),
    ("{at: 2026-01-05, measured: {weight: ▲150 lb}}", ["pounds", "kg or g"]),
    ("{at: 2026-01-05, measured: {height: ▲68 cm, weight: 165 kg}}", ["less than weight", "swapped?"]),
    ("{at: 2026-01-05, measured: {height: ▲41 cm, weight: 2 kg}}", ["body surface 0.15 m2", "check height"]),
    ("{at: 2026-01-05, measured: {height: ▲230 cm, weight: 229 kg}}", ["body surface 3.82 m2"]),
    ("{at: 2026-01-05, given: {dose: ▲1420 mcg}}", ["mcg", "use mg"]),
    ("{at: 2026-01-05, given: {dose: ▲28.01 mg}}", ["more than 28 mg", "micrograms typed as mg?"]),
    ("{at: 2026-01-05, given: {dose: ▲0 mg}}", ["not above 0 mg"]),
    ("{at: 2026-01-05, given: ▲{}}", ["given has no dose"]),
    ("{at: 2026-01-05, given: ▲{dose: 1 mg, day: 8}}", ["day without cycle"]),
    ("{at: 2026-01-05, given: {dose: 1 mg, cycle: 1, day: ▲9}}", ["day cannot be 9", "1, 8 or 15"]),
    ("{at: 2026-01-05, given: {dose: 1 mg, cycle: ▲100, day: 8}}", ["from 1 to 99"]),
    ("{at: 2026-01-05, ordered: ▲{dose: 1 mg, against: [a]}}", ["against without why"]),
    ("{at: 2026-01-05, overrode: {clause: a, why: b, kind: ▲mood}}", ["kind is none", "error"]),
    ("{at: 2026-01-05, overrode: ▲{clause: a}}", ["no why"]),
    ("{at: 2026-01-05, toxicity: {term: rash, grade: ▲6}}", ["from 0 to 5"]),
    ("{at: 2026-01-05, toxicity: {term: rash, grade: 1, hepatic: ▲maybe}}", ["neither yes nor no"]),
    ("{at: 2026-01-05, enrolled: {contraindications: ▲vod}}", ["not a list"]),
    ("{at: 2026-01-05, enrolled: {contraindications: [vod, ▲flu]}}", ["none of its choices: flu"]),
    ("{at: 2026-01-05, enrolled: {disease: ▲~}}", ["disease has no value"]),
    ("{at: 2026-01-05, enrolled: {disease: ▲[a]}}", ["list or a mapping"]),
    ("{at: 2026-01-05, observed: {symptoms: ▲fever}}", ["not a mapping"]),
    ("{at: 2026-01-05, released: ▲no}", ["not a mapping", "leave it empty"]),
    ("{at: 2026-01-05, corrected: {event: ▲x}}", ["corrects nothing", "id"]),
    ("{at: 2026-01-05, expect: {verdict: ▲maybe}}", ["none of its choices", "give"]),
    ("{at: 2026-01-05, expect: {mg: ▲1e3}}", ["not a plain decimal", "exponent"]),
]


@pytest.mark.parametrize(("event", "words"), BAD)
def test_a_bad_event_is_one_problem_with_place_and_remedy(event: str, words: list[str]) -> None:
    """Each fault is found once, where it is (▲), with what to do."""
    (problem,) = faults(event.replace("▲", ""))
    assert problem.startswith(f"c:5:{event.index('▲') + 3}: "), problem
    assert all(word in problem for word in words), problem
    assert "; " in problem


def test_all_faults_of_all_events_are_reported_at_once() -> None:
    """A document with many faults reports each of them, in its order."""
    found = faults(*(event.replace("▲", "") for event, _ in BAD))
    assert len(found) == len(BAD)
    places = [tuple(map(int, problem.split(":")[1:3])) for problem in found]
    assert places == sorted(places)


def test_very_many_faults_are_all_found() -> None:
    """A long wrong document is refused whole, and fast enough not to matter."""
    keys = ", ".join(f"colour{i}: 1" for i in range(3000))
    assert len(faults(*["3"] * 3000, f"{{at: 2026-01-05, labs: {{{keys}}}}}")) == 6000


@pytest.mark.parametrize(
    ("source", "starts"),
    [
        ("[]", ["c:1:1: this is not a course"]),
        ("just text", ["c:1:1: this is not a course"]),
        ("", ["c:1:1: the document is empty"]),
        (b"%PDF-1.7\n\x93\x8c", ["c:1:1: the document is not UTF-8 text"]),
        ("{}", [f"c:1:1: the course has no {name}" for name in ("events", "oncourse", "patient", "protocol")]),
        (
            "oncourse: 2\nprotocol: [a]\npatient: {}\nevent: []\nevents: {}\n",
            [
                "c:1:11: this version",
                "c:2:11: this names no protocol",
                "c:3:10: patient has no id; add id",
                "c:4:1: a course has no event; did you mean events?",
                "c:5:9: events is not a list",
            ],
        ),
        (
            "oncourse: 1\nprotocol: p\npatient: {id: '', born: 2026-13-01, sex: f}\nevents: []\n",
            ["c:3:15: id is empty; give one", "c:3:25: born does not exist", "c:3:42: sex is none of its choices"],
        ),
        (
            f"{HEAD}site: {{timezone: ../x, result_age: 1.5 d, jurisdiction: NO, bsa_form: x}}\nevents: []\n",
            [
                "c:4:18: timezone is no time zone",
                "c:4:36: result_age cannot be 1.5; use a whole number",
                "c:4:57: jurisdiction is none",
                "c:4:61: site has no bsa_form; did you mean bsa_formula?",
            ],
        ),
    ],
)
def test_a_bad_document_says_everything_that_is_wrong(source: str | bytes, starts: list[str]) -> None:
    """Faults outside the events have places and remedies too."""
    found = problems(source)
    assert [problem[: len(start)] for problem, start in zip(found, starts, strict=True)] == starts
