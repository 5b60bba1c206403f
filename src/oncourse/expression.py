"""The condition language: a small subset of Python's expressions, three-valued and exact.

One text is read into one tree, every name, type and unit checked; everything else reads the tree:
`evaluate` makes a closure of it and names what made it true, and other readers can follow.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from oncourse.problem import Place, Problem
from oncourse.value import NEVER

LONGEST = 2000
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?")


@dataclass(frozen=True, slots=True)
class Type:
    """What a name may hold: `bool`, `number` (with a unit), `date` or `choice` (with its options)."""

    kind: str
    unit: str | None = None
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} in {self.unit}" if self.unit else self.kind


BOOL = Type("bool")
DATE = Type("date")
DAYS = Type("number", "d")
PLAIN = Type("number")
_NEVER = Type("never")


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression, with its type and where it was written."""

    type: Type
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A literal: exact number, choice, truth value or `never`."""

    value: object


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact, a state variable or a derived value."""

    name: str


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Two values compared by `< <= > >= == !=`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a condition."""

    part: Node


@dataclass(frozen=True, slots=True)
class All(Node):
    """True when every part is."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some(Node):
    """True when any part is."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """`then if test else other`."""

    test: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`+ - * /` on exact numbers, and dates moved by days."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """`max` or `min`; dates that never happened are passed over."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Known(Node):
    """Whether a value is known for certain."""

    part: Node


OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class _Fault(Exception):
    def __init__(self, place: Place, what: str, remedy: str) -> None:
        super().__init__(what)
        self.problem = Problem(place, what, remedy)


