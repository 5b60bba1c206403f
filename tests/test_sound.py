"""What no proof could deal with is refused when the protocol is read, with its place and what to write."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest
from tests.builders import PROTOCOL

from oncourse.days import FIXED, FREE, Days
from oncourse.problem import BadInput
from oncourse.protocol_file import read_folder

Edit = tuple[str, str, str]
RULES = "protocol.yaml"


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., list[str]]:
    """The problems of a copy of the protocol after edits, each of a file, an old text there, and a new one."""

    def told(*edits: Edit) -> list[str]:
        for file in PROTOCOL.folder.glob("*.yaml"):
            copy(file, tmp_path)
        for name, old, new in edits:
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert old in text
            (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(BadInput) as caught:
            read_folder(tmp_path)
        return [str(problem) for problem in caught.value.problems]

    return told


LATE = "late: max(0, today - due) if started else 0"
LEVEL = "{level: level + 1, reduced_on: today"
MORE = "  complete: enrolled and (cycle"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # facts
        ("disease: {from: enrolled.disease}", "disease: {from: judged.why}", "disease has no set of values; read a"),
        (
            "transplant: {from: [enrolled.transplant, replanned.transplant]}",
            "transplant: {from: [enrolled.transplant, vod.status]}",
            "transplant reads fields of different types; read fields of one type",
        ),
        ("{from: enrolled.cd22}", "{from: enrolled.cd22, take: worst}", "a choice has no worst; take the worst"),
        (
            "ast: {from: labs.ast, fresh: result_age, worse: high}",
            "ast: {from: labs.ast, fresh: result_age}",
            "ast is worse on no side; write worse, with one of high, low",
        ),
        (
            "fresh: 7, worse: positive",
            "fresh: 7, worse: negativ",
            "pregnancy_test is worse on no side; write worse, with one of negative",
        ),
        (
            "last-date, absent: never}",
            "last-date, absent: never, fresh: 7}",
            "positive_test_on cannot grow old; let only",
        ),
        (
            "unsaid: {related: unknown}",
            "unsaid: {hepatic: false}",
            "toxicity uses related, which may be missing; say under carried or",
        ),
        (
            "since: cycle_before, absent: not said}",
            "since: own_date, absent: not said}",
            "marrow counts since a date that depends on it; let it",
        ),
        # what depends on itself
        (
            "occasion: responded_on",
            "occasion: 'today if answer_third_cycle == \"no\" else responded_on'",
            "the occasion of an answer depends on that answer, answer_third_cycle; let",
        ),
        (
            "percent: 75 if next_level >= 1 else 100",
            "percent: 75 if dose_mg > 1 else 100",
            "the amounts depend on dose_mg, which follows from them; let",
        ),
        # counts
        ("level: {number: 0}", "level: {number: 0.5}", "level counts and does not begin whole; use a whole"),
        (LEVEL, LEVEL.replace("level + 1", "level + 0.5"), "level counts, and this need not be whole; count in"),
        (LEVEL, LEVEL.replace("level + 1", "level / 2"), "level counts, and this need not be whole; count in"),
        (
            LEVEL,
            LEVEL.replace("level + 1", "anc"),
            "level counts, and this need not be whole",
        ),
        # events
        (
            "on: [held, omitted], when: 'event_reason",
            "on: [held, vod], when: 'event_reason",
            "vod has no event_reason; write a transition for each kind",
        ),
        (
            'on: overrode, when: event_clause == "interruption-reduce" and reduces',
            "on: attested, when: event_gilbert and reduces",
            "event_gilbert may be neither yes nor no; require the field",
        ),
        # days
        (LATE, "late: max(0, today - due) * 2", "days between dates are only added to what a constant bounds; compare"),
        (LATE, "late: (today - due) / 7", "days between dates are only added to what a constant bounds; compare"),
        (LATE, "late: today - due + cycle", "days between dates are only added to what a constant bounds; compare"),
        (
            LATE,
            "late: (today - due) + (today - planned)",
            "days between dates are only added to what a constant bounds",
        ),
        (
            "and late >= 3 and",
            "and late >= cycle and",
            "days between dates are compared with what no constant bounds; compare",
        ),
        (
            "and late >= 3 and",
            "and late >= today - planned and",
            "days between dates are compared with what no constant",
        ),
        (
            LATE,
            "late: today - due if started else cycle",
            "days between dates and another number take each other's place",
        ),
        (LATE, "late: max(today - due, cycle)", "days between dates and another number take each other's place"),
        ("omit_on: due + 7 if", "omit_on: due + cycle if", "a date is moved by days that no constant bounds; compare"),
        ("omit_on: due + 7 if", "omit_on: due + (today - due) if", "a date is moved by days that no constant bounds"),
        (
            "wakes: [earliest,",
            "wakes: [today + reduced_after, earliest,",
            "a date is moved by days that no constant bounds",
        ),
    ],
)
def test_what_no_proof_could_deal_with_is_refused(
    faults: Callable[..., list[str]], old: str, new: str, said: str
) -> None:
    """One such thing in an otherwise sound file is told with its place and a remedy."""
    if "own_date" in new:
        own = (RULES, MORE, f'  own_date: today if marrow == "worse" else cycle_before\n{MORE}')
        told = faults((RULES, old, new), own)
    else:
        told = faults((RULES, old, new))
    assert len(told) == 1, told
    assert told[0].startswith("protocol.yaml:")
    assert said in told[0]
    assert "; " in told[0]


def test_all_such_faults_are_told_at_once(faults: Callable[..., list[str]]) -> None:
    """Together with those of other kinds, in the order of the file."""
    told = faults(
        (RULES, "disease: {from: enrolled.disease}", "disease: {from: judged.why}"),
        (RULES, "level: {number: 0}", "level: {number: 0.5}"),
        (RULES, LATE, "late: (today - due) / 7"),
        (RULES, "version: 2026.11", "versio: 2026.11"),
    )
    lines = [int(fault.split(":")[1]) for fault in told]
    assert lines == sorted(lines)
    for word in ("has no set of values", "begin whole", "only added", "has no version", "versio is not a key"):
        assert any(word in fault for fault in told), word


def test_a_number_that_grows_is_told_apart_from_one_that_is_chosen() -> None:
    """A cycle goes on from itself; a day is one of a few, and a level moved with it grows too."""
    days = Days(PROTOCOL)
    kinds = days.remembered
    assert [kinds[name] for name in ("cycle", "dose_cycle", "level")] == [FREE] * 3
    assert [kinds[name] for name in ("day", "dose_day", "missed_day", "ahead_8")] == [FIXED] * 4
