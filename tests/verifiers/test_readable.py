"""The verifier ``readable``, on golden cases and on texts that are out to cost time."""

from typing import Any

import pytest

from tests.verifiers.golden import cases, check, judge
from verifier.verifiers.readable import Readable


@pytest.mark.parametrize("case", cases("readable"))
def test_golden(case: dict[str, Any]) -> None:
    check(Readable, case)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("a " * 250_000, ["paragraphs", "repetition"]),
        ("\n \n" * 200_000, []),
        ("```" * 200_000, ["paragraphs", "code"]),
        ("\N{COMBINING ACUTE ACCENT}" * 500_000, ["paragraphs"]),
        ("中" * 500_000, ["paragraphs", "repetition"]),
    ],
)
def test_texts_on_which_backtracking_would_not_end(text: str, faults: list[str]) -> None:
    assert judge(Readable, {"completion": text}, {}).detail["faults"] == faults
