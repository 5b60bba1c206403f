"""How the nurse's pages look at every step, also at those that no patient of the demo is at."""

from collections.abc import Callable

import pytest
from tests.faces.api.hospital import Hospital
from tests.faces.web.chromium import DESK
from tests.faces.web.conftest import Opens
from tests.faces.web.keyboard import walk
from tests.faces.web.looks import at_once, everywhere
from tests.faces.web.nursing import P_9, goes_on, passes, prepares, presses, released, running, seconds
from tests.faces.web.person import Person
from tests.faces.web.reading import Reader
from tests.faces.web.serving import Ward
from tests.faces.web.test_open_page import signs

TOUCHED = ".button--bedside"  # 88 px, but those of the pad


def second(hospital: Hospital) -> str:
    """The second nurse is called."""
    released(hospital)
    prepares(Reader(hospital, "brown"))
    return "start"


def ready(hospital: Hospital) -> str:
    """All is ready to start."""
    second(hospital)
    seconds(Reader(hospital, "young"))
    return "start"


def runs(hospital: Hospital) -> str:
    """It runs."""
    running(hospital)
    hospital.clock.on(minutes=2)
    return "infusion"


def paused(hospital: Hospital) -> str:
    """It stands still."""
    runs(hospital)
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(f"{P_9}/infusion").form("/infusion/stop"))
    return "infusion"


def stopped(hospital: Hospital) -> str:
    """It was stopped for a reaction."""
    paused(hospital)
    return "reaction"


def ended(hospital: Hospital) -> str:
    """How much went in is asked."""
    paused(hospital)
    return "infusion/end"


def watched(hospital: Hospital) -> str:
    """The infusion has just ended."""
    running(hospital)
    passes(hospital, 60)
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(f"{P_9}/infusion").form("/infusion/finish"))
    return "watch"


def unmeasured(hospital: Hospital) -> str:
    """A severe reaction ended it, and nobody has said how much went in."""
    running(hospital)
    now = hospital.clinic.here(hospital.clinic.course("P-9").course)
    hospital.told("young", f"{{at: {now.isoformat()}, reaction: {{grade: 3, symptoms: {{dyspnoea: yes}}}}}}")
    return "watch"


@pytest.mark.parametrize(
    "step", [second, ready, paused, stopped, ended, watched, unmeasured], ids=lambda step: step.__name__
)
def test_nothing_is_wrong_with_a_page_of_the_bedside(
    hospital: Hospital, ward: Ward, step: Callable[[Hospital], str]
) -> None:
    """In every theme and width, and at 400 percent."""
    path = f"{P_9}/{step(hospital)}"
    person = ward.person("brown")
    person.goes(path)
    assert everywhere(person.page) == []


@pytest.mark.parametrize(("step", "high"), [(ready, 1), (runs, 3), (paused, 3), (watched, 2)])
def test_what_is_touched_with_gloves_is_large(
    hospital: Hospital, ward: Ward, step: Callable[[Hospital], str], high: int
) -> None:
    """So many buttons of 88 px, the pad of 76 px, and the first of them in the first view."""
    path = f"{P_9}/{step(hospital)}"
    person = ward.person("brown", DESK)
    person.goes(path)
    sizes = [round(box["height"]) for one in person.page.locator(TOUCHED).all() if (box := one.bounding_box())]
    assert sizes.count(88) >= high and set(sizes) <= {88, 76}, sizes
    if step in (runs, paused):
        wanted = ["#timer-end-by", "#timer-infusion", ".bedside", ".card:not([hidden]) .pad"]
        assert at_once(person.page, wanted) == []


def test_the_dialogs_look_right(hospital: Hospital, ward: Ward) -> None:
    """Another wristband, and a reaction that ends treatment: on a phone and a desk, in both themes."""
    released(hospital)
    person = ward.person("brown")
    person.goes(f"{P_9}/start")
    person.scans("Scan wristband or bag label", "999")
    person.reads("Wrong patient", "Nothing was saved.")
    assert everywhere(person.page) == []
    prepares(Reader(hospital, "brown"))
    seconds(Reader(hospital, "young"))
    brown = Reader(hospital, "brown")
    brown.sends(brown.goes(f"{P_9}/start").form("/start/begin"))
    brown.sends(brown.goes(f"{P_9}/infusion").form("/infusion/stop"))
    grades(person)
    assert everywhere(person.page) == []


def grades(person: Person) -> None:
    """Come to the question whether treatment ends."""
    person.goes(f"{P_9}/reaction")
    person.chooses("4: threatens life, act at once", "Grade")
    for name in ("Fever", "Chills", "Rash", "Dyspnoea"):
        person.chooses("No", name)
    person.presses("Save and tell doctor")
    person.reads("Stop treatment for good?")


def test_what_appears_by_itself_looks_right(hospital: Hospital, opens: Opens) -> None:
    """The bars below and the question why it overruns; then the lock."""
    running(hospital)
    passes(hospital, 71)
    person = opens()
    presses(Reader(hospital, "young"), "/observe", seen="fever")
    goes_on(hospital, person, seconds=16)
    person.reads("New on record.", "It runs 10 minutes longer than it should. Why?")
    person.page.clock.resume()  # axe waits by the clock of the page
    # The bar is at the foot of the window, wherever on the page that is, and is reached last.
    assert [fault for fault in walk(person.page).faults if "is read before it" not in fault] == []
    assert everywhere(person.page) == []
    hospital.clock.on(minutes=16)
    person.reads("Locked: T. A.")
    assert everywhere(person.page) == []


def test_an_early_touch_looks_right(hospital: Hospital, ward: Ward) -> None:
    """The question stands in the page, above the buttons."""
    runs(hospital)
    person = ward.person("brown")
    person.goes(f"{P_9}/infusion")
    person.presses("Infusion finished")
    person.reads("58 min early. Is the bag empty?")
    assert everywhere(person.page) == []


def test_a_stop_that_was_lost_looks_right(hospital: Hospital, ward: Ward) -> None:
    """Whoever signed in may not record it; and a colleague has finished meanwhile."""
    runs(hospital)
    person = ward.person("brown")
    person.goes(f"{P_9}/infusion")
    person.page.context.clear_cookies()
    person.presses("Reaction: stop infusion")
    signs(person, "price")
    person.presses("Record the stop")
    person.reads("Let a nurse sign in now.", "The stop of 10:32 is not recorded. The infusion still runs on record.")
    assert everywhere(person.page) == []
    passes(hospital, 60)
    presses(Reader(hospital, "young"), "/infusion/finish")
    signs(person, "brown")
    person.presses("Record the stop")
    person.reads("Nothing was saved", "The stop of 10:32 is not recorded. On record the infusion ended at 11:32.")
    assert everywhere(person.page) == []


def test_a_discard_at_the_start_looks_right(hospital: Hospital, ward: Ward) -> None:
    """Its form is open, for a nurse and for a pharmacist."""
    released(hospital)
    for who in ("brown", "price"):
        person = ward.person(who)
        person.goes(f"{P_9}/start")
        person.page.get_by_text("Discard this preparation").click()
        assert everywhere(person.page) == []
