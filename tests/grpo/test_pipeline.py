"""Pipelines: what a recipe of stages is checked for, and that one that was stopped goes on."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from grpo import pipeline
from grpo.config import Config, load
from grpo.errors import ConfigError
from grpo.pipeline import PipelineConfig, Stage

ROOT = Path(__file__).parent.parent.parent
RECIPES = ROOT / "clients" / "grpo" / "recipes"
GUIDE = ROOT / "docs" / "training.md"

TWO_STAGES = """
stages:
  first: {sft: {data: {size: 8}}}
  second: {eval: {model: {path: "@first"}, sets: [{path: "tasks:words"}]}}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., list[Stage]]:
    def make(text: str = TWO_STAGES, *changes: str) -> list[Stage]:
        (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
        config = load(PipelineConfig, tmp_path / "recipe.yaml", [f"output={tmp_path / 'out'}", *changes])
        return pipeline.stages(config)

    return make


class Runners:
    """Notes which stages run, and stops at one of them."""

    def __init__(self, stops_at: str = "") -> None:
        self.ran: list[str] = []
        self.stops_at = stops_at

    def __call__(self, stage: Stage) -> bool:
        self.ran.append(stage.name)
        return stage.name != self.stops_at

    def run(self, stages: list[Stage]) -> bool:
        return pipeline.run(stages, {"sft": self, "train": self, "sample": self, "eval": self}, lambda text: None)


def test_references_stand_for_what_earlier_stages_made(recipe: Callable[..., list[Stage]], tmp_path: Path) -> None:
    text = """
    stages:
      rl: {train: {model: {path: small}}}
      pick: {sample: {model: {path: "@rl"}}}
      distil: {sft: {model: {path: tiny}, data: {train: "@pick"}}}
    """
    rl, pick, distil = (stage.config.model_dump(mode="json") for stage in recipe(text))
    out = tmp_path / "out"
    assert rl["train"]["output"] == str(out / "rl")
    assert (pick["model"]["path"], pick["output"]) == (str(out / "rl"), str(out / "pick"))
    assert distil["data"]["train"] == str(out / "pick" / "selected.jsonl")


def test_a_change_reaches_into_a_stage(recipe: Callable[..., list[Stage]]) -> None:
    first = recipe(TWO_STAGES, "stages.first.sft.data.size=5")[0]
    assert first.config.model_dump()["data"]["size"] == 5
    with pytest.raises(ConfigError, match="'@there' is no stage before it"):
        recipe(TWO_STAGES, "stages.first.sft.model.path=@there")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stages: {}", "stages"),
        ("stages: {a: {sft: {}, eval: {}}}", "stage a: has one of"),
        ("stages: {a: {dance: {}}}", "stages.a.dance"),
        ("stages: {a: {sft: {trian: {}}}}", r"stage a: trian: unknown key; did you mean train\?"),
        ("stages: {a: {train: {train: 4}}}", "stage a: train: Input should be"),
        ("stages: {a: {sft: {model: {path: '@b'}}}, b: {sft: {}}}", "stage a: '@b' is no stage before it"),
        ("stages: {a: {sft: {train: {output: x}}}}", "leave it out"),
    ],
)
def test_a_wrong_recipe_is_named_before_anything_runs(recipe: Callable[..., list[Stage]], text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        recipe(text)


def test_what_is_done_is_not_done_again(recipe: Callable[..., list[Stage]]) -> None:
    stopped, again, after = Runners(stops_at="second"), Runners(), Runners()
    assert not stopped.run(recipe())
    assert again.run(recipe())
    assert after.run(recipe())
    assert (stopped.ran, again.ran, after.ran) == (["first", "second"], ["second"], [])


def test_a_stage_that_changed_after_it_was_done_is_named(recipe: Callable[..., list[Stage]]) -> None:
    Runners().run(recipe())
    with pytest.raises(ConfigError, match="stage first was done by another recipe"):
        Runners().run(recipe(TWO_STAGES, "stages.first.sft.data.size=9"))


DOCUMENTED = re.findall(r"^```yaml\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "text", [*(path.read_text(encoding="utf-8") for path in sorted(RECIPES.glob("*.yaml"))), *DOCUMENTED]
)
def test_recipes_that_we_ship_and_show_are_valid(text: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text, encoding="utf-8")
    if "stages" in yaml.safe_load(text):
        assert pipeline.stages(load(PipelineConfig, recipe))
    else:
        assert load(Config, recipe)
