"""The pictures of the pages: as people see them, small, the same each time, and shown on one page."""

import importlib
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.faces.web.pages import Site

ROOT = Path(__file__).resolve().parents[3]
SIGN_IN = """<main><h1>Sign in</h1><form action="/page">
<label>User name <input name="name"></label><label>Password <input name="password" type="password"></label>
<button>Sign in</button></form></main>"""
PAGE = """<main><h1>Patient</h1><label for="dose">Dose</label><input id="dose"><a href="/next">Next</a></main>"""


@pytest.fixture
def gallery() -> Any:
    """The program."""
    return importlib.import_module("tools.gallery")


def test_every_picture_is_taken_and_shown(
    gallery: Any, browser: Browser, site: tuple[Site, str], tmp_path: Path
) -> None:
    """In each view, as who it is taken for, after what was done on the page; old ones go."""
    made, origin = site
    for path, body in (("/sign-in", SIGN_IN), ("/next", "<main><h1>Next</h1></main>"), ("/page", PAGE)):
        made.page(body)
        made.files[path] = made.files["/page"]
    acts = (gallery.Act("type", "Dose", "0.92 mg"), gallery.Act("press", "Next"))
    pictures = (
        gallery.Picture("Sign in", None, "/sign-in"),
        gallery.Picture("A page, before", "adams", "/page"),
        gallery.Picture("A page, after", "adams", "/page", acts),
    )
    (tmp_path / "old.png").touch()
    gallery.gallery(browser, pictures, origin, tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.glob("*.png")}
    shown = re.findall(r"!\[.*?\]\((.*?)\)", (tmp_path / "index.md").read_text())
    assert sorted(shown) == sorted(first) and len(first) == 9
    assert len(set(first.values())) == 9
    before = first["a-page-before-1280-light.png"]
    assert struct.unpack(">II", before[16:24]) == (1280, 800)
    assert struct.unpack(">I", first["a-page-before-360-light.png"][16:20]) == (360,)


def test_a_picture_with_few_colours_looks_the_same(gallery: Any, browser: Browser) -> None:
    """Flat colours stay what they were, a browser can show the picture, and its bytes are the same each time."""
    page = browser.new_page(viewport={"width": 300, "height": 200})
    page.set_content(
        "<style>body { margin: 0; background: #fed731; font: 20px sans-serif }</style><p>Hold today's dose"
    )
    png = page.screenshot()
    small = gallery.compact(page, png)
    assert len(small) < len(png) and gallery.compact(page, png) == small
    drawn = "data:image/png;base64," + gallery.base64.b64encode(small).decode()
    colour = """async (address) => {
      const image = await createImageBitmap(await (await fetch(address)).blob());
      const paint = new OffscreenCanvas(300, 200).getContext('2d');
      paint.drawImage(image, 0, 0);
      return [image.width, image.height, ...paint.getImageData(290, 190, 1, 1).data];
    }"""
    assert page.evaluate(colour, drawn) == [300, 200, 0xFE, 0xD7, 0x31, 255]
    page.close()
