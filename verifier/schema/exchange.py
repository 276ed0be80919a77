"""What is posted for rewards, and what comes back."""

from pydantic import Field

from verifier.schema.model import Model
from verifier.schema.reward import Reward
from verifier.schema.rubric import Rubric
from verifier.schema.sample import Sample


class RewardsRequest(Model):
    """``POST /v1/rewards``."""

    rubric: str | Rubric = Field(description="Name of a rubric, or a rubric object.")
    samples: list[Sample] = Field(
        description="Graded independently: a malformed one is unjudgeable, and harms no other."
    )
    timeout_s: float | None = Field(
        default=None,
        gt=0,
        description="Seconds the samples may wait for a worker; what waits longer comes back as an error.",
    )


class RubricRef(Model):
    name: str
    digest: str = Field(description="Changes whenever the rubric would judge differently.")


class RewardsResponse(Model):
    """Rewards in the order of the samples."""

    rewards: list[Reward]
    rubric: RubricRef
    elapsed_ms: float
