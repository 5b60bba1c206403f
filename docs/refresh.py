"""Writes into the documents what the program says now: transcripts, tables, worked examples, the picture.

`python docs/refresh.py` does it; read the change before you keep it. `tests/test_docs.py` says when it is due.
"""

from __future__ import annotations

import io
import re
import runpy
import shlex
import shutil
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from oncourse.course import read as read_course
from oncourse.decide import decide
from oncourse.evaluate import closure
from oncourse.explain import Words
from oncourse.expression import Type, names_in, parse
from oncourse.faces import cli, mutants
from oncourse.faces.demo.clinic import ACCOUNTS
from oncourse.faces.demo.dated import invented
from oncourse.field import Field
from oncourse.problem import BadInput, Place, Problem
from oncourse.protocol import Fact
from oncourse.protocol_file import load, read_folder
from oncourse.prove.kills import read_table
from oncourse.quantity import show
from oncourse.roles import table
from oncourse.value import NEVER, Stale, Unknown

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/oncourse"
FOLDER = load().folder
PICTURE = ROOT / "docs/decision.svg"
TODAY = datetime(2026, 11, 25, 12, tzinfo=UTC)  # any day: the demo's dates count from it
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    FOLDER / "cases/README.md",
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GENERATED = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)( *<!-- end -->)", re.DOTALL)
CHECKED = re.compile(r"(?<=<!-- answers: )(\w+)( -->\n\n\|.*\n\|.*\n)((?:\|.*\n)+)")


def refreshed(page: Path) -> str:
    """The page with everything in it that can be worked out worked out anew."""
    text = page.read_text(encoding="utf-8")
    text = GENERATED.sub(lambda part: f"{part[1]}{TABLES[part[2]]()}{part[4]}", text)
    text = CHECKED.sub(lambda part: f"{part[1]}{part[2]}{answered(part[1], part[3])}", text)
    with TemporaryDirectory() as folder, chdir(folder):
        for name, document in shown_documents(text).items():
            Path(name).write_text(document, encoding="utf-8")
        return FENCE.sub(lambda block: replayed(block) if block[1] == "console" else block[0], text)


def shown_documents(text: str) -> dict[str, str]:
    """The course documents of a page: blocks of YAML that begin with a comment that is their file's name."""
    blocks = [block for kind, block in FENCE.findall(text) if kind == "yaml"]
    return {found[1]: block for block in blocks if (found := re.match(r"# ([\w.-]+\.yaml)\n", block))}


def replayed(block: re.Match[str]) -> str:
    """A console block with what each of its commands prints now."""
    lines, status = [], 0
    for command in re.findall(r"^\$ (.*)$", block[2], re.MULTILINE):
        output, status = (f"{status}\n", 0) if command == "echo $?" else run(command)
        assert "fault of ours" not in output, f"{command}: {output}"
        lines.append(f"$ {command}\n{output}")
    return f"```console\n{''.join(lines)}```"


def run(command: str) -> tuple[str, int]:
    """What a command line prints on both streams, and its exit status; `| head -n N` keeps the first lines."""
    words, _, kept = command.partition(" | head -n ")
    stream = io.TextIOWrapper(io.BytesIO(), write_through=True)
    with patch.object(sys, "argv", shlex.split(words)), redirect_stdout(stream), redirect_stderr(stream):
        try:
            cli.main()
            status = 0
        except SystemExit as leaving:
            status = int(leaving.code or 0)
    stream.seek(0)
    lines = stream.read().splitlines(keepends=True)
    return "".join(lines[: int(kept)] if kept else lines), status


# ---------------------------------------------------------------- tables made from the program


def modules() -> str:
    """Every module from the top floor down, each with the first clause of its docstring."""
    files = sorted(PACKAGE.rglob("*.py"), key=lambda path: (floors().index(room(path)), path))
    named = [path for path in files if path.name != "__init__.py"]
    rows = [f"{path.relative_to(PACKAGE)!s:<21} {first_clause(path)}\n" for path in named]
    return f"```text\n{''.join(rows)}```\n"


def floors() -> list[str]:
    """The rooms of the package in the order in which imports may go down."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [name for layer in layers for name in re.findall(r"\w+", layer)] + ["__init__"]


def room(path: Path) -> str:
    """The module or folder right under the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def first_clause(path: Path) -> str:
    """A module's docstring up to its first colon, semicolon, comma or full stop."""
    line = path.read_text(encoding="utf-8").removeprefix('"""').split('"""')[0].splitlines()[0]
    return re.split(r"[:;,.](?: |$)", line)[0]


