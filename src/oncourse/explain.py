"""A decision in sentences, filled from the protocol's words; the same for every face."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from oncourse.decide import Decision, Finding
from oncourse.engine import MEMORY, RECORDS, TODAY
from oncourse.evaluate import Ground
from oncourse.event import Event
from oncourse.expression import OPPOSITE, Compare, Node, names_in, parse
from oncourse.problem import BadInput, Place
from oncourse.protocol import Protocol
from oncourse.quantity import show
from oncourse.value import Stale

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

HEADLINE = 200


def calendar_date(day: date) -> str:
    """A date as people read it without doubt, such as 12-Jan-2026."""
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


class Words:
    """The protocol's words in one language, filled in for one decision."""

    def __init__(self, decision: Decision) -> None:
        self.decision, self.moment = decision, decision.moment
        self.words: Mapping[str, Any] = decision.protocol.words

    def spoken(self) -> Mapping[str, str]:
        """The verdict's title and sentence; giving less than the full dose has words of its own."""
        decision = self.decision
        reduced = decision.verdict == "give" and decision.dose is not None and decision.dose.percent < 100
        words: Mapping[str, str] = self.words["verdicts"]["reduced" if reduced else decision.verdict]
        return words

    def headline(self) -> str:
        """The verdict and its first reason, in one or two sentences."""
        template = self.spoken()["says"]
        return _short(" ".join(self.fill(template, reason=self.reason()).split()))

    def reason(self) -> str:
        """Why: the first finding of the winning verdict that has something to say."""
        fired = (found for found in self.decision.findings if found.act == self.decision.verdict)
        return next((text for found in fired if (text := self.says(found))), "")

    def says(self, found: Finding) -> str:
        """One finding in sentences: what, with both numbers."""
        clause = self.words["clauses"][found.clause]
        if found.act == "need":
            return " ".join([*map(self.lacking, found.lacks), clause.get("asks") or ""]).strip()
        if found.slot is not None:
            return self._omitted(found, clause["omitted"])
        return " ".join(self._parts(found, clause["says"], "text"))

    def until(self, found: Finding) -> str | None:
        """What ends a hold; nothing for any other finding."""
        if found.act != "hold":
            return None
        return " and ".join(self._parts(found, self.words["clauses"][found.clause]["says"], "until")) or None

    def _omitted(self, found: Finding, words: Mapping[str, str]) -> str:
        slot = found.slot
        assert slot is not None
        on = calendar_date(date.fromordinal(slot.on))
        own = {"slot_cycle": str(slot.cycle), "slot_day": str(slot.day), "slot_on": on}
        return self.fill(words[slot.by], slot_reason=slot.reason or "no reason", **own)

    def _parts(self, found: Finding, parts: list[Mapping[str, Any]], key: str) -> Iterator[str]:
        for part in parts:
            if key not in part or ("if" in part and self._holds(part["if"]) is not True):
                continue
            if "each" not in part:
                yield self.fill(part[key])
                continue
            named = ((_subject(ground), ground) for ground in found.grounds if _is_limit(ground))
            said = (self.fill(part[key], **self._compared(name, of)) for name, of in named if name in part["each"])
            yield from dict.fromkeys(said)

    def _holds(self, condition: str) -> object:
        return self.moment.evaluate(condition_of(self.decision.protocol, condition))

    def _compared(self, name: str, ground: Ground) -> dict[str, str]:
        """What a sentence about one comparison may name: the value, the limit, and which side is right."""
        said = {"Name": self.words["names"].get(name, name), "value": self.shown(name)}
        said["short"] = self.words["short"].get(name, said["Name"])
        atom = ground.atom
        if isinstance(atom, Compare):
            op = atom.op if ground.holds else OPPOSITE[atom.op]
            said["bound"] = self.words["bounds"].get(op, "")
            said["sign"] = self.words["signs"].get(op, "")
            said["limit"] = self.written(self.moment.evaluate(atom.right), _unit(atom))
            if said["value"] == said["limit"]:
                said["value"] = self._typed(name) or said["value"]
        return said

    def _typed(self, name: str) -> str | None:
        """What was typed, for a value so near its limit that rounding makes them look alike."""
        seen = self.moment.observation(name)
        return None if seen is None else seen.event.shown.get(name)

    def lacking(self, fact: str) -> str:
        """Why a fact is not known, and what would do."""
        own = self.words["needs"]["own"].get(fact)
        if own is not None:
            return self.fill(own)
        seen, declared = self.moment.observation(fact), self._fact(fact)
        said = {"Name": self.words["names"].get(fact, fact)}
        if seen is None or declared is None:
            return self.fill(self.words["needs"]["never"], **said)
        if seen.masked:
            return self.fill(self.words["needs"]["masked"], washout=self._span(declared.within), **said)
        since = self.moment.value(declared.since) if declared.since else None
        if isinstance(since, int) and seen.day < since:
            dates = {"on": self._dated(seen.day), "since": self._dated(since)}
            return self.fill(self.words["needs"]["before"], **dates, **said)
        age = self.counted(self.moment.env[TODAY] - seen.day, "day")
        return self.fill(self.words["needs"]["old"], age=age, fresh=self._span(declared.fresh), **said)

    def _fact(self, name: str) -> Any:
        return next((fact for fact in self.decision.protocol.facts if fact.name == name), None)

    def _span(self, name: str | None) -> str:
        settings = self.moment.engine.settings
        return self.counted(int(str(settings.get(name or "", name or 0))), "day")

    def counted(self, number: int, what: str) -> str:
        """A number with its noun, such as 1 vial, 2 vials."""
        one, many = self.words["counted"][what]
        return f"{number} {one if number == 1 else many}"

    def amount(self, name: str) -> str:
        """A part of the dose in words, such as its mg, or that it is not known."""
        value = None if self.decision.dose is None else getattr(self.decision.dose, _AMOUNTS[name])
        if value is None:
            return str(self.words["findings"]["not-recorded"])
        return self.counted(value, "vial") if name == "vials" else show(Fraction(value))

    def _dated(self, day: int) -> str:
        return calendar_date(date.fromordinal(day))

    def values(self, found: Finding) -> dict[str, str]:
        """The facts that made a finding fire, with their values and UCUM units."""
        facts = {fact.name for fact in self.decision.protocol.facts}
        named = [name for ground in found.grounds for name in names_in(ground.atom)]
        return {name: self.shown(name, codes=True) for name in named if name in facts and name in self.words["names"]}

    def shown(self, name: str, codes: bool = False) -> str:
        """The value of a name at this moment, with its unit in words or as a UCUM code."""
        items = self._items(name)
        if items is not None:
            return items
        seen = self.moment.observation(name)
        if seen is not None and isinstance(seen.event.fields.get(name), tuple):
            return ", ".join(seen.event.fields[name])
        unit = self.decision.protocol.types[name].unit
        if self.decision.protocol.types[name].kind == "date":
            day = self.moment.value(name)
            return self.words["findings"]["not-recorded"] if not isinstance(day, int) else self._day(day, codes)
        return self.written(self.moment.value(name), unit, codes)

    def _day(self, day: int, codes: bool) -> str:
        return date.fromordinal(day).isoformat() if codes else self._dated(day)

    def _items(self, name: str) -> str | None:
        """For a fact with one value for each key: those that count, such as `mucositis grade 3`."""
        fact = self._fact(name)
        if fact is None or fact.take != "each":
            return None
        index = self.decision.protocol.facts.index(fact)
        items = self.moment.env[RECORDS].latest[index] or {}
        return ", ".join(f"{key} grade {item.value}" for key, item in items.items() if item.value)

    def written(self, value: object, unit: str | None, codes: bool = False) -> str:
        """A value in words, or with the UCUM code of its unit."""
        value = value.value if isinstance(value, Stale) else value
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, (int, Fraction)):
            named = unit if codes else self.words["units"].get(unit or "", "")
            return f"{show(Fraction(value))} {named}".strip() if unit else show(Fraction(value))
        return value if isinstance(value, str) else self.words["findings"]["not-recorded"]

    def overrides(self, unspoken: Collection[str | None] = ()) -> list[dict[str, object]]:
        """Every override on record, shown for ever: clause, kind, why, by whom and when.

        Those with an id in `unspoken` give no reason.
        """
        return [_override(event, event.id in unspoken) for event in self.moment.env[MEMORY].overrides]

    def titled(self, clause: str) -> str:
        """What people call a clause, an amount, or what is looked at before a start; its id if it has no name."""
        title = self.words["clauses"].get(clause, {}).get("title")
        others = (self.words.get(section, {}).get(clause) for section in ("amounts", "bedside"))
        return str(title or next(filter(None, others), clause))

    def fill(self, template: str, **own: str) -> str:
        """The template with every {name} written out."""
        return template.format_map(_Filler(self, own))


