"""What the pages of a dose in hand share: its stage at this moment, its clocks, and how an act of it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from fastapi.responses import Response

from oncourse import document
from oncourse.board import Standing
from oncourse.clinic import Conflict
from oncourse.clocks import refusals
from oncourse.explain import Words
from oncourse.faces.doors import Refusal, vouched
from oncourse.faces.web import verdict
from oncourse.faces.web.forms import Faults, Input, Leaf
from oncourse.faces.web.forms import sheet as written
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import form, keep, page_path
from oncourse.faces.web.timers import ANNOUNCED, SOON, Alarm, alarms, timers
from oncourse.faces.web.typed import timed
from oncourse.prepare import Sheet, deviation
from oncourse.problem import BadInput, Fault
from oncourse.quantity import decimal
from oncourse.record.checks import Point
from oncourse.record.entry import Entry
from oncourse.record.typed import plain, the_same
from oncourse.roles import Actor, table
from oncourse.stage import CHECK, DILUTE, PAUSED, RELEASE, RETURNED, RUN, START, VERIFY, VIALS, WATCH, Stage

PAGES = {  # where each step is done
    VERIFY: "prepare/verify",
    RETURNED: "prepare/verify",
    VIALS: "prepare/vials",
    DILUTE: "prepare/dilute",
    CHECK: "prepare/check",
    RELEASE: "prepare/release",
    START: "start",
    RUN: "infusion",
    PAUSED: "infusion",
    WATCH: "watch",
}
OPENS = {  # whose such a page is; any other is everybody's who may read
    VERIFY: "verify",
    RETURNED: "verify",
    VIALS: "reconstituted",
    DILUTE: "diluted",
    CHECK: "checked",
    RELEASE: "released",
}
RECONSTITUTE = "reconstitute"
ORDER_OF = (VERIFY, VIALS, RECONSTITUTE, DILUTE, CHECK, RELEASE)
JUMP = 10
STOP = "stop"  # a verdict
HALF_A_DAY = timedelta(hours=12)
TOUCH = timedelta(minutes=1)  # so long the same button of the same page is the same touch


@dataclass(frozen=True, slots=True)
class Hand:
    """The dose in hand of a patient as it stands at this moment, on the clocks of the site."""

    of: Standing
    stage: Stage
    now: datetime

    @property
    def sheet(self) -> Sheet:
        """Its sheet, with the clocks held against this moment."""
        of = self.stage.sheet
        late = refusals(of.bedside, of.decision.protocol.preparation, self.now)
        return replace(of, now=self.now, refusals=tuple(late))

    @property
    def words(self) -> Words:
        """The protocol's words for today's decision."""
        return Words(self.of.decision)

    def point(self, name: str) -> Point | None:
        """One of the points at which two people must agree, once the first has told of it."""
        return self.stage.checks.points.get(name)

    @property
    def stands(self) -> bool:
        """Whether what was ordered is still what the protocol says, or was decided against it."""
        order = self.stage.sheet.order
        return self.sheet.bedside.started is not None or (order is not None and self.of.fits(order))

    @property
    def stops(self) -> bool:
        """Whether a dose was begun, and the verdict is to stop by now, which its order did not decide against."""
        state, order = self.sheet.bedside, self.stage.sheet.order
        begun = state.started is not None or state.over
        return begun and self.of.decision.verdict == STOP and (order is None or not self.of.fits(order))


def hand(visit: Visit, name: str) -> Hand | None:
    """The dose in hand of a patient; None where there is none."""
    of = visit.board.of(name)
    now = visit.clinic.here(of.decision.course)
    return None if of.stage is None else Hand(of, of.stage, now)


def at_step(visit: Visit, name: str, *steps: str) -> Hand | Response:
    """The dose in hand at one of those steps; at any other the way to where it is done, else that there is none."""
    of = hand(visit, name)
    if of is None:
        return nothing(visit, name)
    return of if of.stage.step in steps else visit.go(step_path(visit, of, name))


def step_path(visit: Visit, of: Hand | None, name: str) -> str:
    """The page on which the next step is done; the patient's day where that is not theirs, or no dose is in hand."""
    theirs = of is not None and visit.may(OPENS.get(of.stage.step, "read"))
    return page_path(name, PAGES[of.stage.step] if of is not None and theirs else "")


