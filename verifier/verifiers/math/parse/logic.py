r"""Formulas of propositional logic: ``\neg(p \land q)``. They are compared by their truth tables."""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from verifier.verifiers.math.parse.unicode import to_latex

_LIMIT = 200
_MOST = 8
"""Most propositions of a truth table."""
_SIGNS = {
    "land": "&", "wedge": "&", "lor": "|", "vee": "|", "neg": "!", "lnot": "!", "sim": "!", "to": ">", "rightarrow": ">",
    "Rightarrow": ">", "implies": ">", "longrightarrow": ">", "leftrightarrow": "=", "iff": "=", "Leftrightarrow": "=",
    "equiv": "=", "oplus": "^", "and": "&", "or": "|", "not": "!", "xor": "^", "且": "&", "或": "|", "非": "!",
}  # fmt: skip
_MARKS = tuple(f"\\{name}" for name in ("land", "wedge", "lor", "vee", "neg", "lnot", "to", "rightarrow", "Rightarrow",
               "implies", "leftrightarrow", "iff", "Leftrightarrow"))  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:\\(?:left|right|[,;: !])\s*)*(?:\\text\s*\{\s*(?P<text>and|or|not)\s*\}|"
    r"\\(?:text|mathrm)\s*\{\s*(?P<upright>[a-zA-Z])\s*\}|\\(?P<sign>[a-zA-Z]+)|(?P<plain>->|~|¬|!)|"
    r"(?P<word>and|or|not|xor|[且或非])(?![a-z])|(?P<name>[a-zA-Z](?:_\{?\d\}?)?)(?![a-zA-Z])|(?P<bracket>[()\[\]]))\s*"
)
_OPERATION = re.compile(r"\\[lwvniRtoLes]|->|[∧∨¬→⇒⇔↔且或非~!]|\b(?:and|or|not)\b")
"""What a formula of logic holds."""
_BINDING = {"=": 1, ">": 2, "|": 3, "^": 3, "&": 4}

Truth = Callable[[dict[str, bool]], bool]


class Proposition(NamedTuple):
    """``marked``: written in the signs of logic, and not only in the words that they stand for."""

    names: frozenset[str]
    truth: Truth
    marked: bool


def equivalent(left: Proposition, right: Proposition) -> bool:
    """Whether both are true for the same truth values of their propositions."""
    names = sorted(left.names | right.names)
    rows = (dict(zip(names, values, strict=True)) for values in product((True, False), repeat=len(names)))
    return len(names) <= _MOST and all(left.truth(row) == right.truth(row) for row in rows)


@lru_cache(maxsize=1_024)
def proposition(text: str) -> Proposition | None:
    """``text`` as a formula of logic; None where it is none."""
    if len(text) > _LIMIT or not _OPERATION.search(text):
        return None
    text = to_latex(text)
    tokens = _tokens(text)
    if tokens is None or not any(token in "&|!>=^" for token in tokens):
        return None
    names = frozenset(token for token in tokens if token[0].isalpha())
    if not names or len(names) > _MOST:
        return None
    parser = _Parser(tokens)
    try:
        truth = parser.binary(1)
    except (IndexError, ValueError):
        return None
    marked = any(mark in text for mark in _MARKS)
    return Proposition(names, truth, marked) if parser.at == len(tokens) else None


def _tokens(text: str) -> list[str] | None:
    found: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        sign = match["sign"] or match["text"] or match["word"]
        if sign is not None:
            if sign not in _SIGNS:
                return None
            found.append(_SIGNS[sign])
        elif match["plain"]:
            found.append(">" if match["plain"] == "->" else "!")
        else:
            found.append((match["upright"] or match["name"] or match["bracket"]).replace("{", "").replace("}", ""))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def binary(self, binding: int) -> Truth:
        left = self.unary()
        while self.at < len(self.tokens) and _BINDING.get(self.tokens[self.at], 0) >= binding:
            sign = self.tokens[self.at]
            self.at += 1
            right = self.binary(_BINDING[sign] + (sign != ">"))
            left = _joined(sign, left, right)
        return left

    def unary(self) -> Truth:
        token = self.tokens[self.at]
        self.at += 1
        if token == "!":
            inner = self.unary()
            return lambda row: not inner(row)
        if token in "([":
            inside = self.binary(1)
            if self.tokens[self.at] not in ")]":
                raise ValueError(token)
            self.at += 1
            return inside
        if not token[0].isalpha():
            raise ValueError(token)
        return lambda row: row[token]


def _joined(sign: str, left: Truth, right: Truth) -> Truth:
    match sign:
        case "&":
            return lambda row: left(row) and right(row)
        case "|":
            return lambda row: left(row) or right(row)
        case ">":
            return lambda row: not left(row) or right(row)
        case "^":
            return lambda row: left(row) != right(row)
        case _:
            return lambda row: left(row) == right(row)
