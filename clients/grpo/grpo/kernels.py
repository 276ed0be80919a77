"""Operations whose gradient is written out: PyTorch would derive it with several times the passes over memory."""

from typing import Any, cast

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
    """``x / sqrt(mean(x^2) + epsilon) * weight`` over the last dimension (Zhang and Sennrich, 1910.07467, eq. 4).

    Computed in float32 at least, given in ``dtype``.
    """
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    if torch.is_grad_enabled():
        return cast("Any", _RMSNorm).apply(x, weight, epsilon, dtype)
    return (x * _scale(x, epsilon) * weight).to(dtype)


def _scale(x: Tensor, epsilon: float) -> Tensor:
    return torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)


class _RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
        scale = _scale(x, epsilon)
        ctx.save_for_backward(x, weight, scale)
        return (x * scale * weight).to(dtype)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (grad,) = grad_outputs
        x, weight, scale = cast("tuple[Tensor, ...]", ctx.saved_tensors)
        normed = x * scale
        along = grad * normed
        slope = along.sum(tuple(range(x.dim() - 1)))
        shared = (along @ weight)[..., None] / x.shape[-1]
        return torch.addcmul(grad * weight, normed, shared, value=-1).mul_(scale), slope, None, None
