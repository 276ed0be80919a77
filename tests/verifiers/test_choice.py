"""The choice verifier: golden cases, and what must hold of any text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifiers.golden import cases, check, judge
from verifier.verifiers.choice import Choice

CITIES = ["London", "Paris", "Rome", "Berlin"]
LETTERS = "ABCD"
WORDS = [
    *[*LETTERS, *CITIES, "a", "b", "(", ")", ".", ",", "\n", " ", "or", "and", "the answer is ", "Answer: ", "not "],
    *["\\boxed{", "}", "答案：", "选", "<answer>", "</answer>", "</think>", "is correct", "**", "$", "I ", "so "],
]
TOKENS = st.lists(st.sampled_from(WORDS), max_size=16).map("".join)


def value(text: str, answer: str | list[str], choices: list[str] | None = CITIES, **options: Any) -> float:
    result = judge(Choice, {"completion": text, "answer": answer, "choices": choices}, options).value
    assert result is not None
    return result


@pytest.mark.parametrize("case", cases("choice"))
def test_golden(case: dict[str, Any]) -> None:
    check(Choice, case)


@given(st.text() | TOKENS, st.sampled_from(["auto", "answer", "boxed", "phrase"]), st.booleans())
def test_a_text_is_right_for_one_letter_at_most(text: str, extract: str, known: bool) -> None:
    values = [value(text, letter, CITIES if known else None, extract=extract) for letter in LETTERS]
    assert set(values) <= {0.0, 1.0}
    assert sum(values) <= 1


@given(TOKENS)
def test_a_text_is_right_for_one_set_at_most(text: str) -> None:
    assert sum(value(text, answer) for answer in ("A", "B", "AB", "BC", "ABC", "ABCD")) <= 1


@given(TOKENS)
def test_a_letter_is_as_good_as_its_text(text: str) -> None:
    assert value(text, "B") == value(text, "Paris") == value(text, "B) Paris") == value(text, ["B", "Paris"])


@given(st.permutations(CITIES), st.sampled_from(CITIES))
def test_the_order_of_the_options_gives_the_letter(choices: list[str], city: str) -> None:
    letter = LETTERS[choices.index(city)]
    for completion in (letter, city, f"{letter}) {city}", f"The answer is {letter}.", f"\\boxed{{{city}}}"):
        assert value(completion, letter, choices) == 1
        assert value(completion, city, choices) == 1


@pytest.mark.parametrize(
    "joint", [" or ", " and ", ", ", "/", "", "\n", " ", "; ", "、", " & ", "或", "和", " or maybe "]
)
@pytest.mark.parametrize(
    "around", ["{}", "({})", "The answer is {}.", "\\boxed{{{}}}", "<answer>{}</answer>", "答案：{}"]
)
def test_two_letters_are_no_answer(joint: str, around: str) -> None:
    for other in "ACD":
        for pair in (f"B{joint}{other}", f"{other}{joint}B"):
            assert value(around.format(pair), "B") == 0


@pytest.mark.parametrize("policy", ["auto", "answer", "boxed", "phrase"])
def test_reasoning_never_pays(policy: str) -> None:
    reasoning = "The answer is B. \\boxed{B} <answer>B</answer>\nB\n"
    assert value(f"<think>{reasoning}</think>", "B", extract=policy) == 0
    assert value(f"<think>{reasoning}", "B", extract=policy) == 0


def test_the_reason_is_named() -> None:
    def reason(completion: str) -> str:
        return judge(Choice, {"completion": completion, "answer": "B", "choices": CITIES}, {}).explanation

    assert reason("A and B") == "several different answers: A, B"
    assert reason("A or B") == "A or B: alternatives, and none of them is chosen"
    assert reason("B) London") == "the letter B stands with the text of another option"
    assert reason("E") == "E is not one of the options"
    assert reason("") == "no choice found in the answer"


def test_the_letter_is_what_was_extracted() -> None:
    assert judge(Choice, {"completion": "It is Rome.", "answer": "B", "choices": CITIES}, {}).extracted == "C"


UNITS = [
    *[
        *LETTERS,
        "A, ",
        "A or ",
        "(",
        "\\text{",
        "\\boxed{",
        "answer is ",
        "answer",
        "answer of ",
        "so ",
        "either ",
        "A\n",
    ],
    *["选", "A is correct ", " ", "\n", "**", "e\u0301", "\u0301\u0316", "Paris ", "Paris or ", "'", "I choose "],
]


@pytest.mark.parametrize("unit", UNITS)
def test_a_wall_of_one_token_ends_and_pays_nothing(unit: str) -> None:
    assert value(unit * (100_000 // len(unit)), "B") == value(unit * 1_000_000, "B") == 0
