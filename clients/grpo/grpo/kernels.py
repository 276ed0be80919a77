"""Operations between the products of matrices, in as few passes over memory as the device allows.

On CPU they are written out, with gradients of their own where PyTorch would derive them with several times the passes. On GPU
torch.compile makes few kernels of them; where there is no Triton or no C compiler, they run as written.
"""

import os
import shutil
import warnings
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from threading import local
from typing import Any, ParamSpec, TypeVar, cast

import torch
from torch import Tensor

VARIANTS = 32
"""To how many a function may be compiled before it runs as written: each with and without gradients, of one size and of any, of
weights that are trained and that are not."""

_allowed = local()

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def fused(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function, compiled when its first argument is on GPU."""

    @wraps(function)
    def call(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        if not cast("Tensor", arguments[0]).is_cuda:
            return function(*arguments, **named)
        allow_variants()
        return _compiled(function)(*arguments, **named)

    return call


def allow_variants() -> None:
    """Lets this thread compile :data:`VARIANTS` of a function: the compiler's settings are each thread's own, and gradients are
    computed in PyTorch's, a rollout perhaps beside the training."""
    if not hasattr(_allowed, "here"):
        limits = import_module("torch._dynamo.config")
        name = "recompile_limit" if hasattr(limits, "recompile_limit") else "cache_size_limit"  # in PyTorch 2.6
        setattr(limits, name, max(VARIANTS, getattr(limits, name)))
        _allowed.here = True


@cache
def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    if not (find_spec("triton") and shutil.which(os.environ.get("CC", "gcc"))):
        return function
    warnings.filterwarnings("ignore", "(?s).*Online softmax is disabled")
    return torch.compile(function)


def rms_norm(x: Tensor, weight: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
    """``x / sqrt(mean(x^2) + epsilon) * weight`` over the last dimension (Zhang and Sennrich, 1910.07467, eq. 4).

    Computed in float32 at least, given in ``dtype``.
    """
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    if x.is_cuda:
        return torch.nn.functional.rms_norm(x, x.shape[-1:], weight, epsilon).to(dtype)
    if torch.is_grad_enabled():
        return cast("Any", _RMSNorm).apply(x, weight, epsilon, dtype)
    return (x * _scale(x, epsilon)).mul_(weight).to(dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding (RoFormer, 2104.09864, section 3.4.2), in transformers' layout of halves.

    ``cos`` and ``sin`` are to be broadcast to ``x``; the first half of ``sin`` has its sign turned.
    """
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


def gated(gate: Tensor, up: Tensor) -> Tensor:
    """``silu(gate) * up``: SwiGLU without its matrices (Shazeer, 2002.05202, eq. 6)."""
    return torch.nn.functional.silu(gate) * up


@fused
def shares(scores: Tensor, mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Attention's softmax over what ``mask`` lets through; computed in float32, given in ``dtype``."""
    unseen = torch.zeros(mask.shape, device=mask.device).masked_fill_(~mask, -torch.inf)
    return (scores + unseen).softmax(-1).to(dtype)


@fused
def first_to_arrive(scores: Tensor, waits: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Draws from the softmax of ``scale * scores`` ``[rows, n]``; what is drawn ``[rows]``, and its log-probability.

    ``waits`` are drawn from Exponential(1): divided by the probabilities they are waits at these rates, and the shortest wins.
    """
    scores = scores.float() * scale
    chosen = (scores - waits.log()).argmax(-1)
    return chosen, scores.gather(-1, chosen[:, None])[:, 0] - scores.logsumexp(-1)


def _scale(x: Tensor, epsilon: float) -> Tensor:
    return torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)


class _RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
        scale = _scale(x, epsilon)
        ctx.save_for_backward(x, weight, scale)
        return (x * scale).mul_(weight).to(dtype)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (grad,) = grad_outputs
        x, weight, scale = cast("tuple[Tensor, ...]", ctx.saved_tensors)
        grad, normed = grad.to(x.dtype), x * scale
        along = grad * normed
        slope = along.sum(tuple(range(x.dim() - 1)))
        shared = (along @ weight)[..., None].div_(-x.shape[-1])
        return normed.mul_(shared).addcmul_(grad, weight).mul_(scale), slope, None, None
