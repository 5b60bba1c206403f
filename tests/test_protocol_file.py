"""A bad protocol file is refused with all its faults at once, each with its place and what to write."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest
from tests.builders import PROTOCOL

from oncourse.expression import names_in
from oncourse.problem import BadInput
from oncourse.protocol_file import load, read_folder

RULES = (PROTOCOL.folder / "protocol.yaml").read_text(encoding="utf-8")
Edit = tuple[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the protocol's folder, edited; each edit replaces a text that stands there once."""

    def edited(*edits: Edit) -> Path:
        text = RULES
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in protocol.yaml"
            text = text.replace(old, new)
        for file in PROTOCOL.folder.glob("*.yaml"):
            copy(file, tmp_path)
        (tmp_path / "protocol.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return edited


def faults(folder: Path) -> list[str]:
    """The problems of a folder, each as `line:column: what; remedy`."""
    with pytest.raises(BadInput) as caught:
        read_folder(folder)
    return [str(problem).removeprefix("protocol.yaml:") for problem in caught.value.problems]


def place_of(folder: Path, marker: str) -> str:
    """Line and column of the first time a text stands in the file."""
    before = (folder / "protocol.yaml").read_text(encoding="utf-8").partition(marker)[0]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


STOPPED = "{clause: stopped, act: stop, when: stopped, cites: [A53]}"
DISEASE = "disease: {from: enrolled.disease}"
WAIT = next(line for line in RULES.splitlines() if line.startswith("wait: "))
HAPPENS = "- {id: dawn, on: dawn, set: {dawn_cycle: cycle, dawn_day: day}}"
VOD_FACT = "vod_confirmed: {from: vod.status, only: [confirmed], take: any, absent: false}"
ALT = "alt: {from: labs.alt, fresh: result_age, worse: high}"


@pytest.mark.parametrize(
    ("old", "new", "marker", "said"),
    [
        # names
        (WAIT, "wait: today < earlyest", "earlyest", "earlyest is not a declared name"),
        ("when: stopped,", "when: halted,", "halted,", "halted is not a declared name"),
        (
            DISEASE,
            f"{DISEASE}\n  today: {{from: enrolled.disease}}",
            "{from: enrolled.disease}\n  cd22",
            "today is declared twice or reserved",
        ),
        (
            DISEASE,
            f"{DISEASE}\n  cycle: {{from: enrolled.disease}}",
            "{number: 1}                         # the",
            "cycle is declared twice or reserved",
        ),
        (
            DISEASE,
            f"{DISEASE}\n  event_x: {{from: enrolled.disease}}",
            "{from: enrolled.disease}\n  cd22",
            "event_x is declared twice or reserved",
        ),
        (
            "  started: first_dose != never",
            "  level: first_dose != never",
            "enrolled: enrolled_on != never",
            "level is declared twice or reserved",
        ),
        # amounts
        (
            "ceiling: 0.8",
            "ceiling: 0.81",
            "rows:                                      # the first",
            "the ceiling is not the greatest amount of any row",
        ),
        # types and units
        (WAIT, "wait: bilirubin > anc", "bilirubin > anc", "ULN and 10*9/L do not go together"),
        (WAIT, "wait: earliest", "earliest\n\n# -----", "a bool is needed here, not a date"),
        ("occasion: lost_on", "occasion: level", "level\n  dose_means", "a date is needed here, not a number"),
        (
            "{dawn_cycle: cycle, dawn_day: day}",
            "{dawn_cycle: today, dawn_day: day}",
            "today, dawn_day",
            "a number is needed here, not a date",
        ),
        (
            "percent: 75 if next_level >= 1 else 100",
            "percent: due",
            "due\n  levels",
            "a number is needed here, not a date",
        ),
        (
            WAIT,
            "wait: [today, earliest]",
            "[today, earliest]",
            "the protocol needs an expression here; write a condition or a value",
        ),
        # choices
        (
            'scope: enrolled, when: vod == "suspected"',
            'scope: enrolled, when: vod == "maybe"',
            'vod == "maybe"',
            '"maybe" can never occur here; use one of suspected, confirmed, excluded, not reported',
        ),
        (
            VOD_FACT,
            VOD_FACT.replace("[confirmed]", "[maybe]"),
            "{from: vod.status, only: [maybe]",
            "vod_confirmed takes only what cannot occur; use one of suspected, confirmed, excluded",
        ),
        (
            "{options: [US, EU], default: US}",
            "{options: [US, EU], default: UK}",
            "{options: [US, EU], default: UK}",
            "jurisdiction defaults to what is not an option; name one of its options",
        ),
        # facts
        (
            DISEASE,
            "disease: {from: enrolled.diseases}",
            "{from: enrolled.diseases}",
            "facts disease reads enrolled.diseases, which no event has",
        ),
        (
            DISEASE,
            "disease: {from: enroled}",
            "{from: enroled}",
            "facts disease reads enroled.None, which no event has",
        ),
        (
            DISEASE,
            "disease: {from: enrolled.disease, take: best}",
            "{from: enrolled.disease, take: best}",
            "best is not a way to take a fact; use one of latest, any",
        ),
        (
            ALT,
            ALT.replace("result_age", "shelf_life"),
            "{from: labs.alt",
            "alt names shelf_life, not a setting; name a setting",
        ),
        (
            ALT,
            ALT.replace("worse: high", "since: cycle_befor"),
            "{from: labs.alt",
            "alt counts since cycle_befor, not a date; name a date",
        ),
        (
            ALT,
            ALT.replace("worse: high", "since: level"),
            "{from: labs.alt",
            "alt counts since level, not a date; name a date",
        ),
        (
            ALT,
            ALT.replace("worse: high", "masked: transfuse"),
            "{from: labs.alt",
            "alt is masked by transfuse, which is no event",
        ),
        (
            ALT,
            ALT.replace("worse: high", "absent: none"),
            "{from: labs.alt",
            "facts alt cannot be none; write a number in ULN",
        ),
        (
            "carried: {baseline_grade: 0, hepatic: false}\n    unsaid: {related: unknown}\n    value: >-",
            "carried: {baseline_grade: 0, hepatic: maybe}\n    unsaid: {related: unknown}\n    value: >-",
            "each: toxicity",
            "facts toxicity cannot be maybe; write a bool",
        ),
        (
            "hepatotoxicity:\n    each: toxicity",
            "hepatotoxicity:\n    each: toxicities",
            "each: toxicities",
            "hepatotoxicity reads toxicities, which is no event",
        ),
        # state
        ("level: {number: 0}", "level: {number: low}", "{number: low}", "state level cannot be low; write a number"),
        (
            "first_dose: {date: never}",
            "first_dose: {date: 7}",
            "{date: 7}",
            "state first_dose cannot be 7; write a date",
        ),
        # clauses
        (
            STOPPED,
            STOPPED.replace("act: stop,", "act: halt,"),
            "{clause: stopped, act: halt",
            "halt is not an act; use one of stop, done",
        ),
        (
            STOPPED,
            STOPPED.replace(", cites: [A53]", ""),
            "{clause: stopped",
            "stopped cites no statement; name what it carries out",
        ),
        (STOPPED, STOPPED.replace(", when: stopped", ""), "{clause: stopped", "clauses 0 has no when; add when"),
        (
            STOPPED,
            STOPPED.replace("cites:", "sites: [A1], cites:"),
            "[A1]",
            "sites is not a key of clauses 0; correct or remove it",
        ),
        (
            STOPPED,
            STOPPED.replace("cites:", "holds: maybe, cites:"),
            "{clause: stopped",
            "holds of clauses 0 is neither true nor false; write true or false",
        ),
        (
            "act: hold, scope: enrolled, when: toxicity >= 2",
            "act: hold, scope: enrolled, when: toxicity >= 2 and holding",
            "{clause: toxicity-hold",
            "toxicity-hold holds and depends on holding; break the circle",
        ),
        (
            "  liver_over: bilirubin_over",
            "  liver_over: holding or bilirubin_over",
            "{clause: liver-hold",
            "liver-hold holds and depends on holding; break the circle",
        ),
        (
            "options: [two doses, three doses, stop]\n  default: two doses",
            "options: [two doses, three doses, stop]\n  default: four doses",
            "clause: two-doses",
            "two-doses defaults to what is not an option; name one of its options",
        ),
        (
            "  stops: stop\n  occasion: lost_on",
            "  stops: halt\n  occasion: lost_on",
            "clause: remission-lost",
            "remission-lost defaults to what is not an option; name one of its options",
        ),
        # transitions
        (
            HAPPENS,
            HAPPENS.replace("on: dawn", "on: dusk"),
            "{id: dawn, on: dusk",
            "dusk is not something that happens; name an event, or a moment of the day",
        ),
        (
            HAPPENS,
            HAPPENS.replace("dawn_day: day", "enrolled: True"),
            "{dawn_cycle: cycle, enrolled",
            "enrolled is not a state variable; declare it under state",
        ),
        (
            "on: overrode, when: event_clause ==",
            "on: overrode, when: event_rule ==",
            "event_rule",
            "event_rule is not a declared name",
        ),
        (
            "  when: day != 1 and today >= due + 7 and not ended\n  omits: time\n  do: omit-slot",
            "  when: day != 1 and today >= due + 7 and not ended\n  omits: time\n  do: omit",
            "id: time-omits",
            "omit is not one of the moves; name it under moves, or write set",
        ),
        # amounts and the rest
        ("vial: 0.9 ", "vial: 1/2 ", "1/2", "'1/2' is not a number; write digits, like 0.25"),
        ("vial: 0.9 ", "vial: '²' ", "'²'", "'²' is not a number; write digits, like 0.25"),
        (
            "solution: 0.25",
            "concentration: 0.25",
            "0.25  ",
            "concentration is not a key of amounts; correct or remove it",
        ),
        (
            "version: 2026.11",
            "version: {year: 2026}",
            "{year: 2026}",
            "version of the protocol is not a text; write one value",
        ),
        (
            "follow_up:  ",
            "followup:  ",
            "- {id: contraception-women",
            "followup is not a key of the protocol; correct or remove it",
        ),
        (
            "steps:\n  - {id: premedicate, cites: [A04]}",
            "steps:\n  - premedicate",
            "premedicate\n",
            "steps 0 is not a mapping; write key: value pairs",
        ),
    ],
)
def test_every_kind_of_fault_is_found_where_it_stands(
    folder: Callable[..., Path], old: str, new: str, marker: str, said: str
) -> None:
    """One thing wrong in an otherwise sound file is told with line, column and remedy."""
    edited = folder((old, new))
    told = f"{place_of(edited, marker)}: {said}"
    assert any(fault.startswith(told) and "; " in fault for fault in faults(edited))


def test_only_what_holds_may_not_ask_whether_something_holds(folder: Callable[..., Path]) -> None:
    """A question may stand on `holding`: the circle is only one for clauses that hold."""
    edited = folder(("other_hold: (known(liver_over) and liver_over)", "other_hold: holding"))
    assert "holding" in names_in(read_folder(edited).derived["other_hold"])


def test_all_faults_are_told_at_once_in_the_order_of_the_file(folder: Callable[..., Path]) -> None:
    """Nobody corrects a file one fault at a time."""
    edited = folder(
        (DISEASE, "disease: {from: enrolled.diseases}"),
        ("level: {number: 0}", "level: {number: low}"),
        (WAIT, "wait: today < earlyest"),
        (STOPPED, STOPPED.replace(", cites: [A53]", "")),
        (HAPPENS, HAPPENS.replace("on: dawn", "on: dusk")),
        ("vial: 0.9 ", "vial: half "),
    )
    told = faults(edited)
    lines = [int(fault.partition(":")[0]) for fault in told]
    assert lines == sorted(lines)
    said = ("diseases", "cannot be low", "earlyest", "cites no statement", "dusk", "'half'")
    assert [word for word in said if not any(word in fault for fault in told)] == []


@pytest.mark.parametrize(
    "part",
    ["settings", "facts", "state", "derived", "clauses", "permit", "wait", "happens", "amounts", "preparation", "plan"],
)
def test_no_part_of_the_file_may_be_missing(folder: Callable[..., Path], part: str) -> None:
    """Each part left out is a fault of its own, and no other fault keeps it from being told."""
    edited = folder((f"\n{part}:", f"\nno_{part}:"))
    told = faults(edited)
    assert any(fault.endswith(f"the protocol has no {part}; add {part}") for fault in told)
    assert any(f"no_{part} is not a key of the protocol" in fault for fault in told)


def test_a_key_given_twice_is_told_before_anything_else(folder: Callable[..., Path]) -> None:
    """Two rules of one name cannot both be meant."""
    edited = folder((DISEASE, f"{DISEASE}\n  {DISEASE}"))
    assert [fault.partition(": ")[2] for fault in faults(edited)] == [
        f"disease is given twice, first in line {place_of(edited, DISEASE).partition(':')[0]}; keep one of them"
    ]


def test_the_protocol_that_ships_is_loaded_once() -> None:
    """Without a name it is the first one, and a second call gives the same."""
    assert load() is load()
    assert load(PROTOCOL.id) is PROTOCOL
