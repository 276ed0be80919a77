"""The wire contract of groups: what is posted to ``/v1/vote`` and ``/v1/select``, and what comes back."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, model_validator

from verifier.clusters import Abstention, Cluster
from verifier.schema import Chat, Least, Length, Model, Reference, Rubric, RubricRef, Status, Tests


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
    lengths: list[Length | None] | None = Field(
        default=None, description="Of each completion, for the verifiers that reward short completions."
    )
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


class Policy(Model):
    """How completions are selected."""

    keep: dict[str, Least] | None = Field(
        default=None,
        description="The least value of each score that filters. Absent: as the rubric says, else 1 of every score.",
    )
    score: str | None = Field(
        default=None, description="Which score makes the pass rate. Absent: 'accuracy', or else the only one."
    )
    per_prompt: int | None = Field(default=None, ge=1, description="Most completions selected of one group.")
    prefer: Literal["random", "shortest", "longest"] = Field(
        default="random", description="Which come first where there are more. random: by a hash of seed and text."
    )
    seed: int = 0
    min_pass_rate: float = Field(default=0.0, ge=0, le=1, description="Nothing of a group below is selected.")
    max_pass_rate: float = Field(default=1.0, ge=0, le=1, description="Nothing of a group above is selected.")

    @model_validator(mode="after")
    def _some_rate_is_wanted(self) -> "Policy":
        if self.min_pass_rate > self.max_pass_rate:
            raise ValueError(
                f"min_pass_rate: {self.min_pass_rate:g} is more than max_pass_rate, {self.max_pass_rate:g}"
            )
        return self

    def wants(self, pass_rate: float) -> bool:
        """Whether anything of a group of this pass rate is to be selected."""
        return self.min_pass_rate <= pass_rate <= self.max_pass_rate


class SelectRequest(Policy):
    """``POST /v1/select``."""

    rubric: str | Rubric = Field(
        default="r1-select", description="Name of a rubric, or a rubric object, whose scores filter."
    )
    groups: list[Group] = Field(description="Selected from independently: a malformed one harms no other.")
    timeout_s: float | None = Field(
        default=None, gt=0, description="Seconds the completions may wait for a worker; what waits longer is an error."
    )


class Turn(Model):
    """One message of a chat."""

    role: str
    content: str


class Selected(Model):
    """A completion to train on."""

    index: int = Field(description="Of the completion in its group.")
    reward: float | None
    messages: list[Turn] = Field(description="The prompt, and the completion as the assistant's answer.")


class Dropped(Model):
    """A completion that is not selected."""

    index: int = Field(description="Of the completion in its group.")
    by: list[str] = Field(
        description="What it was dropped by: scores (with what they found at fault), duplicate, cap, pass_rate, or a status."
    )
    why: str


class Selection(Model):
    """What is selected of one group. Completions without a verdict are neither selected nor part of the pass rate; where the
    service failed on any of them, the status is ``error``."""

    id: str | int | None = None
    status: Status = Status.OK
    explanation: str = ""
    n: int = Field(default=0, description="Completions in the group.")
    judged: int = Field(default=0, description="How many of them have a verdict.")
    correct: int = Field(default=0, description="How many are right.")
    pass_rate: float | None = Field(default=None, description="correct / judged: how easy the prompt is.")
    selected: list[Selected] = Field(default_factory=list[Selected])
    dropped: list[Dropped] = Field(default_factory=list[Dropped])


class SelectResponse(Model):
    """Selections in the order of the groups."""

    selections: list[Selection]
    dropped: dict[str, int] = Field(description="How many completions were dropped by what, over all groups.")
    rubric: RubricRef
    elapsed_ms: float
