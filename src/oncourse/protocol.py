"""A protocol folder, read and checked: the drug's whole program as declarations and expression trees.

Nothing here decides anything. Every fault of the file is reported at once, with line and column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from oncourse import document
from oncourse.event import Field, Vocabulary
from oncourse.expression import BOOL, DATE, PLAIN, Node, Type

FOLDERS = Path(__file__).parent / "protocols"
TEXTS = ("protocol.yaml", "events.yaml", "words.en.yaml", "sources.yaml", "readings.yaml")
EVENT_NAME = "event_"  # begins the names by which conditions read what an event says
ACTS = ("stop", "done", "judge", "wait", "hold", "need", "give", "omit", "reduce", "note")


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A value a site may choose: a number of days, or one of its options."""

    name: str
    type: Type
    default: object


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """Something the record may say, and how it is read from events.

    `take` is latest, any, first-date, last-date, worst, each or nothing.
    """

    name: str
    type: Type
    sources: tuple[tuple[str, str | None], ...]
    take: str = "latest"
    asks: str = ""
    absent: object = None
    only: tuple[str, ...] = ()
    fresh: str | None = None
    worse: str | None = None
    since: str | None = None
    masked: str | None = None
    within: str | None = None
    skip_masked: bool = False
    key: str | None = None
    carried: Mapping[str, object] | None = None
    unsaid: Mapping[str, object] | None = None
    value: Node | None = None
    ever: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A part of the remembered state, with its value before anything happened."""

    name: str
    type: Type
    initial: object


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """One rule: when it holds, what it does, and which statements it carries out."""

    id: str
    act: str
    scope: Node | None
    when: Node | None
    asks: tuple[Node, ...]
    unknown: str
    cites: tuple[str, ...]
    readings: tuple[str, ...]
    options: tuple[str, ...] = ()
    default: str = ""
    stops: str = ""
    occasion: Node | None = None
    dose_means: str = ""
    last: bool = False
    holds: bool = False
    slot: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """How one kind of happening moves the state."""

    id: str
    on: tuple[str, ...]
    when: Node | None
    sets: tuple[tuple[str, Node], ...]
    omits: str


@dataclass(frozen=True, slots=True, eq=False)
class AmountRow:
    """A dose per body surface (mg/m²) and when it applies."""

    id: str
    when: Node
    mg_per_m2: Fraction
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """Everything that turns a slot into mg, mL and vials."""

    rows: tuple[AmountRow, ...]
    percent: Node
    levels: tuple[str, ...]
    size: str
    formula: str
    bsa_step: Fraction
    mg_step: Fraction
    ceiling: Fraction
    mg_per_ml: Fraction
    vial_mg: Fraction
    bag_ml: Fraction
    least_mg_per_ml: Fraction
    hours: Fraction
    as_ordered: Fraction

    def fits(self, mg: Fraction, advised: Fraction) -> bool:
        """Whether a dose is as ordered: within the percentage of the one that is computed (semantics 5)."""
        return abs(mg - advised) * 100 <= self.as_ordered * advised


@dataclass(frozen=True, slots=True, eq=False)
class Cited:
    """A named thing that carries out statements: a preparation step, a clock (hours), a follow-up (months)."""

    id: str
    cites: tuple[str, ...]
    amount: Fraction | None = None
    when: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Supposition:
    """What a plan supposes where nothing is known yet: an event's fields, and the other way it may go."""

    when: Node
    event: str
    fields: Mapping[str, str]
    otherwise: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """Premedication, steps, watched symptoms and clocks of one dose."""

    premedication: tuple[str, ...]
    premedication_cites: tuple[str, ...]
    steps: tuple[Cited, ...]
    symptoms: tuple[str, ...]
    clocks: Mapping[str, Cited]


