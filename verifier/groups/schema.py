"""The wire contract of groups: what is posted to ``/v1/vote``, and what comes back."""

from typing import Annotated, Any

from pydantic import Field, StrictInt

from verifier.clusters import Abstention, Cluster
from verifier.schema import Chat, Model, Reference, Rubric, RubricRef, Status, Tests


class Group(Model):
    """Several completions of one prompt, and what they are judged against. The fields are those of a sample."""

    id: StrictInt | str | None = Field(default=None, description="Echoed in the result.")
    prompt: str | Chat | None = None
    completions: list[str | Chat] = Field(min_length=1, description="What the policy wrote, one for each rollout.")
    kind: str | None = Field(
        default=None, description="Which verifier judges. Absent: code if tests, choice if choices, else math."
    )
    answer: Reference | Annotated[list[Reference], Field(min_length=1)] | None = None
    tests: Tests | None = None
    choices: Annotated[list[str], Field(min_length=2, max_length=26)] | None = None
    language: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict[str, Any], description="Free; never read.")


class VoteRequest(Model):
    """``POST /v1/vote``."""

    rubric: str | Rubric = Field(
        default="r1-zero", description="Name of a rubric, or a rubric object, whose verifiers extract and compare."
    )
    score: str | None = Field(
        default=None, description="Which score of the rubric. Absent: 'accuracy', or else the only one."
    )
    groups: list[Group] = Field(description="Voted on independently: a malformed one harms no other.")
    pass_at: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=64)] | None = Field(
        default=None, description="For which k to estimate pass@k. Absent: 1, 2, 4, ... up to the size of each group."
    )
    timeout_s: float | None = Field(
        default=None, gt=0, description="Seconds the groups may wait for a worker; what waits longer is an error."
    )


class JudgedCluster(Cluster):
    """Completions whose answers are the same, and whether that answer is right."""

    correct: bool | None = Field(
        default=None, description="Whether most of its members are right; null without a reference."
    )


class Vote(Model):
    """What the completions of one group say together. Unless the status is ok, nothing but ``explanation`` is to be read."""

    id: str | int | None = None
    status: Status = Status.OK
    explanation: str = Field(default="", description="The outcome in one sentence, or why there is none.")
    n: int = Field(default=0, description="Completions in the group.")
    answer: str | None = Field(
        default=None, description="The majority answer; null when no completion has one, or its kind has no votes."
    )
    count: int = Field(default=0, description="How many completions give it.")
    agreement: float | None = Field(default=None, description="count / n: completions without an answer count as well.")
    tied: int = Field(
        default=0, description="How many answers are as frequent: 1 where the majority is clear, 0 without an answer."
    )
    clusters: list[JudgedCluster] = Field(
        default_factory=list[JudgedCluster], description="The answers, the most frequent first."
    )
    abstained: list[Abstention] = Field(
        default_factory=list[Abstention], description="Completions without an answer, and why."
    )
    undecided: int = Field(
        default=0, description="Answers that stand alone because a comparison gave no verdict within its budget."
    )
    correct: int | None = Field(default=None, description="How many completions are right; null without a reference.")
    pass_at: dict[str, float | None] = Field(
        default_factory=dict[str, float | None],
        description="pass@k by k, unbiased; null where k > n. Empty without a reference.",
    )
    consensus: float | None = Field(
        default=None,
        description="cons@n: 1 if the majority answer is right, else 0; of tied answers, the share that is right.",
    )


class VoteResponse(Model):
    """Votes in the order of the groups."""

    votes: list[Vote]
    rubric: RubricRef
    elapsed_ms: float
