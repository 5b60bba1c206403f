"""A page as somebody without JavaScript has it: its words, its links, and its forms, which are filled in and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from tests.faces.api.hospital import HERE, Hospital

VOID = ("input", "meta", "link", "br", "img")
SILENT = ("script", "style", "title", "svg")


@dataclass
class Form:
    """One form: where it is sent, what stands in it, what may be chosen, and its buttons."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What was answered: status, title, text, links by their words but for hidden ones, forms in order."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.status, self.html, self.path = answer.status_code, answer.text, str(answer.url).removeprefix(HERE)
        self.headers = answer.headers
        self.title, self.words, self.ids = "", list[str](), list[str]()
        self.links, self.forms = dict[str, str](), list[Form]()
        self._open, self._link, self._area = list[str](), None, None
        self._hidden = 0  # how deep the hidden part is that one is in; 0 outside of any
        self._select: str | None = None
        self.feed(self.html)

    @property
    def text(self) -> str:
        """All that can be read, with single blanks."""
        return " ".join(" ".join(self.words).split())

    def form(self, action: str) -> Form:
        """The form that is sent to a path that ends so."""
        return next(one for one in self.forms if one.action.endswith(action))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what opens."""
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.ids.append(said["id"])
        if tag not in VOID:
            self._open.append(tag)
            if "hidden" in said and not self._hidden:
                self._hidden = len(self._open)
        if tag == "a" and "href" in said and not self._hidden:
            self._link = said["href"]
        if tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get")))
        elif self.forms and "name" in said:
            self._field(tag, said)
        if tag == "option" and self._select:
            self._option(said)

    def _field(self, tag: str, said: Mapping[str, str]) -> None:
        form, name = self.forms[-1], said["name"]
        form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.fields.setdefault(name, []).append("")
        elif tag == "input" and said.get("type") in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(said.get("value", "on"))
            if "checked" in said:
                form.fields.setdefault(name, []).append(said.get("value", "on"))
        elif tag == "input":
            form.fields.setdefault(name, []).append(said.get("value", ""))

    def _option(self, said: Mapping[str, str]) -> None:
        form, name, value = self.forms[-1], str(self._select), said.get("value", "")
        form.choices.setdefault(name, []).append(value)
        if "selected" in said or name not in form.fields:
            form.fields[name] = [value]

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data
        if self._area is not None:
            self.forms[-1].fields[self._area][-1] += data
        if not set(self._open) & set(SILENT):
            self.words.append(data)
            if self._link is not None and data.strip():
                self.links.setdefault(" ".join(data.split()), self._link)

    def handle_endtag(self, tag: str) -> None:
        """Note what closes."""
        if tag in self._open:
            while self._open.pop() != tag:
                pass
            if self._hidden > len(self._open):
                self._hidden = 0
        if tag == "a":
            self._link = None
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._area = None


class Reader:
    """Somebody of the hospital who goes from page to page without JavaScript."""

    def __init__(self, hospital: Hospital, who: str | None) -> None:
        self.hospital, self.who = hospital, who

    def goes(self, path: str) -> Page:
        """Open a page, and follow where it leads."""
        return self._followed(self.hospital.get(self.who, path, follow_redirects=False))

    def sends(self, form: Form, said: Mapping[str, str | list[str]] | None = None, **more: str | list[str]) -> Page:
        """Fill in a form and send it; a field that the form does not have cannot be filled in."""
        filled = dict(form.fields)
        for name, value in {**(said or {}), **more}.items():
            assert name in form.names, f"{name} is not on the form, only {sorted(form.names)}"
            filled[name] = value if isinstance(value, list) else [value]
        pairs = [(name, text) for name, texts in filled.items() for text in texts]
        return self.posts(form.action, urlencode(pairs))

    def posts(self, path: str, body: str, **headers: str) -> Page:
        """Send a form as a browser does, and follow where that leads."""
        told = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin", **headers}
        sent = self.hospital.ask(self.who, "POST", path, content=body, headers=told, follow_redirects=False)
        return self._followed(sent)

    def _followed(self, answer: Any) -> Page:
        """Where it leads; the cookie goes along, which a client of programs would drop."""
        return self.goes(answer.headers["location"]) if answer.status_code == 303 else Page(answer)
