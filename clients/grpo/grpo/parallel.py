"""Several processes under torchrun: who is who, sums over all, shares of work. With one process, nothing happens."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from grpo import sharding

Item = TypeVar("Item")

PATIENCE = timedelta(days=1)
"""For each other: one may wait for a service or a sampler. PyTorch's own is 10 minutes on GPUs, less than a recipe's."""


@dataclass(frozen=True)
class World:
    """All processes of a run, seen from one."""

    rank: int
    size: int
    device: torch.device

    @property
    def main(self) -> bool:
        """Whether this is the process that watches, evaluates and writes."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> list[Item]:
        """This process's part of what all processes have alike."""
        return list(items[self.rank :: self.size])

    def sum(self, values: Sequence[float]) -> list[float]:
        """Each value, summed over all processes."""
        if self.size == 1:
            return list(values)
        total = torch.tensor(list(values), dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return cast("list[float]", total.tolist())

    def most(self, value: int) -> int:
        """The largest value of any process."""
        if self.size == 1:
            return value
        largest = torch.tensor([value], device=self.device)
        dist.all_reduce(largest, dist.ReduceOp.MAX)
        return int(largest.item())

    def gather(self, value: Item) -> list[Item]:
        """The values of all processes, in order of rank."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return cast("list[Item]", values)

    def same_count(self, passes: Sequence[Item], spare: Item) -> list[Item]:
        """Passes through a sharded model, filled up with ``spare`` to as many as any process makes: each needs all."""
        return [*passes, *[spare] * (self.most(len(passes)) - len(passes))]

    def average_gradients(self, model: nn.Module) -> None:
        """Makes every process's gradients the mean of all; those of sharded weights are it already."""
        if self.size == 1 or sharding.is_sharded(model):
            return
        # A rank with nothing to learn from takes part all the same.
        gradients = [_gradient(p) for p in model.parameters() if p.requires_grad]
        flat = torch.cat([g.reshape(-1) for g in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        parts = cast("list[Tensor]", torch.split(flat, [g.numel() for g in gradients]))
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


def _gradient(weight: nn.Parameter) -> Tensor:
    if weight.grad is None:
        weight.grad = torch.zeros_like(weight)
    return weight.grad


def connect() -> World:
    """This process's place: torchrun's, or alone. GPUs where there are any, one a process."""
    rank, size, local = (
        int(os.environ.get(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    if size > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    return World(rank, size, device)
