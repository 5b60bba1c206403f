"""The command line: reads a course document, asks the engine, prints the answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oncourse import __version__, course, document
from oncourse.course import Course
from oncourse.field import moment
from oncourse.problem import BadInput, Fault, Place, Problem, either, excerpt
from oncourse.protocol import Protocol, names
from oncourse.protocol_file import load

if TYPE_CHECKING:
    from oncourse.decide import Decision

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


class _Commands(click.Group):
    """The commands; when nobody reads on, the rest goes nowhere and it is no fault of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None


@click.group(cls=_Commands)
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
    rules = _protocol_of(root)
    return rules, course.read(root, name, rules.vocabulary, doubles, rules.choices)


def _protocol_of(root: document.Node) -> Protocol:
    """The protocol a document names, in the version it names if it names one."""
    named = root.value.get("protocol") if isinstance(root.value, dict) else None
    if named is None or not isinstance(named.value, str):
        return load()
    name, _, version = named.value.partition("@")
    if name in names():
        rules = load(name)
        if version in ("", rules.version):
            return rules
        remedy = f"write {name}@{rules.version}, or leave the version out"
    else:
        remedy = f"use {either(names())}"
    raise BadInput([Problem(named.place, f"there is no protocol {excerpt(named.value)}", remedy)])


def _decided(path: Path, at: date | datetime | None) -> Decision:
    from oncourse.decide import decide

    rules, read = _read(path)
    if at is None and course.last_day(read) is None:
        place = Place(str(path), 1, 1)
        raise BadInput([Problem(place, "nothing happened in this course", "add an event, or say --at which date")])
    return decide(rules, read, at)


@commands.command()
@course_argument
@at_option
@json_option
def decide(source: Path, at: date | datetime | None, as_json: bool) -> None:
    """The verdict for one course, with its reasons."""
    decision = _decided(source, at)
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
    from oncourse.plan import plan as planned

    decision = _decided(source, at)
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
    from oncourse.prepare import prepare as prepared

    sheet = prepared(_decided(source, at))
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
    told = f"{_count(len(files), 'course')}, {_count(expected, 'expectation')}, {len(differences)} differ"
    click.echo(told)
    if faults:
        raise BadInput(faults)
    sys.exit(1 if differences else 0)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
