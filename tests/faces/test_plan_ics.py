"""`oncourse plan --ics`: where the calendar file goes, that it is repeatable, and what is told when it cannot be."""

from pathlib import Path

from tests.faces.test_cli import CONTRACT, DAY_8, run
from tests.sheets.calendars import Phone, entries


def test_the_calendar_goes_to_standard_output(tmp_path: Path) -> None:
    """A dash prints the file as it is, and the same question prints the same."""
    answer = run("plan", "-", "--ics", "-", stdin=CONTRACT)
    assert (answer.status, answer.err) == (0, "") and answer.out.endswith("\r\nEND:VCALENDAR\r\n")
    assert len(entries(answer.out.encode())) > 9
    assert answer == run("plan", "-", "--ics", "-", stdin=CONTRACT)


def test_the_calendar_goes_into_a_file_in_place_of_an_older_one(tmp_path: Path) -> None:
    """Nothing is printed; what was told since brings the entries of the older file up to date."""
    file = tmp_path / "course.ics"
    assert run("plan", "-", "--ics", str(file), stdin=CONTRACT) == (0, "", "")
    old = file.read_bytes()
    assert run("plan", "-", "--ics", str(file), stdin=DAY_8) == (0, "", "")
    new = file.read_bytes()
    assert {one.sequence for one in entries(old)} == {5} and {one.sequence for one in entries(new)} == {6}
    assert Phone().take(old).take(new).shown() == Phone().take(new).shown() != Phone().take(old).shown()
    assert run("plan", "-", "--ics", str(file), "--at", "2026-01-05", stdin=DAY_8).status == 0
    assert file.read_bytes() == old


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one line, with what to do, and status 2; so is a question for two answers at once."""
    answer = run("plan", "-", "--ics", str(tmp_path), stdin=CONTRACT)
    assert answer.status == 2 and answer.err == f"{tmp_path}: Is a directory; give a file that may be written\n"
    both = run("plan", "-", "--json", "--ics", "-", stdin=CONTRACT)
    assert both.status == 2 and both.out == "" and "give --json or --ics, not both" in both.err


def test_a_faulty_document_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Nothing is written before there is an answer."""
    file = tmp_path / "course.ics"
    file.write_bytes(b"older")
    assert run("plan", "-", "--ics", str(file), stdin="oncourse: 1\n").status == 2
    assert file.read_bytes() == b"older"
