"""The settings of a site: as fields of a form, and as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from oncourse.faces.web.forms import Input, optioned, shown, within
from oncourse.faces.web.page import number, text
from oncourse.protocol import Protocol

SITE, WHY = "site", "why"  # begins the names of the fields, and names that of the reason


def fields(protocol: Protocol) -> list[Input]:
    """A field for each setting, which says what holds where it is left out."""
    return [_settable(protocol, one) for one in within(protocol, protocol.vocabulary.site, SITE)]


def reason() -> Input:
    """The field in which somebody says why they change them."""
    return Input(WHY, text("form.why"), "note", required=True, hint=text("form.why_hint"))


def _settable(protocol: Protocol, of: Input) -> Input:
    """A setting that can be left out again: whoever chose one of several cannot choose none otherwise."""
    unset = (("", text("settings.unset")),) if of.kind == "choice" else ()
    return replace(of, hint=_hint(protocol, of), options=(*of.options, *unset))


def _hint(protocol: Protocol, of: Input) -> str:
    default = next((one.default for one in protocol.settings if f"{SITE}.{one.name}" == of.name), None)
    if default is None:
        return of.hint
    said = f"{number(default)} {of.units[0][1]}" if of.units else optioned(protocol, str(default))
    return f"{of.hint} {text('settings.left_out', said=said)}".strip()


def read(of: Sequence[Input], told: Mapping[str, Any]) -> Mapping[str, str]:
    """What is set, by the label of each setting."""
    return {one.label: shown(one, told.get(one.name.rpartition(".")[2])) or text("settings.unset") for one in of}
