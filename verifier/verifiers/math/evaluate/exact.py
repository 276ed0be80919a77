"""Exact rational arithmetic, for constants without roots or transcendental functions."""

import math
from fractions import Fraction

from verifier.verifiers.math.budgets import EXACT_BITS, FACTORIAL, NESTING
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.tree import Apply, Based, Node, Number


def rational(node: Node) -> Fraction | None:
    """The exact value of ``node``; None if it is not evidently rational, too large, or undefined."""
    if isinstance(node, Number):
        return node.value
    try:
        return _value(node)
    except (NotEvaluable, Undefined):
        return None


def _value(node: Node) -> Fraction:
    match node:
        case Number(value, _):
            return value
        case Based():
            return Fraction(node.value)
        case Apply(head, args) if len(args) <= NESTING:
            if head not in _HEADS:
                raise NotEvaluable
            return _bounded(_apply(head, [_value(arg) for arg in args]))
        case _:
            raise NotEvaluable


_HEADS = frozenset(("+", "-", "*", "/", "^", "neg", "percent", "factorial", "factorial2", "binomial", "abs", "floor", "ceil",
                    "mod", "gcd", "lcm", "min", "max", "sqrt"))  # fmt: skip


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > EXACT_BITS or value.denominator.bit_length() > EXACT_BITS:
        raise NotEvaluable
    return value


def _apply(head: str, args: list[Fraction]) -> Fraction:
    match head, args:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b]:
            return _quotient(a, b)
        case "^", [a, b]:
            return _power(a, b)
        case "neg", [a]:
            return -a
        case "percent", [a]:
            return a / 100
        case "sqrt", [a]:
            return _square_root(a)
        case "abs", [a]:
            return abs(a)
        case _:
            return Fraction(_integral(head, args))


def _integral(head: str, args: list[Fraction]) -> Fraction | int:
    match head, args:
        case "floor", [a]:
            return math.floor(a)
        case "ceil", [a]:
            return math.ceil(a)
        case "min" | "max", [_, *_]:
            return min(args) if head == "min" else max(args)
        case "mod", [a, b]:
            return a - b * math.floor(_quotient(a, b))
        case _:
            whole = [_whole(arg) for arg in args]
            return whole_function(head, whole)


def whole_function(head: str, args: list[int]) -> int:
    """Factorials, binomials, gcd and lcm of integers."""
    match head, args:
        case "factorial", [n] if 0 <= n <= FACTORIAL:
            return math.factorial(n)
        case "factorial2", [n] if 0 <= n <= FACTORIAL:
            return math.prod(range(n, 0, -2))
        case "binomial", [n, k] if 0 <= n <= FACTORIAL and k >= 0:
            return math.comb(n, k)
        case "gcd", [_, *_]:
            return math.gcd(*args)
        case "lcm", [_, *_]:
            return math.lcm(*args)
        case _:
            raise NotEvaluable


def _whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise NotEvaluable
    return value.numerator


def _quotient(a: Fraction, b: Fraction) -> Fraction:
    if not b:
        raise Undefined("a division by zero")
    return a / b


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _rational_power(base, exponent)
    n = exponent.numerator
    if not base and n <= 0:
        raise Undefined("zero to a power that is not positive")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and abs(n) * bits > EXACT_BITS:
        raise NotEvaluable
    return base ** (n if base not in (0, 1, -1) else _small(n))


def _small(n: int) -> int:
    """An exponent of 0, 1 or -1 with the same sign and parity."""
    return n if abs(n) < 3 else (2 if n % 2 == 0 else 1)


def _rational_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 2 and abs(exponent.numerator) < 100:
        return _power(_square_root(base), Fraction(exponent.numerator))
    raise NotEvaluable


def _square_root(value: Fraction) -> Fraction:
    if value < 0:
        raise NotEvaluable
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top != value.numerator or bottom * bottom != value.denominator:
        raise NotEvaluable
    return Fraction(top, bottom)
