"""The language verifier: golden cases, and what must hold of any text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.verifiers.golden import cases, check, judge
from verifier.verifiers.language import Language

TOKENS = [
    *[
        "the ",
        "sum ",
        "好",
        "的和",
        "の",
        "です",
        "数",
        "숫자",
        "Сумма ",
        "α",
        "x",
        "$",
        "$$",
        "```",
        "`",
        "\\[",
        "\\]",
        ".",
    ],
    *[
        "\n",
        "\\frac{1}{2}",
        "\\begin{a}",
        "my_var",
        "<think>",
        "</think>",
        "<answer>",
        "3",
        "http://a.b ",
        "\u0301",
        "𝐓",
    ],
]
TEXTS = st.text() | st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)
TARGETS = st.sampled_from(["en", "zh", "ja", "ko", "ru", "el", "th"])
ENGLISH = "First we add the numbers, then we divide."


def value(text: str, language: str, **options: Any) -> float:
    result = judge(Language, {"completion": text, "language": language}, options).value
    assert result is not None
    return result


@pytest.mark.parametrize("case", cases("language"))
def test_golden(case: dict[str, Any]) -> None:
    check(Language, case)


@given(TEXTS, TARGETS, st.sampled_from(["reasoning", "answer", "both"]))
def test_any_text_has_a_value(text: str, language: str, region: str) -> None:
    assert 0 <= value(text, language, region=region) <= 1


@given(TEXTS)
def test_the_shares_add_up(text: str) -> None:
    detail = judge(Language, {"completion": text, "language": "en"}, {}).detail
    assert sum(detail["shares"].values()) == pytest.approx(1 if detail["words"] else 0, abs=0.01)


@given(TEXTS)
def test_writing_in_the_target_language_never_loses(text: str) -> None:
    after = text.replace("<think>", "").replace("</think>", "")
    before = judge(Language, {"completion": after, "language": "en"}, {})
    more = judge(Language, {"completion": f"{ENGLISH}\n{after}", "language": "en"}, {})
    assert before.value is not None
    assert more.value is not None
    assert more.value >= before.value - 1e-9 or not before.detail["words"]


@given(TEXTS, st.sampled_from(["zh", "ja", "ko", "ru"]))
def test_english_is_never_another_language(text: str, language: str) -> None:
    """A text that ends in a long English chain is not wholly in a language of another script."""
    after = text.replace("<think>", "").replace("</think>", "")
    assert value(f"{ENGLISH}\n{after}", language) < 1


@pytest.mark.parametrize("times", [2, 10])
@pytest.mark.parametrize(
    "text", ["我们 add the numbers 然后 divide them.\n", "数を足す then divide.\n", "Сумма is four.\n"]
)
def test_repetition_changes_nothing(text: str, times: int) -> None:
    for language in ("en", "zh", "ja", "ru"):
        assert value(text * times, language) == pytest.approx(value(text, language))


def test_detail_carries_every_share() -> None:
    detail = judge(Language, {"completion": "Сумма is four.", "language": "ru"}, {}).detail
    assert detail["shares"] == {"en": 0.6667, "ru": 0.3333}
    assert detail["judged"] == "completion"
    assert detail["target"] == "ru"


def test_foreign_spans_stand_where_they_say() -> None:
    text = "<think>$x$ First we add 两个数字 and so on, donc le résultat est juste.</think><answer>4</answer>"
    detail = judge(Language, {"completion": text, "language": "en"}, {}).detail
    assert [(span["language"], text[span["start"] : span["end"]]) for span in detail["foreign"]] == [
        ("zh", "两个数字"),
        ("fr", "donc le résultat est juste"),
    ]
    assert detail["foreign_spans"] == 2
    assert all(span["text"] == text[span["start"] : span["end"]] for span in detail["foreign"])


@pytest.mark.parametrize("region", ["reasoning", "answer", "both"])
@given(TEXTS)
def test_spans_are_in_order_and_within_the_text(region: str, text: str) -> None:
    detail = judge(Language, {"completion": text, "language": "en"}, {"region": region}).detail
    edges = [edge for span in detail["foreign"] for edge in (span["start"], span["end"])]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert all(text[span["start"] : span["end"]].startswith(span["text"].rstrip("…")) for span in detail["foreign"])


@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_what_was_judged_before_changes_nothing(texts: list[str]) -> None:
    once = [value(text, "en") for text in texts]
    assert [value(text, "en") for text in reversed(texts)] == once[::-1]


SENTENCES = [ENGLISH, "Nous ajoutons les deux nombres.", "我们把两个数字相加。", "Мы складываем два числа."]


@given(st.permutations(SENTENCES))
def test_the_order_of_sentences_changes_nothing(sentences: list[str]) -> None:
    assert value("\n".join(sentences), "en") == pytest.approx(value("\n".join(SENTENCES), "en"))


UNITS = [
    *[
        "$",
        "`",
        "```",
        "\\[",
        "\\begin{a}",
        "a_",
        "aA",
        "A ",
        "aa b ",
        "😀",
        "9",
        "é",
        "é9",
        "\u0301",
        "http://",
        "好",
        "の。",
    ],
    *["aa bb cc dd ee ", "<think>", "\\", "\\text{", "$$ aa bb ", "ＡＢ", "𝐓", "한", "ก"],
]


@pytest.mark.parametrize("unit", UNITS)
def test_a_wall_of_one_token_ends(unit: str) -> None:
    assert 0 <= value("é" + unit * (300_000 // len(unit)), "zh") <= 1


@pytest.mark.parametrize(
    "options", [{"target": "klingon"}, {"target": ""}, {"region": "title"}, {"unknown": 1}, {"detector": "x"}]
)
def test_malformed_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge(Language, {"language": "en"}, options)
