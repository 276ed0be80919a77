"""What was written: one completion, from the sampler to the loss."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from grpo.prompts import Prompt

Status = Literal["pending", "ok", "unjudgeable", "error"]
"""The service's statuses (``ok``: the reward is real), and ``pending`` before it has answered."""


@dataclass
class Completion:
    """One completion of one prompt. Sampled first, graded later: the last fields are set when the service answers."""

    prompt: Prompt
    group: int
    """All completions of one prompt in one step share this number: advantages are taken within it."""
    prompt_tokens: list[int]
    tokens: list[int]
    """What the policy wrote, with the end-of-sequence token where it wrote one."""
    logprobs: list[float]
    """The sampler's log-probability of each token, at its temperature, before top-p; natural logarithm."""
    text: str
    """The tokens as text, without the end-of-sequence token."""
    finish: Literal["stop", "length"]
    """``length``: cut off, for want of room."""
    reward: float | None = None
    """None unless the status is ok: such a completion is left out of the loss and of its group's statistics."""
    status: Status = "pending"
    scores: dict[str, float | None] = field(default_factory=dict[str, float | None])
    """Each score of the rubric (``accuracy``, ``format``, ...), in [0, 1]."""
    explanation: str = ""
    advantage: float = 0.0

    @property
    def truncated(self) -> bool:
        return self.finish == "length"

    @property
    def correct(self) -> bool:
        """Whether it is right: full accuracy, or, under a rubric with no such score, a reward of 1 or more."""
        accuracy = self.scores.get("accuracy", self.reward)
        return accuracy is not None and accuracy >= 1.0


def rows(completions: Sequence[Completion]) -> list[dict[str, Any]]:
    """As JSON."""
    return [asdict(completion) for completion in completions]


def of_rows(rows: Sequence[dict[str, Any]]) -> list[Completion]:
    """What :func:`rows` gave, read again."""
    values: list[dict[str, Any]] = [{**row, "prompt": Prompt(**row["prompt"])} for row in rows]
    return [Completion(**each) for each in values]
