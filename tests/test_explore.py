"""The real engine run through courses within bounds: complete, replayable, and able to find what is wrong."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.builders import PROTOCOL, on

from oncourse.course import read, write
from oncourse.decide import decide, engine_for
from oncourse.prove.claims import Claims, read_claims
from oncourse.prove.explore import Exploration, Explored, Visit, moments_of
from oncourse.prove.footprint import Footprint
from oncourse.prove.refute import world_of

CLAIMS = read_claims(PROTOCOL)
WORLD = world_of(PROTOCOL, CLAIMS)
NONE = Claims((), (), ())


def explored(most: int, runs: int = 10**9, claims: Claims = NONE) -> tuple[list[Visit], Explored]:
    """What an exploration sees, stopped after so many runs."""
    exploration = Exploration(PROTOCOL, claims, WORLD, most)
    visits = []
    for visit, found in exploration.run():
        visits.append(visit)
        if found.runs >= runs:
            break
    return visits, exploration.found


def test_without_troubles_every_course_runs_to_its_end() -> None:
    """All claims hold, nothing is left waiting, and both plans reach the end that is planned."""
    visits, found = explored(0, claims=CLAIMS)
    assert (found.refuted, found.waiting) == ({}, 0)
    assert {("max-cycles", "done"), ("transplant-complete", "done"), ("no-remission", "stop")} <= found.reached.keys()
    most = max(sum(event.kind == "given" for event in visit.events) for visit in visits)
    assert most == 18


@pytest.mark.uncounted
def test_the_courses_with_one_trouble_break_no_claim_as_far_as_they_are_followed() -> None:
    """A slice of what the slow run explores to the end."""
    _, found = explored(1, runs=2500, claims=CLAIMS)
    assert found.refuted == {}
    assert {("liver-hold", "hold"), ("vod", "stop"), ("toxicity-hold", "hold")} <= found.reached.keys()


@pytest.mark.parametrize("most", [0, 1])
def test_every_visit_is_a_course_that_decides_alike_from_its_document(most: int) -> None:
    """Written down, read and decided from the first event on, each gives the verdict of the exploration."""
    visits, _ = explored(most, runs=600)
    for visit in visits[::7]:
        told = visit.told()
        again = read(write(told), "explored", PROTOCOL.vocabulary)
        assert visit.look.weighed is not None
        assert decide(PROTOCOL, again, visit.day).verdict == visit.look.weighed.verdict, write(told)


def test_no_footprint_is_gone_on_with_twice() -> None:
    """Each state is seen once."""
    footprint = Footprint(engine_for(PROTOCOL, {}))
    visits, found = explored(1, runs=1500)
    assert len({footprint.of(visit.look.env) for visit in visits}) == len(visits) == found.states


def test_what_is_gone_on_with_has_ever_more_troubles() -> None:
    """So the first course found that breaks a claim has the fewest, but for the last visit."""
    visits, found = explored(1, runs=1500)
    assert {visit.troubles for visit in visits} == {0, 1}
    assert found.waiting > 0


def days(visits: Sequence[Visit]) -> set[int]:
    """The days after the first on which visits fell."""
    return {(visit.day - on(0)).days for visit in visits}


def test_visits_fall_on_the_edges_of_time_and_beside_them() -> None:
    """The planned day, the window's and the floor's ends, the day of the omission."""
    visits, _ = explored(1, runs=2500)
    assert {6, 7, 8, 13, 14, 15} <= days(visits)


@pytest.mark.uncounted
def test_it_can_go_on_from_the_days_of_the_case_suite() -> None:
    """Each day of each course without settings of its own is a beginning."""
    firsts = list(moments_of(PROTOCOL))
    assert len(firsts) > 1000
    exploration = Exploration(PROTOCOL, CLAIMS, replace(WORLD, starts=()), 0, firsts=firsts[::150])
    assert [visit for visit, _ in exploration.run()] != []
    assert exploration.found.refuted == {}
