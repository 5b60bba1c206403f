"""The clinic as faces use it: courses opened, told day by day, decided, put right; on both databases."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.builders import CASES, PROTOCOL

from oncourse import course as courses
from oncourse.answer import answer, dumps
from oncourse.clinic import Clinic, Conflict, NoCourse, frozen
from oncourse.decide import decide
from oncourse.event import EXPECT
from oncourse.problem import BadInput
from oncourse.protocol_file import read_folder
from oncourse.record import protocols
from oncourse.roles import Actor

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
LATER = frozen(datetime(2099, 12, 31, tzinfo=UTC))
P_9 = """
oncourse: 1
protocol: inotuzumab-ozogamicin
patient: {id: P-9, born: 1979-03-04, sex: female}
events: []
"""
ENROLLED = """
{at: 2026-11-02, enrolled: {disease: relapsed, cd22: positive, transplant: planned, childbearing_potential: no,
  contraindications: []}}
"""
DAY_1 = """
- {at: 2026-11-02, measured: {height: 165 cm, weight: 68 kg}}
- {at: 2026-11-02, labs: {anc: 1.8 10*9/L, platelets: 85 10*9/L, blasts: 3 10*9/L, bilirubin: 0.7 ULN, ast: 0.9 ULN,
   alt: 1.1 ULN}}
