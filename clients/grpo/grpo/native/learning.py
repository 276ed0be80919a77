"""What stands before a layer's attention and after it, with gradients: as :mod:`grpo.decoder` writes it out."""

import ctypes
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from grpo.native.compiled import Float, Linear, Long, Pointer, call, panel, usable


class _Before(ctypes.Structure):
    _fields_ = (
        *((name, Long) for name in ("rows", "width", "heads", "kinds", "size")),
        ("epsilon", Float),
        *((name, Pointer) for name in ("x", "norm", "cosines", "sines")),
        *((name, Linear) for name in ("query", "key", "value")),
        *((name, Pointer) for name in ("queries", "keys", "values", "normed", "to_x", "to_norm")),
    )


class _After(ctypes.Structure):
    _fields_ = (
        *((name, Long) for name in ("rows", "width", "inner")),
        ("epsilon", Float),
        *((name, Pointer) for name in ("x", "seen", "norm")),
        *((name, Linear) for name in ("output", "gate", "up", "down")),
        *((name, Pointer) for name in ("between", "gates", "ups", "result", "slope")),
        *((name, Pointer) for name in ("normed", "active", "to_between", "to_seen", "to_norm")),
    )


def fits(layer: Any, x: Tensor) -> bool:
    """Whether the C source computes this layer of ``x`` ``[tokens, width]``, in float32 on CPU."""
    if x.device.type != "cpu" or x.dtype != torch.float32 or torch.is_autocast_enabled("cpu"):
        return False
    linears = _linears(layer)
    if not all(type(each) is nn.Linear for each in linears):
        return False
    norms = layer.input_layernorm, layer.post_attention_layernorm
    weights = [weight for each in (*linears, *norms) for weight in each.parameters(recurse=False)]
    if any(each.dtype != torch.float32 or not each.is_contiguous() for each in weights):
        return False
    sizes = (size for each in linears for size in (each.in_features, each.out_features))
    return usable() and not any(size % panel() for size in sizes)


