"""Checkpoints: a directory that transformers loads, and beside it all that an exact continuation needs.

``step-000020/`` holds the model as safetensors with its tokenizer, ``reference/`` where it differs, and ``trainer.pt``:
optimizer, random numbers, data position, pass rates. It is written under another name and renamed: none is ever half there.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import torch as safetensors

from grpo.curriculum import Curriculum
from grpo.errors import GrpoError
from grpo.learner import Learner
from grpo.models import bare
from grpo.parallel import World

_NAME = re.compile(r"step-(\d+)")


class Running(Protocol):
    """What is saved of a run."""

    step: int
    world: World
    learner: Learner
    curriculum: Curriculum
    generator: torch.Generator

    def sampled_ahead(self) -> str:
        """What was sampled for the next step already; JSON."""
        ...

    def put_ahead(self, saved: str) -> None:
        """Puts that back."""
        ...


def name(step: int) -> str:
    """That of the checkpoint after ``step`` steps."""
    return f"step-{step:06d}"


def latest(directory: Path) -> Path | None:
    """The last checkpoint in a directory, if there is one."""
    found = [path for path in directory.glob("step-*") if _NAME.fullmatch(path.name)]
    return max(found, key=lambda path: path.name, default=None)


def position(run: Running) -> dict[str, Any]:
    """Where a run stands, weights and optimizer aside: random numbers, data, step."""
    return {
        "step": run.step,
        "curriculum": run.curriculum.state(),
        "generator": run.generator.get_state(),
        "order": run.learner.order.get_state(),
        "torch": torch.get_rng_state(),
    }


def move(run: Running, position: Mapping[str, Any]) -> None:
    """Puts a run where :func:`position` was taken."""
    run.step = position["step"]
    run.curriculum.restore(position["curriculum"])
    run.generator.set_state(position["generator"])
    run.learner.order.set_state(position["order"])
    torch.set_rng_state(position["torch"])


def save(directory: Path, run: Running, keep: int) -> Path:
    """Writes a checkpoint, and removes all but the last ``keep``. All processes call it; one writes, each its own position."""
    final, learner = directory / name(run.step), run.learner
    ahead = run.sampled_ahead()  # first: it draws random numbers until it is done
    positions = run.world.gather(position(run) | {"ahead": ahead})
    if run.world.main:
        partial = directory / f".{final.name}"
        shutil.rmtree(partial, ignore_errors=True)
        learner.policy.save(partial)
        if learner.reference is not None:
            (partial / "reference").mkdir()
            safetensors.save_file(_untied(learner.reference), partial / "reference" / "model.safetensors")
        torch.save({"optimizer": learner.optimizer.state_dict(), "positions": positions}, partial / "trainer.pt")
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
        for old in sorted(directory.glob("step-*"))[:-keep]:
            shutil.rmtree(old)
    run.world.sum([0.0])  # nobody goes on before it is written
    return final


def load(path: Path, run: Running) -> None:
    """Goes on from a checkpoint, exactly.

    Raises:
        GrpoError: it was written by another number of processes, or is of another model.
    """
    saved = torch.load(path / "trainer.pt", map_location="cpu", weights_only=True)
    positions, learner = saved["positions"], run.learner
    if len(positions) != run.world.size:
        raise GrpoError(f"{path}: written by {len(positions)} processes, and now there are {run.world.size}")
    _load_weights(learner.policy.model, path)
    if learner.reference is not None:
        _load_weights(learner.reference, path / "reference")
    learner.optimizer.load_state_dict(saved["optimizer"])
    move(run, positions[run.world.rank])
    run.put_ahead(positions[run.world.rank]["ahead"])


def _load_weights(model: torch.nn.Module, path: Path) -> None:
    if (path / "adapter_model.safetensors").exists():
        import peft

        peft.set_peft_model_state_dict(model, safetensors.load_file(path / "adapter_model.safetensors"))
        return
    weights: dict[str, torch.Tensor] = {}
    for part in sorted(path.glob("model*.safetensors")):
        weights |= safetensors.load_file(part)
    missing, unknown = bare(model).load_state_dict(weights, strict=False)
    tied = {key for key in model.state_dict() if key not in _untied(model)}
    if unknown or set(missing) - tied:
        raise GrpoError(f"{path}: of another model: {[*unknown, *missing][:3]} ...")


def _untied(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights, those that share memory once."""
    seen: set[int] = set()
    weights: dict[str, torch.Tensor] = {}
    for key, value in bare(model).state_dict().items():
        if value.data_ptr() not in seen:
            seen.add(value.data_ptr())
            weights[key] = value.contiguous()
    return weights
