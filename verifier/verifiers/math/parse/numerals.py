"""Numbers in words: Chinese numerals and units (十二, 3万, 一百零五) and English number words (twenty-three)."""

import re
from fractions import Fraction

from verifier.verifiers.math.tree import Number

_DIGITS = dict(zip("零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖", (0, 0, *range(1, 10), 2, *range(1, 10)), strict=True))
_SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
SCALES = {
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
    "千": 1000,
    "百": 100,
    "兆": 10**12,
    "만": 10**4,
    "억": 10**8,
}
CHINESE = re.compile(f"[{''.join(_DIGITS)}{''.join(_SMALL)}{''.join(_LARGE)}]+")

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ENGLISH = {word: value for value, word in enumerate(_ONES)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
LETTER_SCALES = {"k": 1000, "K": 1000, "M": 10**6, "B": 10**9}
"""Letters that scale an amount of money: $70k."""


def chinese(text: str) -> Fraction | None:
    """The value of a Chinese numeral, or None: 一百二十三 is 123, 二〇二四 is 2024, 三点一四 is 3.14."""
    if all(char in _DIGITS for char in text):
        return Fraction(int("".join(str(_DIGITS[char]) for char in text)))
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _SMALL:
            section += (digit or 1) * _SMALL[char]
            digit = 0
        elif char in _LARGE:
            total = (total + section + digit) * _LARGE[char]
            section = digit = 0
        else:
            return None
    return Fraction(total + section + digit)


def chinese_decimal(whole: str, part: str) -> Number | None:
    """三点一四 is 3.14, stated to two places."""
    value, digits = chinese(whole), [str(_DIGITS[char]) for char in part if char in _DIGITS]
    if value is None or len(digits) != len(part):
        return None
    return Number(value + Fraction(int("".join(digits)), 10 ** len(digits)), len(digits))


PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
          "ninth": 9, "tenth": 10}  # fmt: skip


def english_fraction(words: list[str]) -> Fraction | None:
    """The value of ``two thirds`` or ``one half``, or None."""
    part = PARTS.get(words[-1], PARTS.get(words[-1].removesuffix("s"))) if len(words) > 1 else None
    count = (Fraction(1) if words[:-1] in (["a"], ["an"]) else english(words[:-1])) if part else None
    return None if count is None or part is None else count / part


def english(words: list[str]) -> Fraction | None:
    """The value of English number words, or None: ``twenty three``, ``one hundred and five``."""
    if not words or (words[0] not in ENGLISH and words[0] not in ("hundred", "a", "dozen")):
        return None
    total = section = 0
    for word in words:
        if word in ENGLISH:
            section += ENGLISH[word]
        elif word in ("hundred", "dozen"):
            section = (section or 1) * ENGLISH_SCALES[word]
        elif word in ENGLISH_SCALES:
            total += (section or 1) * ENGLISH_SCALES[word]
            section = 0
        elif word != "and":
            return None
    return Fraction(total + section)


_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}


def roman(text: str) -> int | None:
    """The value of a Roman numeral of two letters or more: one letter is a name."""
    if len(text) < 2 or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_DIGITS[letter] for letter in text]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
