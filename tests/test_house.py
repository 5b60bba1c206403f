"""The house rules, read from the source text; each checker is itself tried on text that breaks its rule."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/oncourse"
PROTOCOLS = PACKAGE / "protocols"

ALL = sorted(PACKAGE.rglob("*.py"))
CORE = [path for path in ALL if path.relative_to(PACKAGE).parts[0] != "faces"]
CLINIC = PACKAGE / "clinic.py"
SHARED = (CLINIC, PACKAGE / "board.py")  # one of each for everybody who comes in
PURE = [path for path in CORE if path not in SHARED and path.parent.name != "record"]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TOOLS = sorted(path for room in ("tools", "bench") for path in (ROOT / room).rglob("*.py"))

LONGEST_FILE = 400
LONGEST_FUNCTION = 50

# Of `math`, only what takes and gives whole numbers or exact fractions.
EXACT_MATH = {"ceil", "comb", "floor", "gcd", "isqrt", "lcm"}
INEXACT_MODULES = {"math", "cmath", "numpy", "random", "statistics"}
WORLD = {"os", "random", "secrets", "socket", "subprocess", "threading", "time", "urllib", "uuid"}

DRUG_WORDS = """
    inotuzumab ozogamicin besponsa gemtuzumab calicheamicin cd22 leukaemia leukemia remission transplant
    liver hepatic bilirubin alt alp anc neutrophils platelets blasts marrow mrd vod gilbert haemolysis
    transfused pregnancy philadelphia hydroxyurea qtcf
"""
# Names of facts that are everyone's: `ast` is also Python's module for syntax trees.
EVERYONES = {
    "ast",
    "disease",
    "enrolment",
    "height",
    "late_reason",
    "reaction",
    "response",
    "stopped",
    "toxicity",
    "weight",
}

Finding = tuple[int, str]
Finder = Callable[[str], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A rule of the house, where it holds, and what breaks and keeps it."""

    find: Finder
    where: list[Path]
    breaks: tuple[str, ...]
    keeps: tuple[str, ...]

    @property
    def name(self) -> str:
        """The finder's name, in words."""
        return self.find.__name__.replace("_", " ")


