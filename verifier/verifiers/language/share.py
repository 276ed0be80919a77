"""The share of a text that is in a target language, as far as its script tells.

Source: DeepSeek-R1 (arXiv 2501.12948), language consistency reward: ``Num(words in the target language) / Num(words)``.
"""

from typing import Final, NamedTuple

from verifier.verifiers.language.scripts import CHINESE, JAPANESE, KOREAN, LATIN, count_words
from verifier.verifiers.language.strip import strip

_LANGUAGES: Final = {
    LATIN: "af az bs ca cs cy da de en eo es et eu fi fil fo fr ga gl ha hr ht hu id ig is it jv la lb lt lv mg mi ms "
    "mt nb nl nn no oc pl pt rm ro rw sk sl sm sn so sq sr st su sv sw tk tl tr uz vi wo xh yo zu",
    "Cyrillic": "be bg kk ky mk mn ru sr tg tt uk",
    "Arabic": "ar fa ps sd ug ur",
    "Devanagari": "hi mr ne sa",
    "Bengali": "as bn",
    "Hebrew": "he iw yi",
    "Ethiopic": "am ti",
    "Tibetan": "bo dz",
    CHINESE: "zh yue",
    JAPANESE: "ja",
    KOREAN: "ko",
    "Greek": "el",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Oriya": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Myanmar": "my",
    "Georgian": "ka",
    "Armenian": "hy",
}
_UNAMBIGUOUS = 0.7
"""A prompt speaks for a script that writes at least this share of it."""


class Shares(NamedTuple):
    """How a text divides among scripts."""

    words: float
    """Words of natural language, in English words."""
    by_script: dict[str, float]
    """The share of each script, largest first; they add up to 1."""

    def of(self, scripts: frozenset[str]) -> float:
        """The share of the words that are written in any of the scripts."""
        return min(1.0, sum(share for script, share in self.by_script.items() if script in scripts))


def measure(text: str) -> Shares:
    """The shares of the natural language in a text."""
    counts = count_words(strip(text))
    words = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Shares(words, {script: count / words for script, count in ranked})


def scripts_of(language: str) -> frozenset[str]:
    """The scripts that a language is written in, by its ISO 639-1 code (``zh``, ``pt-BR``); none when it is unknown."""
    code = language.strip().lower().replace("_", "-").split("-", 1)[0]
    return frozenset(script for script, codes in _LANGUAGES.items() if code in codes.split())


def dominant_script(text: str) -> str | None:
    """The script that a text is unambiguously written in."""
    by_script = measure(text).by_script
    script = next(iter(by_script), None)
    return script if script and by_script[script] >= _UNAMBIGUOUS else None
