"""What scores say of themselves: what was compared with what, and why the value is what it is."""

from typing import Any

import pytest

from tests.verifiers.golden import cases, judge
from verifier.registry import load, registered

load()


@pytest.mark.parametrize("case", cases("explanations"))
def test_a_score_says_what_was_compared_and_why(case: dict[str, Any]) -> None:
    score = judge(registered()[case["verifier"]], case["sample"], case["options"])
    assert (score.explanation, score.value) == (case["why"], pytest.approx(case["expected"]))
