"""Patients whose ids have letters that an address would read otherwise: every link to them leads to them."""

import pytest
from tests.faces.api.hospital import Hospital
from tests.faces.web.reading import Reader
from tests.test_clinic import P_9


@pytest.mark.parametrize("name", ["50%", "ä?x#y", "a b", "a&b=c", "-"])
def test_every_link_leads_to_the_patient(hospital: Hospital, name: str) -> None:
    """From the list to the day, from there to each page and back."""
    hospital.clinic.open(P_9.replace("id: P-9", f"id: '{name}'"), "clerk")
    adams = Reader(hospital, "adams")
    (path,) = {path for path in adams.goes("/patients").links.values() if "/days/" in path and "P-9" not in path}
    day = adams.goes(path)
    assert day.status == 200 and name in day.text
    for link in {path for path in day.links.values() if path.startswith("/patients/")}:
        page = adams.goes(link)
        assert page.status == 200 and name in page.text, link
