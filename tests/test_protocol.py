"""The protocol that ships is whole: every statement is carried out by something, everything cites and has its words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy
from string import Formatter
from typing import Any

import pytest
from tests.builders import PROTOCOL

from oncourse.expression import BOOL, Node, names_in, parse
from oncourse.problem import Place
from oncourse.protocol import ACTS, FOLDERS, digest, names
from oncourse.protocol_file import read_folder
from oncourse.value import NEVER

SOURCES: Any = PROTOCOL.sources
STATEMENTS: Any = SOURCES["statements"]
MISSING: Any = SOURCES["missing"]
READINGS: Any = PROTOCOL.readings
WORDS: Any = PROTOCOL.words
CLAUSES = {clause.id for clause in PROTOCOL.clauses}
FACTS = {fact.name for fact in PROTOCOL.facts}
STEPS = {step.id: step for step in PROTOCOL.preparation.steps}
CLOCKS = PROTOCOL.preparation.clocks
FOLLOW_UP = {end.id: end for end in PROTOCOL.follow_up}

# What a reference in the ledger may name, by its kind; a screen is named before it is drawn.
CARRIERS: dict[str, set[str]] = {
    "clause": CLAUSES,
    "fact": FACTS | set(PROTOCOL.vocabulary.patient.fields),
    "setting": {setting.name for setting in PROTOCOL.settings} | set(PROTOCOL.vocabulary.site.fields),
    "amount": {row.id for row in PROTOCOL.amounts.rows} | {"reduction", "volume", "vials", "ceiling"},
    "clock": {*CLOCKS, "premedication"},
    "instruction": set(STEPS),
    "follow-up": set(FOLLOW_UP),
    "schedule": {"window", "floor", "cycle-length", "stretch"},
}
# How the calendar's references stand in the protocol.
SCHEDULE = {"window": "planned", "floor": "last_dose", "cycle-length": "cycle_length", "stretch": "stretched"}


def statements() -> list[str]:
    return [f"A{number:02d}" for number in range(1, 54)] + ["A30b"]


def test_the_ledger_has_every_statement_and_no_other() -> None:
    """A01 to A53, and A30b, each in the article's words, the labels' words and with what carries it out."""
    assert sorted(STATEMENTS) == sorted(statements())
    for number, statement in STATEMENTS.items():
        assert set(statement) == {
            "article",
            "label_us",
            "label_eu",
            "agree",
            "evidence",
            "carried_out_by",
            "readings",
        }, number
        assert statement["agree"] in ("same", "less specific", "ambiguous", "conflicts", "silent"), number


def references() -> Iterator[tuple[str, Any]]:
    """Every reference of the ledger, with the statement that makes it."""
    for number, statement in STATEMENTS.items():
        yield from ((number, reference) for reference in statement["carried_out_by"])
    for number, statement in MISSING.items():
        yield from ((number, reference) for reference in statement["used_by"])


def test_every_statement_is_carried_out_by_something_that_exists() -> None:
    """Or it says in a sentence why nothing can carry it out."""
    for number, reference in references():
        if isinstance(reference, dict):
            assert list(reference) == ["nothing"] and len(reference["nothing"]) > 20, number
            continue
        kind, _, name = reference.partition(":")
        assert name and (kind == "screen" or name in CARRIERS[kind]), f"{number}: {reference}"
    assert {number for number, _ in references()} == set(STATEMENTS) | set(MISSING)


@pytest.mark.parametrize("part", sorted(CARRIERS["schedule"]))
def test_the_calendar_carries_out_what_the_ledger_says(part: str) -> None:
    """The schedule's references stand for names that the due and earliest days depend on."""
    used, queue = set(), ["earliest", "due"]
    while queue:
        tree = PROTOCOL.derived.get(queue.pop())
        fresh = set(names_in(tree)) - used if tree is not None else set()
        used |= fresh
        queue += fresh
    assert SCHEDULE[part] in used


