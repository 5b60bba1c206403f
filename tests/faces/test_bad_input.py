"""Whatever a document is, it is answered or refused: every fault on a line of its own, with place and remedy."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import CASES, LIVER, STARTED, document
from tests.faces.test_cli import FAULT, run


def faults(source: str | bytes) -> list[str]:
    """The faults that a document is refused with."""
    answer = run("check", "-", stdin=source)
    assert (answer.status, answer.out) == (2, "")
    return answer.err.splitlines()


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Missing, a folder, below a file, with an endless name, not permitted."""
    file = tmp_path / "file.yaml"
    file.write_text("", encoding="utf-8")
    for path in (tmp_path / "missing.yaml", tmp_path, file / "below.yaml", tmp_path / ("x" * 300)):
        for command in ("decide", "plan", "prepare", "check"):
            answer = run(command, str(path))
            assert (answer.status, answer.out) == (2, "")
            assert answer.err.startswith(f"{path}:1:1: this file cannot be read: ") and answer.err.count("\n") == 1
    with patch.object(Path, "open", side_effect=PermissionError(13, "Permission denied")):
        assert run("check", str(file)).err == (
            f"{file}:1:1: this file cannot be read: Permission denied; give the path of a course document\n"
        )


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnopqrstuvwxyz"))
HEAD = "oncourse: 1\nprotocol: inotuzumab-ozogamicin\npatient: {id: x}\n"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (b"", "-:1:1: the document is empty"),
        (b" \n\n", "-:1:1: the document is empty"),
        (b"# nothing", "-:1:1: the document is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "-:1:1: the document is not UTF-8 text"),
        (b"oncourse: 1\0", "-:1:1: the document is binary, not text"),
        (b"x" * 4_000_001, "-:1:1: the document is larger than 4 MB"),
        (BOMB.encode(), "-:1:4: anchors and tags are not read"),
        (b"events: *a", "-:1:9: aliases are not read"),
        (b"[" * 100_000, "-:1:25: the document is nested too deeply"),
        (b"{a: " * 100_000, "-:1:97: the document is nested too deeply"),
        (b"- " * 100_000, "-:1:49: the document is nested too deeply"),
        (b"oncourse: 1\n---\noncourse: 1", "-:2:1: a second document begins here"),
        (b"a: b: c", "-:1:5: this is not YAML"),
        (b"!!python/object:os.system {}", "-:1:1: anchors and tags are not read"),
        (b"just text", "-:1:1: this is not a course"),
        (b"1", "-:1:1: this is not a course"),
        (b"[]", "-:1:1: this is not a course"),
        (HEAD.encode() + b"events: [1, [], null]", "-:4:10: an event is not a mapping"),
    ],
    ids=str,
)
def test_what_is_no_document_is_refused(source: bytes, fault: str) -> None:
    """Empty, binary, huge, bombs, endless nesting: each in a line with its place."""
    told = faults(source)
    assert told[0].startswith(fault)
    assert [line for line in told if not FAULT.fullmatch(line)] == []


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    """A file of many gigabytes is refused as quickly as one just too large."""
    file = tmp_path / "huge.yaml"
    with file.open("wb") as made:
        made.truncate(50_000_000_000)
    assert run("decide", str(file)).err.startswith(f"{file}:1:1: the document is larger than 4 MB; ")


MANY = """\
oncourse: 1
protocol: inotuzumab-ozogamicin
patient: {id: x, born: 1979-03-04, sex: femal}
site: {timezone: Mars/Base}
events:
- {at: 2026-01-05, measured: {height: 68 cm, weight: 165 kg}}
- {at: 2026-01-05, labs: {anc: 1.8, platelets: 85 K/uL, ast: 30 U/L, bilirubin: {value: 0.8 mg/dL}}}
- {at: 2026-02-30, pregnancy_test: {result: negative}}
- {at: 2026-01-05T10:00:00, given: {dose: 1420 mcg}}
- {at: 2026-01-05, given: {dose: 1420 mg}}
- {at: 1926-01-05, responce: {status: CR}}
- {at: 2026-01-06, id: a, toxicity: {grade: 9}}
- {at: 2026-01-06, id: a, vod: {status: suspected}, labs: {}}
- {at: 2026-01-06, corrected: {event: nobody}}
- {at: 2026-01-06, vod: {status: suspected, status: excluded}}
- {at: 2026-01-06, judged: {clause: remission-lost, said: continue}}
- {at: 2026-01-06, corrected: {with: {vod: {status: excluded}}}}
- {vod: {status: excluded}}
"""


def test_every_fault_of_a_document_is_told_at_once() -> None:
    """Each on its own line, in the order of the document, with its place and its remedy."""
    told = faults(MANY)
    assert [line for line in told if not FAULT.fullmatch(line)] == []
    places = [tuple(map(int, line.split(":")[1:3])) for line in told]
    assert places == sorted(places)
    assert {line for line, _ in places} == {3, 4, *range(6, 19)}
    assert len(told) == 23


TOLD = ((7, LIVER), (7, "given: {dose: 0.91 mg}"), (8, "response: {status: CR, mrd: negative}"))
VALID = document(*STARTED, *TOLD).encode()
COMMANDS = (
    ("decide", "-"),
    ("decide", "-", "--json"),
    ("plan", "-"),
    ("plan", "-", "--json"),
    ("prepare", "-"),
    ("prepare", "-", "--json", "--at", "2026-01-12T10:00:00Z"),
    ("check", "-"),
)
WORDS = sorted({word for file in CASES.glob("*/*.yaml") for word in re.findall(rb"[\w.*/+-]+", file.read_bytes())})
TOKEN = re.compile(rb"[\w.*/+-]+")


def assert_answered(words: Sequence[str], source: bytes) -> None:
    """The command answers or refuses; it neither fails nor shows its inside."""
    answer = run(*words, stdin=source)
    assert answer.status in (0, 2), answer.err
    assert "Traceback" not in answer.out + answer.err
    if answer.status == 2:
        assert answer.out == ""
        assert [line for line in answer.err.splitlines() if not FAULT.fullmatch(line)] == []
    else:
        assert (bool(answer.out), answer.err) == (True, "")


PIECES = st.binary(max_size=4) | st.sampled_from([char.encode() for char in "{}[],:#&*!|>-'\n\t "])
edits = st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), PIECES), min_size=1, max_size=4)


@settings(max_examples=600, deadline=None)
@given(edits, st.sampled_from(COMMANDS))
def test_no_damage_breaks_the_program(changes: list[tuple[int, int, bytes]], words: tuple[str, ...]) -> None:
    """Whatever bytes are cut, put in or replaced: an answer, or faults with their places."""
    source = VALID
    for start, length, new in changes:
        source = source[:start] + new + source[start + length :]
    assert_answered(words, source)


swaps = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(WORDS)), min_size=1, max_size=3)


@settings(max_examples=600, deadline=None)
@given(swaps, st.sampled_from(COMMANDS))
def test_no_wrong_word_breaks_the_program(changes: list[tuple[int, bytes]], words: tuple[str, ...]) -> None:
    """Whatever words of other courses stand in place of the right ones: an answer, or faults with their places."""
    source = VALID
    for number, word in changes:
        tokens = list(TOKEN.finditer(source))
        at = tokens[number % len(tokens)]
        source = source[: at.start()] + word + source[at.end() :]
    assert_answered(words, source)
