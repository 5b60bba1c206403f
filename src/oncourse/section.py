"""Reading a part of a protocol file: typed access to its keys, every fault collected with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from oncourse.document import Node as Written
from oncourse.expression import Node, Type, parse
from oncourse.problem import Place, Problem


class Section:
    """One mapping of a protocol file. Asking for a key takes it; `finish` reports what nobody took."""

    def __init__(self, written: Written, what: str, problems: list[Problem]) -> None:
        self.place, self.what, self.problems = written.place, what, problems
        self._left: dict[str, Written] = {}
        if isinstance(written.value, dict):
            self._left = dict(written.value)
        else:
            self.fault(written.place, f"{what} is not a mapping", "write key: value pairs")

    def fault(self, place: Place, what: str, remedy: str) -> None:
        """Note a fault and go on, so that all are reported at once."""
        self.problems.append(Problem(place, what, remedy))

    def keys(self) -> tuple[str, ...]:
        """The keys nobody has taken yet, in the order written."""
        return tuple(self._left)

    def peek(self, key: str) -> str:
        """A text that stays to be taken; empty if missing."""
        part = self._left.get(key)
        return part.value if part is not None and isinstance(part.value, str) else ""

    def take(self, key: str, needed: bool = True) -> Written | None:
        """The part under that key, taken off the list of what is left."""
        part = self._left.pop(key, None)
        if part is None and needed:
            self.fault(self.place, f"{self.what} has no {key}", f"add {key}")
        return part

    def text(self, key: str, default: str | None = None) -> str:
        """A text; a fault if it is missing and has no default."""
        part = self.take(key, default is None)
        if part is None:
            return default or ""
        if isinstance(part.value, str):
            return part.value
        self.fault(part.place, f"{key} of {self.what} is not a text", "write one value")
        return default or ""

    def flag(self, key: str) -> bool:
        """A yes or no that is no unless said."""
        value = self.text(key, "false")
        if value not in ("true", "false"):
            self.fault(self.place, f"{key} of {self.what} is neither true nor false", "write true or false")
        return value == "true"

    def number(self, key: str) -> Fraction:
        """An exact number written as plain digits."""
        part = self.take(key)
        return exact(part, self) if part is not None else Fraction(0)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text; empty if missing."""
        part = self.take(key, False)
        if part is None:
            return ()
        return _texts(part)

    def peek_texts(self, key: str) -> tuple[str, ...]:
        """A list of texts that stays to be taken; empty if missing."""
        part = self._left.get(key)
        return () if part is None else _texts(part)

    def parts(self, key: str, needed: bool = True) -> Iterator[tuple[str, Section]]:
        """The named sections under a key, or the numbered ones of a list."""
        part = self.take(key, needed)
        if part is None:
            return
        items = part.value if isinstance(part.value, list) else []
        pairs = part.value.items() if isinstance(part.value, dict) else ((str(i), item) for i, item in enumerate(items))
        for name, item in pairs:
            yield name, Section(item, f"{key} {name}", self.problems)

    def section(self, key: str) -> Section:
        """The one section under a key."""
        part = self.take(key)
        return Section(part or Written({}, self.place.file, self.place.line, self.place.column, {}), key, self.problems)

    def expression(
        self, key: str, names: Mapping[str, Type], wanted: Type | None = None, needed: bool = False
    ) -> Node | None:
        """The expression under a key, or nothing if it is missing and not needed."""
        part = self.take(key, needed)
        return None if part is None else self.parsed(part, names, wanted)

    def parsed(self, part: Written, names: Mapping[str, Type], wanted: Type | None = None) -> Node | None:
        """An expression read; its fault noted."""
        if not isinstance(part.value, str):
            self.fault(part.place, f"{self.what} needs an expression here", "write a condition or a value")
            return None
        result = parse(part.value, part.place, names, wanted)
        if isinstance(result, Problem):
            self.problems.append(result)
            return None
        return result

    def finish(self) -> None:
        """Report every key that nobody asked for."""
        for key, part in self._left.items():
            self.fault(part.place, f"{key} is not a key of {self.what}", "correct or remove it")


def _texts(part: Written) -> tuple[str, ...]:
    items = part.value if isinstance(part.value, list) else [part]
    return tuple(item.value for item in items if isinstance(item.value, str))


def exact(part: Written, section: Section) -> Fraction:
    """An exact number; a fault if it is not plain digits."""
    text = part.value if isinstance(part.value, str) else ""
    if text.replace(".", "", 1).isdecimal():
        return Fraction(text)
    section.fault(part.place, f"{text!r} is not a number", "write digits, like 0.25")
    return Fraction(0)
