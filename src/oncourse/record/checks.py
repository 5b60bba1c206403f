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

    `said` is all that was told, and by whom; what was put right is read where it was told first, and what that changes
    is checked anew. `replaced` says what came instead of what was at a point, `secret` at which point and by whom an
    event was told on whose values no two people have agreed yet, `order` the place of the order among what was said,
    `made` which vial, discard or dose was told of its day, `released` how the bag left the pharmacy, `waived` which
    event says that the dose in hand goes on without a second person, and `zone` that of the site, on whose wall times
    are read. What is told late of a day before that of the order changes nothing.
    """

    tolerance: Fraction
    zone: tzinfo | None = None
    said: list[Told] = field(default_factory=list)
    points: dict[str, Point] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    secret: dict[str | None, tuple[str, str]] = field(default_factory=dict)
    made: list[Told] = field(default_factory=list)
    order: int | None = None
    released: Event | None = None
    waived: str | None = None

    def agreed(self, name: str) -> bool:
        """Whether two people have agreed at a point."""
        return name in self.points and self.points[name].agreed

    def tell(self, event: Event, teller: str) -> None:
        """The next event that was told, and the account that told it."""
        self.said.append((event, teller))
        if event.kind == CORRECTED:
            self._replay()
        else:
            self._take(event, teller, len(self.said) - 1)

    def judging(self, event: Event) -> Checks:
        """The checks that an event must satisfy: of a correction, those without what it corrects."""
        if event.kind != CORRECTED:
            return self
        struck = replace(event, fields={"event": event.fields["event"]})
        made = Checks(self.tolerance, self.zone, [*self.said, (struck, "")])
        made._replay()
        return made

    def refused(self, event: Event, account: str) -> Iterator[Problem]:
        """Why an event cannot be told now by that account; no reason says a value or who is wrong."""
        told = event.fields.get("with") if event.kind == CORRECTED else event
        if not isinstance(told, Event):
            return
        if told.kind == CHECKED:
            yield from self.judging(event)._refused_check(told, account)
        if step_of(told) in (RELEASED, STARTED) and not self.taken(event):
            yield from self.judging(event).too_early(told)

    def taken(self, event: Event) -> bool:
        """Whether a correction only says how a step was that was taken before, of the same preparation."""
        right = event.fields.get("with") if event.kind == CORRECTED else None
        place, wrong = self._standing(event.fields["event"]) if event.kind == CORRECTED else (0, None)
        if not isinstance(right, Event) or wrong is None or step_of(right) != step_of(wrong):
            return False
        if right.instant is None or wrong.instant is None:
            return right.day == wrong.day
        if self.order is None or place >= self.order:
            return abs(right.instant - wrong.instant) < SAME
        first, order = self.first_vial, self.said[self.order][0]
        begun = order.recorded if first is None else first.instant
        return right.instant < (begun or wrong.instant + timedelta.resolution)

    def _standing(self, name: str) -> tuple[int, Event | None]:
        """The place of an event among what was said, and what it says by now; nothing if it was struck."""
        place, now = 0, None
        for number, (event, _) in enumerate(self.said):
            if event.kind != CORRECTED and event.id == name:
                place, now = number, event
            elif event.kind == CORRECTED and event.fields["event"] == name:
                now = event.fields.get("with")
        return place, now

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
        """The vials of the preparation in hand, with who told of them: those after the last discard or dose."""
        ends = [(place, event) for place, (event, _) in enumerate(self.made) if event.kind != BEGUN]
        return [
            (vial, teller)
            for place, (vial, teller) in enumerate(self.made)
            if vial.kind == BEGUN and not any(_before(place, vial, *end) for end in ends)
        ]

    @property
    def first_vial(self) -> Event | None:
        """The vial with which the clocks of the preparation began: the earliest, of those with a time."""
        timed = [(event.instant, event) for event, _ in self.vials if event.instant is not None]
        return min(timed, key=lambda vial: vial[0])[1] if timed else None

    def _replay(self) -> None:
        """All that was said from the beginning, each event as it was put right last, where it was told first."""
        self.points, self.replaced, self.secret, self.made = {}, {}, {}, []
        self.order = self.released = self.waived = None
        corrections = [(event, by) for event, by in self.said if event.kind == CORRECTED]
        rights = {event.fields["event"]: (event.fields.get("with"), by) for event, by in corrections}
        places = {event.id: place for place, (event, _) in enumerate(self.said) if event.kind != CORRECTED}
        for place, (event, teller) in enumerate(self.said):
            if event.kind == CORRECTED:
                wrong = event.fields["event"]
                versions = [one.fields.get("with") for one, _ in corrections if one.fields["event"] == wrong]
                self._changed(event, places[wrong], versions)
                continue
            now, by = (event, teller) if event.id is None else rights.get(event.id, (event, teller))
            if isinstance(now, Event):
                self._take(now, by, place)

    def _changed(self, correction: Event, place: int, versions: Sequence[Event | None]) -> None:
        """What must be done again once an event since the day of the order was struck or put right."""
        (was, teller), wrong = self.said[place], correction.fields["event"]
        if ORDER in self.points and was.day < self.points[ORDER].first.day:
            return
        steps = {step_of(one) for one in (was, *versions) if one is not None} - {*OVER}
        if correction.id is not None:
            self.replaced[wrong] = correction.id
        for point in list(self.points.values()):
            if point.first.id == wrong or (point.name == ORDER and ORDERED in steps):
                self._unsign(point)
        for step in steps:
            self._again(step, correction)
        if RELEASED in steps:
            self.released = None
            for name in BEDSIDE:
                self._drop(name, correction)
        if steps & {ORDERED, DISCARDED}:
            self.waived = None
        if versions[-1] is None:
            self._hide(was, teller)

    def _unsign(self, point: Point) -> None:
        """The second person must come anew, and is as blind as the first time."""
        self.points[point.name] = Point(point.name, point.first, point.told_by, point.more)
        self.secret[point.first.id] = point.name, point.told_by
        if point.name == PREPARATION:
            self._hide_vials()

    def _hide_vials(self) -> None:
        """When a vial was is a value too, for whoever checks the preparation."""
        for vial, teller in self.vials:
            self._hide(vial, teller)

    def _hide(self, event: Event, teller: str) -> None:
        name = PREPARATION if event.kind == BEGUN else point_of(event)
        if name is not None:
            self.secret[event.id] = name, teller

    def _take(self, event: Event, teller: str, place: int) -> None:
        if ORDER in self.points and event.day < self.points[ORDER].first.day:
            return
        self._hide(event, teller)
        if event.kind == DILUTED and self._of_one_before(event):
            return
        step = step_of(event)
        self._again(step, event)
        if step in OVER:
            self.secret.clear()
        if step in (ORDERED, DISCARDED, *OVER):
            self.waived = None
        if step in (ORDERED, *OVER):
            self.order = place if step == ORDERED else None
        if step == ORDERED:
            self.made = [told for told in self.made if told[0].day >= event.day]
        if event.kind == OVERRODE and event.fields["clause"] == WAIVED:
            self.waived = event.id or WAIVED
        if step in (BEGUN, DISCARDED, *OVER):
            self.made.append((event, teller))
        if event.kind == RELEASED:
            self.released = event
        if (name := point_of(event)) is not None:
            self._point(name, event, teller)

    def _of_one_before(self, dilution: Event) -> bool:
        """Whether a dilution that is told late is of a preparation before the one in hand."""
        first = None if self.first_vial is None else self.first_vial.instant
        return first is not None and dilution.instant is not None and dilution.instant < first

    def _point(self, name: str, event: Event, teller: str) -> None:
        """What the first person told at a point, or the second."""
        if event.kind == CHECKED and "first" in event.fields:
            self._second(event, teller)
            return
        self._drop(name, event)
        self.points[name] = Point(name, event, teller, self._more(name))
        if name == PREPARATION:
            self._hide_vials()

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

    def _refused_check(self, event: Event, account: str) -> Iterator[Problem]:
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
        elif point.agreed:
            yield Problem(event.place, "two people have agreed on this already", "go on")
        elif name == ORDER and point.second is not None:
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


def _before(place: int, vial: Event, other: int, end: Event) -> bool:
    """Whether a vial came before the end of a preparation: by the clock, else as they were told."""
    if vial.instant is None or end.instant is None:
        return place < other
    return (vial.instant, place) < (end.instant, other)


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
