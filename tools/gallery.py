"""Pictures of the pages for docs/gallery, taken in the demo clinic on one day: `make gallery`.

Usage: `python -m tools.gallery [--at ADDRESS] [--into FOLDER]`; without an address the demo clinic is started.
"""

from __future__ import annotations

import argparse
import base64
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright
from tools.browser import FLAGS, NoBrowser, chromium

from oncourse.faces.demo.clinic import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
NOW = "2026-11-25T09:30:00Z"
PATIENCE = 30  # seconds for the clinic to open


Keys = list[Any]  # cookies, as the browser gives and takes them


class Act(NamedTuple):
    """What a person does before a picture is taken: press what leads to another page, or type into a field."""

    does: Literal["press", "type"]
    name: str
    said: str = ""


class Picture(NamedTuple):
    """A page as somebody comes to it; nobody is a stranger."""

    name: str
    who: str | None
    path: str
    acts: tuple[Act, ...] = ()


DOCTOR, ADMIN = "haematologist", "administrator"
PHARMACIST, SECOND, NURSE = "pharmacist", "pharmacist-2", "nurse"
WRONG_BAND = (Act("type", "Scan wristband or bag label", "9000104"), Act("press", "Take this number"))
VIAL = "vial=inotuzumab+ozogamicin%0909520123450014%09DEMO{}%092031-12-31"
VIALS = f"{VIAL.format(1)}&{VIAL.format(2)}"
OTHER_DRUG = "scan=]d20109520123450021173112311"
PICTURES = (
    Picture("Sign in", None, "/sign-in"),
    Picture("Today", DOCTOR, "/today"),
    Picture("Patients", DOCTOR, "/patients"),
    Picture("Enrol", DOCTOR, "/patients/new"),
    Picture("Plan course", DOCTOR, "/patients/DEMO-05/plan"),
    Picture("Day: give", DOCTOR, "/patients/DEMO-01"),
    Picture("Day: reduced", DOCTOR, "/patients/DEMO-02"),
    Picture("Day: hold", DOCTOR, "/patients/DEMO-04"),
    Picture("Day: need", DOCTOR, "/patients/DEMO-10"),
    Picture("Day: judge", DOCTOR, "/patients/DEMO-13"),
    Picture("Day: wait", DOCTOR, "/patients/DEMO-03"),
    Picture("Day: stop", DOCTOR, "/patients/DEMO-18"),
    Picture("Day: done", DOCTOR, "/patients/DEMO-23"),
    Picture("Today of the pharmacy", PHARMACIST, "/today"),
    Picture("Verify order", PHARMACIST, "/patients/DEMO-02/prepare/verify"),
    Picture("Order verified", PHARMACIST, "/patients/DEMO-29/prepare/verify"),
    Picture("Vials and lots", PHARMACIST, f"/patients/DEMO-29/prepare/vials?{VIAL.format(1)}"),
    Picture("Wrong drug", PHARMACIST, f"/patients/DEMO-29/prepare/vials?{VIAL.format(1)}&{OTHER_DRUG}0DEMO"),
    Picture("Reconstitute", PHARMACIST, f"/patients/DEMO-29/prepare/reconstitute?{VIALS}"),
    Picture("Dilute", PHARMACIST, "/patients/DEMO-30/prepare/dilute"),
    Picture("Second check", SECOND, "/patients/DEMO-25/prepare/check"),
    Picture("Second check on one screen", PHARMACIST, "/patients/DEMO-25/prepare/check"),
    Picture("Label and release", PHARMACIST, "/patients/DEMO-26/prepare/release"),
    Picture("Today of the nurses", NURSE, "/today"),
    Picture("Before you start", NURSE, "/patients/DEMO-26/start"),
    Picture("Wrong patient", NURSE, "/patients/DEMO-26/start", WRONG_BAND),
    Picture("Infusion clock", NURSE, "/patients/DEMO-27/infusion"),
    Picture("Reaction", NURSE, "/patients/DEMO-28/reaction"),
    Picture("Watch", NURSE, "/patients/DEMO-28/watch"),
    Picture("Enter results", DOCTOR, "/patients/DEMO-04/results"),
    Picture("Faults of a form", DOCTOR, "/patients/DEMO-04/measure", (Act("press", "Save height and weight"),)),
    Picture("Measure", DOCTOR, "/patients/DEMO-04/measure"),
    Picture("Toxicity and VOD", DOCTOR, "/patients/DEMO-06/toxicity"),
    Picture("Response", DOCTOR, "/patients/DEMO-09/response"),
    Picture("Complete the enrolment", DOCTOR, "/patients/DEMO-12/enrolment"),
    Picture("Decide otherwise", DOCTOR, "/patients/DEMO-04/otherwise"),
    Picture("Stop for good", DOCTOR, "/patients/DEMO-18/stop"),
    Picture("What if", DOCTOR, "/patients/DEMO-04/what-if"),
    Picture("Course", DOCTOR, "/patients/DEMO-20/course"),
    Picture("Strike an entry", DOCTOR, "/patients/DEMO-04/course", (Act("press", "Strike: Results"),)),
    Picture("Who the patient is", DOCTOR, "/patients/DEMO-04/who"),
    Picture("Birth, sex and settings", DOCTOR, "/patients/DEMO-04/amend"),
    Picture("Me", DOCTOR, "/me"),
    Picture("Accounts", ADMIN, "/accounts"),
    Picture("Add an account", ADMIN, "/accounts/new"),
    Picture("Site", ADMIN, "/site"),
    Picture("Protocol", DOCTOR, "/protocol"),
    Picture("Sources and readings", DOCTOR, "/protocol/sources"),
    Picture("Proof", DOCTOR, "/protocol/proof"),
    Picture("Versions", ADMIN, "/protocol/diff"),
)


