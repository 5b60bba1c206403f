"""Two versions of a protocol: what is written differently, what is proved of it, and a course for each effect."""

import shutil
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import pytest
from tests.builders import PROTOCOL

from oncourse.decide import decide
from oncourse.protocol import Protocol
from oncourse.protocol_file import read_folder
from oncourse.prove.claims import read_claims
from oncourse.prove.compare import GIVES, LESS, MORE, REFUSES, differences, moves_alike, never_more, written

CLAIMS = read_claims(PROTOCOL)
LIMIT = "bilirubin_over or ast > 2.5"
LOOSER = {LIMIT: "bilirubin_over or ast > 3", "and ast <= 2.5 and": "and ast <= 3 and"}
STRICTER = {LIMIT: "bilirubin_over or ast > 2", "and ast <= 2.5 and": "and ast <= 2 and"}
RICHER = {"{id: day-8-dose, when: day == 8, mg_per_m2: 0.5": "{id: day-8-dose, when: day == 8, mg_per_m2: 0.6"}
POORER = {"{id: day-8-dose, when: day == 8, mg_per_m2: 0.5": "{id: day-8-dose, when: day == 8, mg_per_m2: 0.4"}
Change = Mapping[str, str]


def other(folder: Path, change: Change) -> Protocol:
    """The protocol with some of its text replaced."""
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    file = folder / "protocol.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return read_folder(folder)


def test_the_same_protocol_is_written_alike_and_proved_alike() -> None:
    """Nothing is said to differ, and no course could."""
    assert list(written(PROTOCOL, PROTOCOL)) == []
    assert never_more(PROTOCOL, PROTOCOL, CLAIMS) and moves_alike(PROTOCOL, PROTOCOL)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (LOOSER, ["derived: liver_over changed", "permit changed"]),
        (RICHER, ["amounts changed"]),
        ({"vod-suspected, act: hold": "vod-suspected, act: note"}, ["clauses: vod-suspected hold removed"]),
        ({"wait: enrolled and today <": "wait: enrolled and today <="}, ["wait changed"]),
        ({"attested.haemolysis, absent: false": "attested.haemolysis"}, ["facts: haemolysis changed"]),
    ],
)
def test_what_is_written_differently_is_named(tmp_path: Path, change: Change, said: list[str]) -> None:
    """By part and name, moved lines not counted."""
    assert set(said) <= set(written(PROTOCOL, other(tmp_path / "new", change)))


@pytest.mark.parametrize(("change", "proved"), [(LOOSER, False), (STRICTER, True), (RICHER, False), (POORER, True)])
@pytest.mark.uncounted
def test_never_more_is_proved_of_a_stricter_version_only(tmp_path: Path, change: Change, proved: bool) -> None:
    """A higher limit or amount leaves it open."""
    assert never_more(PROTOCOL, other(tmp_path / "new", change), CLAIMS) is proved


def test_an_amount_moves_no_state(tmp_path: Path) -> None:
    """So what is proved of one decision holds on every course; a later omission is remembered differently."""
    assert moves_alike(PROTOCOL, other(tmp_path / "poorer", POORER))
    assert not moves_alike(PROTOCOL, other(tmp_path / "later", {"today >= due + 7": "today >= due + 8"}))


@pytest.mark.parametrize(
    ("change", "kind", "verdicts"),
    [
        (LOOSER, GIVES, ("hold", "give")),
        (STRICTER, REFUSES, ("give", "hold")),
        (RICHER, MORE, ("give", "give")),
        (POORER, LESS, ("give", "give")),
    ],
)
def test_a_course_shows_each_effect(tmp_path: Path, change: Change, kind: str, verdicts: tuple[str, str]) -> None:
    """Both engines, asked anew for its document, answer as told."""
    new = other(tmp_path / "new", change)
    found = next(one for one in differences(PROTOCOL, new, 1) if one.kind == kind)
    assert tuple(decide(version, found.course, found.day).verdict for version in (PROTOCOL, new)) == verdicts
    assert (found.old.verdict, found.new.verdict) == verdicts


@pytest.mark.uncounted
def test_a_looser_clause_that_the_permit_does_not_share_gives_nothing(tmp_path: Path) -> None:
    """Such a version gives no answer where its two conditions disagree."""
    new = other(tmp_path / "half", {LIMIT: LOOSER[LIMIT]})
    assert never_more(PROTOCOL, new, CLAIMS)
    assert all(found.kind != GIVES for found in islice(differences(PROTOCOL, new, 0), 1))
