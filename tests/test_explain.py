"""Every finding has its sentence, filled in, short, with the numbers of the case and of the protocol."""

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.builders import ALL_LABS, CASES, CYCLE_1, LIVER, PROTOCOL, READY, STARTED, Told, course, decided, moments

from oncourse import course as courses
from oncourse.decide import Decision, Finding, decide
from oncourse.explain import HEADLINE, Words
from oncourse.protocol_file import read_folder

WORDS = PROTOCOL.words
LONGEST_SENTENCE = 24
FIRST_WORDS = {
    "give": "Give ",
    "hold": "Hold today's dose. ",
    "need": "Need a result. ",
    "stop": "Stop treatment for good. ",
    "judge": "Your decision. ",
    "wait": "Not due. ",
    "done": "Course complete. ",
}


@cache
def decisions() -> tuple[tuple[str, Decision], ...]:
    """Every decision of the case suite, with the name of its case."""
    return tuple((f"{moment.path.parent.name}/{moment.path.stem}", moment.decision()) for moment in moments())


def findings() -> Iterator[tuple[str, Words, Finding]]:
    """Every finding of the suite with its case and words."""
    for name, decision in decisions():
        words = Words(decision)
        yield from ((name, words, found) for found in decision.findings)


def spoken() -> Iterator[tuple[str, str]]:
    """Every text a decision of the suite is explained with."""
    for name, words, found in findings():
        yield name, words.says(found)
        yield name, words.until(found) or ""
        yield from ((name, value) for value in words.values(found).values())
    yield from ((name, Words(decision).headline()) for name, decision in decisions())


def says(*told: Told, at: int | None = None) -> dict[str, str]:
    """What a decision says, by clause."""
    decision = decided(*told, at=at)
    return {found.clause: Words(decision).says(found) for found in decision.findings}


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?]) ", text)


@pytest.mark.uncounted
def test_the_suite_speaks_of_every_verdict() -> None:
    """The laws below are tried on all seven verdicts and on every clause."""
    assert {decision.verdict for _, decision in decisions()} == set(FIRST_WORDS)
    assert {found.clause for _, _, found in findings()} == PROTOCOL.clause_ids


@pytest.mark.uncounted
def test_every_finding_has_a_sentence() -> None:
    """Nothing fires in silence."""
    assert [(name, found.clause) for name, words, found in findings() if not words.says(found)] == []


def test_no_text_has_a_gap() -> None:
    """Every name in braces is filled in, and nothing missing is written as None."""
    assert [(name, text) for name, text in spoken() if re.search(r"[{}]|\bNone\b|\bnever\b|\s{2}", text)] == []


def test_numbers_have_no_trailing_zeros() -> None:
    """0.9 and 4, never 0.90 or 4.0, and a digit before every point."""
    assert [(name, text) for name, text in spoken() if re.search(r"\d\.\d*0(?!\d)|(?<!\d)\.\d", text)] == []


def test_sentences_are_short() -> None:
    """A sentence is read in one breath."""
    long = {
        sentence for _, text in spoken() for sentence in sentences(text) if len(sentence.split()) > LONGEST_SENTENCE
    }
    assert {text for text in long if text.endswith(".")} == set()


def test_sentences_end() -> None:
    """What a finding says is made of sentences that begin with a capital letter or a quotation mark."""
    said = {words.says(found) for _, words, found in findings()}
    assert {text for text in said if not text.endswith(".")} == set()
    assert {part for text in said for part in sentences(text) if not re.match('["A-Z]', part)} == set()


def test_headlines_begin_with_the_verdict() -> None:
    """The first sentence is the verdict's own, and the whole is at most 200 characters."""
    for name, decision in decisions():
        headline = Words(decision).headline()
        assert headline.startswith(FIRST_WORDS[decision.verdict]), name
        assert len(headline) <= HEADLINE == 200, (name, headline)
        assert len(sentences(headline)) > 1, (name, headline)


