"""Somebody in front of a page, who knows of it only what can be read, and finds things by their names."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import ElementHandle, Locator, Page, Response, expect
from tests.faces.web.chromium import HERE, PATIENCE

BUTTONS: tuple[Literal["button", "link"], ...] = ("button", "link")
CHOICES: tuple[Literal["radio", "checkbox"], ...] = ("radio", "checkbox")
FIELDS = "input, textarea, select"


class Person:
    """A person at a window; every click and every value typed is counted."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.clicks = self.inputs = 0
        self.waits_at_most(PATIENCE)

    def waits_at_most(self, patience: int) -> None:
        """How long anything may take to appear, in milliseconds."""
        self.patience = patience
        self.page.set_default_timeout(patience)

    def carries(self, cookie: str) -> None:
        """Bring the cookie of a session, `name=value`, instead of signing in."""
        name, _, value = cookie.partition("=")
        self.page.context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "domain": HERE,  # not an address: with one, a cookie of this kind is refused
                    "path": "/",
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Strict",
                }
            ]
        )

    def signs_in(self, name: str, password: str) -> None:
        """Sign in by the page for it."""
        self.goes("/sign-in")
        self.types("User name", name)
        self.types("Password", password)
        self.presses("Sign in")

    def goes(self, path: str) -> Response | None:
        """Open an address of the clinic; what was answered."""
        return self.page.goto(self.origin + path)

    def title(self) -> str:
        """What stands on the tab of the window."""
        return self.page.title()

    def path(self) -> str:
        """The address of the page without the host."""
        return self.page.url.removeprefix(self.origin)

    def reads(self, *texts: str) -> None:
        """Each text can be seen on the page, now or soon."""
        for text in texts:
            expect(self._seen(text).first).to_be_visible(timeout=self.patience)

    def misses(self, *texts: str) -> None:
        """None of the texts can be seen on the page, or soon none can."""
        for text in texts:
            expect(self._seen(text)).to_have_count(0, timeout=self.patience)

    def _seen(self, text: str) -> Locator:
        return self.page.get_by_text(text).filter(visible=True)

    def presses(self, name: str) -> None:
        """Click the one button or link of that name, or unfold what it stands above."""
        button, link = (self.page.get_by_role(role, name=name, exact=True) for role in BUTTONS)
        unfolds = self.page.locator("summary").filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))
        self._clicks(button.or_(link).or_(unfolds))

    def types(self, label: str, said: str) -> None:
        """Write into the field of that label, over what stands there."""
        self.inputs += 1
        self.field(label).fill(said)

    def scans(self, label: str, code: str) -> None:
        """Hold a code before a scanner, which types it and ends with Enter."""
        self.inputs += 1
        field = self.field(label)
        field.press_sequentially(code)
        field.press("Enter")
        self._lands()

    def chooses(self, option: str, label: str | None = None) -> None:
        """Tick the box or take the choice of that name: of any list, or of the one with that label."""
        if label is not None and (lists := self.page.get_by_label(label).and_(self.page.locator("select"))).count():
            self.clicks += 1
            lists.select_option(label=option)
            self._lands()
            return
        among: Page | Locator = self.page if label is None else self.page.get_by_role("group", name=label)
        radio, box = (among.get_by_role(role, name=option, exact=True) for role in CHOICES)
        # A person clicks the words: the box itself may be drawn by the style sheet.
        words = radio.or_(box).evaluate_handle("choice => choice.labels[0] ?? choice").as_element()
        assert words is not None
        self._clicks(words)

    def field(self, label: str) -> Locator:
        """The field of that label; of one that begins so if none has just that."""
        fields = self.page.locator(FIELDS)
        named = self.page.get_by_label(label, exact=True).and_(fields)
        return named if named.count() else self.page.get_by_label(label).and_(fields)

    def _clicks(self, what: Locator | ElementHandle) -> None:
        self.clicks += 1
        what.click()
        self._lands()

    def _lands(self) -> None:
        """Wait until the page is there whole to which an act has led; a form asks first whether the server is there."""
        expect(self.page.locator("form[aria-busy]")).to_have_count(0, timeout=self.patience)
        self.page.wait_for_load_state()
