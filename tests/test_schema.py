"""The published JSON Schema admits sound documents, in any spelling that is read, and refuses bad ones."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import oncourse
from oncourse import course, document
from oncourse.event import Vocabulary
from oncourse.problem import BadInput
from oncourse.schema import course_schema

FOLDER = Path(oncourse.__file__).parent / "protocols" / "inotuzumab-ozogamicin"
VOCABULARY = Vocabulary.read((FOLDER / "events.yaml").read_bytes(), "events.yaml")
SCHEMA = course_schema(VOCABULARY)
VALIDATOR = Draft202012Validator(SCHEMA)
CASES = sorted((FOLDER / "cases").rglob("*.yaml"))


def whole(*events: dict[str, Any], **more: object) -> dict[str, Any]:
    head = {"oncourse": 1, "protocol": "inotuzumab-ozogamicin", "patient": {"id": "P-1", "born": "1979-03-04"}}
    return {**head, "events": list(events), **more}


def on(**event: object) -> dict[str, Any]:
    return {"at": "2026-01-05", **event}


GOOD = [
    on(enrolled={"disease": "relapsed", "philadelphia": "positive", "contraindications": [], "prior_tki": False}),
    on(labs={"anc": "1800 /uL", "bilirubin": {"value": "13.7 umol/L", "uln": "1.2 mg/dL"}, "ast": "0.9 ULN"}),
    on(labs={"alt": {"value": "1.5 ULN"}}),
    {"at": "2026-01-05T10:40:00+01:00", "id": 7, "by": "A", "given": {"dose": "1.42 mg", "cycle": 1, "day": 8}},
    on(toxicity={"term": "rash", "grade": "2", "hepatic": "No", "related": True}),
    on(transfused={"platelets": True}, recorded="2026-01-05T10:40:00Z"),
    on(judged={"clause": "third-cycle", "choice": True}),
    on(checked={"point": "bag", "volume": "3.68 mL"}),
    on(observed={"symptoms": {"fever": "yes"}, "vitals": {"pulse": 80}}),
    on(reaction={"grade": 2, "symptoms": ["fever"]}),
    on(reconstituted={"vials": [{"gtin": "0300", "lot": 12, "expiry": "2027-01-31"}]}),
    on(released=None),
    on(watch_ended=True),
    on(discarded={}),
    on(expect={"verdict": "give", "mg": 1.42, "due": None, "omitted": [{"cycle": 1, "day": 8}]}),
    on(corrected={"event": "7", "with": {"given": {"dose": "1.4 mg"}}}),
    on(corrected={"event": "7", "with": None}),
]

BAD = [
    on(labs={"anc": 1.8}),
    on(labs={"anc": "1.8"}),
    on(labs={"anc": "85 K/uL"}),
    on(labs={"anc": "-1 10*9/L"}),
    on(labs={"ast": "30 U/L"}),
    on(labs={"ast": {"value": "30 U/L"}}),
    on(labs={"ast": {"value": "30 U/L", "uln": "2 ULN"}}),
    on(labs={}),
    on(labs={"hb": "9 g/dL"}),
    on(measured={"height": "65 in"}),
    on(given={}),
    on(given={"dose": "1420 mcg"}),
    on(given={"dose": "1 mg", "day": 8}),
    on(given={"dose": "1 mg", "cycle": 1, "day": 9}),
    on(ordered={"dose": "1 mg", "against": ["a"]}),
    on(toxicity={"term": "rash", "grade": 6}),
    on(toxicity={"term": "rash", "grade": 1, "hepatic": "maybe"}),
    on(enrolled={"disease": "cured"}),
    on(overrode={"clause": "a", "why": "b", "kind": "mood"}),
    on(premedicated={"antipyretic": "2026-01-05T09:00:00"}),
    on(corrected={"event": "7", "with": {"corrected": {"event": "7"}}}),
    on(released=False),
    on(),
    on(lab={}),
    on(held={}, stopped={}),
    {"held": {}},
    {"at": "05.01.2026", "held": {}},
    {"at": "2026-01-05T10:40:00", "held": {}},
]


def refusals(data: object) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data)]


def sound(data: object) -> bool:
    try:
        course.read(json.dumps(data), "c", VOCABULARY)
    except BadInput:
        return False
    return True


def test_it_is_a_schema() -> None:
    """The schema itself is sound, and is JSON."""
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("event", GOOD, ids=repr)
def test_what_is_read_is_admitted(event: dict[str, Any]) -> None:
    """Every spelling that reading accepts, the schema does too."""
    listed = [{"at": "2026-01-01", "id": 7, "held": None}] if "corrected" in event else []
    assert refusals(whole(event)) == []
    assert sound(whole(*listed, event))


@pytest.mark.parametrize("event", BAD, ids=repr)
@pytest.mark.uncounted
def test_what_is_refused_is_refused_here_too(event: dict[str, Any]) -> None:
    """Typical faults need no program to be found."""
    assert refusals(whole(event))
    assert not sound(whole(event))


@pytest.mark.parametrize(
    "parts", [{"oncourse": 2}, {"patient": {}}, {"site": {"bsa_formula": "x"}}, {"events": {}}, {"more": 1}], ids=repr
)
def test_the_head_of_a_document_is_checked(parts: dict[str, object]) -> None:
    """Version, patient, site and unknown parts."""
    assert refusals(whole() | parts)
    assert not sound(whole() | parts)


@pytest.mark.parametrize("path", CASES[::23], ids=lambda path: path.stem)
def test_cases_are_admitted(path: Path) -> None:
    """A case validates as text throughout, and with the numbers and booleans that YAML makes of it."""
    written = course.write(course.read(path.read_bytes(), path.name, VOCABULARY))
    assert refusals(document.read(written, path.name).plain()) == []
    assert refusals(json.loads(json.dumps(yaml.load(written, yaml.CSafeLoader), default=str))) == []
