"""Causal attention within sequences that lie end to end."""

import ctypes
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from grpo.native.compiled import Long, Pointer, call


class _Attention(ctypes.Structure):
    _fields_ = (
        *((name, Long) for name in ("sequences", "heads", "kinds", "size")),
        *((name, Pointer) for name in ("query_ends", "key_ends", "queries", "keys", "values", "seen")),
        *((name, Pointer) for name in ("slope", "to_queries", "to_keys", "to_values")),
    )


def attention(queries: Tensor, keys: Tensor, values: Tensor, query_ends: Tensor, key_ends: Tensor) -> Tensor:
    """What each query sees, ``[tokens, heads, size]``: of its own sequence, whose last query sees its last key.

    Queries, keys and values are ``[tokens, heads, size]`` in float32, on CPU; of keys and values there are perhaps fewer heads.
    The ends, int32, say where each sequence begins and the last one ends; it has as many keys as queries, or more.
    """
    return cast("Tensor", cast("Any", _Attend).apply(queries, keys, values, query_ends, key_ends))


class _Attend(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Tensor) -> Tensor:
        tensors = [each.contiguous() for each in given]
        seen = torch.empty_like(tensors[0])
        ctx.save_for_backward(*tensors)
        _call("attend", tensors, seen=seen)
        return seen

    @staticmethod
    @cast("Any", once_differentiable)
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        tensors = list(cast("tuple[Tensor, ...]", ctx.saved_tensors))
        found = {
            f"to_{name}": torch.empty_like(each)
            for name, each in zip(("queries", "keys", "values"), tensors, strict=False)
        }
        _call("attend_back", tensors, slope=slopes[0].contiguous(), **found)
        return *found.values(), None, None


def _call(name: str, tensors: list[Tensor], **more: Tensor) -> None:
    queries, keys, values, query_ends, key_ends = tensors
    numbers = len(query_ends) - 1, queries.shape[1], keys.shape[1], queries.shape[2]
    pointers = [each.data_ptr() for each in (query_ends, key_ends, queries, keys, values)]
    of = _Attention(*numbers, *pointers, **{key: each.data_ptr() for key, each in more.items()})
    call(name, ctypes.byref(of), torch.get_num_threads())
