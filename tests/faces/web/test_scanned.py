"""What scanners type: codes of vials in all the ways they are sent, the numbers of labels, and what cannot be read."""

import re
import string
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from itertools import permutations

import pytest
import zxingcpp
from biip.checksums import gs1_standard_check_digit
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.text_rules import long_sentences

from oncourse.faces.web.scanned import Vial, number, vial
from oncourse.problem import Fault

GTIN = "09520123456788"
HELD = Vial(GTIN, "AB12", date(2027, 11, 30))
PRODUCT, EXPIRY, LOT, SERIAL = f"01{GTIN}", "17271130", "10AB12", "21x9Y8z7W6"
SEPARATORS = ["\x1d", "|", "~", "^", "<GS>", "{GS}"]
MARKS = ["", "]d2", "]C1", "]Q3"]
SIGNS = "!\"%&'()*+,-./:;<=>?_" + string.digits + string.ascii_letters
WHAT_TO_DO = re.compile("scan the vial's code again, or type lot and expiry|type lot and expiry, and .*FNC1")

lots = st.text(SIGNS, min_size=1, max_size=20).filter(lambda lot: "<GS>" not in lot)
digits = st.text(string.digits, min_size=13, max_size=13)
dates = st.dates(date(2001, 1, 1), date(2070, 12, 31))


def product(thirteen: str) -> str:
    """A product's number of fourteen digits, the last of which checks the others."""
    return thirteen + str(gs1_standard_check_digit(thirteen))


def fault(said: str) -> Fault:
    """What is wrong with a scan, as it is told."""
    with pytest.raises(Fault) as told:
        vial(said)
    assert WHAT_TO_DO.fullmatch(told.value.remedy)
    assert long_sentences(told.value.what) == [] == long_sentences(told.value.remedy)
    return told.value


def test_there_are_eighty_two_signs() -> None:
    """The properties try all that a lot may be made of, and nothing else."""
    assert len(set(SIGNS)) == len(SIGNS) == 82


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("order", list(permutations([PRODUCT, EXPIRY, LOT, SERIAL])))
def test_elements_come_in_any_order(mark: str, separator: str, order: tuple[str, ...]) -> None:
    """Whatever comes first, whatever stands for the separator, and whether or not the scanner names the code."""
    assert vial(mark + separator.join(order)) == HELD


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_separator_may_stand_at_either_end(separator: str) -> None:
    """Some codes begin with it and some end on it; blanks around do not count."""
    assert vial(f" {separator}{PRODUCT}{EXPIRY}{LOT}{separator}\r\n") == HELD
    assert vial(f"]d2{separator}{PRODUCT}{separator}{EXPIRY}{separator}{separator}{LOT}") == HELD


@pytest.mark.parametrize(
    "said",
    [
        f"(01){GTIN}(17)271130(10)AB12",
        f"(01){GTIN}(10)AB12(17)271130",
        f"(10)AB12(21)x9Y8z7W6(01){GTIN}(17)271130",
        f"  (01) {GTIN} (17) 271130 (10) AB12 ",
        f"]d2(01){GTIN}(17)271130(10)AB12",
    ],
)
def test_the_text_under_a_code_can_be_typed(said: str) -> None:
    """With its brackets, and blanks between its elements."""
    assert vial(said) == HELD


@given(digits, lots, dates)
def test_any_lot_comes_through_with_its_separator(thirteen: str, lot: str, day: date) -> None:
    """A lot is what stood in the code, whatever its signs look like, if separators do come through."""
    gtin, on = product(thirteen), f"17{day:%y%m%d}"
    assert vial(f"]d201{gtin}10{lot}\x1d{on}") == Vial(gtin, lot, day)
    assert vial(f"10{lot}|{on}01{gtin}") == Vial(gtin, lot, day)
    assert vial(f"01{gtin}21123456{{GS}}{on}10{lot}") == Vial(gtin, lot, day)


@given(digits, lots, dates)
def test_any_lot_comes_through_in_brackets(thirteen: str, lot: str, day: date) -> None:
    """The text under a code says the same as the code."""
    assume(not re.search(r"\(\d{2,4}\)", lot))
    gtin = product(thirteen)
    assert vial(f"(01){gtin}(10){lot}(17){day:%y%m%d}") == Vial(gtin, lot, day)


@example("0" * 13, "A21B21C", date(2027, 2, 28))
@given(digits, lots, dates)
def test_a_lot_without_a_separator_is_whole_or_in_doubt(thirteen: str, lot: str, day: date) -> None:
    """At the end of a code no separator is needed: the lot is read as it stands, or the scan is refused."""
    gtin = product(thirteen)
    may_go_on = re.search(r".(21.{6}|1[1356]\d{6}|01\d{14})", lot)
    try:
        assert vial(f"01{gtin}17{day:%y%m%d}10{lot}") == Vial(gtin, lot, day)
    except Fault:
        assert may_go_on


