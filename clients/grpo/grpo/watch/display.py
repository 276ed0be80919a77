"""How numbers are written, and which of them a line has room for."""

import itertools
from collections.abc import Sequence

from grpo.metrics import Metrics

HEADLINE = {
    "reward/mean": "reward",
    "reward/accuracy": "accuracy",
    "eval/pass@1": "held out",
    "loss": "loss",
    "eval/loss": "held-out loss",
    "length/mean": "length",
    "policy/entropy": "entropy",
    "policy/kl": "kl",
    "reward/zero_variance": "no variance",
    "reward/error_rate": "ungraded",
}
"""What is said of a step in one line, in this order, where it was measured."""

SHARES = (
    *("reward/accuracy", "reward/format", "reward/zero_variance", "reward/error_rate", "reward/latency_hidden"),
    *("length/truncated", "policy/clip_low", "policy/clip_high", "policy/is_clipped", "curriculum/pass_rate"),
)
"""Metrics in [0, 1], written in percent; all of ``eval/pass@k`` and ``eval/cons@k`` as well."""

BARS = "▁▂▃▄▅▆▇█"


def number(name: str, value: float) -> str:
    """A metric as people read it: shares in percent, seconds with their unit, three digits of what is left."""
    if name in SHARES or name.startswith(("eval/pass@", "eval/cons@")):
        return f"{value:.1%}"
    if name.startswith("time/"):
        return f"{value:.2f} s"
    if name.startswith("throughput/"):
        return f"{value:,.0f}/s"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def headline(metrics: Metrics) -> str:
    """A step in one line."""
    told = [f"{title} {number(name, metrics[name])}" for name, title in HEADLINE.items() if name in metrics]
    if "time/step" in metrics:
        told.append(number("time/step", metrics["time/step"]))
    return "  ".join(told)


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """The course of a metric as bars: the means of ``width`` stretches of it, from its least to its greatest."""
    if not values:
        return ""
    count = min(width, len(values))
    edges = [i * len(values) // count for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    low, high = min(means), max(means)
    span = (high - low) or 1.0
    return "".join(BARS[round((mean - low) / span * (len(BARS) - 1))] for mean in means)
