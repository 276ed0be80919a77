"""The verifier ``readable``, on golden cases and on texts that are out to cost time."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifiers.golden import cases, check, judge
from verifier.verifiers.readable import Readable, repetition


@pytest.mark.parametrize("case", cases("readable"))
def test_golden(case: dict[str, Any]) -> None:
    check(Readable, case)


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(2, 5))
def test_repetition_is_a_share(tokens: list[str], n: int) -> None:
    assert 0 <= repetition(tokens, n) <= 1


@pytest.mark.parametrize("text", ["a " * 250_000, "\n \n" * 200_000, "```" * 200_000, "́" * 500_000, "中" * 500_000])
def test_time_is_linear(text: str) -> None:
    started = time.process_time()
    judge(Readable, {"completion": text}, {})
    assert time.process_time() - started < 2  # the budget of a verifier
