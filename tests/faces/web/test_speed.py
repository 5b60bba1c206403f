"""What loading costs is measured: what goes over the wire, and how the page jumps."""

from tests.faces.web.chromium import Windows
from tests.faces.web.pages import BUTTONS, Site
from tests.faces.web.speed import cold_and_warm, load, slow_down

SCRIPT = "/*" + "x" * 30_000 + "*/"
LATE = """setTimeout(() => {
  const late = document.createElement('p');
  late.className = 'late';
  document.body.prepend(late);
}, 50)"""


def test_what_is_kept_is_not_loaded_again(windows: Windows, site: tuple[Site, str]) -> None:
    """The first visit brings everything, the next one only the page."""
    made, origin = site
    made.page(BUTTONS, "/*" + "x" * 20_000 + "*/", SCRIPT)
    cold, warm = cold_and_warm(windows.open(), origin + "/page")
    assert 50_000 < cold.bytes < 53_000 and 30_000 < cold.script_bytes < 31_000
    assert warm.bytes < 2_000 and warm.script_bytes == 0
    assert 0 < cold.usable <= cold.loaded
    assert cold.shift == warm.shift == 0


def test_a_page_that_jumps_is_found(windows: Windows, site: tuple[Site, str]) -> None:
    """What pushes the rest down after it was drawn counts."""
    made, origin = site
    made.page(BUTTONS, ".late { height: 300px }", LATE)
    assert load(windows.open(), origin + "/page").shift > 0.05


def test_a_slow_phone_takes_longer(windows: Windows, site: tuple[Site, str]) -> None:
    """What is loaded on a slow network takes the time that it takes there."""
    made, origin = site
    made.page(BUTTONS, script=SCRIPT * 10)
    page = windows.open()
    slow_down(page)
    assert load(page, origin + "/page").usable > 1.4
