"""Univariate polynomials with constant coefficients: their coefficients from a tree, and their real roots."""

from typing import Any

from verifier.verifiers.math.evaluate import NotEvaluable
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.evaluate.numeric import Evaluation, Steps
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.tree import Apply, Node, Symbol, symbols

DEGREE = 12
"""Largest degree whose roots are sought."""


def coefficients(node: Node, name: str, ctx: Any) -> list[Any]:
    """Coefficients of ``node`` as a polynomial in ``name``, constant first. Raises NotEvaluable if it is none."""
    if name not in symbols(node):
        return [Evaluation(ctx, Point("positive"), Steps()).value(node)]
    match node:
        case Symbol():
            return [ctx.mpf(0), ctx.mpf(1)]
        case Apply("neg", (a,)):
            return [-value for value in coefficients(a, name, ctx)]
        case Apply("+" | "-" as head, (a, b)):
            return _add(coefficients(a, name, ctx), coefficients(b, name, ctx), 1 if head == "+" else -1, ctx)
        case Apply("*", (a, b)):
            return _multiply(coefficients(a, name, ctx), coefficients(b, name, ctx), ctx)
        case Apply("/", (a, b)) if name not in symbols(b):
            divisor = coefficients(b, name, ctx)[0]
            if not divisor:
                raise NotEvaluable
            return [value / divisor for value in coefficients(a, name, ctx)]
        case Apply("^", (a, b)) if (n := rational(b)) is not None and n.denominator == 1 and 0 <= n <= DEGREE:
            result = [ctx.mpf(1)]
            for _ in range(n.numerator):
                result = _multiply(result, coefficients(a, name, ctx), ctx)
            return result
        case _:
            raise NotEvaluable


def _add(a: list[Any], b: list[Any], sign: int, ctx: Any) -> list[Any]:
    size = max(len(a), len(b))
    zero = ctx.mpf(0)
    return [(a[i] if i < len(a) else zero) + sign * (b[i] if i < len(b) else zero) for i in range(size)]


def _multiply(a: list[Any], b: list[Any], ctx: Any) -> list[Any]:
    if len(a) + len(b) > DEGREE + 2:
        raise NotEvaluable
    result = [ctx.mpf(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return result


def real_roots(node: Node, name: str, ctx: Any) -> list[Any]:
    """The real roots of a polynomial, in ascending order. Raises NotEvaluable if ``node`` is none."""
    found = coefficients(node, name, ctx)
    tiny = ctx.mpf(10) ** -30
    while found and abs(found[-1]) < tiny:
        found.pop()
    if len(found) < 2:
        return []
    if len(found) == 2:
        return _real([-found[0] / found[1]], ctx)
    try:
        roots = ctx.polyroots(found[::-1], maxsteps=200, extraprec=200)
    except ctx.NoConvergence:
        raise NotEvaluable from None
    return _real(roots, ctx)


def _real(roots: list[Any], ctx: Any) -> list[Any]:
    return sorted(ctx.re(root) for root in roots if abs(ctx.im(root)) < ctx.mpf(10) ** -15)
