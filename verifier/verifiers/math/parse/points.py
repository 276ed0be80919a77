"""Arithmetic of points and vectors in brackets: ``1/3 (1, 2, 2)``, ``(1, 2) + t (3, 4)``, ``(1, 2)^T``."""

from collections.abc import Callable

from verifier.verifiers.math.tree import Apply, Group, Matrix, Node, Symbol, children, symbols, walk

PARAMETERS = frozenset(("t", "s", "u", "v", "k", "r", "lambda", "mu", "alpha", "beta"))
"""Names that parameters of lines and planes have."""


def point(node: Node) -> Node | None:
    """``node`` carried out, where it is a combination of points; as ``affine(point, parameters..)`` where it is a line or a
    plane. None where it is neither."""
    if not any(isinstance(part, Group | Matrix) for part in walk(node)):
        return None
    found = _combined(node)
    if found is None or found is node:
        return None
    names = sorted(_parameters(node))
    return Apply("affine", (found, *map(Symbol, names))) if names and _is_sum(node) else found


def _is_sum(node: Node) -> bool:
    return isinstance(node, Apply) and node.head in ("+", "-")


def _parameters(node: Node) -> frozenset[str]:
    """The names that multiply a point."""
    match node:
        case Apply("*", (Symbol(name), Group() | Matrix())) | Apply("*", (Group() | Matrix(), Symbol(name))):
            return frozenset((name,)) & PARAMETERS
        case Apply("+" | "-" | "neg", parts):
            return frozenset[str]().union(*map(_parameters, parts))
        case _:
            return frozenset()


def _combined(node: Node) -> Group | None:
    match node:
        case Group("(" | "[", ")" | "]" as closing, items) if len(items) > 1 and (node.opening == "(") == (
            closing == ")"
        ):
            return node
        case Matrix(rows) if len(rows) > 1 and all(len(row) == 1 for row in rows):
            return Group("(", ")", children(node))
        case Apply("neg", (inner,)):
            return _each(_combined(inner), lambda item: Apply("neg", (item,)))
        case Apply("+" | "-" as sign, (left, right)):
            mine, theirs = _combined(left), _combined(right)
            if mine is None or theirs is None or len(mine.items) != len(theirs.items):
                return None
            return Group("(", ")", tuple(Apply(sign, pair) for pair in zip(mine.items, theirs.items, strict=True)))
        case Apply("*", (left, right)):
            mine, theirs = _combined(left), _combined(right)
            if (mine is None) == (theirs is None) or not _is_scalar(right if theirs is None else left):
                return None
            factor = left if mine is None else right
            return _each(mine or theirs, lambda item: Apply("*", (factor, item)))
        case Apply("/", (left, right)) if _is_scalar(right):
            return _each(_combined(left), lambda item: Apply("/", (item, right)))
        case Apply("^", (left, Symbol("T" | "top" | "t"))):
            return _combined(left)
        case _:
            return None


def _is_scalar(node: Node) -> bool:
    """A number or a parameter; a capital before a bracket is the name of a point."""
    return not any(isinstance(part, Group | Matrix) for part in walk(node)) and not any(
        name[:1].isupper() for name in symbols(node)
    )


def _each(points: Group | None, by: Callable[[Node], Node]) -> Group | None:
    return None if points is None else Group("(", ")", tuple(map(by, points.items)))
