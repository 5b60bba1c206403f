"""A walk through a page by Tab finds what nobody without a mouse would get to."""

import pytest
from tests.faces.web.chromium import View
from tests.faces.web.conftest import Try
from tests.faces.web.keyboard import tabs_to, walk
from tests.faces.web.pages import BUTTONS, RADIOS

RING = ":focus { outline: 4px solid #000 }"
SHADOW = "{ outline: none; box-shadow: 0 0 0 4px #000 }"
LABELS = "input { opacity: 0 } .c { display: block } .c:focus-within { outline: 4px solid #000 }"


@pytest.mark.parametrize(
    ("body", "style", "told"),
    [
        (BUTTONS, RING, []),
        (BUTTONS, f":focus {SHADOW}", []),
        (BUTTONS, ":focus { outline: none }", ["button Give has a focus ring of 0 px, not 3", "a.b Hold has a focus"]),
        (BUTTONS, f":focus {SHADOW} button, a {SHADOW}", ["button Give has a focus ring", "a.b Hold has a focus ring"]),
        (BUTTONS, ":focus { outline: 2px solid #000 }", ["button Give has a focus ring of 2 px", "a.b Hold has"]),
        (
            BUTTONS.replace("<a ", "<a tabindex='1' "),
            RING,
            ["a.b Hold is not reached by Tab"],
        ),
        (BUTTONS, RING + "main { display: flex; flex-direction: row-reverse }", ["a.b Hold is reached after button"]),
        (
            BUTTONS,
            RING + "main { display: flex; flex-direction: column-reverse }",
            ["a.b Hold is reached after button"],
        ),
        (BUTTONS.replace("<a ", "<a inert "), RING, ["a.b Hold is not reached by Tab"]),
        (BUTTONS, RING + "a { opacity: 0 }", ["a.b Hold has the focus and cannot", "on the way back a.b Hold has"]),
        (
            BUTTONS,
            RING + "h1 { position: fixed; inset: 0 }",
            ["Give has the focus and is under h1 Dose", "Hold", "", ""],
        ),
        (RADIOS, RING, []),
        (RADIOS, LABELS, []),
        (RADIOS, LABELS.replace("4px", "1px"), ["input Well has a focus ring of 1 px"]),
    ],
)
@pytest.mark.parametrize("script", [True, False], ids=["scripts", "noscript"])
def test_a_walk_finds_what_is_wrong(try_out: Try, body: str, style: str, told: list[str], script: bool) -> None:
    """The order of the page is that of reading, every stop is seen and ringed, and nothing is left out."""
    faults = walk(try_out(body, style, View(script=script))).faults
    assert len(faults) == len(told), faults
    assert all(part in fault for part, fault in zip(told, faults, strict=True)), faults


LONG = "<header>Patient</header><main>" + "<p><a href='/page'>Row</a></p>" * 40 + "</main>"
STICKY = RING + "header { position: sticky; top: 0; height: 90px; background: #fff }"


def test_the_banner_never_covers_what_has_the_focus(try_out: Try) -> None:
    """Going back up a long page is where a sticky banner hides it, unless the page scrolls past it."""
    faults = walk(try_out(LONG, STICKY)).faults
    assert faults and all(fault.startswith("on the way back") and "under header Patient" in fault for fault in faults)
    assert walk(try_out(LONG, STICKY + "html { scroll-padding-top: 100px }")).faults == []


def test_stops_are_named_and_counted(try_out: Try) -> None:
    """How many presses lead to the primary action, and whether any do."""
    page = try_out(BUTTONS, RING)
    assert walk(page).stops == ["button Give", "a.b Hold"]
    assert (tabs_to(page, "button"), tabs_to(page, ".b"), tabs_to(page, ".nowhere")) == (1, 2, None)