"""
GIVEN = "{at: 2026-11-02T10:40:00+01:00, given: {dose: 1.42 mg}}"


def clinic(address: str) -> Clinic:
    """A clinic in which it is the morning of 25 November 2026."""
    return Clinic.at(address, "set-up", frozen(NOW))


def begun(address: str) -> Clinic:
    """The same with one course, at version 5: enrolled, measured, examined, treated."""
    here = clinic(address)
    here.open(P_9, "clerk")
    here.append("P-9", 1, ENROLLED, "Dr Adams")
    here.append("P-9", 2, DAY_1, "Dr Adams")
    here.append("P-9", 4, GIVEN, "Nurse Brown")
    return here


def problems(bad: BadInput) -> str:
    """All that is wrong, as it is told."""
    return "\n".join(map(str, bad.problems))


@pytest.mark.parametrize("path", sorted((CASES / "worked").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_course_typed_in_day_by_day_decides_as_its_document_does(path: Path, tmp_path: Path) -> None:
    """After each day the whole answer is that of the document up to that day, byte for byte."""
    told = courses.read(path.read_bytes(), path.name, PROTOCOL.vocabulary)
    events = [event for event in told.events if event.kind != EXPECT]
    here = Clinic.at(str(tmp_path / "record.db"), "set-up", LATER)
    document = courses.write(replace(told, events=()))
    here.open(document, "clerk")
    version = 1
    for place, event in enumerate(events, 1):
        version = here.append(told.id, version, json.dumps(event.raw), "clerk")[-1].version
        if place == len(events) or events[place].day != event.day:
            at = max(one.day for one in events[:place])
            sofar = replace(told, events=tuple(events[:place]))
            typed = here.decision(told.id, at)
            assert dumps(answer(typed)) == dumps(answer(decide(PROTOCOL, sofar, at)))
    assert here.verified(decisions=True).faults == []


def test_whole_documents_are_taken_in_and_given_out_again(address: str) -> None:
    """Every course of the worked cases reads as the same course afterwards, but for what it expected."""
    files = sorted((CASES / "worked").glob("*.yaml"))
    here = Clinic.at(address, "set-up", LATER)
    opened = here.take_in(((file.name, file.read_bytes()) for file in files), "clerk")
    given_out = dict(here.documents())
    assert [one.course for one in opened] == sorted(given_out)
    for file, one in zip(files, opened, strict=True):
        was = courses.read(file.read_bytes(), file.name, PROTOCOL.vocabulary)
        now = courses.read(given_out[one.course], "out", PROTOCOL.vocabulary)
        happened = [event for event in was.events if event.kind != EXPECT]
        assert (one.events, one.left_out) == (len(happened), len(was.events) - len(happened))
        assert [replace(event, id=None) for event in now.events] == [replace(event, id=None) for event in happened]
        assert (now.id, now.born, now.sex, now.site) == (was.id, was.born, was.sex, was.site)


def test_an_event_is_kept_with_who_told_it_and_when(address: str) -> None:
    """Its own id, the teller, the instant; the reason stands beside it."""
    here = begun(address)
    (entry,) = here.append("P-9", 5, "{at: 2026-11-09, vod: {status: suspected}}", "Dr Adams", why="seen on the ward")
    said = {"at": "2026-11-09", "id": "e6", "by": "Dr Adams", "recorded": "2026-11-25T09:30:00.000000+00:00"}
    assert entry.said == said | {"vod": {"status": "suspected"}}
    assert (entry.version, entry.by, entry.why) == (6, "Dr Adams", "seen on the ward")
    assert here.decision("P-9").verdict == "hold"


def test_a_course_under_an_older_protocol_goes_on(tmp_path: Path) -> None:
    """The text is in the record: the course is read and decided by it, and its decisions are taken again."""
    here = begun(str(tmp_path / "record.db"))
    with pytest.raises(BadInput, match=r"there is no protocol inotuzumab-ozogamicin@2025\.1"):
        here.open(P_9.replace("P-9", "P-10").replace("ozogamicin", "ozogamicin@2025.1"), "clerk")
    shutil.copytree(PROTOCOL.folder, tmp_path / "old", ignore=shutil.ignore_patterns("cases"))
    text = (tmp_path / "old" / "protocol.yaml").read_text(encoding="utf-8")
    old = text.replace(f"version: {PROTOCOL.version}", "version: 2025.1").replace("blasts > 10", "blasts > 2")
    (tmp_path / "old" / "protocol.yaml").write_text(old.replace("blasts <= 10", "blasts <= 2"), encoding="utf-8")
    with here.record.writing() as writer:
        protocols.keep(writer, read_folder(tmp_path / "old"), "me", "2026-11-25T09:30:00+00:00")
    here.open(P_9.replace("P-9", "P-10").replace("ozogamicin", "ozogamicin@2025.1"), "clerk")
    here.append("P-10", 1, ENROLLED, "Dr Adams")
    here.append("P-10", 2, DAY_1, "Dr Adams")
    assert here.decision("P-10", date(2026, 11, 2)).findings[0].clause == "cytoreduce"
    (held,) = here.append("P-10", 4, "{at: 2026-11-02, held: {reason: counts}}", "Dr Adams")
    assert json.loads(held.advised["answer"])["protocol"]["version"] == "2025.1"
    assert here.verified(decisions=True).faults == []


def test_every_event_has_an_id_of_its_own(tmp_path: Path) -> None:
    """Also where somebody has taken the next one, and among events told together."""
    here = begun(str(tmp_path / "record.db"))
    vod = "at: 2026-11-09, vod: {status: suspected}"
    kept = here.append("P-9", 5, f"[{{id: e7, {vod}}}, {{{vod}}}, {{{vod}}}]", "Dr Adams")
    assert [entry.said["id"] for entry in kept] == ["e7", "e7x", "e8"]
    with pytest.raises(BadInput, match="another event has the id e7"):
        here.append("P-9", 8, f"{{id: e7, {vod}}}", "Dr Adams")


@pytest.mark.parametrize(
    "said",
    [
        "{at: 2026-11-09, by: Dr Clark, vod: {status: suspected}}",
        "{at: 2026-11-09, corrected: {event: e3, with: {at: 2026-11-08, by: Dr Clark, vod: {status: suspected}}}}",
    ],
)
def test_nobody_tells_in_the_name_of_somebody_else(tmp_path: Path, said: str) -> None:
    """Neither an event nor a right one in its place; a program passes on what people did."""
    here, adams = begun(str(tmp_path / "record.db")), Actor("adams", "Dr Adams", ("haematologist",))
    with pytest.raises(BadInput, match="this is told in the name of somebody else; leave by out: Dr Adams tells it"):
        here.append("P-9", 5, said, "adams", actor=adams)
    assert here.append("P-9", 5, said.replace("Clark", "Adams"), "adams", actor=adams)[0].version == 6


def test_an_override_names_its_kind(tmp_path: Path) -> None:
    """Whoever signed in says which of the closed list it is, and why; an old document may leave the kind out."""
    here, adams = begun(str(tmp_path / "record.db")), Actor("adams", "Dr Adams", ("haematologist",))
    said = "{at: 2026-11-09, overrode: {clause: liver-hold, why: seen again}}"
    with pytest.raises(BadInput, match="this override does not say of which kind it is; add kind"):
        here.append("P-9", 5, said, "adams", actor=adams)
    with pytest.raises(BadInput, match="overrode has no why"):
        here.append("P-9", 5, said.replace("why: seen again", "kind: clinical"), "adams", actor=adams)
    assert here.append("P-9", 5, said.replace("why", "kind: clinical, why"), "adams", actor=adams)[0].version == 6
    assert here.append("P-9", 6, said, "clerk")[0].version == 7


def test_the_second_of_two_writers_gets_what_came_between(address: str) -> None:
    """The newer version and the events since; nothing of the second is kept, and it can be sent again."""
    here = begun(address)
    here.append("P-9", 5, "{at: 2026-11-09, vod: {status: suspected}}", "Dr Adams")
    with pytest.raises(Conflict) as late:
        here.append("P-9", 5, "{at: 2026-11-09, toxicity: {term: rash, grade: 1}}", "Dr Clark")
    assert late.value.version == 6
    assert [entry.said["vod"] for entry in late.value.since] == [{"status": "suspected"}]
    assert here.append("P-9", 6, "{at: 2026-11-09, toxicity: {term: rash, grade: 1}}", "Dr Clark")[0].version == 7


def test_a_double_tap_stores_once(address: str) -> None:
    """The same key gives the same entries, whatever the version; another text under it is refused."""
    here = begun(address)
    first = here.append("P-9", 5, DAY_1.replace("11-02", "11-09"), "Dr Adams", key="tap-1")
    assert here.append("P-9", 5, DAY_1.replace("11-02", "11-09"), "Dr Adams", key="tap-1") == first
    assert here.course("P-9").version == 7
    with pytest.raises(BadInput, match="the key tap-1 was used for something else"):
        here.append("P-9", 7, "{at: 2026-11-09, vod: {status: suspected}}", "Dr Adams", key="tap-1")
    with pytest.raises(BadInput, match="the key tap-1 was used for something else"):
        here.append("P-9", 7, DAY_1.replace("11-02", "11-09") + "- {at: 2026-11-09, vod: {}}", "Dr Adams", key="tap-1")
    assert here.open(P_9.replace("P-9", "P-10"), "clerk", key="k") == here.open(
        P_9.replace("P-9", "P-10"), "clerk", "k"
    )


def test_all_faults_are_told_at_once_and_nothing_is_kept(address: str) -> None:
    """Each with its line and column in what was typed."""
    here = begun(address)
    head = here.record.head()
    typed = """[
{at: tomorrow, vod: {status: excluded}},
{at: 2026-11-26, labs: {anc: 3}},
{at: 2026-11-02, recorded: 2026-01-01T00:00:00Z, expect: {verdict: give}},
{at: 2026-11-02, corrected: {event: e99, with: {at: 2026-12-01, vod: {status: excluded}}}}]"""
    with pytest.raises(BadInput) as bad:
        here.append("P-9", 5, typed, " ", why="", key="\n")
    told = problems(bad.value)
    for expected in (
        "events:2:6: at is not a date: tomorrow",
        "events:3:6: 2026-11-26 is later than now (2026-11-25 09:30 UTC)",
        "events:3:30: anc has no unit",
        "events:4:18: the record itself notes when it was told",
        "events:4:50: an expectation did not happen",
        "events:5:37: this corrects nothing: no event has the id e99",
        "events:5:53: 2026-12-01 is later than now",
        "it is not said who does this",
        "the reason is empty or no plain text",
        "this key cannot be used",
    ):
        assert expected in told
    assert here.record.head() == head


@pytest.mark.parametrize("typed", ["[]", "{}", "7", "", "{at: 2026-11-02", "\x00"])
def test_what_is_no_event_is_told(typed: str, tmp_path: Path) -> None:
    """An empty list, a number, a broken text."""
    here = begun(str(tmp_path / "record.db"))
    with pytest.raises(BadInput):
        here.append("P-9", 5, typed, "Dr Adams")


def test_now_is_that_of_the_site(address: str) -> None:
    """At half past nine in UTC it is already evening in Tokyo and still night in Honolulu."""
    here = clinic(address)
    here.settle(0, "{timezone: Asia/Tokyo}", "admin")
    here.open(P_9, "clerk")
    assert here.course("P-9").course.site == {"timezone": "Asia/Tokyo"}
    here.append("P-9", 1, "{at: 2026-11-25T18:30:00+09:00, vod: {status: suspected}}", "Dr Adams")
    here.append("P-9", 2, "{at: 2026-11-25, vod: {status: suspected}}", "Dr Adams")
    for late in ("2026-11-25T18:30:01+09:00", "2026-11-26"):
        with pytest.raises(BadInput, match="later than now \\(2026-11-25 18:30 JST\\)"):
            here.append("P-9", 3, f"{{at: {late}, vod: {{status: suspected}}}}", "Dr Adams")
    here.settle(1, "{timezone: Pacific/Honolulu}", "admin")
    here.open(P_9.replace("P-9", "P-10"), "clerk")
    with pytest.raises(BadInput, match="later than now \\(2026-11-24 23:30 HST\\)"):
        here.append("P-10", 1, "{at: 2026-11-25, vod: {status: suspected}}", "Dr Adams")
    assert here.decision("P-10").at == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def test_settings_are_those_a_course_was_opened_with(address: str) -> None:
    """New settings are for new courses; a document that names its own keeps them."""
    here = clinic(address)
    here.settle(0, "{jurisdiction: EU, result_age: 5}", "admin", why="as the committee wants it")
    here.open(P_9, "clerk")
    here.settle(1, "{jurisdiction: US}", "admin")
    own = P_9.replace("P-9", "P-11").replace("events: []", "site: {bsa_formula: dubois}\nevents: []")
    here.open(own, "clerk")
    assert here.course("P-9").course.site == {"jurisdiction": "EU", "result_age": 5}
    assert here.course("P-11").course.site == {"bsa_formula": "dubois"}
    with pytest.raises(BadInput, match="jurisdiction"):
        here.settle(2, "{jurisdiction: Mars}", "admin")
    with pytest.raises(Conflict):
        here.settle(1, "{jurisdiction: EU}", "admin")


def test_the_head_of_a_course_is_put_right_with_a_reason(address: str) -> None:
    """A date of birth, the settings; the id stays, and a past decision still follows from what was known then."""
    here = begun(address)
    here.amend("P-9", 5, "{patient: {id: P-9, born: 1978-03-04, sex: female}, site: {result_age: 7}}", "clerk", "typo")
    known = here.course("P-9").course
    assert (known.born, known.site) == (date(1978, 3, 4), {"result_age": 7})
    assert here.verified(decisions=True).faults == []
    for typed, fault in (
        ("{patient: {id: P-8}}", "a course keeps the id"),
        ("{events: []}", "events is not changed here"),
        ("{}", "this changes nothing"),
        ("{site: {result_age: 99}}", "result_age"),
        ("{patient: {id: P-9, born: 2026-11-03}}", "before the birth"),
    ):
        with pytest.raises(BadInput, match=fault):
            here.amend("P-9", 6, typed, "clerk", "a reason")
    with pytest.raises(BadInput, match="the reason is empty"):
        here.amend("P-9", 6, "{site: {}}", "clerk", "")


def test_a_patient_is_found_by_name_number_or_birth(address: str) -> None:
    """Whatever the case and the accents, by every word; the course document never says the name."""
    here = begun(address)
    who = "{name: 'Müller-Łęcka, Zoë', identifiers: [{system: MRN, value: '00421'}]}"
    here.identify("P-9", 5, who, "clerk")
    for words in ("", "p-9", "MULLER", "zoe lecka", "00421", "1979-03-04 zoë"):
        assert [patient.course for patient in here.search(words)] == ["P-9"], words
    for words in ("female", "smith", "zoe smith", "%", "_"):
        assert here.search(words) == [], words
    assert here.search()[0].shown["identifiers"] == [{"system": "MRN", "value": "00421"}]
    assert "ller" not in dict(here.documents())["P-9"]
    with pytest.raises(BadInput, match="value"):
        here.identify("P-9", 6, "{identifiers: [{system: MRN}]}", "clerk")


def test_a_correction_changes_the_answer_and_not_the_record(address: str) -> None:
    """What was wrong is still there, and is shown by the record as it was."""
    here = begun(address)
    labs = "{at: 2026-11-09, labs: {bilirubin: 7.1 ULN, ast: 1 ULN, alt: 1 ULN}}"
    (wrong,) = here.append("P-9", 5, labs, "lab")
    assert here.decision("P-9", date(2026, 11, 9)).verdict == "hold"
    right = f"{{at: 2026-11-09, corrected: {{event: {wrong.said['id']}, with: {labs.replace('7.1', '0.71')}}}}}"
    here.append("P-9", 6, right, "lab", why="a slip of the point")
    assert here.decision("P-9", date(2026, 11, 9)).verdict == "give"
    before = here.course("P-9", upto=wrong.seq)
    assert decide(before.protocol, before.course, date(2026, 11, 9)).verdict == "hold"


def test_what_is_not_there_is_said(address: str) -> None:
    """No course, and none of the record's own streams by such a name."""
    here = clinic(address)
    for name in ("P-1", "@site", "@record", ""):
        for ask in (here.course, here.decision, lambda name: list(here.documents([name]))):
            with pytest.raises(NoCourse, match="is on record"):
                ask(name)


