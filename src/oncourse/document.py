"""YAML or JSON text to a tree in which every scalar is still text and knows its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml._yaml import CParser  # yaml.parse would ask twice for every event

from oncourse.problem import BadInput, Place, Problem, excerpt

LIMIT = 4_000_000
DEPTH = 24
KEY = 1000
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")

UNREADABLE = "check brackets, commas, indentation by spaces, and quote text that holds ': ' or ' #'"
NO_KEYS: dict[str, tuple[int, int]] = {}
EMPTY = ("the document is empty", "write it, or give another file")


@dataclass(slots=True, eq=False)
class Node:
    """One value of a document: text, nothing, a list or a mapping; `keys` says where each key stands.

    `loose` marks text without quotes, and the missing value of a key that has not even a colon.
    """

    value: str | list[Node] | dict[str, Node] | None
    file: str
    line: int
    column: int
    keys: dict[str, tuple[int, int]]
    loose: bool = False

    @property
    def place(self) -> Place:
        """Where the value begins."""
        return Place(self.file, self.line, self.column)

    def place_of(self, key: str) -> Place:
        """Where the key of a mapping stands; the mapping's own place if it has no such key."""
        return Place(self.file, *self.keys.get(key, (self.line, self.column)))

    def plain(self) -> Any:
        """The value as text, None, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value


def built(tree: Any, file: str, line: int = 1) -> Node:
    """The tree of a value of text, None, lists and dicts, all of it standing in that line."""
    if isinstance(tree, dict):
        return Node({key: built(part, file, line) for key, part in tree.items()}, file, line, 1, NO_KEYS)
    if isinstance(tree, list):
        return Node([built(part, file, line) for part in tree], file, line, 1, NO_KEYS)
    return Node(tree, file, line, 1, NO_KEYS)


def read(source: str | bytes, file: str, limit: int = LIMIT, doubles: list[Problem] | None = None) -> Node:
    """The tree of one YAML or JSON document; raises BadInput for anything that is not one, whatever it is.

    Keys given twice are faults too; with a list of `doubles` they are added to it, for a reader who has more to say.
    """
    text = _text(source, file, limit)
    builder = _Builder(file, text)
    try:
        root = _build(builder)
    except yaml.YAMLError as error:
        raise BadInput([*builder.twice, _syntax(error, text, file)]) from None
    if builder.twice and doubles is None:
        raise BadInput(builder.twice)
    if doubles is not None:
        doubles += builder.twice
    return root


def _refuse(file: str, what: str, remedy: str) -> BadInput:
    return BadInput([Problem(Place(file, 1, 1), what, remedy)])


def _text(source: str | bytes, file: str, limit: int) -> str:
    if len(source) > limit:
        raise _refuse(file, f"the document is larger than {limit // 1_000_000} MB", "give a smaller one")
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
        text.encode()
    except UnicodeError:
        raise _refuse(file, "the document is not UTF-8 text", "save it as UTF-8 YAML or JSON") from None
    if not text.strip():
        raise _refuse(file, *EMPTY)
    if "\0" in text:
        raise _refuse(file, "the document is binary, not text", "give YAML or JSON text")
    return PAIR.sub(_joined, text) if text.lstrip()[0] in "{[" else text


def _joined(pair: re.Match[str]) -> str:
    # JSON writes characters beyond 16 bits as two escapes, which YAML refuses.
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def _syntax(error: yaml.YAMLError, text: str, file: str) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = f"{error.context}: " if error.context else ""
        return Problem(Place(file, line, column), f"this is not YAML: {context}{error.problem}", UNREADABLE)
    # The C reader counts bytes and only for characters that no document may hold, so the place is sought.
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    before = text[: found.start()] if found else ""
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Problem(place, "a control character stands here", "remove it, or write it as an escape in quotes")


class _Builder:
    """Puts parse events together; a stack instead of recursion, so that no nesting can exhaust it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.key_end = 0
        self.twice: list[Problem] = []
        self.holders: list[Node] = []
        self.waiting: list[str | None] = []
        self.root: Node | None = None

    def refuse(self, event: Any, what: str, remedy: str) -> BadInput:
        """A fault at an event that ends the reading, with the double keys found so far."""
        mark = event.start_mark
        place = Place(self.file, mark.line + 1, mark.column + 1)
        return BadInput([*self.twice, Problem(place, what, remedy)])

    def begin(self, event: Any, value: str | list[Node] | dict[str, Node] | None) -> Node:
        """A new value, put into the list or mapping that is open."""
        if event.anchor is not None or event.tag is not None:
            raise self.refuse(event, "anchors and tags are not read", "write the value plainly")
        mark = event.start_mark
        node = Node(value, self.file, mark.line + 1, mark.column + 1, {} if value == {} else NO_KEYS)
        if not self.holders:
            self.root = node
        elif isinstance(holder := self.holders[-1].value, list):
            holder.append(node)
        elif isinstance(holder, dict):
            if (key := self.waiting[-1]) is None:
                raise self.refuse(event, "this key is a list or a mapping", "name it with a short text")
            holder.setdefault(key, node)
            self.waiting[-1] = None
        return node

    def descend(self, event: Any, value: list[Node] | dict[str, Node]) -> None:
        """Opens a list or a mapping."""
        if len(self.holders) >= DEPTH:
            raise self.refuse(event, "the document is nested too deeply", "take out levels")
        self.holders.append(self.begin(event, value))
        self.waiting.append(None)

    def ascend(self) -> None:
        """Closes the innermost list or mapping."""
        self.holders.pop()
        self.waiting.pop()

    def scalar(self, event: Any) -> None:
        """A key, or a value."""
        text: str = event.value
        nothing = event.implicit[0] and text in NULLS
        if self.holders and self.waiting[-1] is None and isinstance(self.holders[-1].value, dict):
            self.key(event, text, nothing)
        else:
            node = self.begin(event, None if nothing else text)
            node.loose = event.implicit[0] if not nothing else self.has_no_colon(event)

    def has_no_colon(self, event: Any) -> bool:
        """Is this the missing value of a word that only stands between two commas?"""
        return event.value == "" and ":" not in self.text[self.key_end : event.start_mark.index]

    def key(self, event: Any, text: str, nothing: bool) -> None:
        """The name of the value to come; a double is noted and its value dropped."""
        if nothing or len(text) > KEY or event.anchor is not None or event.tag is not None:
            raise self.refuse(event, f"this key is no name: {excerpt(text)!r}", "name it with a short text")
        mark, keys = event.start_mark, self.holders[-1].keys
        if text in keys:
            place = Place(self.file, mark.line + 1, mark.column + 1)
            what = f"{excerpt(text)} is given twice, first in line {keys[text][0]}"
            self.twice.append(Problem(place, what, "keep one of them"))
        else:
            keys[text] = (mark.line + 1, mark.column + 1)
        self.waiting[-1] = text
        self.key_end = event.end_mark.index


def _events(text: str) -> Iterator[Any]:
    parser = CParser(text)
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        yield event


def _build(builder: _Builder) -> Node:
    for event in _events(builder.text):
        kind = type(event)
        if kind is yaml.ScalarEvent:
            builder.scalar(event)
        elif kind is yaml.MappingStartEvent:
            builder.descend(event, {})
        elif kind is yaml.SequenceStartEvent:
            builder.descend(event, [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            builder.ascend()
        elif kind is yaml.AliasEvent:
            raise builder.refuse(event, "aliases are not read", "write the value out")
        elif kind is yaml.DocumentStartEvent and builder.root is not None:
            raise builder.refuse(event, "a second document begins here", "give one document a file")
    if builder.root is None:
        raise _refuse(builder.file, *EMPTY)
    return builder.root
