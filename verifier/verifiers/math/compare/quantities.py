"""Quantities taken apart: a value and its unit, and the value in another unit."""

from fractions import Fraction

from verifier.verifiers.math.tree import Apply, Constant, Node, Number, Quantity, Unit
from verifier.verifiers.math.units import NO_UNIT


def split(node: Node) -> tuple[Node, Unit]:
    """A value and its unit; :data:`NO_UNIT` if it has none."""
    return (node.value, node.unit) if isinstance(node, Quantity) else (node, NO_UNIT)


def radians(value: Node, unit: Unit) -> Node:
    """An angle in degrees as a number; what has no unit is one already."""
    return value if unit == NO_UNIT else Apply("*", (value, Apply("/", (Constant("pi"), Number(Fraction(180))))))


def rescaled(value: Node, old: Unit, new: Unit) -> Node:
    """A value in another unit of the same dimension."""
    factor: Node = Number(old.scale / new.scale)
    if isinstance(value, Number) and value.places is None and old.pi_power == new.pi_power:
        return Number(value.value * old.scale / new.scale)
    if old.pi_power != new.pi_power:
        power = Number(Fraction(old.pi_power - new.pi_power))
        factor = Apply("*", (factor, Apply("^", (Constant("pi"), power))))
    return Apply("*", (value, factor))


def described(unit: Unit) -> str:
    """A unit's dimension, for people."""
    return " ".join(name if power == 1 else f"{name}^{power}" for name, power in unit.dimension) or "no unit"
