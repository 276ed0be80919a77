"""The math verifier: what the engine calls."""

import re
from fractions import Fraction

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.math.extract import extract
from verifier.verifiers.math.options import MathOptions

_NUMBER = re.compile(r"-?\d{1,1000}(?:\.\d{1,1000})?(?:/\d{1,1000})?")
_FRACTION = re.compile(r"\\[dt]?frac\{(-?\d+)\}\{(\d+)\}")


@verifier("math")
class Math(Verifier[MathOptions]):
    """Whether the final answer of the completion equals the reference."""

    Options = MathOptions

    def verify(self, sample: Sample) -> Score:
        """Judge one sample. Raises :class:`Unjudgeable` when it has no reference answer."""
        if not any(reference.strip() for reference in sample.references):
            raise Unjudgeable("the sample has no reference answer")
        found = extract(sample.text, self.options, lambda text: _value(text) is not None)
        if len(found.answers) != 1:
            return Score.of(0.0, f"no final answer: {found.how}")
        answer = found.answers[0]
        equal = any(_equal(reference, answer) for reference in sample.references)
        return Score.of(float(equal), "equal" if equal else "different", extracted=answer)


def _equal(reference: str, answer: str) -> bool:
    left, right = _value(reference), _value(answer)
    if left is not None and right is not None:
        return left == right
    return "".join(reference.split()) == "".join(answer.split())


def _value(text: str) -> Fraction | None:
    text = _FRACTION.sub(r"\1/\2", text.strip().strip("$").replace(",", ""))
    if not _NUMBER.fullmatch(text):
        return None
    numerator, _, denominator = text.partition("/")
    return None if denominator and not int(denominator) else Fraction(numerator) / Fraction(denominator or 1)
