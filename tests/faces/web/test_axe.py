"""axe runs on every page however strict its policy, and where it cannot tell we measure."""

import pytest
from tests.faces.web.axe import axe, contrast
from tests.faces.web.chromium import Windows
from tests.faces.web.conftest import Try
from tests.faces.web.pages import BUTTONS, CHART, Site

ZONE = ".zone { fill: #fff1d6 }"
TEXT = "<main><p class='p'>Dose</p></main>"


@pytest.mark.parametrize(
    ("body", "style", "told"),
    [
        (BUTTONS, "", []),
        (BUTTONS.replace("<h1>Dose</h1>", "<p>Dose</p>"), "", ["page-has-heading-one"]),
        ("<main><h1>Dose</h1><input></main>", "", ["label"]),
        ("<h1>Dose</h1>", "", ["landmark-one-main", "region"]),
        (BUTTONS, "h1 { color: #aaa; background: #fff }", ["color-contrast"]),
        (CHART, ZONE + ".v { fill: #15232e }", []),
        (CHART, ZONE + ".v { fill: #ccc }", ["color-contrast: 1.44, not 4.5: text"]),
        (CHART, ZONE + ".v { fill: #15232e; fill-opacity: 0.4 }", ["color-contrast: 2."]),
        (CHART, ".zone { fill: #15232e } .v { fill: #15232e }", ["color-contrast: 1.00"]),
        (BUTTONS, "h1 { background: linear-gradient(#fff, #000) }", ["nobody can tell what lies under h1"]),
    ],
)
def test_axe_finds_what_it_can_and_we_what_it_cannot(try_out: Try, body: str, style: str, told: list[str]) -> None:
    """Of text over shapes axe cannot tell the contrast: it is measured."""
    faults = axe(try_out(body, style))
    assert len(faults) == len(told), faults
    assert all(part in fault for part, fault in zip(told, faults, strict=True)), faults


@pytest.mark.parametrize(
    ("style", "told"),
    [
        (".p { color: #767676 }", []),
        (".p { color: #777 }", ["color-contrast: 4.48, not 4.5: .p"]),
        (".p { color: #949494; font-size: 24px }", []),
        (".p { color: #949494; font-size: 18.7px; font-weight: 700 }", []),
        (".p { color: #949494; font-size: 18.7px }", ["color-contrast: 3.03, not 4.5: .p"]),
        ("main { background: #000 } .p { color: #949494 }", []),
        ("main { background: rgb(0 0 0 / 50%) } .p { color: #949494 }", ["color-contrast: 1."]),
        ("main { opacity: 0.5 } .p { color: #000 }", ["color-contrast: 4.00"]),
    ],
)
def test_contrast_is_that_of_what_is_painted(try_out: Try, style: str, told: list[str]) -> None:
    """Whatever lies under a text counts, and how much it shines through; large text may have less."""
    faults = contrast(try_out(TEXT, ":root { background: #fff; font-size: 16px }" + style), ".p")
    assert len(faults) == len(told), faults
    assert all(part in fault for part, fault in zip(told, faults, strict=True)), faults


def test_axe_needs_no_loosening_of_the_policy(windows: Windows, site: tuple[Site, str]) -> None:
    """What the page itself does against its policy is told, and nothing that axe does."""
    made, origin = site
    made.page("<main><h1 style='color: #aaa'>Dose</h1></main>")
    page = windows.open()
    page.goto(origin + "/page")
    windows.expect("inline style")
    assert axe(page) == []
