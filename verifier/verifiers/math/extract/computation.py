r"""Computations in prose: ``3/4 * $120,000 = $90,000 a year`` says 90,000. Its words are units and remarks, not factors."""

import re
from typing import NamedTuple

_RESULT = re.compile(
    r"=\s*(?P<value>[-−]?\s?(?:[$€£¥]\s?)?[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)?(?:\.\d+)?(?:(?<=\d)\s?/\s?\d+)?(?:(?<=\d)\s?%)?)"
    r"(?P<rest>(?=[^\w\s]|\s|$)(?!\s*[-+*/^×÷·(=:<>≤≥]|[.,]?\d|\s\d|\.\.|\\).*)$",
    re.DOTALL,
)
_OPERATION = re.compile(r"\d[^=]*[-–−+*/×÷·()]|\d\s*[x×]\s*[$\d]|[-–−+*/×÷·(]\s*[$.\d]")
_VARIABLE = re.compile(
    r"(?<![^\W\d_])(?<!['’])(?!(?<=\d)g\b)(?![xX](?=\s*[$\d.(]))[b-zB-Z](?![^\W_])|\d[xyznrmpt]\b|[\^_\\]"
)
_WORD = re.compile(r"[^\W\d_]{2,}|[$€£¥%]|\d\s*[xX]\s*\d")
_GOES_ON = re.compile(r"(?:[,;:]|\b(?:or|and|so|which|that|means|is|are|leaving|then)\b|→|=>).*\d", re.DOTALL)
_NAME = re.compile(r"(?:^|[^\w'’])[a-zA-Z]\s*$")
"""What an assignment begins with: ``a`` is an article only before a noun."""
_LINE = re.compile(r"\s*(?:[A-Za-z][A-Za-z ]{0,40}[:=]\s*)?[^=\n]*=")
_ASSIGNMENT = re.compile(r"\s*[A-Za-z]\w{0,2}\s*=")


class Result(NamedTuple):
    """What a computation comes to, and where that stands."""

    start: int
    end: int
    text: str


def result(sentence: str) -> Result | None:
    """The last side of a computation with words in it; None where there is no computation, it is plain mathematics, or the
    sentence goes on to another value."""
    at = sentence.rfind("=")
    match = _RESULT.match(sentence, at) if at >= 0 else None
    if match is None or not any(c.isdigit() for c in match.group("value")) or _GOES_ON.search(match.group("rest")):
        return None
    left = sentence[sentence.rfind("=", 0, at) + 1 : at]
    left = re.split(r"[,;:]\s|:", left)[-1]
    if _NAME.search(left) or not _OPERATION.search(left) or _VARIABLE.search(left) or not _WORD.search(sentence):
        return None
    value = match.group("value")
    return Result(match.start("value"), match.end("value"), value.strip())


def is_derivation(text: str) -> bool:
    """Whether the lines of ``text`` are the steps of one derivation, of which only the last one counts."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or "\\" in text or not all(_LINE.match(line) for line in lines):
        return False
    last = lines[-1]
    return any(not _ASSIGNMENT.match(line) for line in lines[:-1]) and (
        _ASSIGNMENT.match(last) is not None or result(last) is not None
    )


def is_tautology(text: str) -> bool:
    """Whether all sides of an equation are the same text, which states nothing: ``3=3``."""
    sides = {"".join(side.split()) for side in text.split("=")}
    return len(sides) == 1 and "=" in text and all(char not in text for char in "<>!\\")
