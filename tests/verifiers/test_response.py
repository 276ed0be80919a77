"""The regions of a completion, and the boxes in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.verifiers.response import boxes, split

TAGS = st.lists(st.sampled_from(["<think>", "</think>", "<answer>", "</answer>", "a", " ", "\n"]), max_size=12)
BOXES = st.lists(
    st.sampled_from(["\\boxed{", "\\boxed ", "\\fbox{", "{", "}", "\\{", "\\", "a", " ", "$"]), max_size=20
)


@pytest.mark.parametrize(
    ("text", "reasoning", "final", "answer"),
    [
        ("4", "", "4", None),
        ("<think>a</think>4", "a", "4", None),
        ("a</think>4", "a", "4", None),
        ("<think>a", "<think>a", "", None),
        ("<think>a</think><think>b", "<think>a</think><think>b", "", None),
        ("<think>a</think>b</think>4", "a</think>b", "4", None),
        ("<think>a</think>x<answer>4</answer>y", "a", "x<answer>4</answer>y", "4"),
        ("<think><answer>3</answer></think>4", "<answer>3</answer>", "4", None),
        ("<answer>3</answer><answer>4</answer>", "", "<answer>3</answer><answer>4</answer>", "4"),
        ("<answer>4", "", "<answer>4", "4"),
        ("<answer></answer>", "", "<answer></answer>", ""),
        ("", "", "", None),
    ],
)
def test_regions(text: str, reasoning: str, final: str, answer: str | None) -> None:
    assert split(text) == (reasoning, final, answer)


@given(TAGS)
def test_every_region_is_a_part_of_the_text(tokens: list[str]) -> None:
    text = "".join(tokens)
    regions = split(text)
    assert regions.reasoning in text
    assert text.endswith(regions.final)
    assert regions.answer is None or regions.answer in regions.final


@given(TAGS)
def test_an_open_chain_of_thought_has_no_answer(tokens: list[str]) -> None:
    assert split("".join(tokens) + "<think>" + "42") == ("".join(tokens) + "<think>42", "", None)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("no box", []),
        (r"\boxed{4}", ["4"]),
        (r"\boxed{\frac{1}{2}}", [r"\frac{1}{2}"]),
        (r"\boxed {4} \fbox{5}", ["4", "5"]),
        (r"\boxed{\{1, 2\}}", [r"\{1, 2\}"]),
        (r"\boxed{a\}}", [r"a\}"]),
        (r"{\boxed{4}}", ["4"]),
        (r"\boxed{\boxed{4}}", ["4"]),
        (r"\boxed{x = \boxed{4}}", [r"x = \boxed{4}"]),
        (r"\boxed 4, and", ["4"]),
        (r"$\boxed 4$", ["4"]),
        (r"\boxed{4", [""]),
        (r"\boxed{4} \boxed{5", ["4", ""]),
        (r"\boxed{4 \boxed{5}", [""]),
        (r"\boxed{}", [""]),
        (r"\boxedx{4}", []),
        (r"\\boxed{4}", []),
        ("}}{{", []),
    ],
)
def test_boxes(text: str, inside: list[str]) -> None:
    assert boxes(text) == inside


@given(BOXES)
def test_a_broken_last_box_holds_nothing(tokens: list[str]) -> None:
    text = "".join(tokens).replace("\\", "")
    assert boxes(text + "\\boxed{" + text.replace("}", ""))[-1] == ""


@given(BOXES)
def test_the_inside_of_a_box_is_balanced(tokens: list[str]) -> None:
    for inside in boxes("".join(tokens)):
        braces = re.sub(r"\\.", "", inside)
        assert braces.count("{") == braces.count("}")


@pytest.mark.parametrize("unit", ["\\boxed{", "\\boxed", "{", "}", "\\", "<think>", "</think>", "<answer>"])
def test_a_wall_of_one_token_ends(unit: str) -> None:
    wall = unit * 200_000
    assert len(boxes(wall)) <= 200_000
    assert split(wall).final in wall
