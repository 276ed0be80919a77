"""Identity of rational functions by their value at a random point modulo a prime (Schwartz 1980, Zippel 1979).

Two rational functions of total degree d that differ agree at a random point modulo p with probability at most d/p, which
is below 2^-90 here for every expression within the budgets. Since p = 1 (mod 4), -1 has a root that stands for i; pi and e are
transcendental, and so behave as variables. Whoever knows p can write p for 0: the caller confirms numerically, or modulo a
second prime that the two expressions themselves choose.
"""

import hashlib
from fractions import Fraction
from functools import lru_cache

from verifier.verifiers.math.budgets import EXPONENT_BITS, FACTORIAL, STEPS, OverBudget
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.evaluate.numeric import Steps
from verifier.verifiers.math.tree import (
    Apply,
    Based,
    Constant,
    Node,
    Number,
    Symbol,
    across,
    integer,
    is_nested,
    rename,
    walk,
)

PRIME = 2**255 - 19
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)
_COUNTED = frozenset(("factorial", "factorial2", "binomial"))
_STEPS_A_NODE = 4
"""Nodes of a term of a sum that cost one step: arithmetic modulo a prime is cheaper than with hundreds of digits."""
_BITS_A_STEP = 32
"""Bits of an exponent that cost one step."""


def residue(node: Node, steps: Steps, prime: int = PRIME) -> int:
    """The value of ``node`` modulo a prime, its variables at fixed random values. The terms of a sum take ``steps``.

    Raises :class:`NotEvaluable` if it is no rational function, :class:`Undefined` if it divides by zero.
    """
    return _Field(prime, steps).value(node)


def chosen_prime(*nodes: Node) -> int:
    """A prime that depends on all of ``nodes``: nobody can write an expression that vanishes modulo the prime it chooses."""
    digest = hashlib.blake2b(repr(nodes).encode(), digest_size=32).digest()
    candidate = int.from_bytes(digest, "big") >> 1 | 1 << 254
    candidate += (1 - candidate) % 4
    while not _is_prime(candidate):
        candidate += 4
    return candidate


def _is_prime(n: int) -> bool:
    """Miller and Rabin's test, for large numbers that nobody chose."""
    odd, twos = n - 1, 0
    while not odd % 2:
        odd, twos = odd // 2, twos + 1
    return all(n % small for small in _WITNESSES) and all(_passes(pow(base, odd, n), twos, n) for base in _WITNESSES)


def _passes(value: int, twos: int, n: int) -> bool:
    if value in (1, n - 1):
        return True
    for _ in range(twos - 1):
        value = value * value % n
        if value == n - 1:
            return True
    return False


