"""Endless sums, and integrals, whose terms agree: without their values, as what any linear functional makes of them.

Where the terms (or integrands) are the same functions, so are the sums, whatever their index is called and wherever it starts. A
fixed random combination of the first terms stands for the sum; what it calls equal would differ only past the first
:data:`_TERMS` terms.
"""

from fractions import Fraction

from verifier.verifiers.math.tree import Apply, Constant, Node, Number, Symbol, children, integer, rebuild, rename, walk

_TERMS = 12
_WEIGHTS = tuple(Fraction(weight, 97) for weight in (31, 53, 17, 89, 41, 67, 23, 79, 37, 61, 29, 83))
_HEADS = frozenset(("sum", "integral"))
_LARGEST = 200
"""Largest term, in nodes."""


def has_series(node: Node) -> bool:
    return any(isinstance(part, Apply) and part.head in _HEADS for part in walk(node))


def as_combination(node: Node) -> Node | None:
    """``node`` with its endless sums and its integrals replaced; None where it has too large ones, or sums of another kind."""
    match node:
        case Apply("sum", (body, Symbol(name), low, Constant("oo"))):
            values = [Apply("+", (low, integer(k))) for k in range(_TERMS)]
            return _combined(body, name, values, Number(Fraction(1)))
        case Apply("integral", (body, Symbol(name), *bounds)):
            values = [Number(weight * 3) for weight in _WEIGHTS]
            return _combined(body, name, values, Symbol(f"over {bounds if bounds else name}"))
        case Apply("sum" | "integral", _):
            return None
        case _:
            parts = tuple(map(as_combination, children(node)))
            known = tuple(part for part in parts if part is not None)
            return None if len(known) < len(parts) else rebuild(node, known) if known else node


def _combined(body: Node, name: str, values: "list[Apply] | list[Number]", factor: Node) -> Node | None:
    inner = as_combination(body)
    if inner is None or sum(1 for _ in walk(inner)) > _LARGEST:
        return None
    total: Node = integer(0)
    for weight, value in zip(_WEIGHTS, values, strict=True):
        total = Apply("+", (total, Apply("*", (Number(weight), rename(inner, {name: value})))))
    return Apply("*", (total, factor))