def floats(source: str) -> Iterator[Finding]:
    """Binary floating point: literals, conversions, annotations, and the parts of `math` that give it."""
    tree = ast.parse(source)
    told_apart = {id(part) for node in ast.walk(tree) for part in kinds_asked(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno, f"the literal {ast.unparse(node)}"
            case ast.Name(id="float" | "complex") if id(node) not in told_apart:
                yield node.lineno, node.id
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names if name.name in INEXACT_MODULES)
            case ast.ImportFrom(module=str(module), names=names) if module in INEXACT_MODULES:
                allowed = EXACT_MATH if module == "math" else set()
                yield from ((node.lineno, name.name) for name in names if name.name not in allowed)


def kinds_asked(node: ast.AST) -> Iterator[ast.AST]:
    """The names of types that are only asked about, as in `isinstance(x, float)`."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
            yield from ast.walk(kinds)
        case ast.MatchClass(cls=kind):
            yield kind


def clock_chance_and_environment(source: str) -> Iterator[Finding]:
    """Whatever would make one input give two answers: the clock, chance, the machine it runs on."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, n.name) for n in names if n.name.partition(".")[0] in WORLD)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in WORLD:
                yield node.lineno, module


def the_time(source: str) -> Iterator[Finding]:
    """What time it is, which only the clinic asks."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr="now" | "today" | "utcnow", value=value):
                if re.search(r"\bdate(time)?$", ast.unparse(value)):
                    yield node.lineno, ast.unparse(node)
            case ast.Attribute(attr="time" | "time_ns", value=ast.Name(id="time")):
                yield node.lineno, ast.unparse(node)


def drug_words() -> set[str]:
    """The names that a protocol gives to its facts and its drug, and words that could have slipped in."""
    words = set(DRUG_WORDS.split())
    for path in PROTOCOLS.glob("*/protocol.yaml"):
        protocol = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        words |= set(protocol["facts"])
        words |= set(re.findall(r"[a-z]+\w{3,}", " ".join(protocol["drug"].values()).lower()))
    return words - EVERYONES


def words_of_a_drug(source: str) -> Iterator[Finding]:
    """A drug's facts or name, in code, text or comment; an underscore parts words."""
    pattern = re.compile(rf"(?<![a-z0-9])({'|'.join(sorted(drug_words()))})(?![a-z0-9])", re.IGNORECASE)
    for number, line in enumerate(source.splitlines(), 1):
        yield from ((number, found.group()) for found in pattern.finditer(line))


def nothing_said(source: str) -> Iterator[Finding]:
    """Public modules, classes and functions without a docstring."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield 1, "the module"
    rooms: list[ast.Module | ast.ClassDef] = [tree]
    for room in rooms:
        for node in room.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                rooms += [node] if isinstance(node, ast.ClassDef) else []
                if not ast.get_docstring(node):
                    yield node.lineno, node.name


def silent_tests(source: str) -> Iterator[Finding]:
    """Tests without a sentence that says what holds."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not says_a_sentence(node):
            yield node.lineno, node.name


def says_a_sentence(node: ast.FunctionDef) -> bool:
    """Whether the docstring ends as a sentence does."""
    return (ast.get_docstring(node) or "").endswith(".")


def too_long(source: str) -> Iterator[Finding]:
    """Files and functions that nobody takes in at a glance."""
    lines = len(source.splitlines())
    if lines > LONGEST_FILE:
        yield lines, f"{lines} lines, at most {LONGEST_FILE}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield node.lineno, f"{node.name} has {length} lines, at most {LONGEST_FUNCTION}"


def work_left_over(source: str) -> Iterator[Finding]:
    """Comments that put something off."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string):
            yield token.start[0], token.string


def names_that_say_nothing(source: str) -> Iterator[Finding]:
    """Classes named for no work in particular."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and re.search("Manager|Helper|Util|Service", node.name):
            yield node.lineno, node.name


LONG_FUNCTION = "def f():\n" + "    pass\n" * LONGEST_FUNCTION
RULES = [
    Rule(
        floats,
        CORE,
        (
            "x = 0.5",
            "x = float('1')",
            "def f(x: float): ...",
            "import math",
            "from math import sqrt",
            "x = 1j",
        ),
        (
            "x = 5",
            "isinstance(x, (int, float))",
            "from math import isqrt",
            "# 0.5",
            "match x:\n  case float(): ...",
        ),
    ),
    Rule(
        clock_chance_and_environment,
        PURE,
        ("import time", "import os.path", "from random import choice", "import os as machine"),
        ("from datetime import date, time", "d = env.today", "d = course.now", "import operator"),
    ),
    Rule(
        the_time,
        [path for path in ALL if path != CLINIC],
        ("d = date.today()", "d = datetime.datetime.now(UTC)", "t = time.time()", "t = time.time_ns()"),
        ("d = env.today", "d = course.now", "t = event.time"),
    ),
    Rule(
        words_of_a_drug,
        CORE,
        ("last_anc = 1", "x = 'Bilirubin'", "# the liver", "if facts['cd22']: ...", "besponsa = None"),
        ("import ast", "advance = 1", "balance = 'alter'", "weight = height"),
    ),
    Rule(
        nothing_said,
        ALL + TOOLS,
        ("x = 1", '"""M."""\ndef f(): ...', '"""M."""\nclass C:\n    """C."""\n    def m(self): ...'),
        ('"""M."""\ndef _f(): ...', '"""M."""\nclass C:\n    """C."""\n    def __len__(self): ...'),
    ),
    Rule(
        silent_tests,
        TESTS,
        ("def test_a(): ...", "class TestA:\n    def test_b(self):\n        '''no stop'''"),
        ("def test_a():\n    '''It holds.'''", "def helper(): ..."),
    ),
    Rule(
        too_long,
        ALL + TESTS + TOOLS,
        ("\n" * (LONGEST_FILE + 1), LONG_FUNCTION),
        ("\n" * LONGEST_FILE, LONG_FUNCTION.removesuffix("    pass\n")),
    ),
    Rule(
        work_left_over,
        ALL + TESTS + TOOLS,
        ("x = 1  # TODO later", "# FIXME"),
        ("x = 'TODO'", "# todos are no longer here"),
    ),
    Rule(
        names_that_say_nothing,
        ALL + TESTS + TOOLS,
        ("class DoseManager: ...", "class LabUtils: ..."),
        ("class Course: ...",),
    ),
]


@pytest.mark.parametrize(
    ("rule", "path"),
    [(rule, path) for rule in RULES for path in rule.where],
    ids=lambda part: part.name if isinstance(part, Rule) else str(part.relative_to(ROOT)),
)
def test_no_file_breaks_a_rule(rule: Rule, path: Path) -> None:
    """No file breaks a rule of the house."""
    found = [f"{path.relative_to(ROOT)}:{line}: {what}" for line, what in rule.find(path.read_text(encoding="utf-8"))]
    if found:
        pytest.fail(f"{rule.name}:\n" + "\n".join(found), pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_can_be_broken_and_kept(rule: Rule) -> None:
    """Each rule finds what breaks it, passes over what does not, and watches some file."""
    assert rule.where
    assert [text for text in rule.breaks if not list(rule.find(text))] == []
    assert [text for text in rule.keeps if list(rule.find(text))] == []


def test_the_words_of_a_drug_come_from_its_protocol() -> None:
    """The names of a protocol's facts are looked for in the code, whatever the drug."""
    protocols = sorted(PROTOCOLS.glob("*/protocol.yaml"))
    assert protocols
    assert len(drug_words()) > len(DRUG_WORDS.split())


def test_no_file_is_named_for_no_work_in_particular() -> None:
    """There is no drawer for odds and ends."""
    drawers = {"base", "common", "core", "helper", "helpers", "manager", "misc", "service", "util", "utils"}
    assert [path for path in ALL if path.stem in drawers] == []


def test_the_lock_file_names_only_the_public_index() -> None:
    """The lock file leads to the public package index, never to one machine's mirror."""
    urls = re.findall(r'"([a-z+]+://[^"]+)"', (ROOT / "uv.lock").read_text(encoding="utf-8"))
    assert {urlsplit(url).netloc for url in urls} == {"pypi.org", "files.pythonhosted.org"}


def test_the_wheel_carries_every_protocol_file() -> None:
    """What is installed has the protocols whole, data and cases."""
    packed = {file.relative_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    files = {str(path.relative_to(ROOT)) for path in PROTOCOLS.rglob("*") if path.is_file()}
    assert files
    assert files - packed == set()


def test_the_readme_shows_only_commands_that_exist() -> None:
    """Every command in the README can be given."""
    from oncourse.faces.cli import commands

    code = re.findall(r"```.*?```|`[^`]+`", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    shown = {word for text in code for word in re.findall(r"(?<![\w./-])oncourse ([a-z]+)", text)}
    assert shown
    assert shown - set(commands.commands) == set()