def events() -> str:
    """Every kind of event with its fields, in the order in which they count within a day."""
    kinds = sorted(load().vocabulary.kinds.values(), key=lambda kind: kind.rank)
    rows = [f"| {kind.rank + 1} | `{kind.name}` | {fields(kind.record.fields)} |\n" for kind in kinds[:-1]]
    return "\n| order | event | fields |\n| --: | --- | --- |\n" + "".join(rows) + "\n"


def head() -> str:
    """The fields of the patient and of the site."""
    known = load().vocabulary
    rows = [
        f"| `{name}` | {fields(record.fields)} |\n"
        for name, record in (("patient", known.patient), ("site", known.site))
    ]
    return "\n| part | fields |\n| --- | --- |\n" + "".join(rows) + "\n"


def fields(known: Mapping[str, Field]) -> str:
    """The fields of a record with what each may hold; those that must be there are marked."""
    return " · ".join(
        f"`{name}`{' (required)' if of.required else ''} {holds(of)}".rstrip() for name, of in known.items()
    )


WORDS = {
    "yesno": "yes or no",
    "answers": "each yes or no",
    "notes": "each a text",
    "answer": "text",
    "clock": "hour or instant",
    "zone": "IANA name",
    "event": "the right event",
}


def holds(of: Field) -> str:
    """What a field may hold, in a few words."""
    if of.type in ("choice", "list") and of.options:
        return ("any of " if of.type == "list" else "") + ", ".join(of.options)
    if of.type == "quantity" and of.measure is not None:
        units = [*of.measure.units, *(["or as ULN"] if of.multiple is not None else [])]
        return "in " + ", ".join(units).replace(", or as", " beside `uln`, or as")
    if of.type in ("integer", "days"):
        numbers = of.numbers
        return f"{numbers[0]} to {numbers[-1]}" if isinstance(numbers, range) else ", ".join(map(str, numbers))
    if of.parts is not None:
        return f"a list of {', '.join(of.parts.fields)}"
    return WORDS.get(of.type, of.type)


def facts() -> str:
    """Every fact of the protocol: its type, how long it is fresh, the side on which it forbids, what silence means."""
    rows = []
    for fact in load().facts:
        kind = f"choice: {', '.join(fact.type.options)}" if fact.type.options else str(fact.type)
        rows.append(f"| `{fact.name}` | {kind} | {fresh(fact)} | {fact.worse or ''} | {silence(fact)} |\n")
    return (
        "\n| fact | holds | fresh | worse | silence means |\n| --- | --- | --- | --- | --- |\n" + "".join(rows) + "\n"
    )


def fresh(fact: Fact) -> str:
    """For how many days a fact may be relied on."""
    setting = next((setting for setting in load().settings if setting.name == fact.fresh), None)
    return f"{setting.default if setting else fact.fresh} d" if fact.fresh else ""


def silence(fact: Fact) -> str:
    """What it means that a fact was never recorded."""
    if fact.take == "each":
        return "none reported"
    return "unknown" if fact.absent is None else said(fact.absent, fact.type)


def evidence() -> str:
    """How many statements stand on what kind of reading, by the weaker of the two labels."""
    order = ("verified", "secondary", "recalled", "derived")
    marks = [statement["evidence"] for statement in load().sources["statements"].values()]  # type: ignore[attr-defined]
    weakest = Counter(max(mark.values() if isinstance(mark, dict) else [mark], key=order.index) for mark in marks)
    told = ", ".join(f"{weakest[mark]} {mark}" for mark in order)
    return f"  Of {len(marks)} statements: {told}.\n"


def folders() -> str:
    """The folders of cases that are named for a clause, with the clause's title."""
    titles: Mapping[str, Mapping[str, str]] = load().words["clauses"]  # type: ignore[assignment]
    known = [path.name for path in case_folders() if path.name in titles]
    return (
        "\n| folder | clause |\n| --- | --- |\n"
        + "".join(f"| `{name}/` | {titles[name]['title']} |\n" for name in known)
        + "\n"
    )


def kills() -> str:
    """What became of every mutant of the protocol file."""
    protocol = load()
    return f"\n{mutants.summary(protocol, read_table(protocol))}\n\n"


def case_folders() -> list[Path]:
    """The folders of the public case suite."""
    return sorted(path for path in (FOLDER / "cases").iterdir() if path.is_dir())


def roles() -> str:
    """Every act and kind of event, with a tick for each role that may do it."""
    known = table()
    head = f"| | {' | '.join(known.roles)} |\n| --- |{' :-: |' * len(known.roles)}\n"
    rows = (*known.acts.items(), *((f"`{kind}`", may) for kind, may in known.events.items()))
    return "\n" + head + "".join(_ticked(name, may, known.roles) for name, may in rows) + "\n"


