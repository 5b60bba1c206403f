"""All that the pages say stands in one file, keeps to the rules, and is used; templates have no words of their own."""

import re
from pathlib import Path

import pytest
from tests.text_rules import faults, long_sentences, template_texts

from oncourse.faces.web.page import HERE, words

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
CODE = sorted(HERE.glob("*.py"))
LITERAL = re.compile(r"""\b(?:t|text)\(\s*f?["']([^"']*)["']( ~ )?""")
CONDITIONAL = re.compile(r"""["']([a-z_]+\.[a-z_.]+)["']""")
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


def asked() -> tuple[set[str], set[str]]:
    """The texts that pages ask for by name, and the beginnings of names that are put together."""
    names, begun = set(), set()
    for path in (*TEMPLATES, *CODE):
        source = path.read_text(encoding="utf-8")
        for name, more in LITERAL.findall(source):
            (begun if more or name.endswith(".") or "{" in name else names).add(name.partition("{")[0])
        names |= {name for name in CONDITIONAL.findall(source) if name in words()}
        begun |= set(re.findall(r"""["']([a-z_]+\.(?:[a-z_]+[._])*)["'] ?~""", source))
        begun |= set(re.findall(r"""startswith\(["']([a-z_]+\.)["']\)""", source))
    return names, begun


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    """A name that is misspelt would end a page in an error; a text that nobody asks for is removed."""
    names, begun = asked()
    assert {name for name in names if name not in words()} == set()
    assert {name for name in begun if not any(known.startswith(name) for known in words())} == set()
    assert {name for name in words() if name not in names and not name.startswith(tuple(begun))} == set()
