"""Prompts and what was written after them as one flat row of tokens, for :class:`grpo.decoder.Decoder`: each prompt once.

:class:`Shared` pads, and attention has a mask. :class:`Ragged` has no padding; it takes attention over sequences of any lengths:
flash attention (FlashAttention-2, 2307.08691), which is there on GPUs from Ampere on, in half precision, or our own on CPU.
"""

import inspect
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor

from grpo import native
from grpo.batch import Batch, moved
from grpo.decoder import attention


class Shared:
    """Rows filled up to the longest."""

    def __init__(self, batch: Batch, device: torch.device) -> None:
        batch = batch.to(device)
        prompts = _Prompts(batch)
        self.prompts, self.targets = prompts, batch.targets
        written = batch.targets[:, :-1]  # nothing follows the last
        self.shape = written.shape
        after = batch.prompt_lengths[:, None] + torch.arange(written.shape[1], device=written.device)
        self.tokens = torch.cat([prompts.tokens.flatten(), written.flatten()])
        self.positions = torch.cat([prompts.columns.flatten(), after.flatten()])
        self.last = batch.prompt_lengths - 1
        rows, count = self.shape
        causal = torch.ones(count, count, dtype=torch.bool, device=written.device).tril().expand(rows, -1, -1)
        self.mask = torch.cat([prompts.real[:, None].expand(-1, count, -1), causal], 2)[:, None]

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        (own_q, q), (own_k, k), (own_v, v) = (self._split(each) for each in (queries, keys, values))
        own = attention(*(each.transpose(1, 2) for each in (own_q, own_k, own_v)), mask=None)
        k, v = torch.cat([own_k[self.prompts.of], k], 1), torch.cat([own_v[self.prompts.of], v], 1)
        seen = attention(*(each.transpose(1, 2) for each in (q, k, v)), mask=self.mask)
        return torch.cat([each.transpose(1, 2).flatten(0, 1).flatten(1) for each in (own, seen)])

    def before(self, hidden: Tensor) -> Tensor:
        """What was computed where each of the targets was to be predicted, ``[batch, completion tokens, width]``."""
        prompts, rest = self._split(hidden)
        return torch.cat([prompts[self.prompts.of, self.last][:, None], rest], 1)

    def rows(self, values: Tensor) -> Tensor:
        """Values of targets as ``[batch, completion tokens]``."""
        return values

    def _split(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """``[tokens, ...]`` to ``[prompts, columns, ...]`` and ``[completions, tokens, ...]``."""
        count = self.prompts.tokens.numel()
        return (
            flat[:count].reshape(*self.prompts.tokens.shape, *flat.shape[1:]),
            flat[count:].reshape(*self.shape, *flat.shape[1:]),
        )


class Ragged:
    """Sequences end to end: the prompts, then what was written after them.

    All is counted out on CPU, where the batch is, so that a GPU computes the batch before meanwhile.
    """

    def __init__(self, batch: Batch, device: torch.device) -> None:
        prompts, self.shape = _Prompts(batch), batch.mask.shape
        own_real = torch.zeros_like(prompts.tokens, dtype=torch.bool)
        own_real[prompts.of] = prompts.real
        written, follows = batch.targets[:, :-1], batch.mask[:, 1:]  # nothing follows the last
        after = batch.prompt_lengths[:, None] + _count(follows)
        own, lengths = own_real.sum(1), follows.sum(1)
        self.own = int(own.sum())
        self.read, self.queries = _Ends(own, device), _Ends(lengths, device)
        self.keys = _Ends(batch.prompt_lengths + lengths, device)

        prompt_at, written_at = _starts(own)[prompts.of][:, None], self.own + _starts(lengths)[:, None]
        place = torch.cat([_count(prompts.real) + prompt_at, _count(follows) + written_at], 1)
        predicts = torch.cat([prompt_at + batch.prompt_lengths[:, None] - 1, _count(follows) + written_at], 1)
        flat = (
            torch.cat([prompts.tokens[own_real], written[follows]]),
            torch.cat([prompts.columns[own_real], after[follows]]),
            batch.targets[batch.mask],
            place[torch.cat([prompts.real, follows], 1)],
            predicts[batch.mask],
            batch.mask.flatten().nonzero()[:, 0],
        )
        self.tokens, self.positions, self.targets, self._seen, self._predicts, self._at = (
            moved(each, device) for each in flat
        )

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        own = _flash(queries[: self.own], keys[: self.own], values[: self.own], self.read, self.read)
        if len(queries) == self.own:
            return own
        # Of each completion's keys in turn, where they are in the flat row.
        keys, values = keys.index_select(0, self._seen), values.index_select(0, self._seen)
        return torch.cat([own, _flash(queries[self.own :], keys, values, self.queries, self.keys)])

    def before(self, hidden: Tensor) -> Tensor:
        """What was computed where each of the targets was to be predicted, ``[targets, width]``."""
        return hidden.index_select(0, self._predicts)

    def rows(self, values: Tensor) -> Tensor:
        """Values of targets as ``[batch, completion tokens]``."""
        return values.new_zeros(self.shape.numel()).index_copy(0, self._at, values).view(self.shape)


def is_ragged(device: torch.device, dtype: torch.dtype, head_size: int) -> bool:
    """Whether there is attention for :class:`Ragged`: ours is of float32, flash attention not of all cards and sizes of heads."""
    if device.type == "cpu":
        return dtype == torch.float32 and native.usable()
    return (
        device.type == "cuda"
        and dtype in (torch.bfloat16, torch.float16)
        and head_size % 8 == 0
        and head_size <= 256
        and torch.cuda.get_device_capability(device) >= (8, 0)
        and _varlen() is not None
    )


class _Prompts:
    """The different prompts of a batch."""

    def __init__(self, batch: Batch) -> None:
        column = torch.arange(int(batch.prompt_lengths.max()), device=batch.tokens.device)
        self.real = column < batch.prompt_lengths[:, None]
        """Of each completion's prompt, which columns it has."""
        rows = batch.tokens[:, : len(column)].masked_fill(~self.real, -1)
        unique = cast("tuple[Tensor, Tensor]", torch.unique(rows, dim=0, return_inverse=True))
        self.tokens, self.of = unique[0].clamp_min(0), unique[1]
        self.columns = column.expand_as(self.tokens)


class _Ends:
    """Where sequences of these lengths end in a flat row, and the longest."""

    def __init__(self, lengths: Tensor, device: torch.device) -> None:
        self.at = moved(torch.nn.functional.pad(lengths.cumsum(0), (1, 0)).to(torch.int32), device)
        self.longest = int(lengths.max())


def _starts(lengths: Tensor) -> Tensor:
    return lengths.cumsum(0) - lengths


def _count(real: Tensor) -> Tensor:
    return torch.arange(real.shape[1], device=real.device).expand_as(real)


def _flash(queries: Tensor, keys: Tensor, values: Tensor, of_queries: _Ends, of_keys: _Ends) -> Tensor:
    """Causal attention within each sequence, the last query to the last key, ``[tokens, heads * size]``."""
    if queries.device.type == "cpu" and native.usable():
        return native.attention(queries, keys, values, of_queries.at, of_keys.at).flatten(1)
    attend, grouped = cast("Any", _varlen())
    arguments = queries, keys, values, of_queries.at, of_keys.at, of_queries.longest, of_keys.longest
    named = {"enable_gqa": queries.shape[1] != keys.shape[1]} if grouped else {}
    return cast("Tensor", attend(*arguments, window_size=(-1, 0), **named)).flatten(1)


@cache
def _varlen() -> tuple[Any, bool] | None:
    """PyTorch's attention over sequences of any lengths, and whether it wants to be told of grouped heads (from 2.12 on)."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    names = inspect.signature(varlen_attn).parameters
    return (varlen_attn, "enable_gqa" in names) if "window_size" in names else None
