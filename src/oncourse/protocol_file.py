"""Reading a protocol folder: every name, type and unit checked, every fault reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from oncourse import document, sound
from oncourse.event import Vocabulary
from oncourse.expression import BOOL, DATE, PLAIN, Node, Type, names_in
from oncourse.problem import BadInput, Place, Problem, either, excerpt
from oncourse.protocol import (
    ACTS,
    BUILT_IN,
    EVENT_NAME,
    FOLDERS,
    Clause,
    Fact,
    Protocol,
    Setting,
    Transition,
    Variable,
    answer_name,
    digest,
    event_types,
    names,
    type_of,
)
from oncourse.protocol_amounts import MISSING, all_texts, amounts, cited, preparation, supposition
from oncourse.section import Section
from oncourse.value import NEVER

__all__ = ["answer_name", "load", "named", "read_folder", "type_of"]

Sets = tuple[tuple[str, Node], ...]
_TAKES = ("latest", "any", "first-date", "last-date", "worst", "each", "nothing")
_MOMENTS = ("dawn", "time", "settle")


@lru_cache(maxsize=8)
def load(name: str | None = None) -> Protocol:
    """The protocol of that name among those that come with the program; the first, if none is named."""
    return read_folder(FOLDERS / (name or names()[0]))


def named(root: document.Node) -> Protocol:
    """The protocol a document names, in the version it names if it names one."""
    named = root.value.get("protocol") if isinstance(root.value, dict) else None
    if named is None or not isinstance(named.value, str):
        return load()
    name, _, version = named.value.partition("@")
    if name in names():
        known = load(name)
        if version in ("", known.version):
            return known
        remedy = f"write {name}@{known.version}, or leave the version out"
    else:
        remedy = f"use {either(names())}"
    raise BadInput([Problem(named.place, f"there is no protocol {excerpt(named.value)}", remedy)])


def read_folder(folder: Path) -> Protocol:
    """The protocol in that folder; `BadInput` with every fault if it is not sound."""
    problems: list[Problem] = []
    path = folder / "protocol.yaml"
    vocabulary = Vocabulary.read((folder / "events.yaml").read_bytes(), "events.yaml")
    top = Section(document.read(path.read_bytes(), path.name), "the protocol", problems)
    reading = _Reading(top, vocabulary)
    protocol = reading.protocol(folder)
    problems += sound.faults(protocol, reading.places)
    top.finish()
    if any(move.omits for move in protocol.happens) and "omit" not in {clause.act for clause in protocol.clauses}:
        top.fault(top.place, "slots are omitted and no clause says so", "add a clause with act: omit")
    if problems:
        raise BadInput(problems)
    return protocol


class _Reading:
    """One pass over the file; `types` grows as names are declared."""

    def __init__(self, top: Section, vocabulary: Vocabulary) -> None:
        self.top, self.vocabulary = top, vocabulary
        self.types: dict[str, Type] = dict(BUILT_IN)
        self.places: dict[str, Place] = {}
        self.trees: Mapping[str, Node] = {}
        self.remembered: set[str] = set()
        self.moves: Mapping[str, Sets] = {}

    def protocol(self, folder: Path) -> Protocol:
        top = self.top
        settings = tuple(self._setting(name, part) for name, part in top.parts("settings"))
        told = dict(top.parts("facts"))
        facts = tuple(self._fact(name, part) for name, part in told.items())
        state = tuple(self._variable(name, part) for name, part in top.parts("state"))
        clauses = list(top.parts("clauses"))
        for _, part in clauses:
            if part.peek("act") == "judge":
                options = (*part.peek_texts("options"), "none")
                self.declare(answer_name(part.peek("clause")), Type("choice", options=options), part)
        derived = self.trees = self._derived()
        self._check_names(facts, told, {setting.name for setting in settings})
        answers = top.section("answers")
        self.moves = {name: self._sets(part, self.types) for name, part in top.parts("moves")}
        return Protocol(
            id=top.text("protocol"),
            version=top.text("version"),
            sha256=digest(folder),
            folder=folder,
            drug=all_texts(top.section("drug")),
            label=all_texts(top.section("label")),
            vocabulary=self.vocabulary,
            types=self.types,
            settings=settings,
            facts=facts,
            state=state,
            derived=derived,
            slot=answers.texts("slot"),
            dose_slot=answers.texts("dose_slot"),
            answers=self._trees(answers),
            wakes=self._wakes(),
            wait=top.expression("wait", self.types, BOOL, needed=True) or MISSING,
            clauses=tuple(self._clause(part) for _, part in clauses),
            permit=top.expression("permit", self.types, BOOL, needed=True) or MISSING,
            happens=tuple(self._transition(part) for _, part in top.parts("happens")),
            amounts=amounts(top.section("amounts"), self.types),
            preparation=preparation(top.section("preparation"), self.types),
            follow_up=tuple(cited(part, self.types, "months") for _, part in top.parts("follow_up")),
            suppositions=tuple(supposition(part, self.types) for _, part in top.parts("plan")),
        )

    def declare(self, name: str, of: Type, place: Section | None = None) -> None:
        """Add a name; two declarations of one name are a fault."""
        if name in self.types or name == "never" or name.startswith(EVENT_NAME):
            part = place or self.top
            part.fault(part.place, f"{name} is declared twice or reserved", "choose another name")
        self.types[name] = of
        self.places.setdefault(name, (place or self.top).place)

    def _setting(self, name: str, part: Section) -> Setting:
        options, unit = part.texts("options"), part.text("unit", "")
        of = Type("choice", options=options) if options else Type("number", unit or None)
        default: object = part.text("default") if options else _whole(part.number("default"))
        if options and default not in options:
            part.fault(part.place, f"{name} defaults to what is not an option", "name one of its options")
        part.finish()
        self.declare(name, of, part)
        return Setting(name, of, default)

    def _variable(self, name: str, part: Section) -> Variable:
        unit = part.text("unit", "") or None
        kind = next((key for key in ("number", "date", "bool") if key in part.keys()), "number")
        text = part.text(kind)
        part.finish()
        of = Type(kind, unit)
        self.declare(name, of, part)
        self.remembered.add(name)
        return Variable(name, of, _literal(text, of, part))

    def _fact(self, name: str, part: Section) -> Fact:
        if part.text("asked", ""):
            fact = Fact(name, BOOL, (), "nothing", name)
        elif "each" in part.keys():
            fact = self._each(name, part)
        else:
            fact = self._observed(name, part)
        part.finish()
        self.declare(name, fact.type, part)
        self.declare(f"{name}_on", DATE, part) if not name.endswith("_on") else None
        return fact

    def _observed(self, name: str, part: Section) -> Fact:
        sources = tuple(_source(text) for text in part.texts("from"))
        take = part.text("take", "latest")
        if take not in _TAKES:
            part.fault(part.place, f"{take} is not a way to take a fact", "use one of " + ", ".join(_TAKES))
        fields = [field for source in sources if (field := self._field(source, part)) is not None]
        of = {"any": BOOL, "first-date": DATE, "last-date": DATE}.get(take) or (fields[0] if fields else BOOL)
        absent, only = part.text("absent", "") or None, part.texts("only")
        if fields and fields[0].options and not set(only) <= set(fields[0].options):
            part.fault(part.place, f"{name} takes only what cannot occur", "use one of " + ", ".join(fields[0].options))
        if of.kind == "choice" and only:
            of = Type("choice", options=only)
        if of.kind == "choice" and absent is not None:
            of = Type("choice", options=(*of.options, absent))
        return Fact(
            name,
            of,
            sources,
            take,
            asks=part.text("asks", name),
            absent=None if absent is None else _literal(absent, of, part),
            only=only,
            fresh=part.text("fresh", "") or None,
            worse=part.text("worse", "") or None,
            since=part.text("since", "") or None,
            masked=part.text("masked", "") or None,
            within=part.text("within", "") or None,
            skip_masked=part.text("skip", "") == "masked",
        )

    def _each(self, name: str, part: Section) -> Fact:
        event = part.text("each")
        if event not in self.vocabulary.kinds:
            part.fault(part.place, f"{name} reads {event}, which is no event", "see events.yaml")
        fields = self.vocabulary.fields(event) if event in self.vocabulary.kinds else {}
        known = {field: type_of(of) for field, of in fields.items()}
        carried, unsaid = part.section("carried"), part.section("unsaid")
        value = part.expression("value", known, PLAIN, needed=True)
        return Fact(
            name,
            PLAIN,
            ((event, None),),
            "each",
            asks=name,
            key=part.text("by"),
            carried={field: _literal(carried.text(field), known.get(field, PLAIN), part) for field in carried.keys()},
            unsaid={field: _literal(unsaid.text(field), known.get(field, PLAIN), part) for field in unsaid.keys()},
            value=value,
            ever=part.flag("ever"),
        )

    def _field(self, source: tuple[str, str | None], part: Section) -> Type | None:
        event, field = source
        fields = self.vocabulary.fields(event) if event in self.vocabulary.kinds else None
        if fields is None or (field is not None and field not in fields):
            part.fault(part.place, f"{part.what} reads {event}.{field}, which no event has", "see events.yaml")
            return None
        return type_of(fields[field]) if field is not None else None

    def _derived(self) -> Mapping[str, Node]:
        part = self.top.section("derived")
        trees: dict[str, Node] = {}
        for name in part.keys():
            tree = part.expression(name, self.types)
            if tree is not None:
                trees[name] = tree
                self.declare(name, tree.type, part)
        return trees

    def _check_names(self, facts: tuple[Fact, ...], told: Mapping[str, Section], settings: set[str]) -> None:
        """Names used by facts before they could be declared: dates to count from, spans of days, what masks them."""
        for fact in facts:
            part = told[fact.name]
            if fact.since is not None and self.types.get(fact.since, BOOL).kind != "date":
                part.fault(part.place, f"{fact.name} counts since {fact.since}, not a date", "name a date")
            for span in (fact.fresh, fact.within):
                if span is not None and not span.isdigit() and span not in settings:
                    part.fault(part.place, f"{fact.name} names {span}, not a setting", "name a setting")
            if fact.masked is not None and fact.masked not in self.vocabulary.kinds:
                part.fault(part.place, f"{fact.name} is masked by {fact.masked}, which is no event", "see events.yaml")

    def _trees(self, part: Section) -> Mapping[str, Node]:
        return {name: tree for name in part.keys() if (tree := part.expression(name, self.types)) is not None}

    def _wakes(self) -> tuple[Node, ...]:
        written = self.top.take("wakes")
        items = written.value if written is not None and isinstance(written.value, list) else []
        trees = (self.top.parsed(item, self.types, DATE) for item in items)
        return tuple(tree for tree in trees if tree is not None)

    def _clause(self, part: Section) -> Clause:
        act = part.text("act")
        if act not in ACTS:
            part.fault(part.place, f"{act} is not an act", "use one of " + ", ".join(ACTS))
        asks = part.take("asks", act == "need")
        items = asks.value if asks is not None and isinstance(asks.value, list) else []
        clause = Clause(
            id=part.text("clause"),
            act=act,
            scope=part.expression("scope", self.types, BOOL),
            when=part.expression("when", self.types, BOOL, needed=act not in ("need", "omit")),
            asks=tuple(tree for item in items if (tree := part.parsed(item, self.types)) is not None),
            unknown=part.text("unknown", ""),
            cites=part.texts("cites"),
            readings=part.texts("readings"),
            options=part.texts("options"),
            default=part.text("default", ""),
            stops=part.text("stops", ""),
            occasion=part.expression("occasion", self.types, DATE, needed=act == "judge"),
            dose_means=part.text("dose_means", ""),
            last=part.flag("last"),
            holds=part.flag("holds"),
            slot=part.flag("slot"),
        )
        self._check_clause(clause, part)
        return clause

    def _check_clause(self, clause: Clause, part: Section) -> None:
        used = {name for tree in (clause.scope, clause.when) if tree is not None for name in names_in(tree)}
        if (clause.act == "hold" or clause.holds) and "holding" in self._opened(used):
            part.fault(part.place, f"{clause.id} holds and depends on holding", "break the circle")
        named = {clause.default, clause.dose_means, clause.stops or clause.default}
        if clause.act == "judge" and not named <= set(clause.options):
            part.fault(part.place, f"{clause.id} defaults to what is not an option", "name one of its options")
        if not clause.cites:
            part.fault(part.place, f"{clause.id} cites no statement", "name what it carries out")
        part.finish()

    def _opened(self, names: set[str]) -> set[str]:
        """The names, and all that derived ones among them stand on."""
        found, queue = set(names), list(names)
        while queue:
            tree = self.trees.get(queue.pop())
            fresh = set(names_in(tree)) - found if tree is not None else set()
            found |= fresh
            queue += fresh
        return found

    def _transition(self, part: Section) -> Transition:
        kinds = part.texts("on")
        known = dict(self.types)
        for kind in kinds:
            if kind in self.vocabulary.kinds:
                known |= event_types(self.vocabulary, kind)
            elif kind not in _MOMENTS:
                part.fault(part.place, f"{kind} is not something that happens", "name an event, or a moment of the day")
        when = part.expression("when", known, BOOL)
        sets = self._sets(part.section("set"), known) if "set" in part.keys() else self._move(part)
        result = Transition(part.text("id"), kinds, when, sets, part.text("omits", ""))
        part.finish()
        return result

    def _move(self, part: Section) -> Sets:
        """The assignments named once under moves."""
        name = part.text("do")
        if name not in self.moves:
            part.fault(part.place, f"{name} is not one of the moves", "name it under moves, or write set")
        return self.moves.get(name, ())

    def _sets(self, part: Section, names: Mapping[str, Type]) -> Sets:
        sets = []
        for name in part.keys():
            wanted = self.types.get(name)
            if name not in self.remembered:
                part.fault(part.place, f"{name} is not a state variable", "declare it under state")
            tree = part.expression(name, names, wanted)
            if tree is not None:
                sets.append((name, tree))
        return tuple(sets)


def _source(text: str) -> tuple[str, str | None]:
    event, _, field = text.partition(".")
    return event, field or None


def _whole(number: Fraction) -> int | Fraction:
    return int(number) if number.denominator == 1 else number


def _literal(text: str, of: Type, part: Section) -> object:
    """A value of that type as written; a fault if it cannot be one."""
    if text == "never" and of.kind in ("date", "number"):
        return NEVER
    if of.kind == "bool" and text in ("true", "false"):
        return text == "true"
    if of.kind == "number" and text.replace(".", "", 1).isdecimal():
        return _whole(Fraction(text))
    if of.kind == "choice" and (not of.options or text in of.options):
        return text
    part.fault(part.place, f"{part.what} cannot be {text}", f"write a {of} or leave it out")
    return NEVER
