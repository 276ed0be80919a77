"""Weights over several processes: FSDP2, each process keeping its part of every weight and of the optimizer's state.

A layer's weights are gathered when it computes, and its gradients are averaged as they are scattered (``fully_shard`` of
``torch.distributed.fsdp``). What is saved is gathered: the model of a checkpoint is that of a run of one process.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor

from grpo.models import bare

_WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


def shard(model: nn.Module) -> None:
    """Shards a model in place over all processes: each of its layers by itself, then what is left."""
    layers: set[str] = set(getattr(bare(model), "_no_split_modules", None) or ())
    for module in list(model.modules()):
        if type(module).__name__ in layers:
            fully_shard(module)
    fully_shard(model)


def is_sharded(model: nn.Module) -> bool:
    """Whether :func:`shard` was called on it."""
    return isinstance(model, FSDPModule)


@contextmanager
def whole(model: nn.Module) -> Generator[None]:
    """While it is open, every process has all weights: forward passes need no others, so each may make as many as it likes.

    Entered and left by all processes together.
    """
    parts = [module for module in model.modules() if isinstance(module, FSDPModule)]
    for part in parts:
        part.set_reshard_after_forward(False, recurse=False)
        part.unshard()
    try:
        yield
    finally:
        for part in parts:
            part.reshard()
            part.set_reshard_after_forward(True, recurse=False)


def clip(model: nn.Module, most: float) -> float:
    """Clips the gradients to the norm ``most``; the norm before. Called by all processes."""
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), most)
    return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)


def weights(model: nn.Module) -> dict[str, Tensor] | None:
    """All weights of a sharded model, on CPU, in the main process (elsewhere, nothing); None if it is not sharded.

    What is tied to another weight is left out, as transformers leaves it out of a file.
    """
    if not is_sharded(model):
        return None
    tied, gathered = _tied(model), get_model_state_dict(model, options=_WHOLE)
    return {name: cast("Tensor", value) for name, value in gathered.items() if name not in tied}


def _tied(model: nn.Module) -> dict[str, str]:
    """Names of weights that are another's too, and what that is called."""
    first: dict[nn.Parameter, str] = {}
    names = [(name, first.setdefault(weight, name)) for name, weight in model.named_parameters(remove_duplicate=False)]
    return {name: other for name, other in names if name != other}


def optimizer_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """The optimizer's state; of sharded weights by their names, gathered in the main process. Called by all processes."""
    if not is_sharded(model):
        return optimizer.state_dict()
    return dict(get_optimizer_state_dict(model, optimizer, options=_WHOLE))


def load_weights(model: nn.Module, values: Mapping[str, Tensor]) -> None:
    """Puts back what :func:`weights` gathered; every process has all of it."""
    whole: dict[str, Any] = {name: values[other] for name, other in _tied(model).items()} | dict(values)
    set_model_state_dict(model, whole, options=_WHOLE)


def load_optimizer_state(model: nn.Module, optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    """Puts back what :func:`optimizer_state` gave; every process has all of it."""
    if not is_sharded(model):
        optimizer.load_state_dict(dict(state))
        return
    set_optimizer_state_dict(model, optimizer, dict(state), options=_WHOLE)