def bar(here: str, step: str) -> list[tuple[str, str, bool, bool]]:
    """The steps of a preparation: name, words, whether it is done, whether it is the one that is shown."""
    ahead = ORDER_OF.index(step) if step in ORDER_OF else 0 if step == RETURNED else len(ORDER_OF)
    return [(one, text(f"steps.{one}"), place < ahead, one == here) for place, one in enumerate(ORDER_OF)]


def digits(said: str) -> bool:
    """Whether a number was typed as a number."""
    try:
        decimal(said, "")
    except Fault:
        return False
    return True


def slip(said: str, right: Fraction | None) -> bool:
    """Whether a value is at least ten times what it should be, or at most a tenth: a slip of the decimal point."""
    try:
        typed = decimal(said, "")
    except Fault:
        return False
    return right is not None and not right / JUMP < typed < right * JUMP


def nothing(visit: Visit, name: str, lost: str = "") -> Response:
    """That no dose is in hand; and what was not recorded for that."""
    return form(visit, visit.board.of(name), "nothing.html", lost=lost, status=409 if lost else 200)


def moved(visit: Visit, name: str) -> Response:
    """That nothing was saved, since the step is no longer the next one: somebody was first, or it is too late.

    To whoever sends a page a second time, that the first counts.
    """
    of = hand(visit, name)
    mine = any(entry.by == visit.actor.account for entry in sent_before(visit, name))
    return form(
        visit,
        visit.board.of(name),
        "moved.html",
        title=text("moved.again" if mine else "moved.title"),
        says=text("moved.kept" if mine else "moved.says"),
        step=None if of is None else text(f"today.step_{of.stage.step}"),
        onward=step_path(visit, of, name),
        status=409,
    )


def halt(visit: Visit, of: Hand, title: str, *says: str, back: str = "") -> Response:
    """What must not go on: the whole page says so, nothing is kept, and the only way is back."""
    where = back or visit.request.url.path
    return show(visit, of, "halt.html", halted=title, says=says, back=where, status=422)


def show(visit: Visit, of: Hand, template: str, fields: Sequence[Input] = (), status: int = 0, **said: Any) -> Response:
    """A page of the dose in hand: its clocks, what must be read at once, and a form."""
    sheet = of.sheet
    made = form(
        visit,
        of.of,
        template,
        fields,
        hand=of,
        sheet=sheet,
        stage=of.stage,
        drug=sheet.decision.protocol.drug,
        now=of.now,
        timers={one.id: one for one in timers(sheet, of.now)},
        alarms=[*_stopped(of), *alarms(sheet, of.now)],
        changed=list(_changed(visit, of)),
        onward=step_path(visit, of, of.of.patient.course),
        soon=int(SOON.total_seconds()),
        announced=" ".join(map(str, ANNOUNCED)),
        **said,
    )
    made.status_code = status or made.status_code
    return made


def blind(visit: Visit, of: Hand) -> bool:
    """Whether the dose of the order is not for this person yet, who may have to work it out."""
    order, checks = of.sheet.order, of.stage.checks
    return order is not None and checks.waived is None and order.id in checks.hidden(visit.actor.account)


def _changed(visit: Visit, of: Hand) -> Iterator[str]:
    """What must be known of the order before anything else: that it goes against advice, or no longer fits."""
    if said := deviation(of.sheet):
        yield text("hand.against") if blind(visit, of) else said
    if not of.stands:
        yield text("hand.changed", verdict=of.words.spoken()["title"], reason=verdict.reason(of.of.decision, of.words))


def _stopped(of: Hand) -> Iterator[Alarm]:
    """That treatment is to stop for good, while a dose of it goes in or is watched."""
    if of.stops:
        says = text("hand.stop", verdict=of.words.spoken()["title"], reason=verdict.reason(of.of.decision, of.words))
        yield Alarm(STOP, says, of.now)


