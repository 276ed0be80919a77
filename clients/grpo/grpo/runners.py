"""What each command does with its recipe, alone or as a stage of a pipeline: False if it was asked to stop, and saved."""

import sys
from collections.abc import Callable
from typing import cast

from grpo import parallel, runs, watch
from grpo.config import Config
from grpo.finetune.config import SftConfig
from grpo.finetune.loop import Finetuning
from grpo.offline.config import EvalConfig, SampleConfig
from grpo.pipeline import Kind, Stage
from grpo.watch.progress import telling

PIPED_WIDTH = 1_000
"""Columns where there is no terminal: who reads a pipe wraps for itself."""


def sft(config: SftConfig, stop: Callable[[], bool]) -> bool:
    """Supervised fine-tuning."""
    world = parallel.connect()
    with runs.held(config.train.output, world.main):
        run = Finetuning(config, world)
        return run.run(watch.observers(config.watch, config.train.output, run.steps, "grpo sft"), stop) is not None


def train(config: Config) -> bool:
    """Reinforcement learning; minds signals by itself."""
    from grpo.train import Trainer

    observers = watch.observers(config.watch, config.train.output, config.train.steps, "grpo train")
    with runs.held(config.train.output, parallel.connect().main):
        trainer = Trainer(config, observers)
        trainer.run()
    return trainer.done


def sample(config: SampleConfig, stop: Callable[[], bool]) -> bool:
    """Rejection sampling."""
    from grpo.offline.sample import sample

    with runs.held(config.output), telling() as told:
        return sample(config, told, stop)


def evaluate(config: EvalConfig, stop: Callable[[], bool]) -> bool:
    """Evaluation; the figures go to standard output."""
    from rich.console import Console

    from grpo.offline.evaluate import evaluate
    from grpo.offline.outcome import table

    with runs.held(config.output), telling() as told:
        outcomes = evaluate(config, told, stop)
    if outcomes is None:
        return False
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table(outcomes))
    for name, each in outcomes.items():
        if each.unjudged:
            print(f"{name}: {each.unjudged} of {each.questions} questions are unjudged: {each.why}", file=sys.stderr)
    return True


def by_kind(stop: Callable[[], bool]) -> dict[Kind, Callable[[Stage], bool]]:
    """What runs a stage of each kind."""
    return {
        "sft": lambda stage: sft(cast("SftConfig", stage.config), stop),
        "train": lambda stage: train(cast("Config", stage.config)),
        "sample": lambda stage: sample(cast("SampleConfig", stage.config), stop),
        "eval": lambda stage: evaluate(cast("EvalConfig", stage.config), stop),
    }
