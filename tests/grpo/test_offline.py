"""Evaluation and rejection sampling against a real service, on completions that are written down: no model is asked."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from grpo import runners
from grpo.config import load
from grpo.errors import ConfigError, GrpoError
from grpo.offline import groups
from grpo.offline.config import EvalConfig, SampleConfig
from grpo.offline.evaluate import evaluate
from grpo.offline.outcome import table
from grpo.offline.sample import sample
from grpo.tasks import generate
from grpo.watch.files import stream
from grpo.watch.progress import silent
from rich.console import Console

from tests.conftest import RunningServer

FORMATTED = "<think>By counting, it comes out so.</think><answer>\\boxed{{{}}}</answer>"

# Of each question: the answers of its completions. The first is answered right 3 times of 4 and by vote, the second once.
ANSWERS = {"3+4": ("7", "7", "\\frac{14}{2}", "8"), "5+5": ("9", "9", "10", "11")}
RIGHT = {"3+4": "7", "5+5": "10"}


def write(path: Path, rows: Sequence[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def prepare(directory: Path, samples: str) -> list[str]:
    """Questions, and completions of them, in files; the changes that name them."""
    write(directory / "questions.jsonl", [{"id": q, "prompt": q, "answer": a} for q, a in RIGHT.items()])
    written = [
        {
            "id": question,
            "prompt": question,
            "completions": [FORMATTED.format(answer) for answer in answers],
            "metadata": {"tokens": [10] * 4, "finish": ["stop"] * 3 + ["length"]},
        }
        for question, answers in ANSWERS.items()
    ]
    write(directory / "out" / samples, written)
    return [f"output={directory / 'out'}", "rollout.outputs=4", "model.path=nowhere"]


def test_evaluation_says_pass_at_k_and_cons_at_k(server: RunningServer, tmp_path: Path) -> None:
    changes = prepare(tmp_path, "questions.jsonl")
    sets = f"sets=[{{path: '{tmp_path / 'questions.jsonl'}'}}]"
    config = load(EvalConfig, None, [*changes, sets, f"rewards.url={server.url}"])
    outcomes = evaluate(config)
    assert outcomes is not None
    found = outcomes["questions"]
    assert (found.questions, found.samples, found.unjudged) == (2, 4, 0)
    assert found.pass_1 == pytest.approx((3 / 4 + 1 / 4) / 2)
    # 1 - C(n - c, 2) / C(n, 2), with n = 4 and c = 3, 1
    assert found.pass_at["2"] == pytest.approx((1.0 + 1 / 2) / 2)
    assert found.pass_at["4"] == 1.0
    assert found.consensus == 0.5
    assert (found.length, found.truncated) == (10, 0.25)
    assert (
        json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["sets"]["questions"]["pass_1"] == 0.5
    )
    console = Console(width=140)
    with console.capture() as shown:
        console.print(table(outcomes))
    assert "50.0% ± 25.0%" in shown.get()


def test_evaluation_says_why_questions_are_unjudged(
    server: RunningServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = prepare(tmp_path, "questions.jsonl")
    write(tmp_path / "questions.jsonl", [{"id": q, "prompt": q} for q in RIGHT])
    sets = f"sets=[{{path: '{tmp_path / 'questions.jsonl'}'}}]"
    assert runners.evaluate(load(EvalConfig, None, [*changes, sets, f"rewards.url={server.url}"]), bool)
    assert "questions: 2 of 2 questions are unjudged: " in capsys.readouterr().err


def test_rejection_sampling_keeps_the_right_once(server: RunningServer, tmp_path: Path) -> None:
    changes = prepare(tmp_path, "samples.jsonl")
    data = f"data.path={tmp_path / 'questions.jsonl'}"
    assert sample(load(SampleConfig, None, [*changes, data, f"rewards.url={server.url}"]))
    kept = [(row["id"], row["messages"][1]["content"]) for row in stream(tmp_path / "out" / "selected.jsonl")]
    assert kept == [
        ("3+4", FORMATTED.format("7")),
        ("3+4", FORMATTED.format("\\frac{14}{2}")),
        ("5+5", FORMATTED.format("10")),
    ]
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (report["completions"], report["kept"], report["pass_rate"]) == (8, 3, 0.5)
    assert report["dropped"] == {"duplicate": 1, "accuracy": 4}


def test_a_service_that_is_not_there_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grpo.offline.service.TRIES", 1)
    changes = prepare(tmp_path, "samples.jsonl")
    with pytest.raises(GrpoError, match="verifier serve"):
        sample(load(SampleConfig, None, [*changes, "rewards.url=http://127.0.0.1:9"]))


def test_only_missing_groups_are_written(tmp_path: Path) -> None:
    config = load(SampleConfig, None, ["rollout.outputs=2", "rollout.max_new_tokens=4", "rollout.questions=2"])
    prompts, path = generate("words", 5, seed=0), tmp_path / "samples.jsonl"
    told: list[int] = []

    def writer() -> groups.Writer:
        return groups.Writer(config.model, config.rollout, seed=0)

    def note(what: str, done: int, of: int) -> None:
        told.append(done)

    assert not writer().fill(path, prompts, note, lambda: True)  # between two tokens
    assert not told
    assert not writer().fill(path, prompts, note, lambda: len(told) >= 3)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "half a li')  # killed while it wrote
    assert writer().fill(path, prompts, note, lambda: False)
    assert told == [1, 2, 3, 4, 5]
    assert [group["id"] for group in groups.read(path, prompts)] == [prompt.id for prompt in prompts]
    assert all(len(group["completions"]) == 2 for group in stream(path))


def test_completions_have_room_in_the_model(tmp_path: Path) -> None:
    config = load(EvalConfig, None, ["rollout.max_new_tokens=4096"])
    with pytest.raises(ConfigError, match="4096 positions"):
        groups.Writer(config.model, config.rollout, 0).fill(tmp_path / "a.jsonl", generate("words", 1, 0), silent, bool)


def test_completions_of_another_model_are_not_taken_for_ones_own(server: RunningServer, tmp_path: Path) -> None:
    changes = prepare(tmp_path, "samples.jsonl")
    data = f"data.path={tmp_path / 'questions.jsonl'}"
    assert sample(load(SampleConfig, None, [*changes, data, f"rewards.url={server.url}"]))
    with pytest.raises(ConfigError, match=r"another model\.path"):
        sample(load(SampleConfig, None, [*changes, data, "model.path=elsewhere"]))
