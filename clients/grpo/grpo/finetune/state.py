"""What a fine-tuning run needs to go on exactly where it was, in the form of :mod:`grpo.checkpoint`."""

import pickle
from pathlib import Path

import torch

from grpo import checkpoint, sharding
from grpo.errors import DataError, GrpoError
from grpo.models import Policy


def save(
    directory: Path, step: int, policy: Policy, optimizer: torch.optim.Optimizer, *, keep: int, main: bool
) -> None:
    """Called by all processes; the main one writes ``step-NNNNNN``: what transformers loads, and the optimizer's state."""
    weights, adam = sharding.weights(policy.model), sharding.optimizer_state(policy.model, optimizer)
    if not main:
        return
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    state = {"step": step, "optimizer": adam, "rng": torch.get_rng_state(), "rng_cuda": cuda}
    with checkpoint.written(directory / checkpoint.name(step), keep) as partial:
        policy.save(partial, weights)
        torch.save(state, partial / checkpoint.TRAINER)


def restore(path: Path, policy: Policy, optimizer: torch.optim.Optimizer) -> int:
    """Puts the state back; the step it was saved after.

    Raises:
        DataError: the checkpoint is of another model or optimizer, or damaged.
    """
    try:
        state = torch.load(path / checkpoint.TRAINER, map_location="cpu", weights_only=True)
        checkpoint.load_weights(policy.model, path)
        sharding.load_optimizer_state(policy.model, optimizer, state["optimizer"])
        torch.set_rng_state(state["rng"])
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all(state["rng_cuda"])
        return int(state["step"])
    except (OSError, RuntimeError, KeyError, ValueError, GrpoError, pickle.UnpicklingError) as error:
        why = str(error).partition("\n")[0]
        raise DataError(f"{path}: cannot go on from here: remove it, or set another output ({why})") from error
