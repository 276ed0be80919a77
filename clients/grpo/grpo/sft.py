"""Supervised fine-tuning: imitate worked solutions, with the loss on completions alone. Cold start, and distillation."""

from collections.abc import Callable, Sequence

import torch

from grpo import batch
from grpo.config import OptimizerConfig
from grpo.errors import DataError
from grpo.forward import judge
from grpo.models import Policy, autocast
from grpo.optimizer import build, learning_rate
from grpo.prompts import Prompt


def finetune(
    policy: Policy,
    prompts: Sequence[Prompt],
    optimizer: OptimizerConfig,
    *,
    epochs: int,
    batch_size: int,
    seed: int = 0,
    micro_batch_tokens: int = 16_384,
    told: Callable[[int, int, float], None] = lambda step, steps, loss: None,
) -> None:
    """Trains the policy in place; ``told(step, steps, loss)`` after each step, the loss in nats a token.

    Raises:
        DataError: a prompt has no solution.
    """
    rows = [(policy.encode_prompt(p.question), policy.encode_completion(_solution(p))) for p in prompts]
    steps = epochs * max(1, len(rows) // batch_size)
    adam, order = build(policy.model, optimizer), torch.Generator().manual_seed(seed)
    policy.model.train()
    step = 0
    for _ in range(epochs):
        for part in batch.minibatches(len(rows), max(1, len(rows) // batch_size), order):
            for group in adam.param_groups:
                group["lr"] = learning_rate(optimizer, step, steps)
            loss = _step(policy, [rows[i] for i in part], micro_batch_tokens)
            torch.nn.utils.clip_grad_norm_(policy.model.parameters(), optimizer.clip_norm)
            adam.step()
            adam.zero_grad()
            step += 1
            told(step, steps, loss)


def _step(policy: Policy, rows: Sequence[tuple[list[int], list[int]]], budget: int) -> float:
    """Adds to the gradients those of the mean loss over all tokens of completions; gives the loss."""
    tokens, loss = sum(len(completion) for _, completion in rows), 0.0
    for indexes in batch.by_length([len(p) + len(c) for p, c in rows], budget):
        some = batch.collate([rows[i][0] for i in indexes], [rows[i][1] for i in indexes], policy.pad, policy.device)
        with autocast(policy):
            judged = judge(policy.model, some, entropy=False)
        part = -judged.logprobs[some.mask].sum() / tokens
        part.backward()
        loss += part.item()
    return loss


def _solution(prompt: Prompt) -> str:
    if prompt.solution is None:
        raise DataError(f"prompt {prompt.id!r} has no 'completion' to imitate")
    return prompt.solution
