r"""The unit that stands apart from its value: ``\boxed{4} cm``, ``**40** 小时``, ``\$\boxed{5}``. It belongs to the value."""

import re
from collections.abc import Callable

from verifier.verifiers.math.extract.spans import Span
from verifier.verifiers.math.units import KNOWN, known_unit

WINDOW_CHARS = 60
"""How far behind a value its unit ends."""
_MARKUP = re.compile(
    r"\\(?:text|mathrm|textrm|textbf|mathbf|mbox|operatorname|unit|si)\s*\{([^{}]*)\}|\$|\*\*|__|\\[,;:!()\[\] ]|~|\\(?=[%$])"
)
_FOREIGN = sorted((name for name in KNOWN if ord(name[0]) > 0x2E7F), key=len, reverse=True)
_NAME = re.compile(rf"{'|'.join(map(re.escape, _FOREIGN))}|[^\W\d_\u2e80-\uffff]{{1,16}}|[€£¥₹¢]")
_POWER = re.compile(r"[²³]|\s?\^\s?\{?\s?-?[123]\s?\}?|(?<=[a-z])[23](?![\d.])")
_LINK = re.compile(r"\s?/\s?|\s+per\s+|每|\s?[·⋅*]\s?|\s?\\cdot\s?")
_SQUARE = re.compile(r"(?:square|cubic|sq\.?)\s+", re.IGNORECASE)
_PERCENT = re.compile(
    r"\s*(?:%|％|per\s?cent\b|pct\b|pour\s?cent\b|prozent\b|por\s?ciento\b|por\s?cento\b|per\s?cento\b|процент)",
    re.IGNORECASE,
)
_DEGREES = re.compile(r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°|º|℃)\s*([CFK](?![a-zA-Z]))?")
_ENDS = re.compile(r"\s*(?:[.,;:!?)\]}。，；]|$)")
_WORDS_TOO = frozenset("in A a I IN at as am".split())
"""Units that are as well words: units only at the end of a clause."""
_NUMERIC = re.compile(
    r"(?:[\d\s.+\-−*/^(){}½¼¾√π]|\d,(?=\d{3}(?!\d))|\{,\}|,\\!|\\(?:[dt]?frac|sqrt|pi|times|cdot|left|right|[,;! ])(?![a-zA-Z]))+"
)
_CURRENCY = re.compile(r"(?:\\\$|[€£¥₹])\s*$")


def unit_after(text: str, position: int) -> str:
    """The unit that ``text`` names at ``position``, behind the marks that close a box, a formula or bold; else nothing."""
    window = text[position : position + WINDOW_CHARS].split("\n", 1)[0]
    plain = _MARKUP.sub(lambda match: match[1] or " ", window)
    if _PERCENT.match(plain):
        return "%"
    if (degrees := _DEGREES.match(plain)) is not None:
        scale = degrees[1] or ("C" if "℃" in degrees.group() else "")
        return f"°{scale}"
    plain = plain.lstrip()
    if bracketed := re.match(r"[(（]\s*([^()（）]{1,24}?)\s*[)）]", plain):
        name = _unit(bracketed[1])
        return name if name == bracketed[1] else ""
    return _unit(plain)


def _unit(text: str) -> str:
    """The unit at the start of ``text``: a known name with its power, and those that a slash or "per" joins to it."""
    square = _SQUARE.match(text)
    end = _factor(text, square.end() if square else 0)
    if end is None or (text[:end] in _WORDS_TOO and not _ENDS.match(text, end)):
        return ""
    while (link := _LINK.match(text, end)) and (further := _factor(text, link.end())) is not None:
        end = further
    return text[:end].strip()


def _factor(text: str, start: int) -> int | None:
    """Where the known unit at ``start`` ends, with its power."""
    name = _NAME.match(text, start)
    if name is None or known_unit(name.group()) is None:
        return None
    power = _POWER.match(text, name.end())
    return power.end() if power else name.end()


def with_unit(text: str, span: Span, is_math: Callable[[str], bool]) -> str:
    """The value at ``span`` with the unit that follows it, if one does."""
    name = unit_after(text, span.end)
    return _measured(span.text, name, is_math) if name else span.text


def boxed_with_unit(text: str, span: Span, is_math: Callable[[str], bool]) -> str:
    """The content of a box with the unit around it, where it is a plain number."""
    if not _NUMERIC.fullmatch(span.text):
        return span.text
    if name := unit_after(text, span.end):
        return _measured(span.text.strip(), name, is_math)
    currency = _CURRENCY.search(text[max(0, span.start - 4) : span.start])
    return f"{currency.group().strip()}{span.text.strip()}" if currency else span.text


def _measured(value: str, name: str, is_math: Callable[[str], bool]) -> str:
    measured = f"{value}\\%" if name == "%" else f"{value} \\text{{{name}}}"
    return measured if is_math(measured) else value