def moment(visit: Visit, of: Hand, faults: Faults, field: str = "time", not_before: datetime | None = None) -> Leaf:
    """When it was, from a time typed on the clocks of the site: of today, or of the evening before.

    What was typed for the minute of `not_before` was just after it.
    """
    at, now = meant(of.now, visit.typed[field]), of.now.astimezone(UTC)
    least = None if not_before is None else not_before.astimezone(UTC)
    if at is None:
        faults.add(field, text("faults.time"))
    elif at > now:
        faults.add(field, text("hand.future"))
    elif least is not None and at < least.replace(second=0, microsecond=0):
        faults.add(field, text("hand.too_early"))
    elif least is not None and at <= least:
        at = min(least + datetime.resolution, now)  # at the same instant it would count as of what came before, too
    return Leaf(field, (of.now if at is None else at.astimezone(of.now.tzinfo)).isoformat())


def meant(now: datetime, said: str) -> datetime | None:
    """The instant, in UTC, that a time on the clocks of the site means; None for what is no time there.

    It is the latest that is not ahead, where the clocks show an hour twice; the evening before's where today's is more
    than half a day ahead; else it is still to come.
    """
    here = now.astimezone(UTC)
    for day in (now.date(), now.date() - timedelta(days=1)):
        at = timed(day, said, now.tzinfo)
        if at is None:
            return None
        both = [at.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
        past = [one for one in both if one <= here]
        if past or both[0] - here <= HALF_A_DAY:
            return max(past, default=both[0])
    return None


def another(visit: Visit, first: str, act: str, faults: Faults) -> Actor | None:
    """Who tells it: whoever is signed in, or where they are the first, a colleague who signs on the same screen.

    Whoever is the first by account, and whoever may not do the act, is told so.
    """
    if visit.actor.account != first:
        return visit.actor
    typed = visit.typed
    try:
        actor = vouched(visit.request, visit.clinic, typed["second"], typed.secret()) if typed["second"] else None
    except Refusal:
        faults.add("second", text("signin.later"))
        return None
    if actor is None:
        faults.add("second", text("hand.second_unknown"))
    elif actor.account == first:
        faults.add("second", text("hand.second_same"))
    elif not table().allows(act, actor.roles):
        faults.add("second", text("hand.second_role"))
    else:
        return actor
    return None


def told(visit: Visit, of: Hand, events: Sequence[Mapping[str, Any]], faults: Faults, **more: Any) -> Conflict | None:
    """Keep those events, each at its own moment or at this one; faults go beside their fields.

    What was kept under the key of this form already is not kept again: a second tap comes at another moment. If it
    was something else, or somebody else's, that is a fault.
    """
    key, by = visit.typed.key, (more.get("actor") or visit.actor).account
    if not faults and key is not None and (known := sent_before(visit, of.of.patient.course)):
        if not _same(known, events, by, key):
            faults.add(None, text("hand.sent_before"))
        return None
    dated = [{"at": of.now.isoformat(), **event} for event in events]
    return keep(visit, of.of.patient.course, dated, faults, **more)


def sent_before(visit: Visit, name: str) -> list[Entry]:
    """What was kept under the key of a form; nothing where it has none."""
    key = visit.typed.key
    return visit.clinic.record.keyed(name, key) if key is not None and plain(key) else []


def touched(known: Sequence[Entry], at: datetime) -> bool:
    """Whether a touch at that moment is the one by which those entries of its key were kept, or none were."""
    return not known or at - datetime.fromisoformat(known[-1].recorded) <= TOUCH


def _same(known: list[Entry], events: Sequence[Mapping[str, Any]], by: str, key: str) -> bool:
    """Whether those events were kept, by the same person; whenever that was, unless they say so themselves."""
    source, _ = written(list(events))
    try:
        the_same(known, document.read(source, "events"), by, key)
    except BadInput:
        return False
    return True
