"""Small arithmetic while parsing: what can be folded without losing how a number was stated."""

from fractions import Fraction

from verifier.verifiers.math import units
from verifier.verifiers.math.tree import Apply, Constant, Group, Listing, Node, Number, Quantity


def negative(node: Node) -> Node:
    match node:
        case Number(value, places):
            return Number(-value, places)
        case Quantity(value, unit):
            return Quantity(negative(value), unit)
        case _:
            return Apply("neg", (node,))


def exact(left: Number, right: Number) -> bool:
    return left.places is None and right.places is None


def total(operator: str, left: Node, right: Node) -> Node:
    """``2 + 3 cm``: the unit of the last term measures the sum."""
    if isinstance(right, Quantity) and operator in ("+", "-", "+-"):
        same = isinstance(left, Quantity) and left.unit == right.unit
        if same or not isinstance(left, Quantity):
            return Quantity(Apply(operator, (unmeasured(left), right.value)), right.unit)
    if operator == "-" and isinstance(right, Group) and right.is_set and _is_set(left):
        return Apply("minus", (left, right))
    return Apply(operator, (left, right))


def _is_set(node: Node) -> bool:
    """``R``, ``{1, 2}``, ``(0, 5)``: what a set may be taken away from."""
    return (isinstance(node, Constant) and node.name in "NZQRC") or isinstance(node, Group)


def unmeasured(node: Node) -> Node:
    return node.value if isinstance(node, Quantity) else node


def product(left: Node, right: Node) -> Node:
    """``1.20 * 10^5`` keeps the precision of its mantissa."""
    match left, right:
        case Number(value, int(places)), Apply("^", (Number(Fraction(numerator=10, denominator=1)), Number(power))):
            if power.denominator == 1 and abs(power) <= 400:
                return Number(value * Fraction(10) ** int(power), places - int(power))
        case Number(value, int(places)), Number(scale, None) if scale in (10**2, 10**3, 10**4, 10**6, 10**8, 10**9):
            return Number(value * scale, places - (len(str(scale)) - 1))
        case _:
            pass
    return combined("*", left, right) or Apply("*", (left, right))


def combined(operator: str, left: Node, right: Node) -> Node | None:
    """``8 N * 5 m`` as one quantity."""
    match left, right:
        case Quantity(a, unit), Quantity(b, other) if units.multiplies(unit, other):
            return Quantity(Apply(operator, (a, b)), units.multiply(unit, other, 1 if operator == "*" else -1))
        case _:
            return None


def together(node: Node) -> Node | None:
    """``7 hours and 30 minutes`` as one quantity: each unit is smaller than the one before, and does not fill it."""
    items = list(node.items) if isinstance(node, Listing) and node.joint != "or" else []
    if not 1 < len(items) < 5:
        return None
    whole = previous = items[0]
    for part in items[1:]:
        if not (isinstance(whole, Quantity) and isinstance(previous, Quantity) and isinstance(part, Quantity)):
            return None
        if part.unit.dimension != previous.unit.dimension or not isinstance(part.value, Number):
            return None
        if not 0 <= part.value.value * part.unit.scale < previous.unit.scale or not isinstance(previous.value, Number):
            return None
        whole, previous = compound(whole, part), part
    return whole


def compound(left: Quantity, right: Quantity) -> Quantity:
    """``5 ft 3 in``, ``2 h 30 min``."""
    ratio = right.unit.scale / left.unit.scale
    return Quantity(Apply("+", (left.value, Apply("*", (right.value, Number(ratio))))), left.unit)


def composed(left: Node, right: Node) -> Node:
    """``f o g``, and ``f o g(x)`` as ``f(g(x))``. Composition is associative, and does not commute."""
    if isinstance(right, Apply) and right.head == "call":
        return applied(left, right)
    parts = [part.args if isinstance(part, Apply) and part.head == "compose" else (part,) for part in (left, right)]
    return Apply("compose", (*parts[0], *parts[1]))


def applied(functions: Node, argument: Node) -> Node:
    """``(f o g)(x)`` as ``f(g(x))``."""
    names = functions.args if isinstance(functions, Apply) and functions.head == "compose" else (functions,)
    for name in reversed(names):
        argument = Apply("call", (name, argument))
    return argument
