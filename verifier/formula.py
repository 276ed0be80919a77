"""Formulas of rubrics: arithmetic over the values of scores, parsed by a grammar of our own and never by Python's.

    formula     = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]          worth 1 where it holds, else 0
    sum         = product {("+" | "-") product}
    product     = factor {("*" | "/") factor}
    factor      = "-" factor | number | name | function "(" formula {"," formula} ")" | "(" formula ")"
    function    = min | max (one argument or more) | abs (one) | clip (value, low, high) | if (condition, then, else)

A name is that of a score. All is defined, whatever the values: a quotient by 0 is 0, every result is kept within
:data:`LARGEST`, ``clip`` with ``low > high`` is ``high``, and ``if`` takes its second argument where the first is not 0.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from verifier.errors import RubricError

LARGEST: Final = 1e12
"""No result is larger than this, nor smaller than its negative."""
DEEPEST: Final = 50
"""How deep brackets may be nested."""

Values = Mapping[str, float]
_Term = Callable[[Values], float]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<mark><=|>=|==|!=|[-+*/(),<>])|(?P<other>\S))"
)
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_OPERATIONS: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else 0.0,
}


class _Function(NamedTuple):
    fewest: int
    most: int
    apply: Callable[[list[float]], float]


def _abs(args: list[float]) -> float:
    return abs(args[0])


def _clip(args: list[float]) -> float:
    return min(max(args[0], args[1]), args[2])


def _if(args: list[float]) -> float:
    return args[1] if args[0] else args[2]


_FUNCTIONS: Final[dict[str, _Function]] = {
    "min": _Function(1, 100, min),
    "max": _Function(1, 100, max),
    "abs": _Function(1, 1, _abs),
    "clip": _Function(3, 3, _clip),
    "if": _Function(3, 3, _if),
}


class Formula:
    """A formula made ready. Raises :class:`RubricError`, which names the place."""

    def __init__(self, text: str, deepest: int = DEEPEST) -> None:
        self.text = text
        parser = _Parser(text, deepest)
        self._term = parser.whole()
        self.names = frozenset(parser.names)
        """The scores that it reads."""

    def with_names(self, shown: Mapping[str, str]) -> str:
        """The text of the formula with each score written as ``shown`` says."""
        return _TOKEN.sub(lambda match: self._rewritten(match, shown), self.text)

    def _rewritten(self, match: re.Match[str], shown: Mapping[str, str]) -> str:
        name = match["name"]
        is_score = name in self.names and not self.text[match.end() :].lstrip().startswith("(")
        return match[0].removesuffix(name) + shown[name] if is_score else match[0]

    def value(self, values: Values) -> float:
        """The value of the formula, where ``values`` has one for each of :attr:`names`."""
        return self._term(values)


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


class _Parser:
    def __init__(self, text: str, deepest: int) -> None:
        self.names: set[str] = set()
        self._deepest = deepest
        matches = (match for match in _TOKEN.finditer(text) if match.lastgroup)
        self._tokens = [_Token(str(m.lastgroup), m[str(m.lastgroup)], m.start(str(m.lastgroup)) + 1) for m in matches]
        self._tokens.append(_Token("end", "the end", len(text) + 1))
        self._at = 0
        self._depth = 0

    def whole(self) -> _Term:
        term = self._comparison()
        if self._next.kind != "end":
            raise self._fault("an operator or the end")
        return term

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *marks: str) -> str:
        """The next token if it is one of ``marks``, else nothing."""
        token = self._next
        if token.kind != "mark" or token.text not in marks:
            return ""
        self._at += 1
        return token.text

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._fault(f"'{mark}'")

    def _fault(self, expected: str) -> RubricError:
        token = self._next
        found = token.text if token.kind == "end" else f"'{token.text}'"
        return RubricError(f"column {token.column}: expected {expected}, not {found}")

    def _comparison(self) -> _Term:
        self._depth += 1
        if self._depth > self._deepest:
            raise RubricError(f"column {self._next.column}: nested deeper than {self._deepest}")
        left = self._sum()
        if mark := self._take(*_COMPARISONS):
            left = _compared(_COMPARISONS[mark], left, self._sum())
        self._depth -= 1
        return left

    def _sum(self) -> _Term:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> _Term:
        return self._chain(("*", "/"), self._factor)

    def _chain(self, marks: tuple[str, ...], operand: Callable[[], _Term]) -> _Term:
        """Operations of one rank, from left to right."""
        first = operand()
        rest: list[tuple[Callable[[float, float], float], _Term]] = []
        while mark := self._take(*marks):
            rest.append((_OPERATIONS[mark], operand()))
        return _chained(first, rest) if rest else first

    def _factor(self) -> _Term:
        negative = False
        while self._take("-"):
            negative = not negative
        term = self._operand()
        return (lambda values: -term(values)) if negative else term

    def _operand(self) -> _Term:
        token = self._next
        if self._take("("):
            term = self._comparison()
            self._expect(")")
            return term
        if token.kind == "number":
            self._at += 1
            number = _bounded(float(token.text))
            return lambda _: number
        if token.kind != "name":
            raise self._fault("a number, a score, a function or '('")
        self._at += 1
        if self._take("("):
            return self._call(token)
        self.names.add(token.text)
        return lambda values: values[token.text]

    def _call(self, name: _Token) -> _Term:
        function = _FUNCTIONS.get(name.text)
        if function is None:
            raise RubricError(
                f"column {name.column}: no function is named '{name.text}'; known: {', '.join(_FUNCTIONS)}"
            )
        args = [self._comparison()]
        while self._take(","):
            args.append(self._comparison())
        self._expect(")")
        if not function.fewest <= len(args) <= function.most:
            wanted = function.fewest if function.fewest == function.most else f"{function.fewest} to {function.most}"
            raise RubricError(f"column {name.column}: '{name.text}' takes {wanted} arguments, not {len(args)}")
        return lambda values: function.apply([arg(values) for arg in args])


def _compared(compare: Callable[[float, float], bool], left: _Term, right: _Term) -> _Term:
    return lambda values: float(compare(left(values), right(values)))


def _chained(first: _Term, rest: list[tuple[Callable[[float, float], float], _Term]]) -> _Term:
    def value(values: Values) -> float:
        result = first(values)
        for operation, term in rest:
            result = _bounded(operation(result, term(values)))
        return result

    return value


def _bounded(number: float) -> float:
    return min(max(number, -LARGEST), LARGEST)
