"""The language verifier on labelled texts: those it was tuned on, and those that were written before and kept apart."""

import json
from statistics import mean

import pytest

from tests.verifiers.golden import judge
from tests.verifiers.language.labelled import GOLDEN, Labelled, labelled, weight
from verifier.verifiers.language import Language

LARGEST_ERROR = 0.25
LARGEST_MEAN_ERROR = 0.02


def error(case: Labelled) -> float:
    score = judge(Language, {"completion": case.text, "language": case.target}, {})
    code = {"nb": "no"}.get(case.target, case.target)
    shares = {{"nb": "no"}.get(language, language): share for language, share in case.shares.items()}
    assert score.value is not None
    return abs(score.value - (shares.get(code, 0.0) if shares else 1.0))


@pytest.mark.parametrize("name", ["language_labelled", "language_heldout"])
def test_the_mean_error_is_small(name: str) -> None:
    errors = {case.why: error(case) for case in labelled(name)}
    assert len(errors) > 80
    assert mean(errors.values()) <= LARGEST_MEAN_ERROR
    assert max(errors.values()) <= LARGEST_ERROR, max(errors, key=lambda why: errors[why])


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_a_text_weighs_what_its_translation_does(language: str) -> None:
    pairs = [json.loads(line) for line in (GOLDEN / "language_parallel.jsonl").read_text(encoding="utf-8").splitlines()]
    english = " ".join(pair["en"] for pair in pairs)
    other = "\n".join(pair[language] for pair in pairs)
    score = judge(Language, {"completion": f"{english}\n{other}", "language": "en"}, {})
    assert score.value == pytest.approx(0.5, abs=0.02)
    assert weight("en", english) == pytest.approx(weight(language, other), rel=0.15)