def _ticked(name: str, may: tuple[str, ...], known: tuple[str, ...]) -> str:
    return f"| {name} | {' | '.join('✓' if role in may else '' for role in known)} |\n"


def staff() -> str:
    """Who may sign in to the demo."""
    rows = [f"| `{account.name}` | {account.shown} | {', '.join(account.roles)} |\n" for account in ACCOUNTS]
    return "\n| account | name | role |\n| --- | --- | --- |\n" + "".join(rows) + "\n"


def patients() -> str:
    """The patients of the demo, each with the verdict of today."""
    rows = []
    for patient in invented():
        course = read_course(patient.dated(TODAY), patient.number, load().vocabulary)
        decision = decide(load(), course, TODAY.date())
        slot = f", cycle {decision.slot['cycle']} day {decision.slot['day']}" if decision.slot["cycle"] else ""
        name = patient.who.splitlines()[0].removeprefix("name: ")
        verdict = Words(decision).spoken()["title"]
        rows.append(f"| {patient.number} {name} | **{verdict}**{slot} | {patient.story} | {patient.see} |\n")
    return "\n| patient | today | story | look at |\n| --- | --- | --- | --- |\n" + "".join(rows) + "\n"


TABLES: Mapping[str, Callable[[], str]] = {
    made.__name__: made for made in (modules, events, head, facts, evidence, folders, kills, roles, staff, patients)
}


# ---------------------------------------------------------------- examples of the condition language


def answered(kind: str, rows: str) -> str:
    """The rows of a table of conditions with the last cell worked out."""
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]
    answer = {"conditions": outcome, "refusals": refusal, "rules": refused}[kind]
    return "".join(f"| {' | '.join([*row[:-1], answer(*row[:-1])])} |\n" for row in cells)


def outcome(condition: str, known: str) -> str:
    """What a condition comes out as, given what is known: `ast 3, alt unknown, bilirubin 1.7 old`."""
    protocol = load()
    tree = parse(condition.strip("`"), Place("", 1, 1), protocol.types)
    assert not isinstance(tree, Problem), tree
    given = dict(part.split(" ", 1) for part in known.split(", ")) if known else {}
    assert set(names_in(tree)) <= set(given), f"say what is known for {condition}"
    values = {name: value(name, text) for name, text in given.items()}
    lookup = {name: (lambda env, name=name: values[name]) for name in values}
    return said(closure(tree, lookup)([]), tree.type)


def value(name: str, text: str) -> object:
    """A value as a table gives it."""
    fact = next((fact for fact in load().facts if fact.name == name), None)
    lack, of = Unknown(frozenset((fact.asks if fact else name,))), load().types[name]
    if text == "unknown":
        return lack
    if text.endswith(" old"):
        assert fact is not None
        return Stale(Fraction(text.split()[0]), fact.worse == "high", lack)
    plain = {"never": NEVER, "yes": True, "no": False}
    if text in plain or of.kind == "choice":
        return plain.get(text, text)
    return date.fromisoformat(text).toordinal() if of.kind == "date" else Fraction(text)


def said(value: object, of: Type) -> str:
    """What a condition came out as, in words."""
    if isinstance(value, Unknown):
        return f"unknown: {', '.join(sorted(value.facts))}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is NEVER:
        return "never"
    if isinstance(value, int | Fraction):
        return date.fromordinal(int(value)).isoformat() if of.kind == "date" else show(Fraction(value))
    return str(value)


def refusal(condition: str) -> str:
    """Why a text is no condition: the column, what is wrong and what to do."""
    problem = parse(condition.strip("`"), Place("", 1, 1), load().types)
    assert isinstance(problem, Problem), f"{condition} is not refused"
    return f"column {problem.place.column}: {problem.what}; {problem.remedy}"


def refused(old: str, new: str) -> str:
    """Why the protocol is not read with another text in the place of one of its own."""
    with TemporaryDirectory() as folder:
        for file in FOLDER.glob("*.yaml"):
            shutil.copy(file, folder)
        rules = Path(folder) / "protocol.yaml"
        text, own, written = rules.read_text(encoding="utf-8"), old.strip("`"), new.strip("`")
        assert text.count(own) == 1, own
        rules.write_text(text.replace(own, written), encoding="utf-8")
        try:
            read_folder(Path(folder))
        except BadInput as refusing:
            return " / ".join(f"{problem.what}; {problem.remedy}" for problem in refusing.problems)
    raise AssertionError(f"{new} is not refused")


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(refreshed(page), encoding="utf-8")
    PICTURE.write_text(runpy.run_path(str(ROOT / "docs/picture.py"))["draw"](), encoding="utf-8")
