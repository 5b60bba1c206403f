"""From events to the facts of a day: what the record says, how old it is, and what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from oncourse.evaluate import closure
from oncourse.event import Event
from oncourse.protocol import Fact, Protocol
from oncourse.value import NEVER, Env, Evaluate, Stale, Unknown

RECORDS, TODAY, COURSE, MEMORY, EVENT = range(5)
FIXED = 5


class Observation(NamedTuple):
    """What one event said: the value, the day (as a day number), the event, and whether it is masked."""

    value: Any
    day: int
    event: Event
    masked: bool = False


class Records:
    """What has been observed so far; `latest` holds one observation, or items by key, for each fact."""

    def __init__(self, size: int) -> None:
        self.latest: list[Any] = [None] * size
        self.masking: list[int] = []

    def copy(self) -> Records:
        """The same observations, to be added to without touching these."""
        other = Records(0)
        other.latest = [dict(seen) if isinstance(seen, dict) else seen for seen in self.latest]
        other.masking = list(self.masking)
        return other


Take = Callable[[Records, Event, int], None]


def readers(protocol: Protocol, settings: Mapping[str, object]) -> Mapping[str, Sequence[Take]]:
    """For each event kind, what to note of it."""
    by_kind: dict[str, list[Take]] = {}
    for index, fact in enumerate(protocol.facts):
        for kind, field in fact.sources:
            by_kind.setdefault(kind, []).append(_reader(fact, index, field, settings))
        if fact.masked:
            by_kind.setdefault(fact.masked, []).insert(0, _note_masking)
    return by_kind


def _note_masking(records: Records, event: Event, day: int) -> None:
    if all(value is not False for value in event.fields.values()):
        records.masking.append(day)


def _reader(fact: Fact, index: int, field: str | None, settings: Mapping[str, object]) -> Take:
    if fact.take == "each":
        return _each_reader(fact, index)
    within = span(fact.within, settings) if fact.masked else 0

    def take(records: Records, event: Event, day: int) -> None:
        value = True if field is None else event.fields.get(field)
        if value is None or (fact.only and value not in fact.only):
            return
        masked = within > 0 and any(0 <= day - on < within for on in records.masking)
        if masked and fact.skip_masked:
            return
        before = records.latest[index]
        records.latest[index] = _taken(fact.take, before, Observation(value, day, event, masked))

    return take


def _taken(take: str, before: Observation | None, new: Observation) -> Observation:
    if take == "any":
        return new._replace(value=True)
    if take == "last-date":
        return new._replace(value=new.day)
    if take == "first-date":
        return before or new._replace(value=new.day)
    if take == "worst" and before is not None and before.value >= new.value:
        return before
    return new._replace(value=len(new.value)) if isinstance(new.value, tuple) else new


def _each_reader(fact: Fact, index: int) -> Take:
    """One value for each key (such as a toxicity's term), some fields carried forward."""
    assert fact.value is not None and fact.key is not None
    carried, unsaid = fact.carried or {}, fact.unsaid or {}
    names = {*carried, *unsaid, *(field for _, field in fact.sources if field)}
    value = closure(fact.value, _FieldLookup(names))
    key = fact.key

    def take(records: Records, event: Event, day: int) -> None:
        items = records.latest[index]
        if items is None:
            items = records.latest[index] = {}
        of = str(event.fields[key])
        said: dict[str, Any] = {**carried, **unsaid}
        if of in items:
            said |= {name: items[of].fields[name] for name in carried}
        said |= event.fields
        worth = value([said])
        if fact.ever and of in items and items[of].value > worth:
            items[of] = items[of]._replace(fields=said)
        else:
            items[of] = Item(worth, day, event, said)

    return take


class Item(NamedTuple):
    """The standing of one key: its value, the day and event it comes from, its fields as carried."""

    value: Any
    day: int
    event: Event
    fields: Mapping[str, Any]


class _FieldLookup(dict[str, Evaluate]):
    """Names in a per-item condition are the item's own fields."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, name: str) -> Evaluate:
        return lambda env: env[0].get(name, NEVER)


def value_of(fact: Fact, index: int, settings: Mapping[str, object], since: Evaluate | None) -> Evaluate:
    """The fact's value at a moment: known, out of date, unknown, or what silence means."""
    absent = Unknown(frozenset((fact.asks,))) if fact.absent is None else fact.absent
    if fact.take == "each":
        return lambda env: max((item.value for item in (env[RECORDS].latest[index] or {}).values()), default=0)
    lack = Unknown(frozenset((fact.asks,)))
    fresh = span(fact.fresh, settings) if fact.fresh else None

    def value(env: Env) -> object:
        seen: Observation | None = env[RECORDS].latest[index]
        if seen is None or (since is not None and not _counts(seen.day, since(env))):
            return absent
        if seen.masked:
            return lack
        if fresh is not None and env[TODAY] - seen.day > fresh:
            return _old(seen.value, fact.worse, lack)
        return seen.value

    return value


def _counts(day: int, since: Any) -> bool:
    return (day >= since) is True


def _old(value: Any, worse: str | None, lack: Unknown) -> object:
    if worse in ("low", "high") and isinstance(value, (int, Fraction)):
        return Stale(value, worse == "high", lack)
    return value if value == worse else lack


def observed_on(fact: Fact, index: int) -> Evaluate:
    """The day of the observation behind a fact; never, if there is none."""
    if fact.take == "each":
        return lambda env: max(
            (item.day for item in (env[RECORDS].latest[index] or {}).values() if item.value), default=NEVER
        )

    def day(env: Env) -> object:
        seen = env[RECORDS].latest[index]
        return NEVER if seen is None else seen.day

    return day


def span(name: str | None, settings: Mapping[str, object]) -> int:
    """A number of days, written out or by the name of a setting; 0 if there is none."""
    if name is None:
        return 0
    days = settings.get(name, name)
    return int(str(days))
