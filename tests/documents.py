"""Course documents for tests: the contract's course, and short ways to read one and to collect its faults."""

from pathlib import Path

import pytest

import oncourse
from oncourse import course
from oncourse.course import Course
from oncourse.event import Event, Vocabulary
from oncourse.problem import BadInput

FILE = Path(oncourse.__file__).parent / "protocols" / "inotuzumab-ozogamicin" / "events.yaml"
VOCABULARY = Vocabulary.read(FILE.read_bytes(), "events.yaml")
HEAD = "oncourse: 1\nprotocol: inotuzumab-ozogamicin\npatient: {id: P-1, born: 1979-03-04, sex: female}\n"
CONTRACT = """
oncourse: 1
protocol: inotuzumab-ozogamicin          # optionally @version
patient: {id: P-001, born: 1979-03-04, sex: female}
site: {jurisdiction: US}
events:
- {at: 2026-01-05, enrolled: {disease: relapsed, cd22: positive, transplant: planned, childbearing_potential: true, contraindications: []}}
- {at: 2026-01-05, measured: {height: 165 cm, weight: 68 kg}}
- {at: 2026-01-05, pregnancy_test: {result: negative}}
- {at: 2026-01-05, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, blasts: 3 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN, alt: 1.1 ULN}}
- {at: 2026-01-05, expect: {verdict: give, mg: 1.42}}
- {at: 2026-01-05T10:40:00+01:00, given: {dose: 1.42 mg}}
"""  # noqa: E501


def read(*events: str, head: str = HEAD) -> Course:
    lines = "".join(f"- {event}\n" for event in events)
    return course.read(f"{head}events:\n{lines}" if events else f"{head}events: []", "c", VOCABULARY)


def only(*events: str, head: str = HEAD) -> Event:
    (event,) = read(*events, head=head).events
    return event


def problems(source: str | bytes) -> list[str]:
    with pytest.raises(BadInput) as caught:
        course.read(source, "c", VOCABULARY)
    return [str(problem) for problem in caught.value.problems]


def faults(*events: str, head: str = HEAD) -> list[str]:
    return problems(f"{head}events:\n" + "".join(f"- {event}\n" for event in events))