class _Filler(dict[str, str]):
    """Names are looked up when a sentence asks for them: its own first, then the decision's, then the state's."""

    def __init__(self, words: Words, own: Mapping[str, str]) -> None:
        super().__init__(own)
        self.words = words

    def __missing__(self, name: str) -> str:
        decision, words = self.words.decision, self.words
        if name in ("cycle", "day"):
            return str(decision.slot[name])
        if name == "unasked":
            return ", ".join(words.moment.env[MEMORY].unasked)
        if name == "percent":
            # How far a dose is reduced is known even where its amount is not.
            return str(words.moment.engine.percent(words.moment.env))
        return words.amount(name) if name in _AMOUNTS else words.shown(name)


_AMOUNTS = {"mg": "mg", "volume_mL": "volume_ml", "vials": "vials", "bag_mL": "bag_ml", "rate": "rate"}


def _override(event: Event, unspoken: bool) -> dict[str, object]:
    said = {key: event.fields.get(key) for key in ("clause", "kind", "why")}
    return {"at": event.at, **said, **({"why": None} if unspoken else {}), "by": _by(event)}


def _by(event: Event) -> object:
    return event.fields.get("by") or event.by


def _short(text: str) -> str:
    """The verdict, its first reason, and as many more sentences as stay within a headline."""
    verdict, *reasons = re.split(r"(?<=[.?]) ", text)
    said = " ".join([verdict, *reasons[:1]])
    for more in reasons[1:]:
        if len(said) + 1 + len(more) > HEADLINE:
            break
        said += f" {more}"
    return said


def _subject(ground: Ground) -> str:
    """The name a comparison is about."""
    return next(names_in(ground.atom), "")


def _is_limit(ground: Ground) -> bool:
    """Whether it compares with a limit of the protocol; one value against another has its own sentence."""
    return not isinstance(ground.atom, Compare) or not any(names_in(ground.atom.right))


def _unit(atom: Compare) -> str | None:
    return atom.left.type.unit or atom.right.type.unit


@lru_cache(maxsize=256)
def condition_of(protocol: Protocol, text: str) -> Node:
    """A condition written in the words file, read against the protocol's names."""
    tree = parse(text, Place("words.en.yaml", 1, 1), protocol.types)
    if isinstance(tree, Node):
        return tree
    raise BadInput([tree])
