"""What can be set of sampling and of evaluation."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from grpo.config import ModelConfig, RewardConfig, RolloutConfig, Section, Seed
from grpo.offline.sets import SetConfig

SAMPLES, SELECTED, REPORT = "samples.jsonl", "selected.jsonl", "report.json"
"""Files in the directory of ``grpo sample``: all completions, those kept, and what became of the others."""


class SamplingConfig(RolloutConfig):
    """How completions are written."""

    outputs: int = Field(default=8, ge=2, description="Samples of each prompt.")
    max_new_tokens: int = Field(default=1024, ge=1, description="Longest completion.")


class ExamConfig(SamplingConfig):
    """How completions are written: R1's evaluation has k of 4 to 64, temperature 0.6, top-p 0.95."""

    outputs: int = Field(default=8, ge=2, description="Samples of each question: k.")
    temperature: float = Field(default=0.6, gt=0, description="Logits are divided by it.")
    top_p: float = Field(
        default=0.95, gt=0, le=1, description="Draw from the likeliest tokens that have this probability together."
    )


class PlainRewardConfig(RewardConfig):
    """The service that judges completions, and the rubric by which it does: R1-Zero's is accuracy and format."""

    rubric: str | dict[str, Any] = Field(default="r1-zero", description="Name of a rubric, or one inline.")


class SelectRewardConfig(RewardConfig):
    """The service that selects completions, and the rubric by which it does."""

    rubric: str | dict[str, Any] = Field(
        default="r1-select", description="Name of a rubric, or one inline, whose scores filter."
    )


class SelectConfig(Section):
    """What is kept of a prompt's completions: those that pass the rubric's scores, all different, the first few."""

    keep: dict[str, float] | None = Field(
        default=None,
        description="The least value of each score that filters; null: as the rubric says, else 1 of all.",
    )
    per_prompt: int | None = Field(default=4, ge=1, description="Most completions to keep of one prompt; null: all.")
    prefer: Literal["random", "shortest", "longest"] = Field(
        default="random", description="Which, where there are more."
    )
    seed: Seed = Field(default=0, description="Of the choice, where it is random.")
    min_pass_rate: float | None = Field(default=None, ge=0, le=1, description="Nothing is kept of harder prompts.")
    max_pass_rate: float | None = Field(default=None, ge=0, le=1, description="Nothing is kept of easier prompts.")


class SampleConfig(Section):
    """A recipe of ``grpo sample``."""

    model: ModelConfig = ModelConfig()
    data: SetConfig = SetConfig()
    rollout: SamplingConfig = SamplingConfig()
    rewards: SelectRewardConfig = SelectRewardConfig()
    select: SelectConfig = SelectConfig()
    output: Path = Field(default=Path("runs/sample"), description="Where completions and report go.")
    seed: Seed = Field(default=0, description="Of the draws of tokens.")


class EvalConfig(Section):
    """A recipe of ``grpo eval``."""

    model: ModelConfig = ModelConfig()
    sets: list[SetConfig] = Field(
        default=[SetConfig(path="tasks:mixed", limit=100)], min_length=1, description="The question sets."
    )
    rollout: ExamConfig = ExamConfig()
    rewards: PlainRewardConfig = PlainRewardConfig()
    score: str | None = Field(default=None, description="Score of the rubric that says what is right; null: accuracy.")
    output: Path = Field(default=Path("runs/eval"), description="Where completions and report go.")
    seed: Seed = Field(default=0, description="Of the draws of tokens.")
