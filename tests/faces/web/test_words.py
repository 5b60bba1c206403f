"""All that the pages say stands in one file, keeps to the rules, and is used; templates have no words of their own."""

import re
from pathlib import Path

import pytest
from tests.text_rules import faults, long_sentences, template_texts

from oncourse.faces.web.page import HERE, words

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
CODE = sorted(HERE.glob("*.py"))
LITERAL = re.compile(r"""\b(?:t|text|words\(\)\.get)\(\s*f?(["'])(.+?)\1( ~ )?""")
CONDITIONAL = re.compile(r"""["']([a-z_]+(?:\.[a-z_]+)?)["']""")
BEGUN = re.compile(r"""["']([a-z_]+\.(?:[a-z_]+[._])*)["'] ?[~)]""")
OPEN = re.compile(r"\\\{.*?\\\}")
PART = r"[\w*/.-]+"
PUT_TOGETHER = [r"(results|measure|toxicity|response|plan|what_if|course|who|amend)\.title"]  # links to pages
NAMED = re.compile(r"\{[a-z_.\[\]]*\}")
UNITS = {"mg", "mL", "per", "h", "m²", "Oncourse", "oncourse", "prove"}  # the same in every language, and our names


def test_every_text_keeps_the_rules() -> None:
    """Words for signs, no trailing zeros, verbs first and short sentences: as the page says to clinicians."""
    found = {name: faults(NAMED.sub("x", said)) + long_sentences(said) for name, said in words().items()}
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    """Another language is another file of words, and no template changes."""
    shown = " ".join(said for _, said in template_texts(path.read_text(encoding="utf-8"), literals=False))
    assert set(re.findall(r"[^\W\d_]+²?", shown.replace("{x}", ""))) <= UNITS, path.name


def asked() -> list[re.Pattern[str]]:
    """The names that pages ask for, as patterns: what is put together from parts is open there."""
    found: set[str] = set(PUT_TOGETHER)
    for path in (*TEMPLATES, *CODE):
        source = path.read_text(encoding="utf-8")
        found |= {re.escape(name) for name in CONDITIONAL.findall(source) if name in words()}
        for _, name, more in LITERAL.findall(source):
            found.add(OPEN.sub(lambda _: PART, re.escape(name)) + (PART if more else ""))
        found |= {re.escape(name) + PART for name in BEGUN.findall(source)}
    return [re.compile(name) for name in found]


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    """A name that is misspelt would end a page in an error; a text that nobody asks for is removed."""
    patterns = asked()
    assert [one.pattern for one in patterns if not any(map(one.fullmatch, words()))] == []
    assert [name for name in words() if not any(one.fullmatch(name) for one in patterns)] == []
    assert not any(one.fullmatch("nobody.asks") for one in patterns)
