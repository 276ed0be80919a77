"""What one process of several does in the tests of distribution: ``torchrun ... -m tests.grpo.processes DIRECTORY``.

The main process writes what it measured to ``DIRECTORY/measured.json``.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import torch
from grpo import models, parallel, sharding, tasks
from grpo.completion import Completion
from grpo.config import Config, load
from grpo.finetune.config import SftConfig
from grpo.finetune.loop import Finetuning
from grpo.learner import Learner
from grpo.metrics import mean_of
from grpo.models import Policy
from grpo.parallel import World
from grpo.prompts import Prompt
from safetensors import torch as safetensors

from tests.grpo.observing import Metric

LEARNING = ("optimizer.lr=1e-3", "train.micro_batch_tokens=200", "rollout.max_new_tokens=64")


def finetuning(world: World, output: Path, *changes: str) -> object:
    """Losses by step of a short fine-tuning run that is stopped and goes on, and how much what it saved weighs."""
    few = ("data.size=12", "data.heldout=tasks:words", "data.heldout_size=3", "train.batch=5", "train.epochs=1")
    config = load(
        SftConfig,
        None,
        [f"train.output={output}", *few, "optimizer.lr=1e-3", "train.micro_batch_tokens=200", *changes],
    )
    loss, heldout = Metric("loss"), Metric("eval/loss")
    Finetuning(config, world).run([loss, heldout], stopping=lambda: len(loss.values) == 1)
    Finetuning(config, world).run([loss, heldout])
    (saved,) = (output / "checkpoints" / "step-000003").glob("*.safetensors")
    return [list(loss.values.values()), list(heldout.values.values()), [_weight(safetensors.load_file(saved))]]


def learning(world: World, output: Path, *changes: str) -> object:
    """Losses of two steps of GRPO on completions that are given, and how much the weights weigh after them."""
    config = load(Config, None, [*LEARNING, *changes])
    policy = models.load(config.model, world.device)
    learner = Learner(config, policy, world)
    groups = world.share(list(enumerate(tasks.generate("mixed", 5, seed=0))))
    losses: list[float] = []
    for step in range(2):
        completions = [c for group, prompt in groups for c in _completions(policy, group, prompt, step)]
        losses.append(mean_of(world.gather(learner.learn(learner.judge(completions), step)))["loss"])
    weights = sharding.weights(policy.model) or dict(policy.model.named_parameters())
    return [losses, [_weight(weights)]]


def scaling(world: World, output: Path, *changes: str) -> object:
    """The same with advantages divided by the deviation of the batch, and a loss that shows their size at once."""
    return learning(world, output, "algorithm.preset=dapo", "algorithm.scale=batch", *changes)


def adapters(world: World, output: Path, *changes: str) -> object:
    """What both say of low-rank adapters."""
    lora = ("model.lora.rank=2", "optimizer.lr=1e-2", *changes)
    return [part for work in (finetuning, learning) for part in cast("list[object]", work(world, output, *lora))]


def _weight(weights: Mapping[str, torch.Tensor]) -> float:
    return sum(weight.double().abs().sum().item() for weight in weights.values())


def _completions(policy: Policy, group: int, prompt: Prompt, step: int) -> list[Completion]:
    """More of each further prompt, each longer than the last, right and wrong by turns."""
    solution = policy.encode_completion(str(prompt.solution))
    parts = [solution[: 4 + 3 * place] for place in range(group + 2)]
    prompt_tokens = policy.encode_prompt(prompt.question)
    return [
        Completion(
            *(prompt, group, prompt_tokens, part, [-6.0] * len(part), "", "stop"), reward=float((place + step) % 2)
        )
        for place, part in enumerate(parts)
    ]


WORK: dict[str, Callable[..., object]] = {
    "finetuning": finetuning,
    "learning": learning,
    "scaling": scaling,
    "adapters": adapters,
}
SHARDINGS = ("ddp", "fsdp")


def main() -> None:
    """One process: all of the work, under each sharding."""
    torch.set_num_threads(1)
    output, world = Path(sys.argv[1]), parallel.connect()
    measured = {
        f"{what} {each}": work(world, output / f"{what} {each}", f"train.sharding={each}")
        for what, work in WORK.items()
        for each in SHARDINGS
    }
    if world.main:
        (output / "measured.json").write_text(json.dumps(measured), encoding="utf-8")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
