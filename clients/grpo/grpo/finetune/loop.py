"""A fine-tuning run: epochs of steps, watched and saved. The same recipe run again goes on where it was stopped."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import torch

from grpo import checkpoint, models, runs, sharding
from grpo.columns import Columns
from grpo.errors import GrpoError
from grpo.finetune import data, state
from grpo.finetune.config import SftConfig
from grpo.finetune.steps import gradients, heldout_loss
from grpo.metrics import Metrics, Observer
from grpo.optimizer import build, learning_rate
from grpo.parallel import World

FREE = {"watch": True, "train": {"output", "eval_every", "save_every", "keep", "micro_batch_tokens"}}
"""What of a recipe may change when a run goes on: it does not change what is learned."""


class Finetuning:
    """One run. Made of a recipe; :meth:`run` does it, or what is left of it."""

    def __init__(self, config: SftConfig, world: World) -> None:
        """Loads model and data, and goes back to the last checkpoint in ``train.output`` if there is one.

        Raises:
            ConfigError: no such model, or the directory holds a run of another recipe.
            DataError: the data cannot be used.
        """
        self.config, self.world = config, world
        if world.main:
            runs.claim(config.train.output, config, FREE, kept=checkpoint.latest(self.directory) is not None)
        self.policy = models.load(runs.resolved(config.model), world.device, config.train.seed)
        self.examples = self._examples(config.data.train, config.data.size, config.data.columns)
        self.heldout: list[data.Example] = []
        if config.data.heldout is not None:
            named = config.data.heldout_columns
            columns = config.data.columns if named is None else named
            self.heldout = self._examples(config.data.heldout, config.data.heldout_size, columns, heldout=True)
        if world.size > 1 and config.train.sharding == "fsdp":
            sharding.shard(self.policy.model)
        self.optimizer = build(self.policy.model, config.optimizer)
        torch.manual_seed(config.train.seed)
        self.step = 0
        if (last := checkpoint.latest(self.directory)) is not None:
            self.step = state.restore(last, self.policy, self.optimizer)

    @property
    def directory(self) -> Path:
        """Where the checkpoints are."""
        return self.config.train.output / "checkpoints"

    @property
    def steps(self) -> int:
        """Optimizer steps of the whole run; the last of each epoch takes what is left."""
        return self.config.train.epochs * self.steps_an_epoch

    @property
    def steps_an_epoch(self) -> int:
        return -(-len(self.examples) // self.config.train.batch)

    def run(self, observers: Sequence[Observer] = (), stopping: Callable[[], bool] = lambda: False) -> Path | None:
        """Trains to the end: the last checkpoint, which transformers loads. None if ``stopping`` came first; all is saved."""
        watching = _Watching(observers if self.world.main else ())
        for observer in watching.observers:
            observer.started(self.config.model_dump(mode="json"), self.step)
        try:
            self.policy.model.train()
            while self.step < self.steps:
                if self.world.most(stopping()):
                    self._save()
                    return None
                metrics = self._step(watching)
                watching.stepped(self.step, metrics)
                if self._due(self.config.train.save_every) or self.step == self.steps:
                    watching.phase("save")
                    self._save()
        finally:
            for observer in watching.observers:
                observer.ended(self.step)
        return checkpoint.latest(self.directory)

    def batch(self, step: int) -> list[data.Example]:
        """The examples of step ``step`` (from 0): each epoch goes through all, in an order of its own."""
        epoch, place = divmod(step, self.steps_an_epoch)
        generator = torch.Generator().manual_seed(self.config.train.seed * 1_000_003 + epoch)
        order = cast("list[int]", torch.randperm(len(self.examples), generator=generator).tolist())
        size = self.config.train.batch
        return [self.examples[index] for index in order[place * size : (place + 1) * size]]

    def _step(self, watching: "_Watching") -> Metrics:
        began = time.perf_counter()
        watching.phase("train")
        examples = self.batch(self.step)
        metrics = self._update(examples)
        self.step += 1
        elapsed = time.perf_counter() - began
        metrics |= {
            "epoch": self.step / self.steps_an_epoch,
            "length/mean": sum(len(example.completion) for example in examples) / len(examples),
            "time/step": elapsed,
            "throughput/train": sum(example.length for example in examples) / elapsed,
        }
        if self.heldout and (self._due(self.config.train.eval_every) or self.step == self.steps):
            watching.phase("evaluate")
            metrics["eval/loss"] = heldout_loss(self.policy, self.heldout, self.config.train, self.world)
        return metrics

    def _update(self, examples: Sequence[data.Example]) -> Metrics:
        lr = learning_rate(self.config.optimizer, self.step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        loss = gradients(self.policy, examples, self.config.train, self.world)
        norm = sharding.clip(self.policy.model, self.config.optimizer.clip_norm)
        if not math.isfinite(norm):
            raise GrpoError(f"step {self.step + 1}: the gradient is {norm} and the loss {loss:.3g}: lower optimizer.lr")
        self.optimizer.step()
        self.optimizer.zero_grad()
        return {"loss": loss, "grad_norm": norm, "lr": lr}

    def _due(self, every: int) -> bool:
        return every > 0 and self.step % every == 0

    def _save(self) -> None:
        main, keep = self.world.main, self.config.train.keep
        state.save(self.directory, self.step, self.policy, self.optimizer, keep=keep, main=main)
        self.world.sum([0.0])  # nobody goes on before it is written

    def _examples(self, source: str, size: int, columns: Columns, *, heldout: bool = False) -> list[data.Example]:
        config = self.config.data
        turns = data.turns(source, columns, size=size, noise=config.noise, seed=config.seed, heldout=heldout)
        return data.examples(turns, self.policy, config.max_tokens, config.overlong)


class _Watching:
    """The observers, told of."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.observers = observers

    def phase(self, name: str) -> None:
        for observer in self.observers:
            observer.phase(name)

    def stepped(self, step: int, metrics: Metrics) -> None:
        for observer in self.observers:
            observer.stepped(step, metrics, ())
