"""What was advised when an act was signed: kept with it, and found again from the record."""

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.builders import PROTOCOL
from tests.test_clinic import P_9, begun

from oncourse import __version__
from oncourse import course as courses
from oncourse.answer import dumps
from oncourse.decide import Disagreement
from oncourse.record.advice import advice
from oncourse.record.entry import Draft

HELD = P_9.replace("[]", "[{at: 2026-11-09, held: {reason: liver}}]")


def test_a_signed_act_keeps_what_was_advised(address: str) -> None:
    """The decision just before it, the protocol by its hash, the settings, the engine; an unsigned one keeps none."""
    here = begun(address)
    labs, dose = here.record.entries("P-9")[3:]
    assert labs.advised is None
    assert dose.advised["protocol"] == PROTOCOL.sha256
    told = json.loads(dose.advised["answer"])
    assert (told["verdict"], told["dose"]["mg"]) == ("give", 1.42)
    assert here.record.keyed("@protocols", PROTOCOL.sha256)[0].said["texts"].keys() >= {"protocol.yaml", "events.yaml"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"answer": ("Need", "Want")}, "the decision that was kept is not the one that follows from the record"),
        ({"engine": (__version__, "0.0.1"), "answer": ("Need", "Want")}, None),
        ({"engine": (__version__, "0.0.1"), "answer": ('"need"', '"give"')}, "verdict was give and is need"),
        ({"engine": (__version__, "0.0.1"), "answer": ('"mg": 0.89', '"mg": 0.98')}, "dose was"),
        ({"engine": (__version__, "0.0.1"), "answer": ('"liver-data"', '"vod"')}, "clauses was"),
        ({"site": ("{}", '{"ward": "3"}')}, "other settings of the site were in force"),
        ({"protocol": (PROTOCOL.sha256, "0" * 64)}, "the protocol that was followed is missing"),
    ],
)
def test_a_decision_that_does_not_follow_is_found(
    tmp_path: Path, change: dict[str, tuple[str, str]], fault: str | None
) -> None:
    """It is named with its entry; under another engine only words may differ."""
    here = begun(str(tmp_path / "record.db"))
    known = here.course("P-9").course
    told = replace(known, events=(*known.events, courses.read(HELD, "held", PROTOCOL.vocabulary).events[0]))
    said = {name: dumps(part) if name == "site" else part for name, part in advice(PROTOCOL, told, 4).items()}
    for name, (old, new) in change.items():
        assert old in said[name]
        said[name] = said[name].replace(old, new)
    with here.record.writing() as writer:
        kept = Draft("event", told.events[-1].raw, said | {"site": json.loads(said["site"])})
        writer.append("P-9", 5, [kept], "x", "2026-11-25T09:30:00+00:00")
    expected = [] if fault is None else [f"entry {here.record.head().seq} (P-9, version 6): {fault}"]
    faults = here.verified(decisions=True).faults
    assert [found[: len(wanted)] for found, wanted in zip(faults, expected, strict=True)] == expected


def test_an_act_is_kept_even_if_no_advice_can_be_given(tmp_path: Path) -> None:
    """What happened happened; beside it stands why the engine said nothing."""
    here = begun(str(tmp_path / "record.db"))
    with patch("oncourse.record.advice.decide", side_effect=Disagreement("clauses and permit")):
        (kept,) = here.append("P-9", 5, "{at: 2026-11-09, given: {dose: 0.89 mg}}", "Nurse Brown")
    assert json.loads(kept.advised["answer"])["fault"] == "clauses and permit"
    (fault,) = here.verified(decisions=True).faults
    assert "is not the one that follows from the record" in fault
