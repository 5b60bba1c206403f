"""The pack for when nothing runs: a blank worksheet, and on one page the rules in short and a table of the clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from oncourse.checklist import bounds
from oncourse.clocks import span
from oncourse.course import Course
from oncourse.decide import Decision, decide
from oncourse.dose import portion
from oncourse.explain import Words
from oncourse.protocol import Protocol
from oncourse.quantity import show
from oncourse.sheets.paper import Part, pdf
from oncourse.sheets.preparation import drug, foot
from oncourse.sheets.said import amounts, caption, captions, clinical, plain
from oncourse.sheets.who import Printed
from oncourse.sheets.worksheet import LIMITS

ANY_DAY = date(2000, 1, 1)
STEP, DAY = timedelta(minutes=15), timedelta(days=1)
BLANK, LINE = "", "______"
PAGES, VIALS = 2, 3
RECORDED = "stopped"  # the clause that only repeats what somebody recorded


def downtime(protocol: Protocol, printed: Printed, paper: str) -> bytes:
    """The pack, two pages of `a4` or `letter`; it is about no patient."""
    told = {
        "title": caption("downtime.title"),
        "ids": (),
        **drug(protocol),
        **foot(protocol),
        "blank": _worksheet(protocol),
        "rules": _rules(protocol),
        "lines": captions()["downtime"],
    }
    return pdf([Part("pack", told, paper, PAGES)], printed)


def _nobody(protocol: Protocol) -> Decision:
    """The decision on a course in which nothing has happened, on any day."""
    return decide(protocol, Course(BLANK, None, None, protocol.id, {}, (), protocol.vocabulary), ANY_DAY)


def _worksheet(protocol: Protocol) -> dict[str, Any]:
    """The worksheet with lines in place of whatever belongs to one dose."""
    return {
        "captions": captions()["worksheet"],
        "rows": list(_rows(protocol)),
        "premedication": [
            [caption("worksheet.to-record", drug=one), False] for one in protocol.preparation.premedication
        ],
        "vials": [(BLANK, BLANK, BLANK)] * VIALS,
        "instructions": list(_instructions(protocol)),
    }


def _rows(protocol: Protocol) -> Iterator[tuple[str, str | None, str | None]]:
    words, known = captions()["worksheet"], amounts(protocol)
    clocks: Any = protocol.words["clocks"]
    yield words["by-surface"], None, None
    yield words["vials-from"].format_map(known), None, None
    for name in ("reconstitute", "inspect", "draw", "dilute"):
        step, value = (text.format_map({**known, "volume_mL": LINE}) for text in clinical(protocol)["rows"][name])
        yield step, None if LINE in value else value, None
    yield words["concentration"], None, None
    yield words["first-vial"], BLANK, None
    yield words["diluted"], BLANK, None
    for name in LIMITS:
        yield caption("worksheet.limit", clock=clocks[name], hours=known[f"{name}_h"]), None, None
    yield words["left"], None, None


def _instructions(protocol: Protocol) -> Iterator[str]:
    """Every step, with lines for what belongs to one dose."""
    spoken: Any = protocol.words["preparation"]
    bag = portion(protocol.amounts, protocol.amounts.bag_ml * protocol.amounts.least_mg_per_ml)
    assert bag.bag_ml is not None and bag.rate is not None
    known = {"volume_mL": LINE, "vials": f"{LINE} vials", "bag_mL": show(bag.bag_ml), "rate": show(bag.rate)}
    for step in protocol.preparation.steps:
        yield f"{spoken[step.id].format_map(known)} [{', '.join(step.cites)}]"


def _rules(protocol: Protocol) -> dict[str, Any]:
    """The limits, the amounts, what ends treatment, and by when what must be done."""
    words: Any = protocol.words
    return {
        "limits": list(_limits(_nobody(protocol))),
        "doses": [f"{words['amounts'][row.id]} [{', '.join(row.cites)}]" for row in protocol.amounts.rows],
        "short": clinical(protocol)["short"],
        "stops": list(_stops(protocol)),
        "heads": [caption("downtime.first"), *(words["clocks"][name] for name in LIMITS)],
        "times": list(_times(protocol)),
    }


def _limits(decision: Decision) -> Iterator[tuple[str, list[str]]]:
    """The limits of each occasion, such as before every dose."""
    words, spoken = Words(decision), clinical(decision.protocol)
    found: dict[str, list[str]] = {}
    for fact, bound in bounds(decision).items():
        name = spoken["names"].get(fact, words.words["names"][fact])
        limit = words.written(bound.limit, decision.protocol.types[fact].unit)
        said = caption("downtime.limit", name=name, bound=words.words["bounds"][bound.op], limit=limit)
        cites = next(clause.cites for clause in decision.protocol.clauses if clause.id == bound.clause)
        found.setdefault(spoken["limits"][bound.clause], []).append(f"{plain(said)} [{', '.join(cites)}]")
    yield from found.items()


def _stops(protocol: Protocol) -> Iterator[str]:
    words: Mapping[str, Any] = protocol.words["clauses"]  # type: ignore[assignment]
    for clause in protocol.clauses:
        if clause.act == "stop" and clause.id != RECORDED:
            yield f"{words[clause.id]['title']} [{', '.join(clause.cites)}]"


def _times(protocol: Protocol) -> Iterator[list[str]]:
    """For each time of the first vial by when to dilute, start and end; a time of the next day is marked."""
    first = datetime.combine(ANY_DAY, time())
    for number in range(DAY // STEP):
        vial = first + number * STEP
        ends = (vial + span(protocol.preparation, name) for name in LIMITS)
        yield [f"{vial:%H:%M}", *(f"{end:%H:%M}" + ("*" if end.date() > vial.date() else "") for end in ends)]
