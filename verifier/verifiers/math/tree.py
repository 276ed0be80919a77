"""The value model: what an answer can be. Every node is plain, immutable data, so that trees can be cached and hashed."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A rational number written in digits."""

    value: Fraction
    places: int | None = None
    """Digits after the decimal point to which it was stated; negative for 1.20e5; None when it is exact."""


@dataclass(frozen=True, slots=True)
class Based:
    """An integer written in a stated base."""

    digits: str
    base: int

    @property
    def value(self) -> int:
        return int(self.digits, self.base)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable, with its subscript and accents in its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """``pi``, ``e``, ``i``, ``oo``, or one of the sets ``N Z Q R C`` and ``empty``."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation or function on its arguments. The heads are listed in ``docs/math.md``."""

    head: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of powers of base units, times a scale."""

    dimension: tuple[tuple[str, int], ...]
    scale: Fraction = Fraction(1)
    pi_power: int = 0
    """The scale also holds this power of pi: a degree is pi/180 radians."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with a unit."""

    value: "Node"
    unit: Unit


@dataclass(frozen=True, slots=True)
class Group:
    """Items between brackets: ``(1, 2)`` is a point and an open interval alike, ``{1, 2}`` a set, ``[1, 2)`` an interval."""

    opening: str
    closing: str
    items: tuple["Node", ...]

    @property
    def is_set(self) -> bool:
        return self.opening == "{"


@dataclass(frozen=True, slots=True)
class Listing:
    """Items without brackets. ``joint`` is ``or``, ``and`` or empty (commas alone)."""

    items: tuple["Node", ...]
    joint: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A chain such as ``1 < x <= 5``: one operator fewer than operands."""

    operands: tuple["Node", ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple["Node", ...], ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """A piecewise expression: pairs of a value and its condition (None: otherwise)."""

    branches: tuple[tuple["Node", "Node | None"], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Words that are no mathematics, normalised."""

    text: str


Node: TypeAlias = (
    Number | Based | Symbol | Constant | Apply | Quantity | Group | Listing | Relation | Matrix | Ratio | Cases | Words
)

E, IMAGINARY, INFINITY = Constant("e"), Constant("i"), Constant("oo")
DOTS = Symbol("...")
"""An ellipsis in a list."""
EMPTY, REALS = Constant("empty"), Constant("R")
BOUND_HEADS = frozenset({"sum", "product", "integral", "limit", "builder", "forall", "exists", "endless"})
"""Heads whose second argument is a variable that they bind."""


_NONE: frozenset[str] = frozenset()
_LEAVES = (Number, Symbol, Constant)
"""What most nodes are, and nothing stands below."""


def integer(value: int) -> Number:
    return Number(Fraction(value))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below ``node``."""
    if isinstance(node, _LEAVES):
        return ()
    match node:
        case Apply(_, args):
            return args
        case Group(_, _, items) | Listing(items, _) | Ratio(items):
            return items
        case Relation(operands, _):
            return operands
        case Quantity(value, _):
            return (value,)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
        case Cases(branches):
            return tuple(part for branch in branches for part in branch if part is not None)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all nodes below it. Iterative: depth costs no stack."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def depth(node: Node) -> int:
    """Levels of the tree, found without recursion."""
    deepest, stack = 0, [(node, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in children(node))
    return deepest


def symbols(node: Node) -> frozenset[str]:
    """Names of the free variables."""
    match node:
        case Symbol(name):
            return frozenset((name,))
        case Number() | Constant():
            return _NONE
        case Apply("builder", (_, Symbol(bound), *_)):
            return _NONE.union(*map(symbols, children(node))) - {bound}
        case Apply(head, (body, Symbol(bound), *rest)) if head in BOUND_HEADS:
            return (symbols(body) - {bound}).union(*map(symbols, rest))
        case _:
            return _NONE.union(*map(symbols, children(node)))


def rebuild(node: Node, parts: tuple[Node, ...]) -> Node:
    """``node`` with other children, in the order of :func:`children`."""
    match node:
        case Apply(head, _):
            return Apply(head, parts)
        case Group(opening, closing, _):
            return Group(opening, closing, parts)
        case Listing(_, joint):
            return Listing(parts, joint)
        case Ratio():
            return Ratio(parts)
        case Relation(_, operators):
            return Relation(parts, operators)
        case Quantity(_, unit):
            return Quantity(parts[0], unit)
        case Matrix(rows):
            cells = iter(parts)
            return Matrix(tuple(tuple(next(cells) for _ in row) for row in rows))
        case Cases(branches):
            cells = iter(parts)
            return Cases(tuple((next(cells), None if when is None else next(cells)) for _, when in branches))
        case _:
            return node


def rename(node: Node, names: dict[str, Node]) -> Node:
    """``node`` with free variables replaced."""
    if isinstance(node, Symbol):
        return names.get(node.name, node)
    below = children(node)
    if not below:
        return node
    parts = tuple(rename(child, names) for child in below)
    return node if parts == below else rebuild(node, parts)


def across(node: Node) -> Node:
    """``node`` with other variables: the second component of what is a vector, for products that do not commute."""
    return rename(node, {name: Symbol(f"{name} across") for name in symbols(node)})


def is_nested(node: Apply) -> bool:
    """Whether an operation of the same kind stands below this one: each level of cross products doubles what it costs."""
    return any(isinstance(part, Apply) and part.head == node.head for arg in node.args for part in walk(arg))
