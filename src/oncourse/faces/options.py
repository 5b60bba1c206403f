"""Options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from oncourse.problem import Fault

Option = Callable[[Callable[..., None]], Callable[..., None]]


class Moment(click.ParamType[date | datetime]):
    """A date, or an instant with its offset."""

    name = "DATE"

    def convert(self, value: Any, param: Any, ctx: Any) -> date | datetime:
        """What was typed as a moment."""
        from oncourse.field import moment

        if isinstance(value, date):
            return value
        try:
            return moment(value, "--at")
        except Fault as fault:
            self.fail(f"{fault.what}; {fault.remedy}", param, ctx)


at_option = click.option("--at", type=Moment(), help="The moment asked about; the last event's day if not given.")
FILE = click.Path(path_type=Path, allow_dash=True)


def _written(name: str, into: str, what: str) -> Option:
    says = f"Write {what} instead; - is standard output."
    return click.option(name, into, type=FILE, metavar="FILE", help=says)


def pdf_option(what: str) -> Option:
    """The option for a print of that."""
    return _written("--pdf", "pdf", what)


ics_option = _written("--ics", "calendar", "the calendar file")
summary_option = _written("--summary", "summary", "the treatment summary, a PDF,")
json_option = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
folder_option = click.option(
    "--protocol", "folder", type=click.Path(path_type=Path, file_okay=False, exists=True), help="A protocol folder."
)
into_option = click.option(
    "--into",
    default=".",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    show_default=True,
    help="Where the courses found are written.",
)
db_option = click.option(
    "--db",
    "address",
    default="oncourse.db",
    envvar="ONCOURSE_DB",
    show_default=True,
    metavar="FILE|URL",
    help="The record: a file, or postgresql://…",
)
by_option = click.option(
    "--by", default=getpass.getuser, metavar="NAME", help="Who does this; the account if not given."
)
paper_option = click.option(
    "--paper",
    type=click.Choice(["a4", "letter"]),
    default="a4",
    show_default=True,
    help="The paper that is printed on.",
)
course_argument = click.argument("source", metavar="COURSE", type=click.Path(path_type=Path, allow_dash=True))
