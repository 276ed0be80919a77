"""Sets that are listed by a rule: ``{n^2 | n = 1, 2, 3}`` is {1, 4, 9}, ``{5, 6, 7, ...}`` are the integers from 5, and
``{(t, t^2) | t in R}`` is a parabola."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from verifier.verifiers.math.budgets import ITEMS
from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.demands import INDICES
from verifier.verifiers.math.compare.realset import integers_between, real_set
from verifier.verifiers.math.compare.verdict import Verdict, different, equal, every
from verifier.verifiers.math.evaluate.domains import integers
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.parse.progressions import progression
from verifier.verifiers.math.parse.simplify import simplify
from verifier.verifiers.math.tree import (
    DOTS,
    Apply,
    Constant,
    Group,
    Listing,
    Node,
    Number,
    Relation,
    Symbol,
    integer,
    rename,
    symbols,
)

_TERMS = 12
"""Terms of endless sets that are compared."""
_AXES = tuple(map(Symbol, ("x", "y", "z")))


def compare_enumerated(c: Context, reference: Node, answer: Node) -> Verdict | None:
    """None where neither side lists a set by a rule, or where another comparison may yet find them equal."""
    if not (_is_rule(reference) or _is_rule(answer)):
        return None
    if (ranges := _progressions(reference, answer)) is not None:
        return every((c.compare(*sides) for sides in zip(*ranges, strict=True)), "the same first and last elements")
    graphs = _graph(reference), _graph(answer)
    if graphs[0] is not None and graphs[1] is not None:
        return c.compare(graphs[0], graphs[1])
    for zero in (False, True):  # whether zero is a natural number is a convention
        endless = _first(c, reference, zero=zero), _first(c, answer, zero=zero)
        if endless[0] is not None and endless[0] == endless[1]:
            return equal("exact", f"the same first {_TERMS} elements")
        listed = _listed(c, reference, zero=zero) or reference, _listed(c, answer, zero=zero) or answer
        if listed != (reference, answer) and all(isinstance(side, Group) for side in listed):
            verdict = c.compare(*listed)
            if verdict.equal:
                return verdict
    both = all(isinstance(side, Group) and side.is_set and DOTS in side.items for side in (reference, answer))
    return different("structure", "different sets") if both else None


def _is_rule(node: Node) -> bool:
    match node:
        case Apply("builder", (element, *_)):
            return not isinstance(element, Symbol)
        case Group("{", _, items) | Listing(items, _):
            return DOTS in items
        case _:
            return False


def _progressions(*sides: Node) -> list[tuple[Node, Node]] | None:
    """The term and the last index of each side, where both are lists or sets such as ``1, 2, .., n``."""
    found = [
        progression(side.items)
        for side in sides
        if isinstance(side, Listing) or (isinstance(side, Group) and side.is_set)
    ]
    ranges = [parts for parts in found if parts is not None]
    return ranges if len(ranges) == len(sides) else None


def _conditions(node: Node) -> tuple[Node, Node, list[Node]] | None:
    """The element of a set, its one variable, and the conditions on that."""
    match node:
        case Apply("builder", (element, _, Listing(conditions, joint))) if joint != "or":
            names = symbols(element)
            found = [simplify(condition) for condition in conditions]
        case Apply("where", (Relation(operands, _) as relation, Symbol(name), domain)) if Symbol(name) in operands:
            return Symbol(name), Symbol(name), [relation, Relation((Symbol(name), domain), ("in",))]
        case _:
            return None
    return (element, Symbol(next(iter(names))), found) if len(names) == 1 else None


def _listed(c: Context, node: Node, *, zero: bool) -> Node | None:
    """A set with finitely many elements, written out."""
    parts = _conditions(node)
    if parts is None:
        return None
    element, name, conditions = parts
    values = _values(c, name, conditions, zero=zero)
    if values is None or len(values) > ITEMS or not isinstance(name, Symbol):
        return None
    return Group("{", "}", tuple(rename(element, {name.name: value}) for value in values))


def _values(c: Context, name: Node, conditions: list[Node], *, zero: bool) -> list[Node] | None:
    match conditions:
        case [Relation((left, Listing(values, _)), ("=",))] if left == name:
            return list(values)
        case [Relation((left, Group("{", "}", values)), ("in",))] if left == name and DOTS not in values:
            return list(values)
        case _:
            bounds = _bounds(c, name, conditions, zero=zero)
    if bounds is None or bounds[1] is None or bounds[1] - bounds[0] > ITEMS:
        return None
    return [integer(k) for k in range(bounds[0], bounds[1] + 1)]


def _bounds(c: Context, name: Node, conditions: list[Node], *, zero: bool) -> tuple[int, int | None] | None:
    """The least and the greatest integer (None: endless) that the conditions leave; None where they leave no such range."""
    least: int | None = None
    rest: list[Node] = []
    whole = isinstance(name, Symbol) and name.name in INDICES
    for condition in conditions:
        match condition:
            case Relation((left, domain), ("in",)) if (
                left == name and (start := integers(domain, zero=zero)) is not None
            ):
                whole, least = True, start.least
            case _:
                rest.append(condition)
    if not whole:
        return None
    if not rest:
        return None if least is None else (least, None)
    intervals = real_set(Listing(tuple(rest), "and"), c.steps)
    return None if intervals is None or len(intervals) != 1 else integers_between(intervals[0], least)


def _first(c: Context, node: Node, *, zero: bool) -> list[Fraction] | None:
    """The first elements of an endless set of numbers."""
    match node:
        case Group("{", "}", (*items, last)) if last == DOTS and DOTS not in items and len(items) > 1:
            numbers = [item.value for item in items if isinstance(item, Number)]
            steps = {b - a for a, b in pairwise(numbers)}
            if len(numbers) < len(items) or len(steps) != 1:
                return None
            step = steps.pop()
            return [numbers[0] + step * k for k in range(_TERMS)] if step else None
        case _ if (named := integers(node, zero=zero)) is not None and named.least is not None:
            return [Fraction(named.least + k) for k in range(_TERMS)]
        case _:
            return _rule_terms(c, node, zero=zero)


def _rule_terms(c: Context, node: Node, *, zero: bool) -> list[Fraction] | None:
    parts = _conditions(node)
    bounds = None if parts is None else _bounds(c, parts[1], parts[2], zero=zero)
    if parts is None or bounds is None or bounds[1] is not None or not isinstance(parts[1], Symbol):
        return None
    terms = [rational(rename(parts[0], {parts[1].name: integer(bounds[0] + k)})) for k in range(_TERMS)]
    known = [term for term in terms if term is not None]
    return known if len(known) == _TERMS else None


def _graph(node: Node) -> Node | None:
    """What a set of points says of x and y: ``y = x^2`` of ``{(t, t^2) | t in R}`` and ``{(a, b) | b = a^2}``."""
    match node:
        case Apply("builder", (Group("(", ")", items), _, Listing(conditions, joint))) if 1 < len(items) <= len(_AXES):
            axes = _AXES[: len(items)]
        case _:
            return None
    names = [item.name for item in items if isinstance(item, Symbol)]
    rest = [condition for condition in conditions if not _is_real(condition)]
    if len(set(names)) == len(items):
        renamed = tuple(rename(condition, dict(zip(names, axes, strict=True))) for condition in rest)
        return (renamed[0] if len(renamed) == 1 else Listing(renamed, joint)) if renamed else None
    free = frozenset[str]().union(*map(symbols, items))
    if rest or len(free) != 1 or len(names) != 1:
        return None
    along = axes[items.index(Symbol(names[0]))]
    equations = tuple(_equations(items, axes, names[0], along))
    return equations[0] if len(equations) == 1 else Listing(equations, "and")


def _equations(items: tuple[Node, ...], axes: tuple[Symbol, ...], name: str, along: Symbol) -> Iterator[Node]:
    for item, axis in zip(items, axes, strict=True):
        if item != Symbol(name):
            yield Relation((axis, rename(item, {name: along})), ("=",))


def _is_real(condition: Node) -> bool:
    return isinstance(condition, Relation) and condition.operators == ("in",) and condition.operands[-1] in (
        Constant("R"), Apply("^", (Constant("R"), integer(2))), Apply("^", (Constant("R"), integer(3)))
    )  # fmt: skip
