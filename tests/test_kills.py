"""Every mistake in the protocol file is noticed: by a guard, a case or a claim; what decides alike is proved to."""

import random
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from tests.builders import PROTOCOL

from oncourse.faces import mutants as face
from oncourse.protocol import Protocol
from oncourse.protocol_file import read_folder
from oncourse.prove import kills
from oncourse.prove.kills import EQUIVALENT, SURVIVOR, Judge, Row, Table, head, kept, read_table, reasons, unexplained
from oncourse.prove.mutate import Mutant, mutants
from oncourse.prove.suite import Suite

TABLE = read_table(PROTOCOL)


@cache
def judge() -> Judge:
    """One judge for all, because it reads the cases and makes the solver's terms."""
    return Judge(PROTOCOL)


@cache
def known() -> dict[str, Mutant]:
    """Every mutant by its name."""
    return {mutant.name: mutant for mutant in mutants(PROTOCOL)}


# ------------------------------------------------------------------------------------------- the committed table


def test_the_table_is_about_this_protocol_and_names_every_mutant_once() -> None:
    """It was made from these rules, claims and cases, and leaves none out."""
    assert TABLE.head == head(PROTOCOL)
    assert sorted(row.mutant for row in TABLE.rows) == sorted(known())
    assert TABLE.text() == (PROTOCOL.folder / kills.TABLE).read_text(encoding="utf-8")


def test_every_survivor_has_its_reason_and_every_reason_its_survivor() -> None:
    """Nobody may pass over one in silence, nor leave a reason behind."""
    assert unexplained(PROTOCOL, TABLE) == []
    assert set(reasons(PROTOCOL)) == {row.mutant for row in TABLE.survivors}


def test_nearly_all_are_killed() -> None:
    """What survives is a handful, each of which changes nothing that a course can show."""
    assert TABLE.rate > Fraction(96, 100)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.uncounted
def test_rows_chosen_at_random_are_still_noticed(seed: int) -> None:
    """Each by the very case that the table names."""
    cases = {f"case {case.folder}/{case.file}": case for case in judge().suite.cases}
    killed = [row for row in TABLE.rows if row.by == "case"]
    for row in random.Random(seed).sample(killed, 25):
        alone = Suite((cases[row.outcome],))
        assert alone.killer(known()[row.mutant].make()), row.mutant


def test_what_the_guards_refuse_is_refused() -> None:
    """Files that nobody could read, and the permit against a weakened rule."""
    guarded = [row for row in TABLE.rows if row.outcome in ("load", "crash", "permit")]
    for row in random.Random(0).sample(guarded, 12):
        assert judge().outcome(known()[row.mutant]).split()[0] in ("load", "crash", "permit", "case"), row.mutant


# ------------------------------------------------------------------------------------------- who notices


@pytest.mark.parametrize(
    ("mutant", "outcome"),
    [
        ("clause cytoreduce hold when: 10 becomes 9", "case cytoreduce/"),
        ("clause vod-suspected hold: becomes note", "permit"),
        ("clause third-cycle judge: left out", "load"),
        ("amounts ceiling: 0.81", "load"),
        ("preparation clock dilute-by: 5", "case sheets/"),
        ("follow_up breastfeeding: 3", "case plans/"),
    ],
)
@pytest.mark.uncounted
def test_a_mistake_is_noticed_where_it_should_be(mutant: str, outcome: str) -> None:
    """A limit by its own cases, a weakened rule by the permit, a broken file by its reader."""
    assert judge().outcome(known()[mutant]).startswith(outcome)


def test_what_decides_alike_is_no_mistake() -> None:
    """After the first cycle a day 1 is 28 days on anyway: the solver finds no situation that differs."""
    name = next(name for name in known() if name.startswith("derived extended: without cycle == 2 of"))
    assert judge().comparison.same(known()[name].make())


def test_what_the_solver_does_not_read_is_never_called_alike() -> None:
    """A fact that is fresh for longer gives the same terms, and is still a mistake."""
    alone = Judge(PROTOCOL)
    alone.suite = Suite(())  # type: ignore[misc]
    mutant = known()["facts ast: without fresh"]
    assert judge().comparison.same(mutant.make()) and not mutant.solved
    assert alone.outcome(mutant) == SURVIVOR


def test_what_no_case_notices_may_break_a_claim() -> None:
    """With no cases at all a limit moved leaves a claim open."""
    alone = Judge(PROTOCOL)
    alone.suite = Suite(())  # type: ignore[misc]
    assert alone.outcome(known()["clause reaction-stop stop when: 3 becomes 4"]).startswith("claim ")


def test_a_protocol_that_cannot_be_read_is_not_called_alike() -> None:
    """A name that is gone ends the comparison."""
    gone = replace(PROTOCOL, derived={name: tree for name, tree in PROTOCOL.derived.items() if name != "due"})
    assert not judge().comparison.same(gone)


# ------------------------------------------------------------------------------------------- the table goes on


def copied(folder: Path) -> Protocol:
    """The protocol in a folder of its own, with one case."""
    copytree(PROTOCOL.folder, folder, ignore=ignore_patterns("cases", kills.TABLE))
    copytree(PROTOCOL.folder / "cases/liver-hold", folder / "cases/liver-hold")
    return read_folder(folder)


def test_rows_are_kept_while_their_texts_are_unchanged(tmp_path: Path) -> None:
    """All of them under the same texts; under other cases what was noticed; under other rules none."""
    there = copied(tmp_path / "there")
    names = list(known())[:3]
    outcomes = ("case x", SURVIVOR, EQUIVALENT)
    rows = tuple(Row(name, "edge", outcome) for name, outcome in zip(names, outcomes, strict=True))
    assert kept(there, Table(head(there), rows)) == rows
    assert kept(there, Table(head(there), (*rows, Row("of old", "edge", "load")))) == rows
    (there.folder / "claims.yaml").write_text("# other claims\n", encoding="utf-8")
    assert kept(there, Table(head(PROTOCOL), rows)) == rows[:1]
    assert kept(there, Table("", rows)) == ()


def test_asking_goes_on_where_it_stopped_and_says_what_came_of_it(tmp_path: Path) -> None:
    """Only what is missing is asked; the table is written, and what nobody explains is a failure."""
    there = copied(tmp_path / "there")
    *most, last = [mutant for mutant in known().values() if mutant.name != "facts ast: without fresh"]
    done = [Row(mutant.name, mutant.kind, "case x") for mutant in most]
    done += [Row("facts ast: without fresh", "fact", SURVIVOR)]
    (there.folder / kills.TABLE).write_text(Table(head(there), tuple(done)).text(), encoding="utf-8")
    said: list[str] = []
    assert not face.tell(there, said.append)
    table = read_table(there)
    assert len(table.rows) == len(known()) and last.name in {row.mutant for row in table.rows}
    assert "UNEXPLAINED" in said[-1] and "a public case" in said[-1]


def test_the_rate_leaves_out_what_decides_alike() -> None:
    """Killed of all that are mistakes."""
    rows = [Row(str(n), "edge", outcome) for n, outcome in enumerate(("case x", "claim P1", EQUIVALENT, SURVIVOR))]
    table = Table("", tuple(rows))
    assert face.percent(table) == "2 of 3 mutants killed (66.6 %)"
    assert Table("", ()).rate == 1
