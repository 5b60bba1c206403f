"""A page as a tree of elements, for tests that read what is on it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

BLOCKS = frozenset({"p", "li", "td", "th", "div", "h1", "h2", "h3", "h4", "section", "tr", "table"})
VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.made = TreeBuilder()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins; one that holds nothing ends at once."""
        self.made.start(tag, {name: said or "" for name, said in attrs})
        if tag in VOID:
            self.made.end(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of a drawing that is closed where it begins."""
        self.made.start(tag, {name: said or "" for name, said in attrs})
        self.made.end(tag)

    def handle_endtag(self, tag: str) -> None:
        """The element that is open ends; the builder refuses any other."""
        self.made.end(tag)

    def handle_data(self, data: str) -> None:
        """Text of the element that is open."""
        self.made.data(data)


def tree(html: str) -> Element:
    """The elements of a page; every one of them must be closed in its place."""
    reader = _Reader()
    reader.feed(html.partition("<!doctype html>")[2])
    reader.close()
    return reader.made.close()


def under(page: Element, anchor: str) -> Element:
    """The one element with that id."""
    (found,) = page.findall(f".//*[@id='{anchor}']")
    return found


def said(element: Element) -> str:
    """The text of an element in one line; what stands in cells or blocks of its own is apart."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> Iterator[str]:
    around = " " if element.tag in BLOCKS else ""
    yield around + (element.text or "")
    for part in element:
        yield from _pieces(part)
        yield part.tail or ""
    yield around


def ids(page: Element) -> list[str]:
    """Every id, in order."""
    return [element.get("id", "") for element in page.iter() if element.get("id")]


def links(page: Element) -> set[str]:
    """Where a page leads."""
    return {element.get("href", "") for element in page.iter("a")}
