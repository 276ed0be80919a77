"""The comparison of trees: finds the common shape of two answers, and compares element by element."""

from functools import reduce

from verifier.verifiers.math.compare.affine import compare_affine, compare_spans
from verifier.verifiers.math.compare.calendar import compare_calendar
from verifier.verifiers.math.compare.collections import compare_collections, compare_matrices, compare_ratios
from verifier.verifiers.math.compare.congruences import compare_congruences, compare_residue
from verifier.verifiers.math.compare.constants import compare_constants
from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.demands import variables
from verifier.verifiers.math.compare.enumerated import compare_enumerated
from verifier.verifiers.math.compare.families import compare_families, compare_with_congruence
from verifier.verifiers.math.compare.realset import real_set, same_set, unnamed
from verifier.verifiers.math.compare.relations import (
    Contradiction,
    assigned,
    compare_branches,
    compare_functions,
    compare_relations,
    is_name,
    is_solved,
)  # fmt: skip
from verifier.verifiers.math.compare.values import compare_piecewise, compare_values
from verifier.verifiers.math.compare.verdict import Verdict, different, equal, every
from verifier.verifiers.math.compare.words import compare_words
from verifier.verifiers.math.parse.figures import is_same_vector
from verifier.verifiers.math.tree import (
    Apply,
    Cases,
    Constant,
    Group,
    Listing,
    Matrix,
    Node,
    Number,
    Ratio,
    Relation,
    Symbol,
    Words,
    integer,
    rename,
    symbols,
    walk,
)

_SET_HEADS = frozenset(("union", "intersection", "minus", "builder"))
_SETS = frozenset(("N", "Z", "Q", "R", "C", "empty"))


