"""Exactly one verdict, the strongest of what fired, and every finding kept beside it."""

from dataclasses import replace

import pytest
from tests.builders import CYCLE_1, LIVER, PROTOCOL, READY, STARTED, Told, clauses, decided, moments

from oncourse.engine import Engine
from oncourse.protocol import ACTS
from oncourse.weigh import weigh

BAD = "labs: {bilirubin: 2 ULN, ast: 1 ULN, alt: 1 ULN}"
STOP = "stopped: {reason: wish}"
POSITIVE = "pregnancy_test: {result: positive}"
DAY_8 = (*STARTED, (7, LIVER))
CYCLE_2 = (*CYCLE_1, (21, LIVER), (21, "labs: {anc: 2 10*9/L, platelets: 90 10*9/L}"))


@pytest.mark.parametrize(
    ("told", "verdict", "found"),
    [
        ((), "need", ["enrolment"]),
        (READY, "give", []),
        (DAY_8, "give", []),
        ((*STARTED, (5, LIVER)), "wait", []),
        ((*STARTED, (5, BAD)), "wait", []),
        ((*STARTED, (7, BAD)), "hold", ["liver-hold"]),
        (STARTED[:3], "give", []),
        ((*STARTED, (7, "labs: {ast: 1 ULN}")), "need", ["liver-data"]),
        ((*STARTED, (7, "labs: {ast: 9 ULN}")), "hold", ["liver-hold"]),
        ((*STARTED, (7, POSITIVE)), "judge", ["pregnancy"]),
        ((*STARTED, (5, POSITIVE)), "judge", ["pregnancy"]),
        ((*STARTED, (7, BAD), (7, POSITIVE)), "judge", ["pregnancy", "liver-hold"]),
        ((*STARTED, (7, BAD), (7, POSITIVE), (7, STOP)), "stop", ["stopped", "pregnancy", "liver-hold"]),
        ((*STARTED, (5, STOP)), "stop", ["stopped"]),
        ((*STARTED, (7, "vod: {status: confirmed}"), (7, STOP)), "stop", ["stopped", "vod"]),
        (
            (*STARTED, (7, BAD), (7, "vod: {status: suspected}"), (7, "toxicity: {term: rash, grade: 2}")),
            "hold",
            ["liver-hold", "vod-suspected", "toxicity-hold"],
        ),
        (CYCLE_2, "give", []),
    ],
)
def test_the_strongest_wins_and_all_are_kept(told: tuple[Told, ...], verdict: str, found: list[str]) -> None:
    """stop, done, judge, wait, hold, need, give: left wins, and nothing that fired is dropped."""
    decision = decided(*told or ((0, "measured: {height: 170 cm}"),))
    assert (decision.verdict, clauses(decision)) == (verdict, found)


def test_while_a_dose_has_to_wait_nothing_forbids_it_yet() -> None:
    """Holds and needs are asked from the earliest day on; before it, neither is found nor listed."""
    before, after = decided(*STARTED, (5, BAD)), decided(*STARTED, (5, BAD), at=6)
    assert (before.verdict, clauses(before), before.needs) == ("wait", [], ())
    assert (after.verdict, clauses(after)) == ("hold", ["liver-hold"])


def test_needs_are_merged_by_finding_and_empty_beside_any_other_verdict() -> None:
    """One finding a clause, with all it lacks, in the order of the protocol's facts."""
    decision = decided(*STARTED, at=8)
    (found,) = decision.findings
    assert (found.clause, found.act, found.lacks) == ("liver-data", "need", ("bilirubin", "ast", "alt"))
    assert decision.needs == found.lacks
    assert all(moment.decision().needs == () for moment in moments()[::9] if moment.decision().verdict != "need")


def test_an_undecided_stop_asks_for_what_it_lacks() -> None:
    """Eligibility that is not known is asked for, each step only when the one before is answered."""
    told = ((0, "enrolled: {disease: relapsed, transplant: not planned, childbearing_potential: no}"), *READY[1:])
    assert decided(*told).needs == ("cd22", "contraindications")
    assert decided(*told, (0, "enrolled: {cd22: negative}")).verdict == "stop"
    europe = "{jurisdiction: EU}"
    assert decided(*READY, site=europe).needs == ("philadelphia",)
    assert decided(*READY, (0, "enrolled: {philadelphia: positive}"), site=europe).needs == ("prior_tki",)
    assert decided(*READY, (0, "enrolled: {philadelphia: negative}"), site=europe).verdict == "give"


def test_when_a_course_is_done_nothing_is_asked_of_the_next_slot() -> None:
    """Neither holds nor needs nor notes about a dose that will not be."""
    planned = [*CYCLE_1[:-1], (0, "replanned: {transplant: planned}"), (18, "response: {status: CR}")]
    for day in (28, 35, 42):
        planned += [(day, LIVER), (day, "labs: {anc: 2 10*9/L, platelets: 90 10*9/L}"), (day, "given: {dose: 0.91 mg}")]
    decision = decided(*planned, (45, "response: {mrd: negative}"), at=60)
    assert (decision.verdict, clauses(decision), decision.needs) == ("done", ["transplant-complete"], ())
    heavy = decided(*planned, (45, "response: {mrd: negative}"), (60, "measured: {weight: 99 kg}"), (60, BAD))
    assert (heavy.verdict, clauses(heavy)) == ("done", ["transplant-complete"])
    assert clauses(decided(*planned, (60, "measured: {weight: 99 kg}"), (60, BAD))) == ["liver-hold", "weight-change"]


def test_the_last_question_is_asked_only_when_nothing_else_stands_in_the_way() -> None:
    """Two doses a cycle are proposed when a dose could be given, not beside a hold or a need."""
    asked = [moment for moment in moments() if "two-doses" in moment.expected.fields.get("clauses", ())]
    assert len(asked) > 3
    for moment in asked:
        acts = {found.act for found in moment.decision().findings}
        assert acts & {"stop", "done", "hold", "need"} == set() or moment.decision().verdict == "stop"


def test_a_judgement_of_stop_ends_treatment_under_its_own_name() -> None:
    """The answer stops for good; the question is not asked again."""
    told = (*STARTED, (7, POSITIVE), (7, "judged: {clause: pregnancy, choice: stop}"))
    for decision in (decided(*told), decided(*told, (20, "pregnancy_test: {result: negative}"))):
        assert decision.verdict == "stop"
        assert (decision.findings[0].clause, decision.findings[0].act) == ("pregnancy", "stop")
        assert decision.choices is None


def test_findings_stand_in_the_order_of_the_verdicts() -> None:
    """Whatever fired, the stronger act comes first."""
    for moment in moments()[::3]:
        decision = moment.decision()
        weighed = weigh(decision.moment.engine, decision.moment.env)
        assert weighed.verdict == decision.verdict
        for acts in ([found.act for found in weighed.fired], [found.act for found in decision.findings]):
            assert acts == sorted(acts, key=ACTS.index)


def test_a_protocol_that_only_asks_questions_forbids_nothing() -> None:
    """What is weighed is the protocol's, not the engine's."""
    questions = tuple(clause for clause in PROTOCOL.clauses if clause.act == "judge")
    bare = Engine(replace(PROTOCOL, clauses=questions), {})
    env = bare.start(decided(*READY).course)
    assert (weigh(bare, env).verdict, weigh(bare, env).fired) == ("give", [])
