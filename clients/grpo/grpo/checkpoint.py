"""Checkpoints: a directory that transformers loads, and beside it all that an exact continuation needs.

``step-000020/`` holds the model as safetensors with its tokenizer, ``reference/`` where it differs, and ``trainer.pt``:
optimizer, random numbers, data position, pass rates. It is written under another name and renamed: none is ever half there.
"""

import pickle
import re
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors

from grpo import sharding
from grpo.curriculum import Curriculum
from grpo.errors import GrpoError
from grpo.learner import Learner
from grpo.models import bare
from grpo.parallel import World

TRAINER = "trainer.pt"

UNREADABLE = (
    *(OSError, EOFError, LookupError, TypeError, ValueError, RuntimeError),
    *(SafetensorError, pickle.UnpicklingError),
)
"""What files of another version, or damaged ones, raise in torch, safetensors and our own code."""

_NAME = re.compile(r"step-(\d+)")


class Running(Protocol):
    """What is saved of a run."""

    step: int
    world: World
    learner: Learner
    curriculum: Curriculum
    generator: torch.Generator

    def under_way(self) -> str:
        """What there is of steps that are not done; JSON."""
        ...

    def put_under_way(self, saved: str) -> None:
        """Puts that back."""
        ...


def name(step: int) -> str:
    """That of the checkpoint after ``step`` steps."""
    return f"step-{step:06d}"


def latest(directory: Path) -> Path | None:
    """The last checkpoint in a directory, if there is one."""
    found = [path for path in directory.glob("step-*") if _NAME.fullmatch(path.name)]
    return max(found, key=lambda path: path.name, default=None)


@contextmanager
def written(final: Path, keep: int) -> Generator[Path]:
    """A directory to write to, that is named ``final`` when all is written; then all but the last ``keep`` are removed.

    Raises:
        GrpoError: it cannot be written (a full disk). Nothing of it is left, and earlier ones are as they were.
    """
    partial = final.parent / f".{final.name}"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
    except (OSError, RuntimeError, SafetensorError) as error:  # the second is torch's
        shutil.rmtree(partial, ignore_errors=True)
        raise GrpoError(f"{final}: cannot be written: {error}") from error
    replaced = final.parent / f".{final.name}.replaced"  # renamed too: never half removed under its name
    shutil.rmtree(replaced, ignore_errors=True)
    if final.exists():
        final.rename(replaced)
    partial.rename(final)
    shutil.rmtree(replaced, ignore_errors=True)
    for old in sorted(final.parent.glob("step-*"))[:-keep]:
        shutil.rmtree(old)


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
    under_way = run.under_way()  # first: it draws random numbers until it is done
    positions = run.world.gather(position(run) | {"under_way": under_way})
    model = learner.policy.model
    weights, optimizer = sharding.weights(model), sharding.optimizer_state(model, learner.optimizer)
    reference = None if learner.reference is None else _untied(learner.reference)
    if run.world.main:
        with written(final, keep) as partial:
            learner.policy.save(partial, weights)
            if reference is not None:
                (partial / "reference").mkdir()
                safetensors.save_file(reference, partial / "reference" / "model.safetensors")
            torch.save({"optimizer": optimizer, "positions": positions}, partial / TRAINER)
    run.world.sum([0.0])  # nobody goes on before it is written
    return final


def load(path: Path, run: Running) -> None:
    """Goes on from a checkpoint, exactly.

    Raises:
        GrpoError: it was written by another number of processes or another version, is damaged, or is of another model.
    """
    try:
        _load(path, run)
    except UNREADABLE as error:
        why = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise GrpoError(
            f"{path}: cannot go on from here: written by another version of grpo, or damaged ({why}): go on with that version, "
            f"remove this checkpoint, or start a run with another train.output and model.path={path}"
        ) from error


def _load(path: Path, run: Running) -> None:
    saved = torch.load(path / TRAINER, map_location="cpu", weights_only=True)
    positions, learner = saved["positions"], run.learner
    if len(positions) != run.world.size:
        raise GrpoError(f"{path}: written by {len(positions)} processes, and now there are {run.world.size}")
    load_weights(learner.policy.model, path)
    if learner.reference is not None:
        reference = path / "reference"  # not kept as long as the objective had no KL penalty
        load_weights(learner.reference, reference if reference.exists() else path)
    sharding.load_optimizer_state(learner.policy.model, learner.optimizer, saved["optimizer"])
    move(run, positions[run.world.rank])
    run.put_under_way(positions[run.world.rank]["under_way"])


def load_weights(model: torch.nn.Module, path: Path) -> None:
    """Puts the weights in a checkpoint back, of a LoRA model the adapter's.

    Raises:
        GrpoError: they are of another model.
    """
    if (path / "adapter_model.safetensors").exists():
        import peft

        peft.set_peft_model_state_dict(model, safetensors.load_file(path / "adapter_model.safetensors"))
        return
    weights: dict[str, torch.Tensor] = {}
    for part in sorted(path.glob("model*.safetensors")):
        weights |= safetensors.load_file(part)
    if sharding.is_sharded(model):
        sharding.load_weights(model, weights)
        return
    missing, unknown = bare(model).load_state_dict(weights, strict=False)
    tied = {key for key in model.state_dict() if key not in _untied(model)}
    if unknown or set(missing) - tied:
        raise GrpoError(f"{path}: of another model: {[*unknown, *missing][:3]} ...")


def _untied(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights, those that share memory once; of a sharded model, gathered in the main process."""
    seen: set[int] = set()
    weights: dict[str, torch.Tensor] = {}
    gathered = sharding.weights(model)
    for key, value in (bare(model).state_dict() if gathered is None else gathered).items():
        if value.data_ptr() not in seen:
            seen.add(value.data_ptr())
            weights[key] = value.contiguous()
    return weights
