"""One optimizer step on some examples, and the loss on held-out ones.

The loss is the negative log-likelihood of completions, summed over all tokens of the step's examples (on all ranks) and
divided by their count: in how many passes, padded or packed, on how many ranks it is computed does not change it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from grpo import batch
from grpo.finetune.config import SftTrainConfig
from grpo.finetune.data import Example
from grpo.forward import judge, pads
from grpo.models import Policy, autocast
from grpo.parallel import World


def gradients(policy: Policy, examples: Sequence[Example], config: SftTrainConfig, world: World) -> float:
    """Adds to the gradients those of the mean loss over the examples, alike on all ranks; gives the loss, nats a token."""
    tokens = sum(len(example.completion) for example in examples)
    loss = 0.0
    for some, counts in _passes(policy, examples, config, world):
        part = _nll(policy, some, config) * counts / tokens
        # Gradients are averaged over ranks, and the loss is a sum over them.
        (part * world.size).backward()
        loss += part.item()
    world.average_gradients(policy.model)
    return world.sum([loss])[0]


@torch.no_grad()
def heldout_loss(policy: Policy, examples: Sequence[Example], config: SftTrainConfig, world: World) -> float:
    """Mean loss over all tokens of the examples' completions, nats."""
    policy.model.eval()
    total = sum(_nll(policy, some, config).item() * counts for some, counts in _passes(policy, examples, config, world))
    policy.model.train()
    return world.sum([total])[0] / sum(len(example.completion) for example in examples)


def _passes(
    policy: Policy, examples: Sequence[Example], config: SftTrainConfig, world: World
) -> list[tuple[list[Example], int]]:
    """This rank's examples in passes of similar length, each with what it counts.

    All ranks make as many passes, for sharded weights are gathered in each: some of them count 0.
    """
    own = world.share(examples)
    divide = batch.by_length if pads(policy, config.layout) else batch.best_fit
    passes = [[own[i] for i in part] for part in divide([e.length for e in own], config.micro_batch_tokens)]
    return world.same_count([(some, 1) for some in passes], ([examples[0]], 0))


def _nll(policy: Policy, examples: Sequence[Example], config: SftTrainConfig) -> Tensor:
    some = batch.collate([e.prompt for e in examples], [e.completion for e in examples], policy.pad)
    with autocast(policy):
        judged = judge(policy.model, some, layout=config.layout, entropy=False)
    return -(judged.logprobs * batch.moved(some.mask, policy.device)).sum()
