"""The public case suite holds, is told apart by every rule, and says where an answer differs."""

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from shutil import copy

import pytest
from tests.builders import CASES, PROTOCOL, STARTED, course, moments, suite

from oncourse.answer import answer, dumps
from oncourse.cases import run
from oncourse.decide import decide
from oncourse.expression import BOOL, Const
from oncourse.problem import BadInput
from oncourse.protocol import Protocol
from oncourse.protocol_file import answer_name, read_folder
from oncourse.prove.suite import comparable, differing, moment_at, read_suite

FOLDERS = sorted({path.parent.name for path, _ in suite()})
WORKED = sorted((CASES / "worked").glob("*.json"))
READ_ELSEWHERE = ("pregnancy", "remission-lost", "long-interruption", "third-cycle", "two-doses")
RULES = (PROTOCOL.folder / "protocol.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_case_meets_its_expectations(folder: str) -> None:
    """Each document of the folder, and each says at least once what it expects."""
    for path, case in suite():
        if path.parent.name == folder:
            number, differences = run(PROTOCOL, case)
            assert (number > 0, list(map(str, differences))) == (True, []), path.name


def test_the_suite_is_large_and_covers_every_clause_on_both_sides() -> None:
    """At least 200 expectations; every clause is expected somewhere and, at the same verdict's reach, elsewhere not."""
    assert len(moments()) >= 200
    expected = [set(moment.expected.fields["clauses"]) for moment in moments() if "clauses" in moment.expected.fields]
    for clause in PROTOCOL.clause_ids:
        fires = sum(clause in clauses for clauses in expected)
        assert 0 < fires < len(expected), clause


def test_every_case_says_that_it_is_synthetic_and_has_an_id_of_its_own() -> None:
    """No real patient's data, and no two courses by one name."""
    for path, _ in suite():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("# ") and any(line.startswith("# Synthetic") for line in lines[:4]), path.name
    ids = [case.id for _, case in suite()]
    assert len(ids) == len(set(ids))


# ------------------------------------------------------------------------------------------- worked answers


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_the_worked_answers_are_met_to_the_last_key(path: Path) -> None:
    """The whole answer for a course worked out by hand, every number exact."""
    case = next(case for file, case in suite() if file == path.with_suffix(".yaml"))
    expected = json.loads(path.read_text(encoding="utf-8"), parse_float=Fraction)
    at = moment_at(case, expected["at"])
    told = json.loads(dumps(answer(decide(PROTOCOL, case, at))), parse_float=Fraction)
    assert list(differing(comparable(expected), comparable(told))) == []


@pytest.mark.uncounted
def test_the_sheets_and_plans_beside_a_course_are_met() -> None:
    """What is prepared, by when, and every slot ahead: whole answers worked out by hand, in the keys they name."""
    read = read_suite(PROTOCOL)
    beside = [case.file for case in read.cases if case.file.endswith((".prepare.json", ".plan.json"))]
    assert len(beside) == len(list(CASES.rglob("*.prepare.json"))) + len(list(CASES.rglob("*.plan.json"))) >= 8
    assert read.killer(PROTOCOL) == ""


def test_there_are_twenty_worked_answers() -> None:
    """They came before the engine, and each stands beside its course."""
    assert len(WORKED) == 20
    assert all(path.with_suffix(".yaml").exists() for path in WORKED)


# ------------------------------------------------------------------------------------------- what differs


def test_a_case_that_differs_says_where_and_how() -> None:
    """Place, key, what was expected and what is; sets in any order, numbers in full."""
    differences = run(
        PROTOCOL,
        course(
            *STARTED,
            (0, "expect: {verdict: give, cycle: 1, day: 8, mg: 0.9, needs: [anc, alt], clauses: [], due: 2026-01-12}"),
            (0, "expect: {omitted: [{cycle: 1, day: 8}], default: yes, vials: , volume_mL: 3.64}"),
        ),
    )
    assert differences[0] == 2
    assert [str(difference).partition(": ")[2] for difference in differences[1]] == [
        "verdict was expected to be give and is wait",
        "mg was expected to be 0.9 and is 0.91",
        "needs was expected to be [alt, anc] and is []",
        "omitted was expected to be [cycle 1 day 8] and is []",
        "default was expected to be yes and is nothing",
        "vials was expected to be nothing and is 2",
    ]
    assert str(differences[1][0]).startswith("test:10:")


def test_an_omitted_slot_is_compared_in_the_keys_that_are_named() -> None:
    """Cycle and day alone are enough; a wrong clause is still told."""
    late = (*STARTED, (15, "labs: {alt: 1 ULN}"))
    for said, number in (("cycle: 1, day: 8", 0), ("cycle: 1, day: 8, clause: late-omit", 0), ("clause: vod", 1)):
        _, differences = run(PROTOCOL, course(*late, (15, f"expect: {{omitted: [{{{said}}}]}}")))
        assert len(differences) == number, said


# ------------------------------------------------------------------------------------------- no rule is idle


def entries(section: str) -> list[str]:
    """The entries of a list of the protocol file, as written."""
    text = RULES.partition(f"\n{section}:\n")[2]
    text = re.split(r"^[a-z_]+:", text, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^- .*\n(?:[ ].*\n)*", text, flags=re.MULTILINE)


def named(entry: str) -> str:
    """The clause or transition that an entry is, and for a clause its act."""
    found = re.findall(r"\b(clause|id|act): ([\w-]+)", entry)
    return " ".join(name for _, name in found[:2])


def without(entry: str, instead: str, folder: Path) -> Protocol:
    """The protocol of a copied folder in which one entry is replaced; BadInput if it is not sound then.

    The permit is set aside, so that it is the entry itself that is missed.
    """
    assert RULES.count(entry) == 1
    for file in PROTOCOL.folder.glob("*.yaml"):
        copy(file, folder)
    (folder / "protocol.yaml").write_text(RULES.replace(entry, instead), encoding="utf-8")
    edited = read_folder(folder)
    return replace(edited, permit=Const(BOOL, edited.permit.place, True))


def tells_apart(edited: Protocol, first: str) -> bool:
    """Whether some case differs under the edited protocol; the folder of that name is tried first."""
    ordered = sorted(suite(), key=lambda found: found[0].parent.name != first)
    return any(run(edited, case)[1] for _, case in ordered)


@pytest.mark.uncounted
def test_setting_the_permit_aside_changes_no_case(tmp_path: Path) -> None:
    """So whatever changes one below is the entry that was cut out."""
    entry = entries("clauses")[0]
    assert not tells_apart(without(entry, entry, tmp_path), "")


@pytest.mark.parametrize("entry", entries("clauses"), ids=named)
@pytest.mark.uncounted
def test_deleting_any_clause_changes_a_case(entry: str, tmp_path: Path) -> None:
    """No clause is idle; a question whose answer other rules read is never asked instead."""
    clause, act = named(entry).split()
    instead = re.sub(r"when: .*", "when: False", entry) if clause in READ_ELSEWHERE and act == "judge" else ""
    if act != "omit":
        assert tells_apart(without(entry, instead, tmp_path), clause)
        return
    with pytest.raises(BadInput, match="slots are omitted and no clause says so"):
        without(entry, instead, tmp_path)


@pytest.mark.parametrize("clause", READ_ELSEWHERE)
def test_a_question_whose_answer_is_read_cannot_be_left_out(clause: str, tmp_path: Path) -> None:
    """The file is refused, and every name that is missing is that answer or stands on it."""
    entry = next(entry for entry in entries("clauses") if named(entry) == f"{clause} judge")
    with pytest.raises(BadInput) as caught:
        without(entry, "", tmp_path)
    missing = {problem.what.removesuffix(" is not a declared name") for problem in caught.value.problems}
    assert answer_name(clause) in missing
    assert missing - {answer_name(clause)} <= set(PROTOCOL.derived)


@pytest.mark.parametrize("entry", entries("happens"), ids=named)
@pytest.mark.uncounted
def test_deleting_any_transition_changes_a_case(entry: str, tmp_path: Path) -> None:
    """No transition is idle."""
    assert tells_apart(without(entry, "", tmp_path), named(entry))


def test_the_deletions_cover_every_clause_and_transition() -> None:
    """What is cut out of the text is what was loaded, entry by entry."""
    assert [named(entry).split() for entry in entries("clauses")] == [[c.id, c.act] for c in PROTOCOL.clauses]
    assert [named(entry) for entry in entries("happens")] == [moved.id for moved in PROTOCOL.happens]
