"""Watching a run: what is shown and what is kept, also of a run that resumes."""

import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from grpo import watch
from grpo.completion import Completion
from grpo.config import WatchConfig
from grpo.errors import DataError
from grpo.metrics import Metrics, Observer
from grpo.prompts import Prompt
from grpo.watch import plots
from grpo.watch.display import headline, number, sparkline
from grpo.watch.lines import Lines
from grpo.watch.live import LiveView
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console


def completion(text: str = "<think>1+1=2. Wait, check: yes.</think><answer>2</answer>") -> Completion:
    prompt = Prompt("p", "How many pens now?")
    return Completion(
        prompt, 0, [1], [2, 3], [-0.1, -0.2], text, "stop", 2.0, "ok", {"accuracy": 1.0}, "equal as integers"
    )


def metrics(step: int) -> Metrics:
    return {
        "reward/mean": step / 10,
        "reward/accuracy": step / 20,
        "length/mean": 50.0 + step,
        "words/all": 0.5,
        "time/step": 1.5,
        "policy/kl": 0.001,
    }


def play(observers: list[Observer], first: int, last: int) -> None:
    """A run that is told to observers: steps after ``first`` up to ``last``."""
    for observer in observers:
        observer.started({"train": {"steps": 10}}, first)
        for step in range(first + 1, last + 1):
            observer.phase("generate")
            observer.stepped(step, metrics(step), [completion()])
        observer.ended(last)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_run_leaves_metrics_completions_and_curves(tmp_path: Path) -> None:
    play(watch.observers(WatchConfig(terminal="off", completions=1), tmp_path, 10), 0, 10)
    kept = rows(tmp_path / "metrics.jsonl")
    assert [row["step"] for row in kept] == list(range(1, 11))
    assert kept[4]["reward/mean"] == 0.5
    sample = rows(tmp_path / "completions.jsonl")[0]
    assert (sample["reward"], sample["scores"], sample["prompt"]) == (2.0, {"accuracy": 1.0}, "How many pens now?")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_steps_that_come_again_are_not_kept_twice(tmp_path: Path) -> None:
    config = WatchConfig(terminal="off", plots=False)
    play(watch.observers(config, tmp_path, 10), 0, 7)
    with (tmp_path / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 8, "rew')  # killed while it wrote
    play(watch.observers(config, tmp_path, 10), 5, 10)
    for name in ("metrics.jsonl", "completions.jsonl"):
        assert [row["step"] for row in rows(tmp_path / name)] == list(range(1, 11))


def test_what_could_not_be_measured_is_null(tmp_path: Path) -> None:
    (observer,) = watch.observers(WatchConfig(terminal="off", plots=False, completions=0), tmp_path, 1)
    observer.started({}, 0)
    observer.stepped(1, {"loss": math.nan, "lr": 1e-3}, [])
    assert "NaN" not in (tmp_path / "metrics.jsonl").read_text(encoding="utf-8")
    assert rows(tmp_path / "metrics.jsonl")[0]["loss"] is None


def test_tensorboard_has_the_same_names(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    config = WatchConfig(terminal="off", plots=False, tensorboard=True)
    play(watch.observers(config, tmp_path, 4), 0, 3)
    play(watch.observers(config, tmp_path, 4), 2, 4)
    events: Any = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert set(metrics(1)) <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("reward/mean")] == [1, 2, 3, 4]


def test_the_live_view_shows_progress_metrics_and_a_completion() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=140, height=60, color_system=None)
    play([LiveView(console, 10, "grpo train")], 0, 10)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in ("grpo train", "10/10", "done", "accuracy", "50.0%", "How many pens now?", "reward 2", "1.50 s"):
        assert text in shown


def test_without_a_terminal_there_is_a_line_a_step() -> None:
    console = Console(file=io.StringIO(), width=40)
    play([Lines(console, 10)], 8, 10)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "resuming after step 8"
    assert lines[1].startswith("step 9/10  reward 0.9  accuracy 45.0%  length 59")
    assert lines[-1] == "done after step 10"


def test_a_pipe_gets_lines(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    play(watch.observers(WatchConfig(plots=False), tmp_path, 2), 0, 2)
    assert capfd.readouterr().err.splitlines()[0].startswith("step 1/2")


def test_curves_of_no_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"metrics\.jsonl"):
        plots.draw(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("reward/accuracy", 0.456, "45.6%"),
        ("eval/pass@8", 1.0, "100.0%"),
        ("time/step", 1.234, "1.23 s"),
        ("throughput/train", 12345.6, "12,346/s"),
        ("policy/kl", 0.00012345, "0.000123"),
        ("length/mean", 1234.5, "1,234"),
    ],
)
def test_numbers_are_written_for_people(name: str, value: float, written: str) -> None:
    assert number(name, value) == written


def test_a_headline_says_what_was_measured() -> None:
    assert headline({"loss": 1.5, "time/step": 2.0}) == "loss 1.5  2.00 s"


@given(st.lists(st.floats(-1e6, 1e6), max_size=100), st.integers(1, 30))
def test_sparklines_fit_and_reach_from_low_to_high(values: list[float], width: int) -> None:
    bars = sparkline(values, width)
    assert len(bars) == min(width, len(values))
    if len(set(bars)) > 1:
        assert "▁" in bars
        assert "█" in bars


@given(st.floats(-1e3, 1e3), st.integers(1, 50))
def test_smoothing_leaves_a_constant_alone(value: float, count: int) -> None:
    assert plots.smooth([value] * count) == pytest.approx([value] * count)
