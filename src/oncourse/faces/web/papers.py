"""Paper from the pages: the same sheets that the command line writes, as files of their own."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse.clocks import Bedside
from oncourse.event import Event
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, Leaf
from oncourse.faces.web.hand import PAGES, Hand, blind, hand, show, step_path
from oncourse.faces.web.hand import told as keep
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import NAMES, page_path, unspoken
from oncourse.prepare import Sheet, prepare
from oncourse.problem import Refused
from oncourse.protocol_file import load
from oncourse.sheets.who import Printed, Who, who
from oncourse.stage import RELEASE, START

router = APIRouter(prefix="/patients/{name}")
clinic = APIRouter()
PDF, PNG = "application/pdf", "image/png"
PAPERS = ("letter", "a4")
LETTER = "US"  # where that is the paper
PRINTED, BAG, VIAL = "printed", "bag label", "vial label"


def _file(made: bytes, kind: str, name: str) -> Response:
    """A file that a browser shows; it names nobody."""
    return Response(made, media_type=kind, headers={"Content-Disposition": f'inline; filename="{name}"'})


def _who(visit: Visit, name: str) -> Who:
    of = visit.board.of(name)
    return who(of.decision.course, of.patient.shown if visit.may(NAMES) else None)


def _printed(visit: Visit, name: str) -> Printed:
    return Printed(visit.clinic.here(visit.board.of(name).decision.course), visit.actor.shown)


def _paper(visit: Visit, name: str) -> str:
    asked = visit.request.query_params.get("paper", "")
    site = visit.board.of(name).decision.course.site
    return asked if asked in PAPERS else "letter" if site.get("jurisdiction", LETTER) == LETTER else "a4"


def _sheet(visit: Visit, name: str) -> Sheet:
    """The sheet of the dose in hand; of the dose that is due where none is."""
    of = hand(visit, name)
    return prepare(visit.board.of(name).decision) if of is None else of.sheet


@router.get("/worksheet.pdf")
def worksheet(visit: Visitor, name: str) -> Response:
    """The worksheet, blank where nothing is known yet."""
    from oncourse.sheets.worksheet import worksheet as made

    visit.require("read")
    sheet, of = _sheet(visit, name), hand(visit, name)
    if of is not None and blind(visit, of):
        raise Refused(text("papers.verify"), text("papers.verify_first"))
    if of is not None and sheet.mixed is not None and sheet.mixed.id in of.stage.checks.hidden(visit.actor.account):
        sheet = replace(sheet, mixed=None, bedside=Bedside(), clocks=())  # what the first person did
    return _file(made(sheet, _who(visit, name), _printed(visit, name), _paper(visit, name)), PDF, "worksheet.pdf")


@router.get("/calendar.pdf")
def calendar(visit: Visitor, name: str) -> Response:
    """The patient's calendar from this week on."""
    from oncourse.sheets.calendar import calendar as made

    visit.require("find")
    decision = visit.board.of(name).decision
    return _file(made(decision, _who(visit, name), _printed(visit, name), _paper(visit, name)), PDF, "calendar.pdf")


@router.get("/calendar.ics")
def appointments(visit: Visitor, name: str) -> Response:
    """The visits ahead for a calendar program; a later file replaces this one."""
    from oncourse.sheets.appointments import asked, ics, told

    visit.require("find")
    decision = visit.board.of(name).decision
    made = ics(decision, asked(decision), told(decision))
    return _file(made, "text/calendar; charset=utf-8", "calendar.ics")


@router.get("/summary.pdf")
def summary(visit: Visitor, name: str) -> Response:
    """The treatment so far on at most two pages; without the dose of an order that waits for its second check."""
    from oncourse.sheets.summary import summary as made

    visit.require("read")
    of = visit.board.of(name)
    hidden = unspoken(visit, of)
    printed = made(of.decision, _who(visit, name), _printed(visit, name), _paper(visit, name), hidden)
    return _file(printed, PDF, "summary.pdf")


