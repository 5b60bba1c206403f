"""Four eyes: what one person has done or typed, typed again by another who has not seen it, at four points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from fractions import Fraction

from oncourse.event import CORRECTED, Event
from oncourse.problem import Problem, either, excerpt

CHECKED, ORDERED, GIVEN, OVERRODE = "checked", "ordered", "given", "overrode"
BEGUN, DILUTED, DISCARDED, RELEASED = "reconstituted", "diluted", "discarded", "released"
ORDER, PREPARATION, BAG, PUMP = "order", "preparation", "bag", "pump"
STARTED = "infusion started"
OVER = (GIVEN, "infusion finished", "infusion abandoned")  # what a dose in hand ends with
POINTS: Mapping[str, tuple[str, ...]] = {ORDER: (ORDERED,), PREPARATION: (DILUTED,), BAG: (), PUMP: ()}
BEDSIDE = (BAG, PUMP)
AFTER: Mapping[str, tuple[str, ...]] = {  # what must be done again when one of these is told or was wrong
    ORDERED: (PREPARATION, *BEDSIDE),
    BEGUN: (PREPARATION, *BEDSIDE),
    DILUTED: BEDSIDE,
    DISCARDED: (PREPARATION, *BEDSIDE),
    **dict.fromkeys(OVER, tuple(POINTS)),
}
STEPS: Mapping[str, tuple[str, ...]] = {  # on what two people must have agreed before
    RELEASED: (ORDER, PREPARATION),
    "infusion": tuple(POINTS),
}
SAME = timedelta(hours=24)  # what lies further apart is not of one dose
WAIVED = "second-check"  # what an override of these names
NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z].*)")  # an amount: what has no unit is a name or a time
HEAD = ("point", "first")
Told = tuple[Event, str]  # and the account that told it


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

    `replaced` says what came instead of what was at a point, `known` what each event says by now, `secret` at which
    point and by whom an event was told on whose values no two people have agreed yet, `orders` who told which order,
    `made` which vial or discard since the last of them, `released` how the bag left the pharmacy, `waived` which event
    says that the dose in hand goes on without a second person, and `zone` that of the site, on whose wall times are
    read. What is told late of a day before that of the order changes nothing.
    """

    tolerance: Fraction
    points: dict[str, Point] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    known: dict[str | None, Event | None] = field(default_factory=dict)
    secret: dict[str | None, tuple[str, str]] = field(default_factory=dict)
    orders: list[Told] = field(default_factory=list)
    made: list[Told] = field(default_factory=list)
    released: Event | None = None
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
            self.known[event.id] = event
            self._take(event, teller)

    def refused(self, event: Event, account: str) -> Iterator[Problem]:
        """Why an event cannot be told now by that account; no reason says a value or who is wrong."""
        correction = event.kind == CORRECTED
        told = event.fields.get("with") if correction else event
        if not isinstance(told, Event):
            return
        if told.kind == CHECKED:
            yield from self._refused_check(told, account, event.fields["event"] if correction else None)
        if step_of(told) in (RELEASED, STARTED) and not self.taken(event):
            yield from self.too_early(told)

    def taken(self, event: Event) -> bool:
        """Whether a correction only says how a step was that was taken before, of the same preparation."""
        right = event.fields.get("with") if event.kind == CORRECTED else None
        wrong = self.known.get(event.fields["event"]) if event.kind == CORRECTED else None
        if not isinstance(right, Event) or wrong is None or step_of(right) != step_of(wrong):
            return False
        if right.instant is None or wrong.instant is None:
            return right.day == wrong.day
        begun = None if (first := self.first_vial) is None else first.instant
        return abs(right.instant - wrong.instant) < SAME and (
            begun is None or (right.instant >= begun) == (wrong.instant >= begun)
        )

    def too_early(self, step: Event) -> Iterator[Problem]:
        """On what two people have not agreed yet, before a step that needs it."""
        for name in STEPS.get(step.kind, ()) if self.waived is None else ():
            if self.points.get(name) is not None and self.points[name].state == "differing":
                remedy = "both look again, and each types own values anew"
                yield Problem(step.place, f"two people do not agree on the {name}", remedy)
            elif not self.agreed(name):
                remedy = f"let two people check it, or override {WAIVED} with a reason"
                yield Problem(step.place, f"no two people have agreed on the {name} yet", remedy)

    def hidden(self, account: str) -> set[str | None]:
        """The ids of events whose values that account must not see yet, also of those that were replaced since."""
        return {name for name, (_, teller) in self.secret.items() if teller != account}

    @property
    def vials(self) -> list[Told]:
        """The vials of the preparation in hand, with who told of them: those since the last discard."""
        last = max((place for place, (event, _) in enumerate(self.made, 1) if event.kind == DISCARDED), default=0)
        return self.made[last:]

    @property
    def discards(self) -> list[Told]:
        """The discards since the order was told, with who told of them."""
        return [told for told in self.made if told[0].kind == DISCARDED]

    @property
    def first_vial(self) -> Event | None:
        """The vial with which the clocks of the preparation began: the earliest, of those with a time."""
        timed = [(event.instant, event) for event, _ in self.vials if event.instant is not None]
        return min(timed, key=lambda vial: vial[0])[1] if timed else None

    def _take(self, event: Event, teller: str) -> None:
        if ORDER in self.points and event.day < self.points[ORDER].first.day:
            return
        step = step_of(event)
        self._again(step, event)
        if step in OVER:
            self.secret.clear()
        if step in (ORDERED, DISCARDED, *OVER):
            self.waived = None
        if step in (ORDERED, *OVER):
            self.made = []
        if step in OVER:
            self.orders = []
        if event.kind == OVERRODE and event.fields["clause"] == WAIVED:
            self.waived = event.id or WAIVED
        if event.kind in (BEGUN, DISCARDED):
            _note(self.made, event, teller)
        if event.kind == RELEASED:
            self.released = event
        if event.kind == BEGUN:  # when it was is a value too, for whoever checks the preparation
            self.secret[event.id] = PREPARATION, teller
        if event.kind == ORDERED:
            _note(self.orders, event, teller)
        if (name := point_of(event)) is not None:
            self._point(name, event, teller)

    def _point(self, name: str, event: Event, teller: str) -> None:
        """What the first person told at a point, or the second."""
        self.secret[event.id] = name, teller
        if event.kind == CHECKED and "first" in event.fields:
            self._second(event, teller)
        else:
            self._drop(name, event)
            self.points[name] = Point(name, event, teller, self._more(name))

    def _more(self, name: str) -> Mapping[str, str]:
        """What is typed at a point beside the first person's own values: the dose, and when the first vial was."""
        if name != PREPARATION:
            return {}
        ordered = {} if ORDER not in self.points else {"dose": self.points[ORDER].values["dose"]}
        at = None if (first := self.first_vial) is None else first.instant
        return ordered if at is None else {**ordered, BEGUN: f"{at.astimezone(self.zone or at.tzinfo):%H:%M}"}

    def _again(self, step: str, event: Event) -> None:
        """What must be done again once a step was told or was wrong."""
        if step in AFTER:
            self.released = None
        for name in AFTER.get(step, ()):
            self._drop(name, event)

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
        was = self.known.get(wrong)
        self.known[wrong] = now = right if isinstance(right, Event) else None
        in_hand = self._strike(was, correction, now if was and now and step_of(now) == step_of(was) else None, teller)
        if now is not None and (in_hand or was is None or step_of(now) != step_of(was)):  # else of an earlier dose
            self._take(now, teller)

    def _strike(self, was: Event | None, correction: Event, instead: Event | None, teller: str) -> bool:
        """Take back what an event did to the dose in hand; whether it did anything. `instead` is told in its place."""
        wrong = correction.fields.get("event")
        for point in self.points.values():
            if point.second is not None and point.second.id == wrong:
                self._unsign(point)
                return True
        if wrong == self.waived:
            self.waived = None
        firsts = [point.name for point in self.points.values() if point.first.id == wrong]
        released = self.released is not None and self.released.id == wrong
        changed = any(event.id == wrong for event, _ in (*self.vials, *self.discards))
        for told in (self.orders, self.made):
            told[:] = list(_instead(told, wrong, instead, teller))
        if was is None or not (firsts or released or changed):
            return False
        self._again(step_of(was), correction)
        if released:
            self.released = None
        for name in (*firsts, *(BEDSIDE if released else ())):
            self._drop(name, correction)
        if ORDER in firsts and instead is None and self.orders:  # the order before it stands again, and is checked anew
            self._point(ORDER, *self.orders[-1])
        return True

    def _unsign(self, point: Point) -> None:
        """A second check that was wrong; what the first person told is hidden again until there is another."""
        self.points[point.name] = Point(point.name, point.first, point.told_by, point.more)
        self.secret[point.first.id] = point.name, point.told_by
        for vial, teller in self.vials if point.name == PREPARATION else ():
            self.secret[vial.id] = PREPARATION, teller

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


def _note(told: list[Told], event: Event, teller: str) -> None:
    """One more, unless it came in the place of one that was wrong."""
    if all(event is not known for known, _ in told):
        told.append((event, teller))


def _instead(told: Sequence[Told], wrong: str | None, right: Event | None, teller: str) -> Iterator[Told]:
    """The same with another in the place of the one that was wrong, or with none."""
    for event, by in told:
        if event.id != wrong:
            yield event, by
        elif right is not None:
            yield right, teller


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