def test_a_headline_stops_at_a_whole_sentence() -> None:
    """What would make it too long is left to the findings."""
    longer = decided(*STARTED, (7, f"toxicity: {{term: {'neuropathy of the hands ' * 9}, grade: 3}}"))
    told = Words(longer).headline()
    assert told.startswith("Hold today's dose. Not yet recovered: neuropathy of the hands")
    assert told.endswith("grade 3.")


def test_every_hold_says_what_ends_it() -> None:
    """A hold has `until`; no other finding has."""
    wrong = [(name, found) for name, words, found in findings() if bool(words.until(found)) != (found.act == "hold")]
    assert wrong == []


def test_values_are_those_of_the_clause() -> None:
    """The facts behind a finding stand beside it, with UCUM units."""
    decision = decided(*STARTED, (7, "labs: {bilirubin: 1.7 ULN, ast: 2.6 ULN, alt: 1 ULN}"))
    assert Words(decision).values(decision.findings[0]) == {"bilirubin": "1.7 ULN", "ast": "2.6 ULN"}
    counts = decided(*CYCLE_1, (21, "labs: {anc: 0.9 10*9/L, platelets: 90 10*9/L}"), (21, LIVER))
    assert Words(counts).values(counts.findings[0]) == {"anc": "0.9 10*9/L"}


@pytest.mark.parametrize(
    ("labs", "sentence", "until"),
    [
        (
            "bilirubin: 1.7 ULN, ast: 1 ULN, alt: 1 ULN",
            "Total bilirubin is 1.7 × ULN; at most 1.5 × ULN before any dose.",
            "bilirubin ≤ 1.5 × ULN",
        ),
        (
            "bilirubin: 1 ULN, ast: 2.51 ULN, alt: 4 ULN",
            "AST is 2.51 × ULN; at most 2.5 × ULN before any dose. ALT is 4 × ULN; at most 2.5 × ULN before any dose.",
            "AST ≤ 2.5 × ULN and ALT ≤ 2.5 × ULN",
        ),
        (
            "bilirubin: {value: 45.00001 umol/L, uln: 30 umol/L}, ast: 1 ULN, alt: 1 ULN",
            "Total bilirubin is 45.00001 umol/L (ULN 30 umol/L); at most 1.5 × ULN before any dose.",
            "bilirubin ≤ 1.5 × ULN",
        ),
    ],
)
def test_a_liver_hold_says_both_numbers(labs: str, sentence: str, until: str) -> None:
    """The value and its limit; what was typed where rounding would make the two look alike."""
    decision = decided(*STARTED, (7, f"labs: {{{labs}}}"))
    words = Words(decision)
    assert (words.says(decision.findings[0]), words.until(decision.findings[0])) == (sentence, until)


def test_low_counts_are_told_against_their_own_limit() -> None:
    """A count that was good before treatment is named once, with the limit it must reach."""
    counts = says(*CYCLE_1, (21, "labs: {anc: 0.9 10*9/L, platelets: 49 10*9/L}"), (21, LIVER))["counts-hold"]
    assert counts == (
        "ANC is 0.9 × 10⁹/L; at least 1 × 10⁹/L before a new cycle. "
        "Platelets are 49 × 10⁹/L; at least 50 × 10⁹/L before a new cycle."
    )
    mixed = tuple((day, text.replace("platelets: 85", "platelets: 40")) for day, text in CYCLE_1)
    low = says(*mixed, (21, "labs: {anc: 1.2 10*9/L, platelets: 35 10*9/L}"), (21, LIVER))["counts-hold"]
    assert low.startswith("Counts were low before treatment. ANC is 1.2")
    both = says(*mixed, (21, "labs: {anc: 0.9 10*9/L, platelets: 35 10*9/L}"), (21, LIVER))["counts-hold"]
    assert both.count("ANC is 0.9 × 10⁹/L; at least 1 × 10⁹/L before a new cycle.") == 1


