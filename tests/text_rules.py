"""What no reader should meet in a text of the project: looked for in templates, words of a protocol and drawn pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

LONGEST = 20  # words; a sentence stays under it
UNITS = "mg|mL|mcg|kg|cm"
PER = rf"(?:{UNITS}|g|m²|m2|h|min|L)"
COUNTED = rf"(?:{UNITS}|vials?|patients?|courses?|rows?|doses?|events?|days?|results?|infusions?)"
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
ANY_MONTH = "(?i:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{3,6})?)"
DATE = "write a date as 22-Nov-2026"
NUMBERED = re.compile(r"(?i)\b(version|label|section|table|oncourse) \d[\d.]*")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
LITERAL = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*')""")
ENDS = re.compile(r"(?<=[.!?])\s+(?=[\"'(A-Z0-9{])|(?<=[:;])\s+|[\n\t]+")


class Rule(NamedTuple):
    """What is not written, as a pattern, and what is written instead; texts that break the rule, and that keep it."""

    instead: str
    pattern: str
    breaks: tuple[str, ...]
    keeps: tuple[str, ...]


RULES = (
    Rule(
        "drop the trailing zero",
        r"(?<![\w.,:@-])\d[\d,]*\.\d*0(?!\w|[.:]\d)",
        ("0.90 mg", "Give 1.0 mg.", "10.0", "1,200.50 mL", "(2.0 × ULN)", "It is 0.10."),
        ("10 mg", "1,000 mL", "0.05 mg", "Label 2.10.", "version 1.0", "2.0.10", "127.0.0.1", "It is 10."),
    ),
    Rule(
        "put a zero before the point",
        r"(?<![\w.,)])\.\d",
        (".5 mg", "Give .92 mg.", "(.5)"),
        ("0.5 mg", "app.5f.css", "The end.", "2.0.11"),
    ),
    Rule(
        "say it in words: at most, more than, at least, under",
        r"[<>≤≥]",
        ("bilirubin ≤ 1.5", "> 2", "ANC < 1", "≥ 50"),
        ("at most 1.5", "1.7 × ULN"),
    ),
    Rule("write 10<sup>9</sup>", r"[⁰⁴-⁹]", ("10⁹ per L", "10⁶"), ("mg per m²", "109 per L")),
    Rule("write mcg", r"[µμ]", ("5 \N{MICRO SIGN}g", "5 \N{GREEK SMALL LETTER MU}g"), ("5 mcg",)),
    Rule("write mL", r"\d\s?(?:ccs?|ml|ML)\b", ("4 cc", "4cc", "5 ml", "5 ML"), ("4 mL", "accept 4")),
    Rule("write units", r"\d\s?I?U\b", ("10 U", "10U", "5 IU"), ("1.7 × ULN", "10 units", "10 Ur")),
    Rule(
        "write per",
        rf"(?:\b{PER}|\d|⁹)\s?/\s?{PER}(?!\w)",
        ("0.25 mg/mL", "50 mL/h", "0.5 mg/m²", "10⁹/L", "109/L", "50 mL / h"),
        ("0.25 mg per mL", "and/or", "/patients/4417", "AST/ALT"),
    ),
    Rule(
        "put a space before the unit",
        rf"[\d}}](?:{UNITS}|ULN|min)\b",
        ("0.92mg", "4mL", "1.7ULN", "{dose}mg"),
        ("0.92 mg", "D8", "4 h 51 min"),
    ),
    Rule(
        "put no full stop after a unit",
        rf"\b(?:{UNITS}|h|min)\.(?=[,;:)]|\s+[a-z0-9])",
        ("0.92 mg. in 50 mL", "4 mL., then", "30 min. later"),
        ("Give 0.92 mg.", "Give 4 mL. Then wait.", "0.92 mg in 50 mL"),
    ),
    Rule(
        "put a comma from 1,000",
        rf"(?<![\w.,:/-])\d{{4,}} {COUNTED}\b",
        ("1000 mL", "12000 patients", "2500 mg"),
        ("1,000 mL", "950 mL", "MRN 0004417", "in 2026", "Call 5120."),
    ),
    Rule(
        "write the drug in full and lower case: inotuzumab ozogamicin",
        r"\b(?:InO|INO)\b|Inotuzumab|INOTUZUMAB|Ozogamicin|OZOGAMICIN"
        r"|inotuzumab(?!\s+ozogamicin|-ozogamicin)|(?<!tuzumab\s)(?<!-)ozogamicin",
        ("InO 0.9 mg", "Give ozogamicin.", "inotuzumab 0.9 mg", "Inotuzumab ozogamicin", "INOTUZUMAB OZOGAMICIN"),
        (
            "inotuzumab ozogamicin",
            "not gemtuzumab ozogamicin",
            "inotuzumab-ozogamicin@2026.1",
            "into",
            "an -ozogamicin",
        ),
    ),
    Rule(
        "say what to do instead",
        r"(?i)\b(?:please|invalid|oops|error \d+)\b",
        ("Please try again.", "Invalid date", "Error 42", "The value is invalid."),
        ("Try again.", "Error: 1 field needs another value", "pleased"),
    ),
    Rule(
        DATE,
        r"(?<![\w/-])\d{4}-\d\d-\d\d(?!\d)",
        ("2026-11-22", "on 2026-11-22T09:40"),
        ("22-Nov-2026", "rules of 2026-10", "W-2026-11-22"),
    ),
    Rule(
        DATE,
        r"(?<![\d/.])\d{1,2}([/.])\d{1,2}\1(?:\d\d){1,2}(?![/.]?\d)",
        ("22/11/2026", "22.11.2026", "Born 4.3.79."),
        ("22-Nov-2026", "2.0.11.4", "127.0.0.1", "1/2"),
    ),
    Rule(
        DATE,
        rf"\b\d{{1,2}} (?!may\b){ANY_MONTH}(?: \d|\b(?! be))|\b(?!may\b){ANY_MONTH} \d{{1,2}}\b",
        ("22 Nov 2026", "22 November", "Nov 22, 2026", "november 22"),
        ("22-Nov-2026", "In May, 4 doses", "days 8 and 15 may move", "Novel 22"),
    ),
    Rule(
        DATE,
        rf"\b(?:\d-{ANY_MONTH}|\d\d-(?!{MONTH}\b){ANY_MONTH}|\d\d-{ANY_MONTH}-\d\d)\b",
        ("2-Nov-2026", "22-NOV-2026", "22-november-2026", "22-Nov-26"),
        ("22-Nov-2026", "recheck 24-Nov", "02-Nov-2026 09:40"),
    ),
    Rule(
        "write a time as 09:40",
        r"(?i)(?<![\d:.])\d:\d\d(?![\d:])|\d\s?[ap]\.?m\b",
        ("at 9:40", "09:40 pm", "9 a.m."),
        ("09:40", "1 h 05 min", "9 amounts"),
    ),
    Rule(
        "write Not recorded",
        r"(?i)\bn/a\b|\bunknown\b|(?<![^\n\t]) *[-–—]+ *(?![^\n\t])",
        ("N/A", "n/a", "a\n–\nb", "Weight\t-", "Weight: unknown"),
        ("Not recorded", "None known", "1.7 – 2", "a –\nb"),
    ),
)


