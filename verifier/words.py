"""The words of a text in any script, and its n-grams: what texts are measured and compared by.

Scripts that put no spaces between words are counted by the character, at :data:`CHARACTERS_PER_WORD`. A run of more letters
than any word has is several words: whoever leaves the spaces out says no less. What nobody sees is not there.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import regex

CHARACTERS_PER_WORD: Final = {"Han": 1.4, "Kana": 1.9, "Thai": 3.3, "Lao": 3.3, "Khmer": 3.3, "Myanmar": 3.3}
"""How many characters say what one English word says; marks do not count.

Measured on parallel texts of our own (``tests/golden/language_parallel.jsonl``; English words of two letters or more):
Chinese 1.39, Japanese 1.92, Thai 3.29. Translators reckon 1.5 to 1.7 characters of Chinese, digits and punctuation included
(estimates of DeFrancis and Zheng, as quoted from Hannas, "Asia's Orthographic Dilemma"), and 2 to 2.5 of Japanese. Lao, Khmer
and Burmese were not measured, and take Thai's figure.
"""


LONGEST_WORD: Final = 40
"""More letters are more than one word."""
_LETTERS_A_WORD: Final = 5

_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


def visible(text: str) -> str:
    """The text without what nobody sees: soft hyphens, joiners, spaces of no width, marks of direction, selectors."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


class Words(NamedTuple):
    """Words in the order in which they stand, without regard to case; in a script without spaces, each character is one."""

    texts: list[str]
    says: list[float]
    """How many English words each of them says."""


class Novelty(NamedTuple):
    """How much of a text it says for the first time."""

    total: int
    """N-grams in the text."""
    different: int
    again: tuple[str, ...]
    """The first that stood before; empty where none did."""


_WORD = regex.compile(
    r"(?P<Han>\p{Han})|(?P<Kana>[\p{Hiragana}\p{Katakana}ー])|(?P<Thai>[\p{Thai}--\p{M}]\p{M}*+)|(?P<Lao>[\p{Lao}--\p{M}]\p{M}*+)"
    r"|(?P<Khmer>[\p{Khmer}--\p{M}]\p{M}*+)|(?P<Myanmar>[\p{Myanmar}--\p{M}]\p{M}*+)"
    r"|(?P<word>[\p{L}\p{N}_][[\p{L}\p{N}\p{M}_'’]--[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]*+)",
    regex.VERSION1,
)
_ASCII_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_']*+")


def words(text: str) -> Words:
    """The words of a text: runs of letters, digits, underscores and apostrophes. Time is linear in its length."""
    if text.isascii():
        texts = _ASCII_WORD.findall(text.lower())
        if max(map(len, texts), default=0) > LONGEST_WORD:
            texts = [word for run in texts for word in _cut(run)]
        return Words(texts, [1.0] * len(texts))
    found = Words([], [])
    for match in _WORD.finditer(visible(text)):
        for word in _cut(match[0].casefold()):
            found.texts.append(word)
            found.says.append(1 / CHARACTERS_PER_WORD.get(match.lastgroup or "", 1.0))
    return found


def _cut(run: str) -> Iterable[str]:
    """A run of letters: one word, or as many as would fill it."""
    if len(run) <= LONGEST_WORD:
        return (run,)
    return (run[at : at + _LETTERS_A_WORD] for at in range(0, len(run), _LETTERS_A_WORD))


def grams(words: Words, size: int) -> Iterator[tuple[str, ...]]:
    """The n-grams: from each word on, the fewest that say at least ``size`` English words."""
    texts, says = words
    if says.count(1.0) == len(says):
        yield from zip(*(texts[at:] for at in range(size)), strict=False)
        return
    end, said = 0, 0.0
    for start in range(len(texts)):
        while end < len(texts) and said < size - 1e-9:
            said += says[end]
            end += 1
        if said < size - 1e-9:
            return
        yield tuple(texts[start:end])
        said -= says[start]


def novelty(words: Words, size: int) -> Novelty:
    """How many of the n-grams are there for the first time. They are compared by 64-bit hashes, which saves most of the time."""
    hashes = list(map(hash, grams(words, size)))
    different = len(set(hashes))
    if different == len(hashes):
        return Novelty(different, different, ())
    seen = set[int]()
    first = next(at for at, gram in enumerate(hashes) if gram in seen or seen.add(gram))
    return Novelty(len(hashes), different, next(islice(grams(words, size), first, None)))
