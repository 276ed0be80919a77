"""The sets of integers that have names."""

from typing import NamedTuple

from verifier.verifiers.math.tree import Apply, Constant, Node, Symbol


class Integers(NamedTuple):
    """All integers from ``least`` on; from nowhere where it is None."""

    least: int | None


def integers(domain: Node, *, zero: bool = True) -> Integers | None:
    """The integers that ``domain`` names, if it names any. ``zero``: whether zero is a natural number, a convention."""
    match domain:
        case Constant("Z") | Symbol("Z"):
            return Integers(None)
        case Constant("N") | Symbol("N"):
            return Integers(0 if zero else 1)
        case Symbol("N_0" | "Z_0" | "Z_>=0" | "N_>=0"):
            return Integers(0)
        case Symbol("N_+" | "Z_+" | "N_*") | Apply("conj" | "^" | "+", (Constant("N" | "Z") | Symbol("N" | "Z"), *_)):
            return Integers(1)
        case _:
            return None
