"""The forward pass of Llama's family (Llama, Mistral, Qwen2, Qwen3), written out over a flat row of tokens.

Transformers' own pads every prompt beside each of its completions, and asks its hooks, masks and tables anew in every layer. Here
what a token attends to is the caller's, so a prompt is read once whatever is written after it. The modules, and so the
weights and LoRA's adapters, are the model's own. Other architectures and sharded weights take transformers' way: :func:`of`
gives None.
"""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils import checkpoint

from grpo import native
from grpo.kernels import fused, gated, rms_norm, rotate, shares
from grpo.models import bare
from grpo.native import Decoding
from grpo.sharding import is_sharded

FAMILY = {"llama", "mistral", "qwen2", "qwen3"}

FEW = 1 << 14
"""Most pairs of a query and a key for which attention is written out: it keeps a number for each."""

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Attention of layer i: queries, keys and values ``[tokens, heads, size]`` (of keys and values, perhaps fewer heads) to
what the queries see, ``[tokens, heads * size]``."""


class Decoder:
    """A model's layers, called one after the other."""

    def __init__(self, model: nn.Module) -> None:
        inner = bare(model)
        self.body, self.head = inner.model, inner.lm_head
        self.checkpoint = inner.model.gradient_checkpointing
        """Whether activations within a layer are computed again for its gradients, not kept."""

    @property
    def device(self) -> torch.device:
        """Of the weights."""
        return self.body.embed_tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """Of attention."""
        return _dtype(self.body.embed_tokens.weight)

    @property
    def head_size(self) -> int:
        """Numbers of a query, a key or a value."""
        return self.body.layers[0].self_attn.head_dim

    def hidden(self, tokens: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """What the head is given for each of ``tokens`` ``[tokens]``, ``[tokens, width]``; logits are ``head(hidden)``."""
        x: Tensor = self.body.embed_tokens(tokens)
        turn = _Turn.of(*(each.to(_dtype(x)) for each in self.body.rotary_emb(x, positions[None])))
        run = partial(_layer, turn=turn, attend=attend)
        if self.checkpoint and torch.is_grad_enabled():
            run = partial(cast("Any", checkpoint).checkpoint, run, use_reentrant=False)
        for index, layer in enumerate(self.body.layers):
            x = cast("Tensor", run(layer, index, x))
        return _norm(self.body.norm, x)


def of(model: nn.Module) -> Decoder | None:
    """The model's decoder, if it can be called directly."""
    inner = bare(model)
    plain = (
        inner.config.model_type in FAMILY
        and not getattr(inner.config, "sliding_window", None)
        and inner.config.rope_parameters["rope_type"] in ("default", "linear", "llama3", "yarn")
        and not inner.config.attention_dropout
        and inner.config.hidden_act == "silu"
        and inner.device.type in ("cpu", "cuda")
    )
    return Decoder(model) if plain and not is_sharded(model) else None


def cast_once(model: nn.Module, dtype: torch.dtype) -> Decoder | None:
    """The decoder for many passes between two changes of the weights, which are cast to ``dtype`` once."""
    direct = of(model)
    if direct is None or dtype == torch.float32:
        return direct
    shared = {id(each): each for each in (*model.parameters(), *model.buffers())}
    model = copy.deepcopy(model, shared)
    for layer in list(model.modules()):
        if type(layer) is nn.Linear:
            for name, weight in list(layer.named_parameters(recurse=False)):
                setattr(layer, name, nn.Parameter(weight.detach().to(dtype), requires_grad=False))
    return Decoder(model)


def natively(model: nn.Module, length: int, dtype: torch.dtype) -> Decoding | None:
    """The same for steps of one token a row, up to ``length``, on CPU where it can be compiled."""
    if (direct := of(model)) is None or direct.device.type != "cpu":
        return None
    body, embedding = direct.body, direct.body.embed_tokens.weight
    plain = type(direct.head) is nn.Linear and type(body.embed_tokens) is nn.Embedding  # adapters may be around them
    if not plain or not all(native.fits(layer, embedding) for layer in body.layers):
        return None
    turn = _Turn.of(*body.rotary_emb(embedding, torch.arange(length)[None]))
    return Decoding(body, direct.head, turn.cos, turn.sin, dtype)


def attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Attention of ``[rows, heads, queries, size]``; ``mask`` says which keys are seen, and None is causal."""
    count = queries.shape[2]
    if mask is not None and (count == 1 or count * keys.shape[2] <= FEW):
        return _attention_of_few(queries, keys, values, mask)
    groups = queries.shape[1] != keys.shape[1]
    return scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask, is_causal=mask is None, enable_gqa=groups
    )


def _attention_of_few(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Written out: the fused kernel, made for long blocks of queries, takes two to three times as long for short ones."""
    (rows, heads, count, size), kinds = queries.shape, keys.shape[1]
    grouped = queries.reshape(rows, kinds, -1, size)
    scores = ((grouped * size**-0.5) @ keys.transpose(-1, -2)).unflatten(2, (heads // kinds, count))
    seen = shares(scores, mask[:, :, None], values.dtype).flatten(2, 3)
    return (seen @ values).view_as(queries)


class _Turn(NamedTuple):
    """By how much the positions of tokens turn queries and keys, ``[tokens, 1, size]``."""

    cos: Tensor
    sin: Tensor

    @classmethod
    def of(cls, cos: Tensor, sin: Tensor) -> "_Turn":
        """From transformers' tables, ``[1, tokens, size]``."""
        half = cos.shape[-1] // 2
        sign = torch.ones(2 * half, device=cos.device, dtype=cos.dtype)
        sign[:half] = -1
        return cls(cos[0][:, None], (sin[0] * sign)[:, None])


def _layer(layer: Any, index: int, x: Tensor, *, turn: _Turn, attend: Attend) -> Tensor:
    if native.fits(layer, x) and not hasattr(layer.self_attn, "q_norm"):
        return native.after_attention(x, attend(index, *native.before_attention(x, layer, *turn)), layer)
    return _after_attention(x, attend(index, *_before_attention(x, layer, turn)), layer)


@fused
def _before_attention(x: Tensor, layer: Any, turn: _Turn) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values."""
    module, x = layer.self_attn, _norm(layer.input_layernorm, x)
    queries, keys, values = (
        project(x).unflatten(-1, (-1, module.head_dim)) for project in (module.q_proj, module.k_proj, module.v_proj)
    )
    if hasattr(module, "q_norm"):  # Qwen3
        queries, keys = _norm(module.q_norm, queries), _norm(module.k_norm, keys)
    return rotate(queries, *turn), rotate(keys, *turn), values


@fused
def _after_attention(x: Tensor, seen: Tensor, layer: Any) -> Tensor:
    """What the layer makes of ``x`` and what was attended to."""
    x = x + layer.self_attn.o_proj(seen)
    normed, mlp = _norm(layer.post_attention_layernorm, x), layer.mlp
    return x + mlp.down_proj(gated(mlp.gate_proj(normed), mlp.up_proj(normed)))


def _norm(module: Any, x: Tensor) -> Tensor:
    return rms_norm(x, module.weight, module.variance_epsilon, _dtype(x))


def _dtype(x: Tensor) -> torch.dtype:
    """Of what matrices multiply: under autocast its own, to which each of them would else cast its input anew."""
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
