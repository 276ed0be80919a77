r"""Text before parsing: delimiters of formulas, labels, bold marks and final periods go; nothing that has a value does."""

import re

from verifier.verifiers.math.boxed import unwrapped
from verifier.verifiers.math.parse.rewriting import rewritten
from verifier.verifiers.math.parse.unicode import to_latex

_SPACES = re.compile(r"\s{3,}")
"""Long runs of spaces, in which patterns that begin with one would cost quadratic time."""
_DELIMITERS = re.compile(r"\\[()\[\]](?!\s*[\d.]+\s*(?:em|ex|pt)\])|\$\$")
_DELIMITERS_AMONG_ROWS = re.compile(rf"(?<!\\)(?:{_DELIMITERS.pattern})")
r"""Where ``\\(n-1)`` begins a row, and no formula."""
_MARKS = {
    "√": "正确",
    "✓": "正确",
    "✔": "正确",
    "✅": "正确",
    "❌": "错误",
    r"\checkmark": "正确",
    "×": "错误",
    "✗": "错误",
    "✘": "错误",
}
"""Marks of a true-or-false question, where they are all of the answer."""
_END_MARK = re.compile(
    r"(?<=[^\s\\])(?:\s|\\q?quad(?![a-z])|\\[,;: ]|\\hfill)*\\(?:blacksquare|square|checkmark|qed|Box)(?![a-zA-Z])\s*$"
)
_SYSTEM = re.compile(
    r"\\left\s*\\\{\s*\\begin\s*\{(array\}\s*\{[^{}]*|aligned|matrix|gathered)\}(.*?)\\end\s*\{(?:array|aligned|matrix|gathered)\}\s*"
    r"\\right\s*\.",
    re.DOTALL,
)
"""A system of equations, before it is written as cases."""
_NO_DELIMITER = re.compile(r"\\(?:left|right)\s*\.")
_CIRCLED = re.compile(r"\\(?:textcircled|circled)\s*\{?\s*(?:([A-J])|([1-9]))\s*\}?")
_OUTWARD = re.compile(r"\[([^\[\]()]+[,;][^\[\]()]+)\[(?=\s*(?:$|\$|\\c[au]p(?![a-z])|\\setminus))")
_EMPTY_BASE = re.compile(r"\{\s*\}\s*(?=[_^])")
_ROW_SPACE = re.compile(r"(\\\\)\s*\[\s*-?[\d.]+\s*(?:em|ex|pt|mm|cm|in|\\jot|\\baselineskip)\s*\]")
"""The space between two rows of a matrix: ``\\\\[4pt]``."""
_CURRENCY = re.compile(r"(?<![\\$\w}])\$(?=\s?-?[\d.,]+(?:\.\d+)?\s?(?:$|[^$]*$))")
_DOLLAR = re.compile(r"(?<!\\)\$")
_EMPHASIS = re.compile(r"(?<![\w)\]}*])\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*(?![\w(*])", re.DOTALL)
_LABEL = re.compile(
    r"^\s*(?:(?:the\s+)?(?:final\s+|correct\s+)?answer(?:\s+is)?\s*[:：]?|final\s+result\s*[:：]?|答案(?:是|为)?\s*[:：]?|答\s*[:：]|"
    r"solution\s*[:：]|result\s*[:：]|therefore,?|thus,?|so,?|hence,?|∴|ans\s*[:.：])\s+",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"^(?:approximately|approx\.?|about|around|roughly|exactly|nearly|约|大约|约为|approx)\s*", re.IGNORECASE
)
_TIMES = re.compile(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)|(?<=\d)\s+[xX]\s+(?=\d)")
_CONTINUED = re.compile(r"\.\d+\s?\.\.\.$")
_TRAILING = re.compile(r"(?<![.\\])[.,;。，；、]+\s*$")
_SPACED_DECIMAL = re.compile(r"(?<=\d)\s*\.\s+(?=\d)")
_TAGS = re.compile(r"</?(?:answer|think|b|i|strong|em|p|span)>")
_TAG_COMMANDS = re.compile(
    r"\\(?:(?:text)?color(?:box)?|tag\*?|label|ref|eqref|hspace\*?|vspace|phantom|hphantom|vphantom)\s*\{[^{}]*\}"
)
_TEXT_LABEL = re.compile(
    r"^\\text\s*\{\s*(?:the\s+)?(?:final\s+)?(?:answer|result|solution)(?:\s+is)?\s*[:：]?\s*\}", re.IGNORECASE
)
_TEXT_SAYS = re.compile(
    r"^\\text\s*\{\s*(?:the|our|its|his|her)\s+(?:(?!(?:not|no|if|either|maybe|false|wrong)\b)[a-z]+\s+){1,6}?(?:is|are|equals?|was)\s*:?\s*\}"
    r"(?=\s*[^\s\\}]|\s*\\(?!text))",
    re.IGNORECASE,
)
r"""What a box says before its value: ``\text{The remainder is }7``."""
_TEXT_DIGITS = re.compile(r"\\(?:text|mathrm)\s*\{\s*([0-9A-Fa-f]+)\s*\}\s*_")
_TO = re.compile(r"^(\d+(?:\.\d+)?)\s+to\s+(\d+(?:\.\d+)?)$")
_TEXT_TO = re.compile(r"\s*\\text\s*\{\s*to\s*\}\s*")
_DEGREES = re.compile(r"\s*(?:\^\\circ\s*|degrees?\s+)(Celsius|Fahrenheit|celsius|fahrenheit)\b")
_MICRO = re.compile(
    r"(?<=\d)(?:\s|\\[,;: ]|~)*(?:\\(?:mathrm|text)\s*\{\s*\\mu\s*([mgsLFAVCWJNTH])\s*\}|"
    r"\\mu\s*(?:\\(?:text|mathrm)\s*\{\s*([mgsLFAVCWJNTH])\s*\}|([mgsLFAVCWJNT])(?![a-zA-Z])))"
)
_OUT_OF = re.compile(r"(\d+)\s+out\s+of\s+(?:every\s+)?(\d+)")
_DOUBLED = re.compile(
    r"(?<!\\)\\\\(?:d?frac|tfrac|sqrt|left|right|text|boxed|pi|leq?|geq?|times|cdot|infty|pm|cup|cap|in|circ|begin|ln|log|sin|cos|tan)(?![a-z])"
)
_SINGLE = re.compile(r"(?<!\\)\\[a-zA-Z]")
_JOINED = re.compile(r"(?<=\S)\$\s+(?:e|y|et|und|i|och|en)\s+\$(?=\S)")
_PART = re.compile(r"(?:\\text\s*\{\s*)?\(([a-e]|[1-5]|i{1,3}|I{1,3})\)\s*(?:\}|\\[,;: ]|:|=)*")
"""The label of a part of an answer: (a), (1), (i)."""
_LABELS = ("abcde", "12345", "iiiiii", "IIIIII")
_SECOND = ("(b)", "(2)", "(ii)", "(II)")
_NO_PART = re.compile(
    r"(?:and|or|[和与或-])?|[+*/^!_=<>].*|.*[-+*/=<>]|\\(?:cdot|times|div|cup|cap|text\s*\{\s*(?:and|or))(?![a-z]).*",
    re.DOTALL,
)
"""What stands between brackets that are no labels: ``(1) + (2)``, ``(1)(2)``, ``(1) and (2)``."""
_SEVERAL = re.compile(r"[,;:=<>\n]|\\(?:[lg]eq?|ne|neq|in|pm|text|approx)(?![a-z])|\b(?:and|or)\b|[\u4e00-\u9fff]")
_VALUES = re.compile(r"\s*\$?\s*[A-Za-z]\w?\s*=[^=\n]+(?:\n\s*\$?\s*[A-Za-z]\w?\s*=[^=\n]+)+")
_LINE_OF_VALUES = re.compile(r"\s*[,;]?\s*\n\s*")
"""Lines that assign one value each: ``a = 3`` and below it ``b = -1``."""
_GLUED = re.compile(r"(?<=[\d)\]}])(or|and)(?=[A-Za-z\d(\[\\-])")
_WRAPPED = re.compile(r"\\(?:text(?:bf|rm|it|sf|normal)?|mathrm|mathbf|mbox|textnormal)\s*\{([^{}]*)\}")
_SPELLED = re.compile(r"(?<=\d)\s+\([A-Za-z]{3}[A-Za-z -]*\)$")
_CONSTANT = r"(?:(?:arbitrary|real|fixed)\s+)*constant"
_FOR_ALL = re.compile(
    rf",?\s*(?:\\text\s*\{{\s*,?\s*)?\bfor\s+(?:all|any|every|each|(?:some|an?)\s+{_CONSTANT})\b(?!.*mathbb\s*\{{\s*[ZN]).*$",
    re.DOTALL,
)
_FOR_ALL_BEHIND = re.compile(
    r"(?<=[\w)}])(?:\s|,|\\[,;: ]|\\q?quad(?![a-z])|\()*\\forall(?![a-z])\s*[a-z](?:\s*,\s*[a-z])*\s*"
    r"(?:\\in(?![a-z])\s*\\mathbb\s*\{?\s*R\s*\}?)?\s*\)?\s*$"
)
_IS_CONSTANT = re.compile(
    r"(?:\s|,|\\text\s*\{){0,4}\b(?:where|with)\s*\}?\s*\$?[A-Za-z](?:_\{?\d\}?)?\$?\s*(?:\\text\s*\{)?\s*"
    rf"(?:is|being)\s+(?:an?|any|some|the)\s+(?:{_CONSTANT}|real\s+number)(?:\s+of\s+integration)?\s*\}}?\s*$"
)
_WHERE = re.compile(
    r",?\s*\\text\s*\{\s*,?\s*(?:where|with|and|for(?:\s+(?:all|any|some|every))?)\s*\}\s*"
    r"(?=[a-z]\s*(?:\\in|\\[lg]e|\\ne|=|>|<))"
)
_BASE = re.compile(r"\b([0-9A-Za-z]+)\s*(?:\(|\\text\s*\{\s*\(?)?\s*(?:in\s+)?base\s*\}?\s*(\w+)\s*\)?\}?")
_ROUNDED = re.compile(
    r"\s*(?:\\text\s*\{\s*)?\((?:approximately|approx\.?|rounded|exact(?:ly)?)\)\s*\}?\s*$", re.IGNORECASE
)
_COMPARED = re.compile(r"[a-zA-Z\d]\s*(?:[<>]|\\(?:leq?|geq?|neq?|lt|gt|leqslant|geqslant|in)(?![a-z]))")
_LEFT = re.compile(r"\\left\s?$")
_SPACING = ("\\qquad", "\\quad", "\\ ", "\\,", "\\;", "\\:", "~", ",", "\\")
_PLAIN_EQUALS = re.compile(r"(?<![<>!])=")
_CALL_CHARS = 30
_CALLED = re.compile(r"(?:[A-Z]|\\[a-zA-Z]+|\\(?:mathbb|mathrm|text|operatorname)\s*\{\w+\}|(?<![\w}])[fgh])$")
_HOURS = re.compile(r"((?:小时|时)\s*\d+\s*)分(?!钟)")


