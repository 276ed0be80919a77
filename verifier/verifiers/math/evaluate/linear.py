"""Linear algebra with high-precision numbers: the rank of a few rows."""

from typing import Any

from verifier.verifiers.math.evaluate.numeric import DIGITS, GUARD, context

Row = list[Any]
"""Numbers of mpmath, which has no types."""


def rank(rows: list[Row]) -> int:
    """The rank, where what is below the precision of numeric evaluation counts as zero."""
    ctx = context(DIGITS)
    rest = [list(row) for row in rows]
    scale = max((abs(cell) for row in rest for cell in row), default=0)
    tiny = ctx.mpf(10) ** (GUARD - DIGITS) * max(1, scale)
    found = 0
    for column in range(len(rest[0]) if rest else 0):
        pivot = max(range(found, len(rest)), key=lambda i: abs(rest[i][column]), default=None)
        if pivot is None or abs(rest[pivot][column]) <= tiny:
            continue
        rest[found], rest[pivot] = rest[pivot], rest[found]
        head = rest[found]
        for row in rest[found + 1 :]:
            factor = row[column] / head[column]
            row[:] = [cell - factor * above for cell, above in zip(row, head, strict=True)]
        found += 1
    return found


def same_span(left: list[Row], right: list[Row]) -> bool:
    """Whether the rows span the same space."""
    return rank(left) == rank(right) == rank(left + right)
