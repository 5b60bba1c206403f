"""Every look at a page finds nothing on a good page, and what is wrong on a bad one."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from playwright.sync_api import Page
from tests.faces.web import looks
from tests.faces.web.chromium import DESK, SCHEMES, ZOOMED, Scheme, View
from tests.faces.web.conftest import Try
from tests.faces.web.pages import BIG, BUTTONS, CHART, RADIOS

Look = Callable[[Page], list[str]]
Case = tuple[str, str, Sequence[str]]  # the body, its style, and what begins or stands in each fault
BLIND = View(script=False)


def tried(try_out: Try, look: Look, case: Case, view: View = DESK) -> None:
    """A look at that page tells just that."""
    body, style, told = case
    faults = look(try_out(body, style, view))
    assert len(faults) == len(told), faults
    assert all(part in fault for part, fault in zip(told, faults, strict=True)), faults


@pytest.mark.parametrize(
    "case",
    [
        (BUTTONS, "", []),
        (BUTTONS, ".b { font-size: 11px }", []),
        (BUTTONS, ".b { font-size: 10.9px }", ["text of 10.9 px: a.b Hold"]),
        (BUTTONS, ".b { font-size: 10.9px; display: none }", []),
        ("<main><input aria-label='Dose'></main>", "input { font-size: 9px }", ["text of 9.0 px: input Dose"]),
        (CHART, "svg { width: 200px; font-size: 12px }", []),
        (CHART, "svg { width: 100px; font-size: 12px }", ["text of 6.0 px: text.v 76 per L"]),
        (CHART, "svg { width: 400px; font-size: 6px }", []),
    ],
)
def test_small_text_is_found_as_it_is_drawn(try_out: Try, case: Case) -> None:
    """What is written at 12 px and drawn at half its size has 6."""
    tried(try_out, looks.text_sizes, case)


@pytest.mark.parametrize(
    "case",
    [
        (BUTTONS, "", []),
        (BUTTONS, "h1 { width: 2000px }", ["scrolls sideways by 728 px", "sticks out: h1 Dose"]),
        (BUTTONS, "h1 { width: 2000px } html { overflow-x: clip }", ["scrolls sideways", "sticks out: h1 Dose"]),
        (BUTTONS, "h1 { position: relative; left: -30px }", ["sticks out: h1 Dose"]),
        (BUTTONS, "h1 { width: 2000px } main { overflow-x: auto }", []),
    ],
)
def test_what_does_not_fit_the_window_is_found(try_out: Try, case: Case) -> None:
    """Also what is cut off instead of scrolled to; a table may scroll in a box of its own."""
    tried(try_out, looks.sideways, case)


def test_a_page_may_fit_one_window_and_not_another(try_out: Try) -> None:
    """At 400 % a page has 320 pixels."""
    style = "h1 { min-width: 330px }"
    assert looks.sideways(try_out(BUTTONS, style)) == []
    assert looks.sideways(try_out(BUTTONS, style, View(360, 740))) == []
    assert len(looks.sideways(try_out(BUTTONS, style, ZOOMED))) == 2


SENTENCE = "<main><p>Read the <a href='/a'>label</a> and then the <a href='/b'>article</a> for more.</p></main>"
NOTES = "<main><p>So it is. <a href='/a'>1</a> <a href='/b'>2</a></p></main>"
BESIDE = "<main><button class='button--bedside'>Stop</button><button class='button--bedside'>Go</button></main>"
TABLE = "<main><table><tr><td><a href='/a'>Ada</a></td></tr></table></main>"


@pytest.mark.parametrize(
    "case",
    [
        (BUTTONS, BIG, []),
        (BUTTONS, "", ["button Give is 21 px high, not 56", "a.b Hold is"]),
        (BUTTONS, BIG + ".b { padding: 0; width: 20px }", ["a.b Hold is 20 px wide, not 24"]),
        (BUTTONS, BIG + "button { min-height: 55px; line-height: 1 }", ["button Give is 55 px high, not 56"]),
        (BUTTONS.replace("<button", "<button disabled"), BIG + "button { min-height: 9px; line-height: 1 }", []),
        (SENTENCE, "", []),
        (SENTENCE, "a { display: inline-block; height: 30px }", ["a label is 30 px high", "a article is 30 px high"]),
        (NOTES, "", ["a 1 is in a text and too near to a 2", "a 2 is in a text and too near to a 1"]),
        (NOTES, "a { margin: 12px }", []),
        ("<main><a href='/a'>Today</a> <a href='/b'>Audit</a></main>", "", ["a Today is", "a Audit is"]),
        (TABLE, "", []),
        (RADIOS, ".c { display: block; min-height: 56px }", []),
        (RADIOS, ".c { display: block; min-height: 56px } input { opacity: 0 }", []),
        (RADIOS, "", ["input Well is", "input Ill is"]),
        (BESIDE, "button { height: 76px; margin: 6px }", []),
        (BESIDE, "button { height: 75px; margin: 6px }", ["Stop is 75 px high, not 76", "Go is 75 px high, not 76"]),
        (BESIDE, "button { height: 76px; margin: 5px }", ["Stop is 10 px from button.button--bedside Go, not 12"]),
    ],
)
def test_what_a_gloved_finger_would_miss_is_found(try_out: Try, case: Case) -> None:
    """What stands by itself is large; what stands in a text is small and apart."""
    tried(try_out, looks.targets, case)


LABEL = "<main><p class='label'>0.92 mg</p></main>"


@pytest.mark.parametrize(
    "case",
    [
        (LABEL, "", []),
        (LABEL, ".label { height: 9px }", ["p.label 0.92 mg holds 15 px more than its height"]),
        (LABEL, ".label { width: 9px; height: 99px }", ["more than its width"]),
        (BUTTONS, "", ["there is no .label"]),
    ],
)
def test_a_box_that_holds_more_than_it_shows_is_found(try_out: Try, case: Case) -> None:
    """A label that is cut off is a label that is wrong."""
    tried(try_out, partial(looks.cut_off, selector=".label"), case)


def test_what_is_cut_off_in_print_is_found_there(try_out: Try) -> None:
    """A label may fit the screen and not the paper."""
    page = try_out(LABEL, "@media print { .label { height: 9px } }")
    assert looks.cut_off(page, ".label") == []
    page.emulate_media(media="print")
    assert len(looks.cut_off(page, ".label")) == 1


VERDICT = "<main><p class='verdict'>Hold</p><p class='dose'>0.92 mg</p></main>"


@pytest.mark.parametrize(
    "case",
    [
        (VERDICT, "", []),
        (VERDICT, ".dose { margin-top: 790px }", ["p.dose 0.92 mg is not in the first view"]),
        (VERDICT, ".verdict { position: relative; left: 9px }", ["p.verdict Hold is not in the first view"]),
        (VERDICT, ".dose { display: none }", ["there is no .dose"]),
        (BUTTONS, "", ["there is no .verdict", "there is no .dose"]),
    ],
)
def test_what_is_not_seen_at_once_is_found(try_out: Try, case: Case) -> None:
    """The first view holds a thing wholly, or not at all."""
    tried(try_out, partial(looks.at_once, selectors=[".verdict", ".dose"]), case)


GLYPH = "<main><svg class='glyph'><rect width='20' height='20'/><path d='M0 0L9 9'/></svg></main>"


@pytest.mark.parametrize(
    "case",
    [
        (GLYPH, "rect { fill: #fed731; stroke: none } path { fill: none; stroke: rgb(21 35 46) }", []),
        (GLYPH, "rect { fill: #fed732 } path { stroke: #15232e }", ["svg.glyph has no #fed731"]),
        (GLYPH, "rect { fill: #fed731 }", ["svg.glyph has no #15232e"]),
        (BUTTONS, "", ["there is no .glyph"]),
    ],
)
def test_a_glyph_of_another_colour_is_found(try_out: Try, case: Case) -> None:
    """A verdict has its fill and its ink, wherever they come from."""
    tried(try_out, lambda page: looks.colours(page, ".glyph", "#fed731", "#15232e"), case)


@pytest.mark.parametrize(
    "case",
    [
        (BUTTONS, "", []),
        ("<main><p>Give 0.90 mg, please.</p></main>", "", ["drop the trailing zero", "say what to do instead"]),
        ("<main><p>2026-11-22</p></main>", "p { display: none }", []),
        ("<main><input aria-label='Invalid date'></main>", "", ["Invalid date"]),
        (CHART.replace("76", "76.0"), "", ["drop the trailing zero"]),
        ("<main><p>10<sup>9</sup> per L</p><table><tr><td>Weight<td>-</table></main>", "", ["write Not recorded"]),
    ],
)
def test_what_should_not_be_read_is_found(try_out: Try, case: Case) -> None:
    """All that is seen is read, and all that is read aloud."""
    tried(try_out, looks.words, case)


@pytest.mark.parametrize("look", [looks.text_sizes, looks.sideways, looks.targets, looks.words])
def test_a_page_without_scripts_is_looked_at_too(try_out: Try, look: Look) -> None:
    """A look runs in the page for a moment, even where nothing of the page may."""
    bad = "h1 { width: 2000px; font-size: 9px }"
    assert look(try_out("<main><h1>Error 42</h1><button>Go</button></main>", bad, BLIND)) != []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_looks_together_find_nothing_on_a_good_page(try_out: Try, scheme: Scheme) -> None:
    """A page can be good, and a bad one is found to be bad in every way."""
    view = View(scheme=scheme)
    assert looks.look(try_out(BUTTONS, BIG, view)) == []
    faults = "\n".join(
        looks.look(try_out("<h1>Error 42</h1><button>Go</button>", "h1 { font-size: 9px; width: 2000px }"))
    )
    assert all(part in faults for part in ("landmark", "text of 9.0 px", "sideways", "21 px high", "say what to do"))


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("", []),
        ("@media (prefers-color-scheme: dark) { h1 { color: #777; background: #888 } }", ["dark", "dark", "dark"]),
        ("@media (max-width: 400px) { h1 { font-size: 9px } }", ["light-360x740"]),
        ("@media (max-width: 340px) { h1 { width: 2000px } }", ["light-320x200", "light-320x200"]),
    ],
)
def test_what_is_wrong_in_one_theme_or_width_only_is_found(try_out: Try, style: str, told: list[str]) -> None:
    """One window is given every size and theme, one after the other."""
    faults = looks.everywhere(try_out(BUTTONS, BIG + style))
    assert len(faults) == len(told) and all(map(str.startswith, faults, told)), faults