def _without_parts(text: str) -> str:
    """``(a) 12 (b) 7`` as a list."""
    found = list(_PART.finditer(text))
    labels = "".join(match[1] for match in found)
    if len(found) < 2 or text[: found[0].start()].strip(" $") or not any(row.startswith(labels) for row in _LABELS):
        return text
    ends = [*(match.start() for match in found[1:]), len(text)]
    parts = [text[match.end() : end].strip(" \n,;.") for match, end in zip(found, ends, strict=True)]
    return text if not labels.startswith("a") and any(map(_NO_PART.fullmatch, parts)) else in_order(parts)


def in_order(parts: list[str]) -> str:
    """Values whose order counts: a tuple, where each is a single value."""
    whole = ", ".join(parts)
    return whole if any(_SEVERAL.search(part) for part in parts) else f"({whole})"


def clean(text: str) -> str:
    """``text`` as the lexer wants it: one expression in LaTeX, plain or both, without delimiters."""
    text = _SPACES.sub(lambda run: "\n" if "\n" in run[0] else " ", text)
    text = _unescaped(unwrapped(text).strip())
    if "\n" in text:
        text = _LINE_OF_VALUES.sub(", ", text) if _VALUES.fullmatch(text) else text
    text = to_latex(_MARKS.get(text) or _CIRCLED.sub(_circled, text))
    if "<" in text:
        text = _TAGS.sub("", text)
    if "**" in text:
        text = _EMPHASIS.sub(r"\1", text)
    if ")" in text and any(label in text for label in _SECOND):
        text = _without_parts(text)
    if "$" in text:
        text = _without_dollars(_JOINED.sub("$ and $", text))
    if "\\" in text:
        text = _ROW_SPACE.sub(r"\1", text) if "]" in text else text
        text = _SYSTEM.sub(r"\\begin{cases}\2\\end{cases}", text)
        text = _TAG_COMMANDS.sub(" ", (_DELIMITERS_AMONG_ROWS if "\\begin" in text else _DELIMITERS).sub(" ", text))
        text = _EMPTY_BASE.sub("", _NO_DELIMITER.sub(" ", _END_MARK.sub("", text)))
    elif "{}" in text:
        text = _EMPTY_BASE.sub("", text)
    if text.endswith(")"):
        text = _with_condition(text)
    text = _OUTWARD.sub(r"[\1)", rewritten(text))
    if match := _WRAPPED.fullmatch(text.strip().rstrip(".")):
        text = match.group(1)
    if "for" in text or "where" in text or "with" in text:
        text = _IS_CONSTANT.sub("", _FOR_ALL_BEHIND.sub("", _FOR_ALL.sub("", text)))
        text = _WHERE.sub(", ", text)
    if "base" in text:
        text = _BASE.sub(r"\1_{\2}", text)
    text = _ROUNDED.sub("", _SPELLED.sub("", text))
    text = _HOURS.sub(r"\1分钟", text)
    text = _GLUED.sub(r" \1 ", text)
    text = _TIMES.sub(r"\\times ", text)
    text = _TEXT_TO.sub(" to ", text).strip()
    text = _DEGREES.sub(lambda match: rf"^\circ {match.group(1)[0].upper()}", text)
    text = _MICRO.sub(lambda match: rf" \text{{micro{next(filter(None, match.groups()))}}}", text)
    text = _TO.sub(
        r"\1:\2", _OUT_OF.sub(r"\1/\2", _TEXT_DIGITS.sub(r"\1_", _TEXT_SAYS.sub("", _TEXT_LABEL.sub("", text))))
    )
    text = _LABEL.sub("", text)
    text = _HEDGE.sub("", text.strip())
    return text if _CONTINUED.search(text) else _TRAILING.sub("", text).strip()


