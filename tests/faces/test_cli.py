"""The command line as its users meet it: what is printed, and the exit status."""

import io
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import click
import pytest
from tests.builders import PROTOCOL, READY, document

from oncourse import __version__
from oncourse.faces import cli, source

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("oncourse")
FAULT = re.compile(r".+:[1-9][0-9]*:[1-9][0-9]*: .+; .+")
CONTRACT = """
oncourse: 1
protocol: inotuzumab-ozogamicin          # optionally @version
patient: {id: P-001, born: 1979-03-04, sex: female}
site: {jurisdiction: US}                 # optional: jurisdiction, timezone, result_age, bsa_formula, transfusion_washout
events:
- {at: 2026-01-05, enrolled: {disease: relapsed, cd22: positive, transplant: planned, childbearing_potential: true, contraindications: []}}
- {at: 2026-01-05, measured: {height: 165 cm, weight: 68 kg}}
- {at: 2026-01-05, pregnancy_test: {result: negative}}
- {at: 2026-01-05, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, blasts: 3 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}}
- {at: 2026-01-05, expect: {verdict: give, mg: 1.42}}       # asserts; ignored except by `oncourse cases`
- {at: 2026-01-05T10:40:00+01:00, given: {dose: 1.42 mg}}
"""  # noqa: E501
DAY_8 = CONTRACT + "- {at: 2026-01-12, labs: {bilirubin: 1.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}}\n"


class Answer(NamedTuple):
    """What a command gave: its exit status and what it printed."""

    status: int
    out: str
    err: str


def run(*words: str, stdin: str | bytes = b"") -> Answer:
    """The command, in this process, with streams of its own."""
    given_in = stdin.encode() if isinstance(stdin, str) else stdin
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="ascii") for name in ("stdout", "stderr")}
    source = io.TextIOWrapper(io.BytesIO(given_in), encoding="ascii")
    with patch.multiple(sys, argv=["oncourse", *words], stdin=source, **streams):
        try:
            cli.main()
            status = 0
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        for stream in streams.values():
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams.values())
    return Answer(status, out, err)


def started(*words: str, stdin: str = "") -> Answer:
    """The installed command, in a process of its own."""
    done = subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, encoding="utf-8", check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def test_the_installed_command_decides() -> None:
    """From a document on standard input to the verdict, in whatever encoding the terminal claims."""
    answer = started("decide", "-", stdin=DAY_8)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith("HOLD TODAY'S DOSE ") and "1.7 × ULN" in answer.out


def test_the_installed_command_refuses_what_is_at_fault() -> None:
    """Status 2, the fault with its place, no traceback."""
    answer = started("decide", "-", stdin=DAY_8.replace("68 kg", "150 lb"))
    assert (answer.status, answer.out) == (2, "")
    assert re.fullmatch(r"-:8:\d+: .*lb.*; .*kg.*\n", answer.err)


def test_the_contract_s_first_dose() -> None:
    """1.42 mg, 5.68 mL, 2 vials; a gap of seven days later 0.89, 3.56 and 1."""
    first = json.loads(run("decide", "-", "--json", "--at", "2026-01-05T09:00:00+01:00", stdin=CONTRACT).out)
    assert (first["verdict"], first["cycle"], first["day"]) == ("give", 1, 1)
    assert [first["dose"][key] for key in ("mg", "volume_mL", "vials")] == [1.42, 5.68, 2]
    text = run("decide", "-", "--at", "2026-01-05T09:00:00+01:00", stdin=CONTRACT).out
    assert "1.42 mg = 5.68 mL from 2 vials" in text


def test_the_contract_s_answer() -> None:
    """Section 3 of the contract, value for value; only version, digest and what it leaves open are not compared."""
    expected = json.loads(
        """
{"course": "P-001", "at": "2026-01-12", "protocol": {"id": "inotuzumab-ozogamicin"},
 "verdict": "hold", "headline": "Hold today's dose. Total bilirubin is 1.7 × ULN; at most 1.5 × ULN before any dose.",
 "cycle": 1, "day": 8, "due": "2026-01-12", "earliest": "2026-01-11", "late": 0, "omit_on": "2026-01-19", "level": 0,
 "interruption_days": 0,
 "dose": {"mg_per_m2": 0.5, "percent": 100, "bsa_m2": 1.77, "mg": 0.89, "volume_mL": 3.56, "vials": 1, "bag_mL": 50,
          "rate_mL_per_h": 50},
 "findings": [{"clause": "liver-hold", "act": "hold", "values": {"bilirubin": "1.7 ULN"}, "cites": ["A34", "A47"],
               "readings": ["R3"], "until": "bilirubin ≤ 1.5 × ULN"}],
 "needs": [], "choices": null, "omitted": [],
 "change_since_last": {"from_mg": 1.42, "to_mg": 0.89, "clause": "day-8-dose"}}""",
        parse_float=Decimal,
    )
    answer = run("decide", "-", "--json", stdin=DAY_8)
    found = json.loads(answer.out, parse_float=Decimal)
    del found["protocol"]["version"], found["protocol"]["sha256"], found["findings"][0]["says"], found["overrides"]
    assert (answer.status, found) == (0, expected)


