"""Paper from the pages: the same sheets as from the command line, with who prints them and whose they are."""

import re

import pypdfium2
import pytest
from tests.faces.api.hospital import Hospital
from tests.faces.web.ordered import P_9, checked, diluted, made_ready, ordered, reconstituted, released, verified
from tests.faces.web.reading import Reader


def words(content: bytes) -> str:
    """Everything that is printed, with single blanks."""
    pages = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())


def printed(hospital: Hospital, who: str, path: str) -> str:
    """The words of a print as somebody gets it."""
    answer = hospital.get(who, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r'inline; filename="[a-z-]+\.pdf"', answer.headers["content-disposition"])
    return words(answer.content)


@pytest.mark.parametrize("page", ["worksheet", "calendar", "summary"])
def test_a_print_names_the_patient_and_who_printed_it(hospital: Hospital, page: str) -> None:
    """Two identifiers, page n of m, the version, when and by whom."""
    ordered(hospital)
    verified(hospital)
    said = printed(hospital, "price", f"{P_9}/{page}.pdf")
    for part in ("TESTCASE, Ada", "0004417", "Page 1 of", "2026.11", "25-Nov-2026 10:30", "Ph. Price"):
        assert part in said, part


def test_the_site_chooses_the_paper(hospital: Hospital) -> None:
    """Letter where nothing is said; A4 where it is asked for."""
    ordered(hospital)
    verified(hospital)
    sizes = []
    for asked in ("", "?paper=a4", "?paper=letter"):
        page = pypdfium2.PdfDocument(hospital.get("price", f"{P_9}/worksheet.pdf{asked}").content)[0]
        sizes.append(tuple(round(side) for side in page.get_size()))
    assert sizes == [(612, 792), (595, 842), (612, 792)]


def test_who_may_not_look_for_patients_gets_no_name(hospital: Hospital) -> None:
    """An auditor reads the course and not whose it is."""
    ordered(hospital)
    said = printed(hospital, "ellis", f"{P_9}/summary.pdf")
    assert "TESTCASE" not in said and "0004417" not in said and "P-9" in said


def test_the_bag_label_says_what_is_in_the_bag(hospital: Hospital) -> None:
    """The order, what was recorded of it, and by when it must end."""
    released(hospital)
    said = printed(hospital, "price", f"{P_9}/label.pdf")
    for part in ("1.42 mg in 50 mL", "5.68 mL", "25-Nov-2026 18:30", "AB1, AB2", "Call pharmacy: 5120", "0004417"):
        assert part in said, part
    assert "Reprint" not in said
    on_paper = pypdfium2.PdfDocument(hospital.get("price", f"{P_9}/label.pdf?paper=a4").content)[0].get_size()
    assert round(on_paper[0]) == 595


