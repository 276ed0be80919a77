r"""Sums and products with an ellipsis: ``1+3+\cdots+(2n-1)`` as the sum that it abbreviates."""

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from verifier.verifiers.math.tree import DOTS, Apply, Node, Number, Symbol, children, integer, rebuild, walk

_INDEX = Symbol("k of dots")


class _Linear(NamedTuple):
    """A number plus a multiple of one variable."""

    constant: Fraction
    factor: Fraction = Fraction(0)
    name: str = ""


def written_out(node: Apply) -> Node:
    """``node`` as a sum or product over an index, where its terms follow a rule that can be seen; else as it is."""
    if node.head not in ("+", "*"):
        return node
    terms = _chain(node, node.head)
    if DOTS not in terms:
        return node
    at = terms.index(DOTS)
    before, after = terms[:at], terms[at + 1 :]
    if len(before) < 2 or len(after) > 1 or DOTS in after:
        return node
    last = after[0] if after else None
    found = _geometric(before, last) if node.head == "+" else None
    if found is None and last is not None:
        found = _arithmetic("sum" if node.head == "+" else "product", before, last)
    return found or node


def _chain(node: Node, head: str) -> list[Node]:
    """The operands of a chain of one operation; without recursion, for long chains."""
    found: list[Node] = []
    while isinstance(node, Apply) and node.head == head:
        node, last = node.args
        found.append(last)
    return [node, *reversed(found)]


def _geometric(terms: list[Node], last: Node | None) -> Node | None:
    """The sum of ``1 + 2 + 4 + .. + 2^n``, and of ``1 + 1/2 + 1/4 + ..`` for ever."""
    values = [_number(term) for term in terms]
    known = [value for value in values if value]
    if len(known) < len(terms):
        return None
    ratio = known[1] / known[0]
    if ratio == 1 or any(b != a * ratio for a, b in pairwise(known)):
        return None
    if last is None:
        return Number(known[0] / (1 - ratio)) if len(terms) > 2 and abs(ratio) < 1 else None
    if not any(_is_power(part, ratio) for part in walk(last)):
        return None
    total = Apply("-", (Apply("*", (last, Number(ratio))), Number(known[0])))
    return Apply("/", (total, Number(ratio - 1)))


def _is_power(node: Node, ratio: Fraction) -> bool:
    return isinstance(node, Apply) and node.head == "^" and _number(node.args[0]) in (ratio, 1 / ratio)


def _number(node: Node) -> Fraction | None:
    match node:
        case Number(value, None):
            return value
        case Apply("/", (Number(top), Number(bottom))) if bottom:
            return top / bottom
        case Apply("^", (Number(base), Number(power))) if power.denominator == 1 and abs(power) < 10:
            return base ** int(power) if base else None
        case _:
            return None


def _arithmetic(head: str, terms: list[Node], last: Node) -> Node | None:
    """All of the terms alike, but for numbers that grow by equal steps up to those of the last one."""
    steps: list[tuple[Fraction, _Linear]] = []
    body = _rule(terms, last, steps)
    if body is None or not steps or any(count != steps[0][1] for _, count in steps):
        return None
    count = steps[0][1]
    upper = Apply("+", (Number(count.constant), Apply("*", (Number(count.factor), Symbol(count.name)))))
    return Apply(head, (body, _INDEX, integer(0), upper if count.name else Number(count.constant)))


def _rule(terms: list[Node], last: Node, steps: list[tuple[Fraction, _Linear]]) -> Node | None:
    """The term of any index; adds the step of each number in it, and the index of the last term by that number."""
    if isinstance(last, Apply) and last.head == "/":
        terms = [_fraction(term) for term in terms]
    first = terms[0]
    if all(term == first for term in terms) and last == first:
        return first
    if all(isinstance(term, Number) for term in terms):
        return _growing([term.value for term in terms if isinstance(term, Number)], last, steps)
    below = [children(term) for term in (*terms, last)]
    if not below[0] or any(len(parts) != len(below[0]) for parts in below):
        return None
    if any(rebuild(term, below[0]) != first for term in (*terms, last)):
        return None
    parts = [_rule(list(column[:-1]), column[-1], steps) for column in zip(*below, strict=True)]
    found = tuple(part for part in parts if part is not None)
    return rebuild(first, found) if len(found) == len(parts) else None


def _fraction(node: Node) -> Node:
    """A number as the fraction that it may have been written as: 1/2, and 1 as 1/1."""
    if not isinstance(node, Number):
        return node
    return Apply("/", (integer(node.value.numerator), integer(node.value.denominator)))


def _growing(values: list[Fraction], last: Node, steps: list[tuple[Fraction, _Linear]]) -> Node | None:
    step, end = values[1] - values[0], _linear(last)
    if end is None or not step or any(b - a != step for a, b in pairwise(values)):
        return None
    steps.append((step, _Linear((end.constant - values[0]) / step, end.factor / step, end.name)))
    return Apply("+", (Number(values[0]), Apply("*", (Number(step), _INDEX))))


def _linear(node: Node) -> _Linear | None:
    match node:
        case Number(value, None):
            return _Linear(value)
        case Symbol(name):
            return _Linear(Fraction(0), Fraction(1), name)
        case Apply("neg", (inner,)):
            return _scaled(_linear(inner), Fraction(-1))
        case Apply("*", (Number(factor, None), inner)):
            return _scaled(_linear(inner), factor)
        case Apply("+" | "-" as sign, (left, right)):
            return _added(_linear(left), _scaled(_linear(right), Fraction(1 if sign == "+" else -1)))
        case _:
            return None


def _scaled(linear: _Linear | None, factor: Fraction) -> _Linear | None:
    return linear and _Linear(linear.constant * factor, linear.factor * factor, linear.name)


def _added(left: _Linear | None, right: _Linear | None) -> _Linear | None:
    if left is None or right is None or (left.name and right.name and left.name != right.name):
        return None
    return _Linear(left.constant + right.constant, left.factor + right.factor, left.name or right.name)
