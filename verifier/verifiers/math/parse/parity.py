"""Parity in words, as a congruence: "if n is even", "n为奇数"."""

import re

from verifier.verifiers.math.tree import Apply, Node, Symbol, integer

_PARITY = re.compile(
    r"(?:(?P<first>even|odd)\s+)?(?P<name>[a-z])\s*(?:(?:is|为|是)\s*)?(?:an\s+)?(?P<last>even|odd|偶数|奇数)?(?:\s+(?:integer|number))?"
)
_REMAINDERS = {"even": 0, "偶数": 0, "odd": 1, "奇数": 1}


def parity(words: str) -> Node | None:
    """The congruence modulo 2 that ``words`` say of a variable; None where they say anything else."""
    match = _PARITY.fullmatch(words.strip())
    said = match and [word for word in (match["first"], match["last"]) if word]
    if not match or not said or len(said) > 1:
        return None
    return Apply("congruent", (Symbol(match["name"]), integer(_REMAINDERS[said[0]]), integer(2)))
