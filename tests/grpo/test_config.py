"""Recipes: what is set, what is refused, and how it is said."""

from pathlib import Path

import pytest
from grpo.config import Config, dump, load
from grpo.errors import ConfigError


def test_a_recipe_and_changes_on_top(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("train: {steps: 7, seed: 3}\noptimizer: {lr: 3e-6}\n", encoding="utf-8")
    config = load(Config, recipe, ["train.steps=20", "algorithm.preset=dapo", "rollout.stop=[a, b]"])
    assert (config.train.steps, config.train.seed, config.optimizer.lr) == (20, 3, 3e-6)
    assert (config.algorithm.preset, config.rollout.stop) == ("dapo", ["a", "b"])


def test_what_is_dumped_loads_as_the_same(tmp_path: Path) -> None:
    config = load(Config, None, ["model.lora.rank=4", "rewards.rubric=math"])
    (tmp_path / "all.yaml").write_text(dump(config), encoding="utf-8")
    assert load(Config, tmp_path / "all.yaml") == config


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("train.stepz=3", r"train\.stepz: unknown key; did you mean train\.steps\?"),
        ("trian.steps=3", r"trian: unknown key; did you mean train\?"),
        ("train.steps=few", r"train\.steps: Input should be a valid integer"),
        ("algorithm.preset=ppo", r"algorithm\.preset: Input should be 'r1'"),
        ("train.steps", r"write it as section\.key=value"),
        ("train.steps=[", "--set"),
        ("train.minibatches=7", "do not split"),
        ("rollout.stop=['']", r"rollout\.stop\.0: String should have at least 1 character"),
        ("optimizer.lr=.inf", r"optimizer\.lr: Input should be a finite number"),
        ("optimizer.betas=[0.9, 1]", r"optimizer\.betas\.1: Input should be less than 1"),
        ("train.seed=99999999999999999999", r"train\.seed: Input should be less than"),
        ("curriculum={low: 0.9, high: 0.1}", r"curriculum: low=0\.9 is more than high=0\.1"),
        ("rollout.engine=openai", r"needs rollout\.url"),
    ],
)
def test_a_wrong_change_is_named(change: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(Config, None, [change])


@pytest.mark.parametrize("text", ["- 1", "a: [", "\x00", "a: " + "[" * 5_000, "a: 2026-13-45"])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.yaml") as raised:
        load(Config, tmp_path / "bad.yaml")
    assert "\n" not in str(raised.value)


def test_clip_ten_is_legal() -> None:
    assert load(Config, None, ["algorithm.clip_high=10", "algorithm.clip_low=10"]).algorithm.clip_high == 10
