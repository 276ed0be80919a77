"""Answers that are no expressions: choice letters, clock times and dates."""

import re
from typing import NamedTuple

from verifier.verifiers.math.tree import Apply, Node, Symbol, integer

_LETTER = (
    r"(?:\\(?:text(?:bf|rm|it|sf)?|mathrm|mathbf|mbox|textnormal)\s*\{\s*)*\(?\s*(?:\\(?:text(?:bf|rm)?|mathrm|mathbf)\s*\{\s*)*"
    r"(?P<letter>[A-J])"
)
_BARE_CHOICE = re.compile(
    rf"(?:option|choice|answer|选项)?\s*{_LETTER}\s*\}}*\s*\)?\s*\}}*\s*(?:选项|option|choice)?\s*[.:)]?", re.IGNORECASE
)
_CHOICE_WITH_TEXT = re.compile(
    rf"(?:option|choice|选项)?\s*{_LETTER}\s*(?:\}}*\s*\)\s*\}}*|\}}*[.:、]\s\s*\}}*|\s*\}}*\s*[:.、)]|(?<=[B-E])\s(?=[A-Z][a-z]+$))\s*"
    rf"(?:\\[ ,;:!]|\\quad|~|\s)*(?P<text>\S.*)",
    re.DOTALL,
)
_NAME = re.compile(
    r"[A-J]\s*:\s*[A-Z]\s*(?:[=:]|$)|\([A-J]\)(?:[-+]|\s*(?:[*/^_=<>!]|\\(?:cdot|times|div|cup|cap|pm|le|ge|ne|in|to|perp)(?![a-z])))"
)
"""A name in a ratio or an expression: ``A:B = 1:2``, ``(A)^2``."""
_ANOTHER_CHOICE = re.compile(
    r"(?:,|and\b|or\b|&|/|、|和|或)?\s*\(?[A-J]\b[).]?\s*(?:,|$|and\b|or\b|\()|,|(?i:and|or|maybe|perhaps|possibly|but)\b"
)
_PREDICATE = re.compile(r"(?:is|are|was|were|seems?|looks?|cannot|can|would|could|has|does)\b|\w+n['’]t\b")
"""What makes a statement about a choice of the text behind its letter."""
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?:\s*:\s*(?P<m>\d{2}))?(?:\s*:\s*(?P<s>\d{2}))?\s*(?:\\[ ,])?\s*(?:\\(?:text|mathrm|mbox)\s*\{\s*)?"
    r"(?P<half>[ap])\.?\s?m\.?\s*\}?",
    re.IGNORECASE,
)
_PLAIN_CLOCK = re.compile(r"(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?:\s*o'?clock|点|h)?")
_NOON = re.compile(r"(?:12(?::00)?\s*)?noon", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(?:12(?::00)?\s*)?midnight", re.IGNORECASE)
_O_CLOCK = re.compile(r"(?P<h>\d{1,2})\s*(?:o'?clock|点钟|点|时整)")
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    rf"(?P<month>{'|'.join(f'{month[:3]}(?:{month[3:]})?' if len(month) > 3 else month for month in _MONTHS)}|sept)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = [
    re.compile(rf"(?:[a-z]+day,?\s+)?{_MONTH}\s+{_DAY}(?:\s*,?\s*(?P<year>\d{{4}}))?", re.IGNORECASE),
    re.compile(rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:\s*,?\s*(?P<year>\d{{4}}))?", re.IGNORECASE),
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    re.compile(r"(?:(?P<year>\d{4})\s*年)?\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]?"),
]


class Choice(NamedTuple):
    """An answer that picks one of the options of a question."""

    letter: str
    text: str
    """What the answer says after the letter; empty if nothing."""
    plain: bool
    """Whether it is an upper case letter: a reference of that form asks for a choice."""


def choice(text: str) -> Choice | None:
    """The choice letter that ``text`` states, or None."""
    text = text.strip()
    if len(text) > 300:
        return None
    if match := _BARE_CHOICE.fullmatch(text):
        letter = match.group("letter")
        return Choice(letter.upper(), "", letter.isupper())
    match = _CHOICE_WITH_TEXT.fullmatch(text)
    if match and _PREDICATE.match(match.group("text")):
        return None
    if match and not _NAME.match(text) and not _ANOTHER_CHOICE.match(match.group("text")):
        return Choice(match.group("letter"), match.group("text"), True)
    return None


def clock(text: str) -> Node | None:
    """A time of day as ``clock(hours, minutes, seconds, half)``: half is am, pm or none."""
    text = _NOON.sub("12:00 pm", text) if "noon" in text else _MIDNIGHT.sub("12:00 am", text)
    match = _CLOCK.fullmatch(text)
    half = match.group("half").lower() if match else ""
    match = match or _PLAIN_CLOCK.fullmatch(text)
    if match is None:
        match = _O_CLOCK.fullmatch(text)
        return None if match is None else _clock(int(match.group("h")), 0, 0, "")
    hours = int(match.group("h"))
    if hours > (12 if half else 24):
        return None
    return _clock(hours, int(match.group("m") or 0), int(match.group("s") or 0), half)


def _clock(hours: int, minutes: int, seconds: int, half: str) -> Node:
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    return Apply("clock", (integer(hours), integer(minutes), integer(seconds), Symbol(half)))


def date(text: str) -> Node | None:
    """A date as ``date(year, month, day)``; the year is 0 where none is stated."""
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            month = match.group("month").lower()
            number = int(month) if month.isdigit() else 1 + [name[:3] for name in _MONTHS].index(month[:3])
            day = int(match.group("day"))
            if 1 <= number <= 12 and 1 <= day <= 31:
                return Apply("date", (integer(int(match.group("year") or 0)), integer(number), integer(day)))
    return None