def cited() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Everything of the protocol that cites: its kind in the ledger, its name, its statements."""
    yield from (("clause", clause.id, clause.cites) for clause in PROTOCOL.clauses)
    yield from (("amount", row.id, row.cites) for row in PROTOCOL.amounts.rows)
    yield from (("instruction", step.id, step.cites) for step in PROTOCOL.preparation.steps)
    yield from (("clock", name, clock.cites) for name, clock in CLOCKS.items())
    yield from (("follow-up", end.id, end.cites) for end in PROTOCOL.follow_up)
    yield "clock", "premedication", PROTOCOL.preparation.premedication_cites


def test_whatever_acts_cites_a_statement_that_names_it() -> None:
    """Each citation leads to a statement of the ledger, and that statement leads back."""
    for kind, name, cites in cited():
        assert cites, name
        for number in cites:
            known = STATEMENTS[number]["carried_out_by"] if number in STATEMENTS else MISSING[number]["used_by"]
            assert f"{kind}:{name}" in known, f"{kind}:{name} cites {number}, which does not name it"


def test_every_statement_that_names_a_clause_is_cited_somewhere_or_stands_behind_it() -> None:
    """No clause is without a statement, and no statement A01 to A53 names a clause that cites nothing at all."""
    cites = {clause.id: clause.cites for clause in PROTOCOL.clauses}
    named = {r.partition(":")[2] for _, r in references() if isinstance(r, str) and r.startswith("clause:")}
    assert named == set(cites)


def test_every_reading_named_exists_and_every_reading_is_whole() -> None:
    """A reading says where, what was asked, what was chosen and why, and whose choice it is."""
    named = {name for clause in PROTOCOL.clauses for name in clause.readings}
    named |= {name for statement in STATEMENTS.values() for name in statement["readings"]}
    assert named - set(READINGS) == set()
    for name, reading in READINGS.items():
        assert set(reading) == {"where", "question", "chosen", "why", "statements", "marked"}, name
        assert reading["marked"] in ("label", "ours"), name
        assert set(reading["statements"]) <= set(STATEMENTS) | set(MISSING), name


# ------------------------------------------------------------------------------------------- words


def test_every_clause_has_its_words() -> None:
    """A title for each, a sentence for what is said, and for what is asked what it is asked for."""
    for clause in PROTOCOL.clauses:
        for name in {clause.id, clause.unknown} - {""}:
            words = WORDS["clauses"][name]
            assert words["title"], name
            assert set(words) <= {"title", "says", "asks", "ahead", "omitted"}, name
        spoken = WORDS["clauses"][clause.id]
        assert spoken.get("says") or clause.act in ("need", "omit"), clause.id
        if clause.act == "hold":
            assert all("until" in part for part in spoken["says"]) or clause.id == "cytoreduce", clause.id
    assert set(WORDS["clauses"]) == PROTOCOL.clause_ids


def asked() -> set[str]:
    """Every fact that a need may list: open facts that a clause stands on."""
    trees = [t for c in PROTOCOL.clauses for t in (c.when, *c.asks) if t is not None]
    used, queue = set(), [name for tree in trees for name in names_in(tree)]
    while queue:
        name = queue.pop()
        if name not in used:
            used.add(name)
            queue += names_in(PROTOCOL.derived[name]) if name in PROTOCOL.derived else ()
    return {fact.asks for fact in PROTOCOL.facts if fact.name in used and fact.absent is None and fact.take != "each"}


def test_every_fact_that_is_asked_for_has_a_name() -> None:
    """Nobody is asked for a thing in the words of a data file."""
    assert {"anc", "bilirubin", "response", "late_reason"} <= asked()
    assert asked() - set(WORDS["names"]) == set()
    assert set(WORDS["needs"]["own"]) <= FACTS


def test_every_step_clock_amount_and_end_has_its_words() -> None:
    """What leaves on paper is written in the words file."""
    assert set(STEPS) - set(WORDS["preparation"]) == set()
    assert set(WORDS["follow_up"]) == set(FOLLOW_UP)
    assert set(WORDS["amounts"]) == {row.id for row in PROTOCOL.amounts.rows}
    assert set(WORDS["verdicts"]) == {*ACTS[:7], "reduced"}
    assert {"dilute-by", "start-by", "end-by"} <= set(WORDS["clocks"])


OWN = {
    "each": {"Name", "value", "bound", "limit", "short", "sign"},
    "headline": {"reason"},
    "needs": {"Name", "age", "fresh", "washout", "on", "since"},
    "omitted": {"slot_cycle", "slot_day", "slot_on", "slot_reason"},
    "ahead": {"other"},
    "preparation": {"clauses", "why", "verdict"},
    "findings": {"missing", "limit", "ends", "state", "since"},
    "follow_up": {"on"},
    "any": {"cycle", "day", "unasked", "mg", "volume_mL", "vials", "percent", "bag_mL", "rate"},
}


def sentences() -> Iterator[tuple[str, str, set[str]]]:
    """Every sentence of the words file: where it stands, its text, and the names it may use beside the state's."""
    for name, clause in WORDS["clauses"].items():
        for part in clause.get("says") or []:
            own = OWN["each"] if "each" in part else set()
            yield from ((name, part[key], own) for key in ("text", "until") if key in part)
        yield from ((name, text, OWN["omitted"]) for text in clause.get("omitted", {}).values())
    yield from (("verdicts", verdict["says"], OWN["headline"]) for verdict in WORDS["verdicts"].values())
    yield from ((name, text, OWN["needs"]) for name, text in WORDS["needs"].items() if isinstance(text, str))
    yield from ((name, text, set()) for name, text in WORDS["needs"]["own"].items())
    for section, own in (
        ("ahead", "ahead"),
        ("preparation", "preparation"),
        ("findings", "findings"),
        ("follow_up", "follow_up"),
    ):
        yield from ((name, text, OWN.get(own, set())) for name, text in WORDS[section].items())