class _Reader:
    """Reads one text against the names in force; every fault has its line and column."""

    def __init__(self, text: str, place: Place, names: Mapping[str, Type]) -> None:
        self.text, self.start, self.names = text, place, names

    def place(self, node: ast.AST) -> Place:
        line = getattr(node, "lineno", 1) - 1
        column = getattr(node, "col_offset", 0)
        at = self.start.column + column if line == 0 else column + 1
        return Place(self.start.file, self.start.line + line, at)

    def fault(self, node: ast.AST, what: str, remedy: str) -> _Fault:
        return _Fault(self.place(node), what, remedy)

    def read(self, node: ast.expr) -> Node:
        reader = getattr(self, f"_read_{type(node).__name__.lower()}", None)
        if reader is None:
            raise self.fault(
                node,
                f"{type(node).__name__} is not part of the condition language",
                "use names, literals, comparisons, and/or/not, + - * /, a if c else b, min, max, known",
            )
        result: Node = reader(node)
        return result

    def _read_constant(self, node: ast.Constant) -> Node:
        value = node.value
        if isinstance(value, bool):
            return Const(BOOL, self.place(node), value)
        if isinstance(value, str):
            return Const(Type("choice"), self.place(node), value)
        written = self.text.encode()[node.col_offset : node.end_col_offset].decode()
        if isinstance(value, (int, float)) and _NUMBER.fullmatch(written):
            exact = Fraction(written)
            return Const(PLAIN, self.place(node), int(exact) if exact.denominator == 1 else exact)
        raise self.fault(node, f"{written or value!r} is not a plain number or text", "write digits, like 1.5")

    def _read_name(self, node: ast.Name) -> Node:
        if node.id == "never":
            return Const(_NEVER, self.place(node), NEVER)
        if node.id not in self.names:
            raise self.fault(node, f"{node.id} is not a declared name", "declare it, or correct the spelling")
        return Name(self.names[node.id], self.place(node), node.id)

    def _read_unaryop(self, node: ast.UnaryOp) -> Node:
        if not isinstance(node.op, ast.Not):
            raise self.fault(node, "a sign before a value is not part of the language", "subtract instead")
        return Not(BOOL, self.place(node), self.condition(node.operand))

    def _read_boolop(self, node: ast.BoolOp) -> Node:
        parts = tuple(self.condition(value) for value in node.values)
        return (All if isinstance(node.op, ast.And) else Some)(BOOL, self.place(node), parts)

    def condition(self, node: ast.expr) -> Node:
        part = self.read(node)
        if part.type.kind != "bool":
            raise self.fault(node, f"a condition is needed here, not a {part.type}", "compare it with something")
        return part

    def _read_compare(self, node: ast.Compare) -> Node:
        operands = [node.left, *node.comparators]
        parts = [
            self._pair(node, sign, left, right)
            for sign, left, right in zip(node.ops, operands, operands[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else All(BOOL, self.place(node), tuple(parts))

    def _pair(self, node: ast.Compare, sign: ast.cmpop, left: ast.expr, right: ast.expr) -> Node:
        if isinstance(sign, ast.In) and isinstance(right, ast.Tuple) and right.elts:
            equal = (self._compare(node, "==", left, option) for option in right.elts)
            return Some(BOOL, self.place(node), tuple(equal))
        if type(sign) not in _SIGNS:
            raise self.fault(node, "this comparison is not part of the language", "use < <= > >= == != or in (...)")
        return self._compare(node, _SIGNS[type(sign)], left, right)

    def _compare(self, node: ast.Compare, op: str, left: ast.expr, right: ast.expr) -> Node:
        first, second = self.read(left), self.read(right)
        common = self.common(node, first, second)
        if common.kind == "bool" or (common.kind == "choice" and op not in ("==", "!=")):
            raise self.fault(node, f"{common.kind}s are not compared by {op}", "use the condition itself, or ==")
        return Compare(BOOL, self.place(node), op, first, second)

    def common(self, node: ast.expr, left: Node, right: Node) -> Type:
        """The type both sides share; a literal takes the unit of what it stands beside."""
        one, two = left.type, right.type
        if "never" in (one.kind, two.kind) and {one.kind, two.kind} <= {"never", "date", "number"}:
            return two if one.kind == "never" else one
        if one.kind != two.kind:
            raise self.fault(node, f"a {one} and a {two} do not go together", "compare like with like")
        if one.kind == "number" and one.unit and two.unit and one.unit != two.unit:
            raise self.fault(node, f"{one.unit} and {two.unit} do not go together", "use values of one unit")
        if one.kind == "choice":
            self._check_choice(node, left, two.options)
            self._check_choice(node, right, one.options)
        return one if one.unit or one.options else two

    def _check_choice(self, node: ast.expr, side: Node, options: Sequence[str]) -> None:
        if isinstance(side, Const) and options and side.value not in options:
            raise self.fault(node, f'"{side.value}" can never occur here', "use one of " + ", ".join(options))

    def _read_ifexp(self, node: ast.IfExp) -> Node:
        then, other = self.read(node.body), self.read(node.orelse)
        common = self.common(node, then, other)
        return If(common, self.place(node), self.condition(node.test), then, other)

    def _read_binop(self, node: ast.BinOp) -> Node:
        op = _ARITHMETIC.get(type(node.op))
        if op is None:
            raise self.fault(node, "this operation is not part of the language", "use + - * /")
        left, right = self.read(node.left), self.read(node.right)
        return Arithmetic(self._result(node, op, left, right), self.place(node), op, left, right)

    def _result(self, node: ast.BinOp, op: str, left: Node, right: Node) -> Type:
        kinds = (left.type.kind, right.type.kind)
        if kinds == ("date", "date") and op == "-":
            return DAYS
        if kinds == ("date", "number") and op in "+-" and right.type.unit in (None, "d"):
            return DATE
        if kinds != ("number", "number"):
            raise self.fault(node, f"{left.type} {op} {right.type} has no meaning", "use numbers, or date and days")
        if op in "+-":
            return self.common(node, left, right)
        if op == "/" and not (isinstance(right, Const) and right.value):
            raise self.fault(node, "only a literal other than 0 may divide", "multiply the other side instead")
        if left.type.unit and right.type.unit:
            raise self.fault(node, "two values with units are not multiplied", "let one be a plain number")
        return left.type if left.type.unit else right.type

    def _read_call(self, node: ast.Call) -> Node:
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called not in ("min", "max", "known") or node.keywords or not node.args:
            raise self.fault(node, "only min, max and known may be called", "name a derived value instead")
        parts = tuple(self.read(argument) for argument in node.args)
        if called == "known":
            if len(parts) != 1:
                raise self.fault(node, "known takes one value", "join several by and")
            return Known(BOOL, self.place(node), parts[0])
        fullest = parts[0]
        for part in parts[1:]:
            fullest = fullest if self.common(node, fullest, part) is fullest.type else part
        common = fullest.type
        if common.kind not in ("number", "date"):
            raise self.fault(node, f"{called} needs numbers or dates", "compare choices with ==")
        return Extreme(common, self.place(node), called, parts)


def parse(text: str, place: Place, names: Mapping[str, Type], wanted: Type | None = None) -> Node | Problem:
    """Read one expression; the tree, or the problem with its line and column.

    `wanted` is the type it must have (kind, and unit when both have one).
    """
    if len(text) > LONGEST:
        return Problem(place, "the expression is too long", f"keep it under {LONGEST} characters")
    try:
        text = text.replace("\n", " ")
        body = ast.parse(text, mode="eval").body
        reader = _Reader(text, place, names)
        node = reader.read(body)
        if wanted is not None:
            _check_wanted(reader, body, node, wanted)
    except _Fault as fault:
        return fault.problem
    except (SyntaxError, ValueError) as error:
        column = place.column + (getattr(error, "offset", 1) or 1) - 1
        return Problem(Place(place.file, place.line, column), "this is not an expression", "check its spelling")
    except (RecursionError, MemoryError):
        return Problem(place, "the expression is nested too deeply", "name its parts as derived values")
    return node


def _check_wanted(reader: _Reader, body: ast.expr, node: Node, wanted: Type) -> None:
    if node.type == _NEVER and wanted.kind in ("date", "number"):
        return
    if wanted.kind != node.type.kind:
        raise reader.fault(body, f"a {wanted} is needed here, not a {node.type}", "change the expression")
    reader.common(body, node, Const(wanted, node.place, None if wanted.kind != "choice" else ""))


def parts_of(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order written."""
    match node:
        case All(parts=parts) | Some(parts=parts) | Extreme(parts=parts):
            return parts
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case If(test=test, then=then, other=other):
            return (test, then, other)
        case Not(part=part) | Known(part=part):
            return (part,)
    return ()


def inside(node: Node) -> Iterator[Node]:
    """The expression and every part of it, in order."""
    yield node
    for part in parts_of(node):
        yield from inside(part)


def names_in(node: Node) -> Iterator[str]:
    """Every name the expression mentions, in order, repeats included."""
    return (part.name for part in inside(node) if isinstance(part, Name))
