"""Tuples, sets, lists, vectors, matrices and ratios, element by element."""

from fractions import Fraction

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.relations import is_name
from verifier.verifiers.math.compare.verdict import Verdict, different, equal, every, undecided
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.parse.simplify import simplify
from verifier.verifiers.math.tree import (
    EMPTY,
    Apply,
    Group,
    Listing,
    Matrix,
    Node,
    Ratio,
    Relation,
    Symbol,
    children,
    integer,
    rename,
    walk,
)

_LARGEST = 8
"""Most rows of an identity matrix that is written out."""


def compare_collections(c: Context, reference: Node, answer: Node) -> Verdict:
    """Compare two collections, or one with a single value."""
    left, right = _items(reference), _items(answer)
    if left is None or right is None:
        return _with_single(c, reference, answer)
    if (
        _joint(reference) != _joint(answer)
        and "or" in (_joint(reference), _joint(answer))
        and _differently_named(*left, *right)
    ):
        return different("structure", "one value or another is not both")
    left, right, bare = _without_names(left, right)
    if _is_ordered(c, reference, answer, bare):
        if not _same_brackets(reference, answer):
            return different("structure", "different brackets")
        return _in_order(c, left, right)
    points = any(isinstance(item, Group) for item in left)
    sets = (
        points
        or isinstance(reference, Group)
        or isinstance(answer, Group)
        or _joint(reference) == _joint(answer) == "or"
    )
    return _as_sets(c, left, right) if sets else _matched(c, left, right)


def _items(node: Node) -> tuple[Node, ...] | None:
    match node:
        case Group(_, _, items) | Listing(items, _):
            return items
        case Matrix(rows) if len(rows) == 1 or len(rows[0]) == 1:
            return children(node)
        case _:
            return None


def _joint(node: Node) -> str:
    return node.joint if isinstance(node, Listing) else ""


def _with_single(c: Context, reference: Node, answer: Node) -> Verdict:
    """A set of one element is as good as the element."""
    for several, single, swapped in ((reference, answer, False), (answer, reference, True)):
        items = _items(several)
        if items is not None and len(items) == 1 and EMPTY not in (items[0], single):
            return c.compare(single, items[0]) if swapped else c.compare(items[0], single)
        if isinstance(several, Listing) and several.joint == "or" and items and not isinstance(items[0], Group):
            same = every(
                ((c.compare(single, i) if swapped else c.compare(i, single)) for i in items), "one value, stated twice"
            )
            if same.equal:
                return same
    return different("structure", "one is a collection, the other a single value")


def _without_names(
    left: tuple[Node, ...], right: tuple[Node, ...]
) -> tuple[tuple[Node, ...], tuple[Node, ...], bool | None]:
    """``AB = 4, CD = 5`` against ``4, 5``: values in the order of their names. Also whether that order counts (None: n/a)."""
    named = [all(_is_assignment(item) for item in side) for side in (left, right)]
    if named[0] == named[1]:
        return left, right, None
    side = left if named[0] else right
    numbered = len({_base_name(item) for item in side}) == 1
    side = tuple(sorted(side, key=_base_name)) if all(len(_base_name(item)) == 1 for item in side) else side
    values = tuple(item.operands[-1] for item in side if isinstance(item, Relation))
    return (values, right, not numbered) if named[0] else (left, values, not numbered)


def _differently_named(*items: Node) -> bool:
    named = (isinstance(item, Relation) and is_name(item.operands[0]) for item in items)
    return all(named) and len({_base_name(item) for item in items}) > 1


def _is_assignment(node: Node) -> bool:
    return isinstance(node, Relation) and node.operators[0] == "=" and is_name(node.operands[0])


def _base_name(node: Node) -> str:
    name = node.operands[0] if isinstance(node, Relation) else node
    return name.name.partition("_")[0] if isinstance(name, Symbol) else str(name)


def _is_ordered(c: Context, reference: Node, answer: Node, named: bool | None) -> bool:
    if any(isinstance(side, Group) and side.is_set for side in (reference, answer)):
        both = isinstance(reference, Group) and isinstance(answer, Group) and reference.is_set != answer.is_set
        return both or any(isinstance(side, Matrix) for side in (reference, answer))
    if isinstance(reference, Listing) and isinstance(answer, Listing):
        return c.options.list_order == "given" if named is None else named
    return True


def _same_brackets(reference: Node, answer: Node) -> bool:
    if not isinstance(reference, Group) or not isinstance(answer, Group):
        return not _is_closed_interval(reference) and not any(
            isinstance(side, Group) and (side.is_set or _is_half_open(side)) for side in (reference, answer)
        )
    if reference.is_set != answer.is_set:
        return False
    if (reference.opening, reference.closing) == (answer.opening, answer.closing):
        return True
    return len(reference.items) > 2 and not (_is_half_open(reference) or _is_half_open(answer))


def _is_closed_interval(node: Node) -> bool:
    """``[0.5, 1.5]``: two ends in order."""
    if not isinstance(node, Group) or (node.opening, node.closing, len(node.items)) != ("[", "]", 2):
        return False
    low, high = map(rational, node.items)
    return low is not None and high is not None and low < high


