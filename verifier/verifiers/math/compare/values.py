"""Single values: numbers, quantities and expressions."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from verifier.verifiers.math.budgets import EXTENT_BITS, OverBudget
from verifier.verifiers.math.compare.constants import compare_constants
from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.demands import has_heads, needs_reals, sums_unending, variables, whole_variables
from verifier.verifiers.math.compare.quantities import described, radians, rescaled, split
from verifier.verifiers.math.compare.series import as_combination, has_series
from verifier.verifiers.math.compare.verdict import Verdict, best, different, equal, every, undecided
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.evaluate.modular import PRIME, chosen_prime, residue
from verifier.verifiers.math.evaluate.numeric import CONFIRM_DIGITS, DIGITS, GUARD, Evaluation, context
from verifier.verifiers.math.evaluate.point import AROUND_SERIES, BEYOND_STEPS, IN_DOMAIN, MORE, WITHIN_ONE, Point
from verifier.verifiers.math.tree import (
    Apply,
    Based,
    Cases,
    Constant,
    Node,
    Number,
    Quantity,
    Symbol,
    rename,
    symbols,
    walk,
)
from verifier.verifiers.math.units import DEGREE, KNOWN, NO_UNIT

YEN_OR_YUAN = KNOWN["¥"]
_INVERSE_HEADS = frozenset("arcsin arccos arctanh arccosh arcsec arccsc arcsech arccsch arccoth".split())
_UNENDING = frozenset(("limit", "sum", "product", "integral"))
_REPEATED = frozenset(("sum", "product"))
_STEP_HEADS = frozenset(("floor", "ceil", "mod"))


def compare_values(c: Context, reference: Node, answer: Node) -> Verdict:
    """Compare two single values, with percent signs, units and bases."""
    if (
        isinstance(reference, Apply)
        and isinstance(answer, Apply)
        and has_series(reference)
        and has_series(answer)
        and (series := _same_terms(c, reference, answer)) is not None
    ):
        return series
    reference, answer = _in_planck(reference, answer), _in_planck(answer, reference)
    infinite = _infinite(reference), _infinite(answer)
    if infinite != (0, 0) and has_heads(
        _UNENDING, *(side for side, oo in zip((reference, answer), infinite, strict=True) if not oo)
    ):
        return undecided("structure", "one of them is infinite, the other has to be worked out")
    if infinite != (0, 0):
        same = infinite[0] == infinite[1]
        return equal("exact", "the same infinity") if same else different("exact", "one of them is infinite")
    if isinstance(reference, Based) or isinstance(answer, Based):
        return _compare_based(reference, answer)
    return best(_readings(c, reference, answer))


def _same_terms(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """Series and integrals whose terms agree. None where they do not: their values may agree all the same."""
    left, right = as_combination(reference), as_combination(answer)
    if left is None or right is None:
        return None
    same = _identity(c, left, right) if symbols(left) or symbols(right) else _constants(c, left, right, None)
    return equal("numeric", "the same terms") if same.equal else None


def _in_planck(node: Node, other: Node) -> Node:
    """``hbar`` as h over 2 pi, where the other side has an h."""
    if "hbar" not in symbols(node) or "h" not in symbols(other) - symbols(node):
        return node
    return rename(node, {"hbar": Apply("/", (Symbol("h"), Apply("*", (Number(Fraction(2)), Constant("pi")))))})


def _readings(c: Context, reference: Node, answer: Node) -> Iterator[Verdict]:
    """The verdicts of the ways in which the signs and units of both sides may be taken."""
    left, right = _percent(reference), _percent(answer)
    if c.options.percent == "lenient" and (left is None) != (right is None) and _is_percentage(reference, answer):
        yield from _measured(c, left or reference, right or answer)
    yield from _measured(c, reference, answer)


def _percent(node: Node) -> Node | None:
    """What stands before the percent sign, or None."""
    return node.args[0] if isinstance(node, Apply) and node.head == "percent" else None


def _is_percentage(*nodes: Node) -> bool:
    """Whether the side without a sign can be a number of percent: 75 for 75%, but 0.5 is 50%."""
    plain = next(node for node in nodes if _percent(node) is None)
    value = rational(plain.value if isinstance(plain, Quantity) else plain)
    return value is None or abs(value) >= 1 or not value


def _measured(c: Context, reference: Node, answer: Node) -> Iterator[Verdict]:
    (left, unit), (right, other) = split(reference), split(answer)
    if unit == other or c.options.units == "ignored":
        yield _scalars(c, left, right)
    elif NO_UNIT in (unit, other):
        if c.options.units == "required":
            yield different("structure", "only one of them has a unit")
        else:
            yield _scalars(c, left, right)
        if {unit, other} == {DEGREE, NO_UNIT}:
            yield _scalars(c, *(radians(value, of) for value, of in ((left, unit), (right, other))))
    elif unit.dimension == other.dimension:
        yield _scalars(c, left, rescaled(right, other, unit))
    elif YEN_OR_YUAN in (unit, other) and {unit, other} <= {YEN_OR_YUAN, KNOWN["yen"], KNOWN["yuan"]}:
        yield _scalars(c, left, right)
    else:
        yield different("structure", f"{described(unit)} is not {described(other)}")


def _compare_based(reference: Node, answer: Node) -> Verdict:
    """Integers in a stated base are compared by value; without a stated base the digits are taken to be in the same one."""
    if isinstance(reference, Based) and isinstance(answer, Based):
        same = reference.value == answer.value
        return equal("exact", "equal as integers") if same else different("exact", "different integers")
    based, plain = (reference, answer) if isinstance(reference, Based) else (answer, reference)
    value = rational(plain)
    assert isinstance(based, Based)
    if value is not None and value in (
        based.value,
        Fraction(int(based.digits)) if based.digits.isdigit() else based.value,
    ):
        return equal("exact", "the same digits or value, with the base left out")
    return different("exact", "different integers")


def _infinite(node: Node) -> int:
    """1 or -1 for an infinity, else 0."""
    match node:
        case Constant("oo"):
            return 1
        case Apply("neg", (inner,)):
            return -_infinite(inner)
        case Apply("+-" | "-+", (inner,)):
            return 2 * _infinite(inner)
        case Quantity(value, _):
            return _infinite(value)
        case _:
            return 0


def compare_piecewise(c: Context, reference: Node, answer: Node) -> Verdict:
    """Functions of one variable, at least one of them piecewise, by value: at random points, and at the ends of the pieces."""
    names = variables(reference) | variables(answer)
    ends = [node for side in (reference, answer) if isinstance(side, Cases) for _, when in side.branches if when is not None
            for node in walk(when) if isinstance(node, Number)]  # fmt: skip
    if len(names) != 1:
        return different("structure", "the cases differ")
    name = next(iter(names))
    whole = name in whole_variables(reference, answer)
    shifts = (0, 1, -1) if whole else (0, Fraction(1, 7), Fraction(-1, 7))
    near = [Number(end.value + shift) for end in ends for shift in shifts]
    at_ends = [_constants(c, rename(reference, {name: end}), rename(answer, {name: end}), None) for end in near]
    stated = [verdict for verdict in at_ends if not (whole and verdict.why.startswith("undefined"))]
    return every((_identity(c, reference, answer), *stated), "the same values at and between the ends of the pieces")


# Scalars


def _scalars(c: Context, reference: Node, answer: Node) -> Verdict:
    left = rational(reference)
    if left is not None:
        right = rational(answer)
        if right is not None:
            return _rationals(c, reference, left, right)
    if symbols(reference) or symbols(answer):
        verdict = _identity(c, reference, answer)
        return verdict if verdict.equal else compare_constants(c, reference, answer) or verdict
    return _constants(c, reference, answer, left)


def tolerance(c: Context, reference: Node, value: Fraction) -> Fraction:
    """How far an answer may be from a numeric reference: half a unit in its last place, if it is a decimal."""
    allowed = Fraction(c.options.absolute_tolerance) + Fraction(c.options.relative_tolerance) * abs(value)
    places = _places(reference)
    if c.options.rounding == "none" or places is None or not value:
        return allowed
    leading = len(str(abs(value.numerator) // value.denominator)) if abs(value) >= 1 else -_zeros(abs(value))
    places = max(places, c.options.min_significant - leading)
    return max(allowed, Fraction(1, 2) / Fraction(10) ** places)


def _places(node: Node) -> int | None:
    match node:
        case Number(_, places):
            return places
        case Apply("percent", (Number(_, int(places)),)):
            return places + 2
        case Apply("*", (Number(_, int(places)), Number(scale, None))) if scale in (
            10**3,
            10**4,
            10**6,
            10**8,
            10**9,
            10**12,
        ):
            return places - (len(str(scale)) - 1)
        case _:
            return None


def _zeros(value: Fraction) -> int:
    """Zeros between the decimal point and the first digit of a value below 1."""
    zeros = 0
    while value * 10 < 1:
        value *= 10
        zeros += 1
    return zeros


def _rationals(c: Context, reference: Node, left: Fraction, right: Fraction) -> Verdict:
    if left == right:
        return equal("exact", "equal as exact numbers")
    if abs(left - right) <= tolerance(c, reference, left):
        return equal("exact", f"within half a unit of the last place of {_shown(left)}")
    return different("exact", f"{_shown(left)} is not {_shown(right)}")


def _shown(value: Fraction) -> str:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 200:
        return "a large number"
    return str(value)


def _constants(c: Context, reference: Node, answer: Node, left: Fraction | None) -> Verdict:
    """Two constants, of which at least one is not evidently rational."""
    rounded = left is not None and tolerance(c, reference, left)
    modular = None if rounded else _by_residue(c, reference, answer)
    if modular is not None and not modular.equal:
        return modular
    long = has_heads(_REPEATED, reference, answer)
    if modular is not None and long:
        return _by_residue(c, reference, answer, chosen_prime(reference, answer)) or undecided(
            "modular", "equal modulo one prime, and there is no value modulo a second"
        )
    verdict = _by_digits(c, reference, answer, left, (CONFIRM_DIGITS,) if long else (DIGITS, CONFIRM_DIGITS))
    if modular is not None and verdict.equal is None:
        return _by_residue(c, reference, answer, chosen_prime(reference, answer)) or verdict
    return verdict


def _by_digits(
    c: Context, reference: Node, answer: Node, left: Fraction | None, precisions: tuple[int, ...]
) -> Verdict:
    verdict = undecided("numeric", "no way of evaluation applies")
    for digits in precisions:
        verdict = best(
            _constant_verdict(c, reference, answer, left, digits, real) for real in _root_conventions(reference, answer)
        )
        if not verdict.equal:
            return verdict
    return verdict


def _root_conventions(*nodes: Node) -> tuple[bool, ...]:
    """Whether odd roots must also be tried as real ones."""
    odd = any(isinstance(part, Apply) and part.head in ("root", "^") for node in nodes for part in walk(node))
    return (False, True) if odd else (False,)


def _constant_verdict(
    c: Context, reference: Node, answer: Node, exact: Fraction | None, digits: int, real: bool
) -> Verdict:
    ctx = context(digits)
    evaluation = Evaluation(ctx, Point("positive"), c.steps, real_roots=real)
    try:
        left, right = evaluation.value(reference), evaluation.value(answer)
    except Undefined as reason:
        return different("numeric", f"undefined: {reason}")
    except OverBudget as reason:
        return undecided("budget", str(reason))
    except NotEvaluable:
        return undecided("numeric", "it has a form that only sympy can evaluate")
    if exact is not None and (allowed := tolerance(c, reference, exact)):
        if abs(left - right) <= ctx.mpf(allowed.numerator) / allowed.denominator:
            return equal("numeric", f"within half a unit of the last place of {_shown(exact)}")
        return different("numeric", "not equal to the stated precision")
    if _agree(ctx, left, right, evaluation.peak):
        if digits == CONFIRM_DIGITS and evaluation.extent > CONFIRM_DIGITS:
            return _at_scale(c, reference, answer, evaluation.extent, real)
        return equal("numeric", f"equal to {digits - GUARD} digits")
    if abs(left - right) <= c.options.absolute_tolerance + c.options.relative_tolerance * abs(left):
        return equal("numeric", "within the tolerance")
    return different("numeric", f"{ctx.nstr(left, 8)} is not {ctx.nstr(right, 8)}")


def _at_scale(c: Context, reference: Node, answer: Node, extent: int, real: bool) -> Verdict:
    """Constants that agree, but with numbers on the way that are tiny or huge: 2^(1/2^1000) is not 1."""
    if extent > EXTENT_BITS:
        return undecided("budget", f"numbers beyond 2^{EXTENT_BITS} on the way, which may hide a difference")
    ctx = context(CONFIRM_DIGITS + extent // 2)
    evaluation = Evaluation(ctx, Point("positive"), c.steps, real_roots=real)
    if _agree(ctx, evaluation.value(reference), evaluation.value(answer), evaluation.peak):
        return equal("numeric", f"equal to {ctx.dps - GUARD} digits")
    return different("numeric", f"they differ, though only after {CONFIRM_DIGITS} digits")


def _agree(ctx: Any, left: Any, right: Any, peak: Any) -> bool:
    scale = max(abs(left), abs(right), peak)
    return abs(left - right) <= scale * ctx.mpf(10) ** (GUARD - ctx.dps)


# Expressions with variables


def _by_residue(c: Context, reference: Node, answer: Node, prime: int = PRIME) -> Verdict | None:
    """The verdict of modular evaluation; None if it does not apply."""
    try:
        same = residue(reference, c.steps, prime) == residue(answer, c.steps, prime)
    except NotEvaluable:
        return None
    except Undefined:
        return None
    return (
        equal("modular", "identical as rational functions")
        if same
        else different("modular", "different rational functions")
    )


def _identity(c: Context, reference: Node, answer: Node) -> Verdict:
    """Whether two expressions agree for all values of their variables."""
    modular = _by_residue(c, reference, answer)
    if modular is not None and not modular.equal and not (c.whole or whole_variables(reference, answer)):
        return modular
    proven = modular is not None and bool(modular.equal)
    verdict = best(
        _at_points(c, reference, answer, real, proven=proven) for real in _root_conventions(reference, answer)
    )
    return modular if modular is not None and verdict.equal else verdict


def _at_points(c: Context, reference: Node, answer: Node, real: bool, *, proven: bool) -> Verdict:
    whole = c.whole | whole_variables(reference, answer)
    compared, last = 0, ""
    inverse = has_heads(_INVERSE_HEADS, reference, answer)
    unending = sums_unending(reference, answer)
    more = (*(MORE if whole else ()), *(BEYOND_STEPS if has_heads(_STEP_HEADS, reference, answer) else ()))
    kinds = (*IN_DOMAIN[c.options.domain], *more, *(WITHIN_ONE if inverse else ()))
    for kind in AROUND_SERIES if unending else kinds:
        if kind == "complex" and (real or inverse or needs_reals(reference, answer)):
            continue
        evaluation = Evaluation(context(DIGITS), Point(kind, whole), c.steps, real_roots=real, sums_unending=unending)
        outcome = _at_point(evaluation, reference, answer, within_reals=inverse)
        if isinstance(outcome, Verdict) and outcome.equal is None and kind.startswith("far"):
            continue
        if isinstance(outcome, Verdict):
            return outcome
        compared, last = compared + outcome, kind if outcome else last
    if not compared:
        return undecided("numeric", "no point at which both are defined")
    if not proven and not unending:  # they may differ after more digits: |x| and the root of x^2 + 10^-60
        evaluation = Evaluation(context(CONFIRM_DIGITS), Point(last, whole), c.steps, real_roots=real)
        if isinstance(outcome := _at_point(evaluation, reference, answer, within_reals=inverse), Verdict):
            return outcome
    return equal("numeric", f"equal to {DIGITS - GUARD} digits at {compared} random points")


def _at_point(evaluation: Evaluation, reference: Node, answer: Node, *, within_reals: bool) -> Verdict | int:
    """1 if the values agree, 0 if nothing can be said, else the verdict that settles it. ``within_reals``: where a value is
    not real, a function is outside of its domain, and its branches are a matter of convention."""
    values: list[Any] = []
    for node in (reference, answer):
        try:
            values.append(evaluation.value(node))
        except Undefined:
            values.append(None)
        except OverBudget as reason:
            return undecided("budget", str(reason))
        except NotEvaluable:
            return undecided("numeric", "it has a form that only sympy can evaluate")
    if None in values or (within_reals and any(evaluation.ctx.im(value) for value in values)):
        return 0
    if _agree(evaluation.ctx, values[0], values[1], evaluation.peak):
        return 1
    return different("numeric", "they have different values at a random point")
