"""Words by script: how much of a text is written in which one.

A word is a run of letters of one script. A single Latin letter and one or two Greek ones are symbols, no words. Scripts
that put no spaces between words are counted by the character, at so many characters a word that a text weighs
what its translation would (:data:`CHARACTERS_PER_WORD`).

Three languages share the Han characters. They are Japanese in a sentence where at least one character in ten is kana,
Korean in one with at least as much Hangul, and Chinese elsewhere.
"""

from collections import Counter
from typing import Final

import regex

CHINESE, JAPANESE, KOREAN, LATIN = "Chinese", "Japanese", "Korean", "Latin"

CHARACTERS_PER_WORD: Final = {CHINESE: 1.6, JAPANESE: 2.5, "Thai": 4.5, "Lao": 4.5, "Khmer": 4.5, "Myanmar": 4.5}
"""How many characters say what one English word says; marks do not count.

Chinese: translators reckon 1,500 to 1,700 characters for 1,000 English words, and running text has 1.6 to 1.7
characters a word (estimates of DeFrancis and Zheng, as quoted from Hannas, "Asia's Orthographic Dilemma"). Japanese: a
rule of translators is to divide characters by 2.5. Thai, Lao, Khmer and Burmese: our own estimate. None was measured on
parallel texts.
"""

KANA_SHARE: Final = 0.1
"""Below it a sentence of Han and kana is Chinese: an ornamental の makes no Japanese."""

SPACED: Final = (
    *("Cyrillic", "Arabic", "Hebrew", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu"),
    *("Kannada", "Malayalam", "Sinhala", "Georgian", "Armenian", "Ethiopic", "Tibetan", "Mongolian"),
)
UNSPACED: Final = ("Thai", "Lao", "Khmer", "Myanmar")

_SENTENCE_ENDS = ".!?。．！？｡\n"
_WORD = regex.compile(
    # Looking ahead spares a space, or a digit, two dozen vain tries.
    rf"(?=[\p{{L}}{_SENTENCE_ENDS}])(?:"
    + "|".join(
        [
            # Mathematical letters in a row are Latin words in a costume.
            r"(?P<Latin>[\p{Latin}\U0001D400-\U0001D7FF][\p{Latin}\p{M}\U0001D400-\U0001D7FF]++)",
            rf"(?P<end>[{_SENTENCE_ENDS}]++)",
            r"(?P<Han>\p{Han}++)",
            r"(?P<Kana>[\p{Hiragana}\p{Katakana}ー]++)",
            r"(?P<Hangul>\p{Hangul}++)",
            r"(?P<Greek>\p{Greek}[\p{Greek}\p{M}]{2,}+)",
            *(rf"(?P<{script}>[\p{{{script}}}][\p{{{script}}}\p{{M}}]*+)" for script in SPACED),
            *(rf"(?P<{script}>[\p{{{script}}}--\p{{M}}])" for script in UNSPACED),
        ]
    )
    + ")",
    regex.VERSION1,
)
_ASCII_WORD = regex.compile(r"[A-Za-z]{2,}+")


def count_words(text: str) -> dict[str, float]:
    """How many words a text has in each script, in English words. Time is linear in the length of the text."""
    if text.isascii():
        words = len(_ASCII_WORD.findall(text))
        return {LATIN: float(words)} if words else {}
    units: Counter[str] = Counter()
    sentence: Counter[str] = Counter()
    for match in _WORD.finditer(text):
        script = match.lastgroup or ""
        if script in ("Han", "Kana", "Hangul"):
            sentence[script] += len(match[0])
            units[KOREAN] += script == "Hangul"
        elif script == "end":
            _share_out(sentence, units)
            sentence.clear()
        else:
            units[script] += 1
    _share_out(sentence, units)
    return {script: count / CHARACTERS_PER_WORD.get(script, 1.0) for script, count in units.items() if count}


def _share_out(sentence: Counter[str], units: Counter[str]) -> None:
    """Give the Han characters of a sentence to the language that its other characters speak for."""
    han, kana, hangul = sentence["Han"], sentence["Kana"], sentence["Hangul"]
    units[JAPANESE] += kana
    if kana and kana >= KANA_SHARE * (kana + han):
        units[JAPANESE] += han
    elif hangul and hangul >= han:
        units[KOREAN] += round(han / CHARACTERS_PER_WORD[CHINESE])
    else:
        units[CHINESE] += han