def _with_condition(text: str) -> str:
    """``y = 2x (x > 0)`` with its condition behind a comma; ``P(X > 0)`` is no expression with a condition."""
    depth, at = 0, len(text)
    while at and (depth or at == len(text)):
        at -= 1
        depth += (text[at] == ")") - (text[at] == "(")
    inside = text[at + 1 : -1].removesuffix("\\right")
    if depth or not _COMPARED.search(inside) or _PLAIN_EQUALS.search(inside):
        return text
    before = _LEFT.sub("", text[:at]).rstrip()
    while before.endswith(_SPACING):
        before = before[: -next(len(space) for space in _SPACING if before.endswith(space))].rstrip()
    if not before or before[-1] in "(=\\" or _CALLED.search(before[-_CALL_CHARS:]):
        return text
    return f"{before}, {inside}"


def _circled(match: re.Match[str]) -> str:
    return match.group(1) or chr(ord("①") + int(match.group(2)) - 1)


def _unescaped(text: str) -> str:
    r"""Text whose backslashes were doubled on the way (``\\frac``), with single ones."""
    if "\\\\" in text and _DOUBLED.search(text) and not _SINGLE.search(text):
        return text.replace("\\\\", "\\")
    return text


def _without_dollars(text: str) -> str:
    """Dollars around formulas go; a dollar before an amount is a currency."""
    text = text.replace("$$", " ")
    if len(_DOLLAR.findall(text)) % 2:
        text = _CURRENCY.sub(r"\\$", text)
        if len(_DOLLAR.findall(text)) % 2 and re.search(r"\d\s*\$\s*$", text):
            text = text.rstrip().rstrip("$") + r" \text{dollars}"
    return _DOLLAR.sub(" ", text)


_STYLE = re.compile(
    r"\\(?:left|right|displaystyle|textstyle|,|;|:|!|quad|qquad|big|Big)(?![a-zA-Z])|\s+|[{}](?=[^{}]*$)^"
)
_SPACE = re.compile(r"\s+")


def key(cleaned: str) -> str:
    """A text that is equal for notations that differ only in style and space. Space between digits is kept."""
    plain = _STYLE.sub(" ", cleaned).replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    return re.sub(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z]|\.[0-9])", "", _SPACE.sub(" ", plain)).strip()
