"""Answers that are no expressions: choice letters, clock times and dates."""

import re
from fractions import Fraction
from typing import NamedTuple

from verifier.verifiers.math.parse import numerals
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
_NEXT_CHOICE = re.compile(r"\n\s*[-*]?\s*\(?[A-J][.):]\s")
"""A second choice in another line: the question over again."""
_PREDICATE = re.compile(r"(?:is|are|was|were|seems?|looks?|cannot|can|would|could|has|does)\b|\w+n['’]t\b")
"""What makes a statement about a choice of the text behind its letter."""
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?:\s*:\s*(?P<m>\d{2}))?(?:\s*:\s*(?P<s>\d{2}))?\s*(?:\\[ ,])?\s*(?:\\(?:text|mathrm|mbox)\s*\{\s*)?"
    r"(?P<half>[ap])\.?\s?m\.?\s*\}?",
    re.IGNORECASE,
)
_PLAIN_CLOCK = re.compile(r"(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?:\s*o'?clock|点|h)?")
_SPOKEN = (" past ", " to ", " after ", " before ", " till ", "clock")
_DATE_CHARS = 60
_DATED = re.compile(
    r"\d\s?[-/.]\s?\d+\s?[-/.]\s?\d|月|\d.*[a-z\u00c0-\u04ff]{3}|[a-z\u00c0-\u04ff]{3}.*\d", re.DOTALL | re.IGNORECASE
)
_NOON = re.compile(r"(?:12(?::00)?\s*)?noon", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(?:12(?::00)?\s*)?midnight", re.IGNORECASE)
_O_CLOCK = re.compile(r"(?P<h>\d{1,2})\s*(?:o'?clock|点钟|点|时整)")
_HOUR = re.compile(
    r"(?P<half>上午|早上|凌晨|下午|晚上|中午)?\s*(?P<h>\d{1,2})\s*(?P<sign>[时点點])\s*"
    r"(?:(?P<m>\d{1,2})\s*分(?:钟)?|(?P<part>半|一刻|三刻)|整)?(?:钟)?"
)
_PAST = re.compile(
    r"(?:(?:an?\s+)?(?P<part>half|quarter)|(?P<m>\d{1,2}|[a-z]+(?:[- ][a-z]+)?)(?:\s+minutes?)?)\s+"
    r"(?P<sign>past|after|to|before|till)\s+(?P<h>\d{1,2}|[a-z]+)(?:\s+o'?clock)?",
    re.IGNORECASE,
)
_SPELLED_HOUR = re.compile(r"(?P<h>[a-z]+)\s+o'?clock", re.IGNORECASE)
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    rf"(?P<month>{'|'.join(f'{month[:3]}(?:{month[3:]})?' if len(month) > 3 else month for month in _MONTHS)}|sept)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_ABROAD = (
    "enero|janvier|januar|jänner|janeiro|gennaio|января",
    "febrero|février|februar|fevereiro|febbraio|февраля",
    "marzo|mars|märz|março|марта",
    "abril|avril|april|aprile|апреля",
    "mayo|mai|maio|maggio|мая",
    "junio|juin|juni|junho|giugno|июня",
    "julio|juillet|juli|julho|luglio|июля",
    "agosto|août|august|августа",
    "septiembre|setiembre|septembre|september|setembro|settembre|сентября",
    "octubre|octobre|oktober|outubro|ottobre|октября",
    "noviembre|novembre|november|novembro|ноября",
    "diciembre|décembre|dezember|dezembro|dicembre|декабря",
)
_NUMBER = {name: number for number, names in enumerate(_ABROAD, 1) for name in names.split("|")} | {
    month[:3]: number for number, month in enumerate(_MONTHS, 1)
}
_DATES = [
    re.compile(rf"(?:[a-z]+day,?\s+)?{_MONTH}\s+{_DAY}(?:\s*,?\s*(?P<year>\d{{4}}))?", re.IGNORECASE),
    re.compile(
        rf"(?:[a-z]+day,?\s+)?(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:\s*,?\s*(?P<year>\d{{4}}))?", re.IGNORECASE
    ),
    re.compile(rf"(?P<year>\d{{4}})\s+{_MONTH}\s+{_DAY}", re.IGNORECASE),
    re.compile(rf"{_MONTH},?\s+(?:of\s+)?(?P<year>\d{{4}})", re.IGNORECASE),
    re.compile(r"(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月份?"),
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    re.compile(r"(?:(?P<year>\d{4})\s*年)?\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]?"),
    re.compile(
        rf"(?:(?:el|le|am|il|o|den)\s+)?(?P<day>\d{{1,2}})(?:\.|er|º)?\s+(?:de\s+|di\s+)?(?P<month>{'|'.join(_ABROAD)})"
        r"(?:\s*,?\s*(?:de\s+|del\s+|di\s+)?(?P<year>\d{4})(?:\s*г(?:ода|\.)?)?)?",
        re.IGNORECASE,
    ),
]
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_TEXT = re.compile(r"\\(?:text(?:bf|rm|it)?|mathrm|mbox)\s*\{|[{}]|\\[ ,;]|~")


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
    if match and (_PREDICATE.match(match.group("text")) or _NEXT_CHOICE.search(match.group("text"))):
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
        if match is not None:
            return _clock(int(match.group("h")), 0, 0, "")
        if "点" in text or "點" in text:
            return hour(text)
        return _spoken(text) if any(sign in text for sign in _SPOKEN) else None
    hours = int(match.group("h"))
    if hours > (12 if half else 24):
        return None
    return _clock(hours, int(match.group("m") or 0), int(match.group("s") or 0), half)


