"""Log-probabilities and entropies of tokens: from logits, or from what the head is given, a part of the tokens at a time.

With a vocabulary of 152,000, logits of 16,384 tokens take 10 GB in float32, and their softmax and gradients as much again each.
Over a part at a time none of it is kept: the pass backward multiplies by the head once more.
"""

from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from grpo.kernels import fused

MOST = 1 << 24
"""Logits that are kept: of more, a part is computed at a time."""

PART = 1 << 29
"""Logits in a part."""


class Judged(NamedTuple):
    """Of tokens ``[...]``, float32."""

    logprobs: Tensor
    """Natural logarithms, at the temperature of sampling."""
    entropy: Tensor
    """Of the distribution each token was drawn from, nats; without gradient."""


def of_hidden(head: nn.Module, hidden: Tensor, targets: Tensor, temperature: float, *, entropy: bool = True) -> Judged:
    """Of ``targets`` ``[...]``, from what ``head`` makes logits of, ``[..., width]``."""
    plain = type(head) is nn.Linear and getattr(head, "bias", None) is None
    weight = cast("Tensor", head.weight)
    if not plain or targets.numel() * weight.shape[0] <= MOST:
        return of_logits(head(hidden), targets, temperature, entropy=entropy)
    kind = hidden.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else weight.dtype
    arguments = hidden.flatten(0, -2).to(dtype), weight, targets.flatten(), 1 / temperature
    found = cast("tuple[Tensor, Tensor]", cast("Any", _InParts).apply(*arguments))
    return Judged(*(each.view(targets.shape) for each in found))


def of_logits(scores: Tensor, targets: Tensor, temperature: float, *, entropy: bool = True) -> Judged:
    """Of ``targets`` ``[...]``, from logits ``[..., vocabulary]``."""
    scores = scores.float()
    logs = (scores if temperature == 1 else scores / temperature).log_softmax(-1)
    logprobs = logs.gather(-1, targets[..., None])[..., 0]
    if not entropy:
        return Judged(logprobs, torch.zeros_like(logprobs))
    with torch.no_grad(), torch.autocast(logs.device.type, enabled=False):
        return Judged(logprobs, -cast("Tensor", torch.linalg.vecdot(logs.exp(), logs)))


class _InParts(torch.autograd.Function):
    """Of hidden states ``[tokens, width]``, in the dtype that is to be multiplied in."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        head = weight.to(hidden.dtype)
        parts = [_read(hidden[rows] @ head.T, targets[rows], scale) for rows in _parts(hidden, weight)]
        logprobs, total, entropy = (torch.cat(each) for each in zip(*parts, strict=True))
        ctx.save_for_backward(hidden, weight, targets, total)
        ctx.scale = scale
        ctx.mark_non_differentiable(entropy)
        return logprobs, entropy

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        hidden, weight, targets, total = cast("tuple[Tensor, ...]", ctx.saved_tensors)
        head = weight.to(hidden.dtype)
        to_hidden, to_weight = torch.empty_like(hidden), None
        if ctx.needs_input_grad[1]:
            to_weight = torch.zeros_like(weight)
        for rows in _parts(hidden, weight):
            part = hidden[rows]
            slope = _slope(part @ head.T, targets[rows], total[rows], grad_outputs[0][rows], ctx.scale)
            to_hidden[rows] = slope @ head
            if to_weight is not None:
                to_weight += slope.T @ part
        return to_hidden, to_weight, None, None


def _parts(hidden: Tensor, weight: Tensor) -> list[slice]:
    count = max(1, PART // weight.shape[0])
    return [slice(start, start + count) for start in range(0, len(hidden), count)]


@fused
def _read(logits: Tensor, targets: Tensor, scale: float) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities, logarithms of the softmax's denominators, entropies."""
    scores = logits.float() * scale
    total = scores.logsumexp(-1)
    logprobs = scores.gather(-1, targets[:, None])[:, 0] - total
    shares = (scores - total[:, None]).exp()
    return logprobs, total, total - (shares * scores).sum(-1)


@fused
def _slope(logits: Tensor, targets: Tensor, total: Tensor, grad: Tensor, scale: float) -> Tensor:
    """Gradient by logits of log-probabilities whose own is ``grad``."""
    shares = (logits.float() * scale - total[:, None]).exp()
    chosen = torch.arange(logits.shape[1], device=logits.device) == targets[:, None]
    return ((chosen.float() - shares) * (grad * scale)[:, None]).to(logits.dtype)
