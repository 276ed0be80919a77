"""Whole runs against a real service: resumed, stopped, cut off from the service, and still the same."""

import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo import checkpoint, models
from grpo.config import Config, load
from grpo.errors import ConfigError, DataError, GrpoError, UnrewardedError
from grpo.train import Trainer
from transformers import AutoModelForCausalLM

from tests.conftest import RunningServer
from tests.grpo.running import EVALUATED, TINY, Recorder, assert_same, run, weights


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


@pytest.fixture(scope="module")
def evaluated(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recorder]:
    """A run that nothing disturbed, with evaluations."""
    output = tmp_path_factory.mktemp("evaluated")
    return output, run(output, server.url, *EVALUATED)


@pytest.mark.parametrize(("step", "told"), [(0, []), (2, [0, 1]), (4, [0, 1, 2, 3])])
def test_stopped_while_it_evaluates_it_does_so_when_it_goes_on(
    evaluated: tuple[Path, Recorder], server: RunningServer, tmp_path: Path, step: int, told: list[int]
) -> None:
    stop = Recorder((max(1, step), "evaluate"), lambda: os.kill(os.getpid(), signal.SIGTERM))
    recorder = run(tmp_path, server.url, *EVALUATED, recorder=stop)
    assert list(recorder.metrics) == told
    resumed = run(tmp_path, server.url, *EVALUATED)
    assert {**recorder.metrics, **resumed.metrics} == evaluated[1].metrics
    assert {**recorder.texts, **resumed.texts} == evaluated[1].texts
    assert_same(tmp_path, evaluated[0])
    assert not run(tmp_path, server.url, *EVALUATED).metrics  # it is done


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


@pytest.mark.parametrize("off", [False, True])
@pytest.mark.parametrize("at", [(3, "generate"), (2, "evaluate")])
def test_a_service_that_is_gone_for_good_ends_the_run_which_goes_on_later(
    server: RunningServer, serve: Callable[..., Any], tmp_path: Path, at: tuple[int, str], off: bool
) -> None:
    changes = (f"train.off_policy={off}", *EVALUATED)
    straight = run(tmp_path / "one", server.url, *changes)
    stopped = Recorder()
    with serve() as first, pytest.raises(UnrewardedError, match="no rewards"):
        stopped = Recorder(at, first.terminate)
        run(tmp_path / "two", first.url, "rewards.patience_s=1", *changes, recorder=stopped)
    assert stopped.last == (1 if at[1] == "evaluate" else 3 if off else 2)  # what was written ahead was graded already
    resumed = run(tmp_path / "two", server.url, *changes)
    assert {**stopped.metrics, **resumed.metrics} == straight.metrics
    assert {**stopped.texts, **resumed.texts} == straight.texts
    assert_same(tmp_path / "one", tmp_path / "two")


@pytest.mark.parametrize("changes", [("train.off_policy=true",), (*EVALUATED, "curriculum.dynamic_sampling=1")])
def test_stopped_while_the_service_is_waited_for_it_ends_at_once_and_goes_on_exactly(
    server: RunningServer, serve: Callable[..., Any], tmp_path: Path, changes: tuple[str, ...]
) -> None:
    straight = run(tmp_path / "one", server.url, *changes)
    asked: list[float] = []

    def stop() -> None:
        asked.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    def gone() -> None:
        first.terminate()
        threading.Timer(3.0, stop).start()

    with serve() as first:
        stopped = run(tmp_path / "two", first.url, *changes, recorder=Recorder((2, "generate"), gone))
    assert time.monotonic() - asked[0] < 5
    resumed = run(tmp_path / "two", server.url, *changes)
    assert {**stopped.metrics, **resumed.metrics} == straight.metrics
    assert {**stopped.texts, **resumed.texts} == straight.texts
    assert_same(tmp_path / "one", tmp_path / "two")


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


@pytest.mark.parametrize("concurrency", [3, 16])  # fewer than there are requests, and more
def test_stopped_while_nobody_accepts_it_leaves_nothing_open(tmp_path: Path, concurrency: int) -> None:
    recorder = Recorder((1, "rewards"), lambda: os.kill(os.getpid(), signal.SIGTERM))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:  # one connection is made; others are begun
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        run(tmp_path, url, "rewards.batch=1", f"rewards.concurrency={concurrency}", recorder=recorder)
    gc.collect()  # a connection left behind warns
    assert recorder.last == 0
    assert "grader" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("change", ["data.seed=1", "model.template=none", "rewards.rubric=math"])
def test_a_run_of_another_recipe_is_not_gone_on_with(whole: tuple[Path, Recorder], change: str) -> None:
    with pytest.raises(ConfigError, match=f"another {change.partition('=')[0]}: set another output"):
        run(whole[0], "http://127.0.0.1:9", change)


def test_what_is_tuned_may_change_as_a_run_goes_on(server: RunningServer, tmp_path: Path) -> None:
    run(tmp_path, server.url, "algorithm.beta=0", "train.steps=1")
    recorder = run(tmp_path, server.url, "algorithm.beta=0.1", "optimizer.lr=1e-4", "train.steps=2")
    assert recorder.metrics[2]["policy/kl"] == pytest.approx(0, abs=1e-2)  # the reference is the policy as it was then


def test_an_adapter_begins_the_same_in_every_process() -> None:
    def adapter() -> dict[str, torch.Tensor]:
        torch.seed()
        model = models.load(load(Config, None, ["model.lora.rank=2"]).model, torch.device("cpu"), 3).model
        return {name: value for name, value in model.state_dict().items() if "lora_A" in name}

    first, second = adapter(), adapter()
    assert first
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_weights_that_are_no_numbers_are_not_trained_on(server: RunningServer, tmp_path: Path) -> None:
    policy = models.load(load(Config).model, torch.device("cpu"))
    for weight in policy.model.parameters():
        weight.data.fill_(float("nan"))
    policy.save(tmp_path / "broken")
    with pytest.raises(GrpoError, match="the gradient is nan"):
        run(tmp_path / "run", server.url, f"model.path={tmp_path / 'broken'}")
    assert not list(tmp_path.glob("run/checkpoints/step-*"))


