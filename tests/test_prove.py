"""The claims are proved on the file itself, the proof can fail, and its reading agrees with the engine's."""

import random
import shutil
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import z3
from tests.builders import moments

from oncourse.decide import Moment
from oncourse.evaluate import closure
from oncourse.expression import Node, Type, names_in
from oncourse.problem import BadInput
from oncourse.protocol import Protocol
from oncourse.protocol_file import load, read_folder
from oncourse.prove.claims import Claims, read_claims
from oncourse.prove.prover import NOT_INDUCTIVE, PROVED, dead, granted, prove, vacuous
from oncourse.prove.situation import Situation, names_of
from oncourse.prove.terms import NO, YES, Choices, Truth, Value, constant, term
from oncourse.prove.watch import Look, Watch
from oncourse.value import NEVER, Stale, Unknown

PROTOCOL = load()
CLAIMS = read_claims(PROTOCOL)


def test_every_claim_is_proved() -> None:
    """Each invariant and claim, for every situation and a course of any length."""
    results = list(prove(PROTOCOL, CLAIMS))
    assert len(results) == len(CLAIMS.invariants) + len(CLAIMS.claims) >= 170
    assert [(result.claim.id, result.situation) for result in results if result.outcome != PROVED] == []


def test_no_clause_is_dead() -> None:
    """Each clause wins in some situation, so what is taken for granted is not a contradiction either."""
    assert dead(PROTOCOL, CLAIMS) == ()


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


BROKEN = [
    ("bilirubin_over or ast > 2.5", "bilirubin_over or ast > 3", "P29b", "a limit moved"),
    ("bilirubin_over or ast > 2.5 or alt", "bilirubin_over and ast > 2.5 or alt", "P29b", "and for or"),
    ("- {clause: vod-suspected, act: hold", "- {clause: vod-suspected, act: note", "P29b", "a hold made a note"),
    ("act: stop, when: reaction >= 3", "act: stop, when: reaction > 3", "P03a", "a grade too late"),
    ("day != 1 and today >= due + 7", "day != 1 and today >= due + 8", "P16a", "omitted a day late"),
    ("else max(planned - 2, last_dose + 6)", "else max(planned - 2, last_dose + 5)", "P12", "five days apart"),
    ("percent: 75 if next_level >= 1", "percent: 80 if next_level >= 1", "P21", "a fifth less"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "claim", "what"), BROKEN)
def test_a_broken_protocol_leaves_a_claim_open(tmp_path: Path, old: str, new: str, claim: str, what: str) -> None:
    """A limit moved, a hold weakened, a day too late: some claim has a situation that breaks it."""
    results = list(prove(*changed(tmp_path / "broken", old, new), only=[claim]))
    assert [(result.claim.id, result.outcome) for result in results] == [(claim, NOT_INDUCTIVE)], what
    assert "verdict" in results[0].situation


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


def test_every_claim_cites_statements_that_exist() -> None:
    """A claim stands on the sources and the readings, not on the clauses."""
    statements: Any = [*PROTOCOL.sources["statements"], *PROTOCOL.sources["missing"]]  # type: ignore[misc]
    assert all(set(claim.readings) <= set(PROTOCOL.readings) for claim in CLAIMS.claims)
    assert all(claim.cites and set(claim.cites) <= set(statements) for claim in CLAIMS.claims)
    assert len({claim.id for claim in (*CLAIMS.invariants, *CLAIMS.claims)}) == len(CLAIMS.invariants) + len(
        CLAIMS.claims
    )


def trees() -> list[Node]:
    found = [*PROTOCOL.derived.values(), PROTOCOL.permit, PROTOCOL.wait, *PROTOCOL.wakes]
    found += [tree for clause in PROTOCOL.clauses for tree in (clause.scope, clause.when, *clause.asks) if tree]
    found += [tree for move in PROTOCOL.happens for tree in (move.when, *(tree for _, tree in move.sets)) if tree]
    return [tree for tree in found if not any(name.startswith("event_") for name in names_in(tree))]


def some_value(of: Type, chance: random.Random) -> Any:
    if chance.random() < 0.15:
        return Unknown(frozenset("x"))
    if of.kind == "bool":
        return chance.random() < 0.5
    if of.kind == "choice":
        return chance.choice(of.options)
    if chance.random() < 0.15:
        return NEVER
    number = chance.choice([0, 1, 2, 3, 7, 8, 14, 15, 21, 28, 29, 50, Fraction(1, 2), Fraction(3, 2), Fraction(5, 2)])
    if of.kind == "number" and chance.random() < 0.2:
        return Stale(number, chance.random() < 0.5, Unknown(frozenset("x")))
    return int(number) if of.kind == "date" else number


