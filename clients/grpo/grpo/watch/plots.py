"""R1-Zero's curves as a PNG: what a run has learned, at a glance (arXiv 2501.12948, figures 2 and 3)."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grpo.completion import Completion
from grpo.errors import DataError, GrpoError
from grpo.metrics import Metrics
from grpo.watch.files import stream

PANELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Accuracy": ("share right", ("reward/accuracy", "eval/pass@1", "eval/accuracy")),
    "Response length": ("tokens", ("length/mean", "eval/length")),
    "Reward": ("mean", ("reward/mean", "reward/format", "reward/language")),
    "Reflective words": ("a completion", ("words/all", "words/wait", "words/check")),
    "Entropy and KL": ("nats a token", ("policy/entropy", "policy/kl")),
    "Loss": ("as minimised", ("loss", "eval/loss")),
}
"""Each panel's title, axis, and metrics; those that a run has not measured are left out."""

SMOOTHING = 0.8
"""Weight of the past in the thick line; the thin one is what was measured."""

_log = logging.getLogger("grpo")


class Plots:
    """An observer that draws ``curves.png`` when the run ends."""

    def __init__(self, output: Path) -> None:
        self._output = output

    def started(self, config: dict[str, Any], step: int) -> None: ...

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None: ...

    def ended(self, step: int) -> None:
        try:
            draw(self._output)
        except GrpoError as error:
            _log.info("no plots: %s", error)


def draw(run: Path, picture: Path | None = None) -> Path:
    """Draws the metrics of a run's directory into ``curves.png`` there, or into ``picture``.

    Raises:
        GrpoError: matplotlib is not installed, or knows no such kind of picture.
        DataError: the run has no metrics.
    """
    steps = list(stream(run / "metrics.jsonl"))
    if not steps:
        raise DataError(f"{run / 'metrics.jsonl'}: no metrics of a run")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise GrpoError("plots need matplotlib: pip install 'r1-verifier-grpo[plots]'") from error
    panels = {
        title: (axis, lines)
        for title, (axis, names) in PANELS.items()
        if (lines := {name: line for name in names if (line := _line(steps, name))})
    }
    if not panels:
        raise DataError(f"{run / 'metrics.jsonl'}: none of the metrics that are drawn")
    figure: Any = Figure(figsize=(11, 3.2 * -(-len(panels) // 2)), layout="constrained")
    for place, (title, (axis, lines)) in enumerate(panels.items(), 1):
        plot = figure.add_subplot(-(-len(panels) // 2), 2, place)
        plot.set(title=title, xlabel="step", ylabel=axis)
        for name, line in lines.items():
            _draw_line(plot, name, line)
        plot.legend(frameon=False, fontsize="small")
        plot.grid(alpha=0.2)
    path = picture or run / "curves.png"
    try:
        figure.savefig(path, dpi=130)
    except ValueError as error:
        raise GrpoError(f"{path}: {error}") from error
    return path


def smooth(values: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """An exponential moving average, without the pull of its start (divided by the sum of weights so far)."""
    smoothed: list[float] = []
    total = weights = 0.0
    for value in values:
        total, weights = weight * total + value, weight * weights + 1
        smoothed.append(total / weights)
    return smoothed


def _draw_line(plot: Any, name: str, line: list[tuple[int, float]]) -> None:
    steps, values = zip(*line, strict=True)
    if name.startswith("eval/"):
        plot.plot(steps, values, marker="o", markersize=4, linewidth=1.2, label=name)
        return
    (thin,) = plot.plot(steps, values, linewidth=0.8, alpha=0.3)
    plot.plot(steps, smooth(values), linewidth=1.8, color=thin.get_color(), label=name)


def _line(steps: list[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    return [(int(row["step"]), float(row[name])) for row in steps if row.get(name) is not None]