class View(NamedTuple):
    """A window, in CSS pixels, and its colours."""

    width: int
    height: int
    scheme: Literal["light", "dark"]


VIEWS = (View(1280, 800, "light"), View(1280, 800, "dark"), View(360, 740, "light"))

COLOURS = 64  # of a picture, at most
LONGEST = 1400  # pixels from the top: what comes after is not worth its bytes
# A page has few colours: the most frequent make the palette, the shades at the edges of letters go to the nearest.
FEW_COLOURS = """async ([png, most]) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const paint = new OffscreenCanvas(image.width, image.height).getContext('2d');
  paint.drawImage(image, 0, 0);
  const pixels = new Uint32Array(paint.getImageData(0, 0, image.width, image.height).data.buffer), counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most)
    .map(([pixel]) => [pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255]);
  const nearest = (pixel) => {
    let best = 0, least = Infinity;
    palette.forEach(([r, g, b], place) => {
      const far = (r - (pixel & 255)) ** 2 + (g - (pixel >> 8 & 255)) ** 2 + (b - (pixel >> 16 & 255)) ** 2;
      if (far < least) [best, least] = [place, far];
    });
    return best;
  };
  for (const pixel of counts.keys()) counts.set(pixel, nearest(pixel));
  const places = Uint8Array.from(pixels, (pixel) => counts.get(pixel)), parts = [];
  for (let at = 0; at < places.length; at += 30000) parts.push(String.fromCharCode(...places.subarray(at, at + 30000)));
  return [image.width, image.height, palette, btoa(parts.join(''))];
}"""


def main() -> None:
    """Take all pictures anew; raises NoBrowser."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--at", metavar="ADDRESS", help="where a clinic is open already, such as http://127.0.0.1:8000"
    )
    options.add_argument("--into", metavar="FOLDER", type=Path, default=ROOT / "docs/gallery")
    given = options.parse_args()
    with sync_playwright() as playwright, nullcontext(given.at) if given.at else demo() as address:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        gallery(browser, PICTURES, address, given.into)
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """The address of the demo clinic, open on one day."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    program = Path(sys.executable).with_name("oncourse")
    process = subprocess.Popen([program, "serve", "--demo", "--now", NOW, "--port", str(port)])
    try:
        wait(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait(process: subprocess.Popen[bytes], address: str) -> None:
    """Until the clinic answers; ends the program if it does not."""
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=PATIENCE).close()
            return
        except urllib.error.URLError:
            time.sleep(0.05)
    sys.exit("gallery: the demo clinic does not open")


