r"""The expression of a sentence: ``42`` in "So there are **42** apples." Used where nothing marks the answer."""

import re

_FORMULA = re.compile(
    r"\$\$(?P<dd>[^$]+)\$\$|\\\[(?P<sq>.+?)\\\]|\\\((?P<rd>.+?)\\\)|(?<![\\$])\$(?P<d>(?:\\\$|[^$])+)\$", re.DOTALL
)
_OR = re.compile(r"(?:\bor\b|或|\bou\b|\boder\b|\bо\b|或者)")
_BOLD = re.compile(r"(?<![\w)\]}*])\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*(?![\w(*])", re.DOTALL)
_ABBREVIATIONS = "".join(
    rf"(?<!\b{word})" for word in "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mr Mrs Ms Dr St No vs a.m p.m".split()
)
_SENTENCE_END = re.compile(
    rf"(?<=[^\d\s]){_ABBREVIATIONS}[.!?](?![.!])(?=\s|$)|(?<=\d)[.?](?=\s+[A-Z\\]|\s*$)|[。！？]|\n\s*\n|\n(?=\s*[A-Z#*])"
)
_NUMBER = re.compile(
    r"[-+−]?(?:[$€£¥]\s*)?[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:[.,]?\d+)?(?:\s*/\s*\d+)?(?:[eE][-+]?\d+)?(?:\s*\\?%)?"
)


def first_sentence(text: str) -> str:
    """``text`` up to the end of its first sentence; a formula is never cut."""
    text = text.lstrip(" \t\r\n:：")
    text = text[2:] if text.startswith(("** ", "**\n")) else text
    shield = _FORMULA.sub(lambda match: "\x00" * len(match.group()), text)
    end = _SENTENCE_END.search(shield)
    return unbolded(text[: end.start()] if end else text).removeprefix("** ").removesuffix("**")


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
    return _BOLD.sub(r"\1", text).strip(" \t\r\n")
