"""Four eyes: what one person has done or typed, typed again by another who has not seen it, at four points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from fractions import Fraction

from oncourse.event import CORRECTED, Event
from oncourse.problem import Problem, either, excerpt

CHECKED, ORDERED, GIVEN, OVERRODE = "checked", "ordered", "given", "overrode"
BEGUN, DILUTED = "reconstituted", "diluted"
ORDER, PREPARATION, BAG, PUMP = "order", "preparation", "bag", "pump"
DISCARDED = "discarded"
OVER = (GIVEN, "infusion finished", "infusion abandoned")  # what a dose in hand ends with
POINTS: Mapping[str, tuple[str, ...]] = {ORDER: (ORDERED,), PREPARATION: (DILUTED,), BAG: (), PUMP: ()}
AFTER: Mapping[str, tuple[str, ...]] = {  # what must be done again when one of these is told
    ORDERED: (PREPARATION, BAG, PUMP),
    BEGUN: (PREPARATION, BAG, PUMP),
    DISCARDED: (PREPARATION, BAG, PUMP),
    **dict.fromkeys(OVER, tuple(POINTS)),
}
STEPS: Mapping[str, tuple[str, ...]] = {  # on what two people must have agreed before
    "released": (ORDER, PREPARATION),
    "infusion": tuple(POINTS),
}
WAIVED = "second-check"  # what an override of these names
NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z].*)")  # an amount: what has no unit is a name or a time
HEAD = ("point", "first")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the dose in hand: what the first person told, and what the second did if they came to it.

    `more` are values that the second person types too, though the first told them at another place.
    """

    name: str
    first: Event
    told_by: str
    more: Mapping[str, str] = field(default_factory=dict)
    second: Event | None = None
    checked_by: str | None = None
    agreed: bool = False

    @property
    def state(self) -> str:
        """Waiting for the second person, agreed, or differing."""
        if self.second is None:
            return "waiting"
        return "agreed" if self.agreed else "differing"

    def alike(self, tolerance: Fraction) -> Mapping[str, bool]:
        """Of each of the first person's values, whether the second one's is the same; numbers within percent."""
        own = {} if self.second is None else values(self.second)
        return {name: name in own and _alike(value, own[name], tolerance) for name, value in self.values.items()}

    @property
    def values(self) -> Mapping[str, str]:
        """What the first person's values are, by name, as they were typed."""
        return {**self.more, **values(self.first)}


