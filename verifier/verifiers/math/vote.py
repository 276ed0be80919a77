"""Math answers compared with each other: two are the same if each would be right were the other the reference.

That holds in both directions by construction, and keeps to the options of the rubric: ``0.33`` and ``1/3`` are two answers,
because a reference ``1/3`` does not accept ``0.33``.
"""

from verifier.registry import Answer, Comparison
from verifier.verifiers.math.fingerprint import apart
from verifier.verifiers.math.judge import NotUnderstood, judge
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.reading import read
from verifier.verifiers.math.symbolic.client import Allowance

GROUP_SYMBOLIC_CPU_S = 4.0
"""CPU seconds that all questions of one group to sympy may take."""


class MathComparison(Comparison):
    """Compares the answers of one group."""

    def __init__(self, options: MathOptions) -> None:
        self._options = options
        self._without_sympy = options.model_copy(update={"symbolic": False})
        self._allowance = Allowance(GROUP_SYMBOLIC_CPU_S)
        self._exact = not (options.absolute_tolerance or options.relative_tolerance)

    def quick(self, one: Answer, other: Answer) -> bool | None:
        if self._exact and apart(one.text, other.text):
            return False
        return self._both_ways(one.text, other.text, self._without_sympy)

    def thorough(self, one: Answer, other: Answer) -> bool | None:
        # Reading what our own parser cannot is not on the allowance; such answers are the same as the same text alone.
        if read(one.text).fault or read(other.text).fault or not self._options.symbolic:
            return None
        return self._both_ways(one.text, other.text, self._options)

    def _both_ways(self, one: str, other: str, options: MathOptions) -> bool | None:
        there = self._accepts(one, other, options)
        return there if not there else self._accepts(other, one, options)

    def _accepts(self, reference: str, answer: str, options: MathOptions) -> bool | None:
        try:
            return judge(reference, answer, options, self._allowance).verdict.equal
        except NotUnderstood:
            return None