class Comparison(Context):
    """Compares the trees of one reference and one answer."""

    def compare(self, reference: Node, answer: Node) -> Verdict:
        self.steps.take()
        if reference == answer:
            return equal("structure", "identical expressions")
        if is_same_vector(reference, answer):
            return equal("structure", "the same vector, its arrow left out")
        if isinstance(reference, Words) or isinstance(answer, Words):
            return compare_words(self, reference, answer)
        if (enumerated := compare_enumerated(self, reference, answer)) is not None:
            return enumerated
        if (affine := compare_affine(self, reference, answer)) is not None:
            return affine
        if isinstance(reference, Relation) or isinstance(answer, Relation):
            return self._relations(reference, answer)
        return self._others(reference, answer)

    def _others(self, reference: Node, answer: Node) -> Verdict:
        if _is_quantified(reference) or _is_quantified(answer):
            return self._quantified(reference, answer)
        if (families := compare_families(self, reference, answer)) is not None:
            return families
        if _is_set_expression(reference) or _is_set_expression(answer):
            return self._sets(reference, _united(reference, answer))
        match reference, answer:
            case Apply("span"), Apply("span"):
                return compare_spans(self, reference, answer)
            case (Apply("clock" | "date"), _) | (_, Apply("clock" | "date")):
                return compare_calendar(reference, answer)
            case Apply("congruent", _), Apply("congruent", _):
                return compare_congruences(self, reference, answer)
            case (Apply("congruent", _), _) | (_, Apply("congruent", _)):
                return compare_with_congruence(self, reference, answer) or compare_residue(self, reference, answer)
            case Cases(left), Cases(right):
                return self._cases(left, right)
            case (Cases(), Apply() | Symbol() | Number()) | (Apply() | Symbol() | Number(), Cases()) if (
                len(variables(reference) | variables(answer)) == 1
            ):
                return compare_piecewise(self, reference, answer)
            case (Matrix(), _) | (_, Matrix()):
                return compare_matrices(self, reference, answer)
            case (Group() | Listing(), _) | (_, Group() | Listing()):
                return compare_collections(self, reference, answer)
            case (Ratio(), _) | (_, Ratio()):
                return compare_ratios(self, reference, answer)
            case _:
                return compare_values(self, reference, answer)

    def _quantified(self, reference: Node, answer: Node) -> Verdict:
        """The same quantifier over the same statement, whatever its variable is called."""
        match reference, answer:
            case Apply(head, (body, Symbol() as name, domain)), Apply(other, (said, Symbol(bound), over)) if (
                head == other
            ):
                said, over = rename(said, {bound: name}), rename(over, {bound: name})
                if isinstance(body, Relation) and isinstance(said, Relation):
                    stated = compare_relations(self, body, said)
                else:
                    stated = self.compare(body, said)
                return every((stated, self.compare(domain, over)), "the same statement")
            case _:
                return different("structure", "different statements")

    # Relations

    def _relations(self, reference: Node, answer: Node) -> Verdict:
        if isinstance(reference, Group | Listing) and (system := _of_chain(answer)) is not None:
            return self.compare(reference, system)
        if isinstance(answer, Group | Listing) and (system := _of_chain(reference)) is not None:
            return self.compare(system, answer)
        if (curves := compare_branches(self, reference, answer)) is not None:
            return curves
        if isinstance(reference, Relation) and isinstance(answer, Relation):
            return self._both_relations(reference, answer)
        if (systems := self._systems(reference, answer)) is not None:
            return systems
        if (congruence := compare_with_congruence(self, reference, answer)) is not None:
            return congruence
        if not _names_agree(reference, answer):
            return different("structure", "they speak of different variables")
        try:
            if isinstance(answer, Relation):
                value = assigned(self, answer, lenient=True) if self.options.assignment else None
                if answer.operators == ("in",) and _is_interval(value) and _lists_values(reference):
                    return different("structure", "an interval is no list of values")
                if value is not None and not (isinstance(value, Relation)):
                    verdict = self.compare(reference, value)
                    rounded = answer.operands[-1]
                    if verdict.equal or answer.operators[-1] != "~" or symbols(rounded) or not symbols(value):
                        return verdict
                    return self.compare(reference, rounded)  # a formula, and what its numbers come to
            elif isinstance(reference, Relation):
                lenient = symbols(reference.operands[0]).isdisjoint("xyz")  # x + y = 7 is a line
                value = assigned(self, reference, lenient=lenient) if self.options.assignment else None
                if value is not None:
                    return self.compare(value, answer)
        except Contradiction as reason:
            return different("structure", str(reason))
        return self._sets(reference, answer)

    def _both_relations(self, reference: Relation, answer: Relation) -> Verdict:
        functions = compare_functions(self, reference, answer)
        if functions is not None:
            return functions
        if self._same_names(reference, answer) or not symbols(answer):
            try:
                left, right = (assigned(self, side, lenient=False) for side in (reference, answer))
            except Contradiction as reason:
                return different("structure", str(reason))
            if answer.operators == ("in",) and left is not None and _is_interval(right) and _lists_values(left):
                return different("structure", "an interval is no list of values")
            if left is not None and right is not None:
                values = self.compare(left, right)
                return values if values.equal else compare_constants(self, reference, answer) or values
        verdict = compare_relations(self, reference, answer)
        if verdict.equal and _is_answer(reference) and not _is_answer(answer):
            return different("structure", "an unsolved equation does not answer a solved one")
        if verdict.equal:
            return verdict
        sets = self._sets(reference, answer)
        return sets if sets.equal else compare_constants(self, reference, answer) or verdict

    def _same_names(self, reference: Relation, answer: Relation) -> bool:
        left, right = reference.operands[0], answer.operands[0]
        return left == right and is_name(left)

    def _systems(self, reference: Node, answer: Node) -> Verdict | None:
        """``(x, y) = (1, 2)`` against ``x = 1, y = 2``."""
        left, right = _system(reference), _system(answer)
        if left is None or right is None:
            return None
        if (left.joint == "or") != (right.joint == "or"):
            return different("structure", "one value or another is not both")
        return self.compare(left, right)

    # Sets of reals

    def _sets(self, reference: Node, answer: Node) -> Verdict:
        if reference in (Constant("empty"),) and isinstance(answer, Relation):
            return different("structure", "the empty set is no relation")
        mixed = isinstance(reference, Relation) != isinstance(answer, Relation)
        if (mixed and not self.options.relations) or (not is_solved(answer) and is_solved(reference)):
            return different("structure", "an unsolved condition does not answer a solved one")
        reference, answer = unnamed(reference), unnamed(answer)
        names = symbols(reference), symbols(answer)
        if names[0] and names[1] and names[0] != names[1] and frozenset(("",)) not in names:
            return different("structure", "they speak of different variables")
        left, right = real_set(reference, self.steps), real_set(answer, self.steps)
        if left is not None and right is not None:
            if same_set(left, right) or self._same_from_zero(reference, answer):
                return equal("numeric", "the same set of real numbers")
            return different("numeric", "different sets of real numbers")
        return self._other_sets(reference, answer)

    def _same_from_zero(self, reference: Node, answer: Node) -> bool:
        """Whether two sets are the same if zero is a natural number, which is a convention."""
        if not any(part == Constant("N") for side in (reference, answer) for part in walk(side)):
            return False
        left, right = (real_set(side, self.steps, zero=True) for side in (reference, answer))
        return left is not None and right is not None and same_set(left, right)

    def _other_sets(self, reference: Node, answer: Node) -> Verdict:
        match reference, answer:
            case Apply(head, left), Apply(other, right) if (
                head == other and head in _SET_HEADS and len(left) == len(right)
            ):
                direct = every((self.compare(a, b) for a, b in zip(left, right, strict=True)), "the same parts")
                if direct.equal or head in ("minus", "builder"):
                    return direct
                return every((self.compare(a, b) for a, b in zip(left, reversed(right), strict=True)), "the same parts")
            case (Group() | Listing(), _) | (_, Group() | Listing()):
                return compare_collections(self, reference, answer)
            case Constant(), Constant():
                return different("structure", "different sets")
            case _:
                return different("structure", "one of them is a condition or a set, the other is not")

    def _cases(
        self, left: tuple[tuple[Node, Node | None], ...], right: tuple[tuple[Node, Node | None], ...]
    ) -> Verdict:
        if len(left) != len(right):
            return compare_piecewise(self, Cases(left), Cases(right))
        used: set[int] = set()
        for value, condition in left:
            found = next(
                (i for i, branch in enumerate(right) if i not in used and self._same_branch(value, condition, branch)),
                None,
            )
            if found is None:
                return compare_piecewise(self, Cases(left), Cases(right))
            used.add(found)
        return equal("structure", "the same cases")

    def _same_branch(self, value: Node, condition: Node | None, branch: tuple[Node, Node | None]) -> bool:
        if condition is not None and branch[1] is not None and not self.compare(condition, branch[1]).equal:
            return False
        return bool(self.compare(value, branch[0]).equal)