def faults(text: str, allowed: str = "") -> list[str]:
    """What is wrong with a text, each as the piece and what to write instead; the signs allowed are passed over."""
    told = NUMBERED.sub(r"\1 N", "".join(sign for sign in text if sign not in allowed))
    return [
        f"{around(told, *found.span())!r}: {rule.instead}"
        for rule in RULES
        for found in re.finditer(rule.pattern, told)
    ]


def around(text: str, start: int, end: int) -> str:
    """A piece of a text with a little of what stands beside it, in one line."""
    return " ".join(text[max(start - 16, 0) : end + 16].split())


def long_sentences(text: str) -> list[str]:
    """The sentences that do not stay under twenty words; a line, a cell, and what follows a colon begin anew."""
    return [sentence for sentence in ENDS.split(text) if len(sentence.split()) >= LONGEST]


def template_texts(source: str, literals: bool = True) -> Iterator[tuple[int, str]]:
    """The texts of a Jinja template or a page, with their lines: an expression is {x}, its words may be texts too."""
    for code in JINJA.finditer(source) if literals else ():
        line = source.count("\n", 0, code.start()) + 1
        if not code[0].startswith("{#"):
            yield from ((line, said[1:-1]) for said in LITERAL.findall(code[0]))
    shown = _Shown()
    shown.feed(JINJA.sub(lambda code: "{x}" * code[0].startswith("{{") + "\n" * code[0].count("\n"), source))
    shown.close()
    shown.end_block()
    yield from shown.texts


class _Shown(HTMLParser):
    """What a browser would show of a source: its text by block, and what is read out of attributes."""

    HIDDEN = frozenset({"script", "style"})
    INLINE = re.compile("a|abbr|b|cite|code|dfn|em|i|kbd|mark|q|s|small|span|strong|sub|sup|time|tspan|u|wbr")
    READ = frozenset({"alt", "aria-label", "aria-description", "label", "placeholder", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[int, str]] = []
        self.block, self.line, self.hidden = "", 1, False

    def end_block(self) -> None:
        """What was read since the block began is one text."""
        if said := " ".join(self.block.split()):
            self.texts.append((self.line, said))
        self.block = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins, unless the tag only marks words; what its attributes say is a text of its own."""
        self.hidden = tag in self.HIDDEN
        if not self.INLINE.fullmatch(tag):
            self.end_block()
        read = self.READ | ({"value"} if ("type", "submit") in attrs else set())
        self.texts += [(self.getpos()[0], said) for name, said in attrs if name in read and said]

    def handle_endtag(self, tag: str) -> None:
        """A block ends."""
        self.hidden = False
        if not self.INLINE.fullmatch(tag):
            self.end_block()

    def handle_data(self, data: str) -> None:
        """More of the block that is open."""
        if not self.hidden:
            if not self.block.strip():
                self.line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
            self.block += data
