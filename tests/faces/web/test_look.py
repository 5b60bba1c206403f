"""What can be measured of how the pages look, from the very sheet that a browser gets."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

import pytest
from tests.faces.web.colours import apart, closest, contrast

from oncourse.faces.web.static import FOLDER, load

VERDICTS = ("give", "hold", "reduce", "skip", "stop", "need", "judge", "wait", "done")
FILLED = VERDICTS[:5]
DRAWN = ("ink", "muted", "border", "accent", "limit", "zone", "surface", "bg", "error", "focus")
# What lies on a ground of its own, which nothing else lies on.
ON_THEIR_OWN = {"accent": "on-accent", "bar": "on-bar"} | {
    f"mark-{verdict}": f"mark-{verdict}-ink" for verdict in VERDICTS
}
ORNAMENT = {"border", "rule"}
BARE = {"border", "error", "ink"}  # fill bars and dots, on which nothing lies
TEXT, EDGE, FAR = 4.5, 3, 20
SMALLEST = 11  # px
ROOT_SIZE = {"screen": 16, "print": 10.5 * 96 / 72}  # px
themes = pytest.mark.parametrize("theme", ["light", "dark"])


@cache
def sheet() -> str:
    """The sheet as it is sent, without what it says to its authors."""
    return re.sub(r"/\*.*?\*/", "", load(FOLDER)["app.css"].body.decode(), flags=re.DOTALL)


@cache
def tokens() -> Mapping[str, tuple[str, str]]:
    """Each colour by its name: how it is in the light and how in the dark."""
    told = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", sheet())
    assert len(told) == len({name for name, *_ in told})
    colours = {name: (light, dark) for name, light, dark in told}
    named = re.findall(r":root \{.*?\n\}", sheet(), flags=re.DOTALL)[0]
    for name, other in re.findall(r"--([\w-]+): var\(--([\w-]+)\);", named):
        colours[name] = colours[other]
    return colours


def colour(name: str, theme: str) -> str:
    """A colour in one theme, as `#rrggbb`."""
    return tokens()[name][theme == "dark"]


def used(properties: str) -> set[str]:
    """The colours that those properties take anywhere, also by a name of their own."""
    values = " ".join(re.findall(rf"(?<![\w-])(?:{properties})\s*:([^;}}]*)", sheet()))
    names = set(re.findall(r"var\(--([\w-]+)", values))
    for name in names - set(tokens()):
        names |= set(re.findall(rf"--{name}: var\(--([\w-]+)\)", sheet()))
    return names & set(tokens())


def grounds() -> set[str]:
    """What text and edges may lie on."""
    return used("background|background-color") - set(ON_THEIR_OWN) - BARE


def too_close(texts: set[str], least: float, theme: str) -> Iterator[str]:
    """Pairs of text or edge and ground that somebody cannot tell apart."""
    for text, ground in sorted(product(texts, grounds())):
        seen = contrast(colour(text, theme), colour(ground, theme))
        if seen < least:
            yield f"{text} on {ground}: {seen:.2f}"


def test_the_pages_and_the_drawings_have_their_colours() -> None:
    """Every name that drawings use has a value for the light and one for the dark."""
    assert set(DRAWN) <= set(tokens())
    assert {f"mark-{verdict}{ink}" for verdict in VERDICTS for ink in ("", "-ink")} <= set(tokens())


def test_a_colour_is_written_once() -> None:
    """Nothing takes a colour but by its name, so that light, dark and paper cannot drift apart."""
    rules = re.sub(r":root \{.*?\n\}", "", sheet(), count=1, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{}]*[;}])|(?:rgb|hsl|oklch|color-mix)a?\([^)]*\)", rules) == []
    assert (
        re.findall(r":[^;{}]*(?<![\w-])(?:white|black|red|grey|gray|yellow|blue|green)(?![\w-])[^;{}]*;", rules) == []
    )
    unknown = set(re.findall(r"var\(--([\w-]+)", sheet())) - set(re.findall(r"--([\w-]+):", sheet()))
    assert unknown == set()


@themes
def test_text_is_read_on_whatever_it_lies_on(theme: str) -> None:
    """Every colour of text on every ground; more pairs than there are."""
    texts = used("color") - set(ON_THEIR_OWN.values())
    assert {"ink", "muted", "accent", "error"} <= texts and len(grounds()) >= 8
    assert list(too_close(texts | {"limit"}, TEXT, theme)) == []


@themes
@pytest.mark.parametrize(("ground", "text"), ON_THEIR_OWN.items())
def test_what_has_a_ground_of_its_own_is_read_on_it(ground: str, text: str, theme: str) -> None:
    """Buttons, the bar, and the sign of a verdict on its fill."""
    assert contrast(colour(text, theme), colour(ground, theme)) >= TEXT


@themes
def test_edges_that_say_something_are_seen(theme: str) -> None:
    """Fields, buttons, warnings and the outline of a sign; only lines that part things may be faint."""
    edges = used(r"border(?:-[\w-]+)?|outline|box-shadow") - ORNAMENT - set(ON_THEIR_OWN) - {"focus", "ring"}
    edges -= set(ON_THEIR_OWN.values())
    assert {"ink", "error", "muted"} <= edges
    assert list(too_close(edges | {"accent"}, EDGE, theme)) == []


@themes
def test_the_focus_is_seen_on_whatever_it_lies_on(theme: str) -> None:
    """Yellow or its dark ring stands out from every ground, and the one from the other."""
    yellow, ring = colour("focus", theme), colour("ring", theme)
    assert contrast(yellow, ring) >= EDGE
    for ground in (*grounds(), *ON_THEIR_OWN):
        assert max(contrast(yellow, colour(ground, theme)), contrast(ring, colour(ground, theme))) >= EDGE, ground
    assert contrast(yellow, colour("bar", theme)) >= EDGE


@themes
def test_verdicts_are_told_apart_by_every_eye(theme: str) -> None:
    """With normal sight and without red, green or blue."""
    distance, *pair = closest({verdict: colour(f"mark-{verdict}", theme) for verdict in FILLED})
    assert distance >= FAR, pair


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_of_colours_is_the_published_one(
    one: tuple[float, float, float], other: tuple[float, float, float], distance: float
) -> None:
    """As in the test data of Sharma, Wu and Dalal, both ways round."""
    assert round(apart(one, other), 4) == round(apart(other, one), 4) == distance


def test_the_first_palette_would_be_found_out() -> None:
    """Colours that only a full-sighted eye tells apart do not pass."""
    distance, *_, vision = closest({"reduce": "#1f5fbf", "skip": "#6b4fc0"})
    assert distance < FAR and vision in ("deutan", "protan")


def sizes() -> Iterator[tuple[str, float]]:
    """Every size of letters that is asked for, and how small it can come out, in pixels."""
    said = re.findall(r"(?:font-size|--size-\w+):\s*([^;}]+)", sheet()) + re.findall(
        r"font:[^;}]*?([\d.]+(?:rem|px|pt))", sheet()
    )
    for size in said:
        for amount, unit in re.findall(r"([\d.]+)(rem|px|pt)\b", size):
            yield size, float(amount) * {"rem": min(ROOT_SIZE.values()), "px": 1, "pt": 96 / 72}[unit]


def test_no_letter_is_smaller_than_can_be_read() -> None:
    """On the screen and on paper; a size that depends on its surroundings has a floor."""
    assert len(list(sizes())) > 10
    assert [(size, px) for size, px in sizes() if px < SMALLEST] == []
    relative = re.findall(r"font-size:\s*([^;}]*\d(?:em|%)[^;}]*)", sheet())
    assert [size for size in relative if not size.startswith("max(")] == []


def test_measures_are_those_agreed_on() -> None:
    """Targets for gloves, the sizes of letters, the steps between things."""
    told = dict(re.findall(r"--([\w-]+): ([\d.]+)rem;", sheet()))
    pixels = {name: float(amount) * ROOT_SIZE["screen"] for name, amount in told.items()}
    assert pixels["target"] == 56
    assert [pixels[name] for name in ("tight", "small", "inner", "gap", "wide")] == [4, 8, 14, 16, 20]
    assert (pixels["round"], pixels["round-button"]) == (8, 6)
    assert (told["size-base"], told["size-figure"], told["size-verdict"]) == ("1", "1.35", "1.9")


def test_nothing_moves_and_nothing_waits_for_a_pointer() -> None:
    """No motion; what lies under a pointer is underlined and says nothing new."""
    assert re.findall(r"(?<![\w-])(?:transition|animation|@keyframes|scroll-behavior)\b", sheet()) == []
    hovered = re.findall(r":hover[^{]*\{([^}]*)\}", sheet())
    assert hovered
    assert {part.strip() for rule in hovered for part in rule.split(";") if part.strip()} == {
        "text-decoration: underline"
    }


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No sheet and no script names another host, an outside sheet, or data as an address."""
    pieces = load(FOLDER)
    scripts = {name: piece.body.decode() for name, piece in pieces.items() if name.endswith((".css", ".js"))}
    assert {"app.css", "app.js", "htmx.min.js"} <= set(scripts)
    for name, text in scripts.items():
        assert re.findall(r"https?://|@import|data:[\w/]+[;,]|(?<=url\()[\"']?//", text) == [], name


def test_a_first_visit_is_light() -> None:
    """The sheet, the scripts and the letters of most languages of Europe's west; our own script is small."""
    pieces = load(FOLDER)
    weights = {name: len(piece.packed or piece.body) for name, piece in pieces.items()}
    scripts = weights["app.js"] + weights["htmx.min.js"]
    fonts = sum(weights[f"ibm-plex-sans-latin-{weight}-normal.woff2"] for weight in (400, 700))
    assert scripts <= 25_000
    assert scripts + fonts + weights["app.css"] <= 90_000
    assert len(pieces["app.js"].body) < 6_000


def test_other_letters_load_only_when_needed() -> None:
    """Each font says for which letters it is, and Latin's come first."""
    faces = re.findall(r"@font-face \{(.*?)\}", sheet(), flags=re.DOTALL)
    assert len(faces) == 8
    assert all("unicode-range" in face and "font-display: swap" in face for face in faces)
    assert "ibm-plex-sans-latin-400" in faces[0] and "U+0000-00FF" in faces[0]
