"""What can be set of a fine-tuning run."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from grpo.columns import Columns
from grpo.config import ModelConfig, OptimizerConfig, Section, Seed, WatchConfig


class SftDataConfig(Section):
    """The worked answers to imitate."""

    train: str = Field(default="tasks:mixed", description="A JSONL file, or tasks:NAME for generated worked solutions.")
    heldout: str | None = Field(default=None, description="The same, for a held-out loss; null: none.")
    columns: Columns = Field(default={})
    heldout_columns: Columns | None = Field(default=None, description="Those of `heldout`. null: the same.")
    size: int = Field(default=4096, ge=1, description="How many worked solutions to generate, of tasks:NAME.")
    heldout_size: int = Field(default=256, ge=1, description="How many held-out ones to generate, of tasks:NAME.")
    noise: float = Field(default=0.0, ge=0, le=1, description="Of tasks:NAME: probability that a step goes wrong.")
    seed: Seed = Field(default=0, description="Of the problems of tasks:NAME.")
    max_tokens: int = Field(default=4096, ge=2, description="Longest prompt and completion together.")
    overlong: Literal["drop", "truncate", "error"] = Field(default="drop", description="What becomes of longer ones.")


class SftTrainConfig(Section):
    """The run."""

    output: Path = Field(default=Path("runs/sft"), description="Its directory; the same recipe goes on there.")
    epochs: int = Field(default=2, ge=1, description="R1 distils in two to three.")
    batch: int = Field(default=32, ge=1, description="Examples an optimizer step, all ranks together.")
    micro_batch_tokens: int = Field(
        default=16_384, ge=1, description="Tokens in one forward and backward pass, padding too."
    )
    layout: Literal["padded", "packed"] = Field(
        default="padded", description="packed: end to end in one row, by best fit; for flash attention, uneven lengths."
    )
    seed: Seed = Field(default=0, description="Of the order of examples, and of a preset's random weights.")
    eval_every: int = Field(default=0, ge=0, description="Steps between held-out losses. 0: only at the end.")
    save_every: int = Field(default=0, ge=0, description="Steps between checkpoints. 0: only at the end.")
    keep: int = Field(default=2, ge=1, description="Checkpoints to keep.")
    sharding: Literal["ddp", "fsdp"] = Field(default="ddp", description="Under torchrun: replicas, or sharded weights.")


class SftOptimizerConfig(OptimizerConfig):
    """AdamW."""

    lr: float = Field(default=1e-5, gt=0, description="Learning rate.")
    warmup: int = Field(default=10, ge=0, description="Steps of linear rise.")
    decay: Literal["constant", "linear", "cosine"] = Field(
        default="cosine", description="How the learning rate goes on: constant, or falling to 0."
    )


class SftConfig(Section):
    """A recipe of ``grpo sft``."""

    model: ModelConfig = ModelConfig()
    data: SftDataConfig = SftDataConfig()
    optimizer: SftOptimizerConfig = SftOptimizerConfig()
    train: SftTrainConfig = SftTrainConfig()
    watch: WatchConfig = WatchConfig()
