"""Lines and planes, as the sets of their points: the same line has many base points, directions, parameters and equations."""

from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, different, equal
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.linear import Row, rank, same_span
from verifier.verifiers.math.evaluate.numeric import DIGITS, GUARD, Evaluation, context
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.parse.points import PARAMETERS
from verifier.verifiers.math.tree import (
    Apply,
    Group,
    Listing,
    Matrix,
    Node,
    Number,
    Relation,
    Symbol,
    integer,
    rename,
    symbols,
)

_AXES = ("x", "y", "z")


class _Parametric(NamedTuple):
    """Coordinates as expressions of parameters. ``evident``: written as a point plus multiples of directions."""

    items: tuple[Node, ...]
    names: tuple[str, ...]
    evident: bool


class _Implicit(NamedTuple):
    """Equations in x, y and z. ``evident``: a chain of equations, as lines in space have."""

    equations: tuple[Node, ...]
    evident: bool


def compare_affine(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """None where neither side evidently is a line or a plane."""
    if all(isinstance(side, Apply) and side.head == "span" for side in (reference, answer)):
        return None
    if (
        (left := _description(reference)) is None
        or (right := _description(answer)) is None
        or not _evident(left, right)
    ):
        return None
    size = max(_size(left), _size(right))
    try:
        same = _same(c, left, right, size)
    except (NotEvaluable, Undefined):
        return None
    if same is None:
        return None
    return equal("numeric", "the same points") if same else different("numeric", "other points")


def compare_spans(c: Context, reference: Apply, answer: Apply) -> Verdict:
    """Two spans, as spaces."""
    try:
        left, right = ([_row(c, vector) for vector in side.args] for side in (reference, answer))
        if {len(row) for row in left} == {len(row) for row in right} and len({len(row) for row in left}) == 1:
            same = same_span(left, right)
            return equal("numeric", "the same space") if same else different("numeric", "different spaces")
    except (NotEvaluable, Undefined):
        pass
    return different("structure", "different spaces")


def _row(c: Context, vector: Node) -> Row:
    if not (cells := _coordinates(vector)):
        raise NotEvaluable
    return [_value(c, cell, {}) for cell in cells]


def _description(node: Node) -> "_Parametric | _Implicit | None":
    match node:
        case Apply("affine", (Group(_, _, items), *names)):
            return _Parametric(items, tuple(name.name for name in names if isinstance(name, Symbol)), True)
        case Relation((Symbol() | Group(), Apply("affine") as value), ("=",)):
            return _description(value)
        case Apply("span", vectors):
            return _spanned(vectors)
        case Relation((Group(_, _, names), Group(_, _, items)), ("=",)) if _are_axes(names) and len(names) == len(
            items
        ):
            return _parametric(items)
        case Group("(", ")", items):
            return _parametric(items)
        case Listing(items, joint) if joint != "or" and len(items) > 1:
            return _system(items)
        case Relation(operands, operators) if (
            set(operators) == {"="} and symbols(node) <= {*_AXES} and len(symbols(node)) > 1
        ):
            return _Implicit(tuple(Apply("-", pair) for pair in pairwise(operands)), len(operands) > 2)
        case _:
            return None


def _spanned(vectors: tuple[Node, ...]) -> _Parametric | None:
    """A span as the plane through zero that it is."""
    rows = [_coordinates(vector) for vector in vectors]
    if not all(rows) or len({len(row) for row in rows}) != 1:
        return None
    names = [f"multiple {at}" for at in range(len(rows))]
    items: list[Node] = []
    for cells in zip(*rows, strict=True):
        terms = (Apply("*", (Symbol(name), cell)) for name, cell in zip(names, cells, strict=True))
        items.append(reduce(lambda a, b: Apply("+", (a, b)), terms))
    return _Parametric(tuple(items), tuple(names), True)


def _coordinates(vector: Node) -> tuple[Node, ...]:
    match vector:
        case Group(_, _, items):
            return items
        case Matrix(rows) if len(rows[0]) == 1 or len(rows) == 1:
            return tuple(cell for row in rows for cell in row)
        case _:
            return ()


def _are_axes(names: tuple[Node, ...]) -> bool:
    return tuple(name.name for name in names if isinstance(name, Symbol)) == _AXES[: len(names)]


def _parametric(items: tuple[Node, ...]) -> _Parametric | None:
    names = frozenset[str]().union(*map(symbols, items))
    return _Parametric(items, tuple(sorted(names)), False) if names and names <= PARAMETERS and len(names) < 3 else None


def _system(items: tuple[Node, ...]) -> "_Parametric | _Implicit | None":
    equations = [item for item in items if isinstance(item, Relation) and set(item.operators) == {"="}]
    if len(equations) < len(items):
        return None
    solved = {
        e.operands[0].name: e.operands[1]
        for e in equations
        if isinstance(e.operands[0], Symbol) and len(e.operands) == 2
    }
    if tuple(sorted(solved)) == _AXES[: len(items)] and (
        found := _parametric(tuple(solved[name] for name in sorted(solved)))
    ):
        return found
    names = frozenset[str]().union(*map(symbols, equations))
    if set(names) != {*_AXES}:
        return None
    pairs = (pair for equation in equations for pair in pairwise(equation.operands))
    return _Implicit(tuple(Apply("-", pair) for pair in pairs), any(len(e.operands) > 2 for e in equations))


def _evident(left: "_Parametric | _Implicit", right: "_Parametric | _Implicit") -> bool:
    """Whether lines and planes are meant: coordinates alone may as well be those of a point, in terms of what the problem
    calls t. In space, and with parameters of different names, they are a line."""
    if isinstance(left, _Parametric) and isinstance(right, _Parametric):
        return left.evident or right.evident or left.names != right.names or len(left.items) == len(right.items) == 3
    if isinstance(left, _Implicit) and isinstance(right, _Implicit):
        return left.evident or right.evident
    return True


def _size(side: "_Parametric | _Implicit") -> int:
    if isinstance(side, _Parametric):
        return len(side.items)
    names = frozenset[str]().union(*map(symbols, side.equations))
    return max(_AXES.index(name) for name in names) + 1


def _same(c: Context, left: "_Parametric | _Implicit", right: "_Parametric | _Implicit", size: int) -> bool | None:
    match left, right:
        case _Parametric(), _Parametric():
            if len(left.items) != len(right.items):
                return False
            (base, *directions), (other, *others) = (_affine(c, side.items, side.names) for side in (left, right))
            between = [a - b for a, b in zip(base, other, strict=True)]
            return same_span(directions, others) and rank(directions) == rank([*directions, between])
        case _Implicit(), _Implicit():
            mine, theirs = ([_equation(c, equation, size) for equation in side.equations] for side in (left, right))
            flat = rank([row[:-1] for row in mine])
            return same_span(mine, theirs) if flat == rank(mine) and flat < size else None
        case _Parametric(), _Implicit():
            return _satisfies(c, left, right, size)
        case _Implicit(), _Parametric():
            return _satisfies(c, right, left, size)


def _satisfies(c: Context, points: _Parametric, equations: _Implicit, size: int) -> bool:
    """Whether all of the points solve the equations, which have no other solutions."""
    if len(points.items) != size:
        return False
    base, *directions = _affine(c, points.items, points.names)
    rows = [_equation(c, equation, size) for equation in equations.equations]
    if rank(directions) != size - rank([row[:-1] for row in rows]):
        return False
    tiny = context(DIGITS).mpf(10) ** (GUARD - DIGITS)
    return all(
        abs(_dot(row[:-1], base) + row[-1]) < tiny and all(abs(_dot(row[:-1], way)) < tiny for way in directions)
        for row in rows
    )


def _dot(left: Row, right: Row) -> Any:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _equation(c: Context, node: Node, size: int) -> Row:
    """The coefficients of a linear equation, and its constant."""
    (constant,), *coefficients = _affine(c, (node,), _AXES[:size])
    return [*(coefficient for (coefficient,) in coefficients), constant]


def _affine(c: Context, items: tuple[Node, ...], names: tuple[str, ...]) -> list[Row]:
    """The value at zero, and the change by each variable. Raises NotEvaluable where a value is not linear in them."""
    zero = {name: integer(0) for name in names}
    base = [_value(c, item, zero) for item in items]
    ways: list[Row] = []
    for name in names:
        ways.append([_value(c, item, {**zero, name: integer(1)}) - at for item, at in zip(items, base, strict=True)])
    probe = {name: integer(3 + 4 * i) for i, name in enumerate(names)}
    tiny = context(DIGITS).mpf(10) ** (GUARD - DIGITS)
    for index, item in enumerate(items):
        expected = base[index] + sum(way[index] * (3 + 4 * i) for i, way in enumerate(ways))
        if abs(_value(c, item, probe) - expected) > tiny * (1 + abs(expected)):
            raise NotEvaluable
    return [base, *ways]


def _value(c: Context, node: Node, values: dict[str, Number]) -> Any:
    return Evaluation(context(DIGITS), Point("positive"), c.steps).value(rename(node, dict(values)))
