"""A rollout: prompts to graded completions. Each is sent to be graded when it is finished, while others are being written."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from grpo.completion import Completion
from grpo.prompts import Prompt
from grpo.rewards import Grader


class Sampler(Protocol):
    """Writes completions with the current policy: :mod:`grpo.engine`, or a server behind :mod:`grpo.remote`."""

    def __call__(self, prompts: Sequence[Prompt], outputs: int) -> Iterator[Completion]:
        """``outputs`` completions of each prompt, as they finish; ``group`` is the prompt's index."""
        ...


@dataclass
class Rollout:
    """The completions of some prompts, by group. They are graded once :meth:`Grader.wait` has returned."""

    completions: list[Completion] = field(default_factory=list[Completion])
    generate_s: float = 0.0

    @property
    def tokens(self) -> int:
        return sum(len(c.tokens) for c in self.completions)

    def extend(self, other: "Rollout") -> None:
        """Adds another rollout's groups, numbered after the own."""
        first = max((c.group for c in self.completions), default=-1) + 1
        for completion in other.completions:
            completion.group += first
        self.completions += other.completions
        self.generate_s += other.generate_s


def roll_out(
    sample: Sampler,
    grader: Grader,
    prompts: Sequence[Prompt],
    outputs: int,
    stopping: Callable[[], bool] = lambda: False,
) -> Rollout:
    """Samples and submits; does not wait for the last rewards. ``stopping`` ends it early, with nothing."""
    started = time.perf_counter()
    completions: list[Completion] = []
    for completion in sample(prompts, outputs):
        grader.submit(completion)
        completions.append(completion)
        if stopping():
            break
    if stopping():
        return Rollout()
    # In one order, however they finished: else nothing that follows could be repeated.
    completions.sort(key=lambda c: c.group)
    return Rollout(completions, time.perf_counter() - started)
