"""What a model makes of completions: the log-probability and the entropy of each token."""

from typing import Literal

import torch
from torch import nn

from grpo import decoder, layouts, likelihood
from grpo.batch import Batch
from grpo.decoder import Decoder
from grpo.likelihood import Judged, of_logits
from grpo.models import Policy, bare, logits

Layout = Literal["padded", "packed"]


def judge(
    model: nn.Module, batch: Batch, temperature: float = 1.0, layout: Layout = "padded", *, entropy: bool = True
) -> Judged:
    """Of each completion's tokens, ``[batch, completion tokens]``; arbitrary where the mask is False. One forward pass.

    The batch may be on CPU wherever the model is. ``packed`` lays the rows end to end into one, without padding; attention
    stays within each. A model with a :mod:`grpo.decoder` has a layout of its own.
    Without ``entropy``, that is 0 or, where it costs next to nothing, there all the same.
    """
    if (direct := decoder.of(model)) is not None:
        return _shared(direct, batch, temperature, entropy)
    there = batch.to(bare(model).device)
    return (_packed if layout == "packed" else _padded)(model, there, temperature, entropy)


def pads(policy: Policy, layout: Layout) -> bool:
    """Whether rows of a pass of :func:`judge` are filled up to the longest."""
    if (direct := decoder.of(policy.model)) is not None:
        return not layouts.is_ragged(policy.device, policy.dtype, direct.head_size)
    return layout == "padded"


def _padded(model: nn.Module, batch: Batch, temperature: float, wanted: bool) -> Judged:
    first = int(batch.prompt_lengths.min())
    keep = torch.arange(first - 1, batch.tokens.shape[1] - 1, device=batch.tokens.device)
    scores = logits(model, batch.tokens, keep)
    logprobs, entropy = of_logits(scores, batch.tokens[:, first:], temperature, entropy=wanted)
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
    targets = batch.tokens[:, 1:][predicts[:, :-1]]
    logprobs, entropy = of_logits(scores[0], targets, temperature, entropy=wanted)
    empty = torch.zeros(batch.mask.shape, device=device)
    return Judged(empty.masked_scatter(batch.mask, logprobs), empty.masked_scatter(batch.mask, entropy))


def _shared(direct: Decoder, batch: Batch, temperature: float, wanted: bool) -> Judged:
    """Each prompt once, for all completions of it."""
    ragged = layouts.is_ragged(direct.device, direct.dtype, direct.head_size)
    layout = (layouts.Ragged if ragged else layouts.Shared)(batch, direct.device)
    hidden = direct.hidden(layout.tokens, layout.positions, layout.attend)
    judged = likelihood.of_hidden(direct.head, layout.before(hidden), layout.targets, temperature, entropy=wanted)
    return Judged(*map(layout.rows, judged))
