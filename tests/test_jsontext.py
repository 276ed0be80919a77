"""Reading JSON from outside: what is JSON is read as it is, what is not raises, and what is too much harms its item alone."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from verifier import jsontext
from verifier.jsontext import MAX_DEPTH, MAX_DIGITS, Unreadable

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
DEEP = b"[" * 100_000 + b"]" * 100_000
LONG = b"9" * (MAX_DIGITS + 1)
# Each takes the slow path, as the fast parser refuses it.
TOKENS = [bytes([character]) for character in b'[]{}",:\\0123eE+-. '] + [
    b"null",
    b"true",
    b"NaN",
    b"\\ud800",
    b"\0",
    b"\xff",
    LONG,
    b"\xed\xa0\x80",
]
SLOW = {"surrogate": b'"\\ud800"', "too long": LONG, "too deep": DEEP}


@settings(deadline=None)
@given(VALUES, st.booleans())
def test_a_value_comes_back_as_it_was(value: Any, ascii_only: bool) -> None:
    assert jsontext.read(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@settings(deadline=None)
@given(st.lists(VALUES), st.sampled_from(list(SLOW)))
def test_the_slow_path_reads_the_other_items_as_the_fast_one_does(values: list[Any], slow: str) -> None:
    text = b'{"samples": [%s, %s]}' % (SLOW[slow], json.dumps(values).encode())
    bad, good = jsontext.read(text, items=["samples"])["samples"]
    assert good == values
    assert bad == "\ufffd" if slow == "surrogate" else isinstance(bad, Unreadable)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join))
@example(b"\xef\xbb\xbf[1]")
@example("[1]".encode("utf-16"))
@example(b'["\xed\xa0\x80"]')
@example(b"[1e999, -0, 1E400, 1e-999]")
@example(b'{"a": 1, "a": 2}')
@example(b'{"samples": [' * 300)
def test_any_bytes_are_read_or_refused_in_words(text: bytes) -> None:
    with contextlib.suppress(ValueError):
        jsontext.read(text, items=["samples"])


@settings(deadline=None)
@given(st.text(alphabet='[]{}",:\\ 019', max_size=60), st.integers(min_value=900, max_value=1_500))
def test_what_stands_inside_of_great_depth_cannot_break_the_reader(inside: str, depth: int) -> None:
    with contextlib.suppress(ValueError):
        jsontext.read(b'{"samples": [%s%s%s, 1]}' % (b"[" * depth, inside.encode(), b"]" * depth), items=["samples"])


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (b'{"id": "a", "answer": %s}' % LONG, "answer: an integer of 4,301 digits"),
        (b'{"id": "a", "answer": -%s}' % LONG, "answer: an integer of 4,301 digits"),
        (b'{"id": "a", "tests": {"cases": [{"args": [%s]}]}}' % LONG, "tests.cases.0.args.0: an integer"),
        (b'{"metadata": %s, "id": "a"}' % DEEP, "metadata.0.0.0.0.…: nested deeper than 200"),
        (
            b'{"metadata": %s0%s, "id": "a"}' % (b'{"x": ' * 500, b"}" * 500),
            "metadata.x.x.x.x.…: nested deeper than 200",
        ),
        (b'{"metadata": ["]", "\\"[", %s], "id": "a"}' % DEEP, "metadata.2.0.0.0.…: nested deeper than 200"),
    ],
)
def test_what_is_too_much_harms_its_item_alone_and_is_named(sample: bytes, why: str) -> None:
    before, bad, after = jsontext.read(b'{"samples": ["]", %s, {"a": "["}]}' % sample, items=["samples"])["samples"]
    assert (before, after) == ("]", {"a": "["})
    assert isinstance(bad, Unreadable) and bad.id == "a" and bad.why.startswith(why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            b'{"timeout_s": %s, "samples": []}' % LONG,
            "JSON, but more than is read: timeout_s: an integer of 4,301 digits",
        ),
        (
            b'{"rubric": %s, "samples": []}' % DEEP,
            "JSON, but more than is read: rubric.0.0.0.0.…: nested deeper than 200",
        ),
        (b"[" * 1_000_000, "nested deeper than 200 levels"),
        (b'{"samples": [NaN]}', "not JSON: NaN is no JSON: send null"),
        (b'{"samples": [-Infinity]}', "not JSON: -Infinity is no JSON"),
        (b'{"samples": [1, 2', "not JSON: EOF"),
        (b'["\0"]', "not JSON: control character"),
        ("[1]".encode("utf-16"), "not UTF-8"),
        (b"", "not JSON: EOF"),
    ],
)
def test_what_concerns_more_than_an_item_is_refused_in_words(text: bytes, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        jsontext.read(text, items=["samples"])
    assert str(refused.value).startswith(why)


def test_depth_is_counted_alike_on_both_paths() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert jsontext.read(deepest) == json.loads(deepest)
    with pytest.raises(ValueError, match="nested deeper"):
        jsontext.read(b"[[" + deepest + b"]]")
