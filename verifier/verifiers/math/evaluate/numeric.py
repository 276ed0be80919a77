"""High-precision evaluation with mpmath, in a context of each thread's own.

Error bound: with ``digits`` digits of working precision, a value is good to ``digits - GUARD`` digits of the largest number
met on the way (:attr:`Evaluation.peak`), for the functions used here and within the budgets. Two values that differ by
less are called equal; constants are confirmed with three times the digits.
"""

# mpmath has no types: its values are Any, and what is computed from them is unknown to the type checker.
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import threading
import zlib
from collections.abc import Callable
from typing import Any

from mpmath.ctx_mp import MPContext

from verifier.verifiers.math.budgets import ARGUMENT_BITS, FACTORIAL, MAGNITUDE_BITS, STEPS, OverBudget
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.domains import integers
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.tree import (
    Apply,
    Based,
    Cases,
    Constant,
    Listing,
    Node,
    Number,
    Quantity,
    Relation,
    Symbol,
    across,
    is_nested,
    symbols,
)

DIGITS = 50
CONFIRM_DIGITS = 200
GUARD = 15
REPETITIONS = 1_500
"""Steps in which an endless radical or fraction has to come to rest."""
TERMS, SLOW, AT_REST = 300, 30, 8
"""Most terms of an unending sum; in how many they must become smaller; how many too small to matter end it."""
_EXACT_ENOUGH = 20
"""Largest binary exponent of an angle of which enough digits remain behind the point."""
Value = Any
"""An mpf or mpc: mpmath has no types."""

_local = threading.local()


def context(digits: int) -> Any:
    """The mpmath context of this thread, set to ``digits``."""
    ctx = getattr(_local, "ctx", None)
    if ctx is None:
        ctx = _local.ctx = MPContext()
    if ctx.dps != digits:
        ctx.dps = digits
    return ctx


