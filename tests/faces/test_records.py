"""The record on the command line: documents in and out, a backup and its head, and what is not sound."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.builders import CASES
from tests.faces.test_cli import Answer, run

from oncourse.record.database import Database

WORKED = CASES / "worked"
HEAD = re.compile(r"^head ([0-9]+:[0-9a-f]{64})$", re.MULTILINE)


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A record with the first two worked cases."""
    path = str(tmp_path / "record.db")
    done = run(
        "import", str(WORKED / "01-contract-patient.yaml"), str(WORKED / "02-held-until-omitted.yaml"), "--db", path
    )
    assert done.status == 0
    return path


def head(answer: Answer) -> str:
    """The head that was printed."""
    (found,) = HEAD.findall(answer.out)
    return str(found)


def test_documents_are_taken_in(tmp_path: Path) -> None:
    """Each course with its events, and how many expectations were left out; a folder is read whole."""
    done = run("import", str(WORKED), "--db", str(tmp_path / "record.db"), "--by", "A. Clerk")
    assert done.out.startswith("P-001: 6 events kept, 2 expectations left out\n")
    assert done.out.endswith("20 courses and 305 events kept\n")


def test_nothing_is_taken_in_if_anything_is_wrong(db: str, tmp_path: Path) -> None:
    """Every fault of every file, with status 2."""
    (tmp_path / "bad.yaml").write_text("oncourse: 1\nevents: []\n")
    done = run("import", str(WORKED), str(tmp_path / "bad.yaml"), str(tmp_path / "gone.yaml"), "--db", db)
    assert (done.status, done.out) == (2, "")
    assert "gone.yaml:1:1: this file cannot be read" in done.err
    done = run("import", str(WORKED), str(tmp_path / "bad.yaml"), "--db", db)
    assert (done.status, done.out) == (2, "")
    assert "P-001 is on record already" in done.err
    assert "bad.yaml:1:1: the course has no patient" in done.err
    assert "2 courses" in run("verify", "--db", db).out


def test_a_course_is_given_out_as_a_document_that_decides_alike(db: str) -> None:
    """To be read, or to be decided at once."""
    document = run("export", "W-02", "--db", db).out
    for at in ("2026-01-12", "2026-01-19"):
        original = run("decide", str(WORKED / "02-held-until-omitted.yaml"), "--at", at, "--json")
        assert run("decide", "-", "--at", at, "--json", stdin=document) == original


def test_all_courses_are_given_out_into_a_folder(db: str, tmp_path: Path) -> None:
    """A file a course, never over another; also as they were at an earlier head."""
    assert (
        run("export", "--db", db, "--into", str(tmp_path / "out")).out == f"2 courses written to {tmp_path / 'out'}\n"
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["P-001.yaml", "W-02.yaml"]
    again = run("export", "--db", db, "--into", str(tmp_path / "out"))
    assert again.status == 2 and "P-001.yaml: this file is there already; give an empty folder" in again.err
    early = run("export", "--db", db, "--into", str(tmp_path / "early"), "--upto", "4")
    assert early.out == f"1 course written to {tmp_path / 'early'}\n"
    assert (tmp_path / "early" / "P-001.yaml").read_text().count("\n- ") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export",), "say --into which folder, or name one course"),
        (("export", "P-2"), "no course P-2 is on record"),
        (("verify", "--head", "1:2"), "'1:2' is no head of a record"),
        (("backup", "/nowhere/b"), "/nowhere/b: No such file or directory"),
        (("restore", "/nowhere/b"), "/nowhere/b: there is no such file"),
        (("export", "P-001", "--into", "/proc/nothing"), "give a folder that may be written"),
    ],
)
def test_what_cannot_be_done_is_told(db: str, words: tuple[str, ...], said: str) -> None:
    """With status 2 and nothing printed."""
    done = run(*words, "--db", db)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("command", [("verify",), ("export", "P-1"), ("backup", "b")])
def test_reading_never_makes_a_record(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A wrong path is told, and stays as empty as it was."""
    done = run(*command, "--db", str(tmp_path / "typo.db"))
    assert done.status == 2 and "there is no record" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_restored_and_verified(db: str, tmp_path: Path, postgresql: str) -> None:
    """Its head is printed, and is that of the restored record; the documents are the same."""
    saved = run("backup", str(tmp_path / "b.oncourse"), "--db", db)
    noted = head(saved)
    restored = run("restore", str(tmp_path / "b.oncourse"), "--db", str(tmp_path / "other.db"))
    assert head(restored) == noted and "sound" in restored.out
    for place in (db, str(tmp_path / "other.db")):
        checked = run("verify", "--db", place, "--head", noted, "--decisions")
        assert (checked.status, head(checked)) == (0, noted)
    there = run("export", "W-02", "--db", str(tmp_path / "other.db"))
    assert there == run("export", "W-02", "--db", db)


def test_a_record_that_is_not_sound_is_told(db: str, tmp_path: Path) -> None:
    """Each fault with its place, and status 1; it is not backed up as if it were sound."""
    with Database(db).writing() as connection:
        connection.execute(text("DROP TRIGGER entry_stays_as_it_is"))
        connection.execute(text("UPDATE entry SET body = '{}' WHERE seq = 4"))
    checked = run("verify", "--db", db)
    assert checked.status == 1
    assert "entry 4 (P-001, version 2) is not what was chained here" in checked.out
    assert "2 faults" in checked.out
    saved = run("backup", str(tmp_path / "b.oncourse"), "--db", db)
    assert saved.status == 2 and "entry 4 (P-001, version 2)" in saved.err
