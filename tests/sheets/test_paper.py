"""What holds for every print: its words, its fonts, its room, and the same bytes for the same question."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from tests.builders import PROTOCOL, READY
from tests.sheets.prints import AGAINST, DILUTED, MADE, ORDERED, PRINTED, VIAL, ada, decision, greys, pages, sheet
from tests.text_rules import faults, long_sentences

from oncourse.problem import Refused
from oncourse.sheets.calendar import calendar
from oncourse.sheets.downtime import downtime
from oncourse.sheets.labels import bag_label, vial_label, worksheet_and_labels
from oncourse.sheets.paper import FONTS
from oncourse.sheets.said import captions
from oncourse.sheets.summary import summary
from oncourse.sheets.who import Printed, who
from oncourse.sheets.worksheet import worksheet

NOWHERE = "\U0010fffd"  # a character that no font draws


def prints(**known: object) -> dict[str, bytes]:
    """Every print of one preparation."""
    of = sheet(*MADE)
    told = ada(of, **known)
    return {
        "worksheet": worksheet(of, told, PRINTED, "a4"),
        "bag": bag_label(of, told, PRINTED),
        "vial": vial_label(of, told, PRINTED),
        "all": worksheet_and_labels(of, told, PRINTED, "letter"),
        "calendar": calendar(of.decision, told, PRINTED, "a4"),
        "summary": summary(of.decision, told, PRINTED, "letter"),
        "downtime": downtime(PROTOCOL, PRINTED, "a4"),
    }


def test_every_page_says_whose_which_when_and_by_what() -> None:
    """Two identifiers, its number of all pages, the version of the protocol, when and by whom it was printed."""
    for name, made in prints().items():
        for page in pages(made):
            text = " ".join(page.split())
            who_for = ("TESTCASE, Ada", "000 4417") if name != "downtime" else ("Name", "Number")
            wanted = (*who_for, "Page ", "inotuzumab-ozogamicin 2026.11", "Printed 05-Jan-2026 09:40 by adams")
            assert [one for one in wanted if one not in text] == [], name


def test_each_sheet_of_a_print_counts_its_own_pages() -> None:
    """A label that leaves with the bag is not page four of something."""
    numbers = [page.partition("Page ")[2][:6] for page in pages(prints()["all"])]
    assert numbers == ["1 of 1", "1 of 2", "2 of 2", "1 of 1"]


def test_the_words_of_every_print_keep_the_rules() -> None:
    """Nothing that can be misread, and no long sentence."""
    against = sheet(*READY, AGAINST, VIAL, DILUTED)
    made = {**prints(), "against": worksheet_and_labels(against, ada(against), PRINTED, "a4")}
    for name, pdf in made.items():
        for page in pages(pdf):
            cells = re.sub(r" (?=\d\d-[A-Z])", "\n", page) if name == "calendar" else page
            assert faults(cells, "⁹") == [], name
    said = [text for text in texts(captions()) if "_" not in text]
    assert len(said) > 100
    assert [(text, fault) for text in said for fault in faults(text)] == []
    assert [text for whole in said for text in long_sentences(whole)] == []


def texts(part: object) -> list[str]:
    """Every caption."""
    if isinstance(part, dict):
        return [text for below in part.values() for text in texts(below)]
    if isinstance(part, list):
        return [text for below in part for text in texts(below)]
    return [str(part)]


def test_nothing_is_lost_without_colour() -> None:
    """Every print is dark on white; what is in between is only the rounding of letters."""
    for name, made in prints().items():
        for page in greys(made, 300):
            assert page.shares()["dark"] > 0.6, name


def test_the_same_question_gives_the_same_bytes() -> None:
    """However often it is printed; another moment gives another document."""
    assert prints() == prints()
    of = sheet(*MADE)
    other = Printed(PRINTED.at.replace(hour=11), "adams")  # type: ignore[union-attr, call-arg]
    assert bag_label(of, ada(of), other) != bag_label(of, ada(of), PRINTED)


def test_a_print_can_be_read_aloud() -> None:
    """It is tagged for readers of screens, has a title and a language, and says what the bar code is."""
    for name, made in prints().items():
        for wanted in (b"/MarkInfo", b"/Lang", b"/StructTreeRoot"):
            assert wanted in made, name


def test_nothing_unseen_turns_a_text_about() -> None:
    """A mark that lets letters run backwards is left out: the number of a lot is read as it was typed."""
    lots = ("2026-01-05T09:00:00+01:00", 'reconstituted: {vials: [{lot: "EX\\u202E1234"}]}')
    of = sheet(*READY, ORDERED, lots, DILUTED)
    assert "Lot EX1234" in "".join(pages(bag_label(of, ada(of), PRINTED)))


def test_a_blank_name_is_no_identifier() -> None:
    """The next one that is known stands in its place."""
    of = sheet(*MADE)
    assert ada(of, name="  ").two == ("MRN 000 4417", "Born 17-Sep-1961")
    assert ada(of, name=None, identifiers=[]).two == ("Born 17-Sep-1961", "Course T-1")


@pytest.mark.parametrize("name", ["worksheet", "bag", "vial", "calendar", "summary"])
def test_a_character_that_no_font_draws_is_reported(name: str) -> None:
    """With the field it stands in; never a box."""
    of = sheet(*MADE)
    told = ada(of, name=f"Wang {NOWHERE}")
    make = {
        "worksheet": lambda: worksheet(of, told, PRINTED, "a4"),
        "bag": lambda: bag_label(of, told, PRINTED),
        "vial": lambda: vial_label(of, told, PRINTED),
        "calendar": lambda: calendar(of.decision, told, PRINTED, "a4"),
        "summary": lambda: summary(of.decision, told, PRINTED, "a4"),
    }
    with pytest.raises(Refused, match=r"no font on this machine has .* \(U\+10FFFD\) of the name"):
        make[name]()


def test_two_identifiers_are_needed() -> None:
    """A course without a date of birth, a name or a number is not printed."""
    of = sheet(*READY, ORDERED)
    assert of.decision.course.born is not None
    nameless = decision(*READY, born=None)
    with pytest.raises(Refused, match="needs two identifiers"):
        calendar(nameless, who(nameless.course), PRINTED, "a4")


def test_a_text_that_fits_nowhere_is_refused() -> None:
    """With its field and its length; the page is not cut off."""
    of = sheet(*MADE)
    with pytest.raises(Refused, match=r"no room for the name, 899 characters; make it shorter"):
        bag_label(of, ada(of, name="Ada " * 225), PRINTED)
    far = sheet(*MADE, site=f"{{timezone: Europe/Vienna, pharmacy_phone: {'5120 ' * 40}}}")
    with pytest.raises(Refused, match="no room for the phone number"):
        bag_label(far, ada(far), PRINTED)
    why = sheet(*READY, (0, f"ordered: {{dose: 0.73 mg, against: [day-1-dose], why: {'so it was told ' * 260}}}"))
    assert len(pages(worksheet(why, ada(why), PRINTED, "letter"))) == 1
    with pytest.raises(Refused, match=r"no room for the reason, \d{4} characters"):
        worksheet(why, ada(why, allergies="nuts, " * 600), PRINTED, "letter")


COURSE = """oncourse: 1
protocol: inotuzumab-ozogamicin
patient: {id: 王小明, born: 1961-09-17, sex: male}
events:
- {at: 2026-01-05, enrolled: {disease: relapsed, cd22: positive, transplant: not planned, contraindications: []}}
"""


def test_another_script_is_printed_once_a_font_for_it_is_installed(tmp_path: Path) -> None:
    """Chinese characters are reported on a machine without them, and printed on one that has them."""
    (tmp_path / "course.yaml").write_text(COURSE, encoding="utf-8")
    bare = printed(tmp_path)
    assert bare.returncode in (0, 2)  # a machine may have such a font
    if bare.returncode == 2:
        assert "no font on this machine has 王 (U+738B)" in bare.stderr
        assert not (tmp_path / "out.pdf").exists()
    install(tmp_path / "home/fonts", "王小明")
    assert printed(tmp_path).returncode == 0
    assert "王小明" in "".join(pages((tmp_path / "out.pdf").read_bytes()))


def printed(place: Path) -> subprocess.CompletedProcess[str]:
    """The calendar of that course, printed by somebody whose fonts lie in that place."""
    command = ["-c", "from oncourse.faces.cli import main; main()", "plan", "course.yaml", "--pdf", "out.pdf"]
    home = {**os.environ, "XDG_DATA_HOME": str(place / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, *command], cwd=place, env=home, capture_output=True, text=True, check=False)


def install(place: Path, characters: str) -> None:
    """A font that draws those characters: the shipped one under another name, with other letters for them."""
    place.mkdir(parents=True)
    font = TTFont(next(FONTS.rglob("*400Regular.ttf")))
    for table in font["cmap"].tables:
        table.cmap = {ord(character): "A" for character in characters}
    for record in font["name"].names:
        if record.nameID in (1, 4, 6, 16):
            record.string = "Blocks"
    font.save(place / "blocks.ttf")
