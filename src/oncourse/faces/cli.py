"""The command line: reads a course document, asks the engine, prints the answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from oncourse import __version__, course, document
from oncourse.course import Course
from oncourse.field import moment
from oncourse.problem import BadInput, Fault, Place, Problem
from oncourse.protocol import Protocol, names
from oncourse.protocol_file import load

LARGEST = document.LIMIT
Command = Callable[..., None]


class _Moment(click.ParamType[date | datetime]):
    """A date, or an instant with its offset."""

    name = "DATE"

    def convert(self, value: Any, param: Any, ctx: Any) -> date | datetime:
        if isinstance(value, date):
            return value
        try:
            return moment(value, "--at")
        except Fault as fault:
            self.fail(f"{fault.what}; {fault.remedy}", param, ctx)


at_option = click.option("--at", type=_Moment(), help="The moment asked about; the last event's day if not given.")
json_option = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
course_argument = click.argument("source", metavar="COURSE", type=click.Path(path_type=Path, allow_dash=True))


@click.group()
@click.version_option(__version__, prog_name="oncourse")
def commands() -> None:
    """What to do next in a course of treatment, how much, and where that is written."""


def main() -> None:
    """Run the command line; faults of the input are told one a line, with status 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        commands(standalone_mode=False)
    except BadInput as bad:
        click.echo("\n".join(map(str, bad.problems)), err=True)
        sys.exit(2)
    except click.UsageError as usage:
        usage.show()
        sys.exit(2)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told in one line
        click.echo(f"oncourse could not answer: {type(fault).__name__}: {fault}. This is a fault of ours.", err=True)
        sys.exit(1)


def _bytes(path: Path) -> tuple[bytes, str]:
    """A document's bytes and the name it goes by; never more than a document may hold."""
    if str(path) == "-":
        return sys.stdin.buffer.read(LARGEST + 1), "-"
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1), str(path)
    except OSError as error:
        what = f"this file cannot be read: {error.strerror or error}"
        raise BadInput([Problem(Place(str(path), 1, 1), what, "give the path of a course document")]) from None


def _read(path: Path) -> tuple[Protocol, Course]:
    source, name = _bytes(path)
    doubles: list[Problem] = []
    root = document.read(source, name, doubles=doubles)
    rules = _protocol_of(root, course.protocol_name(root, name))
    return rules, course.read(root, name, rules.vocabulary, doubles)


def _protocol_of(root: document.Node, name: str | None) -> Protocol:
    known = names()
    if name is None or name in known:
        return load(name)
    place = root.value["protocol"].place if isinstance(root.value, dict) else root.place
    raise BadInput([Problem(place, f"there is no protocol {name}", f"use {' or '.join(known)}")])


@commands.command()
@course_argument
@at_option
@json_option
def decide(source: Path, at: date | datetime | None, as_json: bool) -> None:
    """The verdict for one course, with its reasons."""
    from oncourse.decide import decide as taken

    rules, read = _read(source)
    decision = taken(rules, read, at)
    if as_json:
        from oncourse.answer import answer, dumps

        click.echo(dumps(answer(decision)))
    else:
        from oncourse.faces import text

        click.echo(text.decision(decision), nl=False)


@commands.command()
@course_argument
@at_option
@json_option
def plan(source: Path, at: date | datetime | None, as_json: bool) -> None:
    """Every slot ahead, dated and dosed."""
    from oncourse.decide import decide as taken
    from oncourse.plan import plan as planned

    rules, read = _read(source)
    decision = taken(rules, read, at)
    ahead = planned(decision)
    if as_json:
        from oncourse.answer import dumps, plan_answer

        click.echo(dumps(plan_answer(ahead)))
    else:
        from oncourse.faces import text

        click.echo(text.plan(decision, ahead), nl=False)


@commands.command()
@course_argument
@at_option
@json_option
def prepare(source: Path, at: date | datetime | None, as_json: bool) -> None:
    """The worksheet for the dose due."""
    from oncourse.decide import decide as taken
    from oncourse.prepare import prepare as prepared

    rules, read = _read(source)
    sheet = prepared(taken(rules, read, at))
    if as_json:
        from oncourse.answer import dumps, sheet_answer

        click.echo(dumps(sheet_answer(sheet)))
    else:
        from oncourse.faces import text

        click.echo(text.sheet(sheet), nl=False)


@commands.command()
@click.argument("documents", metavar="COURSE...", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--schema", is_flag=True, help="Print the JSON Schema of course documents.")
def check(documents: Sequence[Path], schema: bool) -> None:
    """Is the document sound? Every problem has its place and what to do."""
    if schema:
        from oncourse.answer import dumps
        from oncourse.schema import course_schema

        click.echo(dumps(course_schema(load().vocabulary)))
        return
    if not documents:
        raise click.UsageError("give at least one course document, or --schema")
    faults: list[Problem] = []
    for path in documents:
        try:
            _, read = _read(path)
            click.echo(f"{path}: sound, {len(read.events)} events")
        except BadInput as bad:
            faults += bad.problems
    if faults:
        raise BadInput(faults)


@commands.command()
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(path_type=Path))
def cases(paths: Sequence[Path]) -> None:
    """Run course documents that say what they expect; tell which differ."""
    from oncourse.cases import run

    expected, differences = 0, []
    files = [file for path in paths or [load().folder / "cases"] for file in _case_files(path)]
    faults: list[Problem] = []
    for file in files:
        try:
            rules, read = _read(file)
        except BadInput as bad:
            faults += bad.problems
            continue
        number, differing = run(rules, read)
        expected += number
        differences += differing
    for difference in differences:
        click.echo(str(difference))
    click.echo(f"{len(files)} courses, {expected} expectations, {len(differences)} differ")
    if faults:
        raise BadInput(faults)
    sys.exit(1 if differences else 0)


def _case_files(path: Path) -> list[Path]:
    """The documents at a path; every course document below it if it is a folder."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*.yaml") if file.is_file())
    return [path]


@commands.group()
def protocol() -> None:
    """What is followed: the clauses, their sources, the readings."""


@protocol.command()
def show() -> None:
    """Every clause, with what it does and the statements it carries out."""
    from oncourse.faces import ledger

    click.echo(ledger.clauses(load()), nl=False)


@protocol.command()
@click.argument("statements", nargs=-1)
def sources(statements: Sequence[str]) -> None:
    """The statements of the article and the labels, and what carries each out."""
    from oncourse.faces import ledger

    click.echo(ledger.sources(load(), statements), nl=False)


@protocol.command()
@click.argument("numbers", nargs=-1)
def readings(numbers: Sequence[str]) -> None:
    """Where sources are loose or differ: what was chosen, and why."""
    from oncourse.faces import ledger

    click.echo(ledger.readings(load(), numbers), nl=False)