def gallery(browser: Browser, pictures: Sequence[Picture], address: str, folder: Path) -> None:
    """Write every picture into a folder, and a page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    desk, keys = browser.new_page(), dict[str, Keys]()
    for who in dict.fromkeys(picture.who for picture in pictures):
        if who is not None:
            keys[who] = signed_in(browser, who, address)
    for picture in pictures:
        for view in VIEWS:
            (folder / file_name(picture, view)).write_bytes(compact(desk, taken(browser, picture, view, address, keys)))
    desk.close()
    (folder / "index.md").write_text(index(pictures), encoding="utf-8")


def taken(browser: Browser, picture: Picture, view: View, address: str, keys: Mapping[str, Keys]) -> bytes:
    """A page in a window of its own, from the top on, as PNG."""
    size: ViewportSize = {"width": view.width, "height": view.height}
    page = browser.new_page(viewport=size, color_scheme=view.scheme, reduced_motion="reduce")
    if picture.who is not None:
        page.context.add_cookies(keys[picture.who])
    page.clock.set_fixed_time(NOW)  # the clocks on a page stand still with that of the clinic
    page.goto(address + picture.path)
    for act in picture.acts:
        do(page, act)
    page.wait_for_load_state()
    whole = page.evaluate("document.documentElement.scrollHeight")
    clip: FloatRect = {"x": 0, "y": 0, "width": view.width, "height": min(whole, LONGEST)}
    png = page.screenshot(full_page=True, clip=clip)
    page.context.close()
    return png


def signed_in(browser: Browser, name: str, address: str) -> Keys:
    """Come in as somebody of the demo clinic, once; what the browser carries then."""
    page = browser.new_page()
    page.goto(f"{address}/sign-in")
    for act in (Act("type", "User name", name), Act("type", "Password", PASSWORD), Act("press", "Sign in")):
        do(page, act)
    kept = ("name", "value", "domain", "path", "secure", "httpOnly", "sameSite")
    keys = [{part: cookie[part] for part in kept} for cookie in page.context.cookies()]  # type: ignore[literal-required]
    page.context.close()
    return keys


def do(page: Page, act: Act) -> None:
    """One act of a person, who finds things by their names."""
    if act.does == "type":
        page.get_by_label(act.name, exact=True).fill(act.said)
        return
    button, link = (page.get_by_role(role, name=act.name) for role in ("button", "link"))
    with page.expect_navigation():
        button.or_(link).first.click()


def compact(page: Page, png: bytes) -> bytes:
    """The same picture with few colours; one picture always gives the same bytes."""
    width, height, palette, places = page.evaluate(FEW_COLOURS, [base64.b64encode(png).decode(), COLOURS])
    rows = base64.b64decode(places)
    lines = b"".join(b"\0" + rows[at : at + width] for at in range(0, len(rows), width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = bytes(part for colour in palette for part in colour)
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def file_name(picture: Picture, view: View) -> str:
    """Such as `sign-in-1280-dark.png`."""
    words = "".join(sign if sign.isalnum() else " " for sign in picture.name.lower()).split()
    return f"{'-'.join(words)}-{view.width}-{view.scheme}.png"


def index(pictures: Sequence[Picture]) -> str:
    """The page that shows them, one section each."""
    sections = []
    for picture in pictures:
        whose = f" as `{picture.who}` sees it" if picture.who else ""
        shown = [f"![{picture.name}, {view.width} px, {view.scheme}]({file_name(picture, view)})" for view in VIEWS]
        sections.append("\n\n".join([f"## {picture.name}", f"`{picture.path}`{whose}", *shown]))
    return "\n\n".join(["# The pages", "The demo clinic, by `make gallery`.", *sections]) + "\n"


if __name__ == "__main__":
    try:
        main()
    except NoBrowser as problem:
        sys.exit(f"gallery: {problem}")
