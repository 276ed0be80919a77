r"""Endless radicals, fractions and towers: ``\sqrt{2+\sqrt{2+\cdots}}`` is what repeating ``x`` to ``\sqrt{2+x}`` tends to."""

from verifier.verifiers.math.tree import DOTS, Apply, Node, Symbol, children, rebuild, walk

_INSIDE = Symbol("the rest of dots")
_LONGEST = 40
"""Longest way to the dots that is searched for a repetition."""


def endless(node: Node) -> Node:
    """``node`` with its endless parts as ``endless(step, rest)``, where their rule can be seen."""
    if not any(part == DOTS for part in walk(node)):
        return node
    if isinstance(node, Apply) and (found := _repeated(node)) is not None:
        return found
    below = children(node)
    return rebuild(node, tuple(map(endless, below))) if below else node


def _way(node: Node) -> list[tuple[Node, int]] | None:
    """The nodes from ``node`` down to its only dots, each with the place of the next one in it."""
    way: list[tuple[Node, int]] = []
    while node != DOTS:
        below = children(node)
        holding = [i for i, child in enumerate(below) if any(part == DOTS for part in walk(child))]
        if len(holding) != 1 or not isinstance(node, Apply) or len(way) > _LONGEST:
            return None
        way.append((node, holding[0]))
        node = below[holding[0]]
    return way


def _repeated(node: Apply) -> Node | None:
    way = _way(node)
    if not way:
        return None
    for period in range(1, len(way) // 2 + 1):
        step = _step(way, 0, period)
        if all(_step(way, at, period) == step for at in range(period, len(way) - period + 1, period)):
            whole, rest = divmod(len(way), period)
            left = _step(way, whole * period, rest)
            if (
                (whole > 1 or rest)
                and left == _step(way, 0, rest)
                and not all(child == _INSIDE for child in children(step))
            ):
                return Apply("endless", (step, _INSIDE))
    return None


def _step(way: list[tuple[Node, int]], at: int, period: int) -> Node:
    """What the nodes from ``at`` do with what is ``period`` levels below."""
    inside: Node = _INSIDE
    for node, place in reversed(way[at : at + period]):
        parts = list(children(node))
        parts[place] = inside
        inside = rebuild(node, tuple(parts))
    return inside
