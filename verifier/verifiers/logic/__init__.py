"""R1's logic tasks (arXiv 2501.12948; exact, checkable answers): the 24 game, zebra puzzles, the output of code."""

from verifier.verifiers.logic.assignment import Assignment
from verifier.verifiers.logic.game24 import Game24
from verifier.verifiers.logic.output import Output

__all__ = ["Assignment", "Game24", "Output"]
