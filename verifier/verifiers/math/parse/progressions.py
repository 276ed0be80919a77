r"""Sums and products with an ellipsis: ``1+3+\cdots+(2n-1)`` as the sum that it abbreviates."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise

from verifier.verifiers.math.tree import DOTS, Apply, Node, Number, Symbol, children, integer, rebuild, walk

_INDEX = Symbol("k of dots")


_Linear = dict[str, Fraction]
"""A number, by the name of nothing, plus multiples of variables."""


def written_out(node: Node) -> Node:
    """``node`` with its sums and products that have dots as such over an index, where their terms follow a rule that can be
    seen."""
    if not isinstance(node, Apply) or DOTS not in walk(node):
        return node
    terms = _chain(node, node.head) if node.head in ("+", "*") else []
    if DOTS not in terms:
        return rebuild(node, tuple(map(written_out, children(node))))
    at = terms.index(DOTS)
    before, after = terms[:at], terms[at + 1 :]
    if len(before) < 2 or len(after) > 2 or DOTS in after:
        return node
    last = after[-1] if after else None
    if len(after) == 2 and not _steps_on(before, after):
        return node
    found = _geometric(before, last) if node.head == "+" else None
    if found is None and last is not None:
        found = _arithmetic("sum" if node.head == "+" else "product", before, last)
    return found or node


def progression(items: tuple[Node, ...]) -> tuple[Node, Node] | None:
    """The term of any index and the last index of items such as ``1, 2, .., n``, of which the steps can be seen."""
    if items.count(DOTS) != 1 or not 1 <= (at := items.index(DOTS)) < len(items) - 1:
        return None
    *before, last = (*items[:at], *items[at + 1 :])
    if len(before) == 1:
        before.append(Apply("+", (before[0], integer(1))))
    forms = [form for form in map(_linear, (*before, last)) if form is not None]
    steps: list[tuple[Fraction, _Linear]] = []
    body = _growing(forms, steps) if len(forms) == len(before) + 1 else None
    return None if body is None else (body, _node(steps[0][1]))


def _steps_on(before: list[Node], after: list[Node]) -> bool:
    """Whether the two terms behind the dots are as far apart as those before them: ``n(n-1)\\cdots2\\cdot1``."""
    forms = [form for form in map(_linear, (*before[:2], *after)) if form is not None]
    return len(forms) == 4 and _added(forms[1], forms[0], -1) == _added(forms[3], forms[2], -1)


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
    return Apply(head, (body, _INDEX, integer(0), _node(steps[0][1])))


def _rule(terms: list[Node], last: Node, steps: list[tuple[Fraction, _Linear]]) -> Node | None:
    """The term of any index; adds the step of each number in it, and the index of the last term by that number."""
    if isinstance(last, Apply) and last.head == "/":
        terms = [_fraction(term) for term in terms]
    first = terms[0]
    if all(term == first for term in terms) and last == first:
        return first
    forms = [form for form in map(_linear, (*terms, last)) if form is not None]
    if len(forms) == len(terms) + 1 and (found := _growing(forms, steps)) is not None:
        return found
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


def _growing(forms: list[_Linear], steps: list[tuple[Fraction, _Linear]]) -> Node | None:
    """The first term and an equal step for each index; the last of ``forms`` is reached after as many as it is further."""
    first, *_, last = forms
    step = _added(forms[1], first, -1)
    if len(step) != 1 or "" not in step or any(_added(b, a, -1) != step for a, b in pairwise(forms[:-1])):
        return None
    steps.append((step[""], _added({}, _added(last, first, -1), 1 / step[""])))
    return Apply("+", (_node(first), Apply("*", (Number(step[""]), _INDEX))))


def _linear(node: Node) -> _Linear | None:
    """The factor of each variable, and a number by the name of nothing."""
    match node:
        case Number(value, None):
            return _added({}, {"": value})
        case Symbol(name) if node != DOTS:
            return {name: Fraction(1)}
        case Apply("neg", (inner,)):
            return _combined({}, _linear(inner), -1)
        case Apply("*", (Number(factor, None), inner)):
            return _combined({}, _linear(inner), factor)
        case Apply("+" | "-" as sign, (left, right)):
            return _combined(_linear(left), _linear(right), 1 if sign == "+" else -1)
        case _:
            return None


def _combined(left: _Linear | None, right: _Linear | None, factor: Fraction | int) -> _Linear | None:
    return None if left is None or right is None else _added(left, right, factor)


def _added(left: _Linear, right: _Linear, factor: Fraction | int = 1) -> _Linear:
    total = {name: left.get(name, Fraction(0)) + factor * right.get(name, Fraction(0)) for name in {**left, **right}}
    return {name: value for name, value in total.items() if value}


def _node(linear: _Linear) -> Node:
    parts = [Apply("*", (Number(factor), Symbol(name))) for name, factor in linear.items() if name]
    return reduce(lambda a, b: Apply("+", (a, b)), parts, Number(linear.get("", Fraction(0))))
