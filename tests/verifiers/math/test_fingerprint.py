"""The shortcut of votes on math: it never tells apart what the judge calls equal."""

import json
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from verifier.registry import load
from verifier.schema import Sample
from verifier.verifiers.math.fingerprint import apart
from verifier.verifiers.math.judge import NotUnderstood, judge
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.verifier import Math

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "math").glob("*.jsonl"))
MOST_ANSWERS = 12
"""So many answers to one reference are compared with each other."""


@cache
def verifier() -> Math:
    load()
    return Math(MathOptions())


def equal(one: str, other: str) -> bool:
    try:
        return judge(one, other, MathOptions(symbolic=False)).verdict.equal is True
    except NotUnderstood:
        return False


def answers(file: Path) -> dict[str, list[str]]:
    """Every reference of a golden file, with the answers that it is given."""
    found: dict[str, dict[str, None]] = {}
    for case in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        if isinstance(case["reference"], str):
            answer = verifier().final_answer(Sample(completion=case["completion"]))
            found.setdefault(case["reference"], {}).update({answer.text: None} if answer.key is not None else {})
    return {reference: list(texts)[:MOST_ANSWERS] for reference, texts in found.items()}


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_what_is_apart_is_not_equal(file: Path) -> None:
    pairs = [pair for reference, texts in answers(file).items() for pair in combinations([reference, *texts], 2)]
    split = [pair for pair in pairs if apart(*pair) and (equal(*pair) and equal(*pair[::-1]))]
    assert pairs and not split
