"""Courses that were read are at hand, and are never taken for what they were or are not."""

from datetime import date
from unittest.mock import patch

from tests.test_clinic import P_9, begun


def test_a_course_is_read_again_when_it_has_grown_and_only_then(address: str) -> None:
    """One that was amended or told of more is another; an older view of it is still the older one."""
    here = begun(address)
    before = here.course("P-9")
    assert here.course("P-9") is before
    here.append("P-9", 5, "{at: 2026-11-09, vod: {status: suspected}}", "Dr Adams")
    assert [event.kind for event in here.course("P-9").course.events][-2:] == ["given", "vod"]
    here.amend("P-9", 6, "{patient: {id: P-9, born: 1979-03-05, sex: female}}", "clerk", "typed wrongly")
    assert here.course("P-9").course.born == date(1979, 3, 5)
    assert here.course("P-9", here.record.entries("P-9")[4].seq) == before


def test_however_many_are_read_each_is_itself(address: str) -> None:
    """Room is made for more courses than are kept at hand."""
    here = begun(address)
    here.open(P_9.replace("P-9", "P-10"), "clerk")
    with patch("oncourse.clinic.RECENT", 1):
        assert [here.course(name).course.id for name in ("P-10", "P-9", "P-10")] == ["P-10", "P-9", "P-10"]
