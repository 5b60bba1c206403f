"""Over a course a worse result can lead to more drug: the pair that shows it is found, and stands in the case suite."""

from dataclasses import replace

from tests.builders import CASES, PROTOCOL

from oncourse.course import read
from oncourse.decide import decide
from oncourse.prove.twins import more_drug
from oncourse.prove.world import read_world

WORLD = read_world(PROTOCOL)
LESS, MORE = (
    read((CASES / f"courses/{name}.yaml").read_bytes(), name, PROTOCOL.vocabulary)
    for name in ("twin-stopped-in-time", "twin-with-a-low-count")
)


def test_the_published_pair_is_what_is_found() -> None:
    """One low count holds a cycle for a week; the response comes in that week, and the course goes on."""
    twins = more_drug(PROTOCOL, replace(WORLD, starts=WORLD.starts[1:2]), range(12, 13))
    assert twins is not None
    assert twins[1].mg > twins[0].mg
    published = [[event for event in told.events if event.kind != "expect"] for told in (LESS, MORE)]
    assert [list(twin.course.events) for twin in twins] == published


def test_the_two_courses_end_as_published() -> None:
    """The healthier one is stopped for want of remission; the other is given cycle 4."""
    assert (decide(PROTOCOL, LESS).verdict, decide(PROTOCOL, MORE).slot["cycle"]) == ("stop", 4)


def test_without_a_late_response_no_pair_is_found() -> None:
    """With remission from the start a worse result never pays."""
    assert more_drug(PROTOCOL, replace(WORLD, starts=WORLD.starts[:1]), range(1)) is None
