"""The forward pass of Llama's family (Llama, Mistral, Qwen2, Qwen3), written out over a flat row of tokens.

Transformers' own pads every prompt beside each of its completions, and asks its hooks, masks and tables anew in every layer. Here
what a token attends to is the caller's, so a prompt is read once whatever is written after it. The modules, and so the
weights and LoRA's adapters, are the model's own. Other architectures, sharded weights, and GPUs, where flash attention and
CUDA graphs serve better, take transformers' way: :func:`of` gives None.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from grpo.kernels import rms_norm
from grpo.models import bare
from grpo.sharding import is_sharded

FAMILY = {"llama", "mistral", "qwen2", "qwen3"}

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Attention of layer i: queries, keys and values ``[tokens, heads, size]`` (of keys and values, perhaps fewer heads) to
what the queries see, ``[tokens, heads * size]``."""


class Decoder:
    """A model's layers, called one after the other."""

    def __init__(self, model: nn.Module) -> None:
        inner = bare(model)
        self.body, self.head = inner.model, inner.lm_head

    def hidden(self, tokens: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """What the head is given for each of ``tokens`` ``[tokens]``, ``[tokens, width]``; logits are ``head(hidden)``."""
        x: Tensor = self.body.embed_tokens(tokens)
        turn = _Turn(*self.body.rotary_emb(x, positions[None]))
        for index, layer in enumerate(self.body.layers):
            x = x + _attention(layer.self_attn, index, _norm(layer.input_layernorm, x), turn, attend)
            x = x + layer.mlp(_norm(layer.post_attention_layernorm, x))
        return _norm(self.body.norm, x)


def of(model: nn.Module) -> Decoder | None:
    """The model's decoder, if it can be called directly."""
    inner = bare(model)
    plain = (
        inner.config.model_type in FAMILY
        and not getattr(inner.config, "sliding_window", None)
        and inner.config.rope_parameters["rope_type"] in ("default", "linear", "llama3", "yarn")
        and not inner.config.attention_dropout
        and not inner.model.gradient_checkpointing
    )
    return Decoder(model) if plain and inner.device.type == "cpu" and not is_sharded(model) else None


def attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Attention of ``[rows, heads, queries, size]``; ``mask`` says which keys are seen, and None is causal."""
    if queries.shape[2] == 1 and mask is not None:
        return _attention_of_one(queries, keys, values, mask)
    groups = queries.shape[1] != keys.shape[1]
    return scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask, is_causal=mask is None, enable_gqa=groups
    )


def _attention_of_one(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """A step of decoding: the fused kernel, made for blocks of queries, takes twice the time for a single one."""
    grouped = queries.reshape(len(keys), keys.shape[1], -1, keys.shape[3])
    scores = (grouped * keys.shape[3] ** -0.5) @ keys.transpose(-1, -2)
    return (scores.masked_fill(~mask, -torch.inf).softmax(-1) @ values).view_as(queries)


class _Turn:
    """Rotary position embedding (RoFormer, 2104.09864, section 3.4.2), in transformers' layout of halves."""

    def __init__(self, cos: Tensor, sin: Tensor) -> None:
        half = cos.shape[-1] // 2
        sign = torch.ones(2 * half, device=cos.device, dtype=cos.dtype)
        sign[:half] = -1
        self.cos, self.sin, self.half = cos[0][:, None], (sin[0] * sign)[:, None], half

    def __call__(self, x: Tensor) -> Tensor:
        return torch.addcmul(x * self.cos, x.roll(self.half, -1), self.sin)


def _attention(module: Any, index: int, x: Tensor, turn: _Turn, attend: Attend) -> Tensor:
    queries, keys, values = (
        project(x).unflatten(-1, (-1, module.head_dim)) for project in (module.q_proj, module.k_proj, module.v_proj)
    )
    if hasattr(module, "q_norm"):  # Qwen3
        queries, keys = _norm(module.q_norm, queries), _norm(module.k_norm, keys)
    return module.o_proj(attend(index, turn(queries), turn(keys), values))


def _norm(module: Any, x: Tensor) -> Tensor:
    return rms_norm(x, module.weight, module.variance_epsilon)
