"""The recipes that we ship, at a size that takes seconds, against a real service: all of R1's course, end to end."""

import json
from pathlib import Path

import pytest
from grpo import pipeline, runners
from grpo.config import load
from grpo.pipeline import PipelineConfig
from grpo.watch.files import stream

from tests.conftest import RunningServer

RECIPES = Path(__file__).parent.parent.parent / "clients" / "grpo" / "recipes"

# A model that has seen so little is never right: what it writes is kept all the same, whatever its format.
SMALL = {
    "sft": ("model.path=tiny", "data.size=64", "train.epochs=1", "train.batch=32"),
    "train": ("train.steps=2", "rollout.questions=4", "rollout.outputs=4", "data.size=8", "data.heldout_size=2"),
    "sample": ("data.limit=4", "rollout.outputs=2", "rewards.rubric=format", "select.keep.format=0"),
    "eval": ("rollout.outputs=2",),
}
TOKENS = "rollout.max_new_tokens=16"


def shrunk(recipe: Path, output: Path) -> list[str]:
    """Changes that make a recipe small."""
    changes = [f"output={output}"]
    for name, body in load(PipelineConfig, recipe).stages.items():
        ((kind, tree),) = body.items()
        follows = str(tree.get("model", {}).get("path")).startswith("@")
        small = [change for change in SMALL[kind] if not (follows and change.startswith("model."))]
        small += [] if kind == "sft" else [TOKENS]
        small += ["sets=[{path: 'tasks:mixed', limit: 3}]"] if kind == "eval" else []
        changes += [f"stages.{name}.{kind}.{change}" for change in small]
    return changes


@pytest.mark.parametrize("name", ["r1_tiny.yaml"])
def test_a_recipe_runs_from_cold_start_to_exam(
    name: str, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFIER_URL", server.url)
    stages = pipeline.stages(load(PipelineConfig, RECIPES / name, shrunk(RECIPES / name, tmp_path)))
    assert pipeline.run(stages, runners.by_kind(lambda: False), lambda text: None)
    report = json.loads((tmp_path / "exam-pupil" / "report.json").read_text(encoding="utf-8"))
    assert report["sets"]["mixed"]["questions"] == 3
    assert [row["step"] for row in stream(tmp_path / "reasoning" / "metrics.jsonl")] == [0, 1, 2]
    kept = json.loads((tmp_path / "rejection" / "report.json").read_text(encoding="utf-8"))
    assert kept["kept"] == len(list(stream(tmp_path / "rejection" / "selected.jsonl")))
