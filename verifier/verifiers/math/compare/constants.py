"""Arbitrary constants: of an antiderivative (``+ C``), and of the solutions of a differential equation (``y = C e^x``)."""

import re
from collections.abc import Set
from fractions import Fraction
from itertools import permutations

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, equal
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.linear import Row, rank, same_span
from verifier.verifiers.math.evaluate.numeric import DIGITS, GUARD, Evaluation, context
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.tree import Apply, Node, Number, Relation, Symbol, integer, rename, symbols

_ARBITRARY = re.compile(r"C|[Cc]_\d")
"""Names that a reference gives to arbitrary constants."""
_PARAMETERS = frozenset("abcdkmABCKM") | {"lambda", "alpha", "beta"}
"""Names of the constants of a family of functions."""
_MOST = 3
"""Most constants that are matched with those of an answer."""
_SAMPLES = 8
"""Points at which families of functions are compared."""
_VARIABLES = frozenset("xyztuvsr") | {"theta"}


def compare_constants(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """None where the reference has no arbitrary constant, or nothing is equal for want of another name for it."""
    if not any(map(_ARBITRARY.fullmatch, symbols(reference))):
        return None
    if _same_family(c, reference, answer):
        return equal("numeric", "equal but for the constant of integration")
    theirs = symbols(answer) - symbols(reference)
    mine = {name for name in symbols(reference) - symbols(answer) if _ARBITRARY.fullmatch(name)}
    if isinstance(reference, Relation) and isinstance(answer, Relation) and 0 < len(mine) == len(theirs) <= _MOST:
        renamed = _renamed(c, reference, answer, mine, theirs)
        if renamed is not None:
            return renamed
    return _rechosen(c, reference, answer)


def _rechosen(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """The same functions, though by other constants: ``C_1 e^x + C_2 e^{-x}`` and ``A cosh x + B sinh x``, C and -C."""
    mine = sorted(name for name in symbols(reference) if _ARBITRARY.fullmatch(name))
    theirs = sorted(n for n in symbols(answer) if _ARBITRARY.fullmatch(n) or n in _PARAMETERS - symbols(reference))
    variables = (symbols(reference) - set(mine)) | (symbols(answer) - set(theirs))
    if len(mine) != len(theirs) or len(mine) > _MOST or not variables or not variables <= _VARIABLES or c.rechosen:
        return None
    left, right = _function(reference), _function(answer)
    if left is not None and right is not None and _same_functions(c, left, right, mine, theirs):
        return equal("numeric", "the same functions, by other constants")
    if len(mine) != 1 or not (isinstance(reference, Relation) and isinstance(answer, Relation)):
        return None
    c.rechosen = True
    constant = Symbol(mine[0])
    found = any(c.compare(reference, rename(answer, {theirs[0]: other})).equal for other in _choices(constant))
    c.rechosen = False
    return equal("numeric", "the same functions, by another constant") if found else None


def _choices(constant: Symbol) -> list[Node]:
    inverse = Apply("/", (integer(1), constant))
    multiples = [Apply("*", (Number(Fraction(factor)), constant)) for factor in ("2", "1/2", "-2", "-1/2", "3", "1/3")]
    return [Apply("neg", (constant,)), inverse, Apply("neg", (inverse,)), *multiples]


def _function(node: Node) -> Node | None:
    """The function that ``y = ..`` states; None for an equation of another kind."""
    match node:
        case Relation((Symbol() | Apply("call", _), body), ("=",)):
            return body
        case Relation():
            return None
        case _:
            return node


def _same_functions(c: Context, left: Node, right: Node, mine: list[str], theirs: list[str]) -> bool:
    """Whether both are linear in their constants, with the same functions for all of their values."""
    try:
        (base, *ways), (other, *others) = _at_samples(c, left, mine), _at_samples(c, right, theirs)
    except (NotEvaluable, Undefined):
        return False
    between = [a - b for a, b in zip(base, other, strict=True)]
    return rank(ways) == len(mine) and same_span(ways, others) and rank([*ways, between]) == len(mine)


def _at_samples(c: Context, body: Node, constants: list[str]) -> list[Row]:
    """Values at several points for constants of zero, and their change by each constant. Raises NotEvaluable where that is
    not all that the constants do."""
    zero: dict[str, Node] = {name: integer(0) for name in constants}
    chosen: list[dict[str, Node]] = [zero, *({**zero, name: integer(1)} for name in constants)]
    chosen.append({name: integer(3 + 4 * i) for i, name in enumerate(constants)})
    ctx = context(DIGITS)
    rows: list[Row] = []
    for values in chosen:
        node = rename(body, values)
        rows.append([Evaluation(ctx, Point(f"positive {k}"), c.steps).value(node) for k in range(_SAMPLES)])
    base, probe = rows[0], rows.pop()
    ways = [[a - b for a, b in zip(row, base, strict=True)] for row in rows[1:]]
    for k, value in enumerate(probe):
        expected = base[k] + sum(way[k] * (3 + 4 * i) for i, way in enumerate(ways))
        if abs(value - expected) > ctx.mpf(10) ** (GUARD - DIGITS) * (1 + abs(expected)):
            raise NotEvaluable
    return [base, *ways]


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