def test_a_label_that_must_not_be_used_is_not_printed(hospital: Hospital) -> None:
    """Once it cannot end in time, or while nobody has checked it."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital, ago=239)
    diluted(hospital)
    answer = hospital.get("price", f"{P_9}/label.pdf")
    assert answer.status_code == 422 and "two people agree" in answer.text
    checked(hospital)
    assert "release the bag first" in hospital.get("price", f"{P_9}/label.pdf").text.casefold()
    price = Reader(hospital, "price")
    price.sends(price.goes(f"{P_9}/prepare/release").form("/release"))
    assert hospital.get("price", f"{P_9}/label.pdf").status_code == 200
    for _ in range(20):
        hospital.clock.on(minutes=10)
        hospital.get("price", "/me")
    answer = hospital.get("price", f"{P_9}/label.pdf")
    assert answer.status_code == 422 and "It cannot end by 14:31" in answer.text


def test_a_label_over_midnight_says_what_was_opened_in_the_evening(hospital: Hospital) -> None:
    """The lots, the volume, and the time by which it must end, with the new day."""
    ordered(hospital, zone="Pacific/Auckland")
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    checked(hospital)
    price = Reader(hospital, "price")
    price.sends(price.goes(f"{P_9}/prepare/release").form("/release"))
    for _ in range(10):
        hospital.clock.on(minutes=10)
        hospital.get("price", "/me")
    said = printed(hospital, "price", f"{P_9}/label.pdf")
    for part in ("Lot AB1, AB2", "1.42 mg in 50 mL", "Reconstituted 25-Nov-2026 22:30", "26-Nov-2026 06:30"):
        assert part in said, part


def test_the_preview_is_the_label(hospital: Hospital) -> None:
    """A picture of it, for the page on which it is released."""
    ordered(hospital)
    verified(hospital)
    reconstituted(hospital)
    diluted(hospital)
    checked(hospital)
    answer = hospital.get("price", f"{P_9}/label.png")
    assert answer.headers["content-type"] == "image/png" and answer.content.startswith(b"\x89PNG")
    assert f"{P_9}/label.png" in Reader(hospital, "price").goes(f"{P_9}/prepare/release").html


def test_the_calendar_file_follows_what_is_told(hospital: Hospital) -> None:
    """A later one has a higher number."""
    ordered(hospital)
    first = hospital.get("brown", f"{P_9}/calendar.ics")
    assert first.headers["content-type"].startswith("text/calendar")
    hospital.told("adams", "{at: 2026-11-25, replanned: {transplant: planned}}")
    later = hospital.get("brown", f"{P_9}/calendar.ics")
    numbers = [{int(one["SEQUENCE"]) for one in read_entries(answer.content)} for answer in (first, later)]
    assert max(numbers[0]) < min(numbers[1])


def read_entries(content: bytes) -> list[dict[str, str]]:
    """The entries of a calendar file, by plain reading."""
    text = content.decode().replace("\r\n ", "")
    parts = text.split("BEGIN:VEVENT")[1:]
    return [dict(line.split(":", 1) for line in part.splitlines() if ":" in line) for part in parts]


def test_the_downtime_pack_is_about_nobody(hospital: Hospital) -> None:
    """Two pages for the day on which nothing can be reached, and a link to them on the list of today."""
    said = printed(hospital, "brown", "/downtime.pdf")
    assert "Page 2 of 2" in said and "Nurse Brown" in said
    assert Reader(hospital, "brown").goes("/today").links["Print the downtime pack"] == "/downtime.pdf"


def test_a_name_that_no_font_can_draw_is_told(hospital: Hospital) -> None:
    """Never a box: the character is named, and nothing is printed."""
    ordered(hospital)
    verified(hospital)
    who = "{name: '王小明', identifiers: [{system: MRN, value: '0004417'}]}"
    hospital.clinic.identify("P-9", hospital.version(), who, "adams")
    answer = hospital.get("price", f"{P_9}/worksheet.pdf")
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert "王" in answer.text and "font" in answer.text
    else:
        assert "王小明" in words(answer.content)


def test_a_worksheet_does_not_tell_the_dose_before_it_is_worked_out(hospital: Hospital) -> None:
    """Nor do pages and the summary tell the reason of an order against advice; whoever ordered sees it."""
    made_ready(hospital)
    against = "{clause: day-1-other-dose, kind: clinical, why: 1.31 mg as in the trial, by: Dr Clark}"
    order = "{dose: 1.31 mg, cycle: 2, day: 1, against: [day-1-no-remission], why: 1.31 mg as in the trial}"
    hospital.told("adams", f"[{{at: 2026-11-25, overrode: {against}}}, {{at: 2026-11-25, ordered: {order}}}]")
    answer = hospital.get("price", f"{P_9}/worksheet.pdf")
    assert answer.status_code == 422 and "Verify the order first." in answer.text
    pages = [
        hospital.get("price", f"{P_9}/{page}", follow_redirects=True).text
        for page in ("prepare/verify", "days/2026-11-25")
    ]
    pages.append(
        hospital.get("price", "/api/courses/P-9/decision").text + hospital.get("price", "/api/courses/P-9").text
    )
    for said in (*pages, printed(hospital, "price", f"{P_9}/summary.pdf"), hospital.get("price", "/today").text):
        assert "1.31" not in said
    assert "1.31 mg as in the trial" in hospital.get("adams", f"{P_9}/days/2026-11-25").text
    assert "1.31 mg as in the trial" in printed(hospital, "adams", f"{P_9}/summary.pdf")
    assert "1.31 mg" in printed(hospital, "adams", f"{P_9}/worksheet.pdf")
