"""The command line: reads a course document, asks the engine, prints the answer."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from oncourse import __version__
from oncourse.faces import keeping
from oncourse.faces.options import (
    FILE,
    at_option,
    course_argument,
    folder_option,
    ics_option,
    into_option,
    json_option,
    paper_option,
    pdf_option,
    summary_option,
)
from oncourse.problem import BadInput, Problem, Refused

Command = Callable[..., None]


@contextmanager
def _solver() -> Iterator[None]:
    """What is imported here needs the solver, which not every installation has."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name not in ("z3", "cvc5"):
            raise
        raise click.UsageError("the solver is not installed: pip install 'oncourse[prove]'") from missing


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


for _command in keeping.COMMANDS:
    commands.add_command(_command)


def main() -> None:
    """Run the command line; faults of the input are told one a line, with status 2."""
    gc.disable()  # a command lives for a tenth of a second: collecting would cost more than it frees
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        commands(standalone_mode=False)
    except BadInput as bad:
        click.echo("\n".join(map(str, bad.problems)), err=True)
        sys.exit(2)
    except Refused as refused:
        click.echo(str(refused), err=True)
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


@commands.command()
@course_argument
@at_option
@json_option
@folder_option
def decide(source: Path, at: date | datetime | None, as_json: bool, folder: Path | None) -> None:
    """The verdict for one course, with its reasons."""
    from oncourse.faces.source import decided

    decision = decided(source, at, folder)
    if as_json:
        from oncourse.answer import answer, dumps

        click.echo(dumps(answer(decision)))
    else:
        from oncourse.faces import text

        click.echo(text.decision(decision), nl=False)


def _one(as_json: bool, **files: Path | None) -> None:
    """One form of the answer is asked for; the prints of a course may be asked for together."""
    asked = ["--json"] * as_json + [f"--{name}" for name, path in files.items() if path is not None]
    if len(asked) > 1 and asked != ["--pdf", "--summary"]:
        raise click.UsageError(f"give {asked[0]} or {asked[1]}, not both")


@commands.command()
@course_argument
@at_option
@json_option
@ics_option
@pdf_option("the patient's calendar")
@summary_option
@paper_option
def plan(
    source: Path,
    at: date | datetime | None,
    as_json: bool,
    calendar: Path | None,
    pdf: Path | None,
    summary: Path | None,
    paper: str,
) -> None:
    """Every slot ahead, dated and dosed."""
    from oncourse.faces.source import decided
    from oncourse.plan import plan as planned

    _one(as_json, ics=calendar, pdf=pdf, summary=summary)
    decision = decided(source, at)
    if calendar is not None:
        from oncourse.faces.written import write
        from oncourse.sheets.appointments import asked, ics, told

        write(calendar, ics(decision, asked(decision), told(decision)))
        return
    if pdf is not None or summary is not None:
        from oncourse.faces import printing

        printing.course(decision, paper, pdf, summary)
        return
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
@pdf_option("the worksheet, with the labels whose times are known,")
@paper_option
def prepare(source: Path, at: date | datetime | None, as_json: bool, pdf: Path | None, paper: str) -> None:
    """The worksheet for the dose due."""
    from oncourse.faces.source import decided
    from oncourse.prepare import prepare as prepared

    _one(as_json, pdf=pdf)
    sheet = prepared(decided(source, at))
    if pdf is not None:
        from oncourse.faces import printing

        printing.preparation(sheet, paper, pdf)
        return
    if as_json:
        from oncourse.answer import dumps, sheet_answer

        click.echo(dumps(sheet_answer(sheet)))
    else:
        from oncourse.faces import text

        click.echo(text.sheet(sheet), nl=False)


@commands.command()
@click.option("--pdf", type=FILE, required=True, metavar="FILE", help="Where it is written; - is standard output.")
@paper_option
@folder_option
def downtime(pdf: Path, paper: str, folder: Path | None) -> None:
    """A pack of paper for when nothing runs: blank worksheet, rules in short, clock table."""
    from oncourse.faces import printing
    from oncourse.faces.source import rules

    printing.pack(rules(folder), paper, pdf)


