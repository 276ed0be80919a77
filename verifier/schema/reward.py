"""What is said of a completion: the scores of verifiers, and the reward that they make."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from verifier.schema.model import Model

EXTRACTED_CHARS = 1_000
"""Longest ``extracted`` that a score carries; longer ones are cut and end in an ellipsis."""

EXPLANATION_CHARS = 2_000
"""Longest ``explanation``, cut likewise."""


class Status(StrEnum):
    """Whether there is a verdict, and if not, whose fault that is."""

    OK = "ok"
    """The value is real: right, wrong, or too costly to judge (which is worth 0)."""
    UNJUDGEABLE = "unjudgeable"
    """The sample is malformed: no completion could be judged against it. The reward is null."""
    ERROR = "error"
    """The service failed. The reward is null; trying again may help."""


class Score(Model):
    """What one verifier says of one completion."""

    verifier: str = Field(default="", description="Name of the verifier that judged.")
    status: Status = Status.OK
    value: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="In [0, 1]; null unless the status is ok."
    )
    weight: float = Field(
        default=1.0, description="What the value counts in the reward: 0 where a gate of the rubric is closed."
    )
    extracted: str | None = Field(default=None, description="The part of the completion that was judged.")
    explanation: str = Field(default="", description="Why, in one sentence.")
    detail: dict[str, Any] = Field(default_factory=dict[str, Any], description="More, by verifier.")
    elapsed_ms: float = 0.0

    @classmethod
    def of(
        cls, value: float, explanation: str, *, extracted: str | None = None, detail: dict[str, Any] | None = None
    ) -> "Score":
        """A verdict: ``value`` in [0, 1] and the reason for it."""
        extracted = None if extracted is None else _cut(extracted, EXTRACTED_CHARS)
        return cls(
            value=value, explanation=_cut(explanation, EXPLANATION_CHARS), extracted=extracted, detail=detail or {}
        )

    @classmethod
    def none(cls, status: Status, explanation: str) -> "Score":
        """No verdict, and why: ``unjudgeable`` or ``error``."""
        return cls(status=status, explanation=_cut(explanation, EXPLANATION_CHARS))


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[:chars] + "…"


class Reward(Model):
    """The number the trainer uses, and the scores that it is made of."""

    id: str | int | None = None
    status: Status
    reward: float | None = Field(description="Null unless the status is ok.")
    formula: str = Field(
        default="",
        description="How the reward follows from the values of the scores: arithmetic over their names, with weights, closed "
        "gates and clipping as they applied. Empty where the reward is null.",
    )
    scores: dict[str, Score] = Field(description="The same keys for every sample of a rubric.")