def test_documents_are_taken_in_all_or_none(address: str) -> None:
    """The faults of every file at once: unreadable, twice, there already, not yet happened, an id that cannot be."""
    here = begun(address)
    ahead = P_9.replace("P-9", "P-12").replace("[]", "[{at: 2026-11-26, vod: {status: suspected}}]")
    files = {
        "a.yaml": P_9.replace("P-9", "P-10"),
        "b.yaml": P_9.replace("P-9", "P-10"),
        "c.yaml": P_9,
        "d.yaml": "{",
        "e.yaml": ahead,
        "f.yaml": P_9.replace("P-9", "'@site'"),
        "g.yaml": P_9.replace("inotuzumab-ozogamicin", "water"),
    }
    with pytest.raises(BadInput) as bad:
        here.take_in(files.items(), "clerk")
    told = problems(bad.value)
    for expected in ("b.yaml:2:1: P-10 is given twice", "c.yaml:2:1: P-9 is on record already", "d.yaml:", "e.yaml:5:"):
        assert expected in told
    assert "f.yaml:2:1: no course can be kept under this id" in told
    assert "there is no protocol water" in told
    assert [patient.course for patient in here.search()] == ["P-9"]


@given(
    words=some.lists(some.text(some.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_as_it_was_typed(address: str, words: list[str]) -> None:
    """Reasons and comments in any script, on both databases, and through a document."""
    here = clinic(address)
    name = f"T-{here.record.head().seq}"
    here.open(P_9.replace("P-9", name), "clerk")
    events = [{"at": "2026-11-02", "stopped": {"reason": word}} for word in words if word.strip()]
    if events:
        here.append(name, 1, json.dumps(events), "clerk")
    kept = here.course(name).course
    read = courses.read(dict(here.documents([name]))[name], "out", PROTOCOL.vocabulary)
    assert [event.fields["reason"] for event in kept.events] == [event["stopped"]["reason"] for event in events]
    assert read.events == kept.events
    assert here.verified().faults == []


def test_time_goes_on_between_two_looks(tmp_path: Path) -> None:
    """The same record, a week later: the slot that nobody gave is late."""
    address = str(tmp_path / "record.db")
    begun(address)
    later = Clinic.there(address, frozen(NOW + timedelta(7)))
    assert later.decision("P-9").slot["late"] != Clinic.there(address, frozen(NOW)).decision("P-9").slot["late"]


def test_a_course_is_read_again_when_it_has_grown_and_only_then(address: str) -> None:
    """One that was amended or told of more is another; an older view of it is still the older one."""
    here = begun(address)
    before = here.course("P-9")
    assert here.course("P-9") is before
    here.append("P-9", 5, "{at: 2026-11-09, vod: {status: suspected}}", "Dr Adams")
    assert [event.kind for event in here.course("P-9").course.events][-2:] == ["given", "vod"]
    here.amend("P-9", 6, "{patient: {id: P-9, born: 1979-03-05, sex: female}}", "clerk", "typed wrongly")
    assert here.course("P-9").course.born == date(1979, 3, 5)
    assert here.course("P-9", here.record.entries("P-9")[4].seq) == before


def test_however_many_are_read_each_is_itself(address: str) -> None:
    """Room is made for more courses than are kept at hand."""
    here = begun(address)
    here.open(P_9.replace("P-9", "P-10"), "clerk")
    with patch("oncourse.clinic.RECENT", 1):
        assert [here.course(name).course.id for name in ("P-10", "P-9", "P-10")] == ["P-10", "P-9", "P-10"]
