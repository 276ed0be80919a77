"""Pairs of answers that are equal, and pairs that are not, in both directions where precision plays no part."""

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.verifiers.math import Math, MathOptions
from verifier.verifiers.math.judge import NotUnderstood, judge
from verifier.verifiers.math.reading import read
from verifier.verifiers.math.tree import Words

OPTIONS = MathOptions()
PAIRS = [json.loads(line) for line in Path(__file__).with_name("pairs.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['reference']} | {pair['answer']}")
def test_pairs(pair: dict[str, Any]) -> None:
    verdict = judge(pair["reference"], pair["answer"], OPTIONS).verdict
    assert bool(verdict.equal) is pair["equal"], verdict


@pytest.mark.parametrize("text", sorted({pair[side] for pair in PAIRS for side in ("reference", "answer")}))
def test_every_answer_equals_itself_in_another_wrapping(text: str) -> None:
    for wrapped in (text, f"${text}$" if "$" not in text else text, f"\\boxed{{{text}}}", f"  {text} "):
        try:
            assert judge(text, wrapped, OPTIONS).verdict.equal is True
        except NotUnderstood:
            assert isinstance(read(text).node, Words)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not pair["equal"]], ids=lambda pair: pair["reference"])
def test_a_wrong_answer_is_never_paid_by_the_verifier(pair: dict[str, Any]) -> None:
    from verifier.schema import Sample

    completion = f"<think>It is {pair['reference']}.</think><answer>\\boxed{{{pair['answer']}}}</answer>"
    assert Math(OPTIONS).verify(Sample(answer=pair["reference"], completion=completion)).value == 0.0
