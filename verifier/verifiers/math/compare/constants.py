"""Arbitrary constants: of an antiderivative (``+ C``), and of the solutions of a differential equation (``y = C e^x``)."""

import re
from collections.abc import Set
from itertools import permutations

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, equal
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.numeric import DIGITS, GUARD, Evaluation, Point, context
from verifier.verifiers.math.tree import Apply, Node, Relation, Symbol, rename, symbols

_ARBITRARY = re.compile(r"C|[Cc]_\d")
"""Names that a reference gives to arbitrary constants."""
_PARAMETERS = frozenset("abcdkmABCKM") | {"lambda", "alpha", "beta"}
"""Names of the constants of a family of functions."""
_MOST = 3
"""Most constants that are matched with those of an answer."""
_VARIABLES = frozenset("xyztuvsr") | {"theta"}


def compare_constants(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """None where the reference has no arbitrary constant, or nothing is equal for want of another name for it."""
    if not any(map(_ARBITRARY.fullmatch, symbols(reference))):
        return None
    if _same_family(c, reference, answer):
        return equal("numeric", "equal but for the constant of integration")
    theirs = symbols(answer) - symbols(reference)
    mine = {name for name in symbols(reference) - symbols(answer) if _ARBITRARY.fullmatch(name)}
    if (
        not isinstance(reference, Relation)
        or not isinstance(answer, Relation)
        or not 0 < len(mine) == len(theirs) <= _MOST
    ):
        return None
    return _renamed(c, reference, answer, mine, theirs)


def compare_families_of_functions(c: Context, reference: Node, answer: Node, bound: frozenset[str]) -> Verdict | None:
    """``f(x) = kx`` and ``f(x) = cx``, by their bodies: ``bound`` are the variables. None unless they are equal."""
    mine, theirs = symbols(reference) - bound, symbols(answer) - bound
    if not 0 < len(mine) == len(theirs) <= _MOST or mine & theirs or not mine | theirs <= _PARAMETERS:
        return None
    return _renamed(c, reference, answer, mine, theirs)


def _renamed(c: Context, reference: Node, answer: Node, mine: Set[str], theirs: Set[str]) -> Verdict | None:
    for names in permutations(sorted(theirs)):
        renamed = rename(answer, dict(zip(names, map(Symbol, sorted(mine)), strict=True)))
        if c.compare(reference, renamed).equal:
            return equal("structure", "the same with other names for its constants")
    return None


def _same_family(c: Context, reference: Node, answer: Node) -> bool:
    """Whether both are a function of one variable plus a constant, and the functions differ by a constant."""
    bodies = [
        _without_constant(side.operands[-1] if isinstance(side, Relation) else side) for side in (reference, answer)
    ]
    if bodies[0] is None or bodies[1] is None:
        return False
    names = symbols(bodies[0]) | symbols(bodies[1])
    if len(names) != 1 or not names <= _VARIABLES:
        return False
    ctx = context(DIGITS)
    values: list[object] = []
    for kind in ("positive", "positive 1", "positive 2", "positive 3"):
        try:
            evaluation = Evaluation(ctx, Point(kind), c.steps)
            value = evaluation.value(Apply("-", (bodies[0], bodies[1])))
        except (NotEvaluable, Undefined):
            return False
        tiny = ctx.mpf(10) ** (GUARD - DIGITS) * max(1, evaluation.peak)
        if values and abs(value - values[0]) > tiny:
            return False
        values.append(value)
    return True


def _without_constant(node: Node) -> Node | None:
    """``f + C`` without its constant; None where there is none, or where it occurs elsewhere too."""
    match node:
        case Apply("+", (left, Symbol(name))) | Apply("+", (Symbol(name), left)) if (
            _ARBITRARY.fullmatch(name) or name in ("c", "K", "k")
        ) and name not in symbols(left):
            return left
        case Apply("+" | "-" as sign, (left, right)):
            inner = _without_constant(left)
            return (
                None
                if inner is None or symbols(right) & (symbols(left) - symbols(inner))
                else Apply(sign, (inner, right))
            )
        case _:
            return None