def _of_chain(node: Node) -> Listing | None:
    """``x = y = z = 0`` as ``x = 0, y = 0, z = 0``."""
    match node:
        case Relation((*names, value), operators) if (
            set(operators) == {"="}
            and len(names) > 1
            and not symbols(value)
            and all(isinstance(name, Symbol) for name in names)
        ):
            return Listing(tuple(Relation((name, value), ("=",)) for name in names), "and")
        case _:
            return None


def _united(reference: Node, answer: Node) -> Node:
    """Intervals that an answer lists, as the union that the reference is."""
    match reference, answer:
        case Apply("union", _), Listing(items, _) if all(map(_is_interval, items)):
            return reduce(lambda a, b: Apply("union", (a, b)), items)
        case _:
            return answer


def _is_answer(relation: Relation) -> bool:
    """``x = 3``, ``3 = x`` and the line ``x - 3 = 0``: no ``2x + 1 = 7``."""
    sides = relation.operands
    if relation.operators != ("=",) or len(symbols(relation)) != 1:
        return False
    alone = any(isinstance(side, Symbol) for side in sides) and any(not symbols(side) for side in sides)
    return alone or integer(0) in sides


def _is_interval(node: Node | None) -> bool:
    return isinstance(node, Group) and not node.is_set


def _lists_values(node: Node) -> bool:
    return isinstance(node, Listing) and not any(isinstance(item, Relation | Group) for item in node.items)


def _is_quantified(node: Node) -> bool:
    return isinstance(node, Apply) and node.head in ("forall", "exists")


def _is_set_expression(node: Node) -> bool:
    match node:
        case Apply(head, _):
            return head in _SET_HEADS
        case Constant(name):
            return name in _SETS
        case Listing(items, _):
            return any(isinstance(item, Relation) and not set(item.operators) <= {"=", "~", "in"} for item in items)
        case _:
            return False


def _names_agree(*sides: Node) -> bool:
    """``x = 1 or 2`` against ``x_1 = 1, x_2 = 2``: the names of a list belong to the one name."""
    single = next((side.operands[0] for side in sides if isinstance(side, Relation)), None)
    listed = next((side for side in sides if isinstance(side, Listing)), None)
    if not isinstance(single, Symbol) or listed is None:
        return True
    names = [
        next((o for o in item.operands if isinstance(o, Symbol)), None)
        for item in listed.items
        if isinstance(item, Relation)
    ]
    return all(name is not None and name.name.partition("_")[0] == single.name for name in names)


def _system(node: Node) -> Listing | None:
    match node:
        case Relation((Group(_, _, names), Group(_, _, values)), ("=",)) if len(names) == len(values):
            return Listing(tuple(Relation(pair, ("=",)) for pair in zip(names, values, strict=True)), "and")
        case Listing(items, _) if all(isinstance(item, Relation) for item in items):
            return node
        case _:
            return None