def as_term(value: Any, choices: Choices) -> Any:
    if isinstance(value, Stale):
        plain = constant(value.value, choices)
        return plain._replace(known=NO, stale=YES, high=value.high)
    if isinstance(value, Unknown):
        return None
    return constant(value, choices)


def outcome(made: Any) -> Any:
    def true(formula: Any) -> bool:
        return bool(z3.is_true(z3.simplify(formula)))

    if isinstance(made, Truth):
        return True if true(made.yes) else False if true(made.no) else "unknown"
    if not true(made.known):
        return "out of date" if true(made.stale) else "unknown"
    return "never" if true(made.never) else z3.simplify(made.value).as_fraction()


def plainly(value: Any, choices: Choices) -> Any:
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, Stale):
        return "out of date"
    if value is NEVER:
        return "never"
    if isinstance(value, bool):
        return value
    return Fraction(choices.code(value)) if isinstance(value, str) else Fraction(value)


@pytest.mark.parametrize("seed", range(12))
def test_the_solver_s_reading_agrees_with_the_closure(seed: int) -> None:
    """Every expression of the protocol, at edges, unknown, out of date and never included."""
    chance, choices = random.Random(seed), Choices()
    for tree in trees():
        values = {name: some_value(PROTOCOL.types[name], chance) for name in names_in(tree)}
        lookup: Mapping[str, Callable[[Any], Any]] = {name: (lambda env, v=v: v) for name, v in values.items()}

        def read(name: str, values: Mapping[str, Any] = values) -> Any:
            made = as_term(values[name], choices)
            if made is None:
                return Truth(NO, NO) if PROTOCOL.types[name].kind == "bool" else Value(z3.RealVal(0), NO)
            return made

        got, wanted = outcome(term(tree, read, choices)), plainly(closure(tree, lookup)([]), choices)
        assert got == wanted, (tree.place, values)


def of_moment(real: Moment, situation: Situation) -> list[Any]:
    """That the situation's free names are what a real course says at a moment."""
    said = []
    for name, made in situation.names.items():
        if name.startswith("event_") or name in PROTOCOL.derived or name not in real.engine.lookup:
            continue
        value = real.value(name)
        if isinstance(made, Truth):
            yes, no = (value is True, value is False) if isinstance(value, bool) else (False, False)
            said += [made.yes == yes, made.no == no]
            continue
        plain = as_term(value, situation.choices) or Value(z3.RealVal(0), NO)
        said += [made.known == plain.known, made.stale == plain.stale, made.never == plain.never]
        said += [z3.Or(plain.never, z3.Not(z3.Or(plain.known, plain.stale)), made.value == plain.value)]
    mg = real.value("dose_mg")  # rounding is not the solver's business: it is told the amount
    return [*said, z3.Real("dose_mg") == constant(mg, situation.choices).value] if isinstance(mg, Fraction) else said


def as_decided(real: Moment, situation: Situation) -> list[Any]:
    """That every name a claim may use beside the protocol's is in the situation what the engine says it is."""
    names = Watch(real.engine, CLAIMS, only=["P01a"]).names
    said = []
    for name in names_of(PROTOCOL):
        made, value = situation.lookup(name), names[name]((Look(real.env),))  # type: ignore[arg-type]
        if isinstance(made, Truth):
            said.append(made.yes == (value is True))
        else:
            plain = as_term(value, situation.choices)
            said.append(z3.Not(made.known) if plain is None else z3.And(made.known, made.value == plain.value))
    return said


@pytest.mark.parametrize("start", range(0, 40, 4))
def test_the_solver_decides_as_the_engine_on_real_courses(start: int) -> None:
    """What the proof takes for granted is true of real moments; verdict, findings, question and amount are the same."""
    for told in moments()[start::40][:8]:
        real = told.decision().moment
        situation = Situation(PROTOCOL, Choices())
        free = dict(situation.names)
        decided = as_decided(real, situation)
        situation.names, whole = free, situation.names
        said = of_moment(real, situation)
        situation.names = whole
        solver = z3.Solver()
        solver.add(*situation.always, *said, *granted(situation, CLAIMS, moment=True))
        assert solver.check() == z3.sat, told
        solver.add(z3.Not(z3.And(decided)))
        assert solver.check() == z3.unsat, told
