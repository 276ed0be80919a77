"""Identity of rational functions by their value at a random point modulo a prime (Schwartz 1980, Zippel 1979).

Two rational functions of total degree d that differ agree at a random point modulo p with probability at most d/p, which
is below 2^-90 here for every expression within the budgets. Since p = 1 (mod 4), -1 has a root that stands for i; pi and e are
transcendental, and so behave as variables. Whoever knows p can write p for 0: the caller confirms numerically.
"""

import hashlib
from fractions import Fraction

from verifier.verifiers.math.budgets import EXPONENT_BITS
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.exact import rational, whole_function
from verifier.verifiers.math.tree import Apply, Based, Constant, Node, Number, Symbol, across, is_nested

PRIME = 2**255 - 19
_ROOT = pow(2, (PRIME - 1) // 4, PRIME)


def residue(node: Node) -> int:
    """The value of ``node`` modulo :data:`PRIME`, its variables at fixed random values.

    Raises :class:`NotEvaluable` if it is no rational function, :class:`Undefined` if it divides by zero.
    """
    match node:
        case Number(value, _):
            return _fraction(value)
        case Symbol(name):
            return _random(name)
        case Apply(head, args):
            return _apply(head, args)
        case Constant("i"):
            return _ROOT
        case Constant("pi" | "e" as name):
            return _random(f"constant {name}")
        case Based():
            return node.value % PRIME
        case _:
            raise NotEvaluable


def _random(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=32).digest(), "big") % PRIME


def _fraction(value: Fraction) -> int:
    if value.denominator == 1:
        return value.numerator % PRIME
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def _apply(head: str, args: tuple[Node, ...]) -> int:
    if head == "^":
        return _power(args[0], args[1])
    if head in ("factorial", "factorial2", "binomial"):
        return _combinatorial(head, args)
    if head == "call":
        return _random(f"{args[0]} {[residue(arg) for arg in args[1:]]}")
    if head == "compose":
        return _random(f"compose {[residue(arg) for arg in args]}")
    if head == "cross":
        if is_nested(Apply(head, args)):
            raise NotEvaluable
        (a, b), (c, d) = ((residue(arg), residue(across(arg))) for arg in args)
        return (a * d - b * c) % PRIME
    if head not in ("+", "-", "*", "/", "neg", "percent", "vector"):
        raise NotEvaluable
    values = [residue(arg) for arg in args]
    match head, values:
        case "+", [a, b]:
            return (a + b) % PRIME
        case "-", [a, b]:
            return (a - b) % PRIME
        case "*", [a, b]:
            return a * b % PRIME
        case "vector", [a, b]:
            return (b - a) % PRIME
        case "neg", [a]:
            return -a % PRIME
        case "percent", [a]:
            return _divide(a, 100)
        case "/", [a, b]:
            return _divide(a, b)
        case _:
            raise NotEvaluable


def _divide(a: int, b: int) -> int:
    if not b:
        raise Undefined("a division by zero")
    return a * pow(b, -1, PRIME) % PRIME


def _power(base: Node, exponent: Node) -> int:
    n = rational(exponent)
    if n is None or n.denominator != 1 or n.numerator.bit_length() > EXPONENT_BITS:
        raise NotEvaluable
    value = residue(base)
    if not value:
        if n <= 0:
            raise Undefined("zero to a power that is not positive")
        return 0
    return pow(value, n.numerator % (PRIME - 1), PRIME)


def _combinatorial(head: str, args: tuple[Node, ...]) -> int:
    values = [rational(arg) for arg in args]
    whole = [value.numerator for value in values if value is not None and value.denominator == 1]
    if len(whole) != len(values):
        raise NotEvaluable
    return whole_function(head, whole) % PRIME
