"""The text verifier: golden cases, and what must hold of any text."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.verifiers.golden import cases, check, judge
from verifier.schema import Sample
from verifier.verifiers.text import Text, TextOptions

MODES = st.sampled_from(["exact", "casefold", "regex", "numeric"])
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)
TOKENS = [
    *[
        "1",
        "23",
        ".",
        ",",
        "-",
        "+",
        "e5",
        "/",
        "\\frac{",
        "}",
        "{",
        "\\boxed{",
        "$",
        " ",
        "x",
        "=",
        "%",
        "_",
        "nan",
    ],
    *["*", '"', "“", "\n", "<answer>", "</answer>", "\\text{", "×10^", "is ", "answer ", "١", "é", "!"],
]


def value(text: str, answer: object, **options: Any) -> float:
    result = judge(Text, {"completion": text, "answer": answer}, options).value
    assert result is not None
    return result


@pytest.mark.parametrize("case", cases("text"))
def test_golden(case: dict[str, Any]) -> None:
    check(Text, case)


@given(st.text() | st.lists(st.sampled_from(TOKENS), max_size=12).map("".join), MODES)
def test_any_text_has_a_value(text: str, mode: str) -> None:
    assert value(text, "12", mode=mode) in (0.0, 1.0)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\\<>"), min_size=1, max_size=30))
def test_a_text_equals_itself(text: str) -> None:
    assume(text.strip())
    assert value(text, text) == 1
    assert value(f"<think>x</think><answer>\n{text}\n</answer>", text) == 1
    assert value(text, text, mode="casefold") == 1


@given(st.text("abcABC ", min_size=1).filter(str.strip), st.text("abcABC ", min_size=1).filter(str.strip))
def test_different_words_are_different(left: str, right: str) -> None:
    assert value(left, right) == (left.split() == right.split())
    assert value(left, right, mode="casefold") == (left.lower().split() == right.lower().split())


@given(NUMBERS, NUMBERS)
def test_numbers_are_equal_exactly(left: Any, right: Any) -> None:
    assert value(f"{left:f}", f"{right:e}", mode="numeric") == (left == right)
    assert value(f"{left:,f}", f"{left:f}", mode="numeric") == 1


@given(NUMBERS, NUMBERS, st.decimals(0, 100, places=3), st.decimals(0, 1, places=3))
def test_tolerance_is_exact(left: Any, right: Any, absolute: Any, relative: Any) -> None:
    options = {"mode": "numeric", "absolute_tolerance": str(absolute), "relative_tolerance": str(relative)}
    allowed = max(Fraction(absolute), Fraction(relative) * abs(Fraction(right)))
    assert value(f"{left:f}", f"{right:f}", **options) == (abs(Fraction(left) - Fraction(right)) <= allowed)


@given(st.integers(0, 999), st.integers(0, 999), st.sampled_from([" ", ", ", " or ", " and ", "; ", "-", "\n", " to "]))
def test_two_numbers_are_no_answer(left: int, right: int, joint: str) -> None:
    assert value(f"{left}{joint}{right}", str(left), mode="numeric") == 0


def test_a_tolerance_given_as_a_json_number_is_the_decimal_that_was_written() -> None:
    assert value("0.3", "0.2", mode="numeric", absolute_tolerance=0.1) == 1


def test_a_pattern_that_takes_too_long_is_worth_0() -> None:
    score = judge(
        Text, {"completion": "a" * 5000, "answer": r"^(([a-z])+.)+[A-Z]$"}, {"mode": "regex", "timeout_s": 0.05}
    )
    assert score.value == 0
    assert "too long" in score.explanation


def test_the_answer_is_what_was_extracted() -> None:
    assert judge(Text, {"completion": "x \\boxed{ Rome }", "answer": "Paris"}, {}).extracted == "Rome"


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "fuzzy"},
        {"absolute_tolerance": -1},
        {"relative_tolerance": "nan"},
        {"absolute_tolerance": "inf"},
        {"timeout_s": 0},
        {"timeout_s": 60},
        {"unknown": 1},
    ],
)
def test_malformed_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge(Text, {"answer": "x"}, options)


@pytest.mark.parametrize("mode", ["exact", "casefold", "regex", "numeric"])
@pytest.mark.parametrize("unit", [*TOKENS, "\u0301\u0316", "**", '""', "9", "0,000", "\\boxed{1}", "\\", "'", "e"])
def test_a_wall_of_one_token_ends(unit: str, mode: str) -> None:
    for size in (90_000, 2_000_000):
        assert value(unit * (size // len(unit)), "12", mode=mode) == 0


@pytest.mark.parametrize("answer", ["3 or 4", "pi or so", "no number"])
def test_where_numbers_are_asked_for_only_numbers_vote(answer: str) -> None:
    sample = Sample(completion=answer)
    assert Text(TextOptions.model_validate({"mode": "numeric"})).final_answer(sample).key is None
    assert Text(TextOptions.model_validate({"mode": "exact"})).final_answer(sample).key == answer
