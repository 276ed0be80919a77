"""An observer for tests."""

from collections.abc import Sequence
from typing import Any

from grpo.completion import Completion
from grpo.metrics import Metrics


class Metric:
    """Keeps one metric, by step."""

    def __init__(self, name: str) -> None:
        self.name, self.values = name, dict[int, float]()

    def started(self, config: dict[str, Any], step: int) -> None: ...

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        if self.name in metrics:
            self.values[step] = metrics[self.name]

    def ended(self, step: int) -> None: ...
