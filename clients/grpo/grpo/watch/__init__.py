"""Watching a run: the terminal, files, TensorBoard, W&B, and R1-Zero's curves at the end.

=========  ===========================================================================
live       a view in the terminal that is drawn anew; rich
lines      one line a step, where the output is no terminal
files      ``metrics.jsonl`` and ``completions.jsonl`` in the run's directory
trackers   TensorBoard and W&B, optional
progress   how far a command is that has no steps
plots      ``curves.png``: accuracy, length, rewards, reflective words against the step
display    how numbers are written, for all of them
=========  ===========================================================================
"""

from pathlib import Path

from grpo.config import WatchConfig
from grpo.metrics import Observer
from grpo.watch.files import Completions, MetricLines
from grpo.watch.plots import Plots


def observers(config: WatchConfig, output: Path, steps: int, title: str = "grpo") -> list[Observer]:
    """All that a recipe's ``watch`` section asks for, of a run of ``steps`` steps in the directory ``output``.

    Raises:
        GrpoError: a tracker is asked for that is not installed.
    """
    watching: list[Observer] = [MetricLines(output / "metrics.jsonl")]
    if config.completions:
        watching.append(Completions(output / "completions.jsonl", config.completions))
    if config.tensorboard:
        from grpo.watch.trackers import TensorBoard

        watching.append(TensorBoard(output / "tensorboard"))
    if config.wandb is not None:
        from grpo.watch.trackers import WandB

        watching.append(WandB(config.wandb, output))
    if config.plots:
        watching.append(Plots(output))
    return [*watching, *_terminal(config, steps, title)]


def _terminal(config: WatchConfig, steps: int, title: str) -> list[Observer]:
    from rich.console import Console

    console = Console(stderr=True)
    if config.terminal == "off":
        return []
    if config.terminal == "live" or (
        config.terminal == "auto" and console.is_terminal and not console.is_dumb_terminal
    ):
        from grpo.watch.live import LiveView

        return [LiveView(console, steps, title)]
    from grpo.watch.lines import Lines

    return [Lines(console, steps)]
