"""Claims asked of the real engine: at a moment, over a step, and of two situations."""

import shutil
from pathlib import Path

import pytest
from tests.builders import CYCLE_1, LIVER, PROTOCOL, READY, STARTED, Told, course, on

from oncourse.decide import engine_for
from oncourse.protocol_file import read_folder
from oncourse.prove.claims import Claims, read_claims
from oncourse.prove.watch import Watch, asked_about, copied

ENGINE = engine_for(PROTOCOL, {})


def claimed(folder: Path, said: str) -> Claims:
    """The claims file with one claim more."""
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    with (folder / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n- {{id: X1, says: x, {said}, cites: [A01]}}\n")
    return read_claims(read_folder(folder))


def broken(folder: Path, said: str, *told: Told) -> list[str]:
    """The claims that the last day of a course breaks, with one more claim than those of the file."""
    claims = claimed(folder, said)
    made = course(*told)
    found, _ = Watch(ENGINE, claims).followed(made, made.events[-1].day)
    return [claim.id for claim in found]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('holds: verdict != "give"', READY),
        ("holds: not known(mg_per_m2) or mg_per_m2 < 0.8", READY),
        ("holds: not permit", READY),
        ("given: started, holds: day > 8", STARTED),
        ("after: given, holds: then_day == day", STARTED),
        ("after: response, holds: not then_remission", (*CYCLE_1, (19, "response: {status: CR}"))),
    ],
)
def test_a_claim_that_is_too_bold_is_broken(tmp_path: Path, said: str, told: tuple[Told, ...]) -> None:
    """By the moment, by the amount, by the permit, under a condition, or over a step."""
    assert broken(tmp_path / "bold", said, *told) == ["X1"]


@pytest.mark.parametrize("told", [READY, STARTED, (*CYCLE_1, (21, LIVER))])
def test_the_claims_of_the_file_hold(tmp_path: Path, told: tuple[Told, ...]) -> None:
    """On the last day of an ordinary course none is broken, whatever the step."""
    assert broken(tmp_path / "same", 'holds: verdict != "done"', *told) == []


def test_only_the_claims_named_are_asked() -> None:
    """The others cost nothing."""
    watch = Watch(ENGINE, read_claims(PROTOCOL), ["P12"])
    assert [len(kind) for kind in (watch.moments, watch.steps, watch.worse, watch.learning)] == [1, 0, 0, 0]


def test_two_situations_are_compared(tmp_path: Path) -> None:
    """A worse result that brought more drug would be told; here it only takes the dose away."""
    watch = Watch(ENGINE, claimed(tmp_path / "two", "worse: [ast], holds: then_verdict == verdict"))
    worse = (*READY[:2], (0, READY[2][1].replace("ast: 1 ULN", "ast: 3 ULN")))
    looks = [watch.followed(course(*told), on(0))[1] for told in (READY, worse)]
    assert [claim.id for claim in watch.compared(*looks)] == ["X1"]
    assert [claim.id for claim in watch.worsened(*looks, frozenset(["ast"]))] == ["X1"]
    assert watch.worsened(*looks, frozenset(["height"])) == []


def test_what_is_asked_about_is_what_lacks_or_holds() -> None:
    """Missing facts, and the facts behind a hold."""
    watch = Watch(ENGINE, read_claims(PROTOCOL), ["P12"])
    _, lacking = watch.followed(course(*STARTED, (7, "labs: {ast: 1 ULN}")), on(7))
    assert asked_about(ENGINE, lacking) == ["alt", "bilirubin"]
    _, held = watch.followed(course(*STARTED, (7, "labs: {ast: 3 ULN}")), on(7))
    assert "ast" in asked_about(ENGINE, held)


def test_a_copied_environment_is_apart() -> None:
    """What is lived in one does not reach the other."""
    watch = Watch(ENGINE, read_claims(PROTOCOL))
    _, look = watch.followed(course(*READY), on(0))
    other = copied(look.env)
    before = watch.look(copied(other)).weighed
    made = course(*READY, (0, "given: {dose: 1.46 mg}"))
    assert watch.lived(look.env, made.events[-1].day.toordinal(), made.events[-1:]) == []
    after = watch.look(other).weighed
    assert before is not None and after is not None and (before.verdict, after.verdict) == ("give", "give")
