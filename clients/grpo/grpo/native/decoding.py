"""A decoder's weights as the C source takes them, and its step for all rows."""

import ctypes
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from grpo.native.compiled import Float, Linear, Long, Pointer, call, panel


class _Packed(ctypes.Structure):
    _fields_ = (("linear", Linear), ("panels", Pointer))


class _Layer(ctypes.Structure):
    _fields_ = (
        *((name, _Packed) for name in ("query", "key", "value", "output", "gate", "up", "down")),
        *((name, Pointer) for name in ("before_attention", "before_mlp", "of_query", "of_key")),
    )


class _Model(ctypes.Structure):
    _fields_ = (
        *((name, Long) for name in ("width", "heads", "kinds", "size", "inner", "layers")),
        ("epsilon", Float),
        *((name, Pointer) for name in ("embedding", "norm", "cosines", "sines")),
        ("layer", ctypes.POINTER(_Layer)),
        ("head", _Packed),
    )


class _Cache(ctypes.Structure):
    _fields_ = (("keys", ctypes.POINTER(Pointer)), ("values", ctypes.POINTER(Pointer)), ("columns", Long))


class Decoding:
    """The weights as they are now, of a model whose layers fit.

    Matrices are rounded to ``dtype``, what they are multiplied with is not: all is computed in float32.
    ``cosines`` and ``sines`` ``[positions, size]`` turn the heads, the first half of the sines with its sign turned.
    """

    def __init__(self, body: Any, head: nn.Module, cosines: Tensor, sines: Tensor, dtype: torch.dtype) -> None:
        self._kept: list[Tensor] = []
        self._dtype = dtype
        attention, mlp = body.layers[0].self_attn, body.layers[0].mlp
        embedding = self._keep(body.embed_tokens.weight)
        self.vocabulary = len(cast("Any", head).weight)
        self._model = _Model(
            width=embedding.shape[1],
            heads=attention.q_proj.out_features // attention.head_dim,
            kinds=attention.k_proj.out_features // attention.head_dim,
            size=attention.head_dim,
            inner=mlp.gate_proj.out_features,
            layers=len(body.layers),
            epsilon=body.norm.variance_epsilon,
            embedding=embedding.data_ptr(),
            norm=self._vector(body.norm),
            cosines=self._keep(cosines).data_ptr(),
            sines=self._keep(sines).data_ptr(),
            layer=(_Layer * len(body.layers))(*map(self._layer, body.layers)),
            head=self._packed(head),
        )

    def step(self, tokens: Tensor, at: Tensor, keys: Sequence[Tensor], values: Sequence[Tensor]) -> Tensor:
        """Logits ``[rows, vocabulary]`` after each row's last token, which is at column and position ``at``, both ``[rows]``.

        ``keys`` and ``values`` are each layer's ``[rows, heads, columns, size]``, float32; those of the tokens join them.
        """
        logits = torch.empty(len(tokens), self.vocabulary + -self.vocabulary % panel())
        cache = _Cache(_pointers(keys), _pointers(values), keys[0].shape[2])
        call(
            "decode",
            *(ctypes.byref(self._model), ctypes.byref(cache), Pointer(tokens.data_ptr()), Pointer(at.data_ptr())),
            *(Long(len(tokens)), Pointer(logits.data_ptr()), min(torch.get_num_threads(), len(tokens))),
        )
        return logits[:, : self.vocabulary]

    def _layer(self, layer: Any) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        linears = *(getattr(attention, f"{name}_proj") for name in "qkvo"), mlp.gate_proj, mlp.up_proj, mlp.down_proj
        norms = layer.input_layernorm, layer.post_attention_layernorm
        of_heads = (getattr(attention, name, None) for name in ("q_norm", "k_norm"))  # Qwen3's
        return _Layer(*map(self._packed, linears), *map(self._vector, (*norms, *of_heads)))

    def _packed(self, layer: Any) -> _Packed:
        weight = layer.weight.detach().to(self._dtype).float().contiguous()
        bias = None if layer.bias is None else self._keep(layer.bias.to(self._dtype))
        out, width = weight.shape
        panels = self._keep(torch.empty(out + -out % panel(), width))
        call(
            "pack",
            *(Pointer(weight.data_ptr()), Long(width), Long(out), Pointer(panels.data_ptr())),
            torch.get_num_threads(),
        )
        return _Packed(Linear(None, None if bias is None else bias.data_ptr(), width, out), panels.data_ptr())

    def _vector(self, norm: Any) -> int | None:
        return None if norm is None else self._keep(norm.weight).data_ptr()

    def _keep(self, tensor: Tensor) -> Tensor:
        """In float32; alive, and in its place, as long as this is."""
        self._kept.append(tensor.detach().float().contiguous())
        return self._kept[-1]


def _pointers(tensors: Sequence[Tensor]) -> Any:
    return (Pointer * len(tensors))(*(each.data_ptr() for each in tensors))
