"""Detectors that say of a whole piece which language it is in: langdetect and lingua. Both are optional packages.

``pip install r1-verifier[langdetect]`` or ``[lingua]``. langdetect draws at random unless it is seeded, so it is.
"""

import importlib
from functools import cache
from typing import Any

import numpy as np

from verifier.verifiers.language.detector import Detector
from verifier.verifiers.language.words import Array, Words, lengths

_SEED = 0
_OTHER_CODES = {"nb": "no"}


class LangDetect:
    """langdetect (Nakatani, "Language Detection Library for Java", 2010): naive Bayes over character n-grams, sampled."""

    def __init__(self) -> None:
        package: Any = importlib.import_module("langdetect.detector_factory")
        package.DetectorFactory.seed = _SEED
        package.init_factory()
        self._factory = package._factory  # the package's own functions detect among all languages or none
        self._no_letters: type[Exception] = importlib.import_module("langdetect").LangDetectException
        self._codes = {"zh-cn": "zh", "zh-tw": "zh"}

    def languages(self) -> frozenset[str]:
        codes: list[str] = self._factory.get_lang_list()
        return frozenset(self._codes.get(code, code) for code in codes)

    def detect(self, words: Words, candidates: tuple[str, ...], expected: str = "") -> Array:
        return _by_clause(words, [candidates.index(self._language(text, candidates)) for text in _clauses(words)])

    def _language(self, text: str, candidates: tuple[str, ...]) -> str:
        detector: Any = self._factory.create()
        detector.set_prior_map({code: 1.0 if code in candidates else 0.0 for code in self._factory.get_lang_list()})
        detector.append(text)
        try:
            return next(
                (found.lang for found in detector.get_probabilities() if found.lang in candidates), candidates[0]
            )
        except self._no_letters:
            return candidates[0]


class Lingua:
    """lingua (Stahl, 2021): n-grams of one to five letters, with rules."""

    def __init__(self) -> None:
        self._package: Any = importlib.import_module("lingua")
        self._by_code: dict[str, Any] = {}
        for language in self._package.Language.all():
            code: str = language.iso_code_639_1.name.lower()
            self._by_code[_OTHER_CODES.get(code, code)] = language

    def languages(self) -> frozenset[str]:
        return frozenset(self._by_code)

    def detect(self, words: Words, candidates: tuple[str, ...], expected: str = "") -> Array:
        detector, positions = self._detector(candidates)
        return _by_clause(words, [positions.get(detector.detect_language_of(text), 0) for text in _clauses(words)])

    @cache  # noqa: B019  there is one, for ever
    def _detector(self, candidates: tuple[str, ...]) -> tuple[Any, dict[Any, int]]:
        languages = {self._by_code[code]: position for position, code in enumerate(candidates)}
        return self._package.LanguageDetectorBuilder.from_languages(*languages).build(), languages


def _starts(words: Words) -> Array:
    """Where each clause starts."""
    pauses = np.flatnonzero(words.pauses)
    return np.unique(np.concatenate([words.pieces(), pauses]))


def _clauses(words: Words) -> list[str]:
    starts = _starts(words).tolist()
    return [" ".join(words.texts[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]


def _by_clause(words: Words, languages: list[int]) -> Array:
    return np.repeat(languages, lengths(_starts(words), len(words.texts)))


def make(name: str) -> Detector:
    """A detector by its name. Raises ImportError where its package is not installed."""
    return LangDetect() if name == "langdetect" else Lingua()