def _is_half_open(group: Group) -> bool:
    return (group.opening == "(") != (group.closing == ")")


def _in_order(c: Context, left: tuple[Node, ...], right: tuple[Node, ...]) -> Verdict:
    if len(left) != len(right):
        return different("structure", f"{len(left)} elements are not {len(right)}")
    return every((c.compare(a, b) for a, b in zip(left, right, strict=True)), "equal element by element")


def _as_sets(c: Context, left: tuple[Node, ...], right: tuple[Node, ...]) -> Verdict:
    """Each element of one is in the other."""
    fast = _as_numbers(left), _as_numbers(right)
    if fast[0] is not None and fast[1] is not None and set(fast[0]) == set(fast[1]):
        return equal("exact", "the same elements")
    doubt = False
    for mine, theirs, swapped in ((left, right, False), (right, left, True)):
        for item in mine:
            found = [(c.compare(other, item) if swapped else c.compare(item, other)).equal for other in theirs]
            if True not in found:
                if None not in found:
                    return different("structure", "an element of one is not in the other")
                doubt = True
    return (
        undecided("structure", "some elements could not be compared")
        if doubt
        else equal("structure", "the same elements")
    )


def _as_numbers(items: tuple[Node, ...]) -> list[Fraction] | None:
    values = [rational(item) for item in items]
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def _matched(c: Context, left: tuple[Node, ...], right: tuple[Node, ...]) -> Verdict:
    """Each element of one has its own partner in the other."""
    if len(left) != len(right):
        return different("structure", f"{len(left)} elements are not {len(right)}")
    fast = _as_numbers(left), _as_numbers(right)
    if fast[0] is not None and fast[1] is not None and sorted(fast[0]) == sorted(fast[1]):
        return equal("exact", "the same elements")
    free = list(right)
    doubt = False
    for item in left:
        partner: Node | None = None
        for other in free:
            verdict = c.compare(item, other)
            if verdict.equal:
                partner = other
                break
            doubt = doubt or verdict.equal is None
        if partner is None:
            why = "some elements could not be compared"
            return (
                undecided("structure", why)
                if doubt
                else different("structure", "an element of one is not in the other")
            )
        free.remove(partner)
    return equal("structure", "the same elements, in some order")


def compare_matrices(c: Context, reference: Node, answer: Node) -> Verdict:
    """Matrices by shape and element; a row or column also against a tuple."""
    if isinstance(reference, Matrix) and isinstance(answer, Matrix):
        if [len(row) for row in reference.rows] != [len(row) for row in answer.rows]:
            return different("structure", "matrices of different shapes")
        return _in_order(c, children(reference), children(answer))
    if _items(reference) is not None and _items(answer) is not None:
        return compare_collections(c, reference, answer)
    matrix, other = (reference, answer) if isinstance(reference, Matrix) else (answer, reference)
    if isinstance(matrix, Matrix) and (whole := _of_identity(other, len(matrix.rows))) is not None:
        return compare_matrices(c, *((matrix, whole) if matrix is reference else (whole, matrix)))
    nested = _items(other)
    if isinstance(matrix, Matrix) and nested is not None and len(nested) == len(matrix.rows):
        rows = [_items(row) for row in nested]
        if all(row is not None and len(row) == len(matrix.rows[0]) for row in rows):
            cells = tuple(cell for row in rows for cell in row or ())
            pair = (children(matrix), cells) if matrix is reference else (cells, children(matrix))
            return _in_order(c, *pair)
    return different("structure", "one is a matrix, the other is not")


def _of_identity(node: Node, size: int) -> Matrix | None:
    """``3I`` written out, for a matrix of that size to compare it with."""
    found = [part.name for part in walk(node) if isinstance(part, Symbol)]
    if size > _LARGEST or len(found) != 1 or found[0] not in ("I", "E", f"I_{size}", f"E_{size}"):
        return None  # two of them may be a product, each of which makes its cells as many times larger
    identity = Matrix(tuple(tuple(integer(int(row == column)) for column in range(size)) for row in range(size)))
    whole = simplify(rename(node, {found[0]: identity}))
    return whole if isinstance(whole, Matrix) else None


def compare_ratios(c: Context, reference: Node, answer: Node) -> Verdict:
    """Ratios up to a common factor; ``3:4`` also against the fraction 3/4."""
    left, right = _terms(reference), _terms(answer)
    if len(left) != len(right):
        return different("structure", "ratios of different lengths")
    products = ((Apply("*", (left[0], b)), Apply("*", (right[0], a))) for a, b in zip(left[1:], right[1:], strict=True))
    return every((c.compare(a, b) for a, b in products), "the same ratio")


def _terms(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Ratio):
        return node.items
    value = rational(node)
    if value is not None:
        return integer(value.numerator), integer(value.denominator)
    return node.args if isinstance(node, Apply) and node.head == "/" else (node, Apply("/", (node, node)))
