"""Paper from the command line: what each command writes, that it can be repeated, and that a fault writes nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.builders import CASES, READY, document
from tests.faces.test_cli import run
from tests.sheets.prints import MADE, SITE, pages, sizes

A4, LETTER = (210, 297), (216, 279)


@pytest.fixture
def course(tmp_path: Path) -> str:
    """A course of which a dose is made."""
    (tmp_path / "course.yaml").write_text(document(*MADE, site=SITE), encoding="utf-8")
    return str(tmp_path / "course.yaml")


def written(*words: str, into: Path) -> bytes:
    """What a command wrote instead of its answer."""
    answer = run(*words, str(into))
    assert answer == (0, "", ""), answer
    return into.read_bytes()


@pytest.mark.parametrize(("paper", "page"), [("a4", A4), ("letter", LETTER)])
def test_prepare_writes_the_worksheet_with_its_labels(course: str, tmp_path: Path, paper: str, page) -> None:
    """On the paper asked for; labels on pages of their own size."""
    made = written("prepare", course, "--paper", paper, "--pdf", into=tmp_path / "out.pdf")
    assert sizes(made) == [page, (50, 25), (50, 25), (100, 70)]
    for text in pages(made):
        assert "17-Sep-1961" in text and "T-1" in text
        assert "Printed 05-Jan-2026, end of day by the command line" in text


def test_labels_follow_as_their_times_are_known(course: str, tmp_path: Path) -> None:
    """At an earlier moment there are fewer; a preparation that stood too long has none."""
    for at, many in (("2026-01-05T08:30+01:00", 1), ("2026-01-05T09:10+01:00", 3), ("2026-01-05T09:40+01:00", 4)):
        made = written("prepare", course, "--at", at, "--pdf", into=tmp_path / "out.pdf")
        assert len(sizes(made)) == many
        assert f"Printed 05-Jan-2026 {at[11:16]}" in pages(made)[0]
    late = CASES / "sheets/left-standing.yaml"
    assert sizes(written("prepare", str(late), "--pdf", into=tmp_path / "late.pdf")) == [A4]


def test_a_moment_is_told_by_the_clock_of_the_site(course: str, tmp_path: Path) -> None:
    """However it was written."""
    made = written("prepare", course, "--at", "2026-01-05T08:40Z", "--pdf", into=tmp_path / "out.pdf")
    assert "Printed 05-Jan-2026 09:40" in pages(made)[0]


def test_plan_writes_the_calendar_and_the_summary(course: str, tmp_path: Path) -> None:
    """Either, or both at once."""
    assert "My medicine calendar" in pages(written("plan", course, "--pdf", into=tmp_path / "a.pdf"))[0]
    both = written("plan", course, "--pdf", str(tmp_path / "b.pdf"), "--summary", into=tmp_path / "c.pdf")
    assert "Treatment summary" in pages(both)[0]
    assert (tmp_path / "b.pdf").read_bytes() == (tmp_path / "a.pdf").read_bytes()


def test_downtime_writes_a_pack_without_a_date(tmp_path: Path) -> None:
    """Nobody asked about a moment, and the clock is not read: there is a line for it."""
    made = written("downtime", "--paper", "letter", "--pdf", into=tmp_path / "pack.pdf")
    assert sizes(made) == [LETTER, LETTER]
    assert all("Printed ____________ by the command line" in page for page in pages(made))
    assert made == written("downtime", "--paper", "letter", "--pdf", into=tmp_path / "pack.pdf")


def test_the_same_question_gives_the_same_file(course: str, tmp_path: Path) -> None:
    """In another process too."""
    first = written("prepare", course, "--pdf", into=tmp_path / "one.pdf")
    command = [sys.executable, "-c", "from oncourse.faces.cli import main; main()", "prepare", course, "--pdf", "-"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == first


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ("prepare", "{held}", "--pdf", "{out}"),
            "there is nothing to prepare; Not for preparation. Hold today's dose",
        ),
        (("prepare", "{course}", "--pdf", "{nowhere}/out.pdf"), "No such file or directory"),
        (("prepare", "{course}", "--paper", "a5", "--pdf", "{out}"), "'a5' is not one of"),
        (("prepare", "{course}", "--json", "--pdf", "{out}"), "give --json or --pdf, not both"),
        (("plan", "{course}", "--ics", "{out}", "--pdf", "{out}"), "give --ics or --pdf, not both"),
        (("plan", "{nameless}", "--pdf", "{out}"), "needs two identifiers"),
        (("downtime",), "Missing option '--pdf'"),
    ],
)
def test_a_fault_is_told_and_nothing_is_written(course: str, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    """With status 2."""
    (tmp_path / "held.yaml").write_text(document(*READY, (0, "vod: {status: suspected}")), encoding="utf-8")
    (tmp_path / "nameless.yaml").write_text(document(*READY, born=None), encoding="utf-8")
    places = {name: str(tmp_path / f"{name}.yaml") for name in ("held", "nameless")}
    places |= {"course": course, "out": str(tmp_path / "out.pdf"), "nowhere": str(tmp_path / "nowhere")}
    answer = run(*(word.format(**places) for word in words))
    assert (answer.status, answer.out) == (2, "")
    assert why in answer.err
    assert not (tmp_path / "out.pdf").exists()


def test_whoever_asks_for_no_paper_does_not_pay_for_it(course: str) -> None:
    """Neither typesetter nor bar codes are loaded for an answer in words."""
    told = (
        "import sys; from oncourse.faces.cli import main; main(); "
        "sys.exit(1 if {'typst', 'zxingcpp', 'fontTools', 'sqlalchemy'} & set(sys.modules) else 0)"
    )
    for words in (["prepare", course], ["plan", course, "--json"]):
        assert subprocess.run([sys.executable, "-c", told, *words], capture_output=True, check=False).returncode == 0


def test_paper_needs_no_record(course: str, tmp_path: Path) -> None:
    """What prints a document loads no database."""
    told = (
        "import sys; from oncourse.faces.cli import commands; commands(standalone_mode=False); "
        "sys.exit(1 if 'sqlalchemy' in sys.modules else 0)"
    )
    words = ["prepare", course, "--pdf", str(tmp_path / "out.pdf")]
    assert subprocess.run([sys.executable, "-c", told, *words], capture_output=True, check=False).returncode == 0
