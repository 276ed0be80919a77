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
    if (shells := configuration(reference)) is not None and (others := configuration(answer)) is not None:
        return (
            equal("structure", "the same subshells") if shells == others else different("structure", "other electrons")
        )
    if (
        (left := chemistry(reference)) is not None
        and (right := chemistry(answer)) is not None
        and (left.marked or right.marked)
    ):
        same = matches(left, right)
        return equal("structure", "the same formula") if same else different("structure", "different formulas")
    if (mine := proposition(reference)) is None or (theirs := proposition(answer)) is None:
        return None
    if mine.marked or theirs.marked:
        same = equivalent(mine, theirs)
        return equal("structure", "the same truth table") if same else different("structure", "different truth tables")
    return None