@pytest.mark.parametrize(
    ("told", "fact", "sentence"),
    [
        (READY[:2], "ast", "AST is not recorded."),
        (
            (*STARTED, (3, LIVER), (7, "counselled: {}")),
            "ast",
            "AST: the last is 4 days old; at most 3 days is accepted.",
        ),
        (
            (*CYCLE_1, (17, "transfused: {platelets: true}"), (21, "labs: {anc: 2 10*9/L, platelets: 60 10*9/L}")),
            "platelets",
            "Platelets: the last count was drawn less than 7 days after a platelet transfusion.",
        ),
        ((READY[1],), "enrolment", "Enrol the patient first."),
    ],
)
def test_a_missing_fact_says_why_it_is_missing(told: tuple[Told, ...], fact: str, sentence: str) -> None:
    """Never recorded, too old or masked: each has its own sentence."""
    assert Words(decided(*told)).lacking(fact) == sentence


def test_an_assessment_of_an_earlier_cycle_names_both_days() -> None:
    """A response before day 1 of the cycle before says when it was, and from when one is needed."""
    told = (*CYCLE_1, (21, "given: {dose: 1.46 mg}"), (28, "given: {dose: 0.91 mg}"), (35, "given: {dose: 0.91 mg}"))
    assert Words(decided(*told, at=49)).lacking("response") == (
        "Response assessment: the last is of 23-Jan-2026; one of 26-Jan-2026 or later is needed."
    )


def test_a_reduction_is_told_even_without_an_amount() -> None:
    """How far the dose is reduced does not hang on height, weight or response."""
    told = (
        *CYCLE_1[:-1],
        (21, "toxicity: {term: neuropathy, grade: 3}"),
        (43, "toxicity: {term: neuropathy, grade: 0}"),
    )
    decision = decided(*told)
    assert decision.dose is None
    assert "75 % of full" in says(*told)["no-reescalation"]
    assert Words(decision).fill("{mg} {volume_mL} {vials} {bag_mL} {rate}") == " ".join(["Not recorded"] * 5)


def test_overrides_are_told_with_name_and_reason() -> None:
    """Who, when, what and why."""
    told = (*STARTED, (7, "overrode: {clause: liver-hold, kind: clinical, why: known Gilbert, by: Dr A}"))
    assert Words(decided(*told)).overrides() == [
        {"at": decided(*told).at, "clause": "liver-hold", "kind": "clinical", "why": "known Gilbert", "by": "Dr A"}
    ]


@pytest.mark.parametrize("other", ["1.25", "1"])
def test_limits_in_words_are_those_of_the_protocol(tmp_path: Path, other: str) -> None:
    """A limit has one home: change it there, and the sentence and what ends the hold follow."""
    folder = tmp_path / "other"
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    file = folder / "protocol.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("bilirubin > 1.5") == 1
    file.write_text(text.replace("bilirubin > 1.5", f"bilirubin > {other}"), encoding="utf-8")
    decision = decide(read_folder(folder), course(*STARTED, (7, "labs: {bilirubin: 1.7 ULN, ast: 1 ULN, alt: 1 ULN}")))
    words = Words(decision)
    (hold,) = decision.findings
    assert words.says(hold) == f"Total bilirubin is 1.7 × ULN; at most {other} × ULN before any dose."
    assert words.until(hold) == f"bilirubin ≤ {other} × ULN"


def test_the_worked_course_is_told_as_in_the_contract() -> None:
    """The headline of the contract, word for word."""
    source = (CASES / "worked/01-contract-patient.yaml").read_bytes()
    decision = decide(PROTOCOL, courses.read(source, "P-001.yaml", PROTOCOL.vocabulary))
    assert Words(decision).headline() == (
        "Hold today's dose. Total bilirubin is 1.7 × ULN; at most 1.5 × ULN before any dose."
    )


def test_a_reduced_dose_names_the_dose_and_the_interruption_behind_it() -> None:
    """ALT held from day 8, due on 12 January, to 27 January: 15 days, remembered after the dose."""
    told = (*STARTED, (7, "labs: {alt: 9 ULN}"), (22, ALL_LABS), (22, "response: {status: none}"))
    said = says(*told, (22, "given: {dose: 1.06 mg}"), at=23)["no-reescalation"]
    assert "Reduced at the dose of 27-Jan-2026, because of the interruption of 15 days since 12-Jan-2026." in said
