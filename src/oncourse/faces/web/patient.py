"""What stands on every page of one patient: who it is, the version that was seen, and how something is told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi.responses import Response

from oncourse.board import Standing
from oncourse.body import body_surface
from oncourse.clinic import Conflict
from oncourse.course import HEIGHT, MEASURED, WEIGHT, history
from oncourse.faces import hiding
from oncourse.faces.doors import TELL
from oncourse.faces.web.between import sentence
from oncourse.faces.web.forms import Faults, Input, sheet, summary, tell
from oncourse.faces.web.page import Visit, day, number, text
from oncourse.faces.web.typed import Typed
from oncourse.problem import BadInput
from oncourse.record.entry import Entry
from oncourse.record.kept import EVENT
from oncourse.record.typed import plain
from oncourse.roles import Actor

NAMES = "find"  # whoever may look for patients may see who they are


def frame(visit: Visit, of: Standing) -> dict[str, Any]:
    """The banner of a patient, and what a form of theirs sends back."""
    shown = of.patient.shown if visit.may(NAMES) else {}
    return {
        "course": of.patient.course,
        "name": shown.get("name") or of.patient.course,
        "synthetic": shown.get("synthetic") == "yes",
        "initials": _initials(shown.get("name") or of.patient.course),
        "banner": list(_banner(of, shown)),
        "of": of,
        "today": of.today,
        "version": of.version,
        "key": _key(visit, of),
        "typed": visit.typed,
    }


def _key(visit: Visit, of: Standing) -> str:
    """What the keys of the forms on a page begin with: a new one, where something was kept under the one that was sent.

    A page with several forms adds a word of its own for each, after a dash.
    """
    sent = visit.typed.key or ""
    return uuid4().hex if not visit.typed.again and _used(visit, of) else sent.partition("-")[0] or uuid4().hex


def _used(visit: Visit, of: Standing) -> Sequence[Entry]:
    """What was kept under the key that was sent."""
    sent = visit.typed.key
    return visit.clinic.record.keyed(of.patient.course, sent) if sent is not None and plain(sent) else []


def _version(visit: Visit, of: Standing) -> int:
    """The version that was seen by whoever sent a form: whatever came since they are told of, but for their own."""
    seen, own = visit.typed.version, _used(visit, of)
    return own[-1].version if own and own[0].version == seen + 1 else seen


def _initials(name: str) -> str:
    """The first letters of a name, for a page that anybody may see."""
    return " ".join(f"{part[0].upper()}." for part in name.split() if part[0].isalpha())


def _banner(of: Standing, shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    course = of.decision.course
    age = of.decision.moment.value("age")
    years = f" ({text('banner.years', age=number(age))})" if course.born is not None else ""
    yield text("banner.born"), day(course.born) + years
    for one in shown.get("identifiers", ()):
        yield one.get("system") or text("banner.id"), one["value"]
    yield text("banner.sex"), text(f"sex.{course.sex}") if course.sex else text("not_recorded")
    yield text("banner.bsa"), _bsa(of)
    yield text("banner.allergies"), shown.get("allergies") or text("not_recorded")


def _bsa(of: Standing) -> str:
    """Body surface with the day of the latest measurement behind it; known also where no dose is."""
    decision = of.decision
    measured = [event for event in history(decision.course, of.today) if event.kind == MEASURED]
    sizes = {name: value for event in measured for name, value in event.fields.items()}
    if not {HEIGHT, WEIGHT} <= sizes.keys():
        return text("not_recorded")
    amounts = decision.protocol.amounts
    formula = decision.moment.engine.settings.get("bsa_formula", amounts.formula)
    surface = body_surface(sizes[HEIGHT], sizes[WEIGHT], formula, amounts.bsa_step)
    return text("banner.bsa_on", bsa=number(surface), on=day(measured[-1].day))


def form(visit: Visit, of: Standing, template: str, fields: Sequence[Input] = (), **said: Any) -> Response:
    """A page with a form on it: empty, or as it was typed with every fault beside its field."""
    faults: Faults = said.pop("faults", None) or Faults()
    between: Conflict | None = said.pop("between", None)
    status = said.pop("status", 409 if between is not None else 422 if faults else 200)
    more = {"faults": faults, "summary": list(summary(faults, fields)), "fields": fields}
    more["between"] = () if between is None else tuple(meanwhile(visit, of, between.since))
    shown = frame(visit, of)
    if between is None and "version" in visit.typed:  # what came since was not seen: whoever sends again is told of it
        shown["version"] = _version(visit, of)
    return visit.show(template, status, **shown, **more, **said)


def meanwhile(visit: Visit, of: Standing, since: Sequence[Entry]) -> Iterator[str]:
    """What others told meanwhile: who, when, which kind of event."""
    zone = visit.clinic.here(of.decision.course).tzinfo
    for entry in since:
        kinds = [key for key in entry.said if key not in ("at", "id", "by", "recorded")]
        yield sentence(visit, entry, zone, text_of(kinds[0] if entry.kind == EVENT else entry.kind))


def text_of(kind: str) -> str:
    """A kind of event as people say it."""
    return text(f"kinds.{kind}")


def keep(
    visit: Visit,
    name: str,
    events: Sequence[Any],
    faults: Faults,
    why: str | None = None,
    actor: Actor | None = None,
) -> Conflict | None:
    """Tell those events, trees of leaves, at the version that was seen; faults go beside their fields.

    `actor` is whoever tells them, if that is a colleague who signed on the same screen.

    Gives what came between if somebody else was first. Nothing is kept then, nor if there are faults.
    """
    if faults:
        return None
    if "today" in visit.typed and visit.typed["today"] != str(visit.board.of(name).today):
        faults.add(None, text("day.other_day"))
        return None
    actor = actor or visit.actor
    visit.request.app.state.rates.hit(TELL, "tell", actor.account)
    source, where = sheet(list(events))
    typed: Typed = visit.typed
    try:
        visit.clinic.append(name, typed.version, source, actor.account, why, typed.key, actor)
    except BadInput as bad:
        tell(bad.problems, where, faults)
    except Conflict as conflict:
        return conflict
    return None


def unspoken(visit: Visit, of: Standing) -> Collection[str | None]:
    """The ids of overrides whose reasons are not for this person yet: they may name a dose that is to be checked."""
    hidden = of.stage.checks.hidden(visit.actor.account) if of.stage is not None else set()
    return hiding.unspoken(visit.clinic.entries(of.patient.course), hidden) if hidden else ()


def seen(visit: Visit, *names: str) -> str:
    """What stands for a form as it was shown: whatever is changed after that is shown again before it is signed."""
    typed = visit.typed
    told = "\0".join([typed["version"], typed["today"], *(typed[name] for name in names)])
    return sha256(told.encode()).hexdigest()[:16]


def day_path(name: str, on: date) -> str:
    """Where a patient's day is decided."""
    return page_path(name, f"days/{on}")


def page_path(name: str, page: str = "") -> str:
    """A page of a patient, whatever letters the id has."""
    return f"/patients/{quote(name, safe='')}" + (f"/{page}" if page else "")
