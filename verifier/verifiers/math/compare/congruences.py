"""Congruences: residue classes, solved or not, compared as sets of residues."""

from math import lcm

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, different, equal, every
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.tree import Apply, Listing, Node, integer, rename, symbols

_MODULUS = 2_000
"""Largest modulus for which a congruence is solved, by trying every residue."""


def compare_congruences(c: Context, reference: Apply, answer: Apply) -> Verdict:
    """``x = 2 (mod 5)`` and ``x = 7 (mod 5)``; ``3x = 6 (mod 7)`` and ``x = 2 (mod 7)``."""
    if (sets := _solutions(reference, answer)) is not None:
        same = sets[0] == sets[1]
        return equal("exact", "the same residue classes") if same else different("exact", "different residue classes")
    (a, r, n), (b, s, m) = reference.args, answer.args
    modulus, other = rational(n), rational(m)
    left, right = rational(r), rational(s)
    if modulus is None or other is None or left is None or right is None or not modulus or not c.compare(a, b).equal:
        return every((c.compare(a, b), c.compare(n, m), c.compare(r, s)), "the same residue and modulus")
    if abs(modulus) != abs(other) or (left - right) % modulus:
        return different("exact", "different residues")
    return equal("exact", "the same residue class")


def _solutions(*sides: Apply) -> list[set[int]] | None:
    """The residues that solve each side, modulo a common modulus; None if they cannot be tried."""
    moduli = [_whole(side.args[2]) for side in sides]
    names = [symbols(side.args[0]) | symbols(side.args[1]) for side in sides]
    if None in moduli or 0 in moduli or names[0] != names[1] or len(names[0]) != 1:
        return None
    common = lcm(*(abs(modulus or 1) for modulus in moduli))
    if common > _MODULUS:
        return None
    name = next(iter(names[0]))
    found = [_residues(side, abs(modulus or 1), common, name) for side, modulus in zip(sides, moduli, strict=True)]
    return [residues for residues in found if residues is not None] if None not in found else None


def _residues(side: Apply, modulus: int, common: int, name: str) -> set[int] | None:
    left, right, _ = side.args
    options = right.items if isinstance(right, Listing) else (right,)
    found: set[int] = set()
    for x in range(common):
        values = [rational(rename(Apply("-", (left, option)), {name: integer(x)})) for option in options]
        if None in values:
            return None
        if any(value is not None and value % modulus == 0 for value in values):
            found.add(x)
    return found


def _whole(node: Node) -> int | None:
    value = rational(node)
    return value.numerator if value is not None and value.denominator == 1 else None


def compare_residue(c: Context, reference: Node, answer: Node) -> Verdict:
    """A residue class against a number: only the residue in lowest terms may stand for its class."""
    swapped = isinstance(answer, Apply) and answer.head == "congruent"
    congruence, plain = (answer, reference) if swapped else (reference, answer)
    assert isinstance(congruence, Apply)
    _, residue, modulus = congruence.args
    least, bound = rational(residue), rational(modulus)
    if least is None or bound is None or not 0 <= least < abs(bound):
        return different("structure", "a residue class is not a number")
    return c.compare(plain, residue) if swapped else c.compare(residue, plain)
