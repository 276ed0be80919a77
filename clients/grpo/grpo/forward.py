"""What a model makes of completions: the log-probability and the entropy of each token."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from grpo.batch import Batch
from grpo.models import logits

Layout = Literal["padded", "packed"]


class Judged(NamedTuple):
    """Of each completion's tokens, ``[batch, completion tokens]``, float32; arbitrary where the mask is False."""

    logprobs: Tensor
    """Natural logarithms, at the temperature of sampling."""
    entropy: Tensor
    """Of the distribution each token was drawn from, nats; without gradient."""


def judge(
    model: nn.Module, batch: Batch, temperature: float = 1.0, layout: Layout = "padded", *, entropy: bool = True
) -> Judged:
    """One forward pass over prompts and completions, logits at completions alone.

    ``packed`` lays the rows end to end into one, without padding; attention stays within each.
    Without ``entropy``, that is 0 and costs nothing.
    """
    way = _packed if layout == "packed" else _padded
    return way(model, batch, temperature, entropy)


def _padded(model: nn.Module, batch: Batch, temperature: float, wanted: bool) -> Judged:
    first = int(batch.prompt_lengths.min())
    keep = torch.arange(first - 1, batch.tokens.shape[1] - 1, device=batch.tokens.device)
    scores = logits(model, batch.tokens, keep)
    logprobs, entropy = _of_logits(scores, batch.tokens[:, first:], temperature, wanted)
    columns = (batch.columns - first).clamp_min(0)
    return Judged(logprobs.gather(1, columns), entropy.gather(1, columns))


def _packed(model: nn.Module, batch: Batch, temperature: float, wanted: bool) -> Judged:
    device, length = batch.tokens.device, batch.tokens.shape[1]
    ends = batch.prompt_lengths + batch.mask.sum(1)
    column = torch.arange(length, device=device)
    real = column < ends[:, None]
    predicts = (column >= batch.prompt_lengths[:, None] - 1) & (column < ends[:, None] - 1)
    positions = column.expand_as(real)[real]
    scores = logits(model, batch.tokens[real][None], predicts[real].nonzero()[:, 0], positions=positions[None])
    logprobs, entropy = _of_logits(scores[0], batch.tokens[:, 1:][predicts[:, :-1]], temperature, wanted)
    empty = torch.zeros(batch.mask.shape, device=device)
    return Judged(empty.masked_scatter(batch.mask, logprobs), empty.masked_scatter(batch.mask, entropy))


def _of_logits(scores: Tensor, targets: Tensor, temperature: float, wanted: bool) -> tuple[Tensor, Tensor]:
    """Log-probabilities of targets ``[...]`` and entropies, from logits ``[..., vocabulary]``."""
    scores = scores.float() / temperature
    total = scores.logsumexp(-1)
    logprobs = scores.gather(-1, targets[..., None])[..., 0] - total
    if not wanted:
        return logprobs, torch.zeros_like(total)
    with torch.no_grad():
        entropy = total - ((scores - total[..., None]).exp() * scores).sum(-1)
    return logprobs, entropy