@dataclass(slots=True)
class Checks:
    """The points of the dose in hand, as what was told so far leaves them; numbers agree within so many percent.

    `replaced` says what came instead of what was at a point, `kinds` what each event is by now, `secret` at which
    point and by whom an event was told on whose values no two people have agreed yet, `begun` when the first
    vial was reconstituted, `waived` which event says that the dose in hand goes on without a second person, and `zone`
    that of the site, on whose wall times are read.
    """

    tolerance: Fraction
    points: dict[str, Point] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    kinds: dict[str | None, str | None] = field(default_factory=dict)
    secret: dict[str | None, tuple[str, str]] = field(default_factory=dict)
    begun: Event | None = None
    waived: str | None = None
    zone: tzinfo | None = None

    def agreed(self, name: str) -> bool:
        """Whether two people have agreed at a point."""
        return name in self.points and self.points[name].agreed

    def tell(self, event: Event, teller: str) -> None:
        """The next event that was told, and the account that told it."""
        if event.kind == CORRECTED:
            self._correct(event, teller)
        else:
            self.kinds[event.id] = step_of(event)
            self._take(event, teller)

    def refused(self, event: Event, account: str) -> Iterator[Problem]:
        """Why an event cannot be told now by that account; no reason says a value or who is wrong."""
        correction = event.kind == CORRECTED
        told = event.fields.get("with") if correction else event
        if not isinstance(told, Event):
            return
        if told.kind == CHECKED:
            yield from self._refused_check(told, account, event.fields["event"] if correction else None)
        if told.fields.get("state", "started") == "started" and self.waived is None and not self.taken(event):
            yield from self._too_early(told)

    def taken(self, event: Event) -> bool:
        """Whether a correction only says how a step was that was taken before."""
        told = event.fields.get("with") if event.kind == CORRECTED else None
        return isinstance(told, Event) and self.kinds.get(event.fields["event"]) == step_of(told)

    def _too_early(self, step: Event) -> Iterator[Problem]:
        """On what two people have not agreed yet, before a step that needs it."""
        for name in STEPS.get(step.kind, ()):
            if self.points.get(name) is not None and self.points[name].state == "differing":
                remedy = "both look again, and each types own values anew"
                yield Problem(step.place, f"two people do not agree on the {name}", remedy)
            elif not self.agreed(name):
                remedy = f"let two people check it, or override {WAIVED} with a reason"
                yield Problem(step.place, f"no two people have agreed on the {name} yet", remedy)

    def hidden(self, account: str) -> set[str | None]:
        """The ids of events whose values that account must not see yet, also of those that were replaced since."""
        return {name for name, (_, teller) in self.secret.items() if teller != account}

    def _take(self, event: Event, teller: str) -> None:
        step = step_of(event)
        for done in AFTER.get(step, ()):
            self._drop(done, event)
        if step in OVER:
            self.secret.clear()
        if step in (ORDERED, DISCARDED, *OVER):
            self.waived = self.begun = None
        if event.kind == OVERRODE and event.fields["clause"] == WAIVED:
            self.waived = event.id or WAIVED
        if event.kind == BEGUN:
            self._begin(event, teller)
        if (name := point_of(event)) is None:
            return
        self.secret[event.id] = name, teller
        if event.kind == CHECKED and "first" in event.fields:
            self._second(event, teller)
        else:
            self._drop(name, event)
            self.points[name] = Point(name, event, teller, self._more(name))

    def _begin(self, event: Event, teller: str) -> None:
        """A vial; when the first was is a value too, for whoever checks the preparation."""
        self.begun = self.begun or event
        self.secret[event.id] = PREPARATION, teller

    def _more(self, name: str) -> Mapping[str, str]:
        """What is typed at a point beside the first person's own values: the dose, and when the first vial was."""
        if name != PREPARATION:
            return {}
        ordered = {} if ORDER not in self.points else {"dose": self.points[ORDER].values["dose"]}
        at = None if self.begun is None else self.begun.instant
        return ordered if at is None else {**ordered, BEGUN: f"{at.astimezone(self.zone or at.tzinfo):%H:%M}"}

    def _drop(self, name: str, event: Event) -> None:
        gone = self.points.pop(name, None)
        if gone is not None and gone.first.id is not None and event.id is not None:
            self.replaced[gone.first.id] = event.id

    def _second(self, event: Event, teller: str) -> None:
        point = self.points.get(event.fields["point"])
        if point is None or point.first.id != event.fields["first"] or point.told_by == teller:
            return
        made = replace(point, second=event, checked_by=teller)
        agreed = all(made.alike(self.tolerance).values())
        self.points[point.name] = replace(made, agreed=agreed)
        if agreed or point.name == ORDER:  # what was ordered is asked of the prescriber, not measured again
            self.secret = {name: told for name, told in self.secret.items() if told[0] != point.name}

    def _correct(self, correction: Event, teller: str) -> None:
        """What is corrected must be checked again; the right values are those of whoever corrects."""
        wrong, right = correction.fields.get("event"), correction.fields.get("with")
        in_hand = False
        for point in list(self.points.values()):
            if point.first.id == wrong:
                del self.points[point.name]
                in_hand = True
            elif point.second is not None and point.second.id == wrong:
                self.points[point.name] = Point(point.name, point.first, point.told_by, point.more)
                in_hand = True
        if wrong == self.waived:
            self.waived = None
        if self.begun is not None and self.begun.id == wrong:
            self._drop(PREPARATION, correction)
            self._drop(BAG, correction)
            self.begun, in_hand = None, True
        was, self.kinds[wrong] = self.kinds.get(wrong), step_of(right) if isinstance(right, Event) else None
        if isinstance(right, Event) and (in_hand or step_of(right) != was):  # else it is of an earlier dose
            self._take(right, teller)

    def _refused_check(self, event: Event, account: str, wrong: str | None) -> Iterator[Problem]:
        name, first = event.fields["point"], event.fields.get("first")
        if not values(event):
            yield Problem(event.place, "a check without a value is none", "type the values that you see")
        if first is None:
            if POINTS[name]:
                remedy = f"say which with first: the id of what was {either(POINTS[name])}"
                yield Problem(event.place, f"at this point ({name}) something is checked that another has done", remedy)
            return
        point = self.points.get(name)
        if point is None or point.first.id != first:
            yield self._not_there(event, name, first)
        elif point.told_by == account:
            yield Problem(event.place, "the second check is another person's", "ask a colleague to do it")
        elif not point.values:
            what = f"nothing was told at this point ({name}) that can be compared"
            yield Problem(event.place, what, "let it be told again with its amounts")
        elif point.agreed and point.second is not None and point.second.id != wrong:
            yield Problem(event.place, "two people have agreed on this already", "go on")
        elif name == ORDER and point.second is not None and point.second.id != wrong:
            remedy = "call the prescriber, who orders anew; or strike the check, if it was a slip"
            yield Problem(event.place, "this order was checked already, and differs", remedy)
        elif missing := [value for value in point.values if value not in values(event)]:
            yield Problem(event.place, f"this check lacks {', '.join(missing)}", "type your own values, all of them")

    def _not_there(self, event: Event, name: str, first: str) -> Problem:
        if first in self.replaced:
            remedy = f"check {self.points[name].first.id}" if name in self.points else "wait for the new one"
            return Problem(event.place_of("first"), f"{first} was changed or is done with since", remedy)
        what = f"nothing waits for a check at this point ({name}) under {excerpt(first)}"
        return Problem(event.place_of("first"), what, "see what waits")


def step_of(event: Event) -> str:
    """What was told: the kind of an event, and of an infusion its state."""
    return f"{event.kind} {event.fields['state']}" if event.kind == "infusion" else event.kind


def point_of(event: Event) -> str | None:
    """The point at which an event is the first person's."""
    if event.kind == CHECKED:
        point: str = event.fields["point"]
        return point
    return next((name for name, kinds in POINTS.items() if event.kind in kinds), None)


def values(event: Event) -> Mapping[str, str]:
    """The values of an event by name, as text: what was typed, or with its unit."""
    if event.kind == CHECKED:
        return {name: str(value) for name, value in event.fields.items() if name not in HEAD}
    return dict(event.shown)


def _alike(one: str, other: str, tolerance: Fraction) -> bool:
    first, second = NUMBER.fullmatch(one.strip()), NUMBER.fullmatch(other.strip())
    if first is None or second is None or first[2] != second[2]:
        return one.strip().casefold() == other.strip().casefold()
    return abs(Fraction(first[1]) - Fraction(second[1])) * 100 <= tolerance * Fraction(first[1])
