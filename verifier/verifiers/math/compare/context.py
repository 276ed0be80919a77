"""What the parts of a comparison share: the options, what is left of the budget, and the way back to the whole."""

from abc import ABC, abstractmethod

from verifier.verifiers.math.compare.verdict import Verdict
from verifier.verifiers.math.evaluate.numeric import Steps
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.tree import Node


class Context(ABC):
    """One comparison of a reference with an answer."""

    def __init__(self, options: MathOptions, steps: Steps) -> None:
        self.options = options
        self.steps = steps
        self.whole: frozenset[str] = frozenset()
        """Variables that the reference says are integers."""
        self.rechosen = False
        """Whether other choices of an arbitrary constant are being tried."""

    @abstractmethod
    def compare(self, reference: Node, answer: Node) -> Verdict:
        """Compare two parts of the reference and of the answer."""
