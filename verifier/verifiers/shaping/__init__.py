"""Shaping rewards: how long a completion is, how often it repeats itself, whether it shows its steps.

A value is in [0, 1], and never a penalty below 0: a rubric gets a paper's own numbers from it by a weight and a constant, as each
docstring says. A constant changes no advantage of GRPO, which subtracts the group's mean.
"""

from verifier.verifiers.shaping.length import CosineLength, GroupLength, SoftOverlong
from verifier.verifiers.shaping.repetition import Repetition
from verifier.verifiers.shaping.steps import ReasoningSteps
from verifier.verifiers.shaping.tags import TagCount

__all__ = ["CosineLength", "GroupLength", "ReasoningSteps", "Repetition", "SoftOverlong", "TagCount"]
