"""Documents become trees of text with places, and anything else is refused with a place and a remedy."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncourse import document
from oncourse.problem import BadInput, Place, Problem


def problems(source: str | bytes) -> list[str]:
    with pytest.raises(BadInput) as caught:
        document.read(source, "f")
    return [str(problem) for problem in caught.value.problems]


def test_scalars_stay_text() -> None:
    """No word becomes a boolean, a number or a date."""
    tree = document.read("{a: no, b: 1.80, c: 2026-01-05, on: 0x10, d: 10*9/L}", "f")
    assert tree.plain() == {"a": "no", "b": "1.80", "c": "2026-01-05", "on": "0x10", "d": "10*9/L"}


def test_only_plain_nulls_are_nothing() -> None:
    """Empty, ~ and null say nothing; in quotes they are text."""
    assert document.read("[~, null, Null, 'null', '']", "f").plain() == [None, None, None, "null", ""]


def test_values_and_keys_know_their_places() -> None:
    """Lines and columns count from one, for keys and for values."""
    tree = document.read("a: 1\nb:\n- {c: x}\n", "f")
    assert isinstance(tree.value, dict)
    listed = tree.value["b"].value
    assert isinstance(listed, list)
    assert (str(tree.place_of("b")), str(listed[0].place), str(listed[0].place_of("c"))) == ("f:2:1", "f:3:3", "f:3:4")


def test_json_is_read() -> None:
    """Escapes, surrogate pairs, tabs and constants of JSON mean what they mean in JSON."""
    text = '{\n\t"a": "\\u00e9\\/\\t\\"\\ud83d\\ude00\\\\ud83d",\n\t"b": [true, null, "null", 1.50]\n}'
    assert document.read(text, "f").plain() == {"a": 'é/\t"😀\\ud83d', "b": ["true", None, "null", "1.50"]}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_json_text_survives(text: str) -> None:
    """A string that JSON writes in ASCII is read as itself."""
    assert document.read(json.dumps({"a": text}), "f").plain() == {"a": text}


def test_a_word_between_commas_is_marked() -> None:
    """A key without a colon differs from a key whose value is missing."""
    tree = document.read("{why: one, two , three: }", "f")
    assert isinstance(tree.value, dict)
    assert [tree.value[key].loose for key in ("why", "two", "three")] == [True, True, False]


def test_every_double_key_is_reported() -> None:
    """Double keys do not end the reading."""
    assert problems("a: 1\na: 2\nb: {c: 1, c: 2}\n") == [
        "f:2:1: a is given twice, first in line 1; keep one of them",
        "f:3:11: c is given twice, first in line 3; keep one of them",
    ]


@pytest.mark.parametrize(
    ("source", "begins"),
    [
        ("", "f:1:1: the document is empty"),
        (" \n# nothing\n", "f:1:1: the document is empty"),
        (b"\xff\xfe\x00\x01", "f:1:1: the document is not UTF-8"),
        ("\ud800", "f:1:1: the document is not UTF-8"),
        (b"a\x00b", "f:1:1: the document is binary"),
        ("a: b\nc: \x07", "f:2:4: a control character"),
        ("a: [1", "f:2:1: this is not YAML"),
        ("a:\n\t- b", "f:2:1: this is not YAML"),
        ("%YAML 9.9\n---\na", "f:1:1: this is not YAML"),
        ('{"a": "\\ud800"}', "f:1:10: this is not YAML"),
        ("a: &x 1\nb: *x", "f:1:4: anchors and tags are not read"),
        ("a: *x", "f:1:4: aliases are not read"),
        ("a: !!int 3", "f:1:4: anchors and tags are not read"),
        ("&a k: 3", "f:1:1: this key is no name"),
        ("a: 1\n---\nb: 2", "f:2:1: a second document begins here"),
        ("? [a]\n: b", "f:1:3: this key is a list or a mapping"),
        ("null: 3", "f:1:1: this key is no name"),
        ("x" * (document.LIMIT + 1), "f:1:1: the document is larger than 4 MB"),
        ("[" * 1_000_000, "f:1:25: the document is nested too deeply"),
        ("{a: " * 100_000, "f:1:97: the document is nested too deeply"),
        ("- " * 100_000, "f:1:49: the document is nested too deeply"),
        ("a: &a [x]\n" + "b: &b [*a, *a]\n" * 20, "f:1:4: anchors and tags are not read"),
    ],
)
def test_what_is_no_document_is_refused(source: str | bytes, begins: str) -> None:
    """Whatever comes in, a problem with its place comes out."""
    assert problems(source)[0].startswith(begins)


@given(st.one_of(st.binary(max_size=60), st.text(alphabet="{}[]:,-?!&*'\"|>%@# \n\tab0\\", max_size=40)))
def test_nothing_escapes_as_another_error(source: str | bytes) -> None:
    """Noise is a tree or bad input, never a traceback."""
    with contextlib.suppress(BadInput):
        document.read(source, "f").plain()


def test_bad_input_is_never_empty_and_always_sorted() -> None:
    """Problems stand in the order of the document."""
    one, two = (Problem(Place("f", line, 1), "wrong", "right it") for line in (1, 2))
    assert BadInput([two, one]).problems == (one, two)
    with pytest.raises(ValueError, match="without a problem"):
        BadInput([])