def test_every_name_in_a_sentence_can_be_filled_in() -> None:
    """A name in braces is the sentence's own, the dose's, or one the protocol declares."""
    texts = list(sentences())
    assert len(texts) > 60
    for where, text, own in texts:
        used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        assert used - own - OWN["any"] - set(PROTOCOL.types) == set(), where


def test_every_condition_and_every_each_of_the_words_names_what_exists() -> None:
    """A part that is said only if something holds says so in the condition language."""
    tried = 0
    for name, clause in WORDS["clauses"].items():
        for part in clause.get("says") or []:
            assert set(part.get("each", ())) <= set(PROTOCOL.types), name
            if "if" in part:
                tried += 1
                assert isinstance(parse(part["if"], Place("words", 1, 1), PROTOCOL.types, BOOL), Node), name
    assert tried > 5


# ------------------------------------------------------------------------------------------- the folder


def test_the_protocols_that_come_with_the_program() -> None:
    """Each is a folder with its files, and one of them is this drug's."""
    assert PROTOCOL.id in names()
    assert PROTOCOL.folder == FOLDERS / PROTOCOL.id
    assert (PROTOCOL.drug["brand"], PROTOCOL.drug["not"]) == ("Besponsa", "gemtuzumab ozogamicin")
    assert re.fullmatch(r"20\d\d\.\d+", PROTOCOL.version)


@pytest.mark.parametrize("name", ["protocol.yaml", "events.yaml", "words.en.yaml", "sources.yaml", "readings.yaml"])
def test_the_digest_names_exactly_this_protocol(name: str, tmp_path: Path) -> None:
    """A comment more in any of its files is another protocol; the same bytes are the same one."""
    for file in PROTOCOL.folder.glob("*.yaml"):
        copy(file, tmp_path)
    assert read_folder(tmp_path).sha256 == PROTOCOL.sha256 == digest(PROTOCOL.folder)
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\n# one word more\n")
    assert digest(tmp_path) != PROTOCOL.sha256


def test_clause_ids_are_those_a_finding_can_carry() -> None:
    """The clauses, and what an undecided one is called."""
    assert {"liver-hold", "liver-data", "counts-data", "late-omit"} <= PROTOCOL.clause_ids
    assert "" not in PROTOCOL.clause_ids
    assert set(PROTOCOL.choices["third-cycle"]) == {"yes", "no"}


def test_each_fact_is_a_report_or_open() -> None:
    """What silence means is declared: reports are absent as a value, everything else is unknown."""
    silent = {fact.name: fact.absent for fact in PROTOCOL.facts}
    assert (silent["vod"], silent["gilbert"], silent["reaction"], silent["last_anc"]) == (
        "not reported",
        False,
        0,
        NEVER,
    )
    assert all(silent[name] is None for name in ("anc", "platelets", "bilirubin", "response", "mrd", "transplant"))


def test_every_old_result_is_worse_on_the_side_its_limit_is_on() -> None:
    """Counts are worse when low, all else that goes out of date when high."""
    fresh = {fact.name: fact.worse for fact in PROTOCOL.facts if fact.fresh == "result_age"}
    low = {name for name, worse in fresh.items() if worse == "low"}
    assert low == {"anc", "platelets"}
    assert set(fresh) - low == {"bilirubin", "ast", "alt", "blasts"}


def test_two_protocols_are_never_the_same_object_twice() -> None:
    """A protocol stands for itself, so that an engine made for one is never used for another."""
    assert replace(PROTOCOL) != PROTOCOL
    assert len({PROTOCOL, replace(PROTOCOL)}) == 2
