"""A decision as the JSON of the contract: exact decimals, dates as text, nothing computed anew."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oncourse.decide import Decision, Finding
from oncourse.dose import Dose, Portion
from oncourse.explain import Words
from oncourse.plan import Plan, Slot
from oncourse.prepare import Sheet, headline, on_site, said
from oncourse.quantity import show

CLOCKS = ("dilute-by", "start-by", "end-by", "observe-until")


def answer(decision: Decision, unspoken: Collection[str | None] = ()) -> dict[str, Any]:
    """The whole answer of `decide --json` (contract section 3); overrides of those ids give no reason."""
    words, protocol, slot = Words(decision), decision.protocol, decision.slot
    return {
        "course": decision.course.id,
        "at": decision.at,
        "protocol": {"id": protocol.id, "version": protocol.version, "sha256": protocol.sha256},
        "verdict": decision.verdict,
        "headline": words.headline(),
        **{name: slot[name] for name in ("cycle", "day", *protocol.answers)},
        "dose": dose(decision.dose),
        "findings": [_finding(words, found) for found in decision.findings],
        "needs": list(decision.needs),
        "choices": _choices(decision),
        "omitted": [_omitted(found) for found in decision.findings if found.slot is not None],
        "change_since_last": _change(decision),
        "overrides": words.overrides(unspoken),
    }


def dose(given: Dose | None) -> dict[str, Any] | None:
    """The dose block: mg/m², percent, m², mg, mL, vials, and the bag in mL and mL/h."""
    if given is None:
        return None
    return {
        "mg_per_m2": given.mg_per_m2,
        "percent": given.percent,
        "bsa_m2": given.bsa,
        "mg": given.mg,
        "volume_mL": given.volume_ml,
        **_drawn(given),
    }


def _drawn(of: Portion) -> dict[str, Any]:
    return {"vials": of.vials, "bag_mL": of.bag_ml, "rate_mL_per_h": of.rate}


def plan_answer(ahead: Plan) -> dict[str, Any]:
    """The whole answer of `plan --json`."""
    ends = {end.id: end.until for end in ahead.follow_up}
    return {
        "slots": [_slot(slot) for slot in ahead.slots],
        "ends": ahead.ends,
        "contraception_until": next((day for name, day in ends.items() if name.startswith("contraception")), None),
        "breastfeeding_after": ends.get("breastfeeding"),
    }


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "cycle": slot.cycle,
        "day": slot.day,
        "status": slot.status,
        "on": slot.on,
        "earliest": slot.earliest,
        "mg": slot.mg,
        "if": "; ".join(slot.conditions) or None,
    }


def sheet_answer(sheet: Sheet) -> dict[str, Any]:
    """The whole answer of `prepare --json`; clocks are instants on the site's wall, null until they run."""
    running = {clock.id: on_site(sheet, clock.at) for clock in sheet.clocks}
    return {
        "course": sheet.decision.course.id,
        "at": sheet.decision.at,
        "verdict": sheet.decision.verdict,
        "headline": headline(sheet),
        "cycle": sheet.decision.slot["cycle"],
        "day": sheet.decision.slot["day"],
        "dose": dose(sheet.decision.dose),
        **_ordered(sheet),
        "premedication": [{"drug": drug, "recorded": done} for drug, done in sheet.premedication.items()],
        "steps": [{"id": step.id, "says": step.says, "cites": list(step.cites)} for step in sheet.steps],
        "clocks": {name.replace("-", "_"): running.get(name) for name in CLOCKS},
        "findings": [
            {"clause": refusal.clause, "act": refusal.act, "says": said(sheet, refusal), "cites": list(refusal.cites)}
            for refusal in sheet.refusals
        ],
    }


def _ordered(sheet: Sheet) -> dict[str, Any]:
    """What was ordered that day and what is drawn for it, under which worksheet; nothing if nothing was."""
    if sheet.order is None or sheet.portion is None:
        return {}
    order, drawn = sheet.order.fields, sheet.portion
    told = {"against": order.get("against", []), "why": order.get("why")}
    amounts = {"mg": drawn.mg, "volume_mL": drawn.volume_ml, **_drawn(drawn)}
    return {"ordered": {**amounts, **told, "worksheet": sheet.number}}


def _finding(words: Words, found: Finding) -> dict[str, Any]:
    until = words.until(found)
    return {
        "clause": found.clause,
        "act": found.act,
        "says": words.says(found),
        "values": words.values(found),
        "cites": list(found.cites),
        "readings": list(found.readings),
        **({"until": until} if until else {}),
    }


def _choices(decision: Decision) -> dict[str, Any] | None:
    choices = decision.choices
    if choices is None:
        return None
    return {"clause": choices.clause, "options": list(choices.options), "default": choices.default}


def _omitted(found: Finding) -> dict[str, Any]:
    assert found.slot is not None
    return {"cycle": found.slot.cycle, "day": found.slot.day, "clause": found.clause}


def _change(decision: Decision) -> dict[str, Any] | None:
    change = decision.change
    if change is None:
        return None
    return {"from_mg": change.from_mg, "to_mg": change.to_mg, "clause": change.clause}


def dumps(value: object, indent: int = 2, depth: int = 0) -> str:
    """JSON text; exact numbers are written as decimals without trailing zeros, dates as ISO text."""
    inner, outer = " " * indent * (depth + 1), " " * indent * depth
    if isinstance(value, Mapping) and value:
        pairs = (f"{inner}{_text(str(key))}: {dumps(part, indent, depth + 1)}" for key, part in value.items())
        return "{\n" + ",\n".join(pairs) + f"\n{outer}}}"
    if isinstance(value, (list, tuple)) and any(isinstance(part, (Mapping, list, tuple)) for part in value):
        return "[\n" + ",\n".join(f"{inner}{dumps(part, indent, depth + 1)}" for part in value) + f"\n{outer}]"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(dumps(part) for part in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, (Fraction, Decimal)):
        return show(Fraction(value))
    if isinstance(value, (date, datetime)):
        return _text(value.isoformat())
    return "{}" if isinstance(value, Mapping) else _text(value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
