"""What the record says on a day: the latest, the worst, the first, how old, and what it cannot say."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from tests.builders import CYCLE_1, PROTOCOL, READY, STARTED, Told, course, decided, on

from oncourse.decide import decide
from oncourse.value import NEVER, Stale, Unknown


def fact(name: str, *told: Told, at: int | None = None, site: str = "{}") -> Any:
    """The value of a fact at the end of a day."""
    return decided(*told, at=at, site=site).moment.value(name)


def test_the_latest_counts() -> None:
    """By day, then as listed; a result of one analyte leaves the others as they are."""
    labs = ((3, "labs: {ast: 2 ULN}"), (1, "labs: {ast: 9 ULN, alt: 1 ULN}"), (3, "labs: {ast: 3 ULN}"))
    assert fact("ast", *labs) == 3
    assert fact("alt", *labs) == 1
    assert fact("ast_on", *labs) == on(3).toordinal()
    assert isinstance(fact("bilirubin", *labs), Unknown)


@pytest.mark.parametrize(
    ("name", "old", "high"),
    [("ast", "ast: 2 ULN", True), ("blasts", "blasts: 2 10*9/L", True), ("anc", "anc: 2 10*9/L", False)],
)
def test_a_result_goes_out_of_date_after_three_days(name: str, old: str, high: bool) -> None:
    """On the third day it counts, on the fourth only as far as it forbids; a site may set another number."""
    told = (0, f"labs: {{{old}}}")
    assert fact(name, told, at=3) == 2
    gone = fact(name, told, at=4)
    assert (type(gone), gone.value, gone.high, gone.lack.facts) == (Stale, 2, high, {name})
    assert fact(name, told, at=7, site="{result_age: 7}") == 2
    assert isinstance(fact(name, told, at=2, site="{result_age: 1}"), Stale)


def changed(told: Told, name: str, at: int, **change: Any) -> Any:
    """The value of a fact that is declared otherwise."""
    facts = tuple(replace(of, **change) if of.name == name else of for of in PROTOCOL.facts)
    return decide(replace(PROTOCOL, facts=facts), course(told), on(at)).moment.value(name)


def test_an_old_result_that_forbids_on_no_side_is_unknown() -> None:
    """Where the file does not say which side is worse, an old result says nothing."""
    told = (0, "labs: {anc: 0.1 10*9/L}")
    assert changed(told, "anc", 3, worse=None) == Fraction(1, 10)
    assert isinstance(changed(told, "anc", 4, worse=None), Unknown)


def test_only_a_fact_that_is_masked_is_masked() -> None:
    """A span of days alone hides nothing, even where other facts are masked."""
    at = course((0, "transfused: {platelets: true}"), (1, "labs: {platelets: 60 10*9/L}"))
    assert isinstance(decide(PROTOCOL, at, on(1)).moment.value("platelets"), Unknown)
    facts = tuple(replace(of, masked=None) if of.name == "platelets" else of for of in PROTOCOL.facts)
    assert decide(replace(PROTOCOL, facts=facts), at, on(1)).moment.value("platelets") == 60


def test_an_old_pregnancy_test_stays_only_when_positive() -> None:
    """A negative test is good for 7 days; a positive one until the next."""
    negative, positive = ((0, f"pregnancy_test: {{result: {result}}}") for result in ("negative", "positive"))
    assert fact("pregnancy_test", negative, at=7) == "negative"
    assert isinstance(fact("pregnancy_test", negative, at=8), Unknown)
    assert fact("pregnancy_test", positive, at=8) == "positive"
    assert fact("positive_test_on", positive, negative, at=8) == on(0).toordinal()
    assert fact("positive_test_on", negative, at=8) is NEVER


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("vod", "not reported"),
        ("vod_confirmed", False),
        ("gilbert", False),
        ("reaction", 0),
        ("toxicity", 0),
        ("stopped", False),
        ("last_anc", NEVER),
        ("marrow", "not said"),
    ],
)
def test_what_silence_means_of_a_report(name: str, absent: Any) -> None:
    """Absent means not reported."""
    silent = (0, "measured: {height: 170 cm}")
    assert fact(name, silent) == absent
    assert fact(f"{name}_on", silent) is NEVER


@pytest.mark.parametrize("name", ["anc", "bilirubin", "transplant", "height", "mrd", "late_reason"])
def test_what_silence_means_of_anything_else(name: str) -> None:
    """Absent means unknown, and what is asked for is the fact itself."""
    value = fact(name, (0, "stopped: {}"))
    assert isinstance(value, Unknown) and value.facts == {name}


def test_a_later_enrolment_replaces_only_what_it_names() -> None:
    """The first one keeps the day."""
    told = (*READY, (2, "enrolled: {transplant: planned, contraindications: [vod, liver disease]}"))
    assert (fact("transplant", *told), fact("cd22", *told)) == ("planned", "positive")
    assert fact("contraindications", *told) == 2
    assert fact("enrolled_on", *told) == on(0).toordinal()


STATUSES = ("suspected", "confirmed", "excluded")


def test_the_worst_reaction_counts_and_a_vod_once_confirmed_stays() -> None:
    """A later, lighter report takes nothing back."""
    told = ((0, "reaction: {grade: 2}"), (7, "reaction: {grade: 3}"), (14, "reaction: {grade: 1}"))
    assert fact("reaction", *told) == 3
    vod = tuple(
        (day, f"vod: {{status: {status}}}") for day, status in enumerate(("suspected", "confirmed", "excluded"))
    )
    assert (fact("vod", *vod), fact("vod_confirmed", *vod)) == ("excluded", True)


@pytest.mark.parametrize(
    ("told", "toxicity", "hepatic"),
    [
        (("term: mucositis, grade: 3",), 3, 0),
        (("term: mucositis, grade: 1",), 0, 0),
        (("term: mucositis, grade: 3", "term: mucositis, grade: 1"), 0, 0),
        (("term: mucositis, grade: 2", "term: rash, grade: 3"), 3, 0),
        (("term: rash, grade: 2, baseline_grade: 2",), 0, 0),
        (("term: rash, grade: 2, baseline_grade: 2", "term: rash, grade: 3"), 3, 0),
        (("term: ALF, grade: 3, hepatic: yes, related: yes",), 0, 3),
        (("term: ALF, grade: 3, hepatic: yes, related: no",), 3, 0),
        (("term: ALF, grade: 3, hepatic: yes",), 3, 0),
        (("term: ALF, grade: 3, hepatic: yes, baseline_grade: 3",), 3, 0),
        (("term: ALF, grade: 3, hepatic: yes, related: yes", "term: ALF, grade: 1, related: yes"), 0, 3),
        (("term: ALF, grade: 2, hepatic: yes, related: yes", "term: ALF, grade: 4, related: yes"), 0, 4),
        (("term: ALF, grade: 4, hepatic: yes, related: yes", "term: ALF, grade: 4, related: no"), 4, 4),
    ],
)
def test_toxicities_by_term(told: tuple[str, ...], toxicity: int, hepatic: int) -> None:
    """The latest grade of each term against its baseline; a related hepatic one of grade 3 is never taken back."""
    events = [(day, f"toxicity: {{{said}}}") for day, said in enumerate(told)]
    assert (fact("toxicity", *events), fact("hepatotoxicity", *events)) == (toxicity, hepatic)
    assert (fact("toxicity_on", *events) is NEVER) == (toxicity == 0)


PLATELETS = "labs: {platelets: 60 10*9/L}"
BAG = "transfused: {platelets: yes}"


@pytest.mark.parametrize(("day", "known"), [(0, False), (6, False), (7, True)])
def test_a_count_near_a_transfusion_says_nothing(day: int, known: bool) -> None:
    """Less than 7 days after one it is unknown, and the count before does not take its place."""
    told = ((0, "labs: {platelets: 20 10*9/L}"), (1, BAG), (1 + day, PLATELETS))
    for name in ("platelets", "last_platelets"):
        assert str(fact(name, *told)) == ("60" if known else f"Unknown({name})")
    assert fact("own_platelets", *told) == (60 if known else 20)


def test_the_washout_is_the_site_s_and_other_bags_do_not_count() -> None:
    """With a washout of 0 every count stands; a transfusion without platelets masks none."""
    assert fact("platelets", (0, BAG), (0, PLATELETS), site="{transfusion_washout: 0}") == 60
    assert isinstance(fact("platelets", (0, BAG), (2, PLATELETS), site="{transfusion_washout: 3}"), Unknown)
    assert fact("platelets", (0, "transfused: {platelets: no}"), (0, PLATELETS)) == 60
    assert fact("anc", (0, BAG), (0, "labs: {anc: 1 10*9/L}")) == 1


def test_assessments_count_from_day_1_of_the_cycle_before() -> None:
    """A response or attestation from before it is no longer known."""
    cycle_2 = (*CYCLE_1, (21, "labs: {anc: 2 10*9/L}"), (21, "attested: {counts_due_to: drug}"))
    assert fact("response", *cycle_2, at=21) == "none"
    assert fact("counts_attribution", *cycle_2, at=21) == "drug"
    cycle_3 = (*cycle_2, *((21 + 7 * dose, "given: {dose: 1 mg}") for dose in range(3)), (49, "given: {dose: 1 mg}"))
    assert isinstance(fact("response", *cycle_3, at=50), Unknown)
    assert isinstance(fact("response", (0, "response: {status: none}")), Unknown)


def test_what_was_observed_is_kept_with_its_event() -> None:
    """An observation has its value, its day and the event as it was typed."""
    moment = decided(*STARTED, at=20).moment
    seen = moment.observation("ast")
    assert seen is not None
    assert (seen.value, seen.day, seen.event.shown["ast"]) == (Fraction(1), on(0).toordinal(), "1 ULN")
    assert moment.observation("mrd") is None
    assert moment.observation("no such fact") is None
    assert moment.observation("toxicity") is None


def test_a_copy_of_the_records_is_its_own() -> None:
    """What is noted in the copy is not seen in the original."""
    told = (*STARTED, (1, "toxicity: {term: rash, grade: 1}"), (1, BAG))
    records = decided(*told).moment.env[0]
    copy = records.copy()
    assert (copy.latest, copy.masking) == (records.latest, records.masking)
    copy.masking.append(1)
    next(seen for seen in copy.latest if isinstance(seen, dict)).clear()
    assert copy.masking != records.masking
    assert copy.latest != records.latest
