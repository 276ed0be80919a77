"""One line a step, for logs and pipes."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from grpo.completion import Completion
from grpo.metrics import Metrics
from grpo.watch.display import headline


class Lines:
    """An observer that writes ``step 12/100  reward 1.23  accuracy 45.0%  ...``."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console, self._steps = console, steps

    def started(self, config: dict[str, Any], step: int) -> None:
        if step:
            self._say(f"resuming after step {step}")

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        self._say(f"step {step}/{self._steps}  {headline(metrics)}")

    def ended(self, step: int) -> None:
        self._say(f"{'done' if step >= self._steps else 'stopped'} after step {step}")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
