"""Stages in a row, ``grpo pipeline``: R1's whole course as one recipe, from cold start to distillation and the exam.

A recipe names its stages in order; each is one of ``sft``, ``train``, ``sample``, ``eval`` with that command's own keys::

    output: runs/r1
    stages:
      cold-start: {sft: {data: {train: worked.jsonl}}}
      reasoning: {train: {model: {path: "@cold-start"}}}

``@NAME`` stands for what an earlier stage made: the model of a run, the selected samples of ``sample``. Each stage has the
directory ``output/NAME``. A pipeline that is stopped goes on with the stage it was in, where that was stopped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import Field

from grpo.config import Config, Section, dump, validated
from grpo.errors import ConfigError
from grpo.finetune.config import SftConfig
from grpo.offline.config import SELECTED, EvalConfig, SampleConfig

Kind = Literal["sft", "train", "sample", "eval"]

KINDS: dict[Kind, type[Section]] = {"sft": SftConfig, "train": Config, "sample": SampleConfig, "eval": EvalConfig}

DONE = "done.yaml"
"""In a stage's directory: the recipe of a stage that is done."""


class PipelineConfig(Section):
    """One recipe of ``grpo pipeline``."""

    output: Path = Path("runs/pipeline")
    stages: dict[str, dict[Kind, dict[str, Any]]] = Field(min_length=1)


@dataclass(frozen=True)
class Stage:
    """One stage, every reference resolved."""

    name: str
    kind: Kind
    directory: Path
    config: Section

    @property
    def done(self) -> bool:
        """Whether it was done.

        Raises:
            ConfigError: it was, but by another recipe: what came after it may rest on that.
        """
        marker = self.directory / DONE
        if not marker.exists():
            return False
        if marker.read_text(encoding="utf-8") != dump(self.config):
            raise ConfigError(
                f"stage {self.name} was done by another recipe ({marker}): to do it again, remove {self.directory} and "
                "the directories of the stages after it"
            )
        return True

    def finish(self) -> None:
        """Marks it as done."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / DONE).write_text(dump(self.config), encoding="utf-8")


def stages(config: PipelineConfig) -> list[Stage]:
    """The stages in order, all of them checked before the first one runs.

    Raises:
        ConfigError: a stage is of no kind or of two, has a key that its command does not know, or refers to none before it.
    """
    found: list[Stage] = []
    products: dict[str, str] = {}
    for name, body in config.stages.items():
        if len(body) != 1:
            raise ConfigError(f"stage {name}: has one of {', '.join(KINDS)}")
        ((kind, tree),) = body.items()
        directory = config.output / name
        found.append(Stage(name, kind, directory, _validated(name, kind, _resolved(name, tree, products), directory)))
        products[name] = str(directory / SELECTED if kind == "sample" else directory)
    return found


def run(all_stages: list[Stage], runners: Mapping[Kind, Callable[[Stage], bool]], told: Callable[[str], None]) -> bool:
    """Runs the stages that are not done; False if one was stopped. ``runners``: by kind, what runs one, False if stopped."""
    for number, stage in enumerate(all_stages, 1):
        title = f"stage {number}/{len(all_stages)}: {stage.name} ({stage.kind})"
        if stage.done:
            told(f"{title} is done")
            continue
        told(title)
        if not runners[stage.kind](stage):
            return False
        stage.finish()
    return True


def _resolved(name: str, tree: Any, products: Mapping[str, str]) -> Any:
    """The tree with what ``@NAME`` stands for."""
    if isinstance(tree, dict):
        return {key: _resolved(name, value, products) for key, value in cast("dict[str, Any]", tree).items()}
    if isinstance(tree, list):
        return [_resolved(name, value, products) for value in cast("list[Any]", tree)]
    if not isinstance(tree, str) or not tree.startswith("@"):
        return tree
    if tree[1:] not in products:
        raise ConfigError(f"stage {name}: {tree!r} is no stage before it ({', '.join(products) or 'there is none'})")
    return products[tree[1:]]


def _validated(name: str, kind: Kind, tree: dict[str, Any], directory: Path) -> Section:
    at = tree.setdefault("train", {}) if kind in ("sft", "train") else tree
    if isinstance(at, dict):
        section = cast("dict[str, Any]", at)
        if "output" in section:
            raise ConfigError(f"stage {name}: its output is {directory}; leave it out")
        section["output"] = str(directory)
    return validated(KINDS[kind], tree, f"stage {name}: ")
