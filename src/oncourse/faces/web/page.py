"""What every page shows, said in the words of one language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from oncourse import document
from oncourse.board import Board
from oncourse.clinic import Clinic
from oncourse.explain import calendar_date
from oncourse.faces.web.glyphs import glyph
from oncourse.faces.web.static import asset
from oncourse.faces.web.typed import Typed
from oncourse.protocol_file import load
from oncourse.quantity import show
from oncourse.roles import Actor, table

HERE = Path(__file__).parent
THEME, THEMES = "theme", ("light", "dark")
CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
RAISED = re.compile("<sup>(.*?)</sup>")
PLACES = (("today", "find"), ("patients", "find"), ("accounts", "accounts"), ("site", "settle"), ("protocol", "decide"))
SIGNS = (
    (" × 10⁹/L", Markup(" × 10<sup>9</sup> per L")),
    ("10⁹", Markup("10<sup>9</sup>")),
    ("≤", "at most"),
    ("≥", "at least"),
    (" > ", " more than "),
    (" < ", " less than "),
)
ZEROS = re.compile(r"(?<![\w.])(\d+\.\d*?)0+(?!\d|\.\d)")


@dataclass(frozen=True, slots=True)
class Trial:
    """A clinic to try: the accounts there are, by name and as they are shown, and the password of each."""

    accounts: tuple[tuple[str, str], ...]
    password: str


@lru_cache(maxsize=1)
def words() -> Mapping[str, str]:
    """Every text of the pages by its name, such as `today.title`."""
    file = HERE / "words.en.yaml"
    return dict(_flat(document.read(file.read_bytes(), file.name).plain(), ""))


def _flat(tree: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, part in tree.items():
        if isinstance(part, dict):
            yield from _flat(part, f"{before}{key}.")
        else:
            yield before + key, part


def text(name: str, /, **said: object) -> str:
    """One text with what it names filled in; KeyError if there is none of that name."""
    return words()[name].format(**said)


def signs(said: object) -> Markup:
    """A sentence of the protocol with words for its signs, and no trailing zero: nobody misreads those."""
    made = Markup(ZEROS.sub(lambda found: found[1].rstrip("."), str(escape(said))))
    for sign, spoken in SIGNS:
        made = made.replace(str(escape(sign)), escape(spoken))
    return made


def aloud(said: str) -> str:
    """The same as plain text, for what no markup can stand in."""
    for sign, spoken in SIGNS:
        said = said.replace(sign, RAISED.sub(r"^\1", spoken))
    return said


def number(value: object) -> str:
    """An exact number without trailing zeros; `Not recorded` for none."""
    return text("not_recorded") if value is None else show(Fraction(str(value)))


def day(of: date | None) -> str:
    """A date such as 22-Nov-2026, also of an instant; `Not recorded` for none."""
    return text("not_recorded") if of is None else calendar_date(of)


def clock(at: datetime) -> str:
    """A time of day such as 09:40."""
    return f"{at:%H:%M}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(t=text, asset=asset, glyph=glyph)
    made.filters.update(signs=signs, number=number, day=day, clock=clock, role=lambda name: text(f"roles.{name}"))
    return made


def render(template: str, **said: Any) -> str:
    """One template filled in."""
    return _environment().get_template(template).render(**said)


def shown(request: Request, template: str, status: int = 200, **said: Any) -> Response:
    """A whole page, with what every page needs; nothing of it is kept by a browser or anybody between."""
    state, path = request.app.state, request.url.path
    actor: Actor | None = said.get("actor")
    frame = {
        "actor": actor,
        "places": [] if actor is None else places(actor),
        "here": path.strip("/").partition("/")[0],
        "path": path,
        "theme": theme(request),
        "trial": state.trial,
        "unsigned": None if actor is None or state.signatures.of(load().sha256) else load().version,
    }
    made = HTMLResponse(render(template, **{**frame, **said}), status)
    made.headers["Content-Security-Policy"] = CSP
    return made


def places(actor: Actor) -> list[str]:
    """The pages that somebody may open, first where their work begins."""
    return [name for name, act in PLACES if table().allows(act, actor.roles)]


def theme(request: Request) -> str:
    """Light or dark if somebody chose; else what the machine likes."""
    said = request.cookies.get(THEME, "")
    return said if said in THEMES else ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in looks at a page or sends a form."""

    request: Request
    clinic: Clinic
    board: Board
    actor: Actor
    typed: Typed = field(default_factory=Typed)

    @property
    def places(self) -> list[str]:
        """The pages that are theirs."""
        return places(self.actor)

    def may(self, act: str) -> bool:
        """Whether an act or a kind of event is theirs."""
        return table().allows(act, self.actor.roles)

    def require(self, act: str) -> None:
        """Raises NotAllowed unless it is theirs."""
        table().require(act, self.actor)

    def show(self, template: str, status: int = 200, **said: Any) -> Response:
        """A whole page."""
        return shown(self.request, template, status, actor=self.actor, may=self.may, **said)

    def go(self, path: str) -> Response:
        """Look at another page, with what was sent behind us."""
        return RedirectResponse(path, 303)
