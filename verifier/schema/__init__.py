"""The wire contract: what is posted, and what comes back. Pydantic and nothing else.

A :class:`Sample` is graded by the scores of a :class:`Rubric`; each verifier yields a :class:`Score`; the rubric combines
them into a :class:`Reward`. Three kinds of failure are never mixed (see :class:`Status`).
"""

from verifier.schema.exchange import RewardsRequest, RewardsResponse, RubricRef
from verifier.schema.message import Chat, Message
from verifier.schema.model import Model
from verifier.schema.reward import EXTRACTED_CHARS, Reward, Score, Status
from verifier.schema.rubric import Check, Least, Rubric, ScoreSpec
from verifier.schema.sample import Length, Reference, Sample
from verifier.schema.tests import (
    AssertTests,
    Checker,
    FunctionCase,
    FunctionTests,
    StdioCase,
    StdioTests,
    TestLimits,
    Tests,
    Tolerance,
)

__all__ = [
    "EXTRACTED_CHARS",
    "AssertTests",
    "Chat",
    "Check",
    "Checker",
    "FunctionCase",
    "FunctionTests",
    "Least",
    "Length",
    "Message",
    "Model",
    "Reference",
    "Reward",
    "RewardsRequest",
    "RewardsResponse",
    "Rubric",
    "RubricRef",
    "Sample",
    "Score",
    "ScoreSpec",
    "Status",
    "StdioCase",
    "StdioTests",
    "TestLimits",
    "Tests",
    "Tolerance",
]
