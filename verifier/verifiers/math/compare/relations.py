"""Equations, inequalities, memberships and assignments."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

from verifier.verifiers.math.budgets import OverBudget
from verifier.verifiers.math.compare.constants import compare_families_of_functions
from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, different, equal, every, undecided
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.evaluate.numeric import DIGITS, GUARD, Evaluation, context
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.tree import (
    Apply,
    Constant,
    Group,
    Listing,
    Node,
    Number,
    Ratio,
    Relation,
    Symbol,
    integer,
    rename,
    symbols,
    walk,
)

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_UNKNOWNS = frozenset("xy")
"""Names whose absolute value is no name: |x| = 2 is an equation for x, and |z| = 2 the modulus that was asked for."""
_SOLVED_FOR = frozenset("xyzn")
"""Names whose multiple is no name: 2x = 10 is not solved yet, and 2s = 18 what was asked for."""
_ROUNDS = 7
"""What is called approximate differs by less than a seventh, or by less than one in its last digit."""
_CAPITALS = frozenset(("angle", "triangle", "arc", "point", "m"))
_EQUALITIES = frozenset(("=", "~"))


def is_name(node: Node, *, sums: bool = False) -> bool:
    """Whether the left side of ``node = ..`` only names what is asked for: x, f(2), AB, (x, y), S_1:S_2."""
    match node:
        case Symbol():
            return True
        case Apply("call" | "integral" | "limit" | "derivative" | "vector", _):
            return True
        case Apply(
            "det" | "tr" | "max" | "min" | "sin" | "cos" | "tan" | "cot" | "sec" | "csc" | "ln" | "floor" | "ceil", _
        ):
            return bool(symbols(node))
        case Apply("^", (Symbol(letter), _)) if letter.isupper() or letter in ("sigma", "chi"):
            return True
        case Apply("^", (Apply("abs" | "sin" | "cos" | "tan") as inner, _)):
            return is_name(inner)
        case Apply("*", (Number(), Symbol(name))) if sums:
            return name not in _SOLVED_FOR
        case Constant("e"):
            return True
        case Apply("*", (Symbol("nabla"), inner)):
            return is_name(inner)
        case Apply("abs", (Apply("+" | "-", _) as inner,)):  # |a + 2b| of two vectors
            return len(symbols(inner)) > 1 and symbols(inner).isdisjoint(_UNKNOWNS)
        case Apply("conj", (Symbol(),)):
            return True
        case Apply("abs" | "conj", (inner,)):
            return is_name(inner) and not (isinstance(inner, Symbol) and inner.name in _UNKNOWNS)
        case Apply() if sums:
            return len(symbols(node)) > 1
        case Apply("*", parts):
            return all(is_name(part) for part in parts) and _is_capital(node)
        case Apply("/" | "union" | "intersection" | "minus", parts) | Ratio(parts):
            return all(is_name(part) for part in parts)
        case Group("(" | "[" | "{", _, items):
            return all(is_name(item) for item in items)
        case _:
            return False


def _is_capital(node: Node) -> bool:
    return all(name[:1].isupper() or name.partition(" ")[0] in _CAPITALS for name in symbols(node))


class Contradiction(Exception):
    """A chain such as ``5 = 7``: it states nothing that could be right."""


def assigned(c: Context, relation: Relation, *, lenient: bool) -> Node | None:
    """The value that ``relation`` assigns or states, or None if it is a proper equation or inequality.

    ``lenient``: also of ``m + n = 34`` and ``xy = 12``. Raises :class:`Contradiction` where the chain is false.
    """
    operands, operators = relation.operands, relation.operators
    if operators == ("in",) and is_name(operands[0]):
        return operands[1]
    if not set(operators) <= _EQUALITIES:
        return None
    if "~" in operators:
        _check_approximations(operands, operators)
    named = is_name(operands[0], sums=lenient)
    stated = _until_approximation(operands, operators, named)
    if not stated:
        return None
    if named or all(not symbols(operand) for operand in stated):
        _check_constants(c, stated)
        return stated[-1]
    if len(stated) > 1 and not all(c.compare(a, b).equal for a, b in pairwise(stated)):
        return None
    return stated[-1] if len(stated) > 1 or (len(operands) > 1 and operators[0] == "~") else None


def _until_approximation(operands: tuple[Node, ...], operators: tuple[str, ...], named: bool) -> list[Node]:
    """The operands that are stated exactly: those before the first approximation of a value."""
    stated = list(operands[:1])
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator == "~" and len(stated) > int(named):
            break
        stated.append(operand)
    return stated[1:] if named else stated


def _check_constants(c: Context, values: list[Node]) -> None:
    constants = [value for value in values if not symbols(value)]
    for a, b in pairwise(constants):
        if c.compare(b, a).equal is False and c.compare(a, b).equal is False:
            raise Contradiction("it states an equation that is false")


def _check_approximations(operands: tuple[Node, ...], operators: tuple[str, ...]) -> None:
    """``5 \\approx 6`` offers two answers: nobody rounds so much."""
    for operator, a, b in zip(operators, operands, operands[1:], strict=False):
        left, right = (rational(side) for side in (a, b)) if operator == "~" else (None, None)
        if left is None or right is None or left == right:
            continue
        if abs(left - right) >= max(_last_place(b), min(abs(left), abs(right)) / _ROUNDS):
            raise Contradiction("it states an approximation that is none")


def _last_place(node: Node) -> Fraction:
    """What the last digit of a number counts; nothing for a fraction, which has none."""
    if not isinstance(node, Number) or (node.places is None and node.value.denominator > 1):
        return Fraction(0)
    return Fraction(10) ** -(node.places or 0)


def is_solved(node: Node) -> bool:
    """Whether a relation has its variable alone on one side: an answer, and not the question over again."""
    match node:
        case Relation(operands, _):
            return all(
                not symbols(operand) or isinstance(operand, Symbol) or _is_distance(operand) for operand in operands
            )
        case Listing(items, _):
            return all(map(is_solved, items))
        case Apply("builder", (_, _, condition)):
            return is_solved(condition)
        case Apply(_, args):
            return all(map(is_solved, args))
        case _:
            return True


def _is_distance(node: Node) -> bool:
    """``|x|``, ``|x - 2|`` and ``f(x)``."""
    match node:
        case Apply("call", _):
            return True
        case Apply("abs", (Symbol() | Apply("+" | "-", (Symbol(), _)),)):
            return True
        case _:
            return False


def compare_relations(c: Context, reference: Relation, answer: Relation) -> Verdict:
    """Compare two relations: link by link, up to order, rearrangement and scaling."""
    left, right = _links(reference), _links(answer)
    if len(left) == len(right) == 1 and _is_system(left[0]) != _is_system(right[0]):
        return different("structure", "values of different names")
    if {link[1] for link in left} == {"in"} == {link[1] for link in right}:
        sides = [pair for a, b in zip(left, right, strict=False) for pair in ((a[0], b[0]), (a[2], b[2]))]
        return every((c.compare(a, b) for a, b in sides), "the same set")
    if len(left) != len(right):
        return different("structure", "chains of different lengths")
    if len(left) == 1:
        return _compare_links(c, left[0], right[0])
    forward = every((_compare_links(c, a, b) for a, b in zip(left, right, strict=True)), "the same chain")
    if forward.equal:
        return forward
    return every((_compare_links(c, a, b) for a, b in zip(left, reversed(right), strict=True)), "the same chain")


_Link = tuple[Node, str, Node]


def _links(relation: Relation) -> list[_Link]:
    pairs = zip(pairwise(relation.operands), relation.operators, strict=True)
    return [
        (a, operator, b) if operator not in (">", ">=") else (b, _FLIPPED[operator], a) for (a, b), operator in pairs
    ]


def _is_system(link: _Link) -> bool:
    """``(x, y) = (1, 2)``."""
    return isinstance(link[0], Group) and isinstance(link[2], Group) and is_name(link[0])


def _compare_links(c: Context, left: _Link, right: _Link) -> Verdict:
    if left[1] != right[1]:
        return different("structure", f"{left[1]} is not {right[1]}")
    aligned = every((c.compare(left[0], right[0]), c.compare(left[2], right[2])), "the same sides")
    if aligned.equal:
        return aligned
    operator = left[1]
    if operator not in ("=", "~", "!=", "<", "<="):
        return aligned
    crossed = every((c.compare(left[0], right[2]), c.compare(left[2], right[0])), "the same sides, swapped")
    if crossed.equal and operator in ("=", "~", "!="):
        return crossed
    return _proportional(c, _difference(left), _difference(right), positive=operator in ("<", "<="))


def _difference(link: _Link) -> Node:
    return Apply("-", (link[0], link[2]))


def _proportional(c: Context, left: Node, right: Node, *, positive: bool) -> Verdict:
    """Whether ``left = 0`` and ``right = 0`` say the same: one is a constant multiple of the other, or both give the same
    value of a variable in which they are linear."""
    try:
        if _same_ratio(c, left, right, positive=positive):
            return equal("numeric", "the same relation up to scaling")
        if not positive and _same_solution(c, left, right):
            return equal("numeric", "the same equation, solved for a variable")
    except (NotEvaluable, Undefined, OverBudget) as reason:
        return undecided("numeric", str(reason) or "it has a form that only sympy can evaluate")
    return different("numeric", "different relations")


def _at(c: Context, node: Node, kind: str) -> Any:
    return Evaluation(context(DIGITS), Point(kind, c.whole), c.steps).value(node)


def _same_ratio(c: Context, left: Node, right: Node, *, positive: bool) -> bool:
    if not (symbols(left) and symbols(right)):
        return False
    ctx = context(DIGITS)
    tiny = ctx.mpf(10) ** (GUARD - DIGITS)
    ratios: list[Any] = []
    for kind in ("positive", "negative", "mixed", "complex"):
        try:
            a, b = _at(c, left, kind), _at(c, right, kind)
        except Undefined:
            continue
        except NotEvaluable:  # the greater of two values, which only real ones have
            if not ratios or kind != "complex":
                raise
            continue
        if abs(b) < tiny or abs(a) < tiny:
            return False
        ratios.append(a / b)
    if not ratios or any(abs(ratio - ratios[0]) > tiny * abs(ratios[0]) for ratio in ratios):
        return False
    first = ratios[0]
    return abs(ctx.im(first)) <= tiny * abs(first) and (ctx.re(first) > 0 or not positive)


def _same_solution(c: Context, left: Node, right: Node) -> bool:
    """Both linear in some variable, with the same root at several values of the others."""
    names = symbols(left) & symbols(right)
    if symbols(left) != symbols(right) or len(names) < 2:
        return False
    return any(_same_root(c, left, right, name) for name in sorted(names)[:4])


def _same_root(c: Context, left: Node, right: Node, name: str) -> bool:
    ctx = context(DIGITS)
    tiny = ctx.mpf(10) ** (GUARD - DIGITS)
    for kind in ("positive", "negative", "mixed"):
        roots = [_linear_root(c, node, name, kind) for node in (left, right)]
        if roots[0] is None or roots[1] is None or abs(roots[0] - roots[1]) > tiny * (1 + abs(roots[0])):
            return False
    return True


def _linear_root(c: Context, node: Node, name: str, kind: str) -> Any:

    ctx = context(DIGITS)
    values = [_at(c, rename(node, {name: integer(at)}), kind) for at in (2, 3, 5)]
    slope = values[1] - values[0]
    tiny = ctx.mpf(10) ** (GUARD - DIGITS)
    if not slope or abs(values[2] - values[1] - 2 * slope) > tiny * (abs(slope) + abs(values[2])):
        return None
    return 2 - values[0] / slope


def compare_branches(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """``y = 2x or y = -2x`` against ``y^2 = 4x^2``: curves that together are one equation. None where they are none."""
    if not (_is_several(reference) or _is_several(answer)):
        return None
    left, right = _branches(reference), _branches(answer)
    if left is None or right is None or len(left) == len(right) == 1:
        return None
    systems = [_is_joined(reference), _is_joined(answer)]
    if all(systems) or (any(systems) and 1 in (len(left), len(right))):
        return None
    product, other = (reduce(lambda a, b: Apply("*", (a, b)), side) for side in (left, right))
    try:
        if symbols(product) == symbols(other) and _same_ratio(c, product, other, positive=False):
            return equal("numeric", "the same curves")
    except (NotEvaluable, Undefined, OverBudget):
        return None
    parts = (part for side in (product, other) for part in walk(side))
    if symbols(product) != _UNKNOWNS or any(isinstance(part, Apply) and part.head == "abs" for part in parts):
        return None
    return different("numeric", "different curves")


def _is_joined(node: Node) -> bool:
    """Whether it states several equations at once, by "and" or commas, where a curve is one *or* another."""
    parts = node.operands if isinstance(node, Relation) else (node,)
    return any(isinstance(part, Listing) and part.joint != "or" for part in parts)


def _is_several(node: Node) -> bool:
    parts = node.operands if isinstance(node, Relation) else (node,)
    return any(isinstance(part, Listing) for part in parts)


def _branches(node: Node) -> list[Node] | None:
    """What is zero on each of the curves that ``node`` states as equations in two or more variables."""
    match node:
        case Relation((left, Listing(items)), ("=",)):
            found: list[Node] = [Apply("-", (left, item)) for item in items]
        case Relation((Listing(items), right), ("=",)):
            found = [Apply("-", (item, right)) for item in items]
        case Relation((left, right), ("=",)):
            found = [Apply("-", (left, right))]
        case Listing(items, _) if all(isinstance(item, Relation) and item.operators == ("=",) for item in items):
            found = [Apply("-", item.operands) for item in items if isinstance(item, Relation)]
        case _:
            return None
    return found if all(len(symbols(branch)) > 1 for branch in found) else None


def compare_functions(c: Context, reference: Relation, answer: Relation) -> Verdict | None:
    """``f(x) = x + 1`` and ``f(t) = t + 1``: parameters are renamed. None where they define no functions."""
    left, right = _parameters(reference), _parameters(answer)
    if (left is None and right is None) or not (reference.operators == answer.operators == ("=",)):
        return None
    body, other = reference.operands[1], answer.operands[1]
    if left is None or right is None:
        plain = answer if right is None else reference
        if plain.operands[0] != Symbol("y"):
            return None
        name, variables = left or right or ("", [])
        stated, free = (symbols(side.operands[1]) for side in ((answer, reference) if right else (reference, answer)))
        if name == "y" and len(variables) == 1 and "x" in free - stated and variables[0] not in free:
            body, other = (rename(side, {variables[0]: Symbol("x")}) for side in (body, other))
        verdict = c.compare(body, other)
        return verdict if verdict.equal or name != "y" else None
    if len(left[1]) != len(right[1]) or left[0] != right[0]:
        return None
    if (symbols(other) - set(right[1])) & set(left[1]):
        return different("structure", "a variable is free in one and a parameter in the other")
    other = rename(other, dict(zip(right[1], map(Symbol, left[1]), strict=True)))
    verdict = c.compare(body, other)
    return verdict if verdict.equal else compare_families_of_functions(c, body, other, frozenset(left[1])) or verdict


def _parameters(relation: Relation) -> tuple[str, list[str]] | None:
    match relation.operands[0]:
        case Symbol(name) if "_" in name and name.partition("_")[2] in symbols(relation.operands[1]):
            return name.partition("_")[0], [name.partition("_")[2]]
        case Apply("call", (Symbol(name), *arguments)):
            names = [
                argument.name for argument in arguments if isinstance(argument, Symbol) and argument.name.islower()
            ]
            return (name, names) if len(names) == len(arguments) else None
        case _:
            return None
