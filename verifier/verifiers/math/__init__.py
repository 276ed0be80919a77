"""Mathematical equivalence: extraction of the final answer, and comparison with the reference."""

from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.verifier import Math

__all__ = ["Math", "MathOptions"]
