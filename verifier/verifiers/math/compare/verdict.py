"""What a comparison says: equal, different, or undecided; by which tier, and why."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Tier = Literal["string", "exact", "modular", "numeric", "structure", "words", "symbolic", "budget"]


class Verdict(NamedTuple):
    """The outcome of one comparison."""

    equal: bool | None
    """None: undecided."""
    tier: Tier
    why: str
    """In words that complete the sentence 'they are equal/different/undecided: ..'."""


def equal(tier: Tier, why: str) -> Verdict:
    return Verdict(True, tier, why)


def different(tier: Tier, why: str) -> Verdict:
    return Verdict(False, tier, why)


def undecided(tier: Tier, why: str) -> Verdict:
    return Verdict(None, tier, why)


def every(verdicts: Iterable[Verdict], why: str) -> Verdict:
    """Equal if all are; different at the first that is; else undecided."""
    doubt: Verdict | None = None
    for verdict in verdicts:
        if verdict.equal is False:
            return verdict
        if verdict.equal is None:
            doubt = doubt or verdict
    return doubt or equal("structure", why)


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The first that is equal; else the first undecided; else the first. There must be one."""
    first: Verdict | None = None
    doubt: Verdict | None = None
    for verdict in verdicts:
        if verdict.equal:
            return verdict
        if verdict.equal is None:
            doubt = doubt or verdict
        first = first or verdict
    result = doubt or first
    assert result is not None
    return result
