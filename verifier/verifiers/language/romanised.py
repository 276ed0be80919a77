"""Chinese and Japanese in Latin letters: what a policy might write that is told to think in either, and paid for neither.

Transliteration is not the target language, and no other language either: it has a share of its own, ``zh-Latn`` or
``ja-Latn`` (BCP 47). It is seen by its syllables, which languages with simple syllables of their own would resemble: where
one of those is the target, nothing is taken for a transliteration.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from verifier.verifiers.language.languages import Target
from verifier.verifiers.language.words import IS_PINYIN, IS_ROMAJI, IS_SURE_PINYIN, IS_SURE_ROMAJI, Array, Words

ROMANISED: Final = ("zh-Latn", "ja-Latn")
FEWEST_WORDS: Final = 5
SURE: Final = 0.2
"""The share of the words that are unlikely in any other language."""
_SIMPLE_SYLLABLES: Final = frozenset(
    "sw id ms fi it es pt ro ca gl tl ha yo zu xh sn st ig rw mg vi jv su eo eu qu lg".split()
)


class Passage(NamedTuple):
    """Words of a transliteration, from ``start`` to ``end``, and its language."""

    start: int
    end: int
    language: str


def passages(words: Words, target: Target | None) -> Iterator[Passage]:
    """The transliterations in Latin words."""
    if target and target.language in _SIMPLE_SYLLABLES:
        return
    signs = ((IS_PINYIN, IS_SURE_PINYIN), (IS_ROMAJI, IS_SURE_ROMAJI))
    for language, (syllables, sure) in zip(ROMANISED, signs, strict=True):
        if not (words.flags & sure).any():
            continue
        certain = np.concatenate([[0], np.cumsum(words.flags & sure != 0)])
        for start, end in _streaks(words.flags & syllables != 0):
            if end - start >= FEWEST_WORDS and certain[end] - certain[start] >= SURE * (end - start):
                yield Passage(start, end, language)


def _streaks(chosen: Array) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
