"""Days in a protocol's expressions: they count only by their distance, and only against what constants bound.

Today, a date of the record and a remembered date may lie anywhere. What a proof or an exploration can go
through is how far they lie apart, as long as no distance beyond the file's constants makes a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncourse.expression import Arithmetic, Compare, Const, Extreme, If, Name, Node, inside, parts_of
from oncourse.problem import Problem
from oncourse.protocol import Protocol

FIXED, APART, FREE = range(3)  # bounded by constants of the file; days between dates; any number
DIFFERENT = "compare days with a constant, a setting or a number of days that the file bounds"


class Days:
    """How far each number of a protocol can go, and where a date is used in another way."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.settings = {setting.name for setting in protocol.settings}
        self.kinds: dict[str, int] = {}
        self.moves: dict[str, list[Node]] = {variable.name: [] for variable in protocol.state}
        for name, tree in (pair for transition in protocol.happens for pair in transition.sets):
            self.moves.setdefault(name, []).append(tree)
        self._settle()

    def faults(self, trees: Sequence[Node]) -> Iterator[Problem]:
        """Every part of the expressions that uses a date in another way."""
        for tree in trees:
            for node in inside(tree):
                what = self._fault(node)
                if what:
                    yield Problem(node.place, what, DIFFERENT)

    def _fault(self, node: Node) -> str:
        parts = [self.kind(part) for part in parts_of(node) if part.type.kind == "number"]
        match node:
            case Arithmetic(type=of, right=right) if of.kind == "date" and self.kind(right) != FIXED:
                return "a date is moved by days that no constant bounds"
            case Arithmetic(op=op) if APART in parts and (op in "*/" or sorted(parts) != [FIXED, APART]):
                return "days between dates are only added to what a constant bounds"
            case Compare() if APART in parts and sorted(parts) != [FIXED, APART]:
                return "days between dates are compared with what no constant bounds"
            case If() | Extreme() if {APART, FREE} <= set(parts):
                return "days between dates and another number take each other's place"
        return ""

    def kind(self, node: Node) -> int:
        """How far a number can go."""
        if node.type.kind != "number" or isinstance(node, Const):
            return FIXED
        if isinstance(node, Name):
            return self._named(node.name, node)
        numbers = [part for part in parts_of(node) if part.type.kind == "number"]
        dates = isinstance(node, Arithmetic) and node.left.type.kind == "date"
        return APART if dates else max((self.kind(part) for part in numbers), default=FIXED)

    def _named(self, name: str, node: Node) -> int:
        if name in self.moves:
            return self.remembered[name]
        if name not in self.kinds:
            tree = self.protocol.derived.get(name)
            counts = name in self.settings or node.type.unit is None  # grades, lengths of lists, fields that count
            self.kinds[name] = self.kind(tree) if tree is not None else FIXED if counts else FREE
        return self.kinds[name]

    def _settle(self) -> None:
        """State variables: free where they grow by themselves, else as far as what they are set to."""
        self.remembered = {name: FREE if self._grows(name) else FIXED for name in self.moves}
        others = {name: trees for name, trees in self.moves.items() if not self.remembered[name]}
        for _ in self.moves:  # one learns from another at most so often
            self.kinds.clear()
            self.remembered |= {name: max(map(self.kind, trees), default=FIXED) for name, trees in others.items()}
        self.kinds.clear()

    def _grows(self, name: str) -> bool:
        """Whether a variable is reckoned from itself, over however many others."""
        seen: set[tuple[str, bool]] = set()
        queue = [(name, False)]
        while queue:
            one, reckoned = queue.pop()
            steps = {(of, reckoned or by) for tree in self.moves[one] for of, by in self._from(tree, False)}
            queue += steps - seen
            seen |= steps
        return (name, True) in seen

    def _from(self, tree: Node, reckoned: bool) -> Iterator[tuple[str, bool]]:
        """The state variables whose number a value is made of, and whether by reckoning."""
        if isinstance(tree, Name):
            if tree.name in self.moves:
                yield tree.name, reckoned
            elif tree.name in self.protocol.derived:
                yield from self._from(self.protocol.derived[tree.name], reckoned)
            return
        for part in parts_of(tree):
            if part.type.kind == "number" and tree.type.kind == "number":
                yield from self._from(part, reckoned or isinstance(tree, Arithmetic))
