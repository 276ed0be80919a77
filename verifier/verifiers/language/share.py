"""The share of each language in a text, and where the foreign ones stand.

Source: DeepSeek-R1 (arXiv 2501.12948), language consistency reward: ``Num(words in the target language) / Num(words)``.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from verifier.verifiers.language.detector import Detector
from verifier.verifiers.language.han import attribute
from verifier.verifiers.language.languages import HAN, HANGUL, KANA, LATIN, Target, candidates
from verifier.verifiers.language.romanised import ROMANISED, passages
from verifier.verifiers.language.strip import strip
from verifier.verifiers.language.words import IS_CAPITALISED, SCRIPTS, Array, Words, changes, lengths, read
from verifier.words import CHARACTERS_PER_WORD

_UNAMBIGUOUS: Final = 0.7
"""A prompt speaks for a language that at least this share of it is in."""
LONGEST_NAME: Final = 3
"""So many capitalised Latin words inside of a sentence in another script are a name."""
_LATIN, _HAN = SCRIPTS.index(LATIN), SCRIPTS.index(HAN)
_HAN_IN_JAPANESE: Final = CHARACTERS_PER_WORD[HAN] / CHARACTERS_PER_WORD[KANA]
_EAST_ASIAN = [SCRIPTS.index(script) for script in (HAN, KANA, HANGUL)]


class Span(NamedTuple):
    """Words of one language that follow one another: their offsets in the text."""

    start: int
    end: int
    language: str


class Shares(NamedTuple):
    """How a text divides among languages."""

    words: float
    """Words of natural language, in English words."""
    by_language: dict[str, float]
    """The share of each language, largest first; they add up to 1."""
    spans: list[Span]
    """The text from its start to its end, without what is no language."""

    def of(self, target: Target) -> float:
        """The share of the words that are in the target language."""
        return min(1.0, self.by_language.get(target.code, 0.0))

    def foreign(self, target: Target) -> list[Span]:
        """The spans in other languages."""
        return [span for span in self.spans if span.language != target.code]


def measure(text: str, detector: Detector, target: Target | None = None) -> Shares:
    """The shares of the languages in a text. Time is linear in its length."""
    words = read(strip(text))
    if not words.texts:
        return Shares(0.0, {}, [])
    languages, codes = _languages(words, detector, target)
    weights = words.weights
    if "ja" in codes:  # Han says less a character in Japanese, where it stands among kana
        in_japanese = (words.scripts == _HAN) & (languages == codes.index("ja"))
        weights = np.where(in_japanese, weights * _HAN_IN_JAPANESE, weights)
    total = float(weights.sum())
    counts: list[float] = np.bincount(languages, weights, len(codes)).tolist()
    ranked = sorted(zip(codes, counts, strict=True), key=lambda item: (-item[1], item[0]))
    shares = {code: count / total for code, count in ranked if count}
    return Shares(total, shares, _spans(words, languages, codes))


@lru_cache(maxsize=256)  # of the prompts: completions of one are judged together
def dominant_language(text: str, detector: Detector) -> str | None:
    """The language that a text is unambiguously in."""
    by_language = measure(text, detector).by_language
    language = next(iter(by_language), None)
    return language if language and by_language[language] >= _UNAMBIGUOUS else None


def _languages(words: Words, detector: Detector, target: Target | None) -> tuple[Array, list[str]]:
    """The language of each word, as a position in a list of codes."""
    first = int(words.scripts[0])
    if first not in _EAST_ASIAN and (words.scripts == first).all():
        positions, known = _of_script(SCRIPTS[first], words, detector, target)
        return positions, list(known)
    codes: dict[str, int] = {}
    languages: Array = np.zeros(len(words.texts), np.intp)
    east_asian = np.isin(words.scripts, _EAST_ASIAN)
    if east_asian.any():
        found = attribute(words.only(east_asian), target)
        languages[east_asian] = [codes.setdefault(code, len(codes)) for code in found]
    others: list[int] = np.unique(words.scripts[~east_asian]).tolist()
    for script in others:
        chosen = words.scripts == script
        positions, known = _of_script(SCRIPTS[script], words.only(chosen), detector, target)
        languages[chosen] = np.array([codes.setdefault(code, len(codes)) for code in known])[positions]
    names, beside = _names_abroad(words)
    languages[names] = languages[beside]
    return languages, list(codes)


def _names_abroad(words: Words) -> tuple[Array, Array]:
    """Names in Latin letters inside of a sentence in another script: their words, and the neighbour that each goes with."""
    starts = np.flatnonzero(changes(words.scripts) | changes(words.sentences))
    spans = lengths(starts, len(words.texts))
    capitals = np.logical_and.reduceat(words.flags & IS_CAPITALISED != 0, starts)
    named = capitals & (words.scripts[starts] == _LATIN) & (spans <= LONGEST_NAME)
    sentences = words.sentences[starts]
    after = ~changes(sentences)
    before = np.append(after[1:], False)
    named &= after | before
    neighbours = np.where(after, starts - 1, starts + spans)
    at = np.flatnonzero(np.repeat(named, spans))
    return at, np.repeat(neighbours, spans)[at]


def _of_script(script: str, words: Words, detector: Detector, target: Target | None) -> tuple[Array, list[str]]:
    languages = candidates(script, target)
    known = tuple(language for language in languages if language in detector.languages())
    own = target.language if target and target.language in languages else ""
    if len(known) < 2 or (own and own not in known):
        return np.zeros(len(words.texts), np.intp), [own or languages[0]]
    found = detector.detect(words, known, own)
    if script == LATIN:
        for passage in passages(words, target):
            found[passage.start : passage.end] = len(known) + ROMANISED.index(passage.language)
    return found, [*known, *ROMANISED]


def _spans(words: Words, languages: Array, codes: list[str]) -> list[Span]:
    first = np.flatnonzero(changes(languages))
    last = first + lengths(first, len(languages)) - 1
    places = zip(words.starts[first].tolist(), words.ends[last].tolist(), languages[first].tolist(), strict=True)
    return [Span(start, end, codes[language]) for start, end, language in places]
