"""The claims are proved on the file itself, and the proof can fail."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.builders import STARTED, course, on

from oncourse.decide import engine_for
from oncourse.problem import BadInput
from oncourse.protocol import Protocol
from oncourse.protocol_file import load, read_folder
from oncourse.prove.claims import Claims, read_claims
from oncourse.prove.explore import moments_of
from oncourse.prove.kept import unkept
from oncourse.prove.prover import NOT_INDUCTIVE, PROVED, dead, prove, vacuous
from oncourse.prove.watch import Watch

PROTOCOL = load()
CLAIMS = read_claims(PROTOCOL)


def test_every_claim_is_proved() -> None:
    """Each invariant and claim, for every situation and a course of any length."""
    results = list(prove(PROTOCOL, CLAIMS))
    assert len(results) == len(CLAIMS.invariants) + len(CLAIMS.claims) >= 200
    assert [(result.claim.id, result.situation) for result in results if result.outcome != PROVED] == []


def test_no_clause_is_dead() -> None:
    """Each clause wins in some situation, so what is taken for granted is not a contradiction either."""
    assert dead(PROTOCOL, CLAIMS) == ()


@pytest.mark.uncounted
def test_no_claim_speaks_of_nothing(tmp_path: Path) -> None:
    """What each supposes can be, and so can what it forbids; one that supposes the impossible is named."""
    assert vacuous(PROTOCOL, CLAIMS) == ()
    impossible = """
- {id: X2, says: x, given: level == 5, holds: level == 5, cites: [A01]}
- {id: X3, says: x, holds: 'verdict != "hold" or day == 9', cites: [A01], given: enrolled and today < earliest}
"""
    assert vacuous(PROTOCOL, with_claims(tmp_path / "empty", impossible)) == ("X2", "X3")


def with_claims(folder: Path, more: str) -> Claims:
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    with (folder / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(more)
    return read_claims(read_folder(folder))


def changed(folder: Path, old: str, new: str) -> tuple[Protocol, Claims]:
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    file = folder / "protocol.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    protocol = read_folder(folder)
    return protocol, read_claims(protocol)


MAX_CYCLES = """- clause: max-cycles
  act: done
  scope: enrolled and cycle >= 7
  when: not (known(transplant) and transplant == "planned")
  cites: [A18]
