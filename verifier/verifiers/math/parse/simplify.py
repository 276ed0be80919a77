"""Trees as people mean them: plus-minus as two values, repeated assignments as a list, matrix arithmetic carried out."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from verifier.verifiers.math.budgets import ITEMS, OverBudget
from verifier.verifiers.math.parse.basis import vector
from verifier.verifiers.math.parse.figures import corresponding
from verifier.verifiers.math.parse.points import PARAMETERS, point
from verifier.verifiers.math.parse.progressions import written_out
from verifier.verifiers.math.tree import (
    DOTS,
    Apply,
    Constant,
    Group,
    Listing,
    Matrix,
    Node,
    Number,
    Quantity,
    Relation,
    Symbol,
    children,
    integer,
    rebuild,
    rename,
    symbols,
    walk,
)  # fmt: skip

_COUNTERS = frozenset("kmn")
_INTEGERS = (Constant("Z"), Constant("N"))


def simplify(node: Node) -> Node:
    """The canonical form of an answer's outer structure. Values are left as they are written."""
    node = _concluded(node)
    match node:
        case Relation((left, right), ("supset" | "supsetneq" as sign,)):
            return simplify(Relation((right, left), (sign.replace("sup", "sub"),)))
        case Relation(_, ("cong" | "sim",)) if (triangles := corresponding(node)) != node:
            return triangles
        case Relation((left, right), ("!=",)) if _has_sign(right):
            return Listing(
                tuple(Relation((left, _signed(right, upper=sign)), ("!=",)) for sign in (True, False)), "and"
            )
        case Relation(operands, operators):
            return Relation(tuple(_spread(simplify(operand)) for operand in operands), operators)
        case Listing(items, joint):
            return _listing([simplify(item) for item in items], joint)
        case Group("{", "}", items):
            return Group("{", "}", tuple(_continued(_flat(_spread(simplify(item)) for item in items))))
        case Group("[", "]", items) if _is_nested(items):
            return Matrix(tuple(tuple(simplify(cell) for cell in children(row)) for row in items))
        case Group(opening, closing, items) if any(map(_has_sign, items)):
            signed = [
                Group(opening, closing, tuple(_signed(item, upper=upper) for item in items)) for upper in (True, False)
            ]
            return Listing(tuple(signed), "or")
        case Apply("*", (Symbol(name), Group("(", ")", items) as named)) if name.isupper() and len(items) > 1:
            return simplify(named)
        case Apply("congruent", (left, residue, modulus)):
            return Apply("congruent", (left, _spread(simplify(residue)), modulus))
        case Group(opening, closing, items):
            return Group(opening, closing, tuple(simplify(item) for item in items))
        case Matrix(((cell,),)):
            return simplify(cell)
        case Matrix(rows):
            return Matrix(tuple(tuple(simplify(cell) for cell in row) for row in rows))
        case Quantity(value, unit):
            spread = _spread(value)
            if isinstance(spread, Listing):
                return Listing(tuple(Quantity(item, unit) for item in spread.items), spread.joint)
            return node
        case Apply() if (whole := written_out(node)) != node:
            return whole
        case Apply():
            return vector(node) or point(node) or _spread(_matrices(node))
        case _:
            return node


def _concluded(node: Node) -> Node:
    """Of ``2x = 10 => x = 5``, the conclusion."""
    if isinstance(node, Relation) and any(operator in ("=>", "<=>") for operator in node.operators):
        last = max(i for i, operator in enumerate(node.operators) if operator in ("=>", "<=>"))
        rest = node.operators[last + 1 :]
        if rest:
            return Relation(node.operands[last + 1 :], rest)
        return Relation((*node.operands[:2], node.operands[-1]), ("=", "=")) if _assigns(node) else node.operands[-1]
    return node


def _assigns(node: Relation) -> bool:
    """Whether it starts with a value for a name, of which no other value can follow: ``x = 6 => 5``."""
    return isinstance(node.operands[0], Symbol) and node.operators[0] == "=" and isinstance(node.operands[1], Number)


def _is_nested(items: tuple[Node, ...]) -> bool:
    lengths = {len(item.items) if isinstance(item, Group) and item.opening == "[" else 0 for item in items}
    return len(lengths) == 1 and 0 not in lengths


# Plus-minus


def _spread(node: Node) -> Node:
    """A value with plus-minus signs as the two values that it stands for: all signs are read upper, or all lower."""
    if isinstance(node, Listing | Group | Relation) or not _has_sign(node):
        return node
    upper, lower = _signed(node, upper=True), _signed(node, upper=False)
    return Listing((upper, lower), "or")


def _has_sign(node: Node) -> bool:
    return (isinstance(node, Apply) and node.head in ("+-", "-+")) or any(map(_has_sign, children(node)))


def _signed(node: Node, *, upper: bool) -> Node:
    below = children(node)
    if not below:
        return node
    parts = tuple(_signed(child, upper=upper) for child in below)
    if isinstance(node, Apply) and node.head in ("+-", "-+"):
        plus = (node.head == "+-") == upper
        if len(parts) == 1:
            opposite = Apply("neg", parts)
            return parts[0] if plus else point(opposite) or opposite
        return Apply("+" if plus else "-", parts)
    return rebuild(node, parts)


