"""The same course gives the same answer on every face, byte for byte."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import CASES, PROTOCOL
from tests.faces.api.hospital import Hospital, is_problem
from tests.faces.test_cli import run

from oncourse import course as courses

WORKED = sorted((CASES / "worked").glob("*.yaml"))


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_a_document_is_decided_as_on_the_command_line(hospital: Hospital, path: Path) -> None:
    """At its last day, at the days of its events, before and after them, and at an instant."""
    course = courses.read(path.read_bytes(), path.name, PROTOCOL.vocabulary)
    last = courses.last_day(course)
    assert last is not None
    days = sorted({event.day for event in course.events})
    moments = [days[0], days[len(days) // 2], last + timedelta(1), last + timedelta(60), f"{last}T12:00:00+01:00"]
    with hospital.unchanged():
        for at in (None, *moments):
            words = [] if at is None else ["--at", str(at)]
            expected = run("decide", str(path), "--json", *words)
            query = {} if at is None else {"at": str(at)}
            answer = hospital.ask("lis", "POST", "/api/decide", content=path.read_bytes(), params=query)
            assert (answer.status_code, answer.content) == (200, expected.out.encode()), at
            assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", WORKED[:4], ids=lambda path: path.stem)
def test_a_course_on_record_is_decided_as_its_document(hospital: Hospital, path: Path) -> None:
    """What was taken in is answered for as the command line answers for what is given out again."""
    hospital.clinic.take_in([(path.name, path.read_bytes())], "clerk")
    name = courses.read(path.read_bytes(), path.name, PROTOCOL.vocabulary).id
    document = run("export", name, "--db", hospital.address).out
    for at in ("2026-01-12", "2026-01-19", "2026-11-25"):
        for route, command in (("decision", "decide"), ("plan", "plan")):
            expected = run(command, "-", "--at", at, "--json", stdin=document)
            answer = hospital.get("adams", f"/api/courses/{name}/{route}", params={"at": at})
            assert (answer.status_code, answer.content) == (200, expected.out.encode())


def test_faults_are_those_of_the_command_line(hospital: Hospital) -> None:
    """Every one with its place and remedy."""
    text = WORKED[0].read_text(encoding="utf-8").replace("kg", "lb").replace("10*9/L", "")
    told = run("decide", "-", "--json", stdin=text)
    answer = hospital.ask("adams", "POST", "/api/decide", content=text)
    assert is_problem(answer, 422) and told.status == 2
    lines = [f"{one['where']}: {one['what']}; {one['remedy']}" for one in answer.json()["problems"]]
    assert [line.partition(":")[2] for line in lines] == [line.partition(":")[2] for line in told.err.splitlines()]


def test_a_course_in_which_nothing_happened_needs_a_moment(hospital: Hospital) -> None:
    """As on the command line."""
    document = "{oncourse: 1, protocol: inotuzumab-ozogamicin, patient: {id: X}, events: []}"
    assert is_problem(hospital.ask("adams", "POST", "/api/decide", content=document), 422)
    answer = hospital.ask("adams", "POST", "/api/decide?at=2026-11-25", content=document)
    assert answer.content == run("decide", "-", "--at", "2026-11-25", "--json", stdin=document).out.encode()
