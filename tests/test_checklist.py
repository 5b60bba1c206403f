"""What is looked at before a dose: every value with its limit, on both sides of it."""

from fractions import Fraction

import pytest
from tests.builders import ALL_LABS, READY, STARTED, decided, moments, on

from oncourse.checklist import ALLOWED, MET, NEEDED, OUTSIDE, UNASKED, Look, bounds, looked_at

CYCLE_2 = 28  # the day on which a second cycle may begin
LABS = (
    "labs: {{anc: {anc} 10*9/L, platelets: {platelets} 10*9/L, bilirubin: {bilirubin} ULN, ast: {ast} ULN, alt: 1 ULN}}"
)
NONE = "response: {status: none}"


def labs(anc: str = "1.8", platelets: str = "85", bilirubin: str = "0.8", ast: str = "1") -> str:
    """Results in which one value may be another."""
    return LABS.format(anc=anc, platelets=platelets, bilirubin=bilirubin, ast=ast)


def looks(*told: tuple[int, str], at: int | None = None) -> dict[str, Look]:
    """What is looked at, by fact."""
    return {look.fact: look for look in looked_at(decided(*told, at=at))}


@pytest.mark.parametrize(
    ("value", "fact", "within", "over"),
    [("bilirubin", "bilirubin", "1.5", "1.51"), ("ast", "ast", "2.5", "2.51"), ("anc", "anc", "1", "0.99"),
     ("platelets", "platelets", "50", "49")],
)  # fmt: skip
def test_a_value_is_met_at_its_limit_and_outside_beyond_it(value: str, fact: str, within: str, over: str) -> None:
    """Before day 1 of cycle 2, where all of them count; what forbids comes first, under the clause that forbids."""
    for said, state in ((within, MET), (over, OUTSIDE)):
        decision = decided(*STARTED, (CYCLE_2, NONE), (CYCLE_2, labs(**{value: said})))
        look = next(one for one in looked_at(decision) if one.fact == fact)
        assert (look.state, look.on) == (state, on(CYCLE_2))
        if state == OUTSIDE:
            assert looked_at(decision)[0] == look and decision.verdict == "hold"
            assert look.clause in {found.clause for found in decision.findings}


def test_limits_are_said_in_words_with_their_units() -> None:
    """At most, at least, under, not: as the protocol has them."""
    said = {fact: look.limit for fact, look in looks(*STARTED, (CYCLE_2, NONE), (CYCLE_2, labs())).items()}
    assert said == {
        "bilirubin": "at most 1.5 × ULN",
        "ast": "at most 2.5 × ULN",
        "alt": "at most 2.5 × ULN",
        "anc": "at least 1 × 10⁹/L",
        "platelets": "at least 50 × 10⁹/L",
        "vod": "not suspected",
        "toxicity": "under 2",
        "late_reason": "No dose since 05-Jan-2026 and no reason recorded, though one was due on 12-Jan-2026. "
        "Record held or omitted with its reason.",
    }


def test_what_is_not_known_is_needed_with_what_would_do() -> None:
    """A result that is too old, one that never was, and a fact that no limit is for."""
    found = looks(*READY[:2])
    assert (found["bilirubin"].state, found["bilirubin"].shown, found["bilirubin"].on) == (NEEDED, "Not recorded", None)
    assert found["anc"].state == NEEDED and found["anc"].limit == "ANC is not recorded."
    old = looks(*READY, at=4)["bilirubin"]
    assert (old.state, old.shown, old.on) == (NEEDED, "0.8 × ULN", on(0))


def test_a_value_that_settles_nothing_is_not_asked_for() -> None:
    """One liver value over its limit holds whatever the others are."""
    found = looks(*READY[:2], (0, "labs: {bilirubin: 1.7 ULN}"))
    assert (found["bilirubin"].state, found["ast"].state) == (OUTSIDE, UNASKED)


def test_a_value_that_something_else_releases_is_said_to_be_released() -> None:
    """Bilirubin in Gilbert's syndrome, and counts that were low before treatment."""
    over = ALL_LABS.replace("bilirubin: 0.8", "bilirubin: 1.7")
    found = looks(*READY[:2], (0, over), (0, "attested: {gilbert: true}"))
    assert found["bilirubin"].state == ALLOWED
    low = ALL_LABS.replace("anc: 1.8", "anc: 0.4").replace("platelets: 85", "platelets: 20")
    told = (*READY[:2], (0, low), (0, "given: {dose: 1.46 mg}"), (CYCLE_2, NONE))
    found = looks(*told, (CYCLE_2, labs(anc="0.5", platelets="30")))
    assert (found["anc"].state, found["platelets"].state) == (ALLOWED, ALLOWED)


def test_what_was_reported_is_shown_and_what_was_not_is_said_to_be_none() -> None:
    """A report that is absent is none, and never an empty cell."""
    found = looks(*READY)
    assert (found["toxicity"].shown, found["toxicity"].state) == ("None reported", MET)
    found = looks(*READY, (0, "toxicity: {term: mucositis, grade: 3}"))
    assert (found["toxicity"].shown, found["toxicity"].state) == ("mucositis grade 3", OUTSIDE)


@pytest.mark.uncounted
def test_each_fact_is_looked_at_once_and_every_hold_has_its_row() -> None:
    """In every course of the suite: nothing twice, nothing empty, and no dose while something is outside or needed."""
    for moment in moments():
        decision = moment.decision()
        found = looked_at(decision)
        assert len({look.fact for look in found}) == len(found)
        assert all(look.name and look.shown and look.limit for look in found)
        states = {look.state for look in found}
        holders = moment.decision().moment.engine.holders
        for look in found:
            if look.state == ALLOWED:
                rules = [rule for rule in holders if rule.clause.id == look.clause and rule.clause.act == "hold"]
                assert all(rule.holds(decision.moment.env) is False for rule in rules), moment.path
        if decision.verdict == "give":
            assert not states & {OUTSIDE, NEEDED}
        if decision.verdict == "hold":
            assert OUTSIDE in states, moment.path
        if decision.verdict == "need" and "enrolment" not in decision.needs:
            assert {look.fact for look in found if look.state == NEEDED} >= set(decision.needs), moment.path


def test_the_bounds_of_a_chart_are_the_limits_of_the_rules() -> None:
    """Also of those that do not ask at this slot; at the limit a value never forbids."""
    found = bounds(decided(*READY))
    assert found["bilirubin"].limit == Fraction(3, 2) and found["bilirubin"].above
    assert found["anc"].limit == 1 and not found["anc"].above
    for bound in (found["bilirubin"], found["anc"], found["platelets"]):
        beyond = bound.limit + (1 if bound.above else -1)
        assert bound.forbids(beyond) and not bound.forbids(bound.limit)
