"""The rules for texts find what breaks them and pass over what does not; the words of every protocol keep them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.text_rules import RULES, Rule, faults, long_sentences, template_texts

PACKAGE = Path(__file__).resolve().parent.parent / "src/oncourse"
WORDS = sorted(PACKAGE.glob("protocols/*/words.en.yaml"))
SYMBOLS = {"until", "signs", "units"}  # what programs read; a page says it in words
SIGNS = "<>≤≥⁹/"
CONDITIONS = {"if", "each"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.instead}-{rule.breaks[0]}")
def test_every_text_rule_can_be_broken_and_kept(rule: Rule) -> None:
    """Each rule finds what breaks it and passes over what does not."""
    assert [text for text in rule.breaks if not any(said.endswith(rule.instead) for said in faults(text))] == []
    assert [text for text in rule.keeps if any(said.endswith(rule.instead) for said in faults(text))] == []


def texts(part: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a file of words, with the key under which it stands."""
    if isinstance(part, dict):
        for name, below in part.items():
            yield from texts(below, key if key in SYMBOLS else name)
    elif isinstance(part, list):
        for below in part:
            yield from texts(below, key)
    else:
        yield key, part


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.parent.name)
def test_the_words_of_a_protocol_keep_the_rules(path: Path) -> None:
    """Every sentence of a protocol is fit to be read, but for the signs in what programs read."""
    words = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    said = [(key, text) for key, text in texts(words) if key not in CONDITIONS]
    assert len(said) > 50
    assert [(key, fault) for key, text in said for fault in faults(text, SIGNS if key in SYMBOLS else "")] == []
    assert [(key, text) for key, whole in said if key not in SYMBOLS for text in long_sentences(whole)] == []


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("one " * 20, 1),
        ("one " * 19, 0),
        ("Do it. One " + "two " * 18, 0),
        ("Do this: " + "one " * 19, 0),
        ("one " * 12 + "\n" + "one " * 12, 0),
        ("Wait 0.5 " + "one " * 19, 1),
    ],
)
def test_sentences_stay_under_twenty_words(text: str, long: int) -> None:
    """Nineteen words are a sentence; a point inside a number does not end one."""
    assert len(long_sentences(text)) == long


def test_signs_that_are_allowed_are_passed_over() -> None:
    """What programs read may hold signs that no page shows; everything else is still found."""
    assert faults("ANC ≥ 1 × 10⁹/L", SIGNS) == []
    assert len(faults("ANC ≥ 1 × 10⁹/L")) == 3
    assert faults("ANC ≥ 1.0 × 10⁹/L", SIGNS) == ["'ANC 1.0 × 10L': drop the trailing zero"]


TEMPLATE = """{# a comment: please #}
{% macro dose(mg) %}
<p class="0.90"
   title="Weight 0.90 kg">
  Give <b>{{ mg }}</b>
  mg in 10<sup>9</sup> per&nbsp;L.
</p>
<script>x < .5</script>
{% endmacro %}
<label>ANC &lt; 1</label><input value="2026-11-22"><button type="submit" value="Sign 1.0 mg">Go</button>
{{ field("Enter a weight", unit='kg') }}
"""


def test_a_template_is_read_as_it_would_be_shown() -> None:
    """Text comes by block, with its line; attributes that are read and words in expressions count, code does not."""
    assert sorted(template_texts(TEMPLATE)) == [
        (3, "Weight 0.90 kg"),
        (5, "Give {x} mg in 109 per L."),
        (10, "ANC < 1"),
        (10, "Go"),
        (10, "Sign 1.0 mg"),
        (11, "Enter a weight"),
        (11, "kg"),
        (11, "{x}"),
    ]
