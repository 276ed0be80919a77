"""Whether a model that is given its own keys and values back goes on as it would without: else another policy writes than learns.

Architectures differ in what they make of a cache, a mask and positions that are not those of transformers' own loop. A wrong
one need not fail: positions or a window come out shifted, and all that is seen is a run that does not learn.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from grpo.batch import of
from grpo.completion import Completion
from grpo.errors import ConfigError
from grpo.forward import judge
from grpo.models import Policy, autocast, bare

MOST_APART = {torch.float32: 0.01, torch.bfloat16: 0.1}
"""Of the mean difference of log-probabilities, nats."""

_passed: set[str] = set()
"""Models that were found faithful in this process, by their configurations."""


def fault(policy: Policy, sample: Callable[[Policy], Sequence[Completion]]) -> str | None:
    """Why ``sample`` does not draw from the policy; None if it does. Each model is asked once in a process."""
    config = bare(policy.model).config
    name = f"{type(bare(policy.model)).__qualname__} {config.to_json_string()}"
    if name in _passed:
        return None
    exact = not str(getattr(config, "_attn_implementation", "")).startswith("flash")  # which knows no float32
    by = replace(policy, dtype=torch.float32) if exact else policy
    try:
        apart = _apart(by, sample(by))
    except (torch.OutOfMemoryError, ConfigError):
        raise
    except Exception as error:
        return f"its layers do not take the sampler's cache ({type(error).__name__}: {error})"
    if apart > MOST_APART[by.dtype]:
        return f"with the sampler's cache its log-probabilities are off by {apart:.2g}"
    _passed.add(name)
    return None


@torch.no_grad()
def _apart(policy: Policy, completions: Sequence[Completion]) -> float:
    rows, training = of(completions, policy.pad), policy.model.training
    policy.model.eval()
    try:
        with autocast(policy):
            whole = judge(policy.model, rows, entropy=False).logprobs[rows.mask.to(policy.device)]
    finally:
        policy.model.train(training)
    drawn = torch.tensor([each for completion in completions for each in completion.logprobs], device=whole.device)
    return (whole - drawn).abs().mean().item()
