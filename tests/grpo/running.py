"""Whole runs of the trainer, small ones, and what is seen of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from grpo.completion import Completion
from grpo.config import Config, load
from grpo.metrics import Metrics
from grpo.train import Trainer
from safetensors import torch as safetensors

TINY = [
    *("rollout.questions=3", "rollout.outputs=4", "rollout.max_new_tokens=8", "rollout.slots=5", "data.size=16"),
    *("train.steps=4", "train.minibatches=2", "train.reference_every=2", "optimizer.lr=1e-3", "rewards.rubric=r1"),
]

EVALUATED = ("data.heldout=tasks:words", "data.heldout_size=3", "train.eval_every=2")


class Recorder:
    """Keeps what an observer is told, and does something at a phase of a step."""

    def __init__(self, at: tuple[int, str] | None = None, act: Callable[[], None] = lambda: None) -> None:
        self.metrics: dict[int, Metrics] = {}
        self.texts: dict[int, list[str]] = {}
        self.at, self.act, self.last = at, act, 0

    def started(self, config: dict[str, Any], step: int) -> None:
        self.last = step

    def phase(self, name: str) -> None:
        if self.at == (self.last + 1, name):
            self.act()

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        self.metrics[step] = {
            k: v for k, v in metrics.items() if not k.startswith(("time/", "throughput/", "reward/lat"))
        }
        self.texts[step] = [c.text for c in completions]
        self.last = step

    def ended(self, step: int) -> None:
        self.last = step


def run(output: Path, url: str, *changes: str, recorder: Recorder | None = None) -> Recorder:
    recorder = recorder or Recorder()
    config = load(Config, None, [*TINY, f"train.output={output}", f"rewards.url={url}", *changes])
    Trainer(config, [recorder]).run()
    return recorder


def weights(output: Path, step: int = 4) -> dict[str, torch.Tensor]:
    return safetensors.load_file(output / "checkpoints" / f"step-{step:06d}" / "model.safetensors")


def assert_same(one: Path, other: Path) -> None:
    first, second = weights(one), weights(other)
    assert all(torch.equal(first[name], second[name]) for name in first)
