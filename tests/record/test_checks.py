"""Four eyes: two different people, the second blind, and no step while they differ."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.builders import PROTOCOL, STARTED, document

from oncourse import course as courses
from oncourse.record.checks import Checks

FIVE = Fraction(5)


def after(*told: str) -> Checks:
    """The checks after events written `teller: event`, all on one day; their ids are 1, 2, 3…"""
    tellers = [one.partition(": ")[0] for one in told]
    events = [(8, one.partition(": ")[2]) for one in told]
    text = document(*STARTED, *events).splitlines()
    first = len(text) - len(told)
    for number in range(len(told)):
        text[first + number] = text[first + number].replace("- {at", f"- {{id: '{number + 1}', at", 1)
    course = courses.read("\n".join(text), "test", PROTOCOL.vocabulary)
    made = Checks(FIVE)
    for event, teller in zip(course.events[len(STARTED) :], tellers, strict=True):
        made.tell(event, teller)
    return made


def refused(made: Checks, account: str, event: str) -> list[str]:
    """Why that account cannot tell the event now."""
    found = courses.read(document((8, event)), "test", PROTOCOL.vocabulary).events[0]
    return [str(problem) for problem in made.refused(found, account)]


def states(made: Checks) -> dict[str, str]:
    """Each point of the dose in hand, and how it stands."""
    return {name: point.state for name, point in made.points.items()}


ORDER = "ann: ordered: {dose: 0.91 mg}"
START = "infusion: {state: started}"
WAIVE = "ann: overrode: {clause: second-check, kind: logistics, why: nobody else is here}"
PUMP = "cid: checked: {point: pump, rate: 20 mL/h}"
BAG = "cid: checked: {point: bag, drug: inotuzumab, dose: 0.91 mg, patient: T-1}"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([ORDER], {"order": "waiting"}),
        ([ORDER, "bob: checked: {point: order, first: '1', dose: 0.91 mg}"], {"order": "agreed"}),
        ([ORDER, "bob: checked: {point: order, first: '1', dose: 0.9555 mg}"], {"order": "agreed"}),
        ([ORDER, "bob: checked: {point: order, first: '1', dose: 0.9556 mg}"], {"order": "differing"}),
        ([ORDER, "bob: checked: {point: order, first: '1', dose: 910 ug}"], {"order": "differing"}),
        ([ORDER, "bob: checked: {point: order, first: '1'}"], {"order": "differing"}),
        ([ORDER, ORDER, "bob: checked: {point: order, first: '1', dose: 0.91 mg}"], {"order": "waiting"}),
        (["bob: diluted: {volume: 50 mL}"], {"preparation": "waiting"}),
        (["bob: reconstituted: {appearance: clear}"], {}),
        (
            ["bob: diluted: {volume: 50 mL}", "dan: checked: {point: preparation, first: '1', volume: 50 mL}"],
            {"preparation": "agreed"},
        ),
        (["bob: diluted: {volume: 50 mL}", "bob: discarded: {reason: cloudy}"], {}),
        (
            [
                PUMP,
                "dan: checked: {point: pump, first: '1', rate: 20 mL/h}",
                "bob: discarded: {reason: cloudy}",
            ],
            {},
        ),
        (["bob: diluted: {volume: 50 mL}", ORDER], {"order": "waiting"}),
        ([BAG, PUMP, "bob: reconstituted: {appearance: clear}"], {}),
        ([BAG, PUMP, ORDER], {"order": "waiting"}),
        (
            [BAG, "dan: checked: {point: bag, first: '1', drug: Inotuzumab, dose: 0.9 mg, patient: t-1}"],
            {"bag": "agreed"},
        ),
        (
            [BAG, "dan: checked: {point: bag, first: '1', drug: gemtuzumab, dose: 0.91 mg, patient: T-1}"],
            {"bag": "differing"},
        ),
        ([ORDER, BAG, "cid: given: {dose: 0.91 mg}"], {}),
        ([ORDER, "ann: corrected: {event: '1'}"], {}),
        ([ORDER, "ann: corrected: {event: '1', with: {ordered: {dose: 0.9 mg}}}"], {"order": "waiting"}),
        (
            [
                ORDER,
                "bob: checked: {point: order, first: '1', dose: 9.1 mg}",
                "bob: corrected: {event: '2', with: {checked: {point: order, first: '1', dose: 0.91 mg}}}",
            ],
            {"order": "agreed"},
        ),
        (
            [ORDER, "bob: checked: {point: order, first: '1', dose: 0.91 mg}", "bob: corrected: {event: '2'}"],
            {"order": "waiting"},
        ),
        (
            [
                "bob: reconstituted: {appearance: clear}",
                "bob: diluted: {volume: 50 mL}",
                BAG,
                "bob: corrected: {event: '1'}",
            ],
            {},
        ),
    ],
)
def test_a_point_stands_as_two_people_left_it(told: list[str], expected: dict[str, str]) -> None:
    """Waiting, agreed within the tolerance, differing; begun anew by whatever changes what was checked."""
    assert states(after(*told)) == expected


@pytest.mark.parametrize(
    ("told", "account", "event", "why"),
    [
        ([ORDER], "ann", "checked: {point: order, first: '1', dose: 0.91 mg}", "another person's"),
        ([ORDER], "bob", "checked: {point: order, first: '1'}", "this check lacks dose"),
        ([ORDER], "bob", "checked: {point: order, first: '9', dose: 1 mg}", "nothing waits for a check"),
        ([ORDER], "bob", "checked: {point: bag, first: '1', dose: 1 mg}", "nothing waits for a check"),
        ([ORDER], "bob", "checked: {point: order, dose: 1 mg}", "say which with first"),
        ([], "bob", "checked: {point: pump}", "a check without a value is none"),
        ([ORDER, ORDER], "bob", "checked: {point: order, first: '1', dose: 1 mg}", "1 was changed or is done with"),
        (
            [ORDER, "cid: given: {dose: 0.91 mg}"],
            "bob",
            "checked: {point: order, first: '1', dose: 0.91 mg}",
            "1 was changed or is done with since; wait for the new one",
        ),
        (
            [ORDER, "bob: checked: {point: order, first: '1', dose: 0.91 mg}"],
            "cid",
            "checked: {point: order, first: '1', dose: 0.91 mg}",
            "two people have agreed on this already",
        ),
        (
            [ORDER, "bob: checked: {point: order, first: '1', dose: 9.1 mg}"],
            "cid",
            "checked: {point: order, first: '1', dose: 9 mg}",
            "this order was checked already, and differs; call the prescriber",
        ),
        (
            ["bob: diluted: {container: bag}"],
            "cid",
            "checked: {point: preparation, first: '1', volume: 50 mL}",
            "nothing was told at this point (preparation) that can be compared",
        ),
        (
            [ORDER, "ann: corrected: {event: '1', with: {ordered: {dose: 0.9 mg}}}"],
            "ann",
            "checked: {point: order, first: '1', dose: 0.9 mg}",
            "another person's",
        ),
    ],
)
def test_what_is_no_second_check_is_refused(told: list[str], account: str, event: str, why: str) -> None:
    """With its reason, in which no value and no blame stands."""
    said = "\n".join(refused(after(*told), account, event))
    assert why in said
    assert "0.91" not in said


@pytest.mark.parametrize("step", ["released: {}", "infusion: {state: started}"])
def test_no_step_is_taken_while_two_differ(step: str) -> None:
    """Both look again; after a new first and second value that agree, it goes on."""
    differing = [BAG, "dan: checked: {point: bag, first: '1', drug: inotuzumab, dose: 1.9 mg, patient: T-1}"]
    said = "\n".join(refused(after(*differing), "bob", step.replace("released: {}", START)))
    assert "two people do not agree on the bag; both look again" in said
    assert "1.9" not in said and "dan" not in said and "cid" not in said
    assert len(refused(after(*differing), "bob", step)) == (2 if step == "released: {}" else 4)
    assert refused(after(*differing, WAIVE), "bob", step) == []
    assert refused(after(*differing), "bob", "infusion: {state: paused}") == []


def test_a_waiver_that_is_struck_waives_nothing() -> None:
    """Then two people are needed again."""
    struck = "ann: corrected: {event: '1'}"
    assert refused(after(WAIVE), "bob", "released: {}") == []
    assert len(refused(after(WAIVE, struck), "bob", "released: {}")) == 2


def test_nobody_sees_the_other_before_both_are_in() -> None:
    """The first is hidden from all others, a differing second too, but of an order; once agreed, nothing is."""
    waiting = after(ORDER, BAG)
    assert [waiting.hidden(who) for who in ("ann", "bob", "cid")] == [{"2"}, {"1", "2"}, {"1"}]
    differing = after(BAG, "dan: checked: {point: bag, first: '1', drug: x, dose: 9.1 mg, patient: T-1}")
    assert [differing.hidden(who) for who in ("cid", "dan", "bob")] == [{"2"}, {"1"}, {"1", "2"}]
    assert after(ORDER, "bob: checked: {point: order, first: '1', dose: 9.1 mg}").hidden("cid") == set()
    agreed = after(ORDER, "bob: checked: {point: order, first: '1', dose: 0.91 mg}")
    assert agreed.hidden("cid") == set()
    assert after("bob: reconstituted: {appearance: clear}").hidden("dan") == {"1"}


@given(
    first=some.decimals(min_value="0.01", max_value=28, places=2),
    second=some.decimals(min_value="0.01", max_value=28, places=2),
)
def test_numbers_agree_within_five_percent_of_the_first(first: object, second: object) -> None:
    """Exactly, on both sides."""
    made = after(f"ann: ordered: {{dose: {first} mg}}", f"bob: checked: {{point: order, first: '1', dose: {second}mg}}")
    one, other = Fraction(str(first)), Fraction(str(second))
    assert made.agreed("order") == (abs(one - other) <= one / 20)