# Lists


def _flat(items: Iterable[Node]) -> list[Node]:
    flat: list[Node] = []
    for item in items:
        flat += item.items if isinstance(item, Listing) else (item,)
    if len(flat) > ITEMS:
        raise OverBudget(f"a list of more than {ITEMS} items")
    return flat


def _listing(items: list[Node], joint: str) -> Node:
    if joint != "or":
        items = _without_reals(_ranged(items))
    declared = [item for item in items if _declares(item)]
    items = _continued(_flat(item for item in items if not _declares(item)))
    if not items:
        return declared[0]
    node = items[0] if len(items) == 1 else _merged(items, joint)
    for declaration in declared:
        assert isinstance(declaration, Relation)
        node = Apply("where", (node, *declaration.operands))
    return node


def _ranged(items: list[Node]) -> list[Node]:
    """``2k + 1, k = 0, 1, 2`` as the three values."""
    match items:
        case [value, Relation((Symbol(name), first), ("=",)), *rest] if (
            not isinstance(value, Relation | Group | Listing) and symbols(value) == frozenset((name,)) and rest
        ):
            numbers = _continued(_flat((first, *rest)))
            if len(numbers) > 1 and all(isinstance(number, Number) for number in numbers):
                return [rename(value, {name: number}) for number in numbers]
        case [Relation((Symbol() as left, value), ("=",)), Relation((Symbol(), _), ("=",)) as index, *rest]:
            values = _ranged([value, index, *rest])
            if len(values) > 1 and index not in values:
                return [Relation((left, item), ("=",)) for item in values]
        case _:
            pass
    return items


def _without_reals(items: list[Node]) -> list[Node]:
    """``items`` without those that only call a name real that another one uses: ``f(x) = cx, c in R``. Of a point, such a name
    makes a line."""
    real, rest = list[str](), list[Node]()
    for item in reversed(items):
        if names := _reals(item) or (isinstance(item, Symbol) and real and not rest and [item.name]):
            real += names
        else:
            rest.insert(0, item)
    if not rest or any(name in _COUNTERS and _has_turns(rest) for name in real):
        return items
    if not real or not all(any(name in symbols(item) for item in rest) for name in real):
        return items
    if len(rest) == 1 and isinstance(rest[0], Group) and PARAMETERS.issuperset(real):
        return [Apply("affine", (rest[0], *map(Symbol, real)))]
    return rest


def _has_turns(items: list[Node]) -> bool:
    """Whether there is a multiple of pi, whose parameter would have to be an integer."""
    return any(part == Constant("pi") for item in items for part in walk(item))


def _reals(node: Node) -> list[str]:
    """The names that ``c in R`` calls real."""
    match node:
        case Relation((Symbol(name), Constant("R")), ("in",)):
            return [name]
        case Relation((Listing(items, _), Constant("R")), ("in",)):
            return [item.name for item in items if isinstance(item, Symbol)]
        case _:
            return []


def _continued(items: list[Node]) -> list[Node]:
    """``1, 2, ..., 10`` written out: an ellipsis between the terms of an arithmetic progression of integers."""
    at = items.index(DOTS) if items.count(DOTS) == 1 else 0
    before = [item.value for item in items[:at] if isinstance(item, Number)]
    last = items[at + 1] if at and at + 1 < len(items) else None
    if len(before) != at or not at or not isinstance(last, Number):
        return items
    step = before[1] - before[0] if at > 1 else Fraction(1)
    terms = (last.value - before[0]) / step if step else None
    if (
        terms is None
        or terms.denominator != 1
        or not at <= terms <= ITEMS
        or any(b - a != step for a, b in pairwise(before))
    ):
        return items
    return [*(Number(before[0] + step * k) for k in range(int(terms))), *items[at + 1 :]]


def _declares(node: Node) -> bool:
    """Whether it says that a parameter is an integer: ``k in Z``."""
    match node:
        case Relation((Symbol() | Listing(), right), ("in",)):
            return _is_integers(right)
        case _:
            return False


def _is_integers(node: Node) -> bool:
    """``Z``, ``N``, ``N^*``, ``Z^+``, in whatever letters."""
    match node:
        case Constant() | Symbol("N" | "Z" | "N_+" | "Z_+" | "N_*"):
            return node in _INTEGERS or isinstance(node, Symbol)
        case Apply("conj" | "^" | "+", (base, *_)):
            return _is_integers(base)
        case _:
            return False


def _merged(items: list[Node], joint: str) -> Node:
    """``x = 1 or x = 2`` as ``x = (1 or 2)``; ``p = 5, q = 2; p = 7, q = 2`` as two points."""
    if (congruent := _residues(items)) is not None:
        return congruent
    pairs = [(item.operands[0], item.operands[1]) for item in items
             if isinstance(item, Relation) and item.operators == ("=",)]  # fmt: skip
    if len(pairs) != len(items):
        return Listing(_excluded(items), joint)
    names = [name for name, _ in pairs]
    if all(name == names[0] for name in names):
        values = _flat(value for _, value in pairs)
        return Relation((names[0], Listing(tuple(values), joint)), ("=",))
    period = names.index(names[0], 1) if names[0] in names[1:] else 0
    if period and len(names) % period == 0 and all(a == b for a, b in zip(names, names[period:], strict=False)):
        points = [
            Group("(", ")", tuple(value for _, value in pairs[at : at + period])) for at in range(0, len(pairs), period)
        ]
        return Relation((Group("(", ")", tuple(names[:period])), Listing(tuple(points), joint)), ("=",))
    return Listing(tuple(items), joint)


