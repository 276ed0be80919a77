"""The view in the terminal: progress and phase, the metrics with their course so far, and a completion to read."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grpo.completion import Completion
from grpo.metrics import Metrics
from grpo.watch.display import number, sparkline

GROUPS = ("reward", "eval", "length", "policy", "curriculum", "words", "time", "throughput")
"""The metrics in the order of these prefixes; those without a prefix come first."""

SHOWN_CHARACTERS = 600


class LiveView:
    """An observer that draws itself anew at each phase and step."""

    def __init__(self, console: Console, steps: int, title: str) -> None:
        self._title = title
        self._history: dict[str, list[float]] = defaultdict(list)
        self._sample: Completion | None = None
        self._progress = Progress(
            TextColumn("[bold]step"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("[cyan]{task.fields[phase]}"),
            console=console,
        )
        self._steps = steps
        self._bar: TaskID | None = None
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=4)

    def started(self, config: dict[str, Any], step: int) -> None:
        self._bar = self._progress.add_task("step", total=self._steps, completed=step, phase="")
        self._live.start()

    def phase(self, name: str) -> None:
        if self._bar is not None:
            self._progress.update(self._bar, phase=name)

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        for name, value in metrics.items():
            if math.isfinite(value):
                self._history[name].append(value)
        if completions:
            self._sample = completions[step % len(completions)]
        if self._bar is not None:
            self._progress.update(self._bar, completed=step)

    def ended(self, step: int) -> None:
        self.phase("done" if step >= self._steps else "stopped")
        self._live.stop()

    def _render(self) -> RenderableType:
        parts: list[RenderableType] = [self._progress, Columns(self._tables(), padding=(0, 3))]
        if self._sample is not None:
            parts.append(completion_panel(self._sample))
        return Panel(Group(*parts), title=self._title, border_style="blue")

    def _tables(self) -> list[Table]:
        by_group: dict[str, list[str]] = defaultdict(list)
        for name in self._history:
            by_group[name.rpartition("/")[0]].append(name)
        return [self._table(group, by_group[group]) for group in ("", *GROUPS) if by_group[group]]

    def _table(self, group: str, names: list[str]) -> Table:
        table = Table(box=None, padding=(0, 1), show_header=True)
        table.add_column(group or "step", style="dim")
        table.add_column("", justify="right")
        table.add_column("", style="green")
        for name in names:
            values = self._history[name]
            table.add_row(name.rpartition("/")[2], number(name, values[-1]), sparkline(values, 12))
        return table


def completion_panel(completion: Completion) -> Panel:
    """One completion with its question, its reward, and why."""
    text = Text(completion.prompt.question[:SHOWN_CHARACTERS] + "\n", style="bold")
    text.append(completion.text[:SHOWN_CHARACTERS], style="default")
    if len(completion.text) > SHOWN_CHARACTERS:
        text.append(f" … {len(completion.text) - SHOWN_CHARACTERS} more characters", style="dim")
    reward = "no reward" if completion.reward is None else f"reward {completion.reward:.3g}"
    return Panel(
        text, title=f"{reward} · {completion.finish}", subtitle=completion.explanation[:120], border_style="dim"
    )
