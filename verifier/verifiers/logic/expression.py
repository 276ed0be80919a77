"""Arithmetic over given numbers: parsed by ourselves, computed exactly. Nothing of it ever reaches Python's evaluator.

sum = product (("+" | "-") product)*;  product = signed (("*" | "/") signed | bracket)*;  signed = "-"* atom
atom = number | bracket | "\\frac" "{" sum "}" "{" sum "}";  bracket = "(" sum ")"

A bracket behind a factor multiplies it, as in ``4(7 - 1)``; behind a quotient, as in ``8/2(3 - 1)``, it could mean two things.
"""

import re
from fractions import Fraction
from typing import NamedTuple

DEEPEST = 50
MOST_TOKENS = 500

_TOKEN = re.compile(r"\s*(?:(?P<number>\d{1,12}(?:\.\d{1,6})?)|(?P<frac>\\[dt]?frac)|(?P<sign>[-+*/(){}]))")
_SIGNS = str.maketrans("×·∙⋅∗✕✖＊xX÷：⁄∕／−–－＋[]（）", "*" * 10 + "/////---+()()")
_LATEX = re.compile(r"\\(?:left|right|,|;|!|quad|displaystyle|\(|\)|\[|\])|\$|\*\*(?=[^\d\s(])|`|~")
_OPERATORS = re.compile(r"\\(times|cdot|div|ast)(?![A-Za-z])")


class Malformed(ValueError):
    """What is no expression, and why."""


class Value(NamedTuple):
    """What an expression comes to, and the numbers that it uses, in order."""

    value: Fraction
    numbers: list[Fraction]


def evaluate(text: str) -> Value:
    """The value of an expression. Raises :class:`Malformed`; a division by zero is malformed too."""
    text = _OPERATORS.sub(lambda match: "/" if match[1] == "div" else "*", text)
    parser = _Parser(_LATEX.sub(" ", text).translate(_SIGNS))
    value = parser.sum(0)
    if parser.next:
        raise Malformed(f"{parser.next!r} where the expression should end")
    return Value(value, parser.numbers)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self.numbers: list[Fraction] = []

    @property
    def next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        if self.next not in wanted:
            return ""
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise Malformed(f"{self.next!r} where {sign!r} should be" if self.next else f"{sign!r} is missing")

    def sum(self, depth: int) -> Fraction:
        if depth > DEEPEST:
            raise Malformed("nested too deep")
        value = self._product(depth)
        while sign := self._take("+", "-"):
            other = self._product(depth)
            value = value + other if sign == "+" else value - other
        return value

    def _product(self, depth: int) -> Fraction:
        value = self._signed(depth)
        divided = False
        while (sign := self._take("*", "/")) or (self.next == "(" and not divided):
            other = self._signed(depth)
            divided = sign == "/"
            value = _divided(value, other) if divided else value * other
        return value

    def _signed(self, depth: int) -> Fraction:
        negative = False
        while self._take("-"):
            negative = not negative
        value = self._atom(depth)
        return -value if negative else value

    def _atom(self, depth: int) -> Fraction:
        if self._take("("):
            value = self.sum(depth + 1)
            self._expect(")")
            return value
        if self._take("frac"):
            over, under = self._braced(depth), self._braced(depth)
            return _divided(over, under)
        if not self.next[:1].isdigit():
            raise Malformed(f"{self.next!r} where a number should be" if self.next else "it ends too early")
        number = Fraction(self.next)
        self._at += 1
        self.numbers.append(number)
        return number

    def _braced(self, depth: int) -> Fraction:
        self._expect("{")
        value = self.sum(depth + 1)
        self._expect("}")
        return value


def _divided(over: Fraction, under: Fraction) -> Fraction:
    if not under:
        raise Malformed("a division by zero")
    return over / under


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at, text = 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Malformed(f"{text[at : at + 20].strip()!r} is no arithmetic")
        tokens.append("frac" if match["frac"] else match["number"] or match["sign"])
        if len(tokens) > MOST_TOKENS:
            raise Malformed("too long")
        at = match.end()
    return tokens
