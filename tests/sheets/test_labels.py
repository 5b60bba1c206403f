"""Labels: whole on their size, read by a scanner, and none for what has no time or must not be used."""

import pytest
from tests.builders import READY
from tests.sheets.prints import (
    AGAINST,
    DILUTED,
    LONG,
    MADE,
    ORDERED,
    PRINTED,
    STORED,
    VIAL,
    ada,
    codes,
    greys,
    missing,
    pages,
    sheet,
    sizes,
)
from tests.sheets.prints import words as said

from oncourse.problem import Refused
from oncourse.sheets.labels import bag_label, vial_label

LETTERS = (LONG, "Παπαδοπούλου, Ελένη", "Соколова, Анна Ёжиковна", "A B")


def test_a_bag_label_says_what_hangs_and_until_when() -> None:
    """Two identifiers, the warnings, the dose per total volume before its strength, rate, times, lots, number."""
    of = sheet(*MADE)
    wanted = [
        "TESTCASE, Ada",
        "MRN 000 4417",
        "Born 17-Sep-1961",
        "Cycle 1, day 1 · Ward 7B",
        "Cytotoxic. For intravenous infusion only.",
        "inotuzumab ozogamicin",
        "(Besponsa, anti-CD22) not gemtuzumab ozogamicin",
        "1.46 mg in 50 mL",
        "in 0.9 % sodium chloride. Contains 5.84 mL of drug at 0.25 mg per mL",
        "Infuse over 1 h at 50 mL per hour",
        "Protect from light",
        "Reconstituted 05-Jan-2026 09:00",
        "Diluted 05-Jan-2026 09:30",
        "Infusion must END by 05-Jan-2026 17:00",
        "Lot EX1234, EX1235",
        "Made",
        "Checked",
        of.number,
        "Call pharmacy: ext 5120",
        "Page 1 of 1",
        "inotuzumab-ozogamicin 2026.11",
        "Printed 05-Jan-2026 09:40 by adams",
    ]
    made = bag_label(of, ada(of), PRINTED)
    assert missing(said(made), wanted) == []
    assert "Reprint" not in said(made) and "against" not in said(made)
    assert sizes(made) == [(100, 70)]


def test_a_vial_label_says_what_it_is_and_until_when() -> None:
    """One for each vial: strength, time, the limit, whose it is."""
    of = sheet(*READY, ORDERED, VIAL)
    made = vial_label(of, ada(of), PRINTED)
    assert sizes(made) == [(50, 25)] * 2
    for number, page in enumerate(pages(made), 1):
        wanted = [
            "inotuzumab ozogamicin",
            "0.25 mg per mL",
            f"Vial {number} of 2",
            "Reconstituted 05-Jan-2026 09:00",
            "Dilute by 05-Jan-2026 13:00",
            "TESTCASE, Ada · MRN 000 4417",
            of.number,
            "Initials",
            f"Page {number} of 2",
            "inotuzumab-ozogamicin 2026.11",
            "Printed 05-Jan-2026 09:40 by adams",
        ]
        assert missing(" ".join(page.split()), wanted) == []


@pytest.mark.parametrize("label", [bag_label, vial_label])
@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("told", [MADE, (*READY, AGAINST, VIAL, DILUTED)], ids=["advised", "against"])
def test_no_label_is_cut_off(label, name: str, told) -> None:
    """With the longest name, every tag and a copy: all text is there and no ink reaches the edge."""
    of = sheet(*told, site=STORED)
    made = label(of, ada(of, name=name, synthetic="yes"), PRINTED, copy=12)
    text = "".join(said(made).split())
    assert missing(text, ["Reprint12", "Synthetic", "MRN0004417"]) == []
    assert "".join(name.split()) in text or (label is vial_label and name == LONG and "Born17-Sep-1961" in text)
    assert ("Atmost4hoursatroomtemperature" in text) == (label is bag_label)
    assert ("Givenagainstadvice" in text) == (told != MADE)
    assert [page.edge for page in greys(made, 300)] == [255] * len(pages(made))


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("label", [bag_label, vial_label])
def test_a_label_may_stand_on_a_sheet_of_paper(label, paper: str) -> None:
    """One page, for whoever has no label printer."""
    of = sheet(*MADE)
    made = label(of, ada(of), PRINTED, paper=paper)
    assert sizes(made) == [(210, 297) if paper == "a4" else (216, 279)]


@pytest.mark.parametrize("dots", [203, 300])
def test_a_scanner_reads_the_bag_label(dots: int) -> None:
    """At the resolution of a label printer."""
    of = sheet(*MADE)
    assert codes(greys(bag_label(of, ada(of), PRINTED), dots)[0]) == [of.number]


def test_a_label_is_black_on_white() -> None:
    """A printer or a fax without colours loses nothing: nearly all ink is dark."""
    of = sheet(*MADE)
    for made in (bag_label(of, ada(of), PRINTED), vial_label(of, ada(of), PRINTED)):
        assert all(page.shares()["dark"] > 0.75 for page in greys(made, 600))


@pytest.mark.parametrize(
    ("label", "told", "why"),
    [
        (bag_label, (*READY, ORDERED), "needs the times of the first vial and of the dilution"),
        (bag_label, (*READY, ORDERED, VIAL), "needs the times of the first vial and of the dilution"),
        (vial_label, (*READY, ORDERED), "needs the time of the first vial"),
        (bag_label, (*MADE, (0, "vod: {status: suspected}")), "there is nothing to prepare; Not for preparation. Hold"),
    ],
)
def test_a_label_without_its_times_is_refused(label, told, why: str) -> None:
    """What would be blank or wrong is not printed."""
    of = sheet(*told)
    with pytest.raises(Refused, match=why):
        label(of, ada(of), PRINTED)


def test_what_stood_too_long_has_no_label() -> None:
    """It must be discarded."""
    of = sheet(*READY, ORDERED, VIAL, ("2026-01-05T13:10:00+01:00", "diluted: {volume: 50 mL}"))
    for label in (bag_label, vial_label):
        with pytest.raises(Refused, match=r"must not be used; Discard\. Not diluted by 13:00"):
            label(of, ada(of), PRINTED)


def test_a_discarded_preparation_leaves_nothing_on_the_next_label() -> None:
    """Neither its times nor its lots."""
    again = ("2026-01-05T10:00:00+01:00", "reconstituted: {vials: [{lot: NEW1}]}")
    discarded = ("2026-01-05T09:40:00+01:00", "discarded: {reason: cloudy}")
    of = sheet(*MADE, discarded, again, ("2026-01-05T10:20:00+01:00", "diluted: {volume: 50 mL}"))
    text = said(bag_label(of, ada(of), PRINTED))
    assert missing(text, ["Reconstituted 05-Jan-2026 10:00", "Lot NEW1", "END by 05-Jan-2026 18:00"]) == []
    assert "EX1234" not in text


def test_a_small_dose_needs_the_volume_that_was_made() -> None:
    """The site's table says how much; the label says what was recorded, with the rate that follows."""
    small = ((0, READY[0][1]), (0, "measured: {height: 80 cm, weight: 10 kg}"), READY[2], VIAL)
    unsaid = sheet(*small, ("2026-01-05T09:30:00+01:00", "diluted: {}"))
    with pytest.raises(Refused, match="needs the volume in the bag"):
        bag_label(unsaid, ada(unsaid), PRINTED)
    of = sheet(*small, ("2026-01-05T09:30:00+01:00", "diluted: {volume: 20 mL}"))
    assert missing(said(bag_label(of, ada(of), PRINTED)), ["0.38 mg in 20 mL", "at 20 mL per hour"]) == []
