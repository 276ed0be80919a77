"""The rule-based verifiers of shaping, templates, logic and similarity: golden cases, and what must hold of any text."""

import json
import re
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.verifiers.golden import cases, check, judge
from verifier.registry import load, registered

load()
VERIFIERS = registered()

SAMPLES: dict[str, dict[str, Any]] = {
    "length-group": {"length": {"tokens": 5, "group_min": 1, "group_max": 9}},
    "length-cosine": {"length": {"tokens": 5}},
    "length-overlong": {"length": {"tokens": 5}},
    "repetition": {},
    "reasoning-steps": {},
    "tag-count": {},
    "template": {},
    "fence": {},
    "game24": {"answer": "4 7 8 8"},
    "assignment": {"answer": {"House 1": {"name": "Eric"}, "House 2": {"name": "Peter"}}},
    "output": {"answer": "[1, 2]"},
    "similarity": {"answer": "the cat sat"},
}
TOKENS = [
    *[
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "```",
        "\n",
        " ",
        "Step 1: ",
        "- ",
        "1. ",
        "First, ",
        "的",
        "ก",
        "の",
        "wait ",
    ],
    *[
        "(",
        ")",
        "+",
        "*",
        "/",
        "4",
        "8",
        "7",
        "=",
        "24",
        "{",
        "}",
        "\\frac",
        "\\boxed{",
        "House 1",
        "Eric",
        "|",
        ":",
        '"',
        "[",
        "]",
        ",",
    ],
]
TEXTS = st.text() | st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)


def value(verifier: str, text: str, sample: dict[str, Any] | None = None, **options: Any) -> float:
    result = judge(VERIFIERS[verifier], {"completion": text, **(SAMPLES[verifier] | (sample or {}))}, options).value
    assert result is not None
    return result


@pytest.mark.parametrize(
    "case", [case for name in ("shaping", "format_templates", "logic", "similarity") for case in cases(name)]
)
def test_golden(case: dict[str, Any]) -> None:
    check(VERIFIERS[case["verifier"]], case)


@pytest.mark.parametrize("verifier", SAMPLES)
@given(TEXTS)
def test_any_text_has_a_value(verifier: str, text: str) -> None:
    assert 0 <= value(verifier, text) <= 1


