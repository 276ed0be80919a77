"""What a text is long by: characters, words, or the policy's tokens; and its words in order, for counting repetition.

Scripts that put no spaces between words are counted by the character, at :data:`CHARACTERS_PER_WORD`.
"""

import re
from typing import Final, Literal, NamedTuple

import regex

from verifier.errors import Unjudgeable
from verifier.schema import Sample
from verifier.verifiers import response

CHARACTERS_PER_WORD: Final = {"Han": 1.4, "Kana": 1.9, "Thai": 3.3, "Lao": 3.3, "Khmer": 3.3, "Myanmar": 3.3}
"""How many characters say what one English word says; marks do not count.

Measured on parallel texts of our own (``tests/golden/language_parallel.jsonl``; English words of two letters or more):
Chinese 1.39, Japanese 1.92, Thai 3.29. Translators reckon 1.5 to 1.7 characters of Chinese, digits and punctuation included
(estimates of DeFrancis and Zheng, as quoted from Hannas, "Asia's Orthographic Dilemma"), and 2 to 2.5 of Japanese. Lao, Khmer
and Burmese were not measured, and take Thai's figure.
"""

Unit = Literal["tokens", "words", "characters"]
Region = Literal["completion", "reasoning", "answer"]


class Token(NamedTuple):
    """A word, or one character of a script without spaces."""

    text: str
    words: float
    """How many English words it says."""


_WORD = regex.compile(
    r"(?P<Han>\p{Han})|(?P<Kana>[\p{Hiragana}\p{Katakana}ー])|(?P<Thai>[\p{Thai}--\p{M}]\p{M}*+)|(?P<Lao>[\p{Lao}--\p{M}]\p{M}*+)"
    r"|(?P<Khmer>[\p{Khmer}--\p{M}]\p{M}*+)|(?P<Myanmar>[\p{Myanmar}--\p{M}]\p{M}*+)"
    r"|(?P<word>[\p{L}\p{N}_][[\p{L}\p{N}\p{M}_'’]--[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]*+)",
    regex.VERSION1,
)


_ASCII_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_']*+")


def tokens(text: str) -> list[Token]:
    """The words of a text in order, without regard to case. Time is linear in its length."""
    if text.isascii():
        return [Token(word, 1.0) for word in _ASCII_WORD.findall(text.lower())]
    return [
        Token(match[0].casefold(), 1 / CHARACTERS_PER_WORD.get(match.lastgroup or "", 1.0))
        for match in _WORD.finditer(text)
    ]


def region_of(text: str, region: Region) -> str:
    """A region of a completion. The reasoning of one without think tags is empty."""
    regions = response.split(text)
    match region:
        case "reasoning":
            return regions.reasoning
        case "answer":
            return regions.final if regions.answer is None else regions.answer
        case _:
            return text


def length(sample: Sample, unit: Unit, region: Region = "completion") -> float:
    """How long a completion is. Raises Unjudgeable where tokens are asked for, and the sample does not say how many."""
    if unit == "tokens":
        if sample.length is None or sample.length.tokens is None:
            raise Unjudgeable(
                "the sample has no length.tokens: the trainer has to count them, or the unit has to be another"
            )
        return sample.length.tokens
    text = region_of(sample.text, region)
    return len(text) if unit == "characters" else sum(token.words for token in tokens(text))
