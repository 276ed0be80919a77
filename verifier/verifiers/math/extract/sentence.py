r"""The expression of a sentence: ``42`` in "So there are **42** apples." Used where nothing marks the answer."""

import re

_FORMULA = re.compile(
    r"\$\$(?P<dd>[^$]+)\$\$|\\\[(?P<sq>.+?)\\\]|\\\((?P<rd>.+?)\\\)|(?<![\\$])\$(?P<d>(?:\\\$|[^$])+)\$", re.DOTALL
)
_OR = re.compile(r"(?:\bor\b|或|\bou\b|\boder\b|\bо\b|或者)")
_BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__", re.DOTALL)
_ABBREVIATIONS = "".join(
    rf"(?<!\b{word})" for word in "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mr Mrs Ms Dr St No vs a.m p.m".split()
)
_SENTENCE_END = re.compile(
    rf"(?<=[^\d\s]){_ABBREVIATIONS}[.!?](?![.!])(?=\s|$)|(?<=\d)[.?](?=\s+[A-Z\\]|\s*$)|[。！？]|\n\s*\n|\n(?=\s*[A-Z#*])"
)
_NUMBER = re.compile(
    r"[-+−]?(?:[$€£¥]\s*)?[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:[.,]?\d+)?(?:\s*/\s*\d+)?(?:[eE][-+]?\d+)?(?:\s*\\?%)?"
)


_PROGRAM = re.compile(
    r"```|__|[A-Za-z_]\w*\.[A-Za-z_]\w*\(|\b(?:print|eval|exec|lambda|import|return|raise|def|sympify|system)\b\s*[\w(:'\"]"
    r"|\bif\b.*\belse\b|\b(?:Symbol|Integer|Rational|S)\s*\(|;\s*\w+\s*\("
)


def is_program(text: str) -> bool:
    """Whether ``text`` is code rather than a sentence: no number in it is an answer."""
    return _PROGRAM.search(text) is not None


def first_sentence(text: str) -> str:
    """``text`` up to the end of its first sentence; a formula is never cut."""
    text = unbolded(text).lstrip(" \t\r\n:：*_")
    shield = _FORMULA.sub(lambda match: "\x00" * len(match.group()), text)
    end = _SENTENCE_END.search(shield)
    sentence = text[: end.start()] if end else text
    return sentence if sentence.count("**") % 2 == 0 else sentence.removeprefix("**").removesuffix("**")


def formulas(text: str) -> list[str]:
    """The contents of the formulas of ``text``, in order."""
    return [next(part for part in match.groups() if part is not None) for match in _FORMULA.finditer(text)]


def numbers(text: str) -> list[str]:
    """The numbers written in ``text``, in order."""
    return [match.group().strip() for match in _NUMBER.finditer(text) if any(c.isdigit() for c in match.group())]


def alternatives(text: str) -> str | None:
    """The last number of ``text`` with those that "or" joins to it, or None if it stands alone."""
    found = [match for match in _NUMBER.finditer(text) if any(c.isdigit() for c in match.group())]
    first = len(found) - 1
    while first > 0 and _OR.fullmatch(text[found[first - 1].end() : found[first].start()].strip()):
        first -= 1
    return text[found[first].start() : found[-1].end()] if first < len(found) - 1 else None


def unbolded(text: str) -> str:
    """``text`` without markdown emphasis."""
    return _BOLD.sub(lambda match: match.group(1) or match.group(2), text).strip(" \t\r\n")
