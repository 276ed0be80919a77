"""Families with an integer parameter: ``x = pi/4 + k pi, k in Z``. They are compared as sets of numbers in a window."""

from typing import Any

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, different, equal
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.evaluate.numeric import DIGITS, Evaluation, context
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.tree import (
    Apply,
    Constant,
    Group,
    Listing,
    Node,
    Relation,
    Symbol,
    integer,
    rename,
    symbols,
    walk,
)

_PARAMETERS = frozenset("kmn")
"""Names that are integers beside pi."""
_REACH = 12
"""Parameters from minus this to this are tried."""


def compare_families(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """None where neither side states an integer parameter."""
    left, right = _family(reference), _family(answer)
    if left is None and right is None:
        classes = not all(map(_is_plain_list, (reference, answer)))
        sides = (None, None) if c.whole else (_turns(side, classes=classes) for side in (reference, answer))
        left, right = sides
        if left is None or right is None:
            return None
    left, right = left or _family(reference, congruences=True), right or _family(answer, congruences=True)
    inner, names = left or (reference, ())
    other, other_names = right or (answer, ())
    inner, other = _as_membership(inner), _as_membership(other)
    if isinstance(inner, Relation) and isinstance(other, Relation) and inner.operands[0] != other.operands[0]:
        return different("structure", "they speak of different variables")
    names, other_names = names or _guess(inner, other_names), other_names or _guess(other, names)
    if names != other_names and not symbols(other).isdisjoint(names):
        return different("structure", "a variable is free in one and a parameter in the other")
    if len(names) == len(other_names) == 1:
        if {_is_natural(reference), _is_natural(answer)} == {True, False}:
            return _compare_half(c, (_plain(inner), names[0]), (_plain(other), other_names[0]), _is_natural(reference))
        mine, theirs = _values(c, _plain(inner), names[0]), _values(c, _plain(other), other_names[0])
        if mine is not None and theirs is not None:
            return _compare_windows(mine, theirs)
    saved, c.whole = c.whole, c.whole | frozenset(names)
    renamed = rename(other, dict(zip(other_names, map(Symbol, names), strict=False)))
    verdict = c.compare(inner, renamed)
    c.whole = saved
    return verdict


def compare_with_congruence(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """``n = 3k + 1`` and ``n = 1 (mod 3)``: the k of the equation can only be an integer. None where it is no such pair."""
    match reference, answer:
        case (side, Apply("congruent", (left, *_)) as congruence) | (
            Apply("congruent", (left, *_)) as congruence,
            side,
        ):
            value = _plain(side)
        case _:
            return None
    names = symbols(value)
    if isinstance(side, Relation):
        stated = side.operators == ("=",) and isinstance(left, Symbol) and side.operands[0] == left
    else:  # 3 + 5k
        stated = isinstance(side, Apply | Listing) and names <= _PARAMETERS
    if not stated or len(names) != 1 or not names.isdisjoint(symbols(congruence)):
        return None
    family = Apply("where", (value, Symbol(next(iter(names))), Constant("Z")))
    return compare_families(c, *((family, congruence) if answer is congruence else (congruence, family)))


def _family(node: Node, *, congruences: bool = False) -> tuple[Node, tuple[str, ...]] | None:
    match node:
        case Apply("congruent", (left, residue, modulus)) if congruences:
            turns = Apply("*", (modulus, Symbol("k of Z")))
            if isinstance(residue, Listing):
                value: Node = Listing(tuple(Apply("+", (item, turns)) for item in residue.items), residue.joint)
            else:
                value = Apply("+", (residue, turns))
            return Relation((left, value), ("=",)), ("k of Z",)
        case Apply("where", (inner, Symbol(name), _)):
            below = _family(inner)
            return (below[0], (*below[1], name)) if below else (inner, (name,))
        case Apply("where", (inner, Listing(items, _), _)):
            return inner, tuple(item.name for item in items if isinstance(item, Symbol))
        case Group("{", "}", (Apply("builder", _) as builder,)):
            return _family(builder)
        case Apply("builder", (element, _, Listing(conditions, _))):
            return _builder_family(element, conditions)
        case _:
            return None


def _turns(node: Node, *, classes: bool) -> tuple[Node, tuple[str, ...]] | None:
    """``x = pi/4 + k pi``, whose parameter goes without saying."""
    value = _plain(node)
    names = symbols(value)
    if len(names) != 1 or not names <= _PARAMETERS:
        return None
    turns = any(part == Constant("pi") for part in walk(value)) or (classes and _are_classes(value, next(iter(names))))
    return (node, tuple(names)) if turns else None


def _is_plain_list(node: Node) -> bool:
    """Two plain lists are what they list: ``3n, 3n + 1`` are not ``3n + 3, 3n + 4``."""
    value = _plain(node)
    return isinstance(value, Listing) and value.joint != "or"


def _are_classes(node: Node, name: str) -> bool:
    """``6k + 1, 6k - 1``: several residue classes of one modulus, and none of them twice."""
    if not isinstance(node, Listing) or len(node.items) < 2:
        return False
    ends = [[rational(rename(item, {name: integer(k)})) for k in (0, 1, 2)] for item in node.items]
    steps = {b - a for a, b, _ in ends if a is not None and b is not None}
    whole = all(
        a is not None and b is not None and c == 2 * b - a and a.denominator == b.denominator == 1 for a, b, c in ends
    )
    if not whole or len(steps) != 1 or 0 in steps:
        return False
    step = steps.pop()
    return len({a % step for a, _, _ in ends if a is not None}) == len(ends)


def _builder_family(element: Node, conditions: tuple[Node, ...]) -> tuple[Node, tuple[str, ...]] | None:
    """``{2k | k in Z}`` and ``{x | x = 2k, k in Z}``."""
    names = tuple(condition.operands[0].name for condition in conditions
                  if isinstance(condition, Relation) and condition.operators == ("in",)
                  and isinstance(condition.operands[0], Symbol) and str(condition.operands[1]).find("'Z'") >= 0)  # fmt: skip
    if not names or (isinstance(element, Symbol) and len(conditions) > 1 and element.name in names):
        return None
    for condition in conditions:
        if isinstance(condition, Relation) and condition.operators == ("=",) and condition.operands[0] == element:
            return condition.operands[1], names
    return element, names


def _as_membership(node: Node) -> Node:
    """``2k pi < x < 2k pi + pi`` as ``x`` in an interval."""
    match node:
        case Relation((low, Symbol() as name, high), (("<" | "<=") as left, ("<" | "<=") as right)):
            pass
        case Relation((high, Symbol() as name, low), ((">" | ">=") as right, (">" | ">=") as left)):
            pass
        case _:
            return node
    interval = Group("[" if left.endswith("=") else "(", "]" if right.endswith("=") else ")", (low, high))
    return Relation((name, interval), ("in",))


def _guess(node: Node, other: tuple[str, ...]) -> tuple[str, ...]:
    """The parameter of a side that does not declare it: the only variable of its value."""
    names = symbols(_plain(node))
    return tuple(names) if len(names) == len(other) == 1 else ()


def _plain(node: Node) -> Node:
    return node.operands[1] if isinstance(node, Relation) and node.operators == ("=",) else node


def _is_natural(node: Node) -> bool | None:
    """Whether the parameter is stated to be a natural number, and no integer; None where nothing is stated of it."""
    match node:
        case Apply("where", (_, Symbol(), Constant("Z") | Symbol("Z"))):
            return False
        case Apply("where", (_, Symbol(), Constant("N") | Symbol("N" | "N_+" | "N_*" | "Z_+") | Apply())):
            return True
        case _:
            return None


def _compare_half(
    c: Context, reference: tuple[Node, str], answer: tuple[Node, str], natural: bool | None
) -> Verdict | None:
    """A family over natural numbers, whether zero is one or not, against one over all integers."""
    half, whole = (reference, answer) if natural else (answer, reference)
    every = _values(c, *whole)
    for least in (0, 1):
        some = _values(c, *half, least=least)
        if some is None or every is None:
            return None
        if _compare_windows(some, every, symmetric=True).equal:
            return equal("numeric", "the same numbers")
    return different("numeric", "natural numbers are not all integers")


def _values(c: Context, node: Node, name: str, least: int = -_REACH) -> list[Any] | None:
    """The numbers of the family from ``least`` on, sorted; None if they are no real numbers."""
    branches = node.items if isinstance(node, Listing) else (node,)
    if symbols(node) != frozenset((name,)):
        return None
    ctx = context(DIGITS)
    found: list[Any] = []
    try:
        for branch in branches:
            for k in range(least, _REACH + 1):
                value = Evaluation(ctx, Point("positive"), c.steps).value(rename(branch, {name: integer(k)}))
                if ctx.im(value):
                    return None
                found.append(ctx.re(value))
    except (NotEvaluable, Undefined):
        return None
    return sorted(found)


def _compare_windows(left: list[Any], right: list[Any], *, symmetric: bool = False) -> Verdict:
    """Compare where both families are complete: half of the smaller reach."""
    ctx = context(DIGITS)
    high = min(left[-1], right[-1]) / 2
    low = -high if symmetric else max(left[0], right[0]) / 2
    if low >= high:
        return different("numeric", "different families of numbers")
    inside = [[value for value in side if low <= value <= high] for side in (left, right)]
    missing = any(not any(abs(value - other) < ctx.mpf(10) ** -20 for other in theirs)
                  for mine, theirs in ((inside[0], right), (inside[1], left)) for value in mine)  # fmt: skip
    if missing or not inside[0]:
        return different("numeric", "different families of numbers")
    return equal("numeric", f"the same numbers for all parameters up to {_REACH}")
