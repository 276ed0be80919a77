"""Words inside mathematics: counted nouns, and the words that carry no meaning there."""

import re

from verifier.verifiers.math.parse.tokens import Token


class ParseError(Exception):
    """The text is no mathematics."""


_CODE = {
    "```": "",
    "__": r"__[A-Za-z]\w*__",
    ".": r"\.(?:(?<=[A-Za-z_]\.)[A-Za-z_]\w+\(|(?<=\)\.)[a-z_]{2})",
    "lambda": r"(?<![\\\w])lambda\b[^:\n]{0,40}:",
    "import ": r"(?:^|[;\n])\s*(?:from\s+[\w.]+\s+)?import\s+\w",
    "def ": r"(?:^|[;\n])\s*def\s+\w+\s*\(",
    "class ": r"(?:^|[;\n])\s*class\s+\w+\s*[:(]",
    "return ": r"(?:^|[;:\n])\s*return\s+(?:[-\d(]|\w+\s*(?:\n|$))",
    "raise ": r"(?:^|[;:\n])\s*raise\s+[A-Z]\w+",
    "in range(": "",
    "\\def": r"\\def(?![a-zA-Z])",
    "\\newcommand": "",
    **dict.fromkeys("print( eval( exec( sympify( Symbol( Integer( Rational(".split(), ""),
}
"""Marks of a program, each as a text that it contains, and the pattern that has to match besides, if any."""
_PATTERNS = [(mark, re.compile(pattern)) for mark, pattern in _CODE.items()]


def is_program(text: str) -> bool:
    """Whether ``text`` is code rather than a sentence or a formula: nothing in it is an answer."""
    return any(mark in text and pattern.search(text) for mark, pattern in _PATTERNS)


NOISE = frozenset(
    ("unit", "units", "total", "in total", "altogether", "个", "only", "exactly", "approximately", "each")
)
"""Words after a number that state no unit."""
_NEVER_NOUNS = frozenset(
    "is are was were would be not no never isn wrong incorrect false but maybe might could cannot if else squared cubed "
    "factorial".split()
)
"""Words that make a statement of what follows a number, and no unit."""
_BOUNDARY = frozenset("in of for per from to with on at by than the a an that which who if when where".split())


def noun_phrase(tokens: list[Token], at: int) -> tuple[str, int]:
    """The head noun of the words at ``at`` ("red apples in the box": apples), and where they end."""
    words: list[str] = []
    head: str | None = None
    while (
        tokens[at].kind in ("word", "unit", "letter")
        and tokens[at].text != "per"
        and (words or tokens[at].kind == "word")
    ):
        text = tokens[at].text
        if text.lower() in _BOUNDARY and head is None:
            head = words[-1] if words else ""
        words.append(text)
        at += 1
    if not words or len(words) > 6 or not _NEVER_NOUNS.isdisjoint(word.lower() for word in words):
        raise ParseError("a sentence")
    if words[0] == "to" and words[-1] == "last":
        raise ParseError("a place counted from the end")
    return (words[-1] if head is None else head) or "unit", at
