"""Words inside mathematics: counted nouns, and the words that carry no meaning there."""

import re

from verifier.verifiers.math.parse.tokens import Token


class ParseError(Exception):
    """The text is no mathematics."""


_PROGRAM = re.compile(
    r"```|__|(?<!\w)[A-Za-z_]\w*+\.[A-Za-z_]\w*+\(|\)\.[a-z_]{2}|\b(?:print|eval|exec|sympify|system|Symbol|Integer|Rational)\("
    r"|\blambda\b[^:]{0,40}:|(?:^|[;\n])\s*(?:import|from|def|class|raise)\s+\w|\breturn\s+[-\d(]|\bif\b[^\n]{0,200}\belse\b"
    r"|\bfor\b[^\n]*\bin\b[^\n]*\(|;\s*\w+\s*\("
)


def is_program(text: str) -> bool:
    """Whether ``text`` is code rather than a sentence or a formula: nothing in it is an answer."""
    return _PROGRAM.search(text) is not None


NOISE = frozenset(
    ("unit", "units", "total", "in total", "altogether", "个", "only", "exactly", "approximately", "each")
)
"""Words after a number that state no unit."""
_NEVER_NOUNS = frozenset(
    "is are was were not no never isn wrong incorrect false but maybe might could cannot if else".split()
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
    return (words[-1] if head is None else head) or "unit", at
