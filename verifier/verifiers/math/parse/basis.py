r"""Vectors in the unit vectors of the axes: ``\mathbf{i} + 2\mathbf{j}`` is ``(1, 2)``."""

import re
from collections.abc import Callable

from verifier.verifiers.math.tree import Apply, Group, Node, Symbol, integer

_LETTER = r"\\?([ijk])(?:math)?"
UNIT_VECTOR = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|hat|widehat|vec|overrightarrow)(?:"
    rf"\s*\{{\s*\\(?:mathbf|hat|vec|bm)\s*\{{\s*{_LETTER}\s*\}}\s*\}}|\s*\{{\s*{_LETTER}\s*\}}|\s+{_LETTER}(?![a-zA-Z]))"
)
"""A unit vector in any of its styles."""
_PLAIN = re.compile(r"(?<![a-zA-Z\\])[ijk](?![a-zA-Z])")
_OTHERS = re.compile(r"\\(?:[dt]?frac|sqrt|left|right|cdot|pi|,)(?![a-zA-Z])|[ijk](?![a-zA-Z])|[^a-zA-Z\\]")
AXES = ("unit i", "unit j", "unit k")


def in_axes(text: str) -> list[str] | None:
    r"""Other texts of a vector: ``2i-3j`` with its letters as unit vectors, and a vector of i and j alone also in space."""
    if not any(axis in text for axis in "jk") or "^" in text or not ("+" in text or "-" in text):
        return None
    if not _OTHERS.sub("", text) and len(set(_PLAIN.findall(text))) > 1:
        text = _PLAIN.sub(lambda match: rf"\mathbf{{{match.group()}}}", text)
    found = {letter for match in UNIT_VECTOR.findall(text) for letter in match if letter}
    if not len(found) > 1:
        return None
    return [text] if "k" in found else [text, text + r"+0\mathbf{k}"]


def vector(node: Node) -> Node | None:
    """The components of a sum of multiples of unit vectors as a point, or None if it is none."""
    parts = _components(node)
    if not parts:
        return None
    axes = AXES if AXES[2] in parts else AXES[:2]
    return Group("(", ")", tuple(parts.get(axis, integer(0)) for axis in axes))


def _components(node: Node) -> dict[str, Node] | None:
    """The factor of each unit vector; empty for a scalar, None for what is no linear combination."""
    match node:
        case Symbol(name) if name in AXES:
            return {name: integer(1)}
        case Apply("neg", (inner,)):
            return _scaled(_components(inner), lambda part: Apply("neg", (part,)))
        case Apply("+" | "-" as sign, (left, right)):
            return _sum(sign, _components(left), _components(right))
        case Apply("*", (left, right)):
            mine, theirs = _components(left), _components(right)
            if mine is None or theirs is None or (mine and theirs):
                return None
            scalar = right if mine else left
            return _scaled(mine or theirs, lambda part: Apply("*", (scalar, part)))
        case Apply("/", (left, right)) if not _components(right):
            return _scaled(_components(left), lambda part: Apply("/", (part, right)))
        case _:
            return {}


def _sum(sign: str, left: dict[str, Node] | None, right: dict[str, Node] | None) -> dict[str, Node] | None:
    if left is None or right is None or bool(left) != bool(right):
        return None
    zero = integer(0)
    return {axis: Apply(sign, (left.get(axis, zero), right.get(axis, zero))) for axis in left.keys() | right.keys()}


def _scaled(parts: dict[str, Node] | None, by: Callable[[Node], Node]) -> dict[str, Node] | None:
    return None if parts is None else {axis: by(part) for axis, part in parts.items()}