@commands.command()
@click.argument("documents", metavar="COURSE...", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--schema", is_flag=True, help="Print the JSON Schema of course documents.")
def check(documents: Sequence[Path], schema: bool) -> None:
    """Is the document sound? Every problem has its place and what to do."""
    from oncourse.faces.source import load, read

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
            _, course = read(path)
            click.echo(f"{path}: sound, {len(course.events)} events")
        except BadInput as bad:
            faults += bad.problems
    if faults:
        raise BadInput(faults)


@commands.command()
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(path_type=Path))
def cases(paths: Sequence[Path]) -> None:
    """Run course documents that say what they expect; tell which differ."""
    from oncourse.cases import run
    from oncourse.faces.source import counted, documents_at, load, read

    expected, differences = 0, []
    files = [file for path in paths or [load().folder / "cases"] for file in documents_at(path)]
    faults: list[Problem] = []
    for file in files:
        try:
            rules, course = read(file)
        except BadInput as bad:
            faults += bad.problems
            continue
        number, differing = run(rules, course)
        expected += number
        differences += differing
    for difference in differences:
        click.echo(str(difference))
    told = f"{counted(len(files), 'course')}, {counted(expected, 'expectation')}, {len(differences)} differ"
    click.echo(told)
    if faults:
        raise BadInput(faults)
    sys.exit(1 if differences else 0)


@commands.command()
@folder_option
@click.option("--second", is_flag=True, help="Also put every question to a solver of another make.")
@click.option("--explore", is_flag=True, help="Also run the engine through every course within bounds (minutes).")
@click.option("--troubles", default=1, show_default=True, help="What may go wrong in an explored course.")
@click.option("--mutants", "of_mutants", is_flag=True, help="See instead that every mistake in the file is noticed.")
@into_option
def prove(folder: Path | None, second: bool, explore: bool, troubles: int, of_mutants: bool, into: Path) -> None:
    """Prove the protocol's claims for every situation; status 1 if one is not proved."""
    from oncourse.faces.source import rules

    with _solver():
        from oncourse.faces import mutants, proof
    if of_mutants:
        sys.exit(0 if mutants.tell(rules(folder), click.echo) else 1)
    sys.exit(0 if proof.tell(rules(folder), click.echo, into, second, troubles if explore else None) else 1)


@commands.group()
def protocol() -> None:
    """What is followed: the clauses, their sources, the readings."""


@protocol.command()
def show() -> None:
    """Every clause, with what it does and the statements it carries out."""
    from oncourse.faces import ledger
    from oncourse.faces.source import load

    click.echo(ledger.clauses(load()), nl=False)


@protocol.command()
@click.argument("old", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("new", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--troubles", default=1, show_default=True, help="What may go wrong in a course that is tried.")
@into_option
def diff(old: Path, new: Path, troubles: int, into: Path) -> None:
    """Where does a NEW version give, or give more, where the OLD one did not: a course for each."""
    from oncourse.faces.source import rules

    with _solver():
        from oncourse.faces import versions
    versions.tell(rules(old), rules(new), click.echo, into, troubles)


@protocol.command()
@click.argument("statements", nargs=-1)
def sources(statements: Sequence[str]) -> None:
    """The statements of the article and the labels, and what carries each out."""
    from oncourse.faces import ledger
    from oncourse.faces.source import load

    click.echo(ledger.sources(load(), statements), nl=False)


@protocol.command()
@click.argument("numbers", nargs=-1)
def readings(numbers: Sequence[str]) -> None:
    """Where sources are loose or differ: what was chosen, and why."""
    from oncourse.faces import ledger
    from oncourse.faces.source import load

    click.echo(ledger.readings(load(), numbers), nl=False)
