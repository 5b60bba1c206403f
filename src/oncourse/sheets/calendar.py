"""The calendar that a patient takes home: five weeks of visits, when to call, and what to take care of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from oncourse.course import day_of
from oncourse.decide import Decision
from oncourse.explain import MONTHS, Words, calendar_date
from oncourse.plan import plan, precautions
from oncourse.sheets.paper import Part, pdf
from oncourse.sheets.preparation import headed
from oncourse.sheets.said import amounts, caption, captions, clinical
from oncourse.sheets.who import Printed, Who

WEEKS, WEEK = 5, 7
ENDED = ("stop", "done")
SURE = ("give", "wait")  # verdicts under which the next visit stands as planned


def calendar(decision: Decision, who: Who, printed: Printed, paper: str) -> bytes:
    """The calendar from this week on, one page of `a4` or `letter`."""
    spoken, words = clinical(decision.protocol), captions()["calendar"]
    first = day_of(decision.course, decision.at)
    first -= timedelta(first.weekday())
    told = {
        **headed(decision, who, "calendar.title"),
        "about": _about(decision),
        "span": caption("calendar.span", first=calendar_date(first), last=calendar_date(_on(first, WEEKS * WEEK - 1))),
        "days": list(words["days"]),
        "weeks": list(_weeks(decision, first)),
        "call": spoken["call"],
        "phone": decision.course.site.get("patient_phone"),
        "precautions": list(_precautions(decision)),
        "captions": words,
    }
    return pdf([Part("calendar", told, paper)], printed)


def _about(decision: Decision) -> str:
    """The medicine, how long it runs, and how long the patient is watched."""
    protocol, words = decision.protocol, Words(decision)
    hours = amounts(protocol)
    spans = {name: words.counted(int(hours[f"{name}_h"]), "hour") for name in ("infusion", "observation")}
    about: str = clinical(protocol)["about"]
    return about.format(**protocol.drug, **spans)


def _weeks(decision: Decision, first: date) -> Iterator[list[Mapping[str, Any]]]:
    visits, today = dict(_visits(decision)), day_of(decision.course, decision.at)
    for week in range(WEEKS):
        days = [_on(first, week * WEEK + number) for number in range(WEEK)]
        yield [_day(day, visits.get(day, ""), today) for day in days]


def _on(first: date, days: int) -> date:
    return first + timedelta(days)


def _day(day: date, kind: str, today: date) -> Mapping[str, Any]:
    """One day: its date, and what happens on it."""
    said = captions()["calendar"]["kinds"].get(kind, "")
    return {"date": f"{day.day:02d}-{MONTHS[day.month - 1]}", "kind": kind, "says": said, "today": day == today}


def _visits(decision: Decision) -> Iterator[tuple[date, str]]:
    """The days of medicine: given, a visit, or maybe one; after one that may be, all that follow only may be."""
    sure = decision.verdict in SURE
    for slot in plan(decision).slots:
        if slot.status == "given":
            yield slot.on, "given"
        elif slot.status != "omitted":
            sure = sure and slot.status != "conditional"
            yield slot.on, "visit" if sure else "maybe"


def _precautions(decision: Decision) -> Iterator[str]:
    """What this patient takes care of; with its last day once no dose will follow."""
    spoken, words = clinical(decision.protocol)["precautions"], Words(decision)
    until = {end.id: end.until for end in plan(decision).follow_up} if decision.verdict in ENDED else {}
    for precaution in precautions(decision):
        assert precaution.amount is not None
        said = spoken[precaution.id].format(months=words.counted(int(precaution.amount), "month"))
        end = until.get(precaution.id)
        yield said if end is None else f"{said} {caption('calendar.until', on=calendar_date(end))}"
