"""The format verifier: golden cases, and what must hold of any text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.verifiers.golden import cases, check, judge
from verifier.verifiers.format import Format

TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
TOKENS = st.lists(st.sampled_from([*TAGS, "a", " ", "\n", "<", ">", "</think", "é"]), max_size=14)
OPTIONS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["strict", "graded"]),
        "prompt_opens_think": st.booleans(),
        "may_be_empty": st.sampled_from([[], ["think"], ["think", "answer"]]),
        "text_after": st.booleans(),
    }
)


def value(text: str, options: dict[str, Any]) -> float:
    result = judge(Format, {"completion": text}, options).value
    assert result is not None
    return result


@pytest.mark.parametrize("case", cases("format"))
def test_golden(case: dict[str, Any]) -> None:
    check(Format, case)


@given(st.text() | TOKENS.map("".join), OPTIONS)
def test_any_text_has_a_value(text: str, options: dict[str, Any]) -> None:
    assert 0 <= value(text, options) <= 1


@given(TOKENS, OPTIONS, st.data())
def test_repeating_a_tag_never_gains(tokens: list[str], options: dict[str, Any], data: st.DataObject) -> None:
    present = [tag for tag in TAGS if tag in tokens]
    tag = data.draw(st.sampled_from(present or ["a"]))
    at = data.draw(st.integers(0, len(tokens)))
    assert value("".join([*tokens[:at], tag, *tokens[at:]]), options) <= value("".join(tokens), options) or not present


@given(TOKENS, OPTIONS)
def test_graded_reaches_1_exactly_where_strict_does(tokens: list[str], options: dict[str, Any]) -> None:
    text = "".join(tokens)
    strict, graded = (value(text, {**options, "mode": mode}) for mode in ("strict", "graded"))
    assert (strict == 1) == (graded == 1)
    assert strict <= graded


@given(TOKENS, OPTIONS)
def test_a_perfect_text_twice_is_not_perfect(tokens: list[str], options: dict[str, Any]) -> None:
    text = "".join(tokens)
    if value(text, {**options, "mode": "strict"}):
        assert value(text + text, {**options, "mode": "strict"}) == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x", "no <think> block"),
        ("<think>a", "<think> is never closed"),
        ("a</think>", "</think> without <think>"),
        ("</think><think>", "</think> before <think>"),
        ("<think>a</think><think>b</think>", "two <think> blocks"),
        ("<think>a</think></think>", "two </think>"),
        ("<think> </think><answer>b</answer>", "empty <think>"),
        ("<think>a</think>", "no <answer> block"),
        ("<think>a</think><answer>b</answer><answer>c</answer>", "two <answer> blocks"),
        ("<answer>b</answer><think>a</think>", "<answer> stands before <think>"),
        ("<think>a<answer>b</think></answer>", "<think> and <answer> are nested"),
        ("x<think>a</think><answer>b</answer>", "text before <think>"),
        ("<think>a</think>x<answer>b</answer>", "text between </think> and <answer>"),
        ("<think>a</think><answer>b</answer>x", "text after </answer>"),
        ("<think>" * 7, "7 <think> blocks"),
    ],
)
def test_the_explanation_names_the_first_fault(text: str, fault: str) -> None:
    assert judge(Format, {"completion": text}, {}).explanation == fault


def test_detail_says_which_requirements_are_met() -> None:
    detail = judge(Format, {"completion": "<think>a</think>"}, {}).detail
    assert detail["requirements"]["<think> filled"] is True
    assert detail["requirements"]["<answer> opened once"] is False
    assert len(detail["requirements"]) == 8


@pytest.mark.parametrize("unit", [*TAGS, "<think></think>", "<", "<think", "a\n"])
def test_ten_megabytes_of_anything(unit: str) -> None:
    assert value(unit * (10_000_000 // len(unit)), {"mode": "graded"}) <= 0.25


@pytest.mark.parametrize(
    "options",
    [
        {"tags": []},
        {"tags": ["think", "think"]},
        {"tags": ["a b"]},
        {"tags": ["a>"]},
        {"may_be_empty": ["other"]},
        {"mode": "lenient"},
        {"unknown": 1},
    ],
)
def test_malformed_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge(Format, {}, options)
