"""The golden cases of the math verifier: labelled by meaning, and written independently of its code."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from verifier.errors import Unjudgeable
from verifier.schema import Sample
from verifier.verifiers.math import Math, MathOptions

GOLDEN = Path(__file__).parents[2] / "golden" / "math"
FILES = sorted(GOLDEN.glob("*.jsonl"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


EXCEPTIONS = {
    (case["reference"], json.dumps(case["completion"])) for case in lines(Path(__file__).with_name("exceptions.jsonl"))
}


def repeated(case: dict[str, Any]) -> Any:
    """The completion, with its placeholder written out."""
    repeat = case.get("repeat")
    if not repeat:
        return case["completion"]
    written = json.dumps(repeat["text"] * repeat["times"])[1:-1]
    return json.loads(json.dumps(case["completion"]).replace(json.dumps(repeat["placeholder"])[1:-1], written))


def verdict(case: dict[str, Any]) -> bool | None:
    """Whether the verifier finds the completion right; None if it cannot judge."""
    try:
        sample = Sample(answer=case["reference"], completion=repeated(case))
        return Math(MathOptions.model_validate(case.get("options") or {})).verify(sample).value == 1.0
    except Unjudgeable:
        return None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden_cases(path: Path) -> None:
    wrong = [(number, case) for number, case in enumerate(lines(path), 1) if verdict(case) is not case["expected"]]
    shown = [f"{path.name}:{number} [{case['category']}] {case['reference']!r} <- {str(case['completion'])[-120:]!r} "
             f"is {case['expected']}: {case['why']}" for number, case in wrong]  # fmt: skip
    print("\n".join(shown))
    unknown = [case for _, case in wrong if (case["reference"], json.dumps(case["completion"])) not in EXCEPTIONS]
    assert not unknown, "\n".join(shown)


def test_every_exception_is_a_golden_case() -> None:
    known = {(case["reference"], json.dumps(case["completion"])) for path in FILES for case in lines(path)}
    assert known >= EXCEPTIONS


def test_there_are_cases_of_every_kind() -> None:
    categories = Counter(case["category"] for path in FILES for case in lines(path))
    assert len(categories) > 30
    assert sum(categories.values()) > 1_000