def test_a_step_that_cannot_be_done_costs_no_other(
    whole: tuple[Path, Recorder], server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise GrpoError("the sampler is gone")

    with pytest.raises(GrpoError, match="gone"):
        run(tmp_path, server.url, recorder=Recorder((3, "rewards"), fail))
    resumed = run(tmp_path, server.url)
    assert set(resumed.metrics) == {3, 4}
    assert_same(tmp_path, whole[0])


def test_a_checkpoint_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    broken = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    few = ["data.size=8", "train.batch=8", "train.epochs=1", "watch.plots=false", f"train.output={tmp_path}"]
    arguments = ["grpo", "sft", *(word for each in few for word in ("--set", each))]
    script = f"{broken}; sys.argv = {arguments!r}; from grpo.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "step-000001: cannot be written: " in done.stderr.splitlines()[-1]
    assert not list((tmp_path / "checkpoints").iterdir())


def _without(*keys: str) -> Callable[[Path], None]:
    """Takes a key out of the state of a checkpoint, as if it was written before there was such a key."""

    def spoil(checkpoint: Path) -> None:
        state: Any = torch.load(checkpoint / "trainer.pt", weights_only=True)
        inner = state
        for key in keys[:-1]:
            inner = inner[key][0] if key == "positions" else inner[key]
        del inner[keys[-1]]
        torch.save(state, checkpoint / "trainer.pt")

    return spoil


def _cut(file: str, size: int) -> Callable[[Path], None]:
    return lambda checkpoint: os.truncate(checkpoint / file, size)


@pytest.mark.parametrize(
    "spoil",
    [
        _without("positions"),
        _without("positions", "under_way"),
        _without("positions", "curriculum", "prompts"),
        _without("optimizer", "state"),
        _cut("trainer.pt", 1000),
        _cut("trainer.pt", 0),
        _cut("model.safetensors", 1000),
    ],
)
def test_a_checkpoint_of_another_version_says_what_to_do(
    whole: tuple[Path, Recorder], tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    shutil.copytree(whole[0], tmp_path / "run")
    spoil(tmp_path / "run" / "checkpoints" / "step-000004")
    with pytest.raises(GrpoError, match=r"step-000004: cannot go on from here: .* model\.path=.*step-000004"):
        run(tmp_path / "run", "http://127.0.0.1:9")


def test_a_checkpoint_is_whole_though_the_process_ends_while_it_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = tmp_path / "step-000001"

    def write(content: str) -> None:
        with checkpoint.written(final, keep=1) as partial:
            for name in "ab":
                (partial / name).write_text(content, encoding="utf-8")

    def die(path: Path, **how: Any) -> None:
        if path.exists():
            (path / "a").unlink()
            raise KeyboardInterrupt

    write("before")
    monkeypatch.setattr(shutil, "rmtree", die)
    with pytest.raises(KeyboardInterrupt):
        write("after")
    assert checkpoint.latest(tmp_path) == final
    assert {path.read_text(encoding="utf-8") for path in (final / "a", final / "b")} == {"after"}


def questions(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return f"data.train={path}"


BAD = [{"prompt": f"{n}+1=?", "metadata": {"solution": str(n + 1)}} for n in range(3)]


def test_data_that_nothing_can_be_learned_from_ends_the_run_and_says_why(server: RunningServer, tmp_path: Path) -> None:
    data = questions(tmp_path / "data.jsonl", *BAD)
    with pytest.raises(DataError, match=r"data\.train: .*has no reference.*answer, tests, choices"):
        run(tmp_path / "run", server.url, data)
    assert not list(tmp_path.glob("run/checkpoints/step-*"))


def test_a_service_that_never_answered_ends_the_run_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(GrpoError, match=r"no rewards: .*no answer from http://127\.0\.0\.1:9/"):
        run(tmp_path / "run", "http://127.0.0.1:9", "rewards.patience_s=0")


def test_some_bad_lines_among_good_ones_cost_nothing_else(server: RunningServer, tmp_path: Path) -> None:
    good = [{"prompt": f"{n}+2=?", "answer": str(n + 2)} for n in range(2)]
    data = questions(tmp_path / "data.jsonl", *BAD, *good)
    recorder = run(tmp_path / "run", server.url, data, "rollout.questions=1", "train.steps=10", "train.minibatches=1")
    rates = [metrics["reward/error_rate"] for metrics in recorder.metrics.values()]
    assert sorted(rates) == [0.0] * 4 + [1.0] * 6  # each line once an epoch


def test_a_run_does_not_go_on_with_other_questions(server: RunningServer, tmp_path: Path) -> None:
    rows = [{"prompt": f"{n}+1=?", "answer": str(n + 1)} for n in range(6)]
    run(tmp_path / "run", server.url, questions(tmp_path / "data.jsonl", *rows), "train.steps=1")
    with pytest.raises(DataError, match=r"data\.train: other questions"):
        run(tmp_path / "run", server.url, questions(tmp_path / "data.jsonl", *rows[:4]))


def test_a_rubric_that_is_not_there_ends_the_run_at_once(server: RunningServer, tmp_path: Path) -> None:
    with pytest.raises(GrpoError, match="no-such-rubric"):
        run(tmp_path, server.url, "rewards.rubric=no-such-rubric")