@given(digits, st.text(SIGNS, min_size=1, max_size=18), dates, st.sampled_from(["17", "11", "15"]))
def test_no_lot_swallows_a_date(thirteen: str, lot: str, day: date, kind: str) -> None:
    """A lot that is followed by a date without a separator is never taken for a longer lot."""
    assume("<GS>" not in lot and not set(lot) & set("|~^"))
    assert "may hold" in (told := fault(f"01{product(thirteen)}10{lot}{kind}{day:%y%m%d}").what) or "too long" in told


@pytest.mark.parametrize(
    ("said", "in_doubt"),
    [
        (f"{PRODUCT}10AB1217271130", "17271130"),
        (f"{PRODUCT}10AB121727113021x9Y8z7W6", "1727113021x9Y8z7W6"),
        (f"{PRODUCT}1727113010AB1221x9Y8z7W6", "21x9Y8z7W6"),
        (f"{PRODUCT}21x9Y8z717271130", "17271130"),
        (f"10AB12{PRODUCT}", PRODUCT),
        (f"{PRODUCT}1727113010AB1224012345678901234", "is too long"),
    ],
)
def test_what_swallowed_the_next_element_is_told(said: str, in_doubt: str) -> None:
    """Where a separator is missing, the fault shows what may be the next element, and how to set up the scanner."""
    told = fault(said)
    assert in_doubt in told.what and "FNC1" in told.remedy


@pytest.mark.parametrize(
    "lot", ["L2103", "21A0345", "EK8431", "1727113", "A17271332", "A1727113055", "X0109520123456789"]
)
def test_lots_that_look_a_little_like_elements_are_lots(lot: str) -> None:
    """A lot is not refused for digits that no element could end on."""
    assert vial(f"{PRODUCT}{EXPIRY}10{lot}") == Vial(GTIN, lot, HELD.expiry)
    assert vial(f"{PRODUCT}10{lot}") == Vial(GTIN, lot, None)


@pytest.mark.parametrize("lot", ["AB1221x9Y8z7W6", "AB1211271130", "A21123456"])
def test_a_lot_is_not_in_doubt_where_separators_come_through(lot: str) -> None:
    """One separator anywhere, or brackets, and the last value ends where the code ends."""
    assert "may hold" in fault(f"{PRODUCT}{EXPIRY}10{lot}").what
    for said in (f"{PRODUCT}{EXPIRY}10{lot}|", f"|{PRODUCT}{EXPIRY}10{lot}", f"(01){GTIN}(17)271130(10){lot}"):
        assert vial(said) == Vial(GTIN, lot, HELD.expiry)


@pytest.mark.parametrize("year", [2026, 2027, 2028])
@pytest.mark.parametrize("month", range(1, 13))
def test_day_nought_is_the_last_of_its_month(year: int, month: int) -> None:
    """A vial without a day of expiry may be used through its month, in leap years too."""
    last = date(year, month, monthrange(year, month)[1])
    assert vial(f"{PRODUCT}17{last:%y%m}0010AB12") == Vial(GTIN, "AB12", last)


def test_a_code_of_the_product_alone_has_neither_lot_nor_expiry() -> None:
    """What the code does not say is left to be typed."""
    assert vial(PRODUCT) == Vial(GTIN, None, None)
    assert vial(f"(01){GTIN}(17)271130") == Vial(GTIN, None, HELD.expiry)


@pytest.mark.parametrize("said", ["", " ", " \t\r\n"])
def test_nothing_is_no_vial(said: str) -> None:
    """An empty field is no fault."""
    assert vial(said) is None and number(said) == ""


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("AB12", "not the text of a GS1 code: AB12"),
        ("https://id.example/01/09520123456788", "not the text of a GS1 code"),
        ("(AB)12", "not the text of a GS1 code"),
        ("()", "not the text of a GS1 code"),
        ("010952012345678", "not the text of a GS1 code"),
        (f"{PRODUCT}10AB 12", "not the text of a GS1 code: 010952012345678810AB 12"),
        (f"{PRODUCT}10Ä12", "not the text of a GS1 code"),
        (f"{PRODUCT}10AB12\x1d\u0661\u0667271130", "not the text of a GS1 code"),
        (f"01{GTIN[:-2]}\u0668\u0668", "not the text of a GS1 code"),
        (f"{PRODUCT}{EXPIRY}10", "not the text of a GS1 code: 10"),
        ("0109520123456789", "wrong check digit: 09520123456789"),
        ("(01)09520123456789(17)271130(10)AB12", "wrong check digit: 09520123456789"),
        (f"{PRODUCT}1727113210AB12", "the expiry is no date: 271132"),
        (f"{PRODUCT}1727023010AB12", "the expiry is no date: 270230"),
        (f"{PRODUCT}1727001510AB12", "the expiry is no date: 270015"),
        (f"{PRODUCT}1727000010AB12", "the expiry is no date: 270000"),
        (f"(01){GTIN}(17)271301(10)AB12", "the expiry is no date: 271301"),
        (f"{EXPIRY}{LOT}", "names no product"),
        ("]d2", "names no product"),
        ("|", "names no product"),
        (f"]d1{PRODUCT}{EXPIRY}{LOT}", "another kind of code than GS1"),
        (f"]q0{PRODUCT}{EXPIRY}{LOT}", "another kind of code than GS1"),
        ("]E09520123456788", "another kind of code than GS1"),
        (f"{PRODUCT}{EXPIRY}10AB12|10AB13", "element 10 is in the code twice"),
        (f"(01){GTIN}(17)27113010AB12", "element 17 cannot be 27113010AB12"),
        (f"(01){GTIN}(10)AB12345678901234567890", "element 10 cannot be AB12345678901234567890"),
        (f"(01){GTIN}(172)71130", "element 172 cannot be 71130"),
        (f"{PRODUCT}{EXPIRY}10AB1234567890123456789|21123456", "element 10 is too long: AB1234567890123456789"),
    ],
)
def test_what_cannot_be_read_is_told(said: str, what: str) -> None:
    """A fault shows what is wrong and says to scan again, or to type."""
    assert what in fault(said).what


