"""Trees as plain JSON data and back: what crosses the pipe to the symbolic worker."""

from fractions import Fraction
from typing import Any

from verifier.verifiers.math.evaluate import NotEvaluable
from verifier.verifiers.math.tree import Apply, Based, Constant, Node, Number, Symbol


def encode(node: Node) -> list[Any]:
    """``node`` as lists, strings and integers. Raises NotEvaluable for what is no expression."""
    match node:
        case Number(value, _):
            return ["number", value.numerator, value.denominator]
        case Based():
            return ["number", node.value, 1]
        case Symbol(name):
            return ["symbol", name]
        case Constant(name):
            return ["constant", name]
        case Apply(head, args):
            return ["apply", head, *map(encode, args)]
        case _:
            raise NotEvaluable


def decode(data: list[Any]) -> Node:
    """The inverse of :func:`encode`."""
    match data:
        case ["number", int(top), int(bottom)]:
            return Number(Fraction(top, bottom))
        case ["symbol", str(name)]:
            return Symbol(name)
        case ["constant", str(name)]:
            return Constant(name)
        case ["apply", str(head), *args]:
            return Apply(head, tuple(map(decode, args)))
        case _:
            raise NotEvaluable