def _residues(items: list[Node]) -> Node | None:
    """``n = 1 (mod 8) or n = 3 (mod 8)`` as ``n = 1, 3 (mod 8)``."""
    match items[0]:
        case Apply("congruent", (left, _, modulus)):
            residues = [item.args[1] for item in items if isinstance(item, Apply) and item.head == "congruent"
                        and (item.args[0], item.args[2]) == (left, modulus)]  # fmt: skip
            return (
                Apply("congruent", (left, Listing(tuple(_flat(residues)), "or"), modulus))
                if len(residues) == len(items)
                else None
            )
        case _:
            return None


def _excluded(items: list[Node]) -> tuple[Node, ...]:
    """``x != 1, 2`` as ``x != 1, x != 2``."""
    match items[0]:
        case Relation((Symbol() as name, _), ("!=",)) if not any(isinstance(item, Relation) for item in items[1:]):
            return (items[0], *(Relation((name, item), ("!=",)) for item in items[1:]))
        case _:
            return tuple(items)


# Matrices


def _matrices(node: Apply) -> Node:
    """Sums, multiples, products, transposes and small determinants of matrices."""
    if not any(isinstance(part, Matrix) for part in children(node)) and not any(
        isinstance(part, Apply) and _holds_matrix(part) for part in children(node)
    ):
        return node
    args = tuple(_matrices(arg) if isinstance(arg, Apply) else arg for arg in node.args)
    match node.head, args:
        case "+" | "-", (Matrix(a), Matrix(b)) if _shape(a) == _shape(b):
            return Matrix(
                tuple(
                    tuple(Apply(node.head, pair) for pair in zip(r, s, strict=True)) for r, s in zip(a, b, strict=True)
                )
            )
        case "*", (Matrix(a), Matrix(b)) if len(a[0]) == len(b):
            return Matrix(tuple(tuple(_dot(row, column) for column in zip(*b, strict=True)) for row in a))
        case "*", (Matrix(a), scalar) | (scalar, Matrix(a)):
            return Matrix(tuple(tuple(Apply("*", (scalar, cell)) for cell in row) for row in a))
        case "/", (Matrix(a), scalar):
            return Matrix(tuple(tuple(Apply("/", (cell, scalar)) for cell in row) for row in a))
        case "neg", (Matrix(a),):
            return Matrix(tuple(tuple(Apply("neg", (cell,)) for cell in row) for row in a))
        case "^", (Matrix(a), Symbol("T" | "top" | "t")):
            return Matrix(tuple(zip(*a, strict=True)))
        case "^", (Matrix(a), Number(Fraction(numerator=-1, denominator=1))) if len(a) == len(a[0]) <= 3:
            return _inverse(a)
        case "det" | "abs", (Matrix(a),) if len(a) == len(a[0]) <= 4:
            return _determinant(a)
        case _:
            return Apply(node.head, args)


def _holds_matrix(node: Node) -> bool:
    return isinstance(node, Matrix) or (isinstance(node, Apply) and any(map(_holds_matrix, node.args)))


def _shape(rows: tuple[tuple[Node, ...], ...]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _dot(row: tuple[Node, ...], column: tuple[Node, ...]) -> Node:
    terms = [Apply("*", pair) for pair in zip(row, column, strict=True)]
    total: Node = terms[0]
    for term in terms[1:]:
        total = Apply("+", (total, term))
    return total


def _inverse(rows: tuple[tuple[Node, ...], ...]) -> Node:
    """The adjugate over the determinant."""
    size = range(len(rows))
    whole = _determinant(rows)
    if len(rows) == 1:
        return Apply("/", (integer(1), whole))
    return Matrix(tuple(tuple(Apply("/", (_cofactor(rows, j, i), whole)) for j in size) for i in size))


def _cofactor(rows: tuple[tuple[Node, ...], ...], row: int, column: int) -> Node:
    kept = (cells for index, cells in enumerate(rows) if index != row)
    minor = _determinant(tuple(cells[:column] + cells[column + 1 :] for cells in kept))
    return Apply("neg", (minor,)) if (row + column) % 2 else minor


def _determinant(rows: tuple[tuple[Node, ...], ...]) -> Node:
    if len(rows) == 1:
        return rows[0][0]
    total: Node | None = None
    for column, cell in enumerate(rows[0]):
        minor = tuple(row[:column] + row[column + 1 :] for row in rows[1:])
        term = Apply("*", (cell, _determinant(minor)))
        total = term if total is None else Apply("-" if column % 2 else "+", (total, term))
    assert total is not None
    return total