def before_attention(x: Tensor, layer: Any, cosines: Tensor, sines: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values ``[tokens, heads, size]`` of ``x`` ``[tokens, width]``, turned by position."""
    attention = layer.self_attn
    weights = [each for linear in _linears(layer)[:3] for each in (linear.weight, linear.bias)]
    norm = layer.input_layernorm
    found = cast("Any", _BeforeAttention).apply(x, cosines, sines, norm.variance_epsilon, norm.weight, *weights)
    return cast("tuple[Tensor, Tensor, Tensor]", tuple(each.unflatten(-1, (-1, attention.head_dim)) for each in found))


def after_attention(x: Tensor, seen: Tensor, layer: Any) -> Tensor:
    """What the layer makes of ``x`` and what was attended to, both ``[tokens, width]``."""
    weights = [each for linear in _linears(layer)[3:] for each in (linear.weight, linear.bias)]
    norm = layer.post_attention_layernorm
    keep = torch.is_grad_enabled()
    return cast(
        "Tensor", cast("Any", _AfterAttention).apply(x, seen, norm.variance_epsilon, keep, norm.weight, *weights)
    )


def _linears(layer: Any) -> list[Any]:
    attention, mlp = layer.self_attn, layer.mlp
    return [getattr(attention, f"{name}_proj") for name in "qkvo"] + [mlp.gate_proj, mlp.up_proj, mlp.down_proj]


class _BeforeAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, cosines: Tensor, sines: Tensor, epsilon: float, *weights: Tensor | None) -> Any:
        tensors = [each.contiguous() for each in (x, cosines, sines)]
        results = [x.new_empty(len(x), cast("Tensor", weight).shape[0]) for weight in weights[1::2]]
        ctx.save_for_backward(*tensors, *weights)
        ctx.epsilon = epsilon
        _call("before", _before(tensors, epsilon, weights, results))
        return tuple(results)

    @staticmethod
    @cast("Any", once_differentiable)
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        x, cosines, sines, *weights = cast("list[Tensor]", ctx.saved_tensors)
        turned = [each.clone(memory_format=torch.contiguous_format) for each in slopes]
        normed, to_x, to_norm = torch.empty_like(x), torch.empty_like(x), torch.empty_like(weights[0])
        _call(
            "before_back",
            _before([x, cosines, sines], ctx.epsilon, weights, turned, normed=normed, to_x=to_x, to_norm=to_norm),
        )
        by_weights = _by_weights(ctx.needs_input_grad[5:], turned, [normed] * 3)
        return to_x, None, None, None, to_norm, *by_weights


class _AfterAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, seen: Tensor, epsilon: float, keep: bool, *weights: Tensor | None) -> Tensor:
        x, seen = x.contiguous(), seen.contiguous()
        between, result = torch.empty_like(x), torch.empty_like(x)
        inner = cast("Tensor", weights[3]).shape[0]
        gates, ups = [x.new_empty(len(x), inner) for _ in range(2)] if keep else [None, None]
        given: Any = {"between": between, "gates": gates, "ups": ups}
        _call("after", _after(x, seen, epsilon, weights, result=result, **given))
        if keep:
            ctx.save_for_backward(x, seen, between, gates, ups, *weights)
            ctx.epsilon = epsilon
        return result

    @staticmethod
    @cast("Any", once_differentiable)
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        x, seen, between, gates, ups, *weights = cast("list[Tensor]", ctx.saved_tensors)
        torch.autograd.graph.increment_version((gates, ups))  # they are overwritten: nobody goes back a second time
        slope = slopes[0].contiguous()
        normed, to_between, to_seen = (torch.empty_like(each) for each in (x, x, seen))
        active, to_norm = torch.empty_like(gates), torch.empty_like(weights[0])
        kept = {"between": between, "gates": gates, "ups": ups, "slope": slope}
        made = {"normed": normed, "active": active, "to_between": to_between, "to_seen": to_seen, "to_norm": to_norm}
        _call("after_back", _after(x, seen, ctx.epsilon, weights, **kept, **made))
        sides = [to_between, gates, ups, slope], [seen, normed, normed, active]
        by_weights = _by_weights(ctx.needs_input_grad[5:], *sides)
        return to_between, to_seen, None, None, to_norm, *by_weights


def _by_weights(needed: Any, slopes: list[Tensor], inputs: list[Tensor]) -> list[Tensor | None]:
    """Gradients by weights and biases of linear layers, given those by what they made of ``inputs``."""
    found = list[Tensor | None]()
    for index, (slope, made_of) in enumerate(zip(slopes, inputs, strict=True)):
        found.append(slope.T @ made_of if needed[2 * index] else None)
        found.append(slope.sum(0) if needed[2 * index + 1] else None)
    return found


def _before(tensors: Any, epsilon: float, weights: Any, vectors: list[Tensor], **more: Tensor) -> _Before:
    x, cosines, sines = tensors
    size, kinds = cosines.shape[-1], vectors[1].shape[-1] // cosines.shape[-1]
    return _Before(
        *(len(x), x.shape[1], vectors[0].shape[-1] // size, kinds, size, epsilon),
        *_pointers(x, weights[0], cosines, sines),
        *_each_linear(weights[1:]),
        *_pointers(*vectors),
        **{name: each.data_ptr() for name, each in more.items()},
    )


def _after(x: Tensor, seen: Tensor, epsilon: float, weights: Any, **more: Tensor | None) -> _After:
    numbers = len(x), x.shape[1], weights[3].shape[0], epsilon
    pointers = {name: None if each is None else each.data_ptr() for name, each in more.items()}
    return _After(*numbers, *_pointers(x, seen, weights[0]), *_each_linear(weights[1:]), **pointers)


def _each_linear(weights: Any) -> list[Linear]:
    return [Linear.of(*each) for each in zip(weights[::2], weights[1::2], strict=True)]


def _pointers(*tensors: Tensor) -> list[int]:
    return [each.data_ptr() for each in tensors]


def _call(name: str, of: ctypes.Structure) -> None:
    call(name, ctypes.byref(of), torch.get_num_threads())
