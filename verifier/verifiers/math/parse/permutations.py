"""Points that are given up to the order of their coordinates: ``(1, 2, 3) and permutations``."""

import re
from itertools import chain, permutations

from verifier.verifiers.math.tree import Group, Listing, Node, Relation

_AND_PERMUTATIONS = re.compile(
    r"(?P<points>.+?)[\s,]*(?:\\text\s*\{)?[\s,]*(?:(?:and|with|plus|or)\s+)?(?:up\s+to\s+)?(?:(?:all|any|any\s+of|their|its|the|other|of)\s+)*"
    r"(?P<cyclic>cyclic(?:al)?\s+)?(?:permutations?|shifts?|rearrangements?)(?:\s+(?:thereof|of\s+(?:it|them|this|these|the)\b[^{}]{0,30}))?\s*\}?",
    re.DOTALL | re.IGNORECASE,
)
CHARS = 400
"""Longest text that is searched for such words: the pattern costs time quadratic in it."""
COORDINATES = 4
"""Most coordinates whose orders are written out."""


def without_permutations(text: str) -> tuple[str, bool] | None:
    """What stands before "and permutations", and whether only cyclic ones are meant; None where no such words end ``text``."""
    says = len(text) <= CHARS and any(mark in text for mark in ("permut", "cyclic", "rearrang"))
    match = _AND_PERMUTATIONS.fullmatch(text) if says else None
    return None if match is None else (match["points"], match["cyclic"] is not None)


def permuted(node: Node, *, cyclic: bool) -> Node | None:
    """The points of ``node`` in all orders of their coordinates, as a list; None where it holds no points."""
    if isinstance(node, Relation) and node.operators == ("=",) and isinstance(node.operands[0], Group):
        node = node.operands[1]
    points = node.items if isinstance(node, Listing) else (node,)
    orders: list[Node] = []
    for point in points:
        if not isinstance(point, Group) or point.is_set or not 1 < len(point.items) <= COORDINATES:
            return None
        orders += (Group(point.opening, point.closing, items) for items in _orders(point.items, cyclic=cyclic))
    return Listing(tuple(dict.fromkeys(orders)), "and")


def _orders(items: tuple[Node, ...], *, cyclic: bool) -> list[tuple[Node, ...]]:
    if not cyclic:
        return list(permutations(items))
    return [tuple(chain(items[at:], items[:at])) for at in range(len(items))]
