"""What the pages of a dose in hand share: its stage at this moment, its clocks, and how an act of it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from fastapi.responses import Response

from oncourse.board import Standing
from oncourse.clinic import Conflict
from oncourse.explain import Words
from oncourse.faces.doors import Refusal, vouched
from oncourse.faces.web import verdict
from oncourse.faces.web.forms import Faults, Input, Leaf
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import form, keep, page_path
from oncourse.faces.web.timers import ANNOUNCED, SOON, alarms, timers
from oncourse.faces.web.typed import timed
from oncourse.prepare import Sheet, deviation
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
    PAUSED: "reaction",
    WATCH: "watch",
}
HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Hand:
    """The dose in hand of a patient as it stands at this moment, on the clocks of the site."""

    of: Standing
    stage: Stage
    now: datetime

    @property
    def sheet(self) -> Sheet:
        """Its sheet, with the clocks held against this moment."""
        return replace(self.stage.sheet, now=self.now)

    @property
    def stands(self) -> bool:
        """Whether what was ordered is still what the protocol says, or was decided against it."""
        return self.of.answered or self.sheet.bedside.started is not None


def hand(visit: Visit, name: str) -> Hand | None:
    """The dose in hand of a patient; None where there is none."""
    of = visit.board.of(name)
    now = visit.clinic.here(of.decision.course)
    return None if of.stage is None else Hand(of, of.stage, now)


def step_path(name: str, step: str) -> str:
    """The page on which a step is done."""
    return page_path(name, PAGES[step])


def show(visit: Visit, of: Hand, template: str, fields: Sequence[Input] = (), **said: Any) -> Response:
    """A page of the dose in hand: its clocks, what must be read at once, and a form."""
    sheet = of.sheet
    return form(
        visit,
        of.of,
        template,
        fields,
        hand=of,
        sheet=sheet,
        stage=of.stage,
        drug=sheet.decision.protocol.drug,
        words=Words(sheet.decision),
        now=of.now,
        timers={one.id: one for one in timers(sheet, of.now)},
        alarms=alarms(sheet, of.now),
        changed=list(_changed(of)),
        soon=int(SOON.total_seconds()),
        announced=" ".join(map(str, ANNOUNCED)),
        **said,
    )


def _changed(of: Hand) -> Iterator[str]:
    """What must be known of the order before anything else: that it goes against advice, or no longer fits."""
    if said := deviation(of.sheet):
        yield said
    if not of.stands:
        words = Words(of.of.decision)
        yield text("hand.changed", verdict=words.spoken()["title"], reason=verdict.reason(of.of.decision, words))


def moment(visit: Visit, of: Hand, faults: Faults, field: str = "time", not_before: datetime | None = None) -> Leaf:
    """When it was, from a time typed on the clocks of the site: of today, or of the evening before."""
    said, zone = visit.typed[field], of.now.tzinfo
    at = timed(of.now.date(), said, zone)
    if at is not None and at - of.now > HALF_A_DAY:
        at = timed(of.now.date() - timedelta(days=1), said, zone)
    if at is None:
        faults.add(field, text("faults.time"))
    elif at > of.now:
        faults.add(field, text("hand.future"))
    elif not_before is not None and at < not_before.replace(second=0, microsecond=0):
        faults.add(field, text("hand.too_early"))
    return Leaf(field, (at or of.now).isoformat())


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
    """Keep those events, each at its own moment or at this one; faults go beside their fields."""
    dated = [{"at": of.now.isoformat(), **event} for event in events]
    return keep(visit, of.of.patient.course, dated, faults, **more)