"""
BROKEN = [
    (MAX_CYCLES, "", "P26b", "a clause deleted"),
    ("bilirubin_over or ast > 2.5", "bilirubin_over or ast > 3", "P29b", "a limit moved"),
    ("bilirubin_over or ast > 2.5 or alt", "bilirubin_over and ast > 2.5 or alt", "P29b", "and for or"),
    ("- {clause: vod-suspected, act: hold", "- {clause: vod-suspected, act: note", "P29b", "a hold made a note"),
    ("act: stop, when: reaction >= 3", "act: stop, when: reaction > 3", "P03a", "a grade too late"),
    ("day != 1 and today >= due + 7", "day != 1 and today >= due + 8", "P16a", "omitted a day late"),
    ("else max(planned - 2, last_dose + 6)", "else max(planned - 2, last_dose + 5)", "P12", "five days apart"),
    ("percent: 75 if next_level >= 1", "percent: 80 if next_level >= 1", "P21", "a fifth less"),
    ("released: due_to_disease or back_to_prior", "released: back_to_prior", "P36m", "a release forgotten"),
    ("anc >= prior_anc and platelets >=", "anc >= prior_anc or platelets >=", "P36h", "or for and"),
    ("cycle_length: 21 if cycle == 2 else 28", "cycle_length: 21", "P28e", "every cycle of three weeks"),
    ("(stretched or remission_on", "(stretched and remission_on", "P28f", "and for or in the long cycle 1"),
    ("level == 2 and interruption_days >= 14 and", "level >= 1 and interruption_days >= 14 and", "P25l", "a stop"),
    ("- clause: no-remission\n  act: stop", "- clause: no-remission\n  act: hold", "P25f", "hold for a stop"),
    ("set: {recovered_on: today}", "set: {recovered_on: bad_on}", "P31i", "recovered before it was seen"),
    ("prior_platelets: own_platelets", "prior_platelets: last_platelets", "P36e", "transfused platelets to go back to"),
    ("- {id: hold-explains, on: settle", "- {id: hold-explains, on: dawn", "P31q", "a look left out"),
    ('in ("CR", "CRi")\', set: {lost_on', 'in ("CR", "CR")\', set: {lost_on', "P32d", "CRi forgotten"),
]  # fmt: skip
UNSEEN = (
    "if event_cycle >= 1 else dawn_cycle == cycle",
    "if event_cycle >= 1 else cycle >= 1",
    "P33f",
    "one too many",
)


@pytest.mark.parametrize(("old", "new", "claim", "what"), BROKEN)
def test_a_broken_protocol_leaves_a_claim_open(tmp_path: Path, old: str, new: str, claim: str, what: str) -> None:
    """A limit moved, a hold weakened, a day too late: some claim has a situation that breaks it."""
    results = list(prove(*changed(tmp_path / "broken", old, new), only=[claim]))
    assert [(result.claim.id, result.outcome) for result in results] == [(claim, NOT_INDUCTIVE)], what
    assert "verdict" in results[0].situation


def test_a_clause_that_is_gone_never_fires_and_is_named(tmp_path: Path) -> None:
    """Claims that speak of it are still put to the protocol; a sound protocol has every clause they speak of."""
    _, claims = changed(tmp_path / "shorter", MAX_CYCLES, "")
    assert claims.gone == ("fires_max_cycles",)
    assert CLAIMS.gone == ()


def test_the_state_keeps_to_its_domain() -> None:
    """Whatever happens, every variable is known, and never only where it may be."""
    assert unkept(PROTOCOL, CLAIMS) == ()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (", skip: masked}", "}", "prior_platelets after given"),
        (
            "event_cycle if event_cycle >= 1 else cycle if",
            "event_cycle if event_cycle != 1 else cycle if",
            "dose_cycle",
        ),
        ("explained: False", "explained: anc > 1", "explained after given"),
    ],
)
@pytest.mark.uncounted
def test_a_state_that_could_leave_its_domain_is_told(tmp_path: Path, old: str, new: str, what: str) -> None:
    """A count that may be unknown, a cycle that may be never, a condition that may be undecided."""
    found = unkept(*changed(tmp_path / "loose", old, new))
    assert any(what in told for told in found)


def test_a_claim_that_is_too_bold_is_left_open(tmp_path: Path) -> None:
    """The solver answers with a situation in which it does not hold."""
    bold = '\n- {id: X1, says: No dose is ever given., holds: verdict != "give", cites: [A01]}\n'
    (result,) = prove(PROTOCOL, with_claims(tmp_path / "bold", bold), only=["X1"])
    assert (result.outcome, result.situation["verdict"]) == (NOT_INDUCTIVE, "give")


def test_bad_claims_are_told_with_their_places(tmp_path: Path) -> None:
    """Every fault of the file at once."""
    folder = tmp_path / "bad"
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    (folder / "claims.yaml").write_text(
        "invariants:\n- {id: I1, says: x, holds: levl == 0}\nclaims:\n- {id: C, holds: level}\n"
    )
    with pytest.raises(BadInput) as caught:
        read_claims(read_folder(folder))
    told = [str(problem) for problem in caught.value.problems]
    assert told[0].startswith("claims.yaml:2:") and "levl is not a declared name" in told[0]
    assert any("has no says" in problem for problem in told)
    assert any("a bool is needed here, not a number" in problem for problem in told)


def test_what_an_event_says_is_named_only_after_its_kind(tmp_path: Path) -> None:
    """After a dose its cycle, but not after whatever may happen, nor after two kinds of which one has none."""
    for number, after in enumerate(("anything", "[held, given]", "time")):
        claim = f"\n- {{id: X4, says: x, after: {after}, holds: event_cycle >= 1, cites: [A01]}}\n"
        with pytest.raises(BadInput, match="event_cycle is not a declared name"):
            with_claims(tmp_path / str(number), claim)
    claim = "\n- {id: X4, says: x, after: [omitted, given], holds: event_cycle >= 1, cites: [A01]}\n"
    assert with_claims(tmp_path / "both", claim).claims[-1].id == "X4"


def test_the_claims_hold_on_real_courses() -> None:
    """Asked of the engine itself, at the end of a day and over each of its steps."""
    watch = Watch(engine_for(PROTOCOL, {}), CLAIMS)
    for told in list(moments_of(PROTOCOL))[::12]:
        broken, _ = watch.followed(told, told.events[-1].day)
        assert [claim.id for claim in broken] == [], told.events[-1]


def test_a_claim_about_an_event_is_asked_of_the_engine(tmp_path: Path) -> None:
    """What the event said is there after it, also at the day's last step."""
    claim = '\n- {id: X5, says: x, after: held, holds: event_reason == "counts", cites: [A01]}\n'
    watch = Watch(engine_for(PROTOCOL, {}), with_claims(tmp_path / "held", claim), only=["X5"])
    for reason, broken in (("counts", []), ("toxicity", ["X5"])):
        found, _ = watch.followed(course(*STARTED, (8, f"held: {{reason: {reason}}}")), on(8))
        assert [claim.id for claim in found] == broken


def test_every_claim_cites_statements_that_exist() -> None:
    """A claim stands on the sources and the readings, not on the clauses."""
    statements: Any = [*PROTOCOL.sources["statements"], *PROTOCOL.sources["missing"]]  # type: ignore[misc]
    assert all(set(claim.readings) <= set(PROTOCOL.readings) for claim in CLAIMS.claims)
    assert all(claim.cites and set(claim.cites) <= set(statements) for claim in CLAIMS.claims)
    assert len({claim.id for claim in (*CLAIMS.invariants, *CLAIMS.claims)}) == len(CLAIMS.invariants) + len(
        CLAIMS.claims
    )
