"""Words and n-grams of any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.words import CHARACTERS_PER_WORD, Words, grams, novelty, words


def test_words_are_those_of_the_script() -> None:
    assert words("Don't say _so_: 3.5 (twice).").texts == ["don't", "say", "_so_", "3", "5", "twice"]
    assert words("Straße, 二は two").texts == ["strasse", "二", "は", "two"]
    assert words("二").says == [1 / CHARACTERS_PER_WORD["Han"]]


def test_an_n_gram_of_characters_says_as_much_as_one_of_words() -> None:
    assert list(grams(words("one two three four"), 3)) == [("one", "two", "three"), ("two", "three", "four")]
    assert [len(gram) for gram in grams(words("一丁丂七丄丅"), 3)] == [5, 5]
    assert list(grams(words("one two"), 3)) == []


@given(st.integers(1, 500))
def test_words_without_spaces_are_counted_all_the_same(count: int) -> None:
    assert abs(len(words("abcde" * count + " é").texts) - count) <= max(8, count // 10)


@pytest.mark.parametrize("unseen", ["\u200b", "\xad", "\u2060", "\ufe0f", "\U000e0101", "\u202e"])
def test_what_nobody_sees_makes_no_other_word(unseen: str) -> None:
    assert words(f"wa{unseen}it é").texts == ["wait", "é"]


@given(st.text())
def test_a_text_has_words_whatever_it_holds(text: str) -> None:
    found = words(text)
    assert len(found.texts) == len(found.says) and all(found.texts) and all(0 < said <= 1 for said in found.says)


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 5))
def test_novelty_counts_n_grams(letters: list[str], size: int) -> None:
    found = novelty(Words(letters, [1.0] * len(letters)), size)
    every = [tuple(letters[at : at + size]) for at in range(len(letters) - size + 1)]
    again = next((gram for at, gram in enumerate(every) if gram in every[:at]), ())
    assert found == (len(every), len(set(every)), again)
