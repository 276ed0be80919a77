"""What tells apart the languages that share a script, behind one protocol, with three implementations."""

import importlib
from functools import cache
from typing import Final, Literal, Protocol

from verifier.verifiers.language.words import Array, Words

Name = Literal["py3langid", "langdetect", "lingua"]

MODULES: Final = {"py3langid": "ngrams", "langdetect": "peers", "lingua": "peers"}


class Detector(Protocol):
    """Tells the languages of one script apart."""

    def languages(self) -> frozenset[str]:
        """The ISO 639-1 codes of the languages that it knows."""
        ...

    def detect(self, words: Words, candidates: tuple[str, ...], expected: str = "") -> Array:
        """The position in ``candidates`` of the language of each word; the same words always give the same.

        The words are all in one script, and ``candidates`` are languages of that script that the detector knows. What might
        as well be in the ``expected`` language, if it is one of them, is.
        """
        ...


@cache
def detector(name: Name) -> Detector:
    """A detector by its name, made once. Raises ImportError where the package that it needs is not installed."""
    module = importlib.import_module(f"verifier.verifiers.language.{MODULES[name]}")
    return module.make(name)
