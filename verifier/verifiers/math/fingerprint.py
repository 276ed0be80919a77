"""What tells most answers apart without comparing them: the values of constants, polynomials, and tuples of these.

Sound, not complete: two answers that are apart are different under every option of the verifier but a tolerance, and
answers of other shapes are never apart.
"""

import math
import zlib
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from verifier.verifiers.math.budgets import CACHED
from verifier.verifiers.math.reading import read
from verifier.verifiers.math.tree import Apply, Constant, Group, Listing, Node, Number, Symbol, symbols, walk

_ROUNDING = 1e-15
"""What one operation on floats may be off, by its result."""
_NODES = 60
_STEEP = 0.01
_CONSTANTS = {"pi": 3.141592653589793, "e": 2.718281828459045}
_INTEGRATION = frozenset("CcKk")
"""Letters that may stand for any constant."""


class Value(NamedTuple):
    """A number, and by how much it may be off."""

    number: float
    slack: float


class Fingerprint(NamedTuple):
    """What answers of one ``shape`` are told apart by."""

    shape: tuple[object, ...]
    values: tuple[Value, ...]


def apart(one: str, other: str) -> bool:
    """Whether two answers are evidently different."""
    left, right = _fingerprint(one), _fingerprint(other)
    if left is None or right is None or left.shape != right.shape:
        return False
    return any(abs(a.number - b.number) > a.slack + b.slack for a, b in zip(left.values, right.values, strict=True))


@lru_cache(maxsize=CACHED)
def _fingerprint(text: str) -> Fingerprint | None:
    """None for an answer that needs a closer look: of another shape, or with several meanings."""
    reading = read(text)
    if reading.alternatives or reading.decimal or reading.choice or reading.fault:
        return None
    node = reading.node
    items = node.items if isinstance(node, Group | Listing) else (node,)
    names = symbols(node)
    if names & _INTEGRATION or sum(1 for _ in walk(node)) > _NODES:
        return None
    try:
        values = sorted(map(_value, items))
    except (_NotPlain, ArithmeticError, ValueError):
        return None
    # Sorted, as the order of a list may not matter; what stands at the same place then differs if the lists do.
    return Fingerprint((type(node), names, len(values)), tuple(values))


class _NotPlain(Exception):
    pass


def _value(node: Node) -> Value:
    if isinstance(node, Number) and node.places is not None:
        return Value(float(node.value), float(Fraction(10) ** -node.places))
    return _evaluated(node)


def _evaluated(node: Node) -> Value:
    """The value, at a point that depends on the names of the variables alone."""
    match node:
        case Number(value, None):
            return _rounded(float(value), 0.0)
        case Symbol(name):
            return Value(zlib.crc32(name.encode()) / 2**31 + 1 / 7, 0.0)
        case Constant(name) if name in _CONSTANTS:
            return _rounded(_CONSTANTS[name], 0.0)
        case Apply("neg", (operand,)):
            value = _evaluated(operand)
            return value._replace(number=-value.number)
        case Apply("sqrt", (operand,)):
            return _power(_evaluated(operand), Value(0.5, 0.0))
        case Apply("^", (base, exponent)) if not symbols(exponent):
            return _power(_evaluated(base), _evaluated(exponent))
        case Apply(head, (first, second)):
            return _arithmetic(head, _evaluated(first), _evaluated(second))
        case _:
            raise _NotPlain


def _arithmetic(head: str, a: Value, b: Value) -> Value:
    match head:
        case "+":
            return _rounded(a.number + b.number, a.slack + b.slack)
        case "-":
            return _rounded(a.number - b.number, a.slack + b.slack)
        case "*":
            slack = abs(a.number) * b.slack + abs(b.number) * a.slack + a.slack * b.slack
            return _rounded(a.number * b.number, slack)
        case "/" if abs(b.number) > 2 * b.slack:
            quotient = a.number / b.number
            return _rounded(quotient, (a.slack + abs(quotient) * b.slack) / (abs(b.number) - b.slack))
        case _:
            raise _NotPlain


def _power(base: Value, exponent: Value) -> Value:
    whole = exponent.number.is_integer() and not exponent.slack
    if abs(base.number) <= 100 * base.slack or (base.number < 0 and not whole):
        raise _NotPlain
    result: float = base.number**exponent.number
    steepness = abs(exponent.number) * base.slack / abs(base.number) + abs(math.log(abs(base.number))) * exponent.slack
    if steepness > _STEEP:
        raise _NotPlain
    return _rounded(result, 2 * abs(result) * steepness)


def _rounded(number: float, slack: float) -> Value:
    return Value(number, slack + _ROUNDING * abs(number))
