"""Tokens drawn from logits."""

import ctypes

import torch
from torch import Tensor

from grpo.native.compiled import Float, Long, Pointer, call


class _Draw(ctypes.Structure):
    _fields_ = (
        *((name, Long) for name in ("rows", "count", "row")),
        ("scale", Float),
        *((name, Pointer) for name in ("logits", "points", "chosen", "logprobs")),
    )


def draw(scores: Tensor, points: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """A token for each row of logits ``[rows, vocabulary]``, float32 on CPU, and its log-probability, both ``[rows]``.

    The distribution is the softmax of ``scale * scores``; a row's ``point`` ``[rows]``, float64 in [0, 1), says where among the
    probabilities its draw falls.
    """
    scores = scores if scores.stride(1) == 1 else scores.contiguous()
    chosen, logprobs = torch.empty(len(scores), dtype=torch.long), torch.empty(len(scores))
    pointers = [each.data_ptr() for each in (scores, points, chosen, logprobs)]
    call("draw", ctypes.byref(_Draw(*scores.shape, scores.stride(0), scale, *pointers)), torch.get_num_threads())
    return chosen, logprobs
