"""Mathematical equivalence: the final answer of a completion, and whether it equals the reference.

As a library::

    equal("1/2", "0.5")                     # True, False, or None where no tier decides
    judge("x > 5", r"(5, \\infty)", MathOptions()).verdict
    Math(MathOptions()).verify(Sample(answer="42", completion=r"... \\boxed{42}"))
"""

from verifier.verifiers.math.extract import Found, extract
from verifier.verifiers.math.judge import Judgement, NotUnderstood, judge
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.verifier import Math, equal, find

__all__ = ["Found", "Judgement", "Math", "MathOptions", "NotUnderstood", "equal", "extract", "find", "judge"]
