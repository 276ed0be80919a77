"""The points at which expressions are evaluated."""

# mpmath has no types: its values are Any.

import zlib
from typing import Any, Final

IN_DOMAIN: Final = {
    "complex": ("positive", "negative", "complex", "mixed"),
    "real": ("positive", "negative", "mixed"),
    "positive": ("positive",),
}
"""The kinds of point at which any two expressions are compared."""
MORE: Final = tuple(f"positive {number}" for number in range(12))
"""For integers, which have few properties (parity!) that tell them apart."""
BEYOND_STEPS: Final = tuple(f"wide {number}" for number in range(12)) + tuple(f"far {number}" for number in range(4))
"""For floors and remainders, which are constant between steps, however long."""
WITHIN_ONE: Final = tuple(f"small {number}" for number in range(6))
"""For inverse functions, which are real between -1 and 1 alone."""
AROUND_SERIES: Final = ("near 1", "near 2", "near 3", "by 1 1", "by 1 2", "by 1 3")
"""For power series, which converge around some point."""

_RANGES: Final = {"wide": 211, "far": 100_003}
"""The ranges of integers in which steps are looked for."""


class Point:
    """Values of the variables: fixed numbers that depend on the variable's name and the kind of point alone.

    Kinds: ``positive``, ``negative`` and ``mixed`` are real, ``complex`` is not; ``positive N`` are more of the first,
    ``wide N`` and ``far N`` reach further, ``small N`` are between -1 and 1, ``near N`` between 0 and 0.3, where power series
    converge, and ``by 1 N`` as far from 1.
    """

    def __init__(self, kind: str, whole: frozenset[str] = frozenset()) -> None:
        self.kind = kind
        self._whole = whole

    def value(self, ctx: Any, name: str) -> Any:
        seed = zlib.crc32(f"{name} {self.kind}".encode())
        if name in self._whole:
            return ctx.mpf(seed % _RANGES.get(self.kind.split()[0], 11) + 2)
        real = ctx.mpf(seed) / 2**31 + ctx.mpf(1) / 7
        if self.kind.startswith("wide"):
            real *= 101
        elif self.kind.startswith("far"):
            real *= 10_007
        elif self.kind.startswith("small"):
            real /= -2.5 if seed % 2 else 2.5
        elif self.kind.startswith(("near", "by 1")):
            real = real / 8 + (self.kind.startswith("by 1"))
        if self.kind == "negative" or (self.kind == "mixed" and seed % 2):
            real = -real
        return ctx.mpc(real - 1, ctx.mpf(zlib.crc32(name.encode(), 7)) / 2**31 - 1) if self.kind == "complex" else real