@router.get("/label.pdf")
def bag(visit: Visitor, name: str) -> Response:
    """The bag's label once it is released; each that was asked for again says which copy it is."""
    from oncourse.sheets.labels import bag_label

    of = _agreed(visit, name)
    if of.stage.step != START:
        raise Refused(text("papers.not_released"), text("papers.release_first"))
    copy = 1 + len(_prints(of, BAG))
    return _file(bag_label(of.sheet, _who(visit, name), _printed(visit, name), copy, _roll(visit)), PDF, "label.pdf")


@router.get("/label.png")
def preview(visit: Visitor, name: str) -> Response:
    """The bag's label as it will be printed."""
    return _file(label(visit, _agreed(visit, name)), PNG, "label.png")


def label(visit: Visit, of: Hand) -> bytes:
    """A picture of the bag's label; raises Refused where none can be printed."""
    from oncourse.sheets.labels import bag_part
    from oncourse.sheets.paper import png

    name = of.of.patient.course
    return png(bag_part(of.sheet, _who(visit, name)), _printed(visit, name))


@router.get("/vial-label.pdf")
def vial_label(visit: Visitor, name: str) -> Response:
    """The labels of the vials, from the first one's time on."""
    from oncourse.sheets.labels import vial_label as made

    visit.require("reconstituted")
    of = hand(visit, name)
    if of is None:
        raise Refused(text("hand.none"), text("hand.begin"))
    copy = 1 + len(_prints(of, VIAL))
    return _file(made(of.sheet, _who(visit, name), _printed(visit, name), copy, _roll(visit)), PDF, "vial-label.pdf")


def _agreed(visit: Visit, name: str) -> Hand:
    """The dose in hand, on whose preparation two people agree; raises Refused."""
    visit.require("released")
    of = hand(visit, name)
    if of is None or of.stage.step not in (RELEASE, START):
        raise Refused(text("papers.not_yet"), text("papers.check_first"))
    return of


def _roll(visit: Visit) -> str | None:
    """The paper on which a label is printed; None for a roll of its own size."""
    asked = visit.request.query_params.get("paper", "")
    return asked if asked in PAPERS else None


def _prints(of: Hand, sheet: str) -> list[Event]:
    """How a label was printed again since the first vial of this preparation."""
    begun = of.sheet.bedside.t0
    since = (event for event in of.of.since if event.kind == PRINTED and event.fields["sheet"] == sheet)
    return [event for event in since if begun is not None and event.instant is not None and event.instant >= begun]


@router.post("/prepare/reprint")
def reprint(visit: Visitor, name: str) -> Response:
    """A label once more, with the reason; it says which copy it is."""
    visit.require(PRINTED)
    of, faults = hand(visit, name), Faults()
    if of is None or of.stage.step != START:
        return visit.go(step_path(visit, of, name))
    why = visit.typed["reprint.why"]
    if not why:
        faults.add("reprint.why", text("reprint.why_needed"))
    copy = 2 + len(_prints(of, BAG))
    event = {PRINTED: {"sheet": BAG, "copy": str(copy), "why": Leaf("reprint.why", why)}}
    between = None if visit.typed.again else keep(visit, of, [event], faults)
    if faults or between is not None or visit.typed.again:
        return show(visit, of, "reprinting.html", title=text("reprint.title"), faults=faults, between=between)
    return visit.go(page_path(name, PAGES[RELEASE]))


@clinic.get("/downtime.pdf")
def downtime(visit: Visitor) -> Response:
    """What is worked with while nothing here can be reached: a blank worksheet, the rules, the clocks."""
    from oncourse.sheets.downtime import downtime as made

    visit.require("find")
    site = visit.clinic.settings()
    paper = visit.request.query_params.get("paper") or (
        "letter" if site.get("jurisdiction", LETTER) == LETTER else "a4"
    )
    printed = Printed(visit.clinic.here(), visit.actor.shown)
    return _file(made(load(), printed, paper if paper in PAPERS else "a4"), PDF, "downtime.pdf")