@pytest.mark.parametrize("command", ["decide", "plan", "prepare"])
def test_an_answer_can_be_repeated(command: str, tmp_path: Path) -> None:
    """The same bytes twice, from standard input as from a file, as text and as JSON."""
    file = tmp_path / "P-001.yaml"
    file.write_text(DAY_8, encoding="utf-8")
    for form in ([], ["--json"]):
        assert run(command, "-", *form, stdin=DAY_8) == run(command, str(file), *form) == run(command, str(file), *form)
    assert json.loads(run(command, str(file), "--json").out)


def test_json_and_yaml_are_the_same_document() -> None:
    """A course may be written in either."""
    source = json.dumps({"oncourse": 1, "protocol": "inotuzumab-ozogamicin", "patient": {"id": "J"}, "events": []})
    answer = run("decide", "-", "--at", "2026-01-05", stdin=source)
    assert (answer.status, answer.out[:14]) == (0, "NEED A RESULT ")


def test_the_moment_asked_about_is_a_date_or_an_instant() -> None:
    """A date means the end of its day, an instant what was known by then, nothing the day of the last event."""
    asked = {
        at: json.loads(run("decide", "-", "--json", *(["--at", at] if at else []), stdin=DAY_8).out)
        for at in ("", "2026-01-05", "2026-01-05T10:39:59+01:00", "2026-01-05T09:40:00Z", "2026-01-19")
    }
    assert [answer["verdict"] for answer in asked.values()] == ["hold", "wait", "give", "wait", "hold"]
    assert [answer["day"] for answer in asked.values()] == [8, 8, 1, 8, 15]
    assert asked[""]["at"] == "2026-01-12"


@pytest.mark.parametrize(
    ("at", "remedy"),
    [
        ("2026-01-05T10:40:00", "add the offset"),
        ("2026-02-30", "give a day and time that the calendar has"),
        ("today", "write year-month-day"),
        ("", "write year-month-day"),
        ("2026-01-05T10:40:00+25:00", "write date, time and offset"),
    ],
)
def test_an_unclear_moment_is_refused(at: str, remedy: str) -> None:
    """Naive instants, impossible dates and words are told with their remedy."""
    answer = run("decide", "-", "--at", at, stdin=DAY_8)
    assert (answer.status, answer.out) == (2, "")
    assert remedy in answer.err and "Traceback" not in answer.err


def test_a_plan_is_printed() -> None:
    """As text and as the contract's JSON."""
    assert "    1   8   due          12-Jan-2026   0.89\n" in run("plan", "-", stdin=DAY_8).out
    found = json.loads(run("plan", "-", "--json", stdin=DAY_8).out)
    assert list(found) == ["slots", "ends", "contraception_until", "breastfeeding_after"]
    assert set(found["slots"][0]) == {"cycle", "day", "status", "on", "earliest", "mg", "if"}
    assert (found["contraception_until"], found["breastfeeding_after"]) == ("2026-09-05", "2026-03-05")


def test_a_worksheet_is_printed() -> None:
    """As text and as JSON; the clocks are instants once the first vial is on record."""
    vial = "- {at: 2026-01-05T09:00:00+01:00, reconstituted: {}}\n"
    at = ("--at", "2026-01-05T09:10:00+01:00")
    assert "Dilute by   13:00" in run("prepare", "-", *at, stdin=CONTRACT + vial).out
    found = json.loads(run("prepare", "-", "--json", *at, stdin=CONTRACT + vial).out)
    assert found["clocks"] == {
        "dilute_by": "2026-01-05T13:00:00+01:00",
        "start_by": "2026-01-05T16:00:00+01:00",
        "end_by": "2026-01-05T17:00:00+01:00",
        "observe_until": None,
    }
    assert "Not for preparation. Hold today's dose." in run("prepare", "-", stdin=DAY_8).out


def test_sound_documents_are_told_one_by_one(tmp_path: Path) -> None:
    """A line for each, with what was found in it."""
    file = tmp_path / "a.yaml"
    file.write_text(DAY_8, encoding="utf-8")
    answer = run("check", str(file), "-", stdin=CONTRACT)
    assert answer == Answer(0, f"{file}: sound, 7 events\n-: sound, 6 events\n", "")


