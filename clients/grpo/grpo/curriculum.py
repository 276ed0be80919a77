"""Which prompts come next: every prompt once an epoch, in random order; by choice more of those at the edge of competence.

A group that is all right or all wrong teaches nothing. A prompt's pass rate is kept from step to step, and prompts that are
always or never solved are drawn less.
"""

import random
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from grpo.completion import Completion
from grpo.config import CurriculumConfig
from grpo.errors import DataError
from grpo.prompts import Prompt


class Curriculum:
    """An endless supply of prompts."""

    def __init__(self, prompts: Sequence[Prompt], config: CurriculumConfig, seed: int) -> None:
        self.prompts, self.config = prompts, config
        self.rates: dict[str, float] = {}
        """Of each prompt seen: its pass rate, the past counting ``decay``."""
        self.skipped = 0
        """Prompts passed over in the last :meth:`draw`."""
        self._rng = random.Random(f"curriculum {seed}")
        self._order: list[int] = []
        self._digest = crc32(repr([(prompt.id, prompt.question, *prompt.before) for prompt in prompts]).encode())

    def draw(self, count: int) -> list[Prompt]:
        """The next ``count`` prompts: all different, if there are so many."""
        chosen: list[Prompt] = []
        self.skipped = 0
        while len(chosen) < count:
            if not self._order:
                self._order = list(range(len(self.prompts)))
                self._rng.shuffle(self._order)
            prompt = self.prompts[self._order.pop()]
            if self._takes(prompt):
                chosen.append(prompt)
            else:
                self.skipped += 1
        return chosen

    def record(self, completions: Sequence[Completion]) -> None:
        """Learns pass rates from graded completions; those without a reward say nothing."""
        outcomes: dict[str, list[bool]] = {}
        for completion in completions:
            if completion.reward is not None:
                outcomes.setdefault(completion.prompt.id, []).append(completion.correct)
        for name, passed in outcomes.items():
            rate = sum(passed) / len(passed)
            before = self.rates.get(name)
            decay = self.config.decay
            self.rates[name] = rate if before is None else decay * before + (1 - decay) * rate

    def state(self) -> dict[str, Any]:
        """What :meth:`restore` needs to go on exactly here; JSON."""
        version, numbers, gauss = self._rng.getstate()
        position = {"rates": dict(self.rates), "order": list(self._order), "rng": [version, list(numbers), gauss]}
        return position | {"prompts": self._digest}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on where :meth:`state` was taken.

        Raises:
            DataError: that was over other prompts.
        """
        if state["prompts"] != self._digest:
            raise DataError(
                "data.train: other questions than this run began with: put them back, or set another output"
            )
        version, numbers, gauss = state["rng"]
        self._rng.setstate((version, tuple(numbers), gauss))
        self.rates, self._order = dict(state["rates"]), list(state["order"])

    def _takes(self, prompt: Prompt) -> bool:
        rate = self.rates.get(prompt.id)
        if not self.config.enabled or rate is None or self.config.low <= rate <= self.config.high:
            return True
        # Never all of them: else a data set that is mastered would be searched without end.
        return self.skipped >= len(self.prompts) or self._rng.random() < self.config.keep
