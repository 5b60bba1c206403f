"""The protocol itself as text: its clauses, the statements behind them, and the readings chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from oncourse.problem import BadInput, Place, Problem, nearest
from oncourse.protocol import Clause, Protocol

WIDTH = 96


def clauses(protocol: Protocol) -> str:
    """Every clause in the order of the file: id, act, title, statements and readings."""
    lines = [f"{protocol.id} {protocol.version}", f"sha256 {protocol.sha256}", ""]
    lines += [_clause(clause, protocol.words["clauses"]) for clause in protocol.clauses]
    lines += ["", "amounts"]
    words = protocol.words["amounts"]
    lines += [f"  {row.id:<20} {_named(words, row.id)} [{', '.join(row.cites)}]" for row in protocol.amounts.rows]
    lines += ["", str(protocol.words["notice"]), ""]
    return "\n".join(lines)


def _clause(clause: Clause, words: Any) -> str:
    written = ", ".join((*clause.cites, *clause.readings))
    return f"  {clause.id:<20} {clause.act:<7} {words[clause.id]['title']} [{written}]"


def _named(words: Any, name: str) -> str:
    return str(words[name])


def sources(protocol: Protocol, wanted: Sequence[str] = ()) -> str:
    """Statements: what the article says, what the labels say, whether they agree, what carries it out."""
    statements = _chosen(protocol.sources["statements"], wanted, "sources.yaml")
    return "\n".join(_statement(number, said) for number, said in statements.items())


def _statement(number: str, said: Mapping[str, Any]) -> str:
    lines = [f"{number}  {said['agree']}"]
    for name, key in (("Article", "article"), ("US label", "label_us"), ("EU label", "label_eu")):
        lines.append(_part(name, said[key] or "silent"))
    lines.append(_part("Carried out", ", ".join(map(_carrier, said["carried_out_by"]))))
    if said["readings"]:
        lines.append(_part("Readings", ", ".join(said["readings"])))
    return "\n".join([*lines, ""])


def _carrier(carrier: Any) -> str:
    return f"not carried out: {carrier['nothing']}" if isinstance(carrier, dict) else str(carrier)


def readings(protocol: Protocol, wanted: Sequence[str] = ()) -> str:
    """Readings: where a source is loose, what was asked, what was chosen, and why."""
    chosen = _chosen(protocol.readings, wanted, "readings.yaml")
    return "\n".join(_reading(number, said) for number, said in chosen.items())


def _reading(number: str, said: Mapping[str, Any]) -> str:
    rows = [("Question", said["question"]), ("Chosen", said["chosen"]), ("Why", said["why"])]
    return "\n".join([f"{number}  {said['where']}", *(_part(name, text) for name, text in rows), ""])


def _part(name: str, text: str) -> str:
    return fill(f"  {name:<12} {text}", WIDTH, subsequent_indent=" " * 15)


def _chosen(known: Any, wanted: Sequence[str], file: str) -> dict[str, Any]:
    """Those asked for, all if none; a number that is not there is told with the nearest one."""
    missing = [number for number in wanted if number not in known]
    if missing:
        place = Place(file, 1, 1)
        raise BadInput(
            Problem(place, f"there is no {number}", nearest(number, known, "leave the number out to see all"))
            for number in missing
        )
    return {number: known[number] for number in wanted or known}
