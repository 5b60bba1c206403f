"""A second solver's opinion: the very questions that the first was asked, asked again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass

import cvc5

from oncourse.protocol import Protocol
from oncourse.prove.claims import Claim, Claims
from oncourse.prove.prover import ASKED, NOT_INDUCTIVE, PATIENCE, TOO_LONG, prove

AGREES, DISAGREES, NO_ANSWER = "AGREES", "DISAGREES", "NO ANSWER"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the first solver made of a claim, and whether the second answers each of its questions so too."""

    claim: Claim
    first: str
    outcome: str
    questions: int


def second(protocol: Protocol, claims: Claims, only: Collection[str] = ()) -> Iterator[Opinion]:
    """Every claim proved, or only some, and each question asked on the way asked again."""
    heard: list[str] = []
    apart = copy_context()  # so that nobody else's questions are heard, nor these by anybody else
    apart.run(ASKED.set, lambda solver: heard.append(solver.to_smt2()))
    results = prove(protocol, claims, only)
    while (result := apart.run(next, results, None)) is not None:
        yield Opinion(result.claim, result.outcome, _compared(result.outcome, heard), len(heard))
        heard.clear()


def _compared(first: str, questions: Sequence[str]) -> str:
    """All questions but the last were answered `unsat`, or the claim would have been left open there."""
    answers = [answer(question) for question in questions]
    if first == TOO_LONG or not {*answers} <= {"sat", "unsat"}:
        return NO_ANSWER
    wanted = ["unsat"] * (len(answers) - 1) + ["sat" if first == NOT_INDUCTIVE else "unsat"]
    return AGREES if answers == wanted else DISAGREES


def answer(question: str, patience: int = PATIENCE) -> str:
    """What the second solver says to a text in SMT-LIB 2: sat, unsat or unknown; `patience` in milliseconds."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(patience))
    solver.setLogic("ALL")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, question, "question")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += str(command.invoke(solver, parser.getSymbolManager()))
    return said.strip()
