"""The local sampler's KV cache: one slot a completion, each at its own length, in the form that transformers asks for."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

GROWTH = 16
"""Columns by which a cache grows: products of matrices read what lies together up to three times as fast as parts of it."""


class SlotCache:
    """Keys and values of ``slots`` rows, each filled up to its own length, of at most ``length`` columns.

    A model calls :meth:`update` in each layer. While :attr:`at` is set, that adds one token a row at these columns; else it
    records a whole prompt, for :meth:`place` to copy into slots. Attention masks are the caller's. ``static``: all columns
    are there from the beginning, at one address, and some quarters of them seen; else they come as :meth:`reserve` asks.
    ``native``: for :mod:`grpo.native`, which reads no columns in vain and stores float32.
    """

    is_compileable = False

    def __init__(self, slots: int, length: int, *, static: bool, native: bool = False) -> None:
        self.slots, self.length = slots, length
        self.at: Tensor | None = None
        """Column of each row's next token, ``[slots]``."""
        self.static, self.native = static, native
        self.columns = 0
        """Those that attention sees."""
        self._keys: dict[int, Tensor] = {}
        self._values: dict[int, Tensor] = {}
        self._prompt: dict[int, tuple[Tensor, Tensor]] = {}
        self._rows = torch.arange(slots)

    def update(self, keys: Tensor, values: Tensor, layer_idx: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Called by the model: stores, and gives what attention is to see, ``[rows, heads, columns, size]``."""
        if self.at is None:
            self._prompt[layer_idx] = keys, values
            return keys, values
        all_keys, all_values = self._keys[layer_idx], self._values[layer_idx]
        all_keys[self._rows, :, self.at] = keys[:, :, 0]
        all_values[self._rows, :, self.at] = values[:, :, 0]
        if self.static:
            return all_keys[:, :, : self.columns], all_values[:, :, : self.columns]
        return all_keys, all_values

    def reserve(self, columns: int) -> None:
        """Lets attention see so many at least; not static, makes room for them where there is less."""
        if self.static:
            quarter = -(-self.length // 4)
            self.columns = min(-(-columns // quarter) * quarter, self.length)
            return
        if columns <= self.columns:
            return
        if self.native:
            columns = max(columns, self.columns * 3 // 2)
        if (missing := min(-(-columns // GROWTH) * GROWTH, self.length) - self.columns) > 0:
            self.columns += missing
            for each in (self._keys, self._values):
                for layer in each:  # one after the other: the old one is freed before the next is made
                    each[layer] = pad(each[layer], (0, 0, 0, missing))

    def place(self, rows: Tensor, sources: Tensor) -> None:
        """Copies the recorded prompts ``sources`` into the slots ``rows``."""
        self.reserve(max(keys.shape[2] for keys, _ in self._prompt.values()))
        for layer, (keys, values) in self._prompt.items():
            if layer not in self._keys:
                self._keys[layer], self._values[layer] = (  # of sizes that may differ: latent attention
                    each.new_zeros(
                        *(self.slots, each.shape[1], self.length if self.static else self.columns, each.shape[3]),
                        dtype=torch.float32 if self.native else each.dtype,
                    )
                    for each in (keys, values)
                )
                self._rows = self._rows.to(keys.device)
            for kept, each in ((self._keys, keys), (self._values, values)):
                kept[layer][rows, :, : each.shape[2]] = each[sources].to(kept[layer].dtype)
        self._prompt.clear()

    def tensors(self) -> tuple[list[Tensor], list[Tensor]]:
        """Keys and values of each layer, ``[slots, heads, columns, size]``: changed by whoever gets them."""
        return list(self._keys.values()), list(self._values.values())

    def keep(self, rows: Tensor) -> None:
        """Drops all slots but these."""
        self.slots = len(rows)
        self._rows = self._rows[: self.slots]
        for layer in self._keys:
            self._keys[layer], self._values[layer] = self._keys[layer][rows], self._values[layer][rows]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Asked by some models; positions and masks are given to them, so nothing depends on it."""
        return 0