def _clock(hours: int, minutes: int, seconds: int, half: str) -> Node:
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    return Apply("clock", (integer(hours), integer(minutes), integer(seconds), Symbol(half)))


def hour(text: str) -> Node | None:
    """``10时30分``: a time of day, where it is no duration."""
    match = _HOUR.fullmatch(text)
    if match is None or int(match["h"]) > 24 or int(match["m"] or 0) > 59:
        return None
    minutes = {"半": 30, "一刻": 15, "三刻": 45}.get(match["part"] or "", int(match["m"] or 0))
    half = (
        ""
        if match["half"] is None
        else "p"
        if match["half"] in ("下午", "晚上", "中午") and int(match["h"]) <= 12
        else "a"
    )
    return _clock(int(match["h"]), minutes, 0, half)


def _spoken(text: str) -> Node | None:
    """``half past three`` and ``ten to four``."""
    match = _PAST.fullmatch(text)
    if match is None:
        match = _SPELLED_HOUR.fullmatch(text)
        hours = match and _count(match["h"])
        return None if hours is None or not 1 <= hours <= 12 else _clock(hours, 0, 0, "")
    minutes = {"half": 30, "quarter": 15}.get((match["part"] or "").lower()) or _count(match["m"] or "")
    hours = _count(match["h"])
    if hours is None or minutes is None or not (1 <= hours <= 24 and 0 < minutes < 60):
        return None
    if match["sign"].lower() in ("past", "after"):
        return _clock(hours, minutes, 0, "")
    return _clock(hours - 1 or 12, 60 - minutes, 0, "")


def _count(word: str) -> int | None:
    value = Fraction(int(word)) if word.isdigit() else numerals.english(word.lower().replace("-", " ").split())
    return None if value is None or value.denominator != 1 else int(value)


def date(text: str) -> Node | None:
    """A date as ``date(year, month, day)``; the year or the day is 0 where none is stated."""
    if len(text) > _DATE_CHARS or not _DATED.search(text):
        return None
    if "\\" in text or "{" in text:
        text = " ".join(_TEXT.sub(" ", text).split())
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            month = match.group("month").lower()
            number = int(month) if month.isdigit() else _NUMBER.get(month) or _NUMBER[month[:3]]
            stated = match.groupdict()
            return _date(int(stated["year"] or 0), number, int(stated.get("day") or 0))
    if match := _SLASHED.fullmatch(text):
        first, second, year = map(int, match.groups())
        if first > 12 >= second or first == second:
            return _date(year, second, first)
        if second > 12 >= first:
            return _date(year, first, second)
    return None


def _date(year: int, month: int, day: int) -> Node | None:
    if not (1 <= month <= 12 and 0 <= day <= 31):
        return None
    return Apply("date", (integer(year), integer(month), integer(day)))
