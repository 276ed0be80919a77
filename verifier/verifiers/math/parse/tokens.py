"""Tokens, and the notations that a text may be in."""

from typing import Literal, NamedTuple, TypeAlias

from verifier.verifiers.math.tree import Node, Unit

Kind: TypeAlias = str
"""number, letter, constant, function, op, word, unit, separator, command or end."""


class Token(NamedTuple):
    kind: Kind
    text: str
    space: bool = False
    """Whether space stands before it."""
    upright: bool = False
    r"""Whether it stands in \text{..}."""
    value: Node | Unit | None = None


class Notation(NamedTuple):
    """How ambiguous notation is read. A text that uses none of it has one reading."""

    comma: Literal["thousands", "separator", "decimal"] = "thousands"
    exponent: bool = True
    """2e-1 is 0.2, and not 2e - 1."""
    tight: bool = False
    """1/2x is 1/(2x), and not (1/2)x."""
    letters: bool = True
    """5 m is five metres, and not a product."""
    imaginary_j: bool = False
    """3j is 3i."""
    log10: bool = False
    r"""\log is the decimal logarithm, and not the natural one."""
    counts: bool = True
    """C(5, 2) and P(5, 2) count combinations and permutations, and are no points with a name."""
    floor: bool = False
    """[x] is the integer part of x, and not x in brackets."""
    basis: bool = False
    r"""\mathbf{i}, \hat{i} and \vec{i} are a unit vector, and not the letter in another style."""
