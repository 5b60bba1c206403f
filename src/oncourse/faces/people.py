"""Accounts on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from oncourse.clinic import Clinic
from oncourse.record.accounts import Account
from oncourse.roles import PROGRAM

Say = Callable[[str], None]


def add(
    name: str, shown: str, roles: Sequence[str], closed: bool, from_stdin: bool, address: str, by: str, say: Say
) -> None:
    """Add an account, or change it."""
    account = Account(name, shown, tuple(dict.fromkeys(roles)), not closed)
    password = None if PROGRAM in roles or closed else _password(from_stdin)
    Clinic.at(address, by).accounts.set(account, by, password)
    say(f"{name}: {_may(account)}")


def _password(from_stdin: bool) -> str:
    """A password typed twice, or a line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return typed


def _may(account: Account) -> str:
    return ", ".join(account.roles) if account.active else "closed"


def listed(address: str, say: Say) -> None:
    """Every account, a line each."""
    for account in Clinic.there(address).accounts:
        say(f"{account.name}\t{account.shown}\t{_may(account)}")


def token(name: str, address: str, say: Say) -> None:
    """A new token, and how it is used."""
    say(Clinic.there(address).accounts.new_token(name))
