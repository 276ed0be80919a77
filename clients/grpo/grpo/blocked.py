"""Linear layers whose weights are laid out once, in the blocks that oneDNN multiplies: it would else do so in each pass."""

from typing import Any, cast

import torch
from torch import Tensor, nn


def usable(dtype: torch.dtype) -> bool:
    """Whether this PyTorch can lay weights out so, on this processor: AVX2 alone is too little for bfloat16."""
    try:
        Blocked(nn.Linear(1, 1), dtype)(torch.ones(1, 1, dtype=dtype))
    except (AttributeError, RuntimeError):
        return False
    return True


class Blocked(nn.Module):
    """What a linear layer computes now, in ``dtype`` and without gradient. Of few rows, up to twice as fast."""

    def __init__(self, layer: nn.Linear, dtype: torch.dtype) -> None:
        super().__init__()
        weight, bias = layer.weight.detach().to(dtype), cast("Tensor | None", layer.bias)
        self.weight: Tensor = _onednn()._reorder_linear_weight(weight.contiguous())
        self.bias = None if bias is None else bias.detach().to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", _onednn()._linear_pointwise(x, self.weight, self.bias, "none", [], ""))


def _onednn() -> Any:
    return torch.ops.mkldnn
