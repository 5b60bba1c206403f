"""How a verdict looks: its mark, its sentences, its sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oncourse.decide import Decision, Finding
from oncourse.explain import Words, calendar_date
from oncourse.faces.web.page import text
from oncourse.quantity import show


@dataclass(frozen=True, slots=True)
class Said:
    """One finding in sentences with where it is written."""

    act: str
    title: str
    says: str
    cites: tuple[str, ...]
    readings: tuple[str, ...]


def look(decision: Decision) -> str:
    """The mark of a verdict: a reduced dose has one of its own."""
    reduced = decision.verdict == "give" and decision.dose is not None and decision.dose.percent < 100
    return "reduce" if reduced else decision.verdict


def said(words: Words, found: Finding) -> Said:
    """A finding in sentences."""
    title = str(words.words["clauses"][found.clause]["title"])
    return Said(found.act, title, words.says(found), found.cites, found.readings)


def deciding(decision: Decision, words: Words) -> list[Said]:
    """The findings behind the verdict."""
    return [said(words, found) for found in decision.findings if found.act == decision.verdict]


def beside(decision: Decision, words: Words) -> list[Said]:
    """The findings beside it, of those that have something to say."""
    found = (said(words, one) for one in decision.findings if one.act != decision.verdict)
    return [one for one in found if one.says]


def reason(decision: Decision, words: Words) -> str:
    """Why, in a sentence or two."""
    dose = decision.dose
    if decision.verdict == "give" and dose is not None:
        row = next(row for row in decision.protocol.amounts.rows if row.id == dose.row)
        amount = str(words.words["amounts"][row.id])
        return f"{amount[:1].upper()}{amount[1:]}."
    return words.reason() or words.headline().partition(". ")[2]


def sources(decision: Decision) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The statements and the readings behind the verdict."""
    if decision.verdict == "give" and decision.dose is not None:
        row = next(row for row in decision.protocol.amounts.rows if row.id == decision.dose.row)
        return tuple(row.cites), ()
    found = [one for one in decision.findings if one.act == decision.verdict]
    cites = tuple(dict.fromkeys(cite for one in found for cite in one.cites))
    return cites, tuple(dict.fromkeys(reading for one in found for reading in one.readings))


def following(decision: Decision, words: Words) -> Iterator[str]:
    """What to do next: what ends a hold, and when the dose is given up."""
    for found in decision.findings:
        if found.act == decision.verdict and (until := words.until(found)):
            yield text("day.until", until=until)
    gone = decision.slot["omit_on"]
    if decision.verdict in ("hold", "need", "judge") and gone is not None:
        yield text("day.omitted_on", on=calendar_date(gone))  # type: ignore[arg-type]


def changed(decision: Decision, words: Words) -> str:
    """How the dose differs from the last one that was given, and why; empty if it does not."""
    change = decision.change
    if change is None or decision.dose is None:
        return ""
    amount = words.words["amounts"].get(change.clause)
    clause = words.words["clauses"].get(change.clause)
    why = amount or (clause["title"] if clause else text("day.size"))
    return text("day.changed", before=show(change.from_mg), now=show(decision.dose.mg), why=why)  # type: ignore[arg-type]
