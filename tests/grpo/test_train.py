"""Whole runs against a real service: resumed, stopped, cut off from the service, and still the same."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo.completion import Completion
from grpo.config import Config, load
from grpo.errors import GrpoError
from grpo.metrics import Metrics
from grpo.train import Trainer
from safetensors import torch as safetensors
from transformers import AutoModelForCausalLM

from tests.conftest import RunningServer

TINY = [
    *("rollout.questions=3", "rollout.outputs=4", "rollout.max_new_tokens=8", "rollout.slots=5", "data.size=16"),
    *("train.steps=4", "train.minibatches=2", "train.reference_every=2", "optimizer.lr=1e-3", "rewards.rubric=r1"),
]


class Recorder:
    """Keeps what an observer is told, and does something at a phase of a step."""

    def __init__(self, at: tuple[int, str] | None = None, act: Callable[[], None] = lambda: None) -> None:
        self.metrics: dict[int, Metrics] = {}
        self.texts: dict[int, list[str]] = {}
        self.at, self.act, self.last = at, act, 0

    def started(self, config: dict[str, Any], step: int) -> None:
        self.last = step

    def phase(self, name: str) -> None:
        if self.at == (self.last + 1, name):
            self.act()

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        self.metrics[step] = {
            k: v for k, v in metrics.items() if not k.startswith(("time/", "throughput/", "reward/lat"))
        }
        self.texts[step] = [c.text for c in completions]
        self.last = step

    def ended(self, step: int) -> None:
        self.last = step


def run(output: Path, url: str, *changes: str, recorder: Recorder | None = None) -> Recorder:
    recorder = recorder or Recorder()
    config = load(Config, None, [*TINY, f"train.output={output}", f"rewards.url={url}", *changes])
    Trainer(config, [recorder]).run()
    return recorder


def weights(output: Path, step: int = 4) -> dict[str, torch.Tensor]:
    return safetensors.load_file(output / "checkpoints" / f"step-{step:06d}" / "model.safetensors")


def assert_same(one: Path, other: Path) -> None:
    first, second = weights(one), weights(other)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def whole(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recorder]:
    """A run that nothing disturbed."""
    output = tmp_path_factory.mktemp("whole")
    return output, run(output, server.url, "train.save_every=2")


def test_a_step_changes_weights_and_tells_its_metrics(whole: tuple[Path, Recorder]) -> None:
    output, recorder = whole
    before, after = weights(output, 2), weights(output)
    assert any(not torch.equal(before[name], after[name]) for name in before)
    for metrics in recorder.metrics.values():
        assert metrics["reward/error_rate"] == 0 and {"reward/accuracy", "reward/format", "reward/language"} <= set(
            metrics
        )
        assert metrics["length/max"] <= 8 and metrics["policy/entropy"] > 0


def test_a_resumed_run_equals_an_uninterrupted_one(
    whole: tuple[Path, Recorder], server: RunningServer, tmp_path: Path
) -> None:
    recorder = run(tmp_path, server.url, recorder=Recorder((2, "train"), lambda: os.kill(os.getpid(), signal.SIGTERM)))
    assert recorder.last == 2  # the step in hand is finished, and saved
    resumed = run(tmp_path, server.url)
    assert {**recorder.metrics, **resumed.metrics} == whole[1].metrics
    assert {**recorder.texts, **resumed.texts} == whole[1].texts
    assert_same(tmp_path, whole[0])


def test_stopped_while_sampling_it_leaves_the_step_as_if_not_begun(
    whole: tuple[Path, Recorder], server: RunningServer, tmp_path: Path
) -> None:
    recorder = run(
        tmp_path, server.url, recorder=Recorder((3, "generate"), lambda: os.kill(os.getpid(), signal.SIGTERM))
    )
    assert recorder.last == 2
    run(tmp_path, server.url)
    assert_same(tmp_path, whole[0])


def test_a_service_that_restarts_costs_no_step(
    whole: tuple[Path, Recorder], serve: Callable[..., Any], tmp_path: Path
) -> None:
    with ExitStack() as stack, serve() as first:
        port = first.url.rpartition(":")[2]

        def restart() -> None:
            first.terminate()
            threading.Timer(1.0, lambda: stack.enter_context(serve(port=port))).start()

        recorder = run(tmp_path, first.url, recorder=Recorder((2, "generate"), restart))
    assert recorder.metrics == whole[1].metrics
    assert_same(tmp_path, whole[0])


def test_one_step_off_policy_resumes_exactly_too(server: RunningServer, tmp_path: Path) -> None:
    off = "train.off_policy=true"
    straight = run(tmp_path / "one", server.url, off)
    stopped = run(
        tmp_path / "two", server.url, off, recorder=Recorder((2, "train"), lambda: os.kill(os.getpid(), signal.SIGTERM))
    )
    resumed = run(tmp_path / "two", server.url, off)
    assert {**stopped.texts, **resumed.texts} == straight.texts
    assert_same(tmp_path / "one", tmp_path / "two")


def test_checkpoints_load_with_transformers_and_old_ones_go(whole: tuple[Path, Recorder]) -> None:
    directory = whole[0] / "checkpoints"
    assert sorted(path.name for path in directory.iterdir()) == ["step-000002", "step-000004"]
    model = AutoModelForCausalLM.from_pretrained(directory / "step-000004")
    saved = weights(whole[0])
    assert all(torch.equal(value, saved[name]) for name, value in model.state_dict().items() if name in saved)


def test_a_run_starts_from_what_another_made(whole: tuple[Path, Recorder], tmp_path: Path) -> None:
    config = load(Config, None, [*TINY, f"model.path={whole[0]}", f"train.output={tmp_path}"])
    before, after = weights(whole[0]), Trainer(config).policy.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    "changes",
    [
        [
            "algorithm.preset=dapo",
            "curriculum.dynamic_sampling=1",
            "algorithm.truncated=punish",
            "algorithm.punish_tokens=4",
        ],
        ["algorithm.preset=gspo", "algorithm.correction=sequence", "train.layout=packed"],
        [
            "algorithm.preset=cispo",
            "algorithm.correction=token",
            "curriculum.enabled=true",
            "algorithm.truncated=filter",
        ],
        ["model.lora.rank=2", "algorithm.preset=grpo", "rollout.top_p=0.9"],
        ["algorithm.preset=dr_grpo", "train.epochs=2", "model.checkpoint_activations=true", "rollout.stop=['e']"],
    ],
)
def test_every_way_of_training_runs(server: RunningServer, tmp_path: Path, changes: list[str]) -> None:
    recorder = run(tmp_path, server.url, "train.steps=2", *changes)
    assert set(recorder.metrics) == {1, 2}
    assert all(metrics["reward/error_rate"] == 0 for metrics in recorder.metrics.values())


def test_a_rubric_that_is_not_there_ends_the_run_at_once(server: RunningServer, tmp_path: Path) -> None:
    with pytest.raises(GrpoError, match="no-such-rubric"):
        run(tmp_path, server.url, "rewards.rubric=no-such-rubric")
