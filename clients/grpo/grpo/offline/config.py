"""What can be set of sampling and of evaluation."""

from pathlib import Path

from pydantic import Field

from grpo.config import ModelConfig, RewardConfig, RolloutConfig, Section
from grpo.offline.sets import SetConfig

SAMPLES, SELECTED, REPORT = "samples.jsonl", "selected.jsonl", "report.json"
"""Files in the directory of ``grpo sample``: all completions, those kept, and what became of the others."""


class SelectConfig(Section):
    """What is kept of a prompt's completions: the right ones, of these the readable ones, of these the first few."""

    per_prompt: int = Field(default=4, ge=1, description="Most completions to keep of one prompt.")


class SampleConfig(Section):
    """One recipe of ``grpo sample``."""

    model: ModelConfig = ModelConfig()
    data: SetConfig = SetConfig(path="tasks:mixed")
    rollout: RolloutConfig = Field(
        default=RolloutConfig(outputs=8, max_new_tokens=1024), description="outputs: samples a prompt."
    )
    rewards: RewardConfig = RewardConfig(rubric="r1-zero")
    select: SelectConfig = SelectConfig()
    output: Path = Path("runs/sample")
    seed: int = 0


class EvalConfig(Section):
    """One recipe of ``grpo eval``."""

    model: ModelConfig = ModelConfig()
    sets: list[SetConfig] = Field(default=[SetConfig(path="tasks:mixed", limit=100)], min_length=1)
    rollout: RolloutConfig = Field(
        default=RolloutConfig(outputs=8, temperature=0.6, top_p=0.95, max_new_tokens=1024),
        description="outputs is k. R1: 4 to 64 samples at temperature 0.6 and top-p 0.95.",
    )
    rewards: RewardConfig = RewardConfig(rubric="r1-zero")
    score: str | None = Field(
        default=None, description="Score of the rubric that says what is right; absent: accuracy."
    )
    output: Path = Path("runs/eval")
    seed: int = 0
