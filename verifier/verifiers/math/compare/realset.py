"""Sets of real numbers as unions of intervals with constant ends: what intervals, inequalities and set-builders denote."""

from itertools import pairwise
from typing import Any, NamedTuple

from verifier.verifiers.math.budgets import ITEMS
from verifier.verifiers.math.evaluate import NotEvaluable, Undefined
from verifier.verifiers.math.evaluate.numeric import DIGITS, GUARD, Evaluation, Steps, context
from verifier.verifiers.math.evaluate.point import Point
from verifier.verifiers.math.evaluate.polynomial import real_roots
from verifier.verifiers.math.tree import (
    Apply,
    Constant,
    Group,
    Listing,
    Node,
    Relation,
    Symbol,
    children,
    rebuild,
    symbols,
)

_WHOLE = (Constant("N"), Constant("Z"))
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


class Interval(NamedTuple):
    """An interval of the extended reals; a point is closed at both of its equal ends."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool


RealSet = tuple[Interval, ...]


class _Builder:
    def __init__(self, steps: Steps, variable: str | None, *, zero: bool = False) -> None:
        self.zero = zero
        self.ctx = context(DIGITS)
        self.steps = steps
        self.variable = variable

    # Ends

    def end(self, node: Node) -> Any:
        match node:
            case Constant("oo"):
                return self.ctx.inf
            case Apply("neg", (Constant("oo"),)):
                return -self.ctx.inf
            case _:
                pass
        if symbols(node):
            raise NotEvaluable
        value = Evaluation(self.ctx, Point("positive"), self.steps).value(node)
        if abs(self.ctx.im(value)) > self.ctx.mpf(10) ** (GUARD - DIGITS):
            raise NotEvaluable
        return self.ctx.re(value)

    # Sets

    def build(self, node: Node) -> RealSet:
        match node:
            case Constant("R"):
                return self._everything()
            case Constant("empty"):
                return ()
            case Group("{", "}", items):
                return self.normal(tuple(self._point(item) for item in items))
            case Group(opening, closing, (low, high)) if opening in "([" and closing in ")]":
                return self._interval(Interval(self.end(low), self.end(high), opening == "[", closing == "]"))
            case Apply("union", (a, b)):
                return self.normal(self.build(a) + self.build(b))
            case Apply("intersection", (a, b)):
                return self._intersection(self.build(a), self.build(b))
            case Apply("minus", (a, b)):
                return self._intersection(self.build(a), self._complement(self.build(b)))
            case Apply("builder", (Symbol(name), _, Listing(conditions, joint))):
                return self._conditions(conditions, joint, name)
            case Listing(items, joint) if any(isinstance(item, Relation) for item in items):
                return self._conditions(items, joint, self.variable)
            case Relation():
                return self._relation(node)
            case _:
                raise NotEvaluable

    def _everything(self) -> RealSet:
        return (Interval(-self.ctx.inf, self.ctx.inf, False, False),)

    def _interval(self, interval: Interval) -> RealSet:
        """Nobody writes the empty set as ``(7, 6)``: that is a point."""
        found = self.normal((interval,))
        if not found:
            raise NotEvaluable
        return found

    def _point(self, node: Node) -> Interval:
        value = self.end(node)
        return Interval(value, value, True, True)

    def _conditions(self, conditions: tuple[Node, ...], joint: str, variable: str | None) -> RealSet:
        """``and`` intersects, ``or`` unites; commas intersect conditions that bound the same variable, and unite values."""
        whole = [
            c for c in conditions if isinstance(c, Relation) and c.operators == ("in",) and c.operands[1] in _WHOLE
        ]
        if whole and joint != "or" and len(whole) < len(conditions):
            rest = tuple(condition for condition in conditions if condition not in whole)
            return self._integers(
                self._conditions(rest, joint, variable), natural=_WHOLE[0] in [w.operands[1] for w in whole]
            )
        sets = [_Builder(self.steps, variable, zero=self.zero).build(condition) for condition in conditions]
        result = sets[0]
        for other in sets[1:]:
            result = self.normal(result + other) if joint == "or" else self._intersection(result, other)
        if joint == "" and not result and all(len(s) == 1 and s[0].low == s[0].high for s in sets):
            return self.normal(tuple(s[0] for s in sets))
        return result

    def _integers(self, intervals: RealSet, *, natural: bool) -> RealSet:
        """The integers in bounded intervals, as points."""
        points: list[Interval] = []
        least = 0 if self.zero else 1
        for interval in intervals:
            if natural and interval.low < least:
                interval = interval._replace(low=self.ctx.mpf(least), low_closed=True)
            low, high = interval.low, interval.high
            if self.ctx.isinf(low) or self.ctx.isinf(high) or high - low > ITEMS:
                raise NotEvaluable
            first, last = int(self.ctx.ceil(low)), int(self.ctx.floor(high))
            inside = [
                k
                for k in range(first, last + 1)
                if (k != low or interval.low_closed) and (k != high or interval.high_closed)
            ]
            points += [Interval(self.ctx.mpf(k), self.ctx.mpf(k), True, True) for k in inside]
        return tuple(points)

    def _relation(self, node: Relation) -> RealSet:
        result = self._everything()
        for (left, right), operator in zip(pairwise(node.operands), node.operators, strict=True):
            result = self._intersection(result, self._binary(left, operator, right))
        return result

    def _binary(self, left: Node, operator: str, right: Node) -> RealSet:
        if operator in ("in", "notin"):
            if not isinstance(left, Symbol) or right in (Constant("Z"), Constant("N"), Constant("Q"), Constant("C")):
                raise NotEvaluable
            inside = self.build(right)
            return inside if operator == "in" else self._complement(inside)
        if operator not in _FLIPPED:
            raise NotEvaluable
        names = symbols(left) | symbols(right)
        if len(names) != 1 or self.variable not in (None, *names):
            raise NotEvaluable
        if isinstance(left, Symbol) and not symbols(right):
            return self._half(operator, self.end(right))
        if isinstance(right, Symbol) and not symbols(left):
            return self._half(_FLIPPED[operator], self.end(left))
        return self._by_signs(Apply("-", (left, right)), operator, next(iter(names)))

    def _half(self, operator: str, end: Any) -> RealSet:
        infinity = self.ctx.inf
        match operator:
            case "<" | "<=":
                return self.normal((Interval(-infinity, end, False, operator == "<="),))
            case ">" | ">=":
                return self.normal((Interval(end, infinity, operator == ">=", False),))
            case "=":
                return (Interval(end, end, True, True),)
            case _:
                return (Interval(-infinity, end, False, False), Interval(end, infinity, False, False))

    def _by_signs(self, difference: Node, operator: str, name: str) -> RealSet:
        """Solve ``difference op 0`` by its sign between the roots of a polynomial (or of its pieces, for |..|)."""
        roots = self._roots(difference, name)
        ends = [-self.ctx.inf, *roots, self.ctx.inf]
        found: list[Interval] = []
        for low, high in pairwise(ends):
            if self._holds(self._sign(difference, name, self._between(low, high)), operator):
                found.append(Interval(low, high, False, False))
        if operator in ("<=", ">=", "="):
            found += [Interval(root, root, True, True) for root in roots]
        return self.normal(tuple(found))

    def _roots(self, difference: Node, name: str) -> list[Any]:
        """All real roots: of a polynomial, or of the polynomials that it is where absolute values are resolved."""
        pieces = [difference]
        while any(_first_abs(piece) for piece in pieces):
            if len(pieces) > 8:
                raise NotEvaluable
            pieces = [resolved for piece in pieces for resolved in _without_abs(piece)]
        roots = {self.ctx.nstr(root, 30): root for piece in pieces for root in real_roots(piece, name, self.ctx)}
        zero = self.ctx.mpf(10) ** -20
        return sorted(r for r in roots.values() if len(pieces) == 1 or abs(self._at(difference, name, r)) < zero)

    def _between(self, low: Any, high: Any) -> Any:
        if self.ctx.isinf(low):
            return self.ctx.mpf(0) if self.ctx.isinf(high) else high - 1
        return low + 1 if self.ctx.isinf(high) else (low + high) / 2

    def _at(self, node: Node, name: str, value: Any) -> Any:
        evaluation = Evaluation(self.ctx, _Fixed(name, value), self.steps)
        return self.ctx.re(evaluation.value(node))

    def _sign(self, node: Node, name: str, value: Any) -> int:
        return int(self.ctx.sign(self._at(node, name, value)))

    @staticmethod
    def _holds(sign: int, operator: str) -> bool:
        return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0, "!=": sign != 0}[
            operator
        ]

    # Algebra

    def _same(self, a: Any, b: Any) -> bool:
        if self.ctx.isinf(a) or self.ctx.isinf(b):
            return bool(a == b)
        return a == b or abs(a - b) <= self.ctx.mpf(10) ** (GUARD - DIGITS) * max(abs(a), abs(b), 1)

    def normal(self, intervals: RealSet) -> RealSet:
        """Sorted, disjoint, and as few as possible."""
        kept = [
            i
            for i in intervals
            if (i.low < i.high and not self._same(i.low, i.high)) or (i.low_closed and i.high_closed)
        ]
        kept = [i for i in kept if i.low <= i.high or self._same(i.low, i.high)]
        merged: list[Interval] = []
        for interval in sorted(kept, key=lambda i: (i.low, not i.low_closed)):
            if merged and self._touch(merged[-1], interval):
                merged[-1] = self._joined(merged[-1], interval)
            else:
                merged.append(interval)
        return tuple(merged)

    def _touch(self, a: Interval, b: Interval) -> bool:
        if self._same(a.high, b.low):
            return a.high_closed or b.low_closed
        return b.low < a.high

    def _joined(self, a: Interval, b: Interval) -> Interval:
        low_closed = a.low_closed or (b.low_closed and self._same(a.low, b.low))
        if self._same(a.high, b.high):
            return Interval(a.low, a.high, low_closed, a.high_closed or b.high_closed)
        return (
            a._replace(low_closed=low_closed) if a.high > b.high else Interval(a.low, b.high, low_closed, b.high_closed)
        )

    def _complement(self, intervals: RealSet) -> RealSet:
        low, closed = -self.ctx.inf, False
        gaps: list[Interval] = []
        for interval in intervals:
            gaps.append(Interval(low, interval.low, closed, not interval.low_closed))
            low, closed = interval.high, not interval.high_closed
        gaps.append(Interval(low, self.ctx.inf, closed, False))
        return self.normal(tuple(self._open_at_infinity(gap) for gap in gaps))

    def _open_at_infinity(self, gap: Interval) -> Interval:
        infinite = self.ctx.isinf
        low_closed, high_closed = gap.low_closed and not infinite(gap.low), gap.high_closed and not infinite(gap.high)
        return gap._replace(low_closed=low_closed, high_closed=high_closed)

    def _intersection(self, a: RealSet, b: RealSet) -> RealSet:
        return self._complement(self.normal(self._complement(a) + self._complement(b)))


class _Fixed(Point):
    def __init__(self, name: str, value: Any) -> None:
        super().__init__("positive")
        self._name, self._value = name, value

    def value(self, ctx: Any, name: str) -> Any:
        return self._value if name == self._name else super().value(ctx, name)


def _first_abs(node: Node) -> Node | None:
    if isinstance(node, Apply) and node.head == "abs":
        return node
    return next((found for child in children(node) if (found := _first_abs(child))), None)


def _without_abs(node: Node) -> tuple[Node, ...]:
    target = _first_abs(node)
    if target is None:
        return (node,)
    inside = children(target)[0]
    return _replaced(node, target, inside), _replaced(node, target, Apply("neg", (inside,)))


def _replaced(node: Node, old: Node, new: Node) -> Node:

    if node == old:
        return new
    below = children(node)
    return rebuild(node, tuple(_replaced(child, old, new) for child in below)) if below else node


def real_set(node: Node, steps: Steps, *, zero: bool = False) -> RealSet | None:
    """The set of real numbers that ``node`` denotes; None if it does not evidently denote one. ``zero`` is a natural
    number, or is none."""
    names = symbols(node)
    if len(names) > 1 or (not names and isinstance(node, Relation)):
        return None
    try:
        return _Builder(steps, next(iter(names), None), zero=zero).build(node)
    except (NotEvaluable, Undefined):
        return None


def unnamed(node: Node) -> Node:
    """``0 < f(x) < 1`` with its middle as a variable of its own."""
    match node:
        case Relation(operands, operators):
            parts = (Symbol(str(o)) if isinstance(o, Apply) and o.head == "call" else o for o in operands)
            return Relation(tuple(parts), operators)
        case _:
            return node


def same_set(left: RealSet, right: RealSet) -> bool:
    """Whether two sets are equal, ends compared to the precision of numeric evaluation."""
    same = _Builder(Steps(), None)._same  # pyright: ignore[reportPrivateUsage]
    return len(left) == len(right) and all(
        same(a.low, b.low) and same(a.high, b.high) and a[2:] == b[2:] for a, b in zip(left, right, strict=True)
    )


def integers_between(interval: Interval, least: int | None) -> tuple[int, int | None] | None:
    """The first integer in an interval that is not below ``least``, and the last one (None: endless).

    None where there is no first."""
    if interval.low == float("-inf"):
        if least is None:
            return None
        first = least
    else:
        first = int(context(DIGITS).ceil(interval.low))
        first += first == interval.low and not interval.low_closed
        first = first if least is None else max(first, least)
    if interval.high == float("inf"):
        return first, None
    last = int(context(DIGITS).floor(interval.high))
    return first, last - (last == interval.high and not interval.high_closed)