@pytest.mark.parametrize("verifier", SAMPLES)
@pytest.mark.parametrize("token", TOKENS)
def test_a_wall_of_one_token_ends(verifier: str, token: str) -> None:
    assert 0 <= value(verifier, token * (60_000 // len(token))) <= 1


@pytest.mark.parametrize("verifier", SAMPLES)
def test_every_option_has_a_description_and_a_default(verifier: str) -> None:
    cls = VERIFIERS[verifier]
    schema = cls.Options.model_json_schema()
    assert schema["additionalProperties"] is False
    assert not schema.get("required")
    assert all(option["description"] and "default" in option for option in schema["properties"].values())
    assert cls.__doc__
    with pytest.raises(ValidationError):
        cls.Options.model_validate({"unknown": 1})


@pytest.mark.parametrize(
    ("verifier", "options"),
    [
        ("length-cosine", {"region": "reasoning"}),
        ("length-overlong", {"limit": 10, "cache": 11}),
        ("template", {"template": "{a}{b}"}),
        ("template", {"template": "{a}"}),
        ("template", {"template": "{a}x{a}"}),
        ("template", {"template": "x{a}x"}),
        ("template", {"template": "{a.__class__}x"}),
        ("template", {"template": "{"}),
        ("fence", {"languages": ["a b"]}),
        ("similarity", {"metric": "meteor"}),
    ],
)
def test_malformed_options_are_refused(verifier: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VERIFIERS[verifier].Options.model_validate(options)


# Lengths ---------------------------------------------------------------------------------------------------------------

LENGTHS = st.integers(0, 100_000)


@given(LENGTHS, LENGTHS, LENGTHS, LENGTHS)
def test_shorter_is_never_worth_less(one: int, other: int, low: int, high: int) -> None:
    short, long = sorted((one, other))
    group = {"group_min": min(low, high), "group_max": max(low, high)}
    for verifier, options in (("length-group", {}), ("length-cosine", {"longest": 5_000}), ("length-overlong", {})):
        shorter, longer = (
            value(verifier, "x", {"length": {"tokens": tokens, **group}}, **options) for tokens in (short, long)
        )
        assert shorter >= longer


@given(LENGTHS, LENGTHS, LENGTHS)
def test_the_papers_numbers_come_from_the_value(here: int, low: int, more: int) -> None:
    high = low + more + 1
    length = min(max(here, low), high)
    kimi = value("length-group", "x", {"length": {"tokens": length, "group_min": low, "group_max": high}}) - 0.5
    assert kimi == pytest.approx(0.5 - (length - low) / (high - low))
    dapo = value("length-overlong", "x", {"length": {"tokens": here}}, limit=high, cache=high / 2) - 1
    assert dapo == pytest.approx(0 if here <= high / 2 else max(-1, (high / 2 - here) / (high / 2)))


# Repetition, steps -----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["one", "two", "three", "四", "五", "หก"]), min_size=6, max_size=20))
def test_saying_it_again_is_worth_less(words: list[str]) -> None:
    text = " ".join(words)
    assert value("repetition", f"{text} {text}") < 1
    assert value("repetition", " ".join([text] * 10)) <= value("repetition", text)


@given(
    st.permutations(["add the two numbers", "divide the sum by three", "check the result again", "write it down now"])
)
def test_the_order_of_steps_does_not_matter(steps: list[str]) -> None:
    text = "\n".join(f"{i}. {step}" for i, step in enumerate(steps, 1))
    assert value("reasoning-steps", text, steps=4) == 1


# Logic -----------------------------------------------------------------------------------------------------------------


def expressions(numbers: list[int]) -> st.SearchStrategy[str]:
    """Every way to join numbers in their order."""
    if len(numbers) == 1:
        return st.just(str(numbers[0]))
    return st.integers(1, len(numbers) - 1).flatmap(
        lambda cut: st.tuples(expressions(numbers[:cut]), st.sampled_from("+-*/"), expressions(numbers[cut:])).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        )
    )


@given(st.lists(st.integers(1, 13), min_size=2, max_size=4).flatmap(lambda n: st.tuples(st.just(n), expressions(n))))
def test_an_expression_comes_to_what_python_says(case: tuple[list[int], str]) -> None:
    numbers, expression = case
    exact = "".join(f"Fraction({c})" if c.isdigit() else c for c in re.split(r"(\d+)", expression))
    try:
        result: Fraction = eval(exact, {"Fraction": Fraction})
    except ZeroDivisionError:
        assert value("game24", expression, {"answer": numbers}) == 0
        return
    if result.denominator == 1:
        puzzle = f"{' '.join(map(str, numbers))} = {result}"
        assert value("game24", expression, {"answer": puzzle}) == 1
        assert value("game24", expression, {"answer": f"{' '.join(map(str, numbers))} = {result + 1}"}) == 0
        assert value("game24", expression, {"answer": f"{' '.join(map(str, [*numbers, 5]))} = {result}"}) == 0


NAMES, COLORS = ["Eric", "Peter", "Arnold", "Alice"], ["red", "green", "blue", "white"]


@given(st.tuples(*[st.permutations(NAMES), st.permutations(COLORS)] * 2))
def test_every_form_of_an_assignment_says_the_same(orders: tuple[list[str], ...]) -> None:
    truth, said = (
        {f"House {i}": {"name": n, "color": c} for i, (n, c) in enumerate(zip(names, colors, strict=True), 1)}
        for names, colors in (orders[:2], orders[2:])
    )
    right = sum(truth[house][column] == said[house][column] for house in truth for column in ("name", "color"))
    forms = [
        json.dumps(said),
        "| House | Name | Color |\n|---|---|---|\n"
        + "\n".join(f"| {h[-1]} | {r['name']} | {r['color']} |" for h, r in said.items()),
        "\n".join(f"{house}: {row['name']}, {row['color']}" for house, row in said.items()),
        " ".join(f"In {house} lives {row['name']} and the door is {row['color']}." for house, row in said.items()),
    ]
    for form in forms:
        assert value("assignment", form, {"answer": truth}, credit="share") == pytest.approx(right / 8)
        assert value("assignment", form, {"answer": truth}) == (right == 8)


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("abc '\"é"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text("ab"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(LITERALS, LITERALS)
def test_a_literal_is_itself_and_no_other(one: object, other: object) -> None:
    assert value("output", repr(one), {"answer": repr(one)}) == 1
    assert value("output", repr(one), {"answer": repr(other)}) == (_canonical(one) == _canonical(other))


def _canonical(literal: object) -> str:
    """A literal in writing, the keys of its dictionaries in order, and 0.0 for -0.0."""
    if isinstance(literal, dict):
        items = cast(dict[object, object], literal).items()
        return "{" + ", ".join(sorted(f"{key!r}: {_canonical(inside)}" for key, inside in items)) + "}"
    if isinstance(literal, list | tuple):
        kind = "[]" if isinstance(literal, list) else "()"
        return kind[0] + ", ".join(map(_canonical, cast(list[object], literal))) + kind[1]
    return "0.0" if literal == 0 and isinstance(literal, float) else repr(literal)


# Similarity ------------------------------------------------------------------------------------------------------------

PHRASES = st.lists(st.sampled_from(["one", "two", "three", "四", "五"]), min_size=1, max_size=8).map(" ".join)


@pytest.mark.parametrize("metric", ["token_f1", "rouge1", "rouge2", "rougeL", "edit"])
@given(PHRASES, PHRASES)
def test_closeness_is_symmetric_and_1_for_the_same(metric: str, one: str, other: str) -> None:
    assert value("similarity", one, {"answer": one}, metric=metric) == 1
    there, back = (value("similarity", a, {"answer": b}, metric=metric) for a, b in ((one, other), (other, one)))
    assert there == pytest.approx(back)


def test_bleu_is_that_of_sacrebleu() -> None:
    package = pytest.importorskip("sacrebleu")
    answer, reference = "the cat sat on a mat", "the cat sat on the mat"
    expected = package.sentence_bleu(answer, [reference]).score / 100
    assert value("similarity", answer, {"answer": reference}, metric="bleu") == pytest.approx(expected)
