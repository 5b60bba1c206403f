"""The commands of a record: documents in and out, backups, who may come in, and the web service."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from oncourse.faces.options import Moment, by_option, db_option


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@db_option
@by_option
def take_in(paths: Sequence[Path], address: str, by: str) -> None:
    """Keep course documents, or all below a folder, in the record: every one of them or none."""
    from oncourse.faces import records

    records.take_in(paths, address, by, click.echo)


@click.command()
@click.argument("courses", metavar="[COURSE...]", nargs=-1)
@db_option
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="The folder for a file a course.")
@click.option("--upto", type=int, metavar="NUMBER", help="As the record was when it had so many entries.")
def export(courses: Sequence[str], address: str, into: Path | None, upto: int | None) -> None:
    """Write courses of the record as course documents; all if none is named."""
    from oncourse.faces import records

    if into is None and len(courses) != 1:
        raise click.UsageError("say --into which folder, or name one course")
    records.export(courses, address, into, upto, click.echo)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@db_option
def backup(file: Path, address: str) -> None:
    """Write the whole record into one file while it is in use, read it back, and print its head."""
    from oncourse.faces import records

    records.back_up(file, address, click.echo)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@db_option
def restore(file: Path, address: str) -> None:
    """Fill a new record from a backup, and verify it."""
    from oncourse.faces import records

    records.restore(file, address, click.echo)


@click.command()
@db_option
@click.option("--head", "noted", metavar="HEAD", help="A head that was printed earlier: it must still be there.")
@click.option("--decisions", is_flag=True, help="Also take every decision again that was signed.")
def verify(address: str, noted: str | None, decisions: bool) -> None:
    """Is the record what was kept? Every fault with its place; status 1 if there is one."""
    from oncourse.faces import records

    sys.exit(0 if records.verify(address, noted, decisions, click.echo) else 1)


@click.group()
def account() -> None:
    """Who may come in: people and programs."""


@account.command()
@click.argument("name")
@db_option
@by_option
@click.option("--shown", metavar="NAME", help="The name that others see; NAME if not given.")
@click.option("--role", "roles", multiple=True, required=True, help="What they may be; several are possible.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.option("--closed", is_flag=True, help="They may no longer come in.")
def add(
    name: str, address: str, by: str, shown: str | None, roles: Sequence[str], password_stdin: bool, closed: bool
) -> None:
    """Add an account, or change it; a program has the role `program`, and then a token."""
    from oncourse.faces import people

    people.add(name, shown or name, roles, closed, password_stdin, address, by, click.echo)


@account.command("list")
@db_option
def listed(address: str) -> None:
    """Every account with its roles."""
    from oncourse.faces import people

    people.listed(address, click.echo)


@account.command()
@click.argument("name")
@db_option
def token(name: str, address: str) -> None:
    """A new token for a program, shown once; the one before it no longer counts."""
    from oncourse.faces import people

    people.token(name, address, click.echo)


@click.command()
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8477, show_default=True, help="The port to listen on.")
@click.option("--tls-cert", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Its key (PEM).")
@click.option("--now", "frozen", type=Moment(), metavar="INSTANT", help="Stop the clock at this instant.")
@click.option(
    "--demo", is_flag=True, help="Invented patients and staff to try it with; gone at the end if no --db is given."
)
@click.pass_context
def serve(
    context: click.Context,
    address: str,
    host: str,
    port: int,
    tls_cert: Path | None,
    tls_key: Path | None,
    frozen: date | datetime | None,
    demo: bool,
) -> None:
    """The pages of the clinic, and the program for other programs."""
    from oncourse.faces import server

    at = server.Listening(host, port, tls_cert, tls_key)
    if not demo:
        server.serve(address, at, frozen)
        return
    # Where the hospital's own record is must never be where the demo goes unless somebody says so here and now.
    typed = context.get_parameter_source("address") is ParameterSource.COMMANDLINE
    server.show(address if typed else None, at, frozen, click.echo)


COMMANDS = (take_in, export, backup, restore, verify, account, serve)
