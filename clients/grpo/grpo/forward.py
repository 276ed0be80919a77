"""What a model makes of completions: the log-probability and the entropy of each token."""

from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn

from grpo import decoder
from grpo.batch import Batch
from grpo.decoder import Decoder, attention
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
    if layout == "packed":
        return _packed(model, batch, temperature, entropy)
    direct = decoder.of(model)
    return (
        _padded(model, batch, temperature, entropy) if direct is None else _shared(direct, batch, temperature, entropy)
    )


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


def _shared(direct: Decoder, batch: Batch, temperature: float, wanted: bool) -> Judged:
    """Each prompt once, for all completions of it."""
    prompts = _Prompts(batch)
    written = batch.targets[:, :-1]  # nothing follows the last
    after = batch.prompt_lengths[:, None] + torch.arange(written.shape[1], device=written.device)
    tokens = torch.cat([prompts.tokens.flatten(), written.flatten()])
    positions = torch.cat([prompts.columns.flatten(), after.flatten()])
    hidden = direct.hidden(tokens, positions, prompts.attend)
    before, rest = prompts.split(hidden)
    first = before[prompts.of, batch.prompt_lengths - 1]
    scores = direct.head(torch.cat([first[:, None], rest], 1))
    return Judged(*_of_logits(scores, batch.targets, temperature, wanted))


class _Prompts:
    """The different prompts of a batch, and attention of completions to theirs and to what they wrote."""

    def __init__(self, batch: Batch) -> None:
        column = torch.arange(int(batch.prompt_lengths.max()), device=batch.tokens.device)
        real = column < batch.prompt_lengths[:, None]
        rows = batch.tokens[:, : len(column)].masked_fill(~real, -1)
        unique = cast("tuple[Tensor, Tensor]", torch.unique(rows, dim=0, return_inverse=True))
        self.tokens, self.of = unique[0].clamp_min(0), unique[1]
        self.columns = column.expand_as(self.tokens)
        self.shape = len(real), (count := batch.mask.shape[1] - 1)
        causal = torch.ones(count, count, dtype=torch.bool, device=real.device).tril().expand(len(real), -1, -1)
        self.mask = torch.cat([real[:, None].expand(-1, count, -1), causal], 2)[:, None]

    def split(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """``[tokens, ...]`` to ``[prompts, columns, ...]`` and ``[completions, tokens, ...]``."""
        count = self.tokens.numel()
        return (
            flat[:count].reshape(*self.tokens.shape, *flat.shape[1:]),
            flat[count:].reshape(*self.shape, *flat.shape[1:]),
        )

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        (own_q, q), (own_k, k), (own_v, v) = (self.split(each) for each in (queries, keys, values))
        own = attention(*(each.transpose(1, 2) for each in (own_q, own_k, own_v)), mask=None)
        k, v = torch.cat([own_k[self.of], k], 1), torch.cat([own_v[self.of], v], 1)
        seen = attention(*(each.transpose(1, 2) for each in (q, k, v)), mask=self.mask)
        return torch.cat([each.transpose(1, 2).flatten(0, 1).flatten(1) for each in (own, seen)])


def _of_logits(scores: Tensor, targets: Tensor, temperature: float, wanted: bool) -> tuple[Tensor, Tensor]:
    """Log-probabilities of targets ``[...]`` and entropies, from logits ``[..., vocabulary]``."""
    scores = scores.float()
    logs = (scores if temperature == 1 else scores / temperature).log_softmax(-1)
    logprobs = logs.gather(-1, targets[..., None])[..., 0]
    if not wanted:
        return logprobs, torch.zeros_like(logprobs)
    with torch.no_grad():
        return logprobs, -cast("Tensor", torch.linalg.vecdot(logs.exp(), logs))
