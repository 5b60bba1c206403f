"""A broken protocol gives a course that breaks a claim, which the engine replays and which is as short as it goes."""

import re
from pathlib import Path

import pytest
from tests.builders import PROTOCOL, course, on
from tests.test_prove import BROKEN, UNSEEN, changed

from oncourse.course import read
from oncourse.protocol_file import read_folder
from oncourse.prove.claims import read_claims
from oncourse.prove.explore import Refuted
from oncourse.prove.prover import NOT_INDUCTIVE, prove
from oncourse.prove.refute import breaks, documents, refute, shortened

CLAIMS = read_claims(PROTOCOL)


@pytest.mark.parametrize(("old", "new", "name", "what"), BROKEN)
@pytest.mark.uncounted
def test_a_broken_protocol_is_refuted_by_a_course(tmp_path: Path, old: str, new: str, name: str, what: str) -> None:
    """The course breaks the claim under the broken protocol, not under the sound one, and needs each of its events."""
    protocol, claims = changed(tmp_path / "broken", old, new)
    (protocol.folder / "cases").symlink_to(PROTOCOL.folder / "cases")
    claim = next(claim for claim in claims.claims if claim.id == name)
    refuted = refute(protocol, claims, claim)
    assert refuted is not None, what
    assert breaks(protocol, claims, refuted)
    assert not breaks(PROTOCOL, CLAIMS, refuted)
    assert shortened(protocol, claims, refuted) == refuted
    assert len(refuted.course.events) <= 12


def test_no_course_is_invented_for_what_none_can_show(tmp_path: Path) -> None:
    """A change that the proof cannot exclude and that no course reaches is left open, not refuted."""
    old, new, name, _ = UNSEEN
    protocol, claims = changed(tmp_path / "unseen", old, new)
    claim = next(claim for claim in claims.claims if claim.id == name)
    assert [result.outcome for result in prove(protocol, claims, only=[name])] == [NOT_INDUCTIVE]
    assert refute(protocol, claims, claim, troubles=0) is None


@pytest.mark.uncounted
def test_a_sound_claim_is_not_refuted() -> None:
    """Within its bounds the search ends with nothing."""
    claim = next(claim for claim in CLAIMS.claims if claim.id == "P12")
    assert refute(PROTOCOL, CLAIMS, claim, troubles=0) is None


def test_a_refutation_is_written_as_a_course_document(tmp_path: Path) -> None:
    """Marked synthetic, named for its claim, read back as the same course."""
    protocol, claims = changed(tmp_path / "broken", "bilirubin_over or ast > 2.5", "bilirubin_over or ast > 3")
    claim = next(claim for claim in claims.claims if claim.id == "P29b")
    refuted = refute(protocol, claims, claim)
    assert refuted is not None
    (made,) = documents(refuted)
    assert made.name == "refuted-P29b.yaml"
    assert re.match(r"# Synthetic\. Breaks P29b on 2026-01-05: ", made.text)
    assert read(made.text, made.name, PROTOCOL.vocabulary).events == refuted.course.events


def test_a_claim_of_two_situations_is_refuted_by_two_courses(tmp_path: Path) -> None:
    """A result that brings a dose only when it is worse: both courses are told, each without what it does not need."""
    old, new = "bilirubin_over or ast > 2.5 or alt > 2.5", "bilirubin_over or ast <= 2.5 or alt > 2.5"
    protocol, claims = changed(tmp_path / "turned", old, new)
    file = protocol.folder / "protocol.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("and ast <= 2.5", "and ast > 2.5"), encoding="utf-8")
    protocol = read_folder(protocol.folder)
    claim = next(claim for claim in claims.claims if claim.id == "P06")
    refuted = refute(protocol, claims, claim)
    assert refuted is not None and refuted.other is not None
    assert breaks(protocol, claims, refuted)
    assert [made.name for made in documents(refuted)] == ["refuted-P06.yaml", "refuted-P06-other.yaml"]


def test_a_course_that_breaks_nothing_is_no_refutation() -> None:
    """An ordinary first day."""
    claim = next(claim for claim in CLAIMS.claims if claim.id == "P12")
    assert not breaks(PROTOCOL, CLAIMS, Refuted(claim, on(0), course((0, "vod: {status: suspected}"))))