@lru_cache(maxsize=8)
def _imaginary(prime: int) -> int:
    """A square root of -1: of four numbers that are no square, one is met soon."""
    roots = (pow(base, (prime - 1) // 4, prime) for base in range(2, prime))
    return next(root for root in roots if root * root % prime == prime - 1)


class _Field:
    """Arithmetic modulo one prime."""

    def __init__(self, prime: int, steps: Steps) -> None:
        self._prime = prime
        self._steps = steps
        self._factorials: dict[int, list[int]] = {}
        """By how far their factors are apart."""

    def value(self, node: Node) -> int:
        match node:
            case Number(value, _):
                return self._fraction(value)
            case Symbol(name):
                return self._random(name)
            case Apply(head, args):
                return self._apply(head, args)
            case Constant("i"):
                return _imaginary(self._prime)
            case Constant("pi" | "e" as name):
                return self._random(f"constant {name}")
            case Based():
                return node.value % self._prime
            case _:
                raise NotEvaluable

    def _random(self, name: str) -> int:
        return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=32).digest(), "big") % self._prime

    def _fraction(self, value: Fraction) -> int:
        if value.denominator == 1:
            return value.numerator % self._prime
        return self._divide(value.numerator, value.denominator % self._prime)

    def _apply(self, head: str, args: tuple[Node, ...]) -> int:
        if head == "^":
            return self._power(args[0], args[1])
        if head in _COUNTED:
            return self._combinatorial(head, args)
        if head in ("sum", "product"):
            return self._series(head, args)
        if head == "call":
            return self._random(f"{args[0]} {[self.value(arg) for arg in args[1:]]}")
        if head == "compose":
            return self._random(f"compose {[self.value(arg) for arg in args]}")
        if head == "cross":
            return self._cross(args)
        if head not in ("+", "-", "*", "/", "neg", "percent", "vector"):
            raise NotEvaluable
        return self._arithmetic(head, [self.value(arg) for arg in args])

    def _arithmetic(self, head: str, values: list[int]) -> int:
        match head, values:
            case "+", [a, b]:
                return (a + b) % self._prime
            case "-", [a, b]:
                return (a - b) % self._prime
            case "*", [a, b]:
                return a * b % self._prime
            case "vector", [a, b]:
                return (b - a) % self._prime
            case "neg", [a]:
                return -a % self._prime
            case "percent", [a]:
                return self._divide(a, 100)
            case "/", [a, b]:
                return self._divide(a, b)
            case _:
                raise NotEvaluable

    def _divide(self, a: int, b: int) -> int:
        if not b:
            raise Undefined("a division by zero")
        return a * pow(b, -1, self._prime) % self._prime

    def _power(self, base: Node, exponent: Node) -> int:
        n = rational(exponent)
        if n is None or n.denominator != 1 or n.numerator.bit_length() > EXPONENT_BITS:
            raise NotEvaluable
        self._steps.take(n.numerator.bit_length() // _BITS_A_STEP)
        value = self.value(base)
        if not value:
            if n <= 0:
                raise Undefined("zero to a power that is not positive")
            return 0
        return pow(value, n.numerator % (self._prime - 1), self._prime)

    def _cross(self, args: tuple[Node, ...]) -> int:
        if is_nested(Apply("cross", args)):
            raise NotEvaluable
        (a, b), (c, d) = ((self.value(arg), self.value(across(arg))) for arg in args)
        return (a * d - b * c) % self._prime

    def _combinatorial(self, head: str, args: tuple[Node, ...]) -> int:
        values = [rational(arg) for arg in args]
        whole = [v.numerator for v in values if v is not None and v.denominator == 1 and 0 <= v <= FACTORIAL]
        if len(whole) != len(values):
            raise NotEvaluable
        match head, whole:
            case "factorial", [n]:
                return self._factorial(n)
            case "factorial2", [n]:
                return self._factorial(n, 2)
            case "binomial", [n, k]:
                return self._divide(self._factorial(n), self._factorial(k) * self._factorial(n - k)) if k <= n else 0
            case _:
                raise NotEvaluable

    def _factorial(self, n: int, apart: int = 1) -> int:
        known = self._factorials.setdefault(apart, [1] * apart)
        while len(known) <= n:
            known.append(known[-apart] * len(known) % self._prime)
        return known[n]

    def _series(self, head: str, args: tuple[Node, ...]) -> int:
        """A sum or product between two integers, term by term."""
        body, index, *bounds = args
        whole = [bound.numerator for bound in map(rational, bounds) if bound is not None and bound.denominator == 1]
        if len(whole) != 2 or not isinstance(index, Symbol):
            raise NotEvaluable
        if whole[1] - whole[0] > STEPS:
            raise OverBudget(f"a {head} of more than {STEPS} terms")
        cost = 1 + sum(1 for _ in walk(body)) // _STEPS_A_NODE
        total = 0 if head == "sum" else 1
        for at in range(whole[0], whole[1] + 1):
            self._steps.take(cost)
            term = self.value(rename(body, {index.name: integer(at)}))
            total = (total + term if head == "sum" else total * term) % self._prime
        return total
