"""A recipe that explains itself: nothing in it is without a word, and it loads as what it was printed from."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from grpo import manual
from grpo.config import Config, LoraConfig, ModelConfig, Section, WandBConfig, WatchConfig, dump, load
from grpo.finetune.config import SftConfig
from grpo.loss import PRESETS
from grpo.offline.config import EvalConfig, SampleConfig
from grpo.pipeline import KINDS, Kind
from hypothesis import given
from hypothesis import strategies as st

DOCS = Path(__file__).parent.parent.parent / "docs" / "training.md"

CHANGES: dict[Kind, list[str]] = {
    "train": ["model.lora.rank=4", "watch.wandb.name='#1: \"a\"'", "rollout.stop=['</answer>', '\n\n']"],
    "sft": ["optimizer.betas=[0.5, 0.25]", "model.lora.targets=[q_proj]", "train.output=/tmp/a b"],
    "sample": ["select.keep={accuracy: 1, format: 0.5}", "rewards.rubric={name: a, scores: {b: {verifier: math}}}"],
    "eval": ["sets=[{path: a.jsonl}, {path: 'tasks:words', limit: 3, language: null}]", "score='null'"],
}


ALL = Config(model=ModelConfig(lora=LoraConfig()), watch=WatchConfig(wandb=WandBConfig()))
"""With all that is off by default."""


@pytest.mark.parametrize("kind", KINDS)
def test_it_loads_as_it_was(kind: Kind, tmp_path: Path) -> None:
    config = load(KINDS[kind], None, CHANGES[kind])
    (tmp_path / "recipe.yaml").write_text(manual.of(config), encoding="utf-8")
    assert load(KINDS[kind], tmp_path / "recipe.yaml") == config


@given(st.text().map(lambda text: text + "{question}"))
def test_texts_load_as_they_were(template: str) -> None:
    config = ModelConfig(template=template)
    for text in (manual.of(config), dump(config)):
        assert ModelConfig.model_validate(yaml.safe_load(text)) == config


@pytest.mark.parametrize(
    "config", [ALL, SftConfig(), SampleConfig(), EvalConfig()], ids=lambda config: type(config).__name__
)
def test_every_setting_is_explained(config: Section) -> None:
    for before, line in pairwise(manual.of(config).splitlines()):
        if re.match(r" *[a-z_]+:", line):
            assert before.lstrip().startswith("# "), f"nothing is said of {line}"


def test_the_table_of_presets_is_true() -> None:
    table = DOCS.read_text(encoding="utf-8").partition("| preset |")[2].partition("\n\n")[0]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert {name: values for name, *values, _ in rows} == {
        name: [f"{spec.clip_low:g}", f"{spec.clip_high:g}", f"{spec.beta:g}", spec.scale]
        for name, spec in PRESETS.items()
    }
