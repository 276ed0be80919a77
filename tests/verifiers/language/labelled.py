"""Labelled texts: segments, each with its language (empty for none), and the shares that they add up to.

A segment weighs its words, as a person would count them: runs between spaces with at least two letters (one, where vowels are
marks); Chinese, Japanese and Thai by their characters. Where the segments say the same thing in two languages ("halves"),
each is a half, whatever its length.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import regex

GOLDEN = Path(__file__).parent.parent.parent / "golden"

_CHARACTERS = {
    "zh": (regex.compile(r"\p{Han}"), 1.4),
    "ja": (regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー]"), 1.9),
    "th": (regex.compile(r"[\p{Thai}--\p{M}]", regex.VERSION1), 3.3),
}


class Labelled(NamedTuple):
    """A text, its target language, and the true share of each language."""

    why: str
    text: str
    target: str
    shares: dict[str, float]


def labelled(name: str) -> list[Labelled]:
    """The texts of a file."""
    lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_labelled(json.loads(line)) for line in lines]


def _labelled(case: dict[str, Any]) -> Labelled:
    segments: list[tuple[str, str]] = [(language, text) for language, text in case["segments"]]
    weights: dict[str, float] = {}
    for language, text in segments:
        if language:
            weights[language] = weights.get(language, 0) + (1 if "halves" in case["why"] else weight(language, text))
    total = sum(weights.values())
    shares = {language: share / total for language, share in weights.items()}
    return Labelled(case["why"], "".join(text for _, text in segments), case["target"], shares)


def weight(language: str, text: str) -> float:
    """How many words a text has; for scripts without spaces, how many English words it says."""
    if language in _CHARACTERS:
        pattern, per_word = _CHARACTERS[language]
        return len(pattern.findall(text)) / per_word
    fewest = 1 if language in ("hi", "mr", "bn", "ta", "ko") else 2
    return sum(sum(map(str.isalpha, word)) >= fewest for word in re.split(r"[\s'’-]+", text))
