"""Completions to tensors: padded rows, random minibatches, and micro-batches that waste little.

R1 sorts completions by length and puts each, by best fit, into chunks of a fixed length (arXiv 2501.12948, supplement on
infrastructure).
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor

from grpo.completion import Completion


class Batch(NamedTuple):
    """Some completions as tensors, each row a prompt, then its completion, then padding."""

    tokens: Tensor
    """``[batch, length]``"""
    prompt_lengths: Tensor
    """``[batch]``"""
    mask: Tensor
    """``[batch, completion tokens]``, whether there is a token."""

    def to(self, device: torch.device) -> "Batch":
        """On that device."""
        return Batch(*(moved(each, device) for each in self))

    @property
    def targets(self) -> Tensor:
        """The completions' tokens, ``[batch, completion tokens]``; arbitrary where the mask is False."""
        return self.tokens.gather(1, self.columns)

    @property
    def columns(self) -> Tensor:
        """Where in its row each token of a completion stands, ``[batch, completion tokens]``."""
        columns = self.prompt_lengths[:, None] + torch.arange(self.mask.shape[1], device=self.tokens.device)
        return columns.clamp_max(self.tokens.shape[1] - 1)


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """On that device; a GPU is not waited for."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def collate(prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]], pad: int) -> Batch:
    """The tensors of prompts and what was written after them, on CPU."""
    length = max(len(p) + len(c) for p, c in zip(prompts, completions, strict=True))
    rows = [[*p, *c, *[pad] * (length - len(p) - len(c))] for p, c in zip(prompts, completions, strict=True)]
    lengths = torch.tensor([len(c) for c in completions])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    starts = torch.tensor([len(p) for p in prompts])
    return Batch(torch.tensor(rows), starts, mask)


def of(completions: Sequence[Completion], pad: int) -> Batch:
    """The tensors of completions, on CPU."""
    return collate([c.prompt_tokens for c in completions], [c.tokens for c in completions], pad)


def padded(values: Sequence[Sequence[float]]) -> Tensor:
    """Numbers of different counts as rows, ``[batch, most]``, with zeros behind."""
    most = max(len(row) for row in values)
    return torch.tensor([[*row, *[0.0] * (most - len(row))] for row in values])


def by_length(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indexes in batches of similar length, the longest first: rows times longest is within ``budget``, or one row."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def best_fit(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Indexes in chunks whose lengths sum to ``capacity`` or less, or of one: longest first, each where least room is left."""
    chunks: list[list[int]] = []
    room: list[tuple[int, int]] = []  # (room left, chunk), rising
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        at = bisect_left(room, (lengths[index], -1))
        if at == len(room):
            chunks.append([index])
            insort(room, (capacity - lengths[index], len(chunks) - 1))
        else:
            left, chunk = room.pop(at)
            chunks[chunk].append(index)
            insort(room, (left - lengths[index], chunk))
    return chunks


def minibatches(count: int, parts: int, generator: torch.Generator) -> Iterable[list[int]]:
    """``count`` indexes at random into ``parts`` of (nearly) equal size."""
    order = cast("list[int]", torch.randperm(count, generator=generator).tolist())
    return (order[part * count // parts : (part + 1) * count // parts] for part in range(parts))