class Steps:
    """What remains of the evaluation steps of one comparison."""

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def take(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise OverBudget(f"more than {STEPS} evaluation steps")


class Evaluation:
    """Evaluates trees at one point. ``real_roots``: odd roots of negative numbers are real, and not principal.
    ``sums_unending``: where they converge quickly."""

    def __init__(
        self, ctx: Any, point: Point, steps: Steps, *, real_roots: bool = False, sums_unending: bool = False
    ) -> None:
        self.ctx = ctx
        self.point = point
        self.steps = steps
        self.real_roots = real_roots
        self.sums_unending = sums_unending
        self.peak = ctx.mpf(0)
        self.extent = 0
        """The largest binary exponent on the way, of large and of tiny numbers."""
        self._bound: dict[str, Value] = {}

    def value(self, node: Node) -> Value:
        """The value of ``node``. Raises NotEvaluable, Undefined or OverBudget."""
        self.steps.take()
        match node:
            case Number(value, _):
                return (
                    self.ctx.mpf(value.numerator) / value.denominator
                    if value.denominator != 1
                    else self.ctx.mpf(value.numerator)
                )
            case Symbol(name):
                if name in self._bound:
                    return self._bound[name]
                return self.point.value(self.ctx, name)
            case Apply(head, args):
                return self._sane(self._apply(head, args))
            case Constant("pi"):
                return +self.ctx.pi
            case Constant("e"):
                return +self.ctx.e
            case Constant("i"):
                return self.ctx.mpc(0, 1)
            case Based():
                return self.ctx.mpf(node.value)
            case Quantity(value, unit):
                factor = self.ctx.mpf(unit.scale.numerator) / unit.scale.denominator
                return self.value(value) * factor * self.ctx.pi**unit.pi_power
            case Cases(branches):
                return self._piecewise(branches)
            case _:
                raise NotEvaluable

    def _piecewise(self, branches: tuple[tuple[Node, Node | None], ...]) -> Value:
        stated = [self.value(value) for value, condition in branches if condition is not None and self.holds(condition)]
        if not stated:
            stated = [self.value(value) for value, condition in branches if condition is None]
        if not stated or any(value != stated[0] for value in stated):
            raise Undefined("no case applies, or cases that contradict each other")
        return stated[0]

    def holds(self, condition: Node) -> bool:
        """Whether a condition is true at this point. Only real numbers can be compared."""
        match condition:
            case Relation(operands, operators) if set(operators) <= _COMPARISONS.keys():
                values = [self.value(operand) for operand in operands]
                if any(self.ctx.im(value) for value in values):
                    raise NotEvaluable
                pairs = zip(operators, values, values[1:], strict=False)
                return all(_COMPARISONS[operator](a, b) for operator, a, b in pairs)
            case Apply("congruent", (left, right, modulus)):
                return not self.value(Apply("mod", (Apply("-", (left, right)), modulus)))
            case Relation((number, domain), ("in",)) if (named := integers(domain)) is not None:
                value = self.value(number)
                return bool(self.ctx.isint(value) and (named.least is None or self.ctx.re(value) >= named.least))
            case Listing(items, joint):
                truths = [self.holds(item) for item in items]
                return any(truths) if joint == "or" else all(truths)
            case _:
                raise NotEvaluable

    def _sane(self, value: Value) -> Value:
        ctx = self.ctx
        if not ctx.isfinite(value):
            raise Undefined("a value that does not exist")
        magnitude = abs(ctx.mag(value)) if value else 0
        if magnitude > MAGNITUDE_BITS:
            raise OverBudget(f"a number beyond 2^{MAGNITUDE_BITS}")
        self.extent = max(self.extent, magnitude)
        return value

    def _apply(self, head: str, args: tuple[Node, ...]) -> Value:
        if head in ("sum", "product"):
            return self._series(head, args)
        if head == "endless":
            return self._endless(args)
        if head == "call":
            return self._called(args)
        if head == "compose":
            return self._called((Symbol("compose"), *args))
        if head == "cross":
            if is_nested(Apply(head, args)):
                raise NotEvaluable
            (a, b), (c, d) = ((self.value(arg), self.value(across(arg))) for arg in args)
            return self._add("-", [a * d, b * c])
        if head in ("integral", "limit", "builder", "derivative"):
            raise NotEvaluable
        values = [self.value(arg) for arg in args]
        if head == "+" or head == "-":
            return self._add(head, values)
        operation = _OPERATIONS.get((head, len(values)))
        if operation is None:
            raise NotEvaluable
        try:
            return operation(self, *values)
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise Undefined(str(error)) from None

    def _add(self, head: str, values: list[Value]) -> Value:
        if len(values) != 2:
            raise NotEvaluable
        left, right = values
        self.peak = max(self.peak, abs(left), abs(right))
        return left + right if head == "+" else left - right

    def _called(self, args: tuple[Node, ...]) -> Value:
        """A function that nobody defined: some number for each argument, another at each point."""
        key = " ".join(self.ctx.nstr(self.value(arg), 25) for arg in args[1:])
        return self.ctx.mpf(zlib.crc32(f"{args[0]} {key} {self.point.kind}".encode())) / 2**31

    def _series(self, head: str, args: tuple[Node, ...]) -> Value:
        if len(args) != 4 or not isinstance(args[1], Symbol):
            raise NotEvaluable
        if head == "sum" and args[3] == Constant("oo"):
            return self._unending(args[0], args[1].name, self._whole(self.value(args[2])))
        first, last = (self._whole(self.value(bound)) for bound in args[2:])
        if last - first > STEPS:
            raise OverBudget(f"a {head} of more than {STEPS} terms")
        total = self.ctx.mpf(0 if head == "sum" else 1)
        name = args[1].name
        shadowed = self._bound.get(name)
        for index in range(first, last + 1):
            self._bound[name] = self.ctx.mpf(index)
            term = self.value(args[0])
            total = self._add("+", [total, term]) if head == "sum" else self._sane(total * term)
        self._bound.pop(name, None)
        if shadowed is not None:
            self._bound[name] = shadowed
        return total

    def _unending(self, body: Node, name: str, first: int) -> Value:
        """The sum of a power series, or of another that comes to rest as soon."""
        if not self.sums_unending or name in self._bound or name not in symbols(body):
            raise NotEvaluable
        total, tiny = self.ctx.mpf(0), self.ctx.mpf(10) ** -self.ctx.dps
        sizes: list[Value] = []
        try:
            for index in range(first, first + TERMS):
                self._bound[name] = self.ctx.mpf(index)
                term = self.value(body)
                total = self._add("+", [total, term])
                sizes.append(abs(term))
                if total and len(sizes) >= AT_REST and max(sizes[-AT_REST:]) <= tiny * abs(total):
                    return total
                if not len(sizes) % SLOW and not max(sizes[-SLOW:]) < max(
                    sizes[-2 * SLOW : -SLOW], default=self.ctx.inf
                ):
                    break
        finally:
            self._bound.pop(name, None)
        raise Undefined("a sum that does not converge, or slowly")

    def _endless(self, args: tuple[Node, ...]) -> Value:
        """What repeating a step tends to."""
        if len(args) != 2 or not isinstance(args[1], Symbol):
            raise NotEvaluable
        value = self.ctx.mpf(1)
        tiny = self.ctx.mpf(10) ** (5 - self.ctx.dps)
        for _ in range(REPETITIONS):
            self._bound[args[1].name] = value
            last, value = value, self.value(args[0])
            if abs(value - last) <= tiny * abs(value):
                return value
        raise Undefined("a repetition that tends to nothing")

    def _whole(self, value: Value) -> int:
        if not self.ctx.isint(value):
            raise NotEvaluable
        return int(value.real)

    # Operations on values

    def power(self, base: Value, exponent: Value) -> Value:
        ctx = self.ctx
        if not base:
            if not exponent or ctx.re(exponent) < 0:
                raise Undefined("zero to a power that is not positive")
            return ctx.mpf(0)
        if ctx.mag(exponent) > 64 or abs(exponent) * (abs(ctx.mag(base)) + 1) > MAGNITUDE_BITS:
            raise OverBudget("a power that is too large to evaluate")
        if self.real_roots and ctx.im(base) == 0 and ctx.re(base) < 0 and ctx.im(exponent) == 0:
            return self._real_power(ctx.re(base), ctx.re(exponent))
        return ctx.power(base, exponent)

    def _real_power(self, base: Value, exponent: Value) -> Value:
        for index in (3, 5, 7, 9):
            top = exponent * index
            if not self.ctx.isint(exponent) and abs(top - self.ctx.nint(top)) < self.ctx.mpf(10) ** (
                GUARD - self.ctx.dps
            ):
                return (-1) ** int(self.ctx.nint(top)) * self.ctx.power(-base, exponent)
        return self.ctx.power(base, exponent)

    def root(self, radicand: Value, index: Value) -> Value:
        if not index:
            raise Undefined("a root of index zero")
        return self.power(radicand, 1 / index)

    def periodic(self, function: str, argument: Value) -> Value:
        if argument and self.ctx.mag(argument) > (ARGUMENT_BITS if not self.ctx.im(argument) else 20):
            raise OverBudget("an argument that is too large to reduce")
        if argument and self.ctx.mag(argument) <= _EXACT_ENOUGH:  # sin(pi) is as far from 0 as pi was from its digits
            self.peak = max(self.peak, abs(argument))
        return getattr(self.ctx, function)(argument)

    def exponential(self, argument: Value) -> Value:
        if argument and self.ctx.mag(argument) > 20:
            raise OverBudget("an exponential that is too large to evaluate")
        return self.ctx.exp(argument)

    def logarithm(self, argument: Value) -> Value:
        if not argument:
            raise Undefined("a logarithm of zero")
        return self.ctx.ln(argument)

    def gamma_like(self, function: str, *arguments: Value) -> Value:
        if any(self.ctx.mag(argument) > FACTORIAL.bit_length() for argument in arguments if argument):
            raise OverBudget(f"a factorial of more than {FACTORIAL}")
        return getattr(self.ctx, function)(*arguments)

    def real_function(self, function: str, argument: Value) -> Value:
        if self.ctx.im(argument):
            raise NotEvaluable
        return getattr(self.ctx, function)(self.ctx.re(argument))

    def extreme(self, function: Callable[..., Value], *arguments: Value) -> Value:
        if any(self.ctx.im(argument) for argument in arguments):
            raise NotEvaluable
        return function(*(self.ctx.re(argument) for argument in arguments))

    def double_factorial(self, argument: Value) -> Value:
        return self.gamma_like("fac2", argument)


def _periodic(function: str) -> Callable[..., Value]:
    return lambda evaluation, x: evaluation.periodic(function, x)


def _hyperbolic(function: str) -> Callable[..., Value]:
    def evaluate(evaluation: Evaluation, x: Value) -> Value:
        evaluation.exponential(x)
        return getattr(evaluation.ctx, function)(x)

    return evaluate


def _plain(function: str) -> Callable[..., Value]:
    return lambda evaluation, x: getattr(evaluation.ctx, function)(x)


_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip
_OPERATIONS: dict[tuple[str, int], Callable[..., Value]] = {
    ("*", 2): lambda _, a, b: a * b,
    ("/", 2): lambda _, a, b: a / b,
    ("neg", 1): lambda _, a: -a,
    ("vector", 2): lambda _, a, b: b - a,
    ("percent", 1): lambda _, a: a / 100,
    ("^", 2): Evaluation.power,
    ("sqrt", 1): lambda e, a: e.ctx.sqrt(a),
    ("root", 2): Evaluation.root,
    ("abs", 1): lambda _, a: abs(a),
    ("exp", 1): Evaluation.exponential,
    ("ln", 1): Evaluation.logarithm,
    ("conj", 1): lambda e, a: e.ctx.conj(a),
    ("re", 1): lambda e, a: e.ctx.re(a),
    ("im", 1): lambda e, a: e.ctx.im(a),
    ("arg", 1): lambda e, a: e.ctx.arg(a),
    ("sgn", 1): lambda e, a: e.ctx.sign(a),
    ("factorial", 1): lambda e, a: e.gamma_like("factorial", a),
    ("factorial2", 1): Evaluation.double_factorial,
    ("zeta", 1): lambda e, a: e.gamma_like("zeta", a),
    ("gamma", 1): lambda e, a: e.gamma_like("gamma", a),
    ("binomial", 2): lambda e, a, b: e.gamma_like("binomial", a, b),
    ("floor", 1): lambda e, a: e.real_function("floor", a),
    ("ceil", 1): lambda e, a: e.real_function("ceil", a),
    ("mod", 2): lambda e, a, b: e.extreme(lambda x, y: x - y * e.ctx.floor(x / y), a, b),
    **{("min", n): lambda e, *a: e.extreme(min, *a) for n in range(2, 7)},
    **{("max", n): lambda e, *a: e.extreme(max, *a) for n in range(2, 7)},
    **{(f, 1): _periodic(f) for f in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{(f, 1): _hyperbolic(f) for f in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    ("arcsin", 1): _plain("asin"), ("arccos", 1): _plain("acos"), ("arctan", 1): _plain("atan"),
    ("arccot", 1): _plain("acot"), ("arcsec", 1): _plain("asec"), ("arccsc", 1): _plain("acsc"),
    ("arcsinh", 1): _plain("asinh"), ("arccosh", 1): _plain("acosh"), ("arctanh", 1): _plain("atanh"),
}  # fmt: skip
