"""Rewards of groups to advantages. A completion without a reward takes no part: masking it equals removing it."""

import math
from collections.abc import Callable, Sequence
from typing import Literal, cast

import torch
from torch import Tensor

Scale = Literal["group", "batch", "none"]

TINY = 1e-8
"""Rewards whose deviation is below this, relative to their size, are all equal."""


def advantages(
    rewards: Sequence[float | None],
    groups: Sequence[int],
    scale: Scale = "group",
    total: Callable[[Sequence[float]], list[float]] = list,
) -> Tensor:
    """The advantage of each completion, ``[n]``, float64. Those of a group sum to 0; those without a reward are 0.

    ``A_i = (r_i - mean(r)) / std(r)`` over the graded completions of the group (DeepSeek-R1, arXiv 2501.12948, eq. 3), with the
    deviation of the population. A group whose rewards are all equal has advantages of 0.

    Args:
        rewards: None where there is no verdict.
        groups: The group of each.
        scale: Divide by the deviation of the ``group``, or of the whole ``batch`` of centred rewards (REINFORCE++,
            arXiv 2501.03262), or by nothing (Dr. GRPO, arXiv 2503.20783, section 3.2).
        total: Sums each of some numbers over all processes that share the batch; each has whole groups.
    """
    given = torch.tensor([reward is not None for reward in rewards], dtype=torch.bool)
    values = torch.tensor([reward or 0.0 for reward in rewards], dtype=torch.float64)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    group = torch.tensor([numbers[name] for name in groups], dtype=torch.long)
    centred = torch.where(given, values - _mean(values, given, group), 0.0)
    size = torch.where(given, values.abs(), 0.0)
    if scale == "none":
        return centred
    if scale == "batch":
        columns = (cast("list[float]", column.tolist()) for column in (centred**2, size, given))
        squares, sizes, count = total([math.fsum(column) for column in columns])
        deviation = torch.tensor(squares / max(1, count), dtype=torch.float64).sqrt()
        typical = torch.tensor(sizes / max(1, count), dtype=torch.float64)
    else:
        deviation, typical = _mean(centred**2, given, group).sqrt(), _mean(size, given, group)
    return torch.where(deviation > TINY * typical, centred / deviation.clamp_min(1e-300), 0.0)


def without_variance(rewards: Sequence[float | None], groups: Sequence[int]) -> dict[int, bool]:
    """Of each group, whether its rewards are all equal (or fewer than two): it gives no signal."""
    seen: dict[int, set[float]] = {}
    for reward, group in zip(rewards, groups, strict=True):
        seen.setdefault(group, set()).update(() if reward is None else (reward,))
    return {group: len(values) < 2 for group, values in seen.items()}


def overlong_punishment(length: int, longest: int, margin: int) -> float:
    """Added to the reward of a long completion: 0 up to ``longest - margin`` tokens, then falling to -1 at ``longest``.

    DAPO's soft overlong punishment (arXiv 2503.14476, eq. 13).
    """
    if length <= longest - margin:
        return 0.0
    return -1.0 if length >= longest else (longest - margin - length) / margin


def _mean(values: Tensor, given: Tensor, group: Tensor) -> Tensor:
    """For each element, the mean of its group's given values."""
    count = int(group.max()) + 1 if len(group) else 0
    sums = torch.zeros(count, dtype=values.dtype).index_add(0, group, torch.where(given, values, 0.0))
    counts = torch.zeros(count, dtype=values.dtype).index_add(0, group, given.to(values.dtype))
    return (sums / counts.clamp_min(1))[group]
