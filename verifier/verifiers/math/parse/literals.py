"""Numbers from their digits: decimals with their stated precision, repeating decimals, other bases."""

import re
from fractions import Fraction

from verifier.verifiers.math.budgets import DIGITS
from verifier.verifiers.math.tree import Based, Number

BASED = re.compile(r"([0-9A-Fa-f]+)\s?_\s?(?:\{\s?(?:\\text\s?\{)?\(?(\w+)\)?\}?\s?\}|([0-9]{1,2}))")

_BASE_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
               "sixteen": 16, "bin": 2, "oct": 8, "dec": 10, "hex": 16}  # fmt: skip


def decimal(digits: str) -> Number:
    """A number from its digits. All zeros after the point state no precision: 27.0 is 27."""
    whole, point, part = digits.partition(".")
    if not point:
        return Number(Fraction(int(whole)))
    value = Fraction(int(whole + part or "0"), 10 ** len(part))
    return Number(value, len(part) if part.strip("0") else None)


def repeating(digits: str, period: str) -> Number:
    """``digits`` followed by ``period`` for ever, exactly."""
    whole, _, part = digits.partition(".")
    shift = 10 ** len(part)
    return Number(Fraction(int(whole + part or "0"), shift) + Fraction(int(period), shift * (10 ** len(period) - 1)))


def continued(digits: str) -> Number:
    """0.333... is 1/3: an ellipsis continues a period that is written out. Else it only says that there is more."""
    whole, _, part = digits.partition(".")
    if len(part) == 2 and part[0] == part[1] and not whole.strip("0"):
        return repeating(digits, part[0])
    for length, times in ((1, 3), (2, 2), (3, 2), (4, 3), (6, 2)):
        period = part[-length:]
        if len(part) >= length * times and part.endswith(period * times):
            return repeating(digits, period)
    return decimal(digits)


def based(match: re.Match[str]) -> Based | None:
    digits, base_text = match.group(1).upper(), match.group(2) or match.group(3)
    base = int(base_text) if base_text.isdigit() and len(base_text) < 3 else _BASE_WORDS.get(base_text.lower(), 0)
    if not 2 <= base <= 36 or any(int(digit, 36) >= base for digit in digits) or len(digits) > DIGITS:
        return None
    return Based(digits.lstrip("0") or "0", base)
