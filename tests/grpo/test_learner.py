"""A step of learning, on completions that the policy itself wrote: what is rewarded becomes likelier, and nothing else is off."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import pytest
import torch
from grpo import batch, engine, models, tasks
from grpo.completion import Completion
from grpo.config import Config, load
from grpo.forward import judge
from grpo.learner import Learner
from grpo.loss import PRESETS
from grpo.metrics import Metrics
from grpo.parallel import World
from grpo.sampling import Sampling

from tests.grpo.ways import transformers_way

TEMPERATURE = 0.7


@dataclass
class Step:
    """A rollout, and what one optimizer step on all of it did."""

    completions: list[Completion]
    before: torch.Tensor
    after: torch.Tensor
    """Log-probabilities of the completions, ``[n]``, nats."""
    measured: Metrics

    def gain(self, *, right: bool) -> float:
        """Mean rise of the log-probability of what was right, or wrong."""
        chosen = torch.tensor([(c.reward == 1) == right for c in self.completions])
        return (self.after - self.before)[chosen].mean().item()


def step(*changes: str) -> Step:
    """Of the eight completions of each prompt, those of an even first token are right."""
    recipe = ("rollout.max_new_tokens=12", f"rollout.temperature={TEMPERATURE}", "optimizer.lr=1e-4", *changes)
    config = load(Config, None, recipe)
    policy = models.load(config.model, torch.device("cpu"), seed=3)
    learner = Learner(config, policy, World(0, 1, torch.device("cpu")))
    prompts, generator = tasks.generate("mixed", 4, seed=0), torch.Generator().manual_seed(0)
    completions = list(engine.generate(policy, prompts, 8, Sampling.of(config.rollout), generator))
    for completion in completions:
        completion.status, completion.reward = "ok", float(completion.tokens[0] % 2 == 0)

    def logprobs() -> torch.Tensor:
        rows = batch.of(completions, policy.pad)
        with torch.no_grad():
            return (judge(policy.model, rows, TEMPERATURE).logprobs * rows.mask).sum(1)

    before = logprobs()
    measured = learner.learn(learner.judge(completions), 0)
    return Step(completions, before, logprobs(), measured)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    ("way", "layout"), [(nullcontext, "padded"), (transformers_way, "padded"), (transformers_way, "packed")]
)
def test_what_is_right_becomes_likelier_and_what_is_wrong_less(
    preset: str, way: Callable[[], AbstractContextManager[None]], layout: str
) -> None:
    with way():
        done = step(f"algorithm.preset={preset}", f"train.layout={layout}", "train.micro_batch_tokens=400")
    assert done.gain(right=True) > 0 > done.gain(right=False)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_first_minibatch_is_on_policy(preset: str) -> None:
    measured = step(f"algorithm.preset={preset}").measured
    assert measured["policy/ratio"] == pytest.approx(1, abs=1e-4)
    assert measured["policy/kl"] == pytest.approx(0, abs=1e-6)
    assert measured["policy/clip_low"] == measured["policy/clip_high"] == 0
