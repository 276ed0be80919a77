"""Where the answer of a completion is, by policy."""

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.schema import Message, Sample
from verifier.verifiers.math import Math, MathOptions


def value(completion: str, answer: str | list[str] = "5", **options: object) -> float | None:
    return Math(MathOptions.model_validate(options)).verify(Sample(answer=answer, completion=completion)).value


@pytest.mark.parametrize(
    "completion",
    [
        r"<think>\boxed{4}</think><answer>\boxed{5}</answer>",
        "<think>4</think><answer>So the total is 5.</answer>",
        "<think>4</think> <answer>5",
        r"<think>a</think> We get $\boxed{5}$.",
        r"\boxed {5}", r"\boxed 5", r"$\boxed5$", r"\fbox{5}", r"\boxed{\boxed{5}}", r"\boxed{{{{5}}}}", r"\boxed{\text{5}}",
        r"\[ \boxed{\begin{array}{c} 5 \end{array}} \]",
        "The answer is 5.", "**Answer:** 5", "Final answer: **5**", "#### 5", "So the answer is $5$.", "ANSWER: 5",
        "答案是5。", "最终答案：5", "所以答案为 $5$", "La respuesta es 5.", "La réponse est 5.", "Die Antwort ist 5.", "Ответ: 5",
        "答えは 5", "정답은 5", "A resposta é 5.", "La risposta è 5.", "الجواب هو 5", "उत्तर: 5", "Đáp án là 5", "Cevap: 5",
        "He has 2 bags and then gets 3. So he has $5$ bags.", "2 + 3 makes 5",
        "\\boxed{5} is right. Again: \\boxed{5}", "\\boxed{5} or, as a fraction, \\boxed{\\frac{10}{2}}",
        "\\boxed{1}. No, that is wrong: \\boxed{5}",
    ],
)  # fmt: skip
def test_found(completion: str) -> None:
    assert value(completion) == 1.0


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "   ",
        "<think>5",
        r"<think>\boxed{5}",
        r"<think>\boxed{5}</think>",
        "</think>",
        "<answer></answer>",
        r"<think>\boxed{5}</think><answer>4</answer>",
        r"<answer>4</answer> \boxed{5}",
        r"<answer>5</answer><answer>4</answer>",
        r"\boxed{5} or \boxed{6}",
        r"\boxed{4} \boxed{5}",
        r"\boxed{5}, \boxed{6}, \boxed{7}",
        r"\boxed{4, 5}",
        "The answer is 4 or 5.",
        r"\boxed{5} ... \boxed{",
        r"\boxed{5} \boxed{6",
        r"\boxed{}",
        r"\boxed{5} \boxed{}",
        r"\boxed{x}",
        "The answer is not 5.",
        "The answer is at most 5.",
        "答案不是5。",
        "It is either 4 or 5.",
        "I do not know.",
        "5 and 6",
        "\\boxed{5}. No: \\boxed{6}",
    ],
)
def test_not_found(completion: str) -> None:
    assert value(completion) == 0.0


@pytest.mark.parametrize("opening", ["<think>\n", ""])
def test_only_the_answer_region_pays(opening: str) -> None:
    assert value(rf"{opening}The answer is \boxed{{5}}, so \boxed{{5}}.</think> The answer is 6.") == 0.0


@pytest.mark.parametrize(
    ("policy", "completion", "expected"),
    [
        ("answer_tag", r"\boxed{5}", 0),
        ("answer_tag", "<answer>5</answer>", 1),
        ("boxed", "<answer>5</answer>", 0),
        ("boxed", r"The answer is 4. \boxed{5}", 1),
        ("final", r"The answer is 5. I once had \boxed{4}", 1),
        ("final", r"\boxed{5}", 1),
        ("boxed", "The answer is 5.", 0),
        ("final", "<answer>The answer is 5.</answer>", 1),
    ],
)
def test_policies(policy: str, completion: str, expected: float) -> None:
    assert value(completion, extraction=policy) == expected


def test_several_and_corrected_answers_are_policies() -> None:
    several, corrected = r"\boxed{4} \boxed{5}", r"\boxed{4}. No: \boxed{5}"
    assert (value(several), value(several, several="last")) == (0.0, 1.0)
    assert (value(corrected), value(corrected, corrections="reject")) == (1.0, 0.0)


def test_several_boxes_answer_a_set() -> None:
    assert value(r"\boxed{1} and \boxed{2}", "1, 2") == 1.0
    assert value(r"\boxed{1} and \boxed{2}", r"\{2, 1\}") == 1.0
    assert value(r"\boxed{1} and \boxed{2}", "x = 1 or x = 2") == 1.0
    assert value(r"\boxed{1} and \boxed{3}", "1, 2") == 0.0


def test_chat_messages_and_separate_reasoning() -> None:
    messages = [
        Message(role="user", content="2+3?"),
        Message(role="assistant", content="5", reasoning_content="The answer is 6"),
    ]
    assert Math(MathOptions()).verify(Sample(answer="5", completion=messages)).value == 1.0
    messages[1] = Message(role="assistant", content="6", reasoning_content="The answer is 5")
    assert Math(MathOptions()).verify(Sample(answer="5", completion=messages)).value == 0.0


def test_any_of_several_references_counts() -> None:
    assert value("The answer is B", ["42", "B"]) == 1.0
    assert value("The answer is 42", ["42", "B"]) == 1.0
    assert value("The answer is 41", ["42", "B"]) == 0.0


@pytest.mark.parametrize(
    "reference", [r"$\boxed{5}$", r"\(5\)", "#### 5", "2 + 3 = <<2+3=5>>5\n#### 5", "**5**", "5.", r"We get \boxed{5}."]
)
def test_references_as_data_sets_write_them(reference: str) -> None:
    assert value(r"\boxed{5}", reference) == 1.0
    assert value(r"\boxed{6}", reference) == 0.0


def test_braces_are_balanced_to_any_depth_in_linear_time() -> None:
    depth = 20_000
    assert value("\\boxed{" + "{" * depth + "5" + "}" * depth + "}") == 0.0  # too deep to parse, and no error
    assert value("\\boxed{" * depth) == 0.0
    assert value("\\boxed{4} " * depth + r"\boxed{5}") == 0.0
    assert value("{" * depth + r"\boxed{5}") == 1.0


def test_what_was_read_and_why_is_said() -> None:
    score = Math(MathOptions()).verify(Sample(answer=r"\frac{1}{2}", completion="The answer is 0.5."))
    assert (score.extracted, score.detail["tier"]) == ("0.5", "exact")
    assert score.explanation.startswith("equal")


COMPLETIONS = [json.loads(line) for line in Path(__file__).with_name("completions.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", COMPLETIONS, ids=lambda case: f"{case['reference']} | {case['completion']}")
def test_completions_as_models_write_them(case: dict[str, Any]) -> None:
    assert value(case["completion"], case["reference"]) == float(case["expected"])


def test_different_statements_are_no_answer_and_a_correction_is() -> None:
    assert value("The answer is 4. The answer is 5.") == 0.0
    assert value("The answer is 5. So the final answer is $5$.") == 1.0
    assert value("The answer is 4. Wait, the answer is 5.") == 1.0
    assert value("The answer is 5.\n\nQ: What is 2+2?\nA: The answer is 4.") == 1.0
