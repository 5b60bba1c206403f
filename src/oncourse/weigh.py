"""Weighing the clauses at one moment: which fire, which are undecided, and the one verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

from oncourse.engine import MEMORY, Engine, Rule
from oncourse.protocol import ACTS, Clause
from oncourse.value import Env, Unknown


@dataclass(slots=True, eq=False)
class Fired:
    """A clause that fired: under which id, as which act, and the facts it lacks."""

    clause: Clause
    id: str
    act: str
    lacks: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Weighed:
    """The verdict of a moment and everything that fired, in the order of the verdicts."""

    verdict: str
    fired: list[Fired] = field(default_factory=list)


def weigh(engine: Engine, env: Env) -> Weighed:
    """The verdict of the moment: exactly one, the strongest of what fired (semantics 2)."""
    fired, needs = _standing(engine, env)
    acts = {found.act for found in fired}
    if engine.wait(env) is True:
        acts.add("wait")
    elif "done" not in acts:
        held, lacking = _before_a_dose(engine, env)
        fired += held
        needs += lacking
        acts |= {found.act for found in held} | ({"need"} if needs else set())
    verdict = next((act for act in ACTS[:6] if act in acts), "give")
    if verdict == "give":
        fired += _last_questions(engine, env)
        verdict = "judge" if fired and fired[-1].act == "judge" else verdict
    if verdict == "need":
        fired += _merged(needs)
    if verdict == "done":
        fired = [found for found in fired if not found.clause.slot]
    fired.sort(key=lambda found: ACTS.index(found.act))
    return Weighed(verdict, fired)


def _standing(engine: Engine, env: Env) -> tuple[list[Fired], list[Fired]]:
    """What holds at any time: stops, ends, questions and notes; and what a stop lacks to be decided."""
    fired, needs = [], []
    stopped_by = env[MEMORY].stopped_by
    for rule in engine.at_any_time:
        clause = rule.clause
        if clause.act == "judge" and clause.id == stopped_by:
            fired.append(Fired(clause, clause.id, "stop"))
        if not rule.applies(env):
            continue
        value = rule.holds(env)
        if value is True and (clause.act != "judge" or is_open(engine, rule, env)):
            fired.append(Fired(clause, clause.id, clause.act))
        elif clause.act == "stop" and isinstance(value, Unknown):
            needs.append(Fired(clause, clause.unknown or clause.id, "need", value.facts))
    return fired, needs


def is_open(engine: Engine, rule: Rule, env: Env) -> bool:
    """Whether a judgement that is not asked last stands unanswered."""
    return not rule.clause.last and engine.answered(rule, env) is None


def _before_a_dose(engine: Engine, env: Env) -> tuple[list[Fired], list[Fired]]:
    """What forbids a dose today, and what must be known before one."""
    held, lacking = [], []
    for rule in engine.before_dose:
        clause = rule.clause
        if not rule.applies(env):
            continue
        value = rule.holds(env)
        if clause.act == "need":
            lack = rule.lacking(env) if value is True else value if isinstance(value, Unknown) else None
            if lack is not None:
                lacking.append(Fired(clause, clause.id, "need", lack.facts))
        elif value is True:
            held.append(Fired(clause, clause.id, "hold"))
        elif isinstance(value, Unknown):
            lacking.append(Fired(clause, clause.unknown or clause.id, "need", value.facts))
    return held, lacking


def _last_questions(engine: Engine, env: Env) -> list[Fired]:
    """The questions asked only when everything else would allow the dose."""
    return [
        Fired(rule.clause, rule.clause.id, "judge")
        for rule in engine.judgements
        if rule.clause.last and rule.applies(env) and rule.holds(env) is True and engine.answered(rule, env) is None
    ]


def _merged(needs: list[Fired]) -> list[Fired]:
    """One finding for each id, with all the facts it lacks."""
    merged: dict[str, Fired] = {}
    for need in needs:
        if need.id in merged:
            merged[need.id].lacks |= need.lacks
        else:
            merged[need.id] = need
    return list(merged.values())
