"""Comparison of outputs and values, and what tests want of a program."""

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.verifiers.code import names
from verifier.verifiers.code.compare import Rules, outputs_match, values_match

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.lists(st.binary(min_size=1, max_size=5).filter(lambda token: token.split() == [token])),
    st.sampled_from([b" ", b"\n", b" \t\n "]),
)
def test_whitespace_between_tokens_does_not_matter(tokens: list[bytes], space: bytes) -> None:
    assert outputs_match(b" ".join(tokens), space + space.join(tokens) + space, "tokens", None)


@given(st.binary(), st.binary())
def test_exact_is_equality(a: bytes, b: bytes) -> None:
    assert outputs_match(a, b, "exact", 0.5) == (a == b)


@pytest.mark.parametrize(
    ("expected", "got", "tolerance", "match"),
    [
        (b"1.0", b"1.0000001", 1e-6, True),
        (b"1.0", b"1.0000001", None, False),
        (b"1000000", b"1000000.5", 1e-6, True),
        (b"1", b"1e0", 1e-6, True),
        (b"1", b"0x1", 1e-6, False),
        (b"1", b"1_0", 100.0, False),
        (b"nan", b"nan", 1e-6, True),  # the same token
        (b"1", b"nan", 1e-6, False),
        (b"inf", b"1e999", 1e-6, False),
        (b"1", b"1" + b"0" * 500, 0.9, False),
        (b"yes", b"Yes", 0.9, False),
        ("٣".encode(), b"3", 0.9, False),
    ],
)
def test_tokens(expected: bytes, got: bytes, tolerance: float | None, match: bool) -> None:
    assert outputs_match(expected, got, "tokens", tolerance) is match


@given(JSON)
def test_a_value_equals_itself(value: Any) -> None:
    assert values_match(value, value)


@given(JSON, JSON)
def test_different_values_differ(a: Any, b: Any) -> None:
    if not values_match(a, b):
        assert not values_match([a], [b])
        assert not values_match({"k": a}, {"k": b})


@given(JSON)
def test_nothing_equals_an_exact_opposite(value: Any) -> None:
    assert not values_match(value, [value]) or value == [value]
    assert not values_match(value, float("nan"), Rules(0.5))


def wanted(code: str, entry: str | None = None, setup: str = "") -> names.Wanted:
    return names.wanted(ast.parse(code), ast.parse(setup), entry)


@pytest.mark.parametrize(
    ("code", "entry", "program"),
    [
        ("assert f(1) == g(2)", None, {"f", "g"}),
        ("assert sum(1, 2) == 3", None, {"sum"}),
        ("assert sum(f(1)) == 3", None, {"f"}),
        ("assert sum(f(1)) == 3", "sum", {"f", "sum"}),
        ("def check(candidate):\n    x = helper(1)\n    assert candidate(x)", "f", {"helper", "f"}),
        ("from solution import f\nassert f(1)", None, {"f"}),
        ("import math\nassert math.sqrt(f(1))", None, {"f"}),
        ("assert math.isclose(f(1), 1)", None, {"f"}),
        ("assert gcd(2, 4) == 2", None, {"gcd"}),
        ("assert [x for x in f()] == [1]", None, {"f"}),
        ("for case in cases:\n    assert f(case)", None, {"f", "cases"}),
        ("assert candidate.f(1)", "Solution()", {"Solution", "candidate"}),
    ],
)
def test_wanted(code: str, entry: str | None, program: set[str]) -> None:
    assert wanted(code, entry).program == program


def test_modules_are_not_the_program_s() -> None:
    assert wanted("assert np.allclose(f(1), math.pi)").modules == {"np": "numpy", "math": "math"}
    assert wanted("assert copy([1]) == [1]").modules == {}
    assert wanted("assert math.pi == f()", setup="import math").modules == {}


@pytest.mark.parametrize(
    ("code", "count", "checks"),
    [
        ("assert f()\nassert g()", 2, False),
        ("def check(c):\n    assert c()", 1, True),
        ("def check(c):\n    assert c()\ncheck(f)", 0, False),
        ("def test_a(): pass\ndef test_b(fixture): pass", 2, False),
        ("class T(unittest.TestCase):\n    def test_a(self): pass\n    def setUp(self): pass", 1, False),
    ],
)
def test_counting(code: str, count: int, checks: bool) -> None:
    tree = ast.parse(code)
    assert (names.count_tests(tree), names.checks(tree)) == (count, checks)
