"""Patients: found by name or number, and enrolled once, all on one page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from oncourse import course as courses
from oncourse.clinic import Opened
from oncourse.faces.web import forms
from oncourse.faces.web.app import Visitor
from oncourse.faces.web.forms import Faults, Input, Leaf
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.patient import page_path
from oncourse.faces.web.today import row
from oncourse.faces.web.typed import dated
from oncourse.problem import BadInput
from oncourse.protocol import Protocol
from oncourse.protocol_file import load
from oncourse.record.patients import WHO, Patient, same_number

router = APIRouter(prefix="/patients")
SYSTEM = "MRN"
WHO_FIELDS = ("family", "given", "number", "allergies")
KEY = re.compile(r"[0-9a-f]{32}")  # what the form sends back, and nothing else: the id of a course is made of it
NEEDED = ("family", "number", "patient.born", "patient.sex")


@router.get("")
def search(visit: Visitor, q: str = "") -> Response:
    """The patients in whose name, number, id or date of birth every word stands."""
    visit.require("find")
    found = {patient.course for patient in visit.clinic.search(q)}
    rows = sorted((row(of) for of in visit.board if of.patient.course in found), key=lambda one: one.name)
    alike = {one.name for one in rows if [other.name for other in rows].count(one.name) > 1}
    return visit.show("patients.html", q=q, rows=rows, alike=alike)


@router.get("/new")
def ask(visit: Visitor) -> Response:
    """The empty form of a new patient."""
    visit.require("open")
    return _new(visit, Faults(), ())


@router.post("/new")
def enrol(visit: Visitor) -> Response:
    """Begin a course: who the patient is and what decides whether they may have the drug, kept at once."""
    visit.require("open")
    faults = Faults()
    if visit.typed.again:
        return _new(visit, faults, ())
    protocol, typed, key = load(), visit.typed, _key(visit)
    for name in NEEDED:
        if not typed[name]:
            faults.add(name, text("faults.blank", label=text(f"new.{name.rpartition('.')[2]}")))
    same = _same(visit, _id(key))
    if same:
        faults.add("number", text("new.same", number=typed["number"], name=same[0].shown.get("name", same[0].course)))
    opened = _opened(visit, protocol, key, faults)
    if opened is None:
        return _new(visit, faults, same)
    return visit.go(page_path(opened.course, "plan"))


def _key(visit: Visit) -> str:
    said = visit.typed.key or ""
    return said if KEY.fullmatch(said) else uuid4().hex


def _id(key: str) -> str:
    return f"P-{key[:8].upper()}"


def _opened(visit: Visit, protocol: Protocol, key: str, faults: Faults) -> Opened | None:
    typed, today = visit.typed, visit.clinic.here().date()
    at, parts = Leaf("on", today.isoformat()), _kinds(protocol, typed)
    events = [{"at": at, kind: said} for kind, said in parts.items() if said]
    patient = {"id": _id(key), **_leaf("born", "patient.born", typed), **_leaf("sex", "patient.sex", typed)}
    course = {"oncourse": "1", "protocol": protocol.id, "patient": patient, "events": events}
    known = ", ".join(filter(None, (typed["family"].upper(), typed["given"])))
    who = {"name": Leaf("family", known), "identifiers": [{"system": SYSTEM, "value": Leaf("number", typed["number"])}]}
    allergies = {"allergies": Leaf("allergies", typed["allergies"])} if typed["allergies"] else {}
    source, where = forms.sheet(course)
    told, beside = forms.sheet(who | allergies)
    try:
        if faults:  # every fault is told at once, also of what was not sent
            courses.read(source, "course", protocol.vocabulary, (), protocol.choices)
            return None
        return visit.clinic.open(source, visit.actor.account, key, visit.actor, told)
    except BadInput as bad:
        forms.tell((one for one in bad.problems if one.place.file != WHO.name), where, faults, "course")
        forms.tell((one for one in bad.problems if one.place.file == WHO.name), beside, faults, WHO.name)
    return None


def _leaf(name: str, field: str, typed: Any) -> Mapping[str, Leaf]:
    said = typed[field]
    day = dated(said) if name == "born" else None
    return {name: Leaf(field, said if day is None else day.isoformat())} if said else {}


def _kinds(protocol: Protocol, typed: Any) -> Mapping[str, Any]:
    kinds: dict[str, Any] = {}
    for one in _fields(protocol):
        kinds.setdefault(one.name.partition(".")[0], []).append(one)
    return {kind: forms.said(fields, typed) for kind, fields in kinds.items() if kind != "patient"}


def _fields(protocol: Protocol) -> list[Input]:
    """Everything a new patient is asked beside who they are."""
    words: Mapping[str, Any] = protocol.words
    asked = words["forms"]
    parts = [*asked["enrolment"].items(), *asked["new"].items()]
    born = forms.asked(protocol, protocol.vocabulary.patient.fields["born"], "patient.born")
    sex = forms.asked(protocol, protocol.vocabulary.patient.fields["sex"], "patient.sex")
    told = [one for kind, names in parts for one in forms.inputs(protocol, kind, names)]
    return [*(replace(one, required=True) for one in (born, sex) if one is not None), *told]


def _same(visit: Visit, own: str) -> list[Patient]:
    """The patients who have that number already, but for whoever was enrolled when this was sent before."""
    number = visit.typed["number"]
    found = visit.clinic.search(number) if number else []
    others = (one for one in found if one.course != own)
    return [one for one in others if any(same_number(number, said["value"]) for said in _numbers(one))]


def _numbers(of: Patient) -> Sequence[Mapping[str, str]]:
    known: Sequence[Mapping[str, str]] = of.shown.get("identifiers", ())
    return known


def _new(visit: Visit, faults: Faults, same: Sequence[Patient]) -> Response:
    fields = _fields(load())
    who = [Input(name, text(f"new.{name}"), "text", required=name in NEEDED) for name in WHO_FIELDS]
    return visit.show(
        "new.html",
        422 if faults else 200,
        who=who,
        fields=fields,
        faults=faults,
        summary=list(forms.summary(faults, [*who, *fields])),
        same=same,
        typed=visit.typed,
        key=_key(visit),
        today=visit.clinic.here().date(),
    )