@dataclass(frozen=True, eq=False)
class Protocol:
    """A whole protocol folder; one instance serves every course."""

    id: str
    version: str
    sha256: str
    folder: Path
    drug: Mapping[str, str]
    label: Mapping[str, str]
    vocabulary: Vocabulary
    types: Mapping[str, Type]
    settings: tuple[Setting, ...]
    facts: tuple[Fact, ...]
    state: tuple[Variable, ...]
    derived: Mapping[str, Node]
    answers: Mapping[str, Node]
    slot: tuple[str, ...]
    dose_slot: tuple[str, ...]
    wakes: tuple[Node, ...]
    wait: Node
    clauses: tuple[Clause, ...]
    permit: Node
    happens: tuple[Transition, ...]
    amounts: Amounts
    preparation: Preparation
    follow_up: tuple[Cited, ...]
    suppositions: tuple[Supposition, ...]

    @cached_property
    def words(self) -> Mapping[str, object]:
        """Every clinical sentence, by section and name."""
        return _plain(self.folder / "words.en.yaml")

    @cached_property
    def sources(self) -> Mapping[str, object]:
        """The sources, their statements in the project's words, and what carries each out."""
        return _plain(self.folder / "sources.yaml")

    @cached_property
    def readings(self) -> Mapping[str, object]:
        """Where sources are loose or differ, what was chosen, and why."""
        return _plain(self.folder / "readings.yaml")

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The options of each judgement, by clause."""
        return {clause.id: clause.options for clause in self.clauses if clause.options}

    @property
    def clause_ids(self) -> frozenset[str]:
        """Every clause id that a finding of a decision can carry."""
        return frozenset(name for clause in self.clauses for name in (clause.id, clause.unknown) if name)

    @property
    def may_be_overridden(self) -> frozenset[str]:
        """Every id an override may name: the clauses, and what is asked before a bag leaves and an infusion starts."""
        return self.clause_ids | {"premedication", "second-check", *self.preparation.clocks}


def standing(protocol: Protocol) -> Iterator[Node]:
    """Every expression that is asked at a moment; those of transitions are asked when something happens."""
    yield from (*protocol.derived.values(), protocol.permit, protocol.wait, *protocol.wakes, *protocol.answers.values())
    yield from (*(row.when for row in protocol.amounts.rows), protocol.amounts.percent)
    for clause in protocol.clauses:
        yield from (tree for tree in (clause.scope, clause.when, *clause.asks, clause.occasion) if tree)
    yield from (cited.when for cited in (*protocol.follow_up, *protocol.preparation.steps) if cited.when)
    yield from (supposition.when for supposition in protocol.suppositions)


def answer_name(clause: str) -> str:
    """The name under which conditions read the answer to a judgement."""
    return "answer_" + clause.replace("-", "_")


def event_types(vocabulary: Vocabulary, kind: str) -> Mapping[str, Type]:
    """The names under which conditions read what an event of that kind says; a moment of the day says nothing."""
    known = vocabulary.kinds.get(kind)
    fields = known.record.fields if known is not None else {}
    return {f"{EVENT_NAME}{field}": type_of(of) for field, of in fields.items()}


def type_of(field: Field) -> Type:
    """What an event's field holds, as conditions see it; a list is seen as its length."""
    if field.type == "choice":
        return Type("choice", options=field.options)
    if field.type == "yesno":
        return BOOL
    if field.type == "quantity":
        return Type("number", field.unit)
    if field.type in ("integer", "list"):
        return PLAIN
    return DATE if field.type == "date" else Type("choice")


def _plain(path: Path) -> Mapping[str, object]:
    content = document.read(path.read_bytes(), path.name).plain()
    assert isinstance(content, dict)
    return content


def names() -> tuple[str, ...]:
    """The protocols that come with the program."""
    return tuple(sorted(path.parent.name for path in FOLDERS.glob("*/protocol.yaml")))


def digest(folder: Path, texts: Iterable[str] = TEXTS) -> str:
    """SHA-256 over the protocol's own texts, so that a decision can name exactly what it followed; or over some."""
    content = hashlib.sha256()
    for name in texts:
        content.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    return content.hexdigest()


BUILT_IN: Mapping[str, Type] = {
    "today": DATE,
    "age": Type("number", "a"),
    "sex": Type("choice", options=("male", "female", "other", "unknown")),
    "dose_mg": Type("number", "mg"),
    "holding": BOOL,
    "judged_stop": BOOL,
    "unasked": BOOL,
}
