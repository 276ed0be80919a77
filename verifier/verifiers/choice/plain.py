"""Text without the markup that may dress a choice: LaTeX, markdown, HTML, ticks, full-width and circled forms."""

import re
import unicodedata

import regex

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}
_CIRCLED = {0x24B6 + i: letter for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_MATHEMATICAL = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x1D400, 0x1D800)}
_DRESS = (
    _FULL_WIDTH
    | _CIRCLED
    | _MATHEMATICAL
    | dict.fromkeys(map(ord, "✅✔✓☑\ufe0f\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\xad"))
)
_FONT = re.compile(r"\\(?:text|math|mbox|operatorname)(?:bf|rm|it|sf|tt|up|normal)?\s*+\{([^{}]*+)\}")
_FONTS_IN_FONTS = 3
_FRACTION = re.compile(r"\\[dt]?frac\s*+(?:\{(?P<p>\w{1,9})\}\{(?P<q>\w{1,9})\}|(?P<over>\d)\s*+(?P<under>\d))")
_NOISE = re.compile(
    r"\$|\\[()\[\]]|\\(?:left|right)\b|\*{2,3}|`|\*(?=[A-Za-z]\*)|(?<=\*[A-Za-z])\*|^[ \t]*+[#>*+-]++[ \t]++"
    r"|(?<![A-Za-z0-9_\\}])_{1,3}(?=[A-Za-z(])|(?<=[A-Za-z).])_{1,3}(?![A-Za-z0-9_{])"
    r"|</?(?:b|i|u|em|strong|span|p|br)[ ]?/?>",
    re.MULTILINE,
)
_STRUCK_OUT = re.compile(r"~~[^~\n]*+~~")
_THIN = re.compile(r"\\[,;:! ]|~")
# Normalising is quadratic in the length of a run of combining marks.
_PILED_MARKS = regex.compile(r"\p{M}{32}")


def plain(text: str) -> str:
    """The text without markup; lines stay lines. Time is linear in the length of the text."""
    text = text.translate(_DRESS)
    for _ in range(_FONTS_IN_FONTS):
        text = _FONT.sub(r"\1", text)
    text = _FRACTION.sub(lambda found: f"{found['p'] or found['over']}/{found['q'] or found['under']}", text)
    text = _THIN.sub(" ", _STRUCK_OUT.sub(" ", _NOISE.sub("", text)))
    return text if text.isascii() or _PILED_MARKS.search(text) else unicodedata.normalize("NFC", text)


def squeezed(text: str) -> str:
    """The text with each run of whitespace as one space, and none around it."""
    return " ".join(text.split())
