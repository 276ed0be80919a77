"""Detectors that say of a whole piece which language it is in: langdetect and lingua. Both are optional packages.

``pip install r1-verifier[langdetect]`` or ``[lingua]``. langdetect draws at random unless it is seeded, so it is.
"""

from functools import cache
from typing import Any

import numpy as np

from verifier.verifiers.language.detector import Detector
from verifier.verifiers.language.words import Array, Words

_SEED = 0


class LangDetect:
    """langdetect (Nakatani, "Language Detection Library for Java", 2010): naive Bayes over character n-grams, sampled."""

    def __init__(self) -> None:
        from langdetect import DetectorFactory, detector_factory

        DetectorFactory.seed = _SEED
        detector_factory.init_factory()
        self._factory: Any = detector_factory._factory  # what makes detectors is public by its functions alone
        self._codes = {"zh-cn": "zh", "zh-tw": "zh"}

    def languages(self) -> frozenset[str]:
        return frozenset(self._codes.get(code, code) for code in self._factory.get_lang_list())

    def detect(self, words: Words, candidates: tuple[str, ...]) -> Array:
        return _by_clause(words, [candidates.index(self._language(text, candidates)) for text in _clauses(words)])

    def _language(self, text: str, candidates: tuple[str, ...]) -> str:
        from langdetect.lang_detect_exception import LangDetectException

        detector: Any = self._factory.create()
        detector.set_prior_map({code: 1.0 if code in candidates else 0.0 for code in self._factory.get_lang_list()})
        detector.append(text)
        try:
            return next((found.lang for found in detector.get_probabilities() if found.lang in candidates), candidates[0])
        except LangDetectException:
            return candidates[0]


class Lingua:
    """lingua (Stahl, 2021): n-grams of one to five letters, with rules."""

    def __init__(self) -> None:
        from lingua import Language

        self._by_code: dict[str, Any] = {
            {"nb": "no"}.get(code := language.iso_code_639_1.name.lower(), code): language for language in Language.all()
        }

    def languages(self) -> frozenset[str]:
        return frozenset(self._by_code)

    def detect(self, words: Words, candidates: tuple[str, ...]) -> Array:
        detector, positions = self._detector(candidates)
        return _by_clause(words, [positions.get(detector.detect_language_of(text), 0) for text in _clauses(words)])

    @cache  # noqa: B019  there is one, for ever
    def _detector(self, candidates: tuple[str, ...]) -> tuple[Any, dict[Any, int]]:
        from lingua import LanguageDetectorBuilder

        languages = {self._by_code[code]: position for position, code in enumerate(candidates)}
        return LanguageDetectorBuilder.from_languages(*languages).build(), languages


def _starts(words: Words) -> Array:
    """Where each clause starts."""
    pauses = np.flatnonzero(words.pauses)
    return np.unique(np.concatenate([words.pieces(), pauses]))


def _clauses(words: Words) -> list[str]:
    starts = _starts(words).tolist()
    return [" ".join(words.texts[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]


def _by_clause(words: Words, languages: list[int]) -> Array:
    return np.repeat(languages, np.diff(_starts(words), append=len(words.texts)))


def make(name: str) -> Detector:
    """A detector by its name. Raises ImportError where its package is not installed."""
    return LangDetect() if name == "langdetect" else Lingua()
