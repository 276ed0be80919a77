"""Layers of Llama's family on CPU, in C that is compiled where it runs.

PyTorch starts each operation anew, divides it among threads, and writes what it gives to memory; here a block of rows goes
through many while it is in the processor's cache. A step of decoding, for its few rows, takes a third of the time.
"""

from grpo.native.attending import attention
from grpo.native.compiled import usable
from grpo.native.decoding import Decoding
from grpo.native.drawing import draw
from grpo.native.learning import after_attention, before_attention, fits

__all__ = ["Decoding", "after_attention", "attention", "before_attention", "draw", "fits", "usable"]
