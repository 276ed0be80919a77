"""Estimates from several completions of one prompt."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import takewhile
from math import comb


def pass_at(k: int, n: int, correct: int) -> float | None:
    """The probability that at least one of ``k`` completions is right, estimated from ``n`` of which ``correct`` are.

    ``1 - C(n - c, k) / C(n, k)``, unbiased (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", arXiv
    2107.03374, equation 1), in exact arithmetic. With ``k = 1`` that is ``c / n``, the mean. None where ``k > n``: there is
    no unbiased estimate.
    """
    return None if k > n else float(1 - Fraction(comb(n - correct, k), comb(n, k)))


def usual_k(n: int) -> Iterable[int]:
    """1, 2, 4, ... up to ``n``."""
    return takewhile(lambda k: k <= n, (1 << i for i in range(n.bit_length())))
