"""Notations that are no algebra, though they look like some: formulas of chemistry and of logic. Where one side evidently is in
such a notation, and the other can be, nothing else decides."""

from verifier.verifiers.math.compare.verdict import Verdict, different, equal
from verifier.verifiers.math.parse.chemistry import chemistry, configuration, matches
from verifier.verifiers.math.parse.logic import equivalent, proposition


def is_notation(text: str) -> bool:
    """Whether ``text`` is evidently in one of these notations."""
    formula, statement = chemistry(text), proposition(text)
    return (
        (formula is not None and formula.marked)
        or (statement is not None and statement.marked)
        or configuration(text) is not None
    )


def compare_notations(reference: str, answer: str) -> Verdict | None:
    """The verdict on two texts in the same notation; None where they are in none."""
    shells = configuration(reference), configuration(answer)
    if shells[0] is not None and shells[1] is not None:
        same = shells[0] == shells[1]
        return equal("structure", "the same subshells") if same else different("structure", "other electrons")
    left, right = chemistry(reference), chemistry(answer)
    if left is not None and right is not None and (left.marked or right.marked):
        same = matches(left, right)
        return equal("structure", "the same formula") if same else different("structure", "different formulas")
    mine, theirs = proposition(reference), proposition(answer)
    if mine is not None and theirs is not None and (mine.marked or theirs.marked):
        same = equivalent(mine, theirs)
        return equal("structure", "the same truth table") if same else different("structure", "different truth tables")
    return None
