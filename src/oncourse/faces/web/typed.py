"""What somebody typed into a form: read from what a browser sends, and kept through every detour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from oncourse.explain import MONTHS
from oncourse.faces.doors import Refusal

MOST = 300  # fields of one form
DAY = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ](\d{4})")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
HOUR = re.compile(r"(\d{1,2}):(\d{2})")
SECRET = "password"  # begins the name of every field that is a password
SENT = "_sent"  # when it was sent by somebody who had to sign in first
AGAIN = "_again"  # sent by somebody who signed in anew: show the form with this in it, and keep nothing


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form by name; a field that was left empty is as good as none.

    A password is only given to whoever asks for a secret: it is never shown, and kept through no detour.
    """

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """What was typed there, without blanks around it; empty if nothing was."""
        return "" if _is_secret(name) else self.fields.get(name, ("",))[-1].strip()

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def all(self, name: str) -> Sequence[str]:
        """Everything that was ticked there."""
        return [] if _is_secret(name) else [said.strip() for said in self.fields.get(name, ())]

    def secret(self, name: str = SECRET) -> str:
        """The password that was typed there, with its blanks; empty if none was."""
        return self.fields.get(name, ("",))[-1]

    @property
    def secrets(self) -> bool:
        """Whether a password was typed."""
        return any(_is_secret(name) and any(texts) for name, texts in self.fields.items())

    @property
    def again(self) -> bool:
        """Whether the form is only to be shown again."""
        return AGAIN in self.fields

    @property
    def sent(self) -> datetime | None:
        """When it was sent first, if somebody had to sign in before it was heard."""
        try:
            at = datetime.fromisoformat(self[SENT])
        except ValueError:
            return None
        return at if at.tzinfo is not None else None

    @property
    def version(self) -> int:
        """The version of the course that was seen; 0 if none was."""
        said = self["version"]
        return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else 0

    @property
    def key(self) -> str | None:
        """The key under which this is kept once, however often it is sent."""
        return self["key"] or None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every field as it was sent, but for passwords."""
        for name, texts in self.fields.items():
            yield from ((name, text) for text in texts if not _is_secret(name))

    def written(self) -> str:
        """All of these in one text, which `parsed` reads."""
        return urlencode(list(self.pairs()))


def _is_secret(name: str) -> bool:
    return name.partition(".")[0] == SECRET


def parsed(text: str) -> Typed:
    """The fields of a form that was sent; raises Refusal for what is none."""
    fields: dict[str, list[str]] = {}
    try:
        for name, said in parse_qsl(text, keep_blank_values=True, max_num_fields=MOST, errors="strict"):
            fields.setdefault(name, []).append(said.replace("\r\n", "\n"))
    except ValueError:
        raise Refusal(400, "this is no form of ours") from None
    return Typed(fields)


async def typed(request: Request) -> Typed:
    """What was sent with a request; nothing if it only asks for a page."""
    if request.method != "POST":
        return Typed()
    try:
        made = parsed((await request.body()).decode("utf-8"))
    except UnicodeDecodeError:
        raise Refusal(400, "this is no form of ours") from None
    request.state.typed = made
    return made


def dated(said: str) -> date | None:
    """A date as people write it, 22-Nov-2026, or as programs do; None for anything else."""
    try:
        if found := ISO.fullmatch(said):
            year, month, day = map(int, found.groups())
        elif (found := DAY.fullmatch(said)) and found[2].title() in MONTHS:
            year, month, day = int(found[3]), MONTHS.index(found[2].title()) + 1, int(found[1])
        else:
            return None
        return date(year, month, day)
    except ValueError:
        return None


def timed(day: date, said: str, zone: tzinfo | None) -> datetime | None:
    """A time of that day on the clocks of the site, such as 09:40; None for anything else, or an hour left out."""
    found = HOUR.fullmatch(said)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    at = datetime.combine(day, time(int(found[1]), int(found[2])), zone)
    there = at.astimezone(UTC).astimezone(zone)
    return at if there.replace(tzinfo=None) == at.replace(tzinfo=None) else None
