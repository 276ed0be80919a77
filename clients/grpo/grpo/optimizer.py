"""AdamW, and the learning rate of each step."""

import math

import torch
from torch import nn

from grpo.config import OptimizerConfig


def build(model: nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW over all weights that are trained."""
    weights = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(
        weights, lr=config.lr, betas=config.betas, eps=config.eps, weight_decay=config.weight_decay, fused=True
    )


def learning_rate(config: OptimizerConfig, step: int, steps: int) -> float:
    """That of step ``step`` (from 0) of ``steps``: a linear rise, then constant, or falling to 0."""
    if step < config.warmup:
        return config.lr * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, steps - config.warmup)
    if config.decay == "linear":
        return config.lr * (1 - done)
    return config.lr * (1 + math.cos(math.pi * done)) / 2 if config.decay == "cosine" else config.lr
