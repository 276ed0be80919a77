"""Golden cases: JSON lines of a sample, options, the expected value, and why.

``expected`` is a value, an interval ``[low, high]``, or ``"unjudgeable"``.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.errors import Unjudgeable
from verifier.registry import Verifier
from verifier.schema import Sample, Score

GOLDEN = Path(__file__).parent.parent / "golden"


def cases(name: str) -> list[Any]:
    """The cases of a file, as parameters of a test."""
    lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    parsed = enumerate(map(json.loads, lines), 1)
    return [pytest.param(case, id=f"{number}-{case['why']}") for number, case in parsed]


def judge(cls: type[Verifier[Any]], sample: dict[str, Any], options: dict[str, Any]) -> Score:
    """What a verifier says of a sample."""
    return cls(cls.Options.model_validate(options)).verify(Sample.model_validate({"completion": "", **sample}))


def check(cls: type[Verifier[Any]], case: dict[str, Any]) -> None:
    """Fail unless the case comes out as expected."""
    expected: Any = case["expected"]
    if expected == "unjudgeable":
        with pytest.raises(Unjudgeable):
            judge(cls, case["sample"], case["options"])
        return
    score = judge(cls, case["sample"], case["options"])
    low, high = (expected, expected) if isinstance(expected, int | float) else (expected[0], expected[1])
    assert score.value is not None
    assert low - 1e-9 <= score.value <= high + 1e-9, score.explanation
    assert score.explanation