def test_documents_at_fault_are_all_told(tmp_path: Path) -> None:
    """One bad document does not hide another, nor a sound one."""
    files = [tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml")]
    for file, text in zip(files, ("", CONTRACT, "events: 1"), strict=True):
        file.write_text(text, encoding="utf-8")
    answer = run("check", *map(str, files))
    assert (answer.status, answer.out) == (2, f"{files[1]}: sound, 6 events\n")
    assert {line.split(":")[0] for line in answer.err.splitlines()} == {str(files[0]), str(files[2])}


def test_the_schema_is_printed() -> None:
    """The JSON Schema of course documents; without a document or --schema the command says what it lacks."""
    schema = json.loads(run("check", "--schema").out)
    assert (schema["title"], schema["type"]) == ("Oncourse course document", "object")
    nothing = run("check")
    assert nothing.status == 2 and "give at least one course document, or --schema" in nothing.err


def test_the_whole_suite_passes() -> None:
    """Without a path `cases` runs the protocol's own, and none differs."""
    answer = run("cases")
    assert re.fullmatch(r"\d{3,} courses, \d{3,} expectations, 0 differ\n", answer.out)
    assert (answer.status, answer.err) == (0, "")


def test_a_case_that_differs_is_named(tmp_path: Path) -> None:
    """Status 1, and the place, the key, what was expected and what was found."""
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    file = folder / "wrong.yaml"
    file.write_text(CONTRACT.replace("mg: 1.42}}", "mg: 1.43, vials: 2, needs: [anc]}}"), encoding="utf-8")
    answer = run("cases", str(tmp_path))
    assert answer.status == 1
    assert answer.out.splitlines()[:2] == [
        f"{file}:11:48: mg was expected to be 1.43 and is 1.42",
        f"{file}:11:71: needs was expected to be [anc] and is []",
    ]
    assert re.match("1 course.*, 1 expectation.*, 2 differ$", answer.out.splitlines()[2])


def test_cases_at_fault_are_told_beside_those_that_differ(tmp_path: Path) -> None:
    """Status 2, with the fault and with what could be run."""
    (tmp_path / "bad.yaml").write_text("events: 1", encoding="utf-8")
    (tmp_path / "good.yaml").write_text(CONTRACT, encoding="utf-8")
    answer = run("cases", str(tmp_path))
    assert answer.status == 2 and re.fullmatch("2 courses, 1 expectation.*, 0 differ\n", answer.out)
    assert all(line.startswith(f"{tmp_path / 'bad.yaml'}:") for line in answer.err.splitlines())


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["show"], "inotuzumab-ozogamicin "),
        (["sources"], "A01 "),
        (["sources", "A34"], "A34 "),
        (["readings"], "R1 "),
        (["readings", "R3", "R8"], "R3 "),
    ],
)
def test_the_protocol_can_be_read(words: list[str], begins: str) -> None:
    """Its clauses, its statements and its readings."""
    answer = run("protocol", *words)
    assert (answer.status, answer.err) == (0, "") and answer.out.startswith(begins)


def test_what_the_protocol_does_not_have_is_a_fault() -> None:
    """A number that is not there, told with the nearest."""
    answer = run("protocol", "sources", "A99")
    assert (answer.status, answer.out) == (2, "") and FAULT.fullmatch(answer.err.strip())


@pytest.mark.parametrize("words", [["frobnicate"], ["decide"], ["decide", "-", "--frob"], ["protocol", "eat"], []])
def test_a_wrong_command_is_the_user_s_fault(words: list[str]) -> None:
    """Status 2 and how it is used."""
    answer = run(*words)
    assert (answer.status, answer.out) == (2, "") and "Usage: " in answer.err


def test_help_and_version_are_answers() -> None:
    """Status 0."""
    assert run("--version") == Answer(0, f"oncourse, version {__version__}\n", "")
    assert run("decide", "--help").out.startswith("Usage: ")


def test_a_fault_of_ours_is_told_in_one_line() -> None:
    """Status 1, the kind of the fault, and no traceback."""
    with patch.object(source, "load", side_effect=ZeroDivisionError("seven")):
        answer = run("protocol", "show")
    assert answer == Answer(1, "", "oncourse could not answer: ZeroDivisionError: seven. This is a fault of ours.\n")


def test_readers_may_stop_reading() -> None:
    """A closed pipe is no fault, and nothing is said about it."""
    with subprocess.Popen([PROGRAM, "protocol", "sources"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_the_readme_s_commands_exist() -> None:
    """Every command and option in the README's code can be given."""
    shown = re.findall(r"```.*?```|`[^`]+`", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    given_words = [words.split() for code in shown for words in re.findall(r"(?<![\w./-])oncourse ([^\n`|]+)", code)]
    assert given_words
    for words in given_words:
        command: click.Command = cli.commands
        for word in words:
            if isinstance(command, click.Group):
                assert word in command.commands or word.startswith("--"), words
                command = command.commands.get(word, command)
        options = {option for part in command.params for option in part.opts} | {"--help", "--version"}
        assert {word for word in words if word.startswith("--")} <= options, words


def test_the_first_dose_of_the_builders_is_the_engine_s() -> None:
    """A document of the tests' own notation is decided as any other."""
    assert "1.46 mg = 5.84 mL from 2 vials" in run("decide", "-", stdin=document(*READY)).out
    assert PROTOCOL.version in run("decide", "-", stdin=document(*READY)).out