def test_the_same_said_twice_is_said_once() -> None:
    """A code that repeats an element with its value is no fault."""
    assert vial(f"{PRODUCT}{EXPIRY}{LOT}|{PRODUCT}{LOT}") == HELD


@given(st.one_of(st.text(max_size=60), st.text(SIGNS + "|^~\x1d]", max_size=60), st.text("01729(]d\x1d|", max_size=40)))
def test_any_text_is_a_vial_or_a_fault(said: str) -> None:
    """Nothing that can be typed ends otherwise."""
    for text in (said, f"]d2{said}", f"{PRODUCT}{said}", f"(01){GTIN}{said}"):
        number(text)
        try:
            found = vial(text)
        except Fault:
            continue
        assert found is None or len(found.gtin) == 14


def scanned(text: str) -> Iterator[str]:
    """What scanners of each habit send for a real GS1 DataMatrix of these elements."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True)
    for mode in (zxingcpp.TextMode.Plain, zxingcpp.TextMode.HRI):
        (read,) = zxingcpp.read_barcodes(made.to_image(scale=4), text_mode=mode)
        assert read.symbology_identifier == "]d2"
        yield read.text
        yield read.symbology_identifier + read.text
        yield (read.symbology_identifier + read.text).replace("\x1d", "|")


@pytest.mark.parametrize("lot", ["AB12", "aB-1/2_3.4", "A21B21C", "A)C%D<E>&F"])
def test_a_real_code_is_read_as_it_was_made(lot: str) -> None:
    """The code goes into a picture and comes out of it as the vial it was made for."""
    for order in (f"(17)271130(10){lot}", f"(10){lot}(17)271130", f"(10){lot}(21)x9Y8z7W6(17)271130"):
        sent = set(scanned(f"(01){GTIN}{order}"))
        assert len(sent) >= 4
        assert {vial(said) for said in sent} == {Vial(GTIN, lot, HELD.expiry)}


WRISTBAND, LABEL = product("9520123" + "0000441712")[:-1], "W-DVGC-5D2Z-1"
WRISTBAND += str(gs1_standard_check_digit(WRISTBAND))


@pytest.mark.parametrize(("text", "held"), [(f"(8018){WRISTBAND}", WRISTBAND), (f"(91){LABEL}", LABEL)])
def test_a_real_label_is_read_as_it_was_made(text: str, held: str) -> None:
    """A wristband and a worksheet's label in a code of GS1, whatever the scanner's habit."""
    assert {number(said) for said in scanned(text)} == {held}


@pytest.mark.parametrize(
    ("said", "held"),
    [
        (" 0004417\r\n", "0004417"),
        ("]C00004417", "0004417"),
        ("]d1MRN 0004417", "MRN 0004417"),
        (f"]Q1{LABEL}", LABEL),
        (f"|91{LABEL}|", LABEL),
        (f"]C1{PRODUCT}91{LABEL}", LABEL),
        (f"]C191{LABEL}{{GS}}8018{WRISTBAND}", WRISTBAND),
        (f"(8018) {WRISTBAND} (8019) 1", WRISTBAND),
        ("]d2910004417", "0004417"),
    ],
)
def test_a_number_is_what_the_code_is_for(said: str, held: str) -> None:
    """Without the name of the code, blanks and the separators at its ends; or the element that holds it."""
    assert number(said) == held


@pytest.mark.parametrize(
    "said",
    [
        "9104417",
        "91A04417",
        "8018123",
        f"8018{WRISTBAND[:-1]}{(int(WRISTBAND[-1]) + 1) % 10}",
        f"(8018){WRISTBAND[:-1]}",
        "(04417)",
        "A|B",
        f"{PRODUCT}{EXPIRY}{LOT}",
    ],
)
def test_a_number_that_only_looks_like_an_element_is_left_alone(said: str) -> None:
    """No patient's number is cut down to that of another."""
    assert number(said) == said
